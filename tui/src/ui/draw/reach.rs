//! The pane of who reaches whom: its frame; the inside is drawn by [`reach::pane`].

use ratatui::Frame;
use ratatui::layout::Rect;

use super::frame::{corner, pane};
use crate::ui::app::App;
use crate::ui::panes::Pane;
use crate::ui::reach;

/// Draws the matrix.
pub fn draw(frame: &mut Frame, app: &mut App, area: Rect) {
    let inner = pane(frame, app, Pane::Reach, reach::pane::title(app.lang), area);
    corner(frame, app, Pane::Map, area);
    reach::pane::draw(frame, app, inner);
}
