//! What lies where on the screen, as it was drawn last: what a click means.

use ratatui::layout::{Position, Rect};

use super::action::Action;
use super::layout::Divider;
use super::packets::Show;
use super::panes::Pane;

/// Something that can be clicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A pane, where nothing else is.
    Pane(Pane),
    /// The name of a terminal.
    Tab(usize),
    /// A row of a terminal, counted from the top of its pane.
    TerminalRow(usize),
    /// A packet of the list.
    Packet(usize),
    /// What is shown of the chosen packet.
    Show(Show),
    /// A stop of its way.
    Stop(usize),
    /// A byte of its frame.
    Byte(usize),
    /// The map: its first column and row are here.
    Map(u16, u16),
    /// The strip of time: its first column is here.
    Strip(u16),
    /// A choice of the question.
    Choice(usize),
    /// An answer of the matrix: row and column.
    Answer(usize, usize),
    /// What is sent for the matrix.
    Protocol(usize),
    /// A button.
    Act(Action),
    /// A line between panes.
    Divider(Divider),
    /// A row of the list over the panes.
    Row(usize),
    /// What lies over the panes, where nothing else is.
    Overlay,
}

/// All that can be clicked.
#[derive(Default)]
pub struct Hits {
    places: Vec<(Rect, Target)>,
}

impl Hits {
    /// A new picture begins.
    pub fn clear(&mut self) {
        self.places.clear();
    }

    /// Something was drawn there, over what was there before.
    pub fn add(&mut self, place: Rect, target: Target) {
        self.places.push((place, target));
    }

    /// What lies there, the uppermost first.
    pub fn at(&self, column: u16, row: u16) -> impl Iterator<Item = Target> {
        let position = Position::new(column, row);
        let there = self.places.iter().rev().filter(move |(place, _)| place.contains(position));
        there.map(|(_, target)| *target)
    }

    /// The pane there.
    pub fn pane_at(&self, column: u16, row: u16) -> Option<Pane> {
        self.at(column, row).find_map(|target| match target {
            Target::Pane(pane) => Some(pane),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_uppermost_is_hit() {
        let mut hits = Hits::default();
        hits.add(Rect::new(0, 0, 10, 10), Target::Pane(Pane::Map));
        hits.add(Rect::new(2, 2, 3, 1), Target::Tab(1));
        assert_eq!(hits.at(3, 2).next(), Some(Target::Tab(1)));
        assert_eq!(hits.at(3, 3).next(), Some(Target::Pane(Pane::Map)));
        assert_eq!(hits.pane_at(3, 2), Some(Pane::Map));
        assert_eq!(hits.at(30, 3).next(), None);
    }
}
