//! The strip of time above the last line, where there is room for it.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::frame::show;
use crate::ui::app::App;
use crate::ui::hits::Target;
use crate::ui::time::strip::Strip;

/// Rows of the screen from which the strip is always there, and from which it is there for who looks back.
const ROOMY: (u16, u16) = (30, 16);

/// How many rows it takes.
pub fn rows(app: &App, all: Rect) -> u16 {
    let needed = if app.session.looking.is_some() { ROOMY.1 } else { ROOMY.0 };
    if all.height >= needed && all.width >= 40 { 2 } else { 0 }
}

/// Draws it.
pub fn draw(frame: &mut Frame, app: &mut App, area: Rect) {
    if area.height == 0 {
        return;
    }
    let lead = Strip::lead(app.lang) as u16;
    let columns = usize::from(area.width.saturating_sub(lead + 1));
    app.strip.update(&app.session, &app.packets.index, columns);
    let lines = app.strip.lines(&app.session, app.lang);
    show(frame, app.theme, &lines, area);
    app.hits.add(area, Target::Strip(area.x + lead));
}
