//! The pane of the lesson.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::{pane, show, tail};
use crate::ui::app::{App, Pane};

/// Draws the lesson up to what comes next.
pub fn draw(frame: &mut Frame, app: &mut App, area: Rect) {
    let title = app.session.player.lesson.front.title.clone();
    let inner = pane(frame, app, Pane::Lesson, &title, area);
    let lines = app.progress.lines(app.lang.words(), usize::from(inner.width).max(10));
    let lines = tail(lines, usize::from(inner.height), &mut app.progress.scroll);
    show(frame, app, &lines, inner);
}
