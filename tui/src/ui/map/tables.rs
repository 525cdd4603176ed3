//! Tables as lines: each under the command that shows the same, its columns as wide as they need to be.

use netsim_sim::world::tables::TableView;

use crate::text::{Line, Piece, Style, width};

/// All tables, below each other.
pub fn lines(tables: &[TableView]) -> Vec<Line> {
    let mut lines = Vec::new();
    for table in tables {
        lines.push(vec![
            Piece::new("$ ", Style::Prompt),
            Piece::new(table.command.clone(), Style::Typed),
        ]);
        lines.extend(rows(table));
        lines.push(Line::new());
    }
    lines
}

fn rows(table: &TableView) -> Vec<Line> {
    let count = table.columns.len();
    let cell = |row: &[String], n: usize| row.get(n).cloned().unwrap_or_default();
    // A column in which nothing stands is not shown.
    let is_used = |n: &usize| table.rows.iter().any(|row| !cell(row, *n).is_empty());
    let used: Vec<usize> = (0..count).filter(is_used).collect();
    let widths: Vec<usize> = used
        .iter()
        .map(|n| {
            let longest = table.rows.iter().map(|row| width(&cell(row, *n))).max().unwrap_or(0);
            longest.max(width(table.columns[*n]))
        })
        .collect();
    let padded = |text: &str, n: usize| {
        let pad = if n + 1 == used.len() { 0 } else { widths[n].saturating_sub(width(text)) + 2 };
        format!("{text}{}", " ".repeat(pad))
    };
    let head: String =
        used.iter().enumerate().map(|(n, column)| padded(table.columns[*column], n)).collect();
    let mut lines = vec![vec![Piece::new(format!("  {head}"), Style::Dim)]];
    for row in &table.rows {
        let mut line = vec![Piece::new("  ", Style::Plain)];
        for (n, column) in used.iter().enumerate() {
            let text = cell(row, *column);
            let style = match text.as_str() {
                "down" | "no carrier" | "FAILED" | "policy DROP" => Style::Bad,
                "INCOMPLETE" => Style::Ask,
                _ if n == 0 => Style::Code,
                _ => Style::Plain,
            };
            line.push(Piece::new(padded(&text, n), style));
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_columns_are_left_out() {
        let row = |a: &str, b: &str, c: &str| vec![a.to_owned(), b.to_owned(), c.to_owned()];
        let table = TableView {
            command: "x".into(),
            columns: &["one", "two", "three"],
            rows: vec![row("a", "", "c"), row("long", "", "d")],
        };
        let text = |line: &Line| line.iter().map(|it| it.text.as_str()).collect::<String>();
        let lines: Vec<String> = lines(&[table]).iter().map(text).collect();
        assert_eq!(lines, ["$ x", "  one   three", "  a     c", "  long  d", ""]);
    }
}
