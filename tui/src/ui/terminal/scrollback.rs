//! What was written on a terminal, and when: so that it can be shown as it was at a moment.

use netsim_sim::engine::Time;

use crate::text::{Line, Piece, Style};
use crate::ui::session::Session;

/// Lines that are kept.
const KEPT: usize = 5000;

/// When something came onto a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Came {
    at: Time,
    /// How many records there were before it; of what a program prints, only the time is known.
    records: Option<u64>,
}

impl Came {
    /// A program printed it.
    pub fn printed(at: Time) -> Came {
        Came { at, records: None }
    }

    /// It comes now, or at the moment at which one looks.
    pub fn now(session: &Session) -> Came {
        let (records, at) = session.moment();
        Came { at, records: Some(records) }
    }
}

/// The moment at which one looks back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// How many records there were.
    records: u64,
    /// When the last of them was made.
    pub at: Time,
    /// When the next one was.
    next: Time,
}

impl Moment {
    /// `None` if one looks at what is now.
    pub fn of(session: &Session) -> Option<Moment> {
        session.looking?;
        let (records, at) = session.moment();
        let next = session.world().trace.get(records)?.at;
        Some(Moment { records, at, next })
    }

    /// Whether something had come. What a program prints is there after all that its time has recorded.
    fn had(self, came: Came) -> bool {
        match came.records {
            Some(records) => (records, came.at) <= (self.records, self.at),
            None => came.at <= self.at && came.at < self.next,
        }
    }
}

/// A line, and when its pieces came.
struct Row {
    line: Line,
    came: Vec<Came>,
}

/// A line that was typed.
struct Mark {
    /// Which of all typed lines it is.
    typed: usize,
    /// Where it stands.
    row: usize,
    came: Came,
    ended: Option<Came>,
}

/// What was written, from top to bottom.
#[derive(Default)]
pub struct Scrollback {
    rows: Vec<Row>,
    /// The first row that is shown at the end: what is before was cleared away.
    cleared: usize,
    /// The row with the latest command.
    latest: usize,
    marks: Vec<Mark>,
}

impl Scrollback {
    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// The last line.
    pub fn last(&self) -> Option<&Line> {
        self.rows.last().map(|row| &row.line)
    }

    /// A new line.
    pub fn push(&mut self, came: Came, line: Line) {
        let came = vec![came; line.len()];
        self.rows.push(Row { line, came });
        if self.rows.len() > KEPT {
            let gone = KEPT / 10;
            self.rows.drain(..gone);
            self.cleared = self.cleared.saturating_sub(gone);
            self.latest = self.latest.saturating_sub(gone);
            self.marks.iter_mut().for_each(|mark| mark.row = mark.row.saturating_sub(gone));
        }
    }

    /// The last line goes on.
    pub fn go_on(&mut self, came: Came, piece: Piece) {
        match self.rows.last_mut() {
            Some(last) => {
                last.line.push(piece);
                last.came.push(came);
            }
            None => self.push(came, vec![piece]),
        }
    }

    /// A line is typed behind its prompt; `typed` says which of all that is, unless it is empty.
    pub fn begin(&mut self, came: Came, line: Line, typed: Option<usize>) {
        self.latest = self.rows.len();
        if let Some(typed) = typed {
            self.marks.push(Mark { typed, row: self.latest, came, ended: None });
        }
        self.push(came, line);
    }

    /// What was typed last has ended.
    pub fn end(&mut self, came: Came) {
        if let Some(mark) = self.marks.last_mut() {
            mark.ended = Some(came);
        }
    }

    /// Whether a line is one that was typed here.
    pub fn has_typed(&self, typed: usize) -> bool {
        self.marks.iter().any(|mark| mark.typed == typed)
    }

    /// Whether something ran at a moment.
    pub fn ran(&self, then: Moment) -> bool {
        let mut typed = self.marks.iter().rev();
        let last = typed.find(|mark| then.had(mark.came));
        last.is_some_and(|mark| mark.ended.is_none_or(|ended| !then.had(ended)))
    }

    /// Goes back to where only so many lines were typed on all machines, and to the line that runs, if one
    /// does: it prints what it had printed once more.
    pub fn rewind(&mut self, typed: usize, runs: bool) {
        let kept = self.marks.partition_point(|mark| mark.typed < typed);
        if let Some(mark) = self.marks.get(kept) {
            self.rows.truncate(mark.row);
        }
        self.marks.truncate(kept);
        if let Some(mark) = self.marks.last_mut().filter(|_| runs) {
            self.rows.truncate(mark.row + 1);
            mark.ended = None;
        }
        self.cleared = self.cleared.min(self.rows.len());
        self.latest = self.rows.len();
    }

    /// Empties the screen; what was there is still above.
    pub fn clear(&mut self) {
        self.cleared = self.rows.len();
    }

    /// The lines as they are, from where the screen was cleared or from the top.
    pub fn now(&self, from_top: bool) -> impl Iterator<Item = Line> {
        let from = if from_top { 0 } else { self.cleared };
        self.rows[from..].iter().map(|row| row.line.clone())
    }

    /// The lines as they were.
    pub fn then(&self, then: Moment) -> impl Iterator<Item = Line> {
        self.rows.iter().filter_map(move |row| {
            let pieces = row.line.iter().zip(&row.came);
            let line: Line =
                pieces.filter(|(_, came)| then.had(**came)).map(|(it, _)| it.clone()).collect();
            (!line.is_empty()).then_some(line)
        })
    }

    /// How many lines, or ends of lines, came later.
    pub fn later(&self, then: Moment) -> usize {
        let is_later = |row: &&Row| row.came.iter().any(|came| !then.had(*came));
        self.rows.iter().filter(is_later).count()
    }

    /// What the latest command has printed, at a moment or until now.
    pub fn latest(&self, then: Option<Moment>) -> Vec<String> {
        let had = |came: &Came| then.is_none_or(|then| then.had(*came));
        let typed = self.marks.iter().rev().find(|mark| had(&mark.came));
        let from = if then.is_some() { typed.map_or(0, |mark| mark.row) } else { self.latest };
        let rows = self.rows.iter().skip(from + 1).filter(|row| row.came.iter().any(had));
        rows.map(|row| row.line.iter().map(|piece| &*piece.text).collect()).collect()
    }
}

/// An empty line is a line, too.
pub fn piece(text: &str) -> Piece {
    let text = text.replace('\t', "        ");
    Piece::new(text.chars().filter(|c| !c.is_control()).collect::<String>(), Style::Plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Time {
        Time::from_nanos(seconds * 1_000_000_000)
    }

    fn typed(seconds: u64, records: u64) -> Came {
        Came { at: at(seconds), records: Some(records) }
    }

    fn text(lines: impl Iterator<Item = Line>) -> Vec<String> {
        lines.map(|line| line.iter().map(|piece| &*piece.text).collect()).collect()
    }

    /// `ping` is typed at 1 s before the tenth record, asks in 2 s, is answered in 3 s, ends in 4 s.
    fn pinged() -> Scrollback {
        let mut all = Scrollback::default();
        all.begin(typed(1, 10), vec![piece("a$ ping")], Some(0));
        all.push(Came::printed(at(2)), vec![piece("asked")]);
        all.go_on(Came::printed(at(3)), piece(", answered"));
        all.push(Came::printed(at(4)), vec![piece("")]);
        all.end(Came::printed(at(4)));
        all
    }

    #[test]
    fn a_moment_has_what_came_until_then() {
        let all = pinged();
        let then = |records, from, next| Moment { records, at: at(from), next: at(next) };
        assert!(text(all.then(then(10, 0, 1))).is_empty(), "nothing was typed yet");
        assert!(!all.ran(then(10, 0, 1)));
        assert_eq!(text(all.then(then(11, 1, 2))), ["a$ ping"]);
        assert_eq!(all.later(then(11, 1, 2)), 2);
        assert_eq!(text(all.then(then(20, 2, 3))), ["a$ ping", "asked"]);
        assert!(all.ran(then(20, 2, 3)), "its end came later");
        assert_eq!(text(all.then(then(30, 4, 9))), ["a$ ping", "asked, answered", ""]);
        assert!(!all.ran(then(30, 4, 9)));
        assert_eq!(all.later(then(30, 4, 9)), 0);
    }

    #[test]
    fn what_a_program_prints_comes_after_the_records_of_its_time() {
        let all = pinged();
        let in_the_middle = Moment { records: 20, at: at(2), next: at(2) };
        assert_eq!(text(all.then(in_the_middle)), ["a$ ping"]);
        assert_eq!(all.latest(Some(in_the_middle)), Vec::<String>::new());
        assert_eq!(all.latest(None), ["asked, answered", ""]);
    }

    #[test]
    fn a_line_that_runs_again_has_not_ended() {
        let mut all = pinged();
        all.begin(typed(5, 40), vec![piece("a$ ls")], Some(3));
        all.rewind(3, true);
        assert_eq!(text(all.now(true)), ["a$ ping"]);
        assert!(all.ran(Moment { records: 30, at: at(4), next: at(9) }));
        assert!(all.has_typed(0) && !all.has_typed(3));
    }
}
