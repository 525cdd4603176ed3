//! Drawing: which pane stands where; what all panes have in common. One file a pane.

mod help;
mod lesson;
mod machines;
mod packets;
mod status;
mod terminal;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line as Shown;
use ratatui::widgets::{Block, BorderType, Paragraph};

use super::app::{App, Pane};
use crate::text::{Line, width};

/// Columns from which all panes are beside each other.
const WIDE: u16 = 100;

/// Draws everything.
pub fn draw(frame: &mut Frame, app: &mut App) {
    let [main, status] =
        Layout::vertical([Constraint::Min(3), Constraint::Length(1)]).areas(frame.area());
    if main.width >= WIDE && main.height >= 20 {
        let [left, right] =
            Layout::horizontal([Constraint::Percentage(48), Constraint::Min(20)]).areas(main);
        let [top, bottom] =
            Layout::vertical([Constraint::Percentage(55), Constraint::Min(5)]).areas(left);
        lesson::draw(frame, app, top);
        terminal::draw(frame, app, bottom);
        let [top, bottom] =
            Layout::vertical([Constraint::Percentage(48), Constraint::Min(5)]).areas(right);
        machines::draw(frame, app, top);
        packets::draw(frame, app, bottom);
    } else {
        match app.focus {
            Pane::Lesson | Pane::Terminal if main.height >= 16 => {
                let [top, bottom] =
                    Layout::vertical([Constraint::Percentage(52), Constraint::Min(5)]).areas(main);
                lesson::draw(frame, app, top);
                terminal::draw(frame, app, bottom);
            }
            Pane::Lesson => lesson::draw(frame, app, main),
            Pane::Terminal => terminal::draw(frame, app, main),
            Pane::Map => machines::draw(frame, app, main),
            Pane::Packets => packets::draw(frame, app, main),
        }
    }
    status::draw(frame, app, status);
    if app.help {
        help::draw(frame, app, main);
    }
}

/// A frame with a title; the space in it.
fn pane(frame: &mut Frame, app: &App, which: Pane, title: &str, area: Rect) -> Rect {
    let has_focus = app.focus == which;
    let mark = if has_focus { "▸ " } else { "" };
    let block = Block::bordered()
        .border_type(if has_focus { BorderType::Thick } else { BorderType::Plain })
        .border_style(app.theme.border(has_focus))
        .title(format!(" {mark}{title} "));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    inner
}

fn show(frame: &mut Frame, app: &App, lines: &[Line], area: Rect) {
    let shown: Vec<Shown> = lines.iter().map(|line| app.theme.line(line)).collect();
    frame.render_widget(Paragraph::new(shown), area);
}

/// The last lines that fit, so many lines above the end.
fn tail(lines: Vec<Line>, rows: usize, scroll: &mut usize) -> Vec<Line> {
    *scroll = (*scroll).min(lines.len().saturating_sub(rows));
    let end = lines.len() - *scroll;
    lines[end.saturating_sub(rows)..end].to_vec()
}

/// The beginning of a text that fits into so many columns.
fn fit(text: &str, columns: usize) -> String {
    let mut used = 0;
    let fits = |c: &char| {
        used += width(c.encode_utf8(&mut [0; 4]));
        used <= columns
    };
    text.chars().take_while(fits).collect()
}
