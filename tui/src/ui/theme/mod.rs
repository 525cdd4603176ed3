//! Colours of the screen. Nothing is told by colour alone.

use ratatui::style::{Color, Modifier, Style as Look};
use ratatui::text::{Line as Shown, Span};

use crate::text::{Line, Style};

/// Whether there are colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    coloured: bool,
}

impl Theme {
    /// The theme that the environment wants (`NO_COLOR`).
    pub fn of_environment() -> Theme {
        Theme { coloured: std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) }
    }

    /// How a style looks.
    pub fn look(self, style: Style) -> Look {
        let plain = Look::new();
        let colour = |colour: Color| if self.coloured { plain.fg(colour) } else { plain };
        match style {
            Style::Plain => plain,
            Style::Strong | Style::Typed => plain.add_modifier(Modifier::BOLD),
            Style::Emphasis => plain.add_modifier(Modifier::ITALIC),
            Style::Code => colour(Color::Cyan),
            Style::Heading => colour(Color::Blue).add_modifier(Modifier::BOLD),
            Style::Dim => colour(Color::DarkGray),
            Style::Prompt => colour(Color::Green).add_modifier(Modifier::BOLD),
            Style::Good => colour(Color::Green),
            Style::Bad => colour(Color::Red).add_modifier(Modifier::BOLD),
            Style::Ask => colour(Color::Magenta).add_modifier(Modifier::BOLD),
            Style::Explain => colour(Color::Blue),
        }
    }

    /// The colour of a protocol's letter.
    pub fn protocol(self, letter: char) -> Look {
        let look = Look::new().add_modifier(Modifier::BOLD | Modifier::REVERSED);
        if !self.coloured {
            return look;
        }
        look.fg(match letter {
            'A' => Color::Yellow,
            'I' => Color::Green,
            'T' => Color::Blue,
            'V' => Color::Magenta,
            'D' => Color::Cyan,
            _ => Color::Gray,
        })
    }

    /// The frame of a pane.
    pub fn border(self, has_focus: bool) -> Look {
        match has_focus {
            true if self.coloured => Look::new().fg(Color::Yellow).add_modifier(Modifier::BOLD),
            true => Look::new().add_modifier(Modifier::BOLD),
            false => self.look(Style::Dim),
        }
    }

    /// What is selected.
    pub fn selected(self) -> Look {
        Look::new().add_modifier(Modifier::REVERSED)
    }

    /// A line as it is shown.
    pub fn line(self, line: &Line) -> Shown<'static> {
        let spans =
            line.iter().map(|piece| Span::styled(piece.text.clone(), self.look(piece.style)));
        Shown::from(spans.collect::<Vec<_>>())
    }
}
