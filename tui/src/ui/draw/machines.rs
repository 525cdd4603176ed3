//! The pane of the machines: its frame; the inside is drawn by [`map::pane`].

use ratatui::Frame;
use ratatui::layout::{Margin, Rect};

use super::frame::{corner, pane};
use crate::ui::app::App;
use crate::ui::map;
use crate::ui::panes::Pane;

/// Draws the map, or the tables of what is chosen on it.
pub fn draw(frame: &mut Frame, app: &mut App, area: Rect) {
    // The title says as of when they are.
    map::pane::prepare(app, area.inner(Margin::new(1, 1)));
    let title = map::pane::title(app);
    let inner = pane(frame, app, Pane::Map, &title, area);
    corner(frame, app, Pane::Reach, area);
    map::pane::draw(frame, app, inner);
}
