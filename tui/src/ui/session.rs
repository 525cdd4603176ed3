//! The machines behind the screen, and the pace of their time.

use std::time::Duration;

use netsim_sim::engine::{Seed, Span, Time};
use netsim_sim::kernel::Tracing;
use netsim_sim::lesson::play::{Player, Settings};
use netsim_sim::lesson::typing::{Journal, Running};
use netsim_sim::lesson::{Lesson, LessonError};
use netsim_sim::shell;
use netsim_sim::trace::HostId;
use netsim_sim::trace::journey::{self, Journey};
use netsim_sim::world::{Role, World};

/// Events between two pictures, so that keys are never waited for.
const BUDGET: u32 = 20_000;

/// How fast time goes: simulated seconds a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// It stands still.
    Paused,
    /// This many simulated seconds a second.
    Times(f64),
    /// As fast as it goes while a command runs, else in real time.
    Fast,
}

/// The paces that can be chosen, from slow to fast.
pub const PACES: [Pace; 7] = [
    Pace::Times(0.0001),
    Pace::Times(0.001),
    Pace::Times(0.01),
    Pace::Times(0.1),
    Pace::Times(1.0),
    Pace::Times(10.0),
    Pace::Fast,
];

/// Machines with somebody who watches.
pub struct Session<'a> {
    /// The lesson and its machines.
    pub player: Player<'a>,
    /// How fast time goes.
    pub pace: Pace,
    /// The pace to which it returns from a pause.
    pub usual: usize,
    /// What was started last, whose packets are shown.
    pub latest: Option<Latest>,
    /// Simulated time that is owed to the real one.
    owed: f64,
}

/// A command whose packets are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latest {
    host: HostId,
    pid: u32,
    since: u64,
}

fn settings(seed: u64) -> Settings {
    let platform = shell::platform();
    Settings { seed: Seed(seed), platform, tracing: Tracing::Full, capture: false }
}

impl<'a> Session<'a> {
    /// Boots the machines of a lesson.
    pub fn new(lesson: &'a Lesson, seed: u64) -> Result<Session<'a>, LessonError> {
        Ok(Session::of(Player::new(lesson, &settings(seed))?))
    }

    /// The machines of a lesson as they were left.
    pub fn resumed(
        lesson: &'a Lesson,
        seed: u64,
        journal: &Journal,
    ) -> Result<Session<'a>, LessonError> {
        Ok(Session::of(Player::resumed(lesson, &settings(seed), journal)?))
    }

    fn of(player: Player<'a>) -> Session<'a> {
        let usual = PACES.len() - 1;
        Session { player, pace: PACES[usual], usual, latest: None, owed: 0.0 }
    }

    /// The machines.
    pub fn world(&self) -> &World {
        &self.player.world
    }

    /// The computers and routers, in the order of the topology.
    pub fn machines(&self) -> Vec<(HostId, String)> {
        let hosts = self.world().hosts().filter(|(_, host)| host.role != Role::Switch);
        hosts.map(|(id, host)| (id, host.name.clone())).collect()
    }

    /// Types a command and does not wait.
    pub fn start(&mut self, host: HostId, container: Option<&str>, command: &str) -> Running {
        let running = self.player.start(host, container, command);
        self.latest = Some(Latest { host, pid: running.pid.0, since: running.first_record });
        running
    }

    /// The journeys of the packets that the latest command caused.
    pub fn journeys(&self) -> Vec<Journey<'_>> {
        let trace = &self.world().trace;
        self.latest.map_or_else(Vec::new, |latest| {
            journey::caused_by(trace, latest.since, latest.host, latest.pid)
        })
    }

    /// Lets simulated time go on for this much real time.
    pub fn advance(&mut self, real: Duration, busy: bool) {
        match self.pace {
            Pace::Paused => self.owed = 0.0,
            Pace::Fast if busy => {
                self.owed = 0.0;
                // What waits for hours is not run through in one picture.
                self.budgeted(self.world().now() + Span::secs(1));
            }
            Pace::Fast => self.owe(real.as_secs_f64()),
            Pace::Times(times) => self.owe(real.as_secs_f64() * times),
        }
    }

    fn owe(&mut self, seconds: f64) {
        self.owed += seconds;
        let span = Span::nanos((self.owed * 1e9) as u64);
        let end = self.world().now() + span;
        let before = self.world().now();
        self.budgeted(end);
        let passed = (self.world().now() - before).as_secs_f64();
        self.owed = (self.owed - passed).clamp(0.0, 1.0);
    }

    /// Runs to a time, or until the budget is spent; how many events happened.
    fn budgeted(&mut self, end: Time) -> u32 {
        let mut events = 0;
        while events < BUDGET {
            match self.world().next_event() {
                Some(at) if at <= end => {
                    self.player.world.step();
                    events += 1;
                }
                _ => {
                    let _ = self.player.world.run_until(end);
                    break;
                }
            }
        }
        events
    }

    /// Takes one event. False if nothing will happen any more.
    pub fn step(&mut self) -> bool {
        self.player.world.step()
    }

    /// Goes on until something of a packet happens.
    pub fn step_packet(&mut self) {
        let before = self.world().trace.next_seq();
        for _ in 0..BUDGET {
            if !self.step() || self.world().trace.next_seq() != before {
                break;
            }
        }
    }

    /// Goes back to the moment before the last thing that happened to a packet.
    pub fn step_back(&mut self) -> Result<(), LessonError> {
        const BACK: u64 = 5000;
        let (now, trace) = (self.world().now(), &self.world().trace);
        let recent = trace.since(trace.next_seq().saturating_sub(BACK));
        let last = recent.map(|(_, record)| record.at).filter(|at| *at < now).last();
        let Some(to) = last else { return Ok(()) };
        self.player = self.player.rewound(to)?;
        Ok(())
    }

    /// Pauses, or goes on as before.
    pub fn toggle(&mut self) {
        self.pace = if self.pace == Pace::Paused { PACES[self.usual] } else { Pace::Paused };
    }

    /// Chooses a faster or slower pace.
    pub fn change_pace(&mut self, faster: bool) {
        let last = PACES.len() - 1;
        self.usual = if faster { (self.usual + 1).min(last) } else { self.usual.saturating_sub(1) };
        self.pace = PACES[self.usual];
    }
}
