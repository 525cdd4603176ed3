//! The machines behind the screen, and the pace of their time.

use std::collections::BTreeMap;
use std::time::Duration;

use netsim_sim::engine::{Seed, Span, Time};
use netsim_sim::kernel::Tracing;
use netsim_sim::lesson::play::{Player, Settings};
use netsim_sim::lesson::typing::{Journal, Running};
use netsim_sim::lesson::{Lesson, LessonError};
use netsim_sim::shell;
use netsim_sim::trace::HostId;
use netsim_sim::world::{Role, World};

use super::time::breakpoints::Breakpoints;

/// Events between two pictures, so that keys are never waited for.
pub const BUDGET: u32 = 20_000;

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
    /// The seed of all randomness.
    pub seed: u64,
    /// How fast time goes.
    pub pace: Pace,
    /// The pace to which it returns from a pause.
    pub usual: usize,
    /// What was started last, whose packets are shown.
    pub latest: Option<Latest>,
    /// The lines that were typed here, by machine and shell: what caused a packet.
    pub lines: BTreeMap<(HostId, u32), String>,
    /// The record before which one looks at what happened; `None` for now.
    pub looking: Option<u64>,
    /// For what time stands still.
    pub breakpoints: Breakpoints,
    /// Simulated time that is owed to the real one.
    owed: f64,
}

/// A command whose packets are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latest {
    /// On which machine.
    pub host: HostId,
    /// Its shell.
    pub pid: u32,
    /// The number of the first record that is younger.
    pub since: u64,
}

/// How lessons are run here.
pub fn settings(seed: u64) -> Settings {
    let platform = shell::platform();
    Settings { seed: Seed(seed), platform, tracing: Tracing::Full, capture: false }
}

impl<'a> Session<'a> {
    /// Boots the machines of a lesson.
    pub fn new(lesson: &'a Lesson, seed: u64) -> Result<Session<'a>, LessonError> {
        Ok(Session::of(Player::new(lesson, &settings(seed))?, seed))
    }

    /// The machines of a lesson as they were left.
    pub fn resumed(
        lesson: &'a Lesson,
        seed: u64,
        journal: &Journal,
    ) -> Result<Session<'a>, LessonError> {
        Ok(Session::of(Player::resumed(lesson, &settings(seed), journal)?, seed))
    }

    fn of(player: Player<'a>, seed: u64) -> Session<'a> {
        let usual = PACES.len() - 1;
        let pace = PACES[usual];
        let breakpoints = Breakpoints::default();
        Session {
            player,
            seed,
            pace,
            usual,
            latest: None,
            lines: BTreeMap::new(),
            looking: None,
            breakpoints,
            owed: 0.0,
        }
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

    /// Types a command, and keys into what it runs, and does not wait.
    pub fn start(
        &mut self,
        host: HostId,
        container: Option<&str>,
        command: &str,
        keys: &str,
    ) -> Running {
        let running = self.player.start(host, container, command, keys);
        self.show(running)
    }

    /// The same for somebody who stays at the keyboard.
    pub fn start_open(&mut self, host: HostId, command: &str) -> Running {
        let running = self.player.start_open(host, None, command);
        self.show(running)
    }

    fn show(&mut self, running: Running) -> Running {
        self.latest =
            Some(Latest { host: running.host, pid: running.pid.0, since: running.first_record });
        self.remember(&running);
        running
    }

    /// Keeps the line of a command.
    pub fn remember(&mut self, running: &Running) {
        if let Some(typed) = self.player.typed().get(running.place) {
            self.lines.insert((running.host, running.pid.0), typed.line.clone());
        }
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
        self.looking = None;
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
                    if self.is_at_breakpoint() {
                        self.owed = 0.0;
                        break;
                    }
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

    /// Pauses, or goes on as before.
    pub fn toggle(&mut self) {
        self.pace = if self.pace == Pace::Paused { PACES[self.usual] } else { Pace::Paused };
        self.looking = None;
    }

    /// Chooses a faster or slower pace.
    pub fn change_pace(&mut self, faster: bool) {
        let last = PACES.len() - 1;
        self.usual = if faster { (self.usual + 1).min(last) } else { self.usual.saturating_sub(1) };
        self.pace = PACES[self.usual];
    }
}
