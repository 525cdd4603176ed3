//! The table of actions: name, keys, words. One file a group.

mod lesson;
mod map;
mod packets;
mod reach;
mod row;
mod screen;
mod terminals;
mod time;

use super::Entry;

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
