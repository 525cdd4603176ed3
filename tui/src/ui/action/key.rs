//! A key as people press it and as it is written on the screen.

use std::fmt;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key with what is held down with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    code: KeyCode,
    held: KeyModifiers,
}

impl Key {
    /// A key by itself.
    pub const fn new(code: KeyCode) -> Key {
        Key { code, held: KeyModifiers::NONE }
    }

    /// A character.
    pub const fn char(c: char) -> Key {
        Key::new(KeyCode::Char(c))
    }

    /// With Ctrl.
    pub const fn ctrl(c: char) -> Key {
        Key { code: KeyCode::Char(c), held: KeyModifiers::CONTROL }
    }

    /// With Alt.
    pub const fn alt(c: char) -> Key {
        Key { code: KeyCode::Char(c), held: KeyModifiers::ALT }
    }

    /// Whether it was pressed. Shift is in the character already.
    pub fn is(self, event: KeyEvent) -> bool {
        self.code == event.code && self.held == event.modifiers - KeyModifiers::SHIFT
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if self.held.contains(KeyModifiers::CONTROL) {
            f.write_str("Ctrl-")?;
        }
        if self.held.contains(KeyModifiers::ALT) {
            f.write_str("Alt-")?;
        }
        match self.code {
            KeyCode::Char(' ') => f.write_str("Space"),
            KeyCode::Char(c) if self.held.is_empty() => write!(f, "{c}"),
            KeyCode::Char(c) => write!(f, "{}", c.to_uppercase()),
            KeyCode::F(n) => write!(f, "F{n}"),
            KeyCode::BackTab => f.write_str("Shift-Tab"),
            KeyCode::PageUp => f.write_str("PgUp"),
            KeyCode::PageDown => f.write_str("PgDn"),
            KeyCode::Up => f.write_str("↑"),
            KeyCode::Down => f.write_str("↓"),
            KeyCode::Left => f.write_str("←"),
            KeyCode::Right => f.write_str("→"),
            other => write!(f, "{other:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_written_as_on_a_keyboard() {
        let keys = [
            Key::ctrl('l'),
            Key::alt('1'),
            Key::char('H'),
            Key::char(' '),
            Key::new(KeyCode::F(2)),
            Key::new(KeyCode::Esc),
        ];
        let texts = keys.map(|key| key.to_string());
        assert_eq!(texts, ["Ctrl-L", "Alt-1", "H", "Space", "F2", "Esc"]);
    }

    #[test]
    fn shift_is_in_the_character() {
        let event = KeyEvent::new(KeyCode::Char('H'), KeyModifiers::SHIFT);
        assert!(Key::char('H').is(event));
        assert!(!Key::ctrl('h').is(event));
    }
}
