//! The matrix as lines: names and codes where there is room for them, else numbers and letters.

use netsim_sim::reach::{Cell, Way};

use super::Reach;
use crate::text::barriers::letter;
use crate::text::{Line, Piece, Style, fit, width};

/// The part of the matrix that is seen.
pub struct Grid {
    /// The head and the rows.
    pub lines: Vec<Line>,
    /// The places of the answers: line, column, width, and which one it is.
    pub places: Vec<(usize, usize, usize, (usize, usize))>,
    /// Whether answers are letters.
    pub is_narrow: bool,
}

/// Columns of a letter with its arrow.
const LETTER: usize = 2;

/// The longest name beside a row of letters.
const NAME: usize = 20;

/// How an answer is written.
pub fn word(cell: &Cell, is_narrow: bool) -> String {
    let Some(barrier) = cell.barrier() else {
        return if is_narrow { "✓" } else { "yes" }.to_owned();
    };
    let back = if barrier.way == Way::Back { "←" } else { "" };
    match is_narrow {
        true => format!("{}{back}", letter(barrier.kind())),
        false => format!("{}{back}", barrier.code()),
    }
}

impl Reach {
    /// What stands in a row and a column, and what it means.
    fn mark(&self, at: (usize, usize), is_narrow: bool) -> (String, Style) {
        if at.0 == at.1 {
            return ("·".to_owned(), Style::Dim);
        }
        match self.cell(at) {
            None => ("…".to_owned(), Style::Dim),
            Some(cell) if cell.reaches() => (word(cell, is_narrow), Style::Good),
            Some(cell) => (word(cell, is_narrow), Style::Bad),
        }
    }

    /// The columns of each receiver if all have room with their codes.
    fn widths(&self, columns: usize) -> Option<Vec<usize>> {
        let all = 0..self.names.len();
        // Many answers are not measured at every picture.
        const MANY: usize = 24;
        if all.len() > MANY {
            return None;
        }
        let widest = |to: usize| {
            let words = all.clone().map(|from| width(&self.mark((from, to), false).0));
            words.chain([width(&self.names[to])]).max().unwrap_or(0) + 2
        };
        let widths: Vec<usize> = all.clone().map(widest).collect();
        let first = self.names.iter().map(|name| width(name)).max().unwrap_or(0);
        (first + widths.iter().sum::<usize>() <= columns).then_some(widths)
    }

    /// The part around the chosen answer that has room.
    pub(super) fn grid(&mut self, columns: usize, rows: usize) -> Grid {
        let count = self.names.len();
        let wide = self.widths(columns);
        let is_narrow = wide.is_none();
        let digits = count.to_string().len();
        let narrow = digits.max(LETTER) + 2;
        let widths = wide.unwrap_or_else(|| vec![narrow; count]);
        let label = |n: usize| match is_narrow {
            true => format!("{:>digits$} {}", n + 1, fit(&self.names[n], NAME)),
            false => self.names[n].clone(),
        };
        let labels: Vec<String> = (0..count).map(label).collect();
        let first = labels.iter().map(|label| width(label)).max().unwrap_or(0);
        let seen_rows = rows.saturating_sub(1).max(1);
        let seen_columns = match is_narrow {
            true => (columns.saturating_sub(first) / narrow).max(1),
            false => count.max(1),
        };
        let around = |at: usize, scroll: usize, seen: usize| {
            let scroll = scroll.clamp((at + 1).saturating_sub(seen.max(1)), at);
            scroll.min(count.saturating_sub(seen))
        };
        self.scroll.0 = around(self.chosen.0, self.scroll.0, seen_rows);
        self.scroll.1 = around(self.chosen.1, self.scroll.1, seen_columns);
        let shown = self.scroll.1..(self.scroll.1 + seen_columns).min(count);
        let mut lines = vec![self.head(first, &widths, shown.clone(), is_narrow)];
        let mut places = Vec::new();
        let rows = self.scroll.0..(self.scroll.0 + seen_rows).min(count);
        for row in rows {
            let name = if row == self.chosen.0 { Style::Strong } else { Style::Plain };
            let mut line = vec![padded(&labels[row], first, name)];
            let mut x = first;
            for column in shown.clone() {
                let at = (row, column);
                let (text, style) = self.mark(at, is_narrow);
                let style = if at == self.chosen { Style::Chosen } else { style };
                line.push(Piece::new("  ", Style::Plain));
                let wide = widths[column] - 2;
                places.push((lines.len(), x + 2, wide, at));
                let pad = wide.saturating_sub(width(&text));
                line.push(Piece::new(text, style));
                line.push(Piece::new(" ".repeat(pad), Style::Plain));
                x += widths[column];
            }
            lines.push(line);
        }
        Grid { lines, places, is_narrow }
    }

    /// The names or numbers of the receivers, with arrows where there are more.
    fn head(
        &self,
        first: usize,
        widths: &[usize],
        shown: std::ops::Range<usize>,
        is_narrow: bool,
    ) -> Line {
        let more = match (self.scroll.1 > 0, shown.end < self.names.len()) {
            (false, false) => "",
            (true, false) => "‹",
            (false, true) => "›",
            (true, true) => "‹›",
        };
        let mut head = vec![padded(more, first, Style::Ask)];
        for column in shown {
            let text = match is_narrow {
                true => format!("{}", column + 1),
                false => self.names[column].clone(),
            };
            let style = if column == self.chosen.1 { Style::Strong } else { Style::Plain };
            head.push(Piece::new("  ", Style::Plain));
            head.push(padded(&text, widths[column] - 2, style));
        }
        head
    }
}

fn padded(text: &str, columns: usize, style: Style) -> Piece {
    Piece::new(format!("{text}{}", " ".repeat(columns.saturating_sub(width(text)))), style)
}

#[cfg(test)]
mod tests {
    use netsim_sim::reach::Protocol;

    use super::*;
    use crate::text::line_width;

    /// A matrix of so many, in which all reach each other.
    fn of(count: usize) -> Reach {
        let names: Vec<String> = (0..count).map(|n| format!("web-{n}")).collect();
        let mut reach = Reach { names: names.clone(), ..Reach::default() };
        reach.question.protocols = vec![Protocol::Icmp];
        for from in &names {
            for to in names.iter().filter(|to| *to != from) {
                let (from, to) = (from.clone(), to.clone());
                let protocol = Protocol::Icmp;
                reach.cells.push(Cell { from, to, protocol, address: None, answer: Ok(()) });
            }
        }
        reach
    }

    #[test]
    fn many_answers_are_scrolled_to_the_chosen_one() {
        let mut reach = of(120);
        for chosen in [(0, 1), (119, 118), (60, 3), (3, 60), (119, 0)] {
            reach.chosen = chosen;
            let grid = reach.grid(78, 20);
            assert!(grid.is_narrow && grid.lines.len() <= 20);
            assert!(grid.lines.iter().all(|line| line_width(line) <= 78));
            assert!(grid.places.iter().any(|(.., cell)| *cell == chosen), "{chosen:?} is seen");
        }
    }

    #[test]
    fn few_answers_are_written_out() {
        let mut reach = of(3);
        let grid = reach.grid(78, 20);
        assert!(!grid.is_narrow);
        let text = |line: &Line| line.iter().map(|it| it.text.as_str()).collect::<String>();
        assert_eq!(text(&grid.lines[1]).trim_end(), "web-0  ·      yes    yes");
        assert!(reach.grid(12, 20).is_narrow, "unless there is no room");
    }
}
