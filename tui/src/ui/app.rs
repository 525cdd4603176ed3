//! What the screen knows: the session, its terminals, what is chosen and where the keys go.

use std::time::Duration;

use netsim_sim::docker::places::places;
use netsim_sim::lesson::parse::Content;

use super::lesson::{Next, Progress};
use super::map::Marks;
use super::packets::Packets;
use super::session::{Pace, Session};
use super::terminal::Terminal;
use super::theme::Theme;
use crate::text::words::Lang;

/// The parts of the screen to which keys can go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    /// The lesson.
    Lesson,
    /// The terminals.
    Terminal,
    /// The machines.
    Map,
    /// The packets.
    Packets,
}

/// All panes, in the order of the Tab key.
pub const PANES: [Pane; 4] = [Pane::Lesson, Pane::Terminal, Pane::Map, Pane::Packets];

/// The screen.
pub struct App<'a> {
    /// The machines.
    pub session: Session<'a>,
    /// The lesson.
    pub progress: Progress<'a>,
    /// One terminal a machine.
    pub terminals: Vec<Terminal>,
    /// Which one is in front.
    pub front: usize,
    /// Where the keys go.
    pub focus: Pane,
    /// The packets.
    pub packets: Packets,
    /// Where packets are.
    pub marks: Marks,
    /// Lines that the map is scrolled down.
    pub map_scroll: usize,
    /// The language.
    pub lang: Lang,
    /// The colours.
    pub theme: Theme,
    /// Whether the help is shown.
    pub help: bool,
    /// What went wrong last.
    pub complaint: Option<String>,
    /// The terminal in which a step of the lesson runs.
    lesson_runs: Option<usize>,
    over: bool,
}

impl<'a> App<'a> {
    /// The screen of a session.
    pub fn new(session: Session<'a>, lang: Lang) -> App<'a> {
        let machines = session.machines();
        let mut terminals: Vec<Terminal> =
            machines.into_iter().map(|(host, name)| Terminal::new(host, name)).collect();
        // Where one works comes first: routers are only looked at.
        terminals.sort_by_key(|terminal| {
            session.world().host(terminal.host).role == netsim_sim::world::Role::Router
        });
        let progress = Progress::new(session.player.lesson);
        let first = session.player.lesson.blocks().find_map(|block| match &block.content {
            Content::Console(console) => console.steps.first().map(|step| step.host.as_str()),
            _ => None,
        });
        let front = terminals.iter().position(|it| Some(it.name.as_str()) == first).unwrap_or(0);
        App {
            session,
            progress,
            terminals,
            front,
            focus: Pane::Lesson,
            packets: Packets::default(),
            marks: Marks::default(),
            map_scroll: 0,
            lang,
            theme: Theme::of_environment(),
            help: false,
            complaint: None,
            lesson_runs: None,
            over: false,
        }
    }

    /// Whether somebody wants to leave.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Leaves.
    pub fn quit(&mut self) {
        self.over = true;
    }

    /// Lets time go on.
    pub fn advance(&mut self, real: Duration) {
        let busy = self.terminals.iter().any(|terminal| terminal.running.is_some());
        self.session.advance(real, busy);
        self.look();
    }

    /// Takes what the machines have done.
    pub fn look(&mut self) {
        for n in 0..self.terminals.len() {
            if self.terminals[n].update(&self.session) {
                self.ended(n);
            }
        }
        self.packets.update(&self.session);
        self.marks.update(&self.session);
    }

    /// A command has ended; if it belongs to the lesson, the lesson looks at what it printed.
    fn ended(&mut self, n: usize) {
        let Some(running) = self.terminals[n].running.take() else { return };
        if self.lesson_runs == Some(n) {
            self.lesson_runs = None;
            if let Next::Type(block, step) = self.progress.next() {
                let printed = self.terminals[n].printed.clone();
                let ran = self.session.player.compared(block, step, &running, printed);
                let failure = ran.failure.map(|it| format!("≠ {} ({})", it.expected, it.got));
                self.progress.done(failure);
            }
        }
        self.session.world().host(running.host).processes.reap(running.pid);
    }

    /// The next thing of the lesson: types its command, takes the answer, or runs the checks.
    pub fn next(&mut self) {
        if self.lesson_runs.is_some() || self.progress.check(&mut self.session) {
            return;
        }
        match self.progress.next() {
            Next::Ask(_) => self.progress.answer(),
            Next::Type(_, step) => {
                let step = self.session.player.filled(step);
                let place = self.terminals.iter().position(|it| it.name == step.host);
                let Some(n) = place else { return };
                if self.terminals[n].running.is_some() {
                    return;
                }
                self.front = n;
                self.packets.restart();
                let container = step.container.as_deref();
                self.terminals[n].run(&mut self.session, container, &step.command);
                self.lesson_runs = Some(n);
                if self.session.pace == Pace::Paused {
                    self.session.toggle();
                }
            }
            Next::End => {}
        }
    }

    /// Runs what is typed in the terminal in front.
    pub fn enter(&mut self) {
        let terminal = &mut self.terminals[self.front];
        if terminal.running.is_none() {
            if !terminal.input.trim().is_empty() {
                self.packets.restart();
            }
            terminal.enter(&mut self.session);
        }
    }

    /// Ctrl-C in the terminal in front.
    pub fn interrupt(&mut self) {
        let terminal = &mut self.terminals[self.front];
        match &terminal.running {
            Some(running) => self.session.player.interrupt(running),
            None => terminal.clear_input(),
        }
    }

    /// Completes the word in the terminal in front: programs, containers, networks, machines.
    pub fn complete(&mut self) {
        let host = self.terminals[self.front].host;
        let machine = self.session.world().host(host);
        let mut words: Vec<String> = machine.processes.programs_on_path();
        words.extend(places(&machine.processes).into_iter().map(|place| place.name));
        words.extend(self.session.machines().into_iter().map(|(_, name)| name));
        words.extend(WORDS.iter().map(|word| (*word).to_owned()));
        words.sort();
        words.dedup();
        self.terminals[self.front].complete(&words);
    }

    /// One event of a packet, while time stands still.
    pub fn step(&mut self) {
        self.session.pace = Pace::Paused;
        self.session.step_packet();
        self.look();
    }

    /// Back to before the last event of a packet. Commands that run are forgotten by their terminals.
    pub fn step_back(&mut self) {
        self.session.pace = Pace::Paused;
        if self.terminals.iter().any(|terminal| terminal.running.is_some()) {
            self.complaint = Some("a command runs: let it end, or stop it with Ctrl-C".into());
            return;
        }
        match self.session.step_back() {
            Ok(()) => self.complaint = None,
            Err(error) => self.complaint = Some(error.to_string()),
        }
        self.look();
    }

    /// Text from the clipboard.
    pub fn paste(&mut self, text: &str) {
        if self.focus == Pane::Terminal {
            self.terminals[self.front].insert(text.lines().next().unwrap_or_default());
        }
    }

    /// Gives the keys to the next pane, or the one before.
    pub fn turn(&mut self, by: usize) {
        let at = PANES.iter().position(|pane| *pane == self.focus).unwrap_or(0);
        self.focus = PANES[(at + by) % PANES.len()];
    }
}

/// Words of commands that are completed.
const WORDS: [&str; 39] = [
    "addr",
    "bridge",
    "connect",
    "container",
    "create",
    "disconnect",
    "exec",
    "fdb",
    "inspect",
    "link",
    "logs",
    "neigh",
    "network",
    "overlay",
    "route",
    "show",
    "start",
    "stop",
    "--name",
    "--network",
    "--subnet",
    "--driver",
    "--internal",
    "--ip",
    "--gateway",
    "busybox",
    "sleep",
    "httpd",
    "macvlan",
    "PREROUTING",
    "POSTROUTING",
    "FORWARD",
    "INPUT",
    "OUTPUT",
    "MASQUERADE",
    "images",
    "version",
    "info",
    "nat",
];
