//! Markdown as lines of a terminal: headings, paragraphs, lists, quotes, code, tables.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::wrap::wrap;
use super::{Line, Piece, Style, width};

/// Renders Markdown in lines of at most `columns` columns, a blank line between blocks.
pub fn render(source: &str, columns: usize) -> Vec<Line> {
    let mut writer = Writer { columns: columns.max(20), ..Writer::default() };
    for event in Parser::new_ext(source, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        writer.event(event);
    }
    writer.end_block();
    while writer.lines.last().is_some_and(Vec::is_empty) {
        writer.lines.pop();
    }
    writer.lines
}

#[derive(Default)]
struct Writer {
    columns: usize,
    lines: Vec<Line>,
    /// The block that is being read.
    pieces: Vec<Piece>,
    styles: Vec<Style>,
    heading: Option<HeadingLevel>,
    /// Numbers of the lists around: `None` for bullets.
    lists: Vec<Option<u64>>,
    /// What the next block begins with, instead of its indentation.
    marker: Option<String>,
    quotes: usize,
    code: Option<String>,
    table: Option<Vec<Vec<String>>>,
}

impl Writer {
    fn event(&mut self, event: Event) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.text(&text),
            Event::Code(text) => match self.cell() {
                Some(cell) => *cell += &text,
                None => self.pieces.push(Piece::new(&*text, Style::Code)),
            },
            Event::Html(text) | Event::InlineHtml(text) => self.text(&text),
            Event::SoftBreak => self.soft_break(),
            Event::HardBreak => self.text("\n"),
            Event::Rule => {
                self.end_block();
                self.lines.push(vec![Piece::new("─".repeat(self.columns), Style::Dim)]);
                self.lines.push(Line::new());
            }
            _ => {}
        }
    }

    /// A line ends in the source. Between wide characters there is no blank.
    fn soft_break(&mut self) {
        let last = self.pieces.last().and_then(|piece| piece.text.chars().last());
        let is_wide = last.is_some_and(|c| width(c.encode_utf8(&mut [0; 4])) == 2);
        if !is_wide {
            self.text(" ");
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(code) = &mut self.code {
            *code += text;
            return;
        }
        if let Some(cell) = self.cell() {
            *cell += text;
            return;
        }
        let style = self.styles.last().copied().unwrap_or_default();
        let style = if self.heading.is_some() { Style::Heading } else { style };
        self.pieces.push(Piece::new(text, style));
    }

    fn cell(&mut self) -> Option<&mut String> {
        self.table.as_mut()?.last_mut()?.last_mut()
    }

    fn start(&mut self, tag: Tag) {
        match tag {
            Tag::Heading { level, .. } => {
                self.end_block();
                self.heading = Some(level);
            }
            Tag::Strong => self.styles.push(Style::Strong),
            Tag::Emphasis | Tag::Link { .. } => self.styles.push(Style::Emphasis),
            Tag::BlockQuote(_) => {
                self.end_block();
                self.quotes += 1;
            }
            Tag::List(first) => {
                self.end_block();
                self.lists.push(first);
            }
            Tag::Item => {
                self.end_block();
                self.marker = Some(match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "• ".to_owned(),
                });
            }
            Tag::CodeBlock(_) => {
                self.end_block();
                self.code = Some(String::new());
            }
            Tag::Table(_) => {
                self.end_block();
                self.table = Some(Vec::new());
            }
            Tag::TableHead | Tag::TableRow => {
                self.table.iter_mut().for_each(|t| t.push(Vec::new()));
            }
            Tag::TableCell => {
                if let Some(row) = self.table.as_mut().and_then(|table| table.last_mut()) {
                    row.push(String::new());
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph => {
                self.end_block();
                self.blank();
            }
            TagEnd::Heading(_) => {
                self.end_block();
                self.blank();
            }
            TagEnd::Strong | TagEnd::Emphasis | TagEnd::Link => {
                self.styles.pop();
            }
            TagEnd::BlockQuote(_) => {
                self.end_block();
                self.quotes = self.quotes.saturating_sub(1);
                self.blank();
            }
            TagEnd::List(_) => {
                self.end_block();
                self.lists.pop();
                if self.lists.is_empty() {
                    self.blank();
                }
            }
            TagEnd::Item => self.end_block(),
            TagEnd::CodeBlock => {
                let indent = self.indent();
                for line in self.code.take().unwrap_or_default().lines() {
                    let text = format!("{indent}    {line}");
                    self.lines.push(vec![Piece::new(text, Style::Code)]);
                }
                self.blank();
            }
            TagEnd::Table => self.end_table(),
            _ => {}
        }
    }

    fn blank(&mut self) {
        if self.lines.last().is_some_and(|line| !line.is_empty()) {
            self.lines.push(Line::new());
        }
    }

    fn indent(&self) -> String {
        "  ".repeat(self.lists.len()) + &"│ ".repeat(self.quotes)
    }

    /// The block that was read becomes lines.
    fn end_block(&mut self) {
        let pieces = std::mem::take(&mut self.pieces);
        let heading = self.heading.take();
        if pieces.is_empty() {
            return;
        }
        let indent = self.indent();
        let marker = self.marker.take();
        let columns = self.columns.saturating_sub(width(&indent)).max(10);
        let wrapped = wrap(&pieces, columns);
        let widest = wrapped.iter().map(|line| line.iter().map(|p| width(&p.text)).sum()).max();
        for (n, line) in wrapped.into_iter().enumerate() {
            let lead = match &marker {
                Some(marker) if n == 0 => {
                    let keep = indent.len().saturating_sub(marker.chars().count());
                    format!("{}{marker}", &indent[..keep.min(indent.len())])
                }
                _ => indent.clone(),
            };
            let mut full = Line::new();
            if !lead.is_empty() {
                full.push(Piece::new(lead, Style::Dim));
            }
            full.extend(line);
            self.lines.push(full);
        }
        if heading == Some(HeadingLevel::H1) {
            let rule = "═".repeat(widest.unwrap_or(0).min(self.columns));
            self.lines.push(vec![Piece::new(rule, Style::Heading)]);
        }
    }

    fn end_table(&mut self) {
        let rows = self.table.take().unwrap_or_default();
        let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|n| rows.iter().filter_map(|row| row.get(n)).map(|cell| width(cell)).max())
            .map(Option::unwrap_or_default)
            .collect();
        for (n, row) in rows.iter().enumerate() {
            let mut text = String::new();
            for (cell, wide) in row.iter().zip(&widths) {
                text += cell;
                text += &" ".repeat(wide - width(cell) + 2);
            }
            let style = if n == 0 { Style::Strong } else { Style::Plain };
            self.lines.push(vec![Piece::new(text.trim_end(), style)]);
        }
        self.blank();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(source: &str, columns: usize) -> Vec<String> {
        let lines = render(source, columns);
        lines.iter().map(|line| line.iter().map(|piece| piece.text.as_str()).collect()).collect()
    }

    #[test]
    fn blocks_are_separated_and_wrapped() {
        assert_eq!(
            plain("# Title\n\nSome *words* and\n`code` that wrap.\n\n- one\n- two\n", 20),
            ["Title", "═════", "", "Some words and code", "that wrap.", "", "• one", "• two"]
        );
    }

    #[test]
    fn chinese_lines_join_without_a_blank() {
        assert_eq!(plain("网络\n空间", 40), ["网络空间"]);
    }

    #[test]
    fn numbers_count_and_code_is_kept() {
        assert_eq!(
            plain("1. a\n2. b\n\n```sh\nip  addr\n```\n", 30),
            ["1. a", "2. b", "", "    ip  addr"]
        );
    }

    #[test]
    fn tables_are_aligned_by_columns() {
        assert_eq!(plain("| a | 中文 |\n|---|---|\n| long | b |\n", 40), ["a     中文", "long  b"]);
    }
}
