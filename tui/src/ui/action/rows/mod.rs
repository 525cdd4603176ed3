//! The table of actions: name, keys, words. One file a group.

mod lesson;
mod map;
mod packets;
mod reach;
mod screen;
mod terminals;
mod time;

use ratatui::crossterm::event::KeyCode;

use super::key::Key;
use super::{Action, Entry, Group, Scope};

/// Everything that can be done.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    let groups = [
        lesson::ROWS,
        time::ROWS,
        terminals::ROWS,
        packets::ROWS,
        map::ROWS,
        reach::ROWS,
        screen::ROWS,
    ];
    groups.into_iter().flatten()
}

/// A key and where it means something.
type Binding = (Scope, Key);

const fn always(code: KeyCode) -> Binding {
    (Scope::Always, Key::new(code))
}

const fn ctrl(scope: Scope, c: char) -> Binding {
    (scope, Key::ctrl(c))
}

const fn reading(c: char) -> Binding {
    (Scope::Reading, Key::char(c))
}

const fn at(scope: Scope, code: KeyCode) -> Binding {
    (scope, Key::new(code))
}

const fn row(
    group: Group,
    action: Action,
    name: &'static str,
    keys: &'static [Binding],
    short: [&'static str; 2],
    help: [&'static str; 2],
) -> Entry {
    Entry { action, group, name, keys, short, help }
}
