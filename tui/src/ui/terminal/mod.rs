//! The terminal of one machine: a prompt, what is typed, what was printed. [`edit`] has the line that is
//! being typed, [`known`] the words that complete it, [`scrollback`] the lines that are there, and when
//! they came.

mod edit;
mod known;
mod scrollback;
mod search;

use netsim_sim::lesson::typing::Running;
use netsim_sim::trace::HostId;

pub use known::Known;
pub use scrollback::Moment;
use scrollback::{Came, Scrollback};
pub use search::Search;

use super::session::Session;
use crate::text::words::Lang;
use crate::text::{Line, Piece, Style};

/// One machine's terminal.
pub struct Terminal {
    /// The machine.
    pub host: HostId,
    /// Its name.
    pub name: String,
    /// Whether it is a shell in a container and goes with it.
    pub is_attached: bool,
    /// What is on it.
    pub lines: Scrollback,
    /// What is being typed.
    pub input: String,
    /// Where in it, in characters.
    pub cursor: usize,
    /// Lines scrolled up from the end.
    pub scroll: usize,
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
}

impl Terminal {
    /// An empty one.
    pub fn new(host: HostId, name: String) -> Terminal {
        Terminal {
            host,
            name,
            is_attached: false,
            lines: Scrollback::default(),
            input: String::new(),
            cursor: 0,
            scroll: 0,
            rows: Vec::new(),
            selected: None,
            search: None,
            history: Vec::new(),
            recalled: 0,
            running: None,
            printed: String::new(),
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
        let typed = (!command.is_empty()).then(|| session.player.typed().len());
        let line = vec![
            Piece::new(format!("{place}$ "), Style::Prompt),
            Piece::new(command, Style::Typed),
        ];
        self.lines.begin(Came::now(session), line, typed);
        self.go_to_end();
        if command.is_empty() {
            return false;
        }
        self.remember(command);
        self.printed.clear();
        true
    }

    /// Whether a command runs, or ran at a moment.
    pub fn runs(&self, then: Option<Moment>) -> bool {
        then.map_or(self.running.is_some(), |then| self.lines.ran(then))
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
        let written = running.terminal.take();
        let status = session.player.status(running);
        let ended = session.player.ended(running).unwrap_or_else(|| session.world().now());
        for piece in written {
            self.print(Came::printed(piece.at), &piece.text);
        }
        let Some(status) = status else { return false };
        if status != 0 {
            let line = vec![Piece::new(format!("[exit {status}]"), Style::Dim)];
            self.push(Came::printed(ended), line);
        }
        self.lines.end(Came::printed(ended));
        true
    }

    fn print(&mut self, came: Came, text: &str) {
        let continues = !self.printed.is_empty() && !self.printed.ends_with('\n');
        self.printed += text;
        for (n, line) in text.lines().enumerate() {
            let piece = scrollback::piece(line);
            match n == 0 && continues {
                true => self.lines.go_on(came, piece),
                false => self.push(came, vec![piece]),
            }
        }
    }

    fn push(&mut self, came: Came, line: Line) {
        self.lines.push(came, line);
        self.go_to_end();
    }

    fn go_to_end(&mut self) {
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
        self.lines.rewind(typed, running.is_some());
        self.printed.clear();
        self.running = running;
        self.go_to_end();
    }

    /// Says something that no command printed.
    pub fn say(&mut self, session: &Session, text: impl Into<String>) {
        self.push(Came::now(session), vec![Piece::new(text, Style::Dim)]);
    }

    /// Empties the screen; what was there is still above.
    pub fn clear(&mut self) {
        self.lines.clear();
        self.scroll = 0;
    }

    /// The lines to be shown: those of a moment; else all while somebody has scrolled up, or those since
    /// the screen was cleared.
    pub fn shown(&self, then: Option<Moment>, lang: Lang) -> Vec<Line> {
        if let Some(then) = then {
            return self.lines.then(then).chain([self.border(then, lang)]).collect();
        }
        let mut lines: Vec<Line> = self.lines.now(self.scroll > 0).collect();
        if self.begun().is_some() {
            // A prompt is shown with what is typed behind it.
            lines.pop();
        }
        lines
    }

    /// The line between what was there at a moment and what is typed.
    fn border(&self, then: Moment, lang: Lang) -> Line {
        let (at, later) = (then.at, self.lines.later(then));
        let mut text = match lang {
            Lang::En => format!("── as of {at}"),
            Lang::Zh => format!("── {at} 时的状态"),
        };
        text += match self.lines.ran(then) {
            true => lang.say(": a command runs", ":命令正在运行"),
            false => lang.say(": Enter forks here", ":回车在此分叉"),
        };
        text += &match (later, lang) {
            (0, _) => String::new(),
            (1, Lang::En) => ", 1 line comes later".to_owned(),
            (_, Lang::En) => format!(", {later} lines come later"),
            (_, Lang::Zh) => format!(",之后还有 {later} 行"),
        };
        vec![Piece::new(text, Style::Ask)]
    }

    /// What is selected; else what the latest command printed, at a moment or until now.
    pub fn to_copy(&self, then: Option<Moment>) -> String {
        let rows: Vec<String> = match self.selected {
            Some((from, to)) => {
                let rows = self.rows.iter().skip(from).take(to + 1 - from);
                rows.map(|row| row.trim_end().to_owned()).collect()
            }
            None => self.lines.latest(then),
        };
        rows.join("\n")
    }

    /// What stands before the line that is typed.
    pub fn lead(&self, then: Option<Moment>) -> String {
        let runs = self.runs(then);
        match &self.search {
            Some(search) => format!("(search)'{}': ", search.query),
            None if then.is_some() && runs => String::new(),
            None if runs => self
                .begun()
                .map_or_else(String::new, |line| line.iter().map(|p| &*p.text).collect()),
            None => format!("{}$ ", self.name),
        }
    }

    /// The prompt with what is being typed; `None` while a command runs that reads nothing. What is typed
    /// while one looks back is always seen.
    pub fn prompt(&self, then: Option<Moment>) -> Option<Line> {
        let runs = self.runs(then);
        let is_seen = !runs || self.is_asked() || (then.is_some() && !self.input.is_empty());
        let style = if runs { Style::Plain } else { Style::Prompt };
        is_seen.then(|| {
            let typed = Piece::new(self.input.clone(), Style::Typed);
            vec![Piece::new(self.lead(then), style), typed]
        })
    }
}
