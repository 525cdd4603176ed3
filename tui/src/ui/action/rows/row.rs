//! How a row of the table is written.

use ratatui::crossterm::event::KeyCode;

use crate::ui::action::key::Key;
use crate::ui::action::{Action, Entry, Group, Scope};

/// A key and where it means something.
pub type Binding = (Scope, Key);

pub const fn always(code: KeyCode) -> Binding {
    (Scope::Always, Key::new(code))
}

pub const fn ctrl(scope: Scope, c: char) -> Binding {
    (scope, Key::ctrl(c))
}

pub const fn reading(c: char) -> Binding {
    (Scope::Reading, Key::char(c))
}

pub const fn at(scope: Scope, code: KeyCode) -> Binding {
    (scope, Key::new(code))
}

pub const fn row(
    group: Group,
    action: Action,
    name: &'static str,
    keys: &'static [Binding],
    short: [&'static str; 2],
    help: [&'static str; 2],
) -> Entry {
    Entry { action, group, name, keys, short, help }
}
