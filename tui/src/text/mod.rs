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
    /// The letter of a protocol.
    Protocol(Protocol),
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

/// How many columns a line takes.
pub fn line_width(line: &Line) -> usize {
    line.iter().map(|piece| width(&piece.text)).sum()
}
