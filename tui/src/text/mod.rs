//! Text with emphasis, laid out in columns: what the printed lessons and the screen have in common.

pub mod barriers;
pub mod fields;
pub mod markdown;
pub mod reasons;
pub mod story;
pub mod telling;
pub mod words;
pub mod wrap;

use netsim_sim::wire::Protocol;
use unicode_width::UnicodeWidthStr;

/// What a piece of text is. Colours are chosen where it is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// Nothing special.
    #[default]
    Plain,
    /// Important.
    Strong,
    /// Stressed.
    Emphasis,
    /// Commands, names, numbers as they are typed.
    Code,
    /// The title of a part.
    Heading,
    /// Less important.
    Dim,
    /// The prompt of a machine.
    Prompt,
    /// What was typed.
    Typed,
    /// As it should be.
    Good,
    /// Not as it should be.
    Bad,
    /// A question.
    Ask,
    /// An explanation.
    Explain,
    /// What is chosen.
    Chosen,
    /// What a tunnel wraps around a packet.
    Wrapping,
    /// The letter of a protocol: a packet.
    Protocol(Protocol),
    /// The letter of a protocol among many: packets of some time.
    Lane(Protocol),
}

/// A piece of a line in one style.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Piece {
    /// The text.
    pub text: String,
    /// What it is.
    pub style: Style,
}

impl Piece {
    /// A piece of text.
    pub fn new(text: impl Into<String>, style: Style) -> Piece {
        Piece { text: text.into(), style }
    }
}

/// A line of pieces.
pub type Line = Vec<Piece>;

/// How many columns a text takes.
pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// The beginning of a text that fits into so many columns.
pub fn fit(text: &str, columns: usize) -> String {
    let mut used = 0;
    let fits = |c: &char| {
        used += width(c.encode_utf8(&mut [0; 4]));
        used <= columns
    };
    text.chars().take_while(fits).collect()
}

/// The beginning of a text that fits into so many columns, with an ellipsis where it is cut.
pub fn shorten(text: &str, columns: usize) -> String {
    match width(text) <= columns {
        true => text.to_owned(),
        false => fit(text, columns.saturating_sub(1)) + fit("…", columns).as_str(),
    }
}

/// The beginning of a line that fits into so many columns, with an ellipsis where it is cut.
pub fn shorten_line(line: Line, columns: usize) -> Line {
    if line_width(&line) <= columns {
        return line;
    }
    let mut left = columns.saturating_sub(1);
    let mut cut = Line::new();
    for piece in line {
        let text = fit(&piece.text, left);
        left -= width(&text);
        let is_whole = text.len() == piece.text.len();
        cut.push(Piece::new(text, piece.style));
        if !is_whole {
            break;
        }
    }
    cut.push(Piece::new(fit("…", columns), Style::Dim));
    cut
}

/// The end of a line from a column on. Of a wide character of which only half is left, a blank.
pub fn from_column(line: Line, column: usize) -> Line {
    let mut left = column;
    let mut end = Line::new();
    for piece in line {
        let before = fit(&piece.text, left);
        let mut rest = piece.text[before.len()..].to_owned();
        left -= width(&before);
        if left > 0 && !rest.is_empty() {
            rest.replace_range(..rest.chars().next().map_or(0, char::len_utf8), " ");
            left = 0;
        }
        end.push(Piece::new(rest, piece.style));
    }
    end
}

/// How many columns a line takes.
pub fn line_width(line: &Line) -> usize {
    line.iter().map(|piece| width(&piece.text)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_says_so() {
        assert_eq!(shorten("docker", 6), "docker");
        assert_eq!(shorten("docker", 5), "dock…");
        assert_eq!(shorten("网络空间", 6), "网络…");
        assert_eq!(shorten("docker", 0), "");
        let line = || vec![Piece::new("ab", Style::Plain), Piece::new("cdef", Style::Code)];
        let text = |line: Line| line.into_iter().map(|it| it.text).collect::<String>();
        assert_eq!(text(shorten_line(line(), 6)), "abcdef");
        assert_eq!(text(shorten_line(line(), 4)), "abc…");
        assert_eq!(text(shorten_line(line(), 0)), "");
    }

    #[test]
    fn a_line_can_begin_in_its_middle() {
        let line = || vec![Piece::new("ab", Style::Plain), Piece::new("网c", Style::Code)];
        let text = |line: Line| line.into_iter().map(|it| it.text).collect::<String>();
        assert_eq!(text(from_column(line(), 0)), "ab网c");
        assert_eq!(text(from_column(line(), 1)), "b网c");
        assert_eq!(text(from_column(line(), 3)), " c");
        assert_eq!(text(from_column(line(), 9)), "");
    }
}
