//! The terminal of one machine: a prompt, what is typed, what was printed. [`edit`] has the line that is
//! being typed.

mod edit;

use netsim_sim::lesson::typing::Running;
use netsim_sim::trace::HostId;

pub use edit::Search;

use super::session::Session;
use crate::text::{Line, Piece, Style};

/// Lines that are kept.
const KEPT: usize = 5000;

/// One machine's terminal.
pub struct Terminal {
    /// The machine.
    pub host: HostId,
    /// Its name.
    pub name: String,
    /// Whether it is a shell in a container and goes with it.
    pub is_attached: bool,
    /// What is on it.
    pub lines: Vec<Line>,
    /// What is being typed.
    pub input: String,
    /// Where in it, in characters.
    pub cursor: usize,
    /// Lines scrolled up from the end.
    pub scroll: usize,
    /// The first line that is shown at the end: what is before was cleared away.
    cleared: usize,
    /// The line with the latest command.
    latest: usize,
    /// The rows as they were drawn last.
    pub rows: Vec<String>,
    /// Rows that are selected with the mouse, from and to.
    pub selected: Option<(usize, usize)>,
    /// A search for an earlier line.
    pub search: Option<Search>,
    history: Vec<String>,
    /// Where in the history; its length when the line is new.
    recalled: usize,
    /// What runs.
    pub running: Option<Running>,
    /// What it has printed, for comparison with the lesson.
    pub printed: String,
    /// Lines that were there before each typed line, by the number of that line.
    marks: Vec<(usize, usize)>,
}

impl Terminal {
    /// An empty one.
    pub fn new(host: HostId, name: String) -> Terminal {
        Terminal {
            host,
            name,
            is_attached: false,
            lines: Vec::new(),
            input: String::new(),
            cursor: 0,
            scroll: 0,
            cleared: 0,
            latest: 0,
            rows: Vec::new(),
            selected: None,
            search: None,
            history: Vec::new(),
            recalled: 0,
            running: None,
            printed: String::new(),
            marks: Vec::new(),
        }
    }

    /// Runs what was typed; or hands it to what runs.
    pub fn enter(&mut self, session: &mut Session) {
        let line = std::mem::take(&mut self.input);
        self.cursor = 0;
        self.search = None;
        if let Some(running) = &self.running {
            return session.player.type_into(running, Some(&format!("{line}\n")));
        }
        if self.begin(session, None, line.trim()) {
            self.running = Some(session.start_open(self.host, line.trim()));
        }
    }

    /// Ctrl-D: what runs reads the end of its input.
    pub fn end_input(&mut self, session: &mut Session) {
        if let Some(running) = &self.running {
            session.player.type_into(running, Some("\u{4}"));
        }
    }

    /// Becomes the terminal of a shell in a container.
    pub fn attach(&mut self, session: &mut Session, container: &str) {
        self.is_attached = true;
        self.insert(&format!("docker exec -it {container} sh"));
        self.enter(session);
    }

    /// The last line that was printed.
    pub fn last_words(&self) -> Option<String> {
        self.printed.lines().rfind(|line| !line.trim().is_empty()).map(str::to_owned)
    }

    /// Runs a command, and what is typed into it, as if it had been typed here.
    pub fn run(
        &mut self,
        session: &mut Session,
        container: Option<&str>,
        command: &str,
        keys: &str,
    ) {
        if self.running.is_none() && self.begin(session, container, command) {
            self.running = Some(session.start(self.host, container, command, keys));
        }
    }

    /// Shows a command behind its prompt; false if it is none.
    fn begin(&mut self, session: &Session, container: Option<&str>, command: &str) -> bool {
        let place = container.map_or(self.name.clone(), |name| format!("{}/{name}", self.name));
        self.latest = self.lines.len();
        if !command.is_empty() {
            self.marks.push((session.player.typed().len(), self.lines.len()));
        }
        self.push(vec![
            Piece::new(format!("{place}$ "), Style::Prompt),
            Piece::new(command, Style::Typed),
        ]);
        if command.is_empty() {
            return false;
        }
        self.remember(command);
        self.printed.clear();
        true
    }

    /// Whether what runs waits for somebody to type.
    pub fn is_asked(&self) -> bool {
        self.running.as_ref().is_some_and(|running| running.terminal.is_awaited())
    }

    /// The line that a program has begun and in which it reads: its prompt.
    fn begun(&self) -> Option<&Line> {
        let is_open = !self.printed.is_empty() && !self.printed.ends_with('\n');
        self.lines.last().filter(|_| self.is_asked() && is_open)
    }

    /// Takes what was printed. True if the command has ended now.
    pub fn update(&mut self, session: &Session) -> bool {
        let Some(running) = &self.running else { return false };
        let text = running.terminal.take_text();
        let status = session.player.status(running);
        if !text.is_empty() {
            self.print(&text);
        }
        let Some(status) = status else { return false };
        if status != 0 {
            self.push(vec![Piece::new(format!("[exit {status}]"), Style::Dim)]);
        }
        true
    }

    fn print(&mut self, text: &str) {
        let continues = !self.printed.is_empty() && !self.printed.ends_with('\n');
        self.printed += text;
        for (n, line) in text.lines().enumerate() {
            let clean: String =
                line.replace('\t', "        ").chars().filter(|c| !c.is_control()).collect();
            let piece = Piece::new(clean, Style::Plain);
            match self.lines.last_mut() {
                Some(last) if n == 0 && continues => last.push(piece),
                _ => self.push(vec![piece]),
            }
        }
    }

    fn push(&mut self, line: Line) {
        self.lines.push(line);
        if self.lines.len() > KEPT {
            let gone = KEPT / 10;
            self.lines.drain(..gone);
            self.cleared = self.cleared.saturating_sub(gone);
            self.latest = self.latest.saturating_sub(gone);
            self.marks.iter_mut().for_each(|(_, at)| *at = at.saturating_sub(gone));
        }
        self.scroll = 0;
        self.selected = None;
    }

    /// Keeps a command in the history.
    pub fn remember(&mut self, command: &str) {
        if self.history.last().is_none_or(|last| last != command) {
            self.history.push(command.to_owned());
        }
        self.recalled = self.history.len();
    }

    /// Goes back to where only so many lines were typed on all machines. A command that runs there prints
    /// what it had printed once more.
    pub fn rewind(&mut self, typed: usize, running: Option<Running>) {
        let kept = self.marks.partition_point(|(line, _)| *line < typed);
        if let Some((_, lines)) = self.marks.get(kept) {
            self.lines.truncate(*lines);
        }
        self.marks.truncate(kept);
        if let (Some(_), Some((_, lines))) = (&running, self.marks.last()) {
            self.lines.truncate(lines + 1);
        }
        self.printed.clear();
        self.running = running;
        self.cleared = self.cleared.min(self.lines.len());
        (self.latest, self.scroll, self.selected) = (self.lines.len(), 0, None);
    }

    /// Says something that no command printed.
    pub fn say(&mut self, text: impl Into<String>) {
        self.push(vec![Piece::new(text, Style::Dim)]);
    }

    /// Empties the screen; what was there is still above.
    pub fn clear(&mut self) {
        self.cleared = self.lines.len();
        self.scroll = 0;
    }

    /// The lines to be shown: all while somebody looks back, else those since it was cleared.
    pub fn shown(&self) -> &[Line] {
        // A prompt is shown with what is typed behind it.
        let to = self.lines.len() - usize::from(self.begun().is_some());
        let from = if self.scroll == 0 { self.cleared.min(to) } else { 0 };
        &self.lines[from..to]
    }

    /// What is selected; else what the latest command printed.
    pub fn to_copy(&self) -> String {
        let rows: Vec<String> = match self.selected {
            Some((from, to)) => {
                let rows = self.rows.iter().skip(from).take(to + 1 - from);
                rows.map(|row| row.trim_end().to_owned()).collect()
            }
            None => {
                let printed = self.lines.iter().skip(self.latest + 1);
                printed.map(|line| line.iter().map(|piece| &*piece.text).collect()).collect()
            }
        };
        rows.join("\n")
    }

    /// What stands before the line that is typed.
    pub fn lead(&self) -> String {
        match &self.search {
            Some(search) => format!("(search)'{}': ", search.query),
            None if self.running.is_some() => self
                .begun()
                .map_or_else(String::new, |line| line.iter().map(|p| &*p.text).collect()),
            None => format!("{}$ ", self.name),
        }
    }

    /// The prompt with what is being typed; `None` while a command runs that reads nothing.
    pub fn prompt(&self) -> Option<Line> {
        let style = if self.running.is_none() { Style::Prompt } else { Style::Plain };
        (self.running.is_none() || self.is_asked()).then(|| {
            vec![Piece::new(self.lead(), style), Piece::new(self.input.clone(), Style::Typed)]
        })
    }
}
