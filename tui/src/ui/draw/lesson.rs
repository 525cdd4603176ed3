//! The pane of the lesson.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::frame::{pane, show, tail};
use crate::ui::app::App;
use crate::ui::lesson::record::Record;
use crate::ui::panes::Pane;

/// Draws the lesson up to what comes next.
pub fn draw(frame: &mut Frame, app: &mut App, area: Rect) {
    let title = title(app);
    let inner = pane(frame, app, Pane::Lesson, &title, area);
    let view = app.progress.view(app.lang.words(), usize::from(inner.width).max(10));
    let rows = usize::from(inner.height);
    let first = tail(view.lines.len(), rows, &mut app.progress.scroll);
    let end = (first + rows).min(view.lines.len());
    show(frame, app.theme, &view.lines[first..end], inner);
    for (row, target) in view.targets {
        if (first..end).contains(&row) {
            let y = inner.y + (row - first) as u16;
            app.hits.add(Rect { y, height: 1, ..inner }, target);
        }
    }
}

/// The title of the lesson, and how much of it is done.
fn title(app: &App) -> String {
    let title = &app.session.player.lesson.front.title;
    let Record { passed, places, .. } = app.progress.record();
    match places {
        0 => title.clone(),
        _ => format!("{title}  {passed}/{places}"),
    }
}
