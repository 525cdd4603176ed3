//! Styled lines on a terminal: colours where they are wanted, plain text elsewhere.

use std::io::Write;

use anstream::ColorChoice;
use anstyle::{AnsiColor, Style as Ansi};

use crate::text::{Line, Piece, Style};

/// Decides whether there are colours: not with `--no-color`, `NO_COLOR`, or when nobody looks.
pub fn choose_colours(no_color: bool) {
    if no_color {
        ColorChoice::Never.write_global();
    }
}

/// How many columns text may have here: those of the terminal, 100 at most, 80 without one.
pub fn columns() -> usize {
    let size = terminal_size::terminal_size();
    size.map_or(80, |(terminal_size::Width(columns), _)| usize::from(columns).clamp(20, 100))
}

/// Prints a line. A closed pipe is no reason to complain.
pub fn line(line: &Line) {
    let mut text = String::new();
    for Piece { text: piece, style } in line {
        let ansi = ansi(*style);
        text += &format!("{ansi}{piece}{ansi:#}");
    }
    let mut out = anstream::stdout();
    let _ = writeln!(out, "{text}");
}

/// Prints lines.
pub fn lines(all: &[Line]) {
    for one in all {
        line(one);
    }
}

/// Prints text as it is, at once. A closed pipe is no reason to stop.
pub fn raw(text: &str) {
    let mut out = anstream::stdout();
    let _ = write!(out, "{text}");
    let _ = out.flush();
}

fn ansi(style: Style) -> Ansi {
    let colour = |colour: AnsiColor| Ansi::new().fg_color(Some(colour.into()));
    match style {
        Style::Plain => Ansi::new(),
        Style::Strong | Style::Typed => Ansi::new().bold(),
        Style::Emphasis => Ansi::new().italic(),
        Style::Code => colour(AnsiColor::Cyan),
        Style::Heading => colour(AnsiColor::Blue).bold(),
        Style::Dim => Ansi::new().dimmed(),
        Style::Prompt => colour(AnsiColor::Green).bold(),
        Style::Good => colour(AnsiColor::Green),
        Style::Bad => colour(AnsiColor::Red).bold(),
        Style::Ask => colour(AnsiColor::Magenta).bold(),
        Style::Explain => colour(AnsiColor::Blue),
        Style::Chosen => Ansi::new().invert(),
        Style::Wrapping | Style::Protocol(_) | Style::Lane(_) => colour(AnsiColor::Magenta),
    }
}
