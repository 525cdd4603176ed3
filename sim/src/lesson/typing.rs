//! Typing without waiting: what a screen needs, where time goes on while somebody types. And going back:
//! machines are deterministic, so an earlier moment is found by typing everything before it again.

use std::rc::Rc;

use super::console::Step;
use super::pattern::Found;
use super::player::{Player, Ran, Settings, Typed, shell_line};
use super::{Block, Lesson, LessonError};
use crate::engine::{Span, Time};
use crate::process::{Pid, Terminal};
use crate::trace::HostId;

/// A command that was started and perhaps has not ended.
pub struct Running {
    /// The machine.
    pub host: HostId,
    /// Its shell.
    pub pid: Pid,
    /// What it prints goes here.
    pub terminal: Rc<Terminal>,
    /// The number of the first record of the trace that is younger.
    pub first_record: u64,
    /// When it was typed.
    pub at: Time,
    /// Which of the typed lines it is.
    pub place: usize,
}

/// All that is needed to be here again: machines are deterministic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journal {
    /// What was typed.
    pub typed: Vec<Typed>,
    /// What was found under names in the outputs.
    pub found: Found,
    /// Until when.
    pub until: Time,
}

impl<'a> Player<'a> {
    /// What was typed so far, to be typed again in another run.
    pub fn journal(&self) -> Journal {
        Journal { typed: self.typed.clone(), found: self.found.clone(), until: self.world.now() }
    }

    /// The machines of a lesson where a journal ends.
    pub fn resumed(
        lesson: &'a Lesson,
        settings: &Settings,
        journal: &Journal,
    ) -> Result<Player<'a>, LessonError> {
        let mut player = Player::assembled(lesson, settings)?;
        player.retype(&journal.typed, journal.until);
        player.found.clone_from(&journal.found);
        Ok(player)
    }

    /// Types a line at a machine, or in a container of it, and keys into what it runs, and does not
    /// wait. Nothing more will be typed there.
    pub fn start(
        &mut self,
        host: HostId,
        container: Option<&str>,
        command: &str,
        keys: &str,
    ) -> Running {
        let running = self.start_open(host, container, command);
        if !keys.is_empty() {
            self.type_into(&running, Some(keys));
        }
        self.type_into(&running, None);
        running
    }

    /// The same, for a user who stays at the keyboard: a program that reads is given what
    /// [`Player::type_into`] types.
    pub fn start_open(&mut self, host: HostId, container: Option<&str>, command: &str) -> Running {
        let line = shell_line(container, command);
        let (at, first_record) = (self.world.now(), self.world.trace.next_seq());
        let place = self.typed.len();
        let (interrupted, unseen, keys) = (None, false, Vec::new());
        self.typed.push(Typed { at, host, line, limit: None, interrupted, unseen, keys });
        let terminal = self.world.terminal(host);
        let pid = self.world.start_shell(host, &terminal, &self.typed[place].line);
        Running { host, pid, terminal, first_record, at, place }
    }

    /// Types a line that is no part of the lesson, and waits until it is done.
    pub fn run_line(
        &mut self,
        host: HostId,
        container: Option<&str>,
        command: &str,
        limit: Span,
    ) -> Ran {
        let (first_record, at) = (self.world.trace.next_seq(), self.world.now());
        let line = shell_line(container, command);
        let (status, output, pid, _) = self.type_now(host, &line, "", limit);
        let took = self.world.now() - at;
        Ran { output, status, origin: (host, pid), first_record, at, took, failure: None }
    }

    /// Its exit status, once it has ended.
    pub fn status(&self, running: &Running) -> Option<i32> {
        self.world.host(running.host).processes.status(running.pid)
    }

    /// When it ended.
    pub fn ended(&self, running: &Running) -> Option<Time> {
        self.world.host(running.host).processes.ended(running.pid)
    }

    /// Types into a command that runs; `None` ends its input for good. Ctrl-D is `\u{4}`.
    pub fn type_into(&mut self, running: &Running, text: Option<&str>) {
        let at = self.world.now();
        self.typed[running.place].keys.push((at, text.map(str::to_owned)));
        self.world.type_in(running.host, &running.terminal, text);
    }

    /// Ctrl-C.
    pub fn interrupt(&mut self, running: &Running) {
        if running.terminal.is_raw() {
            return self.type_into(running, Some("\u{3}"));
        }
        if self.status(running).is_none() {
            self.typed[running.place].interrupted = Some(self.world.now());
            self.world.interrupt(running.host, running.pid);
        }
    }

    /// Compares what a command of the lesson printed with what the lesson expects.
    pub fn compared(
        &mut self,
        block: &Block,
        step: &Step,
        running: &Running,
        output: String,
    ) -> Ran {
        let status = self.status(running).unwrap_or_default();
        let took = self.world.now() - running.at;
        let origin = (running.host, running.pid);
        let mut ran = Ran {
            output,
            status,
            origin,
            first_record: running.first_record,
            at: running.at,
            took,
            failure: None,
        };
        ran.failure = self.compare(block, step, &ran, crate::world::Stop::Done);
        ran
    }

    /// The same machines at an earlier moment, and the commands that were started until then.
    pub fn rewound(&self, to: Time) -> Result<(Player<'a>, Vec<Running>), LessonError> {
        self.with_lines(self.typed.len(), to)
    }

    /// The same machines as if the last line had not been typed: at the moment when it was, with the
    /// commands that were started before it. `None` if no line was typed.
    pub fn undone(&self) -> Result<Option<(Player<'a>, Vec<Running>)>, LessonError> {
        match self.typed.iter().rposition(|typed| !typed.unseen) {
            Some(last) => self.with_lines(last, self.typed[last].at).map(Some),
            None => Ok(None),
        }
    }

    /// The machines at a moment, with only the first lines typed.
    fn with_lines(
        &self,
        count: usize,
        to: Time,
    ) -> Result<(Player<'a>, Vec<Running>), LessonError> {
        let mut copy = Player::assembled(self.lesson, &self.settings)?;
        let started = copy.retype(&self.typed[..count], to);
        copy.found.clone_from(&self.found);
        Ok((copy, started))
    }

    /// Builds the machines again and types what was typed until then.
    pub(super) fn again(&self, settings: &Settings, to: Time) -> Result<Player<'a>, LessonError> {
        let mut copy = Player::assembled(self.lesson, settings)?;
        copy.retype(&self.typed, to);
        copy.found.clone_from(&self.found);
        Ok(copy)
    }

    /// Types what was typed until then, each line at its time, and goes on until then. The commands for
    /// whose end nobody waited.
    fn retype(&mut self, all: &[Typed], to: Time) -> Vec<Running> {
        let mut commands = Vec::new();
        let mut due: Vec<Due> = Vec::new();
        for typed in all.iter().filter(|typed| typed.at <= to) {
            do_until(self, &commands, &mut due, typed.at);
            let _ = self.world.run_until(typed.at);
            match typed.limit {
                Some(limit) => {
                    let keys = typed.keys.iter().filter_map(|(_, keys)| keys.as_deref());
                    let keys: String = keys.collect();
                    let _ = self.type_now(typed.host, &typed.line, &keys, limit);
                    if let Some(last) = self.typed.last_mut() {
                        last.unseen = typed.unseen;
                    }
                }
                None => {
                    let running = self.start_open(typed.host, None, &typed.line);
                    let keys = typed.keys.iter().map(|(at, keys)| (*at, Deed::Type(keys.clone())));
                    let end = typed.interrupted.map(|at| (at, Deed::Interrupt));
                    let deeds = keys.chain(end).filter(|(at, _)| *at <= to);
                    due.extend(deeds.map(|(at, deed)| (at, commands.len(), deed)));
                    commands.push(running);
                }
            }
        }
        do_until(self, &commands, &mut due, to);
        let _ = self.world.run_until(to);
        commands
    }
}

/// What a user does to a command that runs.
enum Deed {
    Type(Option<String>),
    Interrupt,
}

/// When it is done, to which command, and what.
type Due = (Time, usize, Deed);

/// Does what is to be done until then.
fn do_until(copy: &mut Player, commands: &[Running], due: &mut Vec<Due>, to: Time) {
    due.sort_by_key(|(at, ..)| *at);
    let later = due.partition_point(|(at, ..)| *at <= to);
    for (at, command, deed) in due.drain(..later) {
        let _ = copy.world.run_until(at);
        match deed {
            Deed::Type(keys) => copy.type_into(&commands[command], keys.as_deref()),
            Deed::Interrupt => copy.interrupt(&commands[command]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Seed;
    use crate::kernel::Tracing;
    use crate::lesson::Lesson;
    use crate::shell;

    const LESSON: &str = "+++\nschema = 1\nid = \"x\"\nlang = \"en\"\ntitle = \"x\"\nkind = \"tutorial\"\n\
        [topology]\nsegment.lan = { subnet = \"10.0.0.0/24\" }\nhost.a = { lan = \"10.0.0.1\" }\n\
        host.b = { lan = \"10.0.0.2\" }\n+++\n# x\n";

    fn settings() -> Settings {
        let platform = shell::platform();
        Settings { seed: Seed(1), platform, tracing: Tracing::Steps, capture: false }
    }

    #[test]
    fn a_ping_that_is_interrupted_can_be_seen_again() {
        let lesson = Lesson::parse("x.md", LESSON).expect("a right lesson");
        let mut player = Player::new(&lesson, &settings()).expect("it boots");
        let host = player.world.host_named("a").expect("the lab has it");
        let running = player.start(host, None, "ping 10.0.0.2", "");
        let _ = player.world.run_for(Span::millis(2500));
        let middle = player.world.now();
        assert_eq!(player.status(&running), None);
        let _ = player.world.run_for(Span::secs(1));
        player.interrupt(&running);
        let _ = player.world.run_for(Span::secs(1));
        assert_eq!(player.status(&running), Some(0), "ping ended by itself");
        let text = running.terminal.take_text();
        assert!(text.contains("4 packets transmitted, 4 received"), "{text}");

        let (then, running) = player.rewound(middle).expect("it boots as before");
        assert_eq!(then.world.now(), middle);
        assert_eq!(running.iter().map(|it| then.status(it)).collect::<Vec<_>>(), [None]);
        let (before, running) = player.undone().expect("it boots as before").expect("typed");
        assert!(running.is_empty() && before.commands().count() == 0);
        let (later, _) = player.rewound(player.world.now()).expect("it boots as before");
        assert_eq!(later.world.events(), player.world.events());
        assert_eq!(later.world.trace.next_seq(), player.world.trace.next_seq());
    }

    #[test]
    fn a_ping_in_a_container_ends_by_itself_and_a_sleep_does_not() {
        let lesson = LESSON.replace("host.a = {", "host.a = { docker = true,");
        let lesson = Lesson::parse("x.md", &lesson).expect("a right lesson");
        let mut player = Player::new(&lesson, &settings()).expect("it boots");
        let host = player.world.host_named("a").expect("the lab has it");
        let run = "docker run -d --name web busybox sleep 1d";
        assert_eq!(player.run_line(host, None, run, Span::secs(9)).status, 0);
        let mut interrupted = |container, line: &str| {
            let running = player.start(host, container, line, "");
            let _ = player.world.run_for(Span::secs(1));
            player.interrupt(&running);
            let _ = player.world.run_for(Span::secs(1));
            let status = player.status(&running);
            (status, running.terminal.take_text())
        };
        let (status, text) = interrupted(Some("web"), "ping 127.0.0.1; echo behind");
        assert!(status == Some(0) && text.contains("0% packet loss"), "{status:?} {text}");
        assert!(text.ends_with("behind\n"), "{text}");
        let (status, text) = interrupted(Some("web"), "sleep 60; echo behind");
        assert!(status == Some(130) && !text.contains("behind"), "{status:?} {text}");
        let (status, _) = interrupted(None, "while true; do true; sleep 9; done");
        assert_eq!(status, Some(130));
        let left = player.run_line(host, None, "docker exec web ps", Span::secs(9)).output;
        assert!(!left.contains("ping") && !left.contains("sleep 60"), "{left}");
    }

    #[test]
    fn what_is_typed_into_a_shell_can_be_seen_again() {
        let lesson = Lesson::parse("x.md", LESSON).expect("a right lesson");
        let mut player = Player::new(&lesson, &settings()).expect("it boots");
        let host = player.world.host_named("a").expect("the lab has it");
        let running = player.start_open(host, None, "sh");
        let _ = player.world.run_for(Span::secs(1));
        player.type_into(&running, Some("hostname\n"));
        let _ = player.world.run_for(Span::secs(1));
        assert_eq!(running.terminal.take_text(), "root@a:~# hostname\na\nroot@a:~# ");
        let (again, _) = player.rewound(player.world.now()).expect("it boots as before");
        assert_eq!(again.world.events(), player.world.events());
        player.type_into(&running, Some("\u{4}"));
        let _ = player.world.run_for(Span::secs(1));
        assert_eq!(player.status(&running), Some(0));
    }
}
