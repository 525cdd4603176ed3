//! A sheet of characters, larger than the pane that shows a part of it.

use crate::text::{Line, Piece, Style, width};

/// One character and how it looks. The second half of a wide one is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cell {
    char: Option<char>,
    style: Style,
}

/// The sheet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Canvas {
    columns: usize,
    cells: Vec<Cell>,
}

impl Canvas {
    /// An empty sheet.
    pub fn new(columns: usize, rows: usize) -> Canvas {
        let cell = Cell { char: Some(' '), style: Style::Plain };
        Canvas { columns, cells: vec![cell; columns * rows] }
    }

    /// Its columns and rows.
    pub fn size(&self) -> (usize, usize) {
        (self.columns, self.cells.len().checked_div(self.columns).unwrap_or(0))
    }

    /// Writes a character; outside of the sheet nothing is written.
    pub fn put(&mut self, x: usize, y: usize, char: char, style: Style) {
        if x >= self.columns {
            return;
        }
        if let Some(cell) = self.cells.get_mut(y * self.columns + x) {
            *cell = Cell { char: Some(char), style };
        }
    }

    /// What is there.
    pub fn at(&self, x: usize, y: usize) -> Option<char> {
        if x >= self.columns {
            return None;
        }
        self.cells.get(y * self.columns + x).and_then(|cell| cell.char)
    }

    /// Writes a text; the column behind it.
    pub fn write(&mut self, x: usize, y: usize, text: &str, style: Style) -> usize {
        let mut x = x;
        for char in text.chars() {
            let wide = width(char.encode_utf8(&mut [0; 4]));
            self.put(x, y, char, style);
            if wide == 2
                && x + 1 < self.columns
                && let Some(cell) = self.cells.get_mut(y * self.columns + x + 1)
            {
                *cell = Cell { char: None, style };
            }
            x += wide;
        }
        x
    }

    /// The part that a pane shows.
    pub fn part(&self, x: usize, y: usize, columns: usize, rows: usize) -> Vec<Line> {
        let (all, height) = self.size();
        let right = (x + columns).min(all);
        let shown = (y..(y + rows).min(height)).map(|row| {
            let from = (row * all + x).min(row * all + right);
            let cells = &self.cells[from..row * all + right];
            let mut line = Line::new();
            for cell in cells {
                let Some(char) = cell.char else { continue };
                match line.last_mut() {
                    Some(last) if last.style == cell.style => last.text.push(char),
                    _ => line.push(Piece::new(char, cell.style)),
                }
            }
            line
        });
        shown.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_cut_out() {
        let mut canvas = Canvas::new(8, 2);
        canvas.write(0, 0, "abcdefgh!", Style::Plain);
        canvas.write(0, 1, "网桥x", Style::Plain);
        let text = |lines: Vec<Line>| -> Vec<String> {
            lines
                .iter()
                .map(|line| line.iter().map(|piece| piece.text.as_str()).collect())
                .collect()
        };
        assert_eq!(text(canvas.part(2, 0, 3, 5)), ["cde", "桥x"]);
        assert_eq!(text(canvas.part(0, 1, 80, 1)), ["网桥x   "]);
        assert!(text(canvas.part(0, 7, 3, 3)).is_empty());
    }
}
