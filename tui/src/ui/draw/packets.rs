//! The pane of the packets: its frame; the inside is drawn by [`packets::pane`].

use ratatui::Frame;
use ratatui::layout::Rect;

use super::frame::pane;
use crate::ui::app::App;
use crate::ui::packets;
use crate::ui::panes::Pane;

/// Draws the list and what is shown of the chosen packet.
pub fn draw(frame: &mut Frame, app: &mut App, area: Rect) {
    let title = packets::pane::title(app);
    let inner = pane(frame, app, Pane::Packets, &title, area);
    packets::pane::draw(frame, app, inner);
}
