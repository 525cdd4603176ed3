//! What the screen knows: the session, its terminals, what is chosen and where the keys go. [`perform`]
//! does what an action says, [`terminals`] what is done with them, [`moments`] what is done with time.

mod complete;
mod moments;
mod perform;
mod terminals;

use std::time::Duration;

use netsim_sim::lesson::Lesson;
use netsim_sim::lesson::parse::Content;
use netsim_sim::world::Role;
use ratatui::layout::Rect;

use super::hits::Hits;
use super::layout::{Divider, Shares, TOGETHER};
use super::lesson::record::Record;
use super::lesson::{Next, Progress};
use super::map::Map;
use super::packets::Packets;
use super::palette::Palette;
use super::panes::{PANES, Pane};
use super::prompt::Prompt;
use super::reach::Reach;
use super::session::{Pace, Session};
use super::terminal::Terminal;
use super::theme::{Scheme, Theme};
use super::time::history::History;
use super::time::strip::Strip;
use crate::text::words::Lang;

/// What lies over the panes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Overlay {
    /// All keys, scrolled down by so many lines.
    Help(usize),
    /// Everything by name.
    Palette(Palette),
    /// A line that is asked for.
    Prompt(Prompt),
}

/// What the mouse has hold of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// A line between panes.
    Divider(Divider),
    /// Text of a terminal, from a row on.
    Text(usize),
}

/// Where somebody wants to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// To the list of lessons.
    Lesson,
    /// Out of netsim.
    Netsim,
}

/// The screen.
pub struct App<'a> {
    /// The machines.
    pub session: Session<'a>,
    /// The lesson.
    pub progress: Progress<'a>,
    /// One terminal a machine.
    pub terminals: Vec<Terminal>,
    /// Which one has the keys.
    pub front: usize,
    /// Those that are shown side by side, if more than the one in front.
    pub beside: Vec<usize>,
    /// Where the keys go.
    pub focus: Pane,
    /// The packets.
    pub packets: Packets,
    /// The map.
    pub map: Map,
    /// Who reaches whom.
    pub reach: Reach,
    /// Which of machines and matrix is shown where both have one place.
    pub upper: Pane,
    /// The strip of time.
    pub strip: Strip,
    /// What is needed to take typed lines back.
    pub history: History,
    /// The language.
    pub lang: Lang,
    /// The colours.
    pub theme: Theme,
    /// How the screen is shared.
    pub shares: Shares,
    /// Where the panes are, as drawn last.
    pub area: Rect,
    /// Columns of the pane of the terminals, as drawn last.
    pub terminal_room: u16,
    /// What can be clicked, as drawn last.
    pub hits: Hits,
    /// What the mouse has hold of.
    pub held: Option<Held>,
    /// What lies over the panes.
    pub overlay: Option<Overlay>,
    /// Whether the mouse is netsim's and not the terminal's.
    pub mouse: bool,
    /// Whether everything stands, because somebody explains.
    pub frozen: bool,
    /// What is to be put on the clipboard.
    pub clipboard: Option<String>,
    /// What went wrong last.
    pub complaint: Option<String>,
    /// What is worth to be known about what was done last.
    pub notice: Option<String>,
    /// Where somebody wants to go.
    pub exit: Option<Exit>,
    /// The terminal in which a step of the lesson runs.
    lesson_runs: Option<usize>,
    /// Lines that were typed when progress was kept last.
    kept: usize,
}

impl<'a> App<'a> {
    /// The screen of a session.
    pub fn new(session: Session<'a>, lang: Lang) -> App<'a> {
        let machines = session.machines();
        let mut terminals: Vec<Terminal> =
            machines.into_iter().map(|(host, name)| Terminal::new(host, name)).collect();
        // Where one works comes first: routers are only looked at.
        terminals.sort_by_key(|terminal| session.world().host(terminal.host).role == Role::Router);
        let progress = Progress::new(session.player.lesson);
        let first = first_machine(session.player.lesson);
        let front = terminals.iter().position(|it| Some(&it.name) == first.as_ref()).unwrap_or(0);
        let kept = session.player.typed().len();
        App {
            session,
            progress,
            terminals,
            front,
            beside: Vec::new(),
            focus: Pane::Lesson,
            packets: Packets::default(),
            map: Map::default(),
            reach: Reach::default(),
            upper: Pane::Map,
            strip: Strip::default(),
            history: History::default(),
            lang,
            theme: Theme::of_environment(Scheme::Dark, false),
            shares: Shares::default(),
            area: Rect::default(),
            terminal_room: 0,
            hits: Hits::default(),
            held: None,
            overlay: None,
            mouse: true,
            frozen: false,
            clipboard: None,
            complaint: None,
            notice: None,
            exit: None,
            lesson_runs: None,
            kept,
        }
    }

    /// Goes on where somebody left: the machines are there already.
    pub fn resume(&mut self, record: &Record) {
        self.progress.resume(record);
        let player = &self.session.player;
        for typed in player.commands() {
            let terminal = self.terminals.iter_mut().find(|it| it.host == typed.host);
            if let Some(terminal) = terminal {
                terminal.remember(&typed.line);
            }
        }
        let count = player.commands().count();
        self.notice = self.progress.standing(self.lang);
        if count > 0 {
            let text = match self.lang {
                Lang::En => format!("(as you left it: {count} commands were typed before)"),
                Lang::Zh => format!("(恢复到离开时的状态:此前输入过 {count} 条命令)"),
            };
            let session = &self.session;
            self.terminals.iter_mut().for_each(|terminal| terminal.say(session, text.clone()));
        }
    }

    /// Whether something happened that is to be kept.
    pub fn has_news(&self) -> bool {
        self.progress.unsaved || self.kept != self.session.player.typed().len()
    }

    /// It is kept.
    pub fn kept(&mut self) {
        self.progress.unsaved = false;
        self.kept = self.session.player.typed().len();
    }

    /// Whether a command runs.
    pub fn is_busy(&self) -> bool {
        self.terminals.iter().any(|terminal| terminal.running.is_some())
    }

    /// Whether something moves on the screen.
    pub fn is_lively(&self) -> bool {
        let goes_on = self.session.pace != Pace::Paused && !self.frozen;
        let is_awaited = self.reach.is_busy() || self.map.is_waiting();
        self.map.is_moving() || is_awaited || (goes_on && self.is_busy())
    }

    /// Lets time go on.
    pub fn advance(&mut self, real: Duration) {
        if self.frozen {
            return;
        }
        // While somebody is asked to type, time is not run through.
        let busy = self.terminals.iter().any(|one| one.running.is_some() && !one.is_asked());
        self.session.advance(real, busy);
        self.look();
    }

    /// Takes what the machines have done.
    pub fn look(&mut self) {
        // From the last: a terminal may go.
        for n in (0..self.terminals.len()).rev() {
            if self.terminals[n].update(&self.session) {
                self.ended(n);
            }
        }
        self.run_what_is_hidden();
        self.packets.update(&self.session);
        self.map.update(&self.session, &self.packets.index);
        self.tell_hit();
        if self.focus == Pane::Reach && self.reach.is_new() {
            self.reach.ask(&self.session);
        }
        if let Some(guest) = self.reach.update() {
            self.packets.welcome(guest, &self.session);
            (self.focus, self.upper) = (Pane::Packets, Pane::Reach);
        }
    }

    /// What the lesson does without showing it needs nobody to press a key.
    fn run_what_is_hidden(&mut self) {
        let is_hidden = matches!(self.progress.next(), Next::Type(block, _) if block.has("hidden"));
        if is_hidden && self.lesson_runs.is_none() && self.session.looking.is_none() {
            self.next();
        }
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
        let status = self.session.player.status(&running).unwrap_or_default();
        self.session.world().host(running.host).processes.reap(running.pid);
        if self.terminals[n].is_attached {
            self.detach(n, status);
        }
    }

    /// The next thing of the lesson: types its command, takes the answer, or runs the checks.
    pub fn next(&mut self) {
        if self.lesson_runs.is_some() {
            return;
        }
        self.break_what_is_due();
        if self.progress.check(&mut self.session) {
            return;
        }
        match self.progress.next() {
            Next::Ask(_) => {
                if !self.progress.answer() {
                    let text = self.lang.say(
                        "answer first: a letter chooses, or type; S goes past the question",
                        "请先作答:按字母选择或输入;S 跳过",
                    );
                    self.notice = Some(text.to_owned());
                }
            }
            Next::Type(block, step) => {
                // The lesson goes on now, wherever one looks.
                self.session.looking = None;
                let step = self.session.player.filled(step);
                let place = self.terminals.iter().position(|it| it.name == step.host);
                let Some(n) = place else { return };
                if self.terminals[n].running.is_some() {
                    return;
                }
                if !block.has("hidden") {
                    self.front = n;
                }
                self.before_typing();
                self.packets.restart();
                let container = step.container.as_deref();
                self.terminals[n].run(&mut self.session, container, &step.command, &step.keys);
                self.lesson_runs = Some(n);
                if self.session.pace == Pace::Paused {
                    self.session.toggle();
                }
            }
            Next::Check | Next::End => {}
        }
    }

    /// The lesson's faults happen before something is typed.
    fn break_what_is_due(&mut self) {
        if let Err(error) = self.progress.break_what_is_due(&mut self.session) {
            self.complaint = Some(error.to_string());
        }
    }

    /// The lesson does not wait for a command any more, unless it still runs.
    pub fn forget_lesson_run(&mut self) {
        self.lesson_runs = self.lesson_runs.filter(|n| self.terminals[*n].running.is_some());
    }

    /// What was said is read.
    pub fn forget_messages(&mut self) {
        self.complaint = None;
        self.notice = None;
    }

    /// Scrolls what a pane shows.
    pub fn scroll(&mut self, pane: Pane, up: bool, by: usize) {
        let move_by = |at: &mut usize, more: bool| {
            *at = if more { at.saturating_add(by) } else { at.saturating_sub(by) };
        };
        match pane {
            Pane::Lesson => move_by(&mut self.progress.scroll, up),
            Pane::Terminal => {
                let terminal = &mut self.terminals[self.front];
                move_by(&mut terminal.scroll, up);
                terminal.scroll = terminal.scroll.min(terminal.lines.len());
            }
            Pane::Map if self.map.is_open => move_by(&mut self.map.table_scroll, !up),
            Pane::Map => move_by(&mut self.map.scroll.1, !up),
            Pane::Reach => self.reach.move_by(if up { -(by as isize) } else { by as isize }, 0),
            Pane::Packets => self.packets.scroll(if up { -(by as isize) } else { by as isize }),
        }
    }

    /// Gives the keys to the next pane, or the one before. Where machines and matrix have one place, the
    /// one that is not seen is left out.
    pub fn turn(&mut self, back: bool) {
        let all = self.shares.arrange(self.area, self.focus, self.upper).panes;
        let is_seen = |pane: &Pane| all.len() < TOGETHER || all.iter().any(|(it, _)| it == pane);
        let panes: Vec<Pane> = PANES.into_iter().filter(is_seen).collect();
        let at = panes.iter().position(|pane| *pane == self.focus).unwrap_or(0);
        self.focus = panes[(at + if back { panes.len() - 1 } else { 1 }) % panes.len()];
    }
}

/// The machine on which one begins: the lesson says so, or its first command is typed there.
fn first_machine(lesson: &Lesson) -> Option<String> {
    let panes = lesson.front.ui.get("panes").and_then(|panes| panes.as_array());
    let mut named = panes.into_iter().flatten().filter_map(|pane| {
        pane.as_str().and_then(|pane| pane.strip_prefix("terminal ")).map(str::to_owned)
    });
    named.next().or_else(|| {
        lesson.blocks().find_map(|block| match &block.content {
            Content::Console(console) => console.steps.first().map(|step| step.host.clone()),
            _ => None,
        })
    })
}
