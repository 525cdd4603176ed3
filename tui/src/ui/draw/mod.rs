//! Drawing: which pane stands where. One file a pane; [`frame`] has what all have in common.

mod chooser;
pub mod frame;
mod help;
mod lesson;
mod machines;
mod packets;
mod palette;
mod reach;
mod status;
mod strip;
mod terminal;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line as Shown, Span};
use ratatui::widgets::Clear;

pub use chooser::draw as draw_chooser;

use super::app::{App, Overlay};
use super::hits::Target;
use super::layout::TOGETHER;
use super::panes::{PANES, Pane};
use crate::text::{Style, width};
use frame::{finish, show};

/// Rows from which the names of the panes have a row for themselves where not all panes are seen.
const ROOMY: u16 = 10;

/// Draws everything.
pub fn draw(frame: &mut Frame, app: &mut App) {
    let all = frame.area();
    frame.buffer_mut().set_style(all, app.theme.ground());
    app.hits.clear();
    let [main, strip, status] = Layout::vertical([
        Constraint::Min(0),
        Constraint::Length(strip::rows(app, all)),
        Constraint::Length(1),
    ])
    .areas(all);
    app.area = main;
    if matches!(app.focus, Pane::Map | Pane::Reach) {
        app.upper = app.focus;
    }
    let mut arrangement = app.shares.arrange(main, app.focus, app.upper);
    if arrangement.panes.len() < TOGETHER && main.height >= ROOMY {
        let [names, rest] =
            Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(main);
        pane_names(frame, app, names);
        app.area = rest;
        arrangement = app.shares.arrange(rest, app.focus, app.upper);
    }
    for (pane, place) in arrangement.panes {
        app.hits.add(place, Target::Pane(pane));
        match pane {
            Pane::Lesson => lesson::draw(frame, app, place),
            Pane::Terminal => terminal::draw(frame, app, place),
            Pane::Map => machines::draw(frame, app, place),
            Pane::Packets => packets::draw(frame, app, place),
            Pane::Reach => reach::draw(frame, app, place),
        }
    }
    for (divider, place) in arrangement.dividers {
        app.hits.add(place, Target::Divider(divider));
    }
    strip::draw(frame, app, strip);
    status::draw(frame, app, status);
    match app.overlay.clone() {
        Some(Overlay::Help(scroll)) => {
            let (scroll, place) = help::draw(frame, app.theme, app.lang, main, scroll);
            app.overlay = Some(Overlay::Help(scroll));
            app.hits.add(place, Target::Overlay);
        }
        Some(Overlay::Palette(palette)) => palette::draw(frame, app, main, &palette),
        Some(Overlay::Prompt(prompt)) => {
            frame.render_widget(Clear, status);
            show(frame, app.theme, &[prompt.line(app.lang)], status);
            app.hits.add(status, Target::Overlay);
        }
        None => {}
    }
    finish(frame, app.theme);
}

/// The names of all panes in a row.
fn pane_names(frame: &mut Frame, app: &mut App, area: Rect) {
    let mut line = Shown::default();
    for pane in PANES {
        let has_focus = app.focus == pane;
        let mark = if has_focus { "▸" } else { " " };
        let text = format!(" {mark}{} ", pane.title(app.lang));
        let from = area.x + line.width() as u16;
        let place = Rect { x: from, width: width(&text) as u16, ..area }.intersection(area);
        app.hits.add(place, Target::Pane(pane));
        let look = if has_focus { app.theme.selected() } else { app.theme.look(Style::Dim) };
        line.push_span(Span::styled(text, look));
    }
    frame.render_widget(line, area);
}
