//! Colours of the screen, and what stands for lines and marks where only ASCII is shown. Nothing is told
//! by colour alone.

pub mod ascii;

use ratatui::style::{Color, Modifier, Style as Look};
use ratatui::text::{Line as Shown, Span};

use crate::text::{Line, Style};

/// A set of colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Scheme {
    /// For a dark terminal: its own background.
    Dark,
    /// Dark on white.
    Light,
    /// Bright on black, nothing dimmed.
    HighContrast,
    /// Blue, orange and yellow: told apart with every kind of sight.
    ColourBlind,
    /// For a room: black and bold on white.
    Projector,
}

impl Scheme {
    /// All, in the order in which they are gone through.
    pub const ALL: [Scheme; 5] =
        [Scheme::Dark, Scheme::Light, Scheme::HighContrast, Scheme::ColourBlind, Scheme::Projector];

    fn colours(self) -> &'static Colours {
        match self {
            Scheme::Dark => &DARK,
            Scheme::Light => &LIGHT,
            Scheme::HighContrast => &HIGH_CONTRAST,
            Scheme::ColourBlind => &COLOUR_BLIND,
            Scheme::Projector => &PROJECTOR,
        }
    }
}

/// What has a colour.
struct Colours {
    text: Color,
    ground: Color,
    dim: Color,
    code: Color,
    heading: Color,
    prompt: Color,
    good: Color,
    bad: Color,
    ask: Color,
    focus: Color,
    arp: Color,
    icmp: Color,
    tcp: Color,
    wrapped: Color,
    dns: Color,
    other: Color,
}

static DARK: Colours = Colours {
    text: Color::Reset,
    ground: Color::Reset,
    dim: Color::DarkGray,
    code: Color::Cyan,
    heading: Color::LightBlue,
    prompt: Color::Green,
    good: Color::Green,
    bad: Color::LightRed,
    ask: Color::LightMagenta,
    focus: Color::Yellow,
    arp: Color::Yellow,
    icmp: Color::Green,
    tcp: Color::LightBlue,
    wrapped: Color::Magenta,
    dns: Color::Cyan,
    other: Color::Gray,
};

// Indexed colours are the same in every terminal; the first sixteen are not.
static LIGHT: Colours = Colours {
    text: Color::Indexed(234),
    ground: Color::Indexed(231),
    dim: Color::Indexed(243),
    code: Color::Indexed(24),
    heading: Color::Indexed(19),
    prompt: Color::Indexed(22),
    good: Color::Indexed(22),
    bad: Color::Indexed(124),
    ask: Color::Indexed(90),
    focus: Color::Indexed(130),
    arp: Color::Indexed(94),
    icmp: Color::Indexed(22),
    tcp: Color::Indexed(19),
    wrapped: Color::Indexed(90),
    dns: Color::Indexed(24),
    other: Color::Indexed(239),
};

static HIGH_CONTRAST: Colours = Colours {
    text: Color::Indexed(231),
    ground: Color::Indexed(16),
    dim: Color::Indexed(252),
    code: Color::Indexed(51),
    heading: Color::Indexed(226),
    prompt: Color::Indexed(46),
    good: Color::Indexed(46),
    bad: Color::Indexed(210),
    ask: Color::Indexed(219),
    focus: Color::Indexed(226),
    arp: Color::Indexed(226),
    icmp: Color::Indexed(46),
    tcp: Color::Indexed(117),
    wrapped: Color::Indexed(219),
    dns: Color::Indexed(51),
    other: Color::Indexed(231),
};

/// The palette of Okabe and Ito, as near as 256 colours come.
static COLOUR_BLIND: Colours = Colours {
    text: Color::Reset,
    ground: Color::Reset,
    dim: Color::Indexed(246),
    code: Color::Indexed(74),
    heading: Color::Indexed(74),
    prompt: Color::Indexed(36),
    good: Color::Indexed(74),
    bad: Color::Indexed(208),
    ask: Color::Indexed(175),
    focus: Color::Indexed(227),
    arp: Color::Indexed(227),
    icmp: Color::Indexed(36),
    tcp: Color::Indexed(32),
    wrapped: Color::Indexed(175),
    dns: Color::Indexed(74),
    other: Color::Indexed(250),
};

static PROJECTOR: Colours = Colours {
    text: Color::Indexed(16),
    ground: Color::Indexed(231),
    dim: Color::Indexed(238),
    code: Color::Indexed(18),
    heading: Color::Indexed(18),
    prompt: Color::Indexed(22),
    good: Color::Indexed(22),
    bad: Color::Indexed(88),
    ask: Color::Indexed(53),
    focus: Color::Indexed(88),
    arp: Color::Indexed(58),
    icmp: Color::Indexed(22),
    tcp: Color::Indexed(18),
    wrapped: Color::Indexed(53),
    dns: Color::Indexed(23),
    other: Color::Indexed(16),
};

/// How things look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    /// The colours.
    pub scheme: Scheme,
    /// Whether there are colours at all.
    pub coloured: bool,
    /// Whether lines and marks are ASCII.
    pub ascii: bool,
}

impl Theme {
    /// A scheme, without colours where the environment wants none (`NO_COLOR`).
    pub fn of_environment(scheme: Scheme, ascii: bool) -> Theme {
        let coloured = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Theme { scheme, coloured, ascii }
    }

    /// Dark, with colours, whatever the environment says.
    #[cfg(test)]
    pub fn plain() -> Theme {
        Theme { scheme: Scheme::Dark, coloured: true, ascii: false }
    }

    /// The next scheme.
    pub fn turn(&mut self) {
        let at = Scheme::ALL.iter().position(|scheme| *scheme == self.scheme).unwrap_or(0);
        self.scheme = Scheme::ALL[(at + 1) % Scheme::ALL.len()];
    }

    /// What lies under everything.
    pub fn ground(self) -> Look {
        let weight = match self.scheme {
            Scheme::Projector => Modifier::BOLD,
            _ => Modifier::empty(),
        };
        let colours = self.scheme.colours();
        self.colour(colours.text, |look| look.bg(colours.ground)).add_modifier(weight)
    }

    fn colour(self, colour: Color, more: impl Fn(Look) -> Look) -> Look {
        if self.coloured { more(Look::new().fg(colour)) } else { Look::new() }
    }

    /// How a style looks.
    pub fn look(self, style: Style) -> Look {
        let colours = self.scheme.colours();
        let colour = |colour| self.colour(colour, |look| look);
        match style {
            Style::Plain => Look::new(),
            Style::Strong | Style::Typed => Look::new().add_modifier(Modifier::BOLD),
            Style::Emphasis => Look::new().add_modifier(Modifier::ITALIC),
            Style::Code => colour(colours.code),
            Style::Heading => colour(colours.heading).add_modifier(Modifier::BOLD),
            Style::Dim => colour(colours.dim),
            Style::Prompt => colour(colours.prompt).add_modifier(Modifier::BOLD),
            Style::Good => colour(colours.good),
            Style::Bad => colour(colours.bad).add_modifier(Modifier::BOLD),
            Style::Ask => colour(colours.ask).add_modifier(Modifier::BOLD),
            Style::Explain => colour(colours.heading),
            Style::Chosen => self.selected(),
            Style::Wrapping => colour(colours.wrapped),
            Style::Protocol(protocol) => self.protocol(protocol.letter()),
            Style::Lane(protocol) => {
                self.protocol(protocol.letter()).remove_modifier(Modifier::REVERSED)
            }
        }
    }

    /// The colour of a protocol's letter.
    pub fn protocol(self, letter: char) -> Look {
        let colours = self.scheme.colours();
        let colour = match letter {
            'A' => colours.arp,
            'I' => colours.icmp,
            'T' => colours.tcp,
            'V' => colours.wrapped,
            'D' => colours.dns,
            _ => colours.other,
        };
        self.colour(colour, |look| look).add_modifier(Modifier::BOLD | Modifier::REVERSED)
    }

    /// The frame of a pane.
    pub fn border(self, has_focus: bool) -> Look {
        match has_focus {
            true => {
                self.colour(self.scheme.colours().focus, |look| look).add_modifier(Modifier::BOLD)
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colours_there_are_none() {
        for scheme in Scheme::ALL {
            let theme = Theme { scheme, coloured: false, ascii: false };
            for style in [Style::Good, Style::Bad, Style::Dim, Style::Ask] {
                assert_eq!((theme.look(style).fg, theme.look(style).bg), (None, None));
            }
            assert_eq!(theme.protocol('A').fg, None);
            assert_eq!(theme.ground().bg, None);
        }
    }

    #[test]
    fn good_and_bad_never_differ_by_colour_alone() {
        for scheme in Scheme::ALL {
            let theme = Theme { scheme, coloured: true, ascii: false };
            assert_ne!(theme.look(Style::Good).add_modifier, theme.look(Style::Bad).add_modifier);
        }
    }
}
