//! What is done with the terminals: which are shown, what is typed, copied, stopped.

use netsim_sim::docker::places::places;

use super::{App, Held};
use crate::text::words::Lang;
use crate::ui::lesson::Next;
use crate::ui::palette::Place;
use crate::ui::panes::Pane;
use crate::ui::terminal::{Moment, Terminal};

impl App<'_> {
    /// Runs what is typed in the terminal in front, or hands it to what runs there. What the lesson waits
    /// for may also be typed by hand.
    pub fn enter(&mut self) {
        let types = !self.terminals[self.front].input.trim().is_empty();
        let looked_back = self.session.looking.is_some();
        if looked_back && !types {
            return self.tell_moment();
        }
        self.fork();
        let terminal = &mut self.terminals[self.front];
        if terminal.running.is_some() {
            if looked_back && !terminal.is_asked() {
                let text = self.lang.say(
                    "at that moment a command still runs here: Space lets it go on",
                    "那一刻这里还有命令在运行:按空格让它继续",
                );
                self.notice = Some(text.to_owned());
            } else {
                terminal.enter(&mut self.session);
            }
            return;
        }
        if types {
            self.break_what_is_due();
            self.before_typing();
            self.packets.restart();
        }
        let terminal = &mut self.terminals[self.front];
        let is_step = match self.progress.next() {
            Next::Type(_, step) => {
                let step = self.session.player.filled(step);
                let words = |line: &str| line.split_whitespace().map(str::to_owned).collect();
                let (typed, wanted): (Vec<String>, Vec<String>) =
                    (words(&terminal.input), words(&step.command));
                step.container.is_none() && step.host == terminal.name && typed == wanted
            }
            _ => false,
        };
        terminal.enter(&mut self.session);
        if is_step && terminal.running.is_some() && self.lesson_runs.is_none() {
            self.lesson_runs = Some(self.front);
        }
    }

    /// Ctrl-C in the terminal in front: empties the line, stops what runs. Who looks back stops what ran.
    pub fn interrupt(&mut self) {
        let terminal = &mut self.terminals[self.front];
        let was_typing = !terminal.input.is_empty();
        terminal.clear_input();
        if self.session.looking.is_some() && (was_typing || !self.forks_what_runs()) {
            return;
        }
        if let Some(running) = &self.terminals[self.front].running {
            self.session.player.interrupt(running);
        }
    }

    /// Ctrl-D in the terminal in front.
    pub fn end_input(&mut self) {
        if self.session.looking.is_none() || self.forks_what_runs() {
            self.terminals[self.front].end_input(&mut self.session);
        }
    }

    /// Goes back to the moment at which one looks if a command ran in front; whether it did.
    fn forks_what_runs(&mut self) -> bool {
        let ran = self.terminals[self.front].runs(Moment::of(&self.session));
        if ran {
            self.fork();
        }
        ran
    }

    /// Text from the clipboard.
    pub fn paste(&mut self, text: &str) {
        if self.focus == Pane::Terminal {
            self.terminals[self.front].insert(text.lines().next().unwrap_or_default());
        }
    }

    /// Shows a terminal and gives it the keys of the pane.
    pub fn show_terminal(&mut self, n: usize) {
        let n = n.min(self.terminals.len().saturating_sub(1));
        if !self.beside.contains(&n)
            && let Some(place) = self.beside.iter_mut().find(|place| **place == self.front)
        {
            *place = n;
        }
        self.front = n;
    }

    /// Shows one more terminal beside the others, or only the one in front when there is no more room.
    pub fn split(&mut self, most: usize) {
        if self.beside.is_empty() {
            self.beside.push(self.front);
        }
        let count = self.terminals.len();
        let next = (1..count).map(|by| (self.front + by) % count);
        match next.into_iter().find(|n| !self.beside.contains(n)) {
            Some(n) if self.beside.len() < most => self.beside.push(n),
            _ => self.beside.clear(),
        }
        if self.beside.len() < 2 {
            self.beside.clear();
        }
    }

    /// Everywhere that one can type: machines and their containers.
    pub fn places(&self) -> Vec<Place> {
        let mut all = Vec::new();
        for (host, name) in self.session.machines() {
            let inside = places(&self.session.world().host(host).processes);
            all.push(Place { host, container: None, name: name.clone() });
            all.extend(inside.into_iter().map(|place| Place {
                host,
                name: format!("{name}/{}", place.name),
                container: Some(place.name),
            }));
        }
        all
    }

    /// Shows the terminal of a place; in a container, a shell is started for it.
    pub fn go(&mut self, place: Place) {
        self.focus = Pane::Terminal;
        let known = self.terminals.iter().position(|terminal| terminal.name == place.name);
        let n = known.unwrap_or(self.terminals.len());
        if let (None, Some(container)) = (known, place.container) {
            let mut terminal = Terminal::new(place.host, place.name);
            terminal.attach(&mut self.session, &container);
            self.terminals.push(terminal);
        }
        self.show_terminal(n);
    }

    /// A shell in a container has ended: its terminal goes. What it complained of is said.
    pub fn detach(&mut self, n: usize, status: i32) {
        let terminal = self.terminals.remove(n);
        if status != 0 {
            self.complaint = terminal.last_words();
        }
        self.beside.retain(|shown| *shown != n);
        let behind = |place: &mut usize| *place -= usize::from(*place > n);
        self.beside.iter_mut().for_each(behind);
        self.lesson_runs.iter_mut().for_each(behind);
        if self.front == n {
            let host = |it: &Terminal| it.host == terminal.host;
            self.front = self.terminals.iter().position(host).unwrap_or(0);
        } else {
            behind(&mut self.front);
        }
        if !self.beside.contains(&self.front) || self.beside.len() < 2 {
            self.beside.clear();
        }
        if let Some(Held::Text(_)) = self.held {
            self.held = None;
        }
    }

    /// The terminals that are shown, from left to right.
    pub fn shown_terminals(&self) -> Vec<usize> {
        if self.beside.is_empty() { vec![self.front] } else { self.beside.clone() }
    }

    /// The mouse lets go. Text that was selected is copied.
    pub fn release(&mut self) {
        if let Some(Held::Text(_)) = self.held.take()
            && self.terminals[self.front].selected.is_some()
        {
            self.copy();
        }
    }

    /// Puts on the clipboard what is selected in the terminal, or what the latest command printed.
    pub fn copy(&mut self) {
        let text = self.terminals[self.front].to_copy(Moment::of(&self.session));
        let rows = text.lines().count();
        self.notice = Some(match self.lang {
            Lang::En => format!("{rows} lines copied"),
            Lang::Zh => format!("已复制 {rows} 行"),
        });
        self.clipboard = Some(text);
    }
}
