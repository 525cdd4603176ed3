//! The terminal of one machine: a prompt, what is typed, what was printed.

use netsim_sim::lesson::typing::Running;
use netsim_sim::trace::HostId;

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
    /// What is on it.
    pub lines: Vec<Line>,
    /// What is being typed.
    pub input: String,
    /// Where in it, in characters.
    pub cursor: usize,
    /// Lines scrolled up from the end.
    pub scroll: usize,
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
            lines: Vec::new(),
            input: String::new(),
            cursor: 0,
            scroll: 0,
            history: Vec::new(),
            recalled: 0,
            running: None,
            printed: String::new(),
        }
    }

    /// Runs what was typed.
    pub fn enter(&mut self, session: &mut Session) {
        let line = std::mem::take(&mut self.input);
        self.cursor = 0;
        self.run(session, None, line.trim());
    }

    /// Runs a command as if it had been typed here.
    pub fn run(&mut self, session: &mut Session, container: Option<&str>, command: &str) {
        if self.running.is_some() {
            return;
        }
        let place = container.map_or(self.name.clone(), |name| format!("{}/{name}", self.name));
        self.push(vec![
            Piece::new(format!("{place}$ "), Style::Prompt),
            Piece::new(command, Style::Typed),
        ]);
        if command.is_empty() {
            return;
        }
        if self.history.last().is_none_or(|last| last != command) {
            self.history.push(command.to_owned());
        }
        self.recalled = self.history.len();
        self.printed.clear();
        self.running = Some(session.start(self.host, container, command));
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
            self.lines.drain(..KEPT / 10);
        }
        self.scroll = 0;
    }

    /// The prompt with what is being typed; `None` while a command runs.
    pub fn prompt(&self) -> Option<Line> {
        self.running.is_none().then(|| {
            vec![
                Piece::new(format!("{}$ ", self.name), Style::Prompt),
                Piece::new(self.input.clone(), Style::Typed),
            ]
        })
    }

    /// Types text at the cursor.
    pub fn insert(&mut self, text: &str) {
        let at = self.byte_at(self.cursor);
        let clean: String = text.chars().filter(|c| !c.is_control()).collect();
        self.input.insert_str(at, &clean);
        self.cursor += clean.chars().count();
    }

    fn byte_at(&self, cursor: usize) -> usize {
        self.input.char_indices().nth(cursor).map_or(self.input.len(), |(at, _)| at)
    }

    /// Removes the character before the cursor.
    pub fn backspace(&mut self) {
        if self.cursor > 0 {
            self.cursor -= 1;
            self.delete();
        }
    }

    /// Removes the character at the cursor.
    pub fn delete(&mut self) {
        let at = self.byte_at(self.cursor);
        if at < self.input.len() {
            self.input.remove(at);
        }
    }

    /// Moves the cursor by so many characters.
    pub fn move_by(&mut self, by: isize) {
        let len = self.input.chars().count();
        self.cursor = self.cursor.saturating_add_signed(by).min(len);
    }

    /// Empties the line.
    pub fn clear_input(&mut self) {
        self.input.clear();
        self.cursor = 0;
    }

    /// Recalls an older or a newer line.
    pub fn recall(&mut self, older: bool) {
        let last = self.history.len();
        self.recalled =
            if older { self.recalled.saturating_sub(1) } else { (self.recalled + 1).min(last) };
        self.input = self.history.get(self.recalled).cloned().unwrap_or_default();
        self.cursor = self.input.chars().count();
    }

    /// Completes the word before the cursor; shows the choices if there are several.
    pub fn complete(&mut self, words: &[String]) {
        let before = &self.input[..self.byte_at(self.cursor)];
        let start = before.rfind(' ').map_or(0, |at| at + 1);
        let word = before[start..].to_owned();
        let fits: Vec<&String> = words.iter().filter(|known| known.starts_with(&word)).collect();
        let Some(first) = fits.first().filter(|_| !word.is_empty()) else { return };
        let mut common = first.as_str();
        for other in &fits {
            while !other.starts_with(common) {
                common = &common[..common.len() - common.chars().last().map_or(1, char::len_utf8)];
            }
        }
        let rest = common[word.len()..].to_owned();
        if let [_] = fits.as_slice() {
            self.insert(&format!("{rest} "));
        } else if rest.is_empty() {
            let list: Vec<&str> = fits.iter().take(40).map(|word| word.as_str()).collect();
            let line = Piece::new(list.join("  "), Style::Dim);
            self.push(vec![line]);
        } else {
            self.insert(&rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_are_edited_whole() {
        let mut terminal = Terminal::new(HostId(0), "a".into());
        terminal.insert("echo 你好");
        terminal.move_by(-1);
        terminal.backspace();
        assert_eq!(terminal.input, "echo 好");
        terminal.delete();
        terminal.move_by(-99);
        terminal.insert("# ");
        assert_eq!((terminal.input.as_str(), terminal.cursor), ("# echo ", 2));
    }

    #[test]
    fn a_word_is_completed_as_far_as_it_is_sure() {
        let words = ["docker", "dockerd", "ping"].map(str::to_owned);
        let mut terminal = Terminal::new(HostId(0), "a".into());
        terminal.insert("do");
        terminal.complete(&words);
        assert_eq!(terminal.input, "docker");
        terminal.clear_input();
        terminal.insert("sudo pi");
        terminal.complete(&words);
        assert_eq!(terminal.input, "sudo ping ");
    }
}
