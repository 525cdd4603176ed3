//! Running: to a time, until a program ends, until nothing moves. Always with a limit.

use std::rc::Rc;

use crate::engine::{Span, Time};
use crate::kernel::NamespaceId;
use crate::process::{
    LocalFuture, Pid, Piece, Proc, Program, RootId, Signal, Spawn, Stream, Terminal,
};
use crate::trace::HostId;

use super::World;

/// How long something may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Simulated time.
    pub span: Span,
    /// Events: a bound on real time.
    pub events: u64,
}

impl Default for Limits {
    /// An hour of simulated time, or some seconds of real time.
    fn default() -> Self {
        Limits { span: Span::secs(3600), events: 20_000_000 }
    }
}

/// Why a run stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Stop {
    /// What was waited for has happened.
    Done,
    /// Nothing will happen any more.
    Idle,
    /// The simulated time is up.
    TimeIsUp,
    /// Too many events.
    TooManyEvents,
}

/// What a command did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Its exit status; 124 if it was stopped because it took too long, as `timeout` has it.
    pub status: i32,
    /// What it wrote, in order.
    pub output: Vec<Piece>,
    /// Why the run stopped.
    pub stop: Stop,
}

impl Outcome {
    /// All that it wrote, as one text.
    pub fn text(&self) -> String {
        self.output.iter().map(|piece| piece.text.as_str()).collect()
    }
}

impl World {
    /// Runs until `at`; the clock is there afterwards, unless there were too many events.
    pub fn run_until(&mut self, at: Time) -> Stop {
        let budget = self.events + Limits::default().events;
        while self.queue.peek_time().is_some_and(|next| next <= at) {
            if self.events >= budget {
                return Stop::TooManyEvents;
            }
            self.step();
        }
        self.queue.advance(at);
        Stop::TimeIsUp
    }

    /// Runs for a span.
    pub fn run_for(&mut self, span: Span) -> Stop {
        self.run_until(self.now() + span)
    }

    /// Runs until `done` says so.
    pub fn run_until_done(&mut self, limits: Limits, mut done: impl FnMut(&World) -> bool) -> Stop {
        let end = self.now() + limits.span;
        let budget = self.events.saturating_add(limits.events);
        loop {
            if done(self) {
                return Stop::Done;
            }
            if self.events >= budget {
                return Stop::TooManyEvents;
            }
            match self.queue.peek_time() {
                None => return Stop::Idle,
                Some(next) if next > end => {
                    self.queue.advance(end);
                    return Stop::TimeIsUp;
                }
                Some(_) => self.step(),
            };
        }
    }

    /// When the next event happens.
    pub fn next_event(&self) -> Option<Time> {
        self.queue.peek_time()
    }

    /// A new terminal at a host.
    pub fn terminal(&self, host: HostId) -> Rc<Terminal> {
        self.host(host).processes.terminal()
    }

    /// Types text into a terminal of a host; `None` ends its input for good. Ctrl-D is `\u{4}`.
    pub fn type_in(&mut self, id: HostId, terminal: &Terminal, text: Option<&str>) {
        let now = self.now();
        let host = &mut self.hosts[usize::from(id.0)];
        host.core_mut().cx.now = now;
        host.processes.type_in(&mut host.core, terminal, text);
        self.apply(id);
    }

    /// Runs `sh -c LINE` on a host until it ends, with this typed while it runs.
    pub fn run_command_typing(&mut self, host: HostId, line: &str, keys: &str) -> Outcome {
        let terminal = self.terminal(host);
        terminal.type_in(keys);
        terminal.close_input();
        let pid = self.start_shell(host, &terminal, line);
        let (status, stop) = self.wait(host, pid, Limits::default());
        Outcome { status, output: terminal.take(), stop }
    }

    /// Runs `sh -c LINE` on a host until it ends; it reads from no terminal.
    pub fn run_command_unattended(&mut self, id: HostId, line: &str) -> Outcome {
        let terminal = self.terminal(id);
        let host = self.host(id);
        let mut spawn = host.processes.host_spawn(host.namespace(), &["sh", "-c", line], &terminal);
        spawn.stdio[0] = Stream::Null;
        let pid = self.spawn(id, spawn, self.shell());
        let (status, stop) = self.wait(id, pid, Limits::default());
        Outcome { status, output: terminal.take(), stop }
    }

    fn shell(&self) -> Program {
        let sh = self.platform.software.programs.get("sh").copied();
        sh.expect("every platform has a shell")
    }

    /// Starts a program on a host, with this command line, at a terminal.
    pub fn start(
        &mut self,
        id: HostId,
        terminal: &Rc<Terminal>,
        program: Program,
        argv: &[&str],
    ) -> Pid {
        let ns = self.host(id).namespace();
        self.start_in(id, ns, terminal, argv, program)
    }

    /// Starts a program of your own on a host, in a namespace of your choice.
    pub fn start_in(
        &mut self,
        id: HostId,
        ns: NamespaceId,
        terminal: &Rc<Terminal>,
        argv: &[&str],
        program: impl FnOnce(Proc) -> LocalFuture<i32>,
    ) -> Pid {
        let spawn = self.host(id).processes.host_spawn(ns, argv, terminal);
        self.spawn(id, spawn, program)
    }

    fn spawn(
        &mut self,
        id: HostId,
        spawn: Spawn,
        program: impl FnOnce(Proc) -> LocalFuture<i32>,
    ) -> Pid {
        let now = self.now();
        let host = &mut self.hosts[usize::from(id.0)];
        host.core_mut().cx.now = now;
        let pid = host.processes.spawn(&mut host.core, spawn, program);
        self.apply(id);
        pid
    }

    /// Runs `sh -c LINE` on a host until it ends.
    pub fn run_command(&mut self, host: HostId, line: &str) -> Outcome {
        self.run_command_within(host, line, Limits::default())
    }

    /// The same, with a limit of your own.
    pub fn run_command_within(&mut self, host: HostId, line: &str, limits: Limits) -> Outcome {
        let terminal = self.terminal(host);
        terminal.close_input();
        let pid = self.start_shell(host, &terminal, line);
        let (status, stop) = self.wait(host, pid, limits);
        Outcome { status, output: terminal.take(), stop }
    }

    /// Runs `sh -c LINE` on a host, in a namespace and with files of your choice; also the number of the
    /// shell, by which the trace knows what it caused.
    pub fn run_in(
        &mut self,
        id: HostId,
        ns: NamespaceId,
        root: RootId,
        line: &str,
        limits: Limits,
    ) -> (Outcome, Pid) {
        self.run_named(id, ns, root, &["sh", "-c", line], limits)
    }

    /// Runs a program that the platform has, whether its file is there or not.
    pub fn run_named(
        &mut self,
        id: HostId,
        ns: NamespaceId,
        root: RootId,
        argv: &[&str],
        limits: Limits,
    ) -> (Outcome, Pid) {
        let program = argv.first().and_then(|name| self.platform.software.programs.get(name));
        let program = *program.expect("the caller knows the programs of the platform");
        let terminal = self.terminal(id);
        terminal.close_input();
        let spawn = Spawn { root, ..self.host(id).processes.host_spawn(ns, argv, &terminal) };
        let pid = self.spawn(id, spawn, program);
        let (status, stop) = self.wait(id, pid, limits);
        (Outcome { status, output: terminal.take(), stop }, pid)
    }

    /// Starts `sh -c LINE` at a terminal.
    pub fn start_shell(&mut self, host: HostId, terminal: &Rc<Terminal>, line: &str) -> Pid {
        self.start(host, terminal, self.shell(), &["sh", "-c", line])
    }

    /// Sends a signal to a process and to all that it started, and forgets it.
    pub fn end(&mut self, host: HostId, pid: Pid, signal: Signal) {
        for child in self.children(host, pid) {
            self.end(host, child, signal);
        }
        self.kill(host, pid, signal);
        let _ = self.run_until_done(Limits { span: Span::secs(1), events: 100_000 }, |world| {
            world.host(host).processes.status(pid).is_some()
        });
        self.kill_tree(host, pid);
        self.host(host).processes.reap(pid);
    }

    /// Runs until a process has ended; ends it when it takes too long.
    pub fn wait(&mut self, host: HostId, pid: Pid, limits: Limits) -> (i32, Stop) {
        let stop =
            self.run_until_done(limits, |world| world.host(host).processes.status(pid).is_some());
        if stop != Stop::Done {
            self.kill(host, pid, Signal::Int);
            self.kill_tree(host, pid);
        }
        let status = self.host(host).processes.status(pid).unwrap_or(124);
        self.host(host).processes.reap(pid);
        (if stop == Stop::Done { status } else { 124 }, stop)
    }

    /// Sends a signal to a process.
    pub fn kill(&mut self, id: HostId, pid: Pid, signal: Signal) -> bool {
        let now = self.now();
        let host = &mut self.hosts[usize::from(id.0)];
        host.core_mut().cx.now = now;
        let found = host.processes.kill(&mut host.core, pid, signal);
        self.apply(id);
        found
    }

    /// Ends a process and all that it started.
    pub fn kill_tree(&mut self, host: HostId, pid: Pid) {
        for child in self.children(host, pid) {
            self.kill_tree(host, child);
        }
        self.kill(host, pid, Signal::Kill);
    }

    /// Ctrl-C at the terminal of a process: it and all that it started hear of it. A shell whose command does
    /// not die of it, but ends in its own way, as `ping` does, goes on with what that command returns.
    pub fn interrupt(&mut self, host: HostId, pid: Pid) {
        let mut waits = false;
        for child in self.children(host, pid) {
            self.interrupt(host, child);
            waits |= self.host(host).processes.status(child).is_none();
        }
        if !waits {
            self.kill(host, pid, Signal::Int);
        }
    }

    fn children(&self, host: HostId, pid: Pid) -> Vec<Pid> {
        let list = self.host(host).processes.list();
        let children = list.iter().filter(|process| process.parent == Some(pid));
        children.map(|process| process.pid).collect()
    }
}
