//! Where each pane stands: shares of the screen that can be moved, one pane alone, small screens.

use ratatui::layout::{Constraint, Layout, Rect};

use super::panes::Pane;

/// Columns and rows from which all panes are beside each other.
const WIDE: (u16, u16) = (100, 20);

/// Rows from which the lesson and a terminal stand above each other on a narrow screen.
const TALL: u16 = 16;

/// Panes that are seen at once where there is room.
pub const TOGETHER: usize = 4;

/// A line between panes that can be moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Divider {
    /// Between left and right.
    Middle,
    /// Between lesson and terminals.
    Left,
    /// Between machines and packets.
    Right,
}

/// How the screen is shared, in percent of the pane that is first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shares {
    middle: u16,
    left: u16,
    right: u16,
    /// Whether the pane that has the keys is alone.
    pub zoomed: bool,
}

impl Default for Shares {
    fn default() -> Shares {
        Shares { middle: 50, left: 55, right: 50, zoomed: false }
    }
}

/// Panes and dividers with their places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arrangement {
    /// The panes that are shown.
    pub panes: Vec<(Pane, Rect)>,
    /// The dividers.
    pub dividers: Vec<(Divider, Rect)>,
}

impl Shares {
    /// Where everything stands in an area.
    /// `upper` is what stands above the packets: machines or matrix.
    pub fn arrange(self, area: Rect, focus: Pane, upper: Pane) -> Arrangement {
        let mut all = Arrangement::default();
        if self.zoomed {
            all.panes.push((focus, area));
        } else if area.width >= WIDE.0 && area.height >= WIDE.1 {
            let (left, right) = all.beside(Divider::Middle, self.middle, area);
            let (lesson, terminal) = all.above(Divider::Left, self.left, left);
            let (map, packets) = all.above(Divider::Right, self.right, right);
            all.panes.extend([
                (Pane::Lesson, lesson),
                (Pane::Terminal, terminal),
                (upper, map),
                (Pane::Packets, packets),
            ]);
        } else if matches!(focus, Pane::Lesson | Pane::Terminal) && area.height >= TALL {
            let (lesson, terminal) = all.above(Divider::Left, self.left, area);
            all.panes.extend([(Pane::Lesson, lesson), (Pane::Terminal, terminal)]);
        } else {
            all.panes.push((focus, area));
        }
        all
    }

    /// Moves a divider to where the mouse is.
    pub fn drag(&mut self, divider: Divider, area: Rect, column: u16, row: u16) {
        let percent = |at: u16, from: u16, length: u16| {
            let at = u32::from(at.saturating_sub(from)) * 100 / u32::from(length.max(1));
            at.clamp(10, 90) as u16
        };
        match divider {
            Divider::Middle => self.middle = percent(column, area.x, area.width),
            Divider::Left => self.left = percent(row, area.y, area.height),
            Divider::Right => self.right = percent(row, area.y, area.height),
        }
    }
}

impl Arrangement {
    fn beside(&mut self, divider: Divider, share: u16, area: Rect) -> (Rect, Rect) {
        let [left, right] =
            Layout::horizontal([Constraint::Percentage(share), Constraint::Min(0)]).areas(area);
        // Both borders of the two panes can be taken hold of.
        let line = Rect { x: right.x.saturating_sub(1), width: 2, ..area };
        self.dividers.push((divider, line.intersection(area)));
        (left, right)
    }

    fn above(&mut self, divider: Divider, share: u16, area: Rect) -> (Rect, Rect) {
        let [top, bottom] =
            Layout::vertical([Constraint::Percentage(share), Constraint::Min(0)]).areas(area);
        // The upper pane's lower border; the lower pane's upper one has its tabs.
        let line = Rect { y: bottom.y.saturating_sub(1), height: 1, ..area };
        self.dividers.push((divider, line.intersection(area)));
        (top, bottom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_divider_follows_the_mouse_and_leaves_room() {
        let area = Rect::new(0, 0, 200, 50);
        let mut shares = Shares::default();
        shares.drag(Divider::Middle, area, 60, 3);
        assert_eq!(shares.arrange(area, Pane::Lesson, Pane::Map).panes[0].1.width, 60);
        shares.drag(Divider::Middle, area, 0, 3);
        assert_eq!(shares.arrange(area, Pane::Lesson, Pane::Map).panes[0].1.width, 20);
    }

    #[test]
    fn all_panes_fill_the_screen_without_overlap() {
        let area = Rect::new(0, 0, 120, 40);
        let all = Shares::default().arrange(area, Pane::Lesson, Pane::Map);
        assert_eq!(all.panes.iter().map(|(_, rect)| rect.area()).sum::<u32>(), area.area());
        assert_eq!(all.dividers.len(), 3);
    }

    #[test]
    fn a_small_screen_shows_the_pane_that_has_the_keys() {
        for focus in [Pane::Map, Pane::Packets, Pane::Reach] {
            let all = Shares::default().arrange(Rect::new(0, 0, 80, 24), focus, Pane::Map);
            assert_eq!(all.panes.len(), 1);
            assert_eq!(all.panes[0].0, focus);
        }
    }
}
