//! The machines of a lesson that is being run: builds them, types commands, compares what comes.

use super::console::Step;
use super::error::LessonError;
use super::parse::{Block, Lesson};
use super::pattern::Found;
use crate::engine::{Seed, Span, Time};
use crate::kernel::Tracing;
use crate::process::Pid;
use crate::trace::HostId;
use crate::world::{Limits, Platform, Role, Stop, World};

/// How a lesson is run.
#[derive(Clone)]
pub struct Settings {
    /// The seed of all randomness.
    pub seed: Seed,
    /// The software of the machines.
    pub platform: Platform,
    /// How much is remembered of what happens.
    pub tracing: Tracing,
    /// Whether the frames of all network cards are captured from the start.
    pub capture: bool,
}

/// Time between two commands: somebody reads and types, the machines settle.
pub const TYPING: Span = Span::secs(1);

/// How long one command may take, unless the lesson says otherwise.
pub(super) const COMMAND: Span = Span::secs(300);

/// A lesson that is being run.
pub struct Player<'a> {
    /// The lesson.
    pub lesson: &'a Lesson,
    /// Its machines.
    pub world: World,
    pub(super) settings: Settings,
    pub(super) found: Found,
    pub(super) typed: Vec<Typed>,
}

/// A command that was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    /// When.
    pub at: Time,
    /// On which machine.
    pub host: HostId,
    /// What.
    pub line: String,
    /// How long it was allowed to take; `None` if nobody waited for its end.
    pub limit: Option<Span>,
    /// When it was interrupted.
    pub interrupted: Option<Time>,
    /// Whether it belongs to what a learner does not see: what comes before the lesson, and faults.
    pub unseen: bool,
    /// What was typed into it, and when; `None` is the end of its input.
    pub keys: Vec<(Time, Option<String>)>,
}

/// What a command did, and whether that was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// Its output.
    pub output: String,
    /// Its exit status.
    pub status: i32,
    /// The machine and the process that was started for it: what it caused is found by them.
    pub origin: (HostId, Pid),
    /// The number of the first record of the trace that is younger.
    pub first_record: u64,
    /// When it was typed.
    pub at: Time,
    /// How long it took.
    pub took: Span,
    /// What is not as expected.
    pub failure: Option<Failure>,
}

/// Something that is not as the lesson expects it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The lesson's file.
    pub file: String,
    /// The line of the expectation.
    pub line: usize,
    /// The command or check.
    pub what: String,
    /// What was expected.
    pub expected: String,
    /// What came.
    pub got: String,
}

impl<'a> Player<'a> {
    /// Builds the machines, lets them boot, and does what comes before the lesson.
    pub fn new(lesson: &'a Lesson, settings: &Settings) -> Result<Player<'a>, LessonError> {
        let mut player = Player::assembled(lesson, settings)?;
        player.prepare()?;
        Ok(player)
    }

    /// The machines, booted.
    pub(super) fn assembled(
        lesson: &'a Lesson,
        settings: &Settings,
    ) -> Result<Player<'a>, LessonError> {
        let topology = &lesson.front.topology;
        let failed = |error: crate::world::topology::TopologyError| {
            let line = lesson.source.lines().position(|line| line.trim() == "[topology]");
            lesson.error(line.map_or(1, |n| n + 1), error.message).with_hint(error.hint)
        };
        let mut world =
            topology.assemble(settings.seed, settings.platform.clone()).map_err(failed)?;
        world.set_tracing(settings.tracing);
        if settings.capture {
            capture_cards(&mut world);
        }
        topology.boot(&mut world).map_err(failed)?;
        Ok(Player {
            lesson,
            world,
            settings: settings.clone(),
            found: Found::new(),
            typed: Vec::new(),
        })
    }

    /// Types a line at a machine, and keys into what it runs, and waits until it is done.
    pub(super) fn type_now(
        &mut self,
        host: HostId,
        line: &str,
        keys: &str,
        limit: Span,
    ) -> (i32, String, Pid, Stop) {
        let at = self.world.now();
        let typed = Some(keys).filter(|keys| !keys.is_empty());
        self.typed.push(Typed {
            at,
            host,
            line: line.to_owned(),
            limit: Some(limit),
            interrupted: None,
            unseen: false,
            keys: typed.map(|keys| (at, Some(keys.to_owned()))).into_iter().collect(),
        });
        let terminal = self.world.terminal(host);
        terminal.type_in(keys);
        terminal.close_input();
        let pid = self.world.start_shell(host, &terminal, line);
        let limits = Limits { span: limit, ..Limits::default() };
        let (status, stop) = self.world.wait(host, pid, limits);
        (status, terminal.take_text(), pid, stop)
    }

    /// A step in whose command stands what was found under a name: `{net}`.
    pub fn filled(&self, step: &Step) -> Step {
        let mut step = step.clone();
        for (name, text) in &self.found {
            let hole = format!("{{{name}}}");
            step.command = step.command.replace(&hole, text);
            step.keys = step.keys.replace(&hole, text);
        }
        step
    }

    /// Runs a step of the lesson.
    pub fn run(&mut self, block: &Block, step: &Step) -> Ran {
        // Machines are looked up when the lesson is read.
        let host = self.world.host_named(&step.host).unwrap_or(HostId(0));
        let _ = self.world.run_for(TYPING);
        let (first_record, at) = (self.world.trace.next_seq(), self.world.now());
        let within = block.word("within").and_then(|word| word.parse().ok());
        let line = shell_line(step.container.as_deref(), &step.command);
        let limit = within.unwrap_or(COMMAND);
        let (status, output, pid, stop) = self.type_now(host, &line, &step.keys, limit);
        let took = self.world.now() - at;
        let mut ran =
            Ran { output, status, origin: (host, pid), first_record, at, took, failure: None };
        ran.failure = self.compare(block, step, &ran, stop);
        ran
    }

    /// What of a command is not as expected.
    pub(super) fn compare(
        &mut self,
        block: &Block,
        step: &Step,
        ran: &Ran,
        stop: Stop,
    ) -> Option<Failure> {
        let failure = |line: usize, expected: String, got: String| Failure {
            file: self.lesson.file.clone(),
            line,
            what: format!("{}$ {}", step.place(), step.command),
            expected,
            got,
        };
        if stop == Stop::TimeIsUp || stop == Stop::TooManyEvents {
            let got = if stop == Stop::TimeIsUp {
                format!("it still ran after {}", ran.took)
            } else {
                "it was stopped: too much happened (a loop?)".to_owned()
            };
            return Some(failure(step.line, "that it ends".to_owned(), got));
        }
        if let Some(pattern) = &step.expected
            && let Some(mismatch) =
                pattern.compare(&ran.output, block.has("unordered"), &mut self.found)
        {
            let expected = mismatch.expected.clone().unwrap_or_else(|| "no more output".to_owned());
            let got = mismatch.got.clone().unwrap_or_else(|| "no more output".to_owned());
            return Some(failure(step.line_of(&mismatch), expected, got));
        }
        if ran.status != step.status {
            let last = ran.output.trim_end().lines().last().unwrap_or_default();
            let got = if last.is_empty() || step.expected.is_some() {
                format!("exit status {}", ran.status)
            } else {
                format!("exit status {}: {last}", ran.status)
            };
            return Some(failure(step.line, format!("exit status {}", step.status), got));
        }
        None
    }

    /// Another copy of these machines, with everything typed so far typed again: what is tried on it
    /// changes nothing here.
    pub fn copy(&self) -> Result<Player<'a>, LessonError> {
        let settings =
            Settings { capture: false, tracing: Tracing::Steps, ..self.settings.clone() };
        self.again(&settings, self.world.now())
    }

    /// What was typed so far, with what comes before the lesson.
    pub fn typed(&self) -> &[Typed] {
        &self.typed
    }

    /// What was typed as a part of the lesson.
    pub fn commands(&self) -> impl Iterator<Item = &Typed> {
        self.typed.iter().filter(|typed| !typed.unseen)
    }

    /// These machines as they were when the lesson began.
    pub(super) fn at_the_start(&self) -> Result<Player<'a>, LessonError> {
        let first = self.commands().next().map(|typed| typed.at);
        let before = |at: Time| Time::from_nanos(at.as_nanos().saturating_sub(1));
        let began = first.map_or(self.world.now(), before);
        self.again(&self.settings, began)
    }
}

/// The line for the shell of a machine.
pub(super) fn shell_line(container: Option<&str>, command: &str) -> String {
    match container {
        Some(container) => {
            format!("docker exec {container} sh -c '{}'", command.replace('\'', "'\\''"))
        }
        None => command.to_owned(),
    }
}

/// Captures what passes the network cards of computers and routers.
fn capture_cards(world: &mut World) {
    let cards: Vec<_> = world
        .hosts()
        .filter(|(_, host)| host.role != Role::Switch)
        .flat_map(|(id, host)| host.nics.iter().map(move |nic| (id, nic.link)))
        .collect();
    for (host, link) in cards {
        world.capture(host, link);
    }
}
