//! What the mouse does: clicks, the wheel, dividers that are dragged, text that is selected.

use ratatui::crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

use super::action::Action;
use super::app::{App, Held, Overlay};
use super::hits::Target;
use super::panes::Pane;

/// Lines that one notch of the wheel scrolls.
const NOTCH: usize = 3;

/// The mouse did something.
pub fn event(app: &mut App, event: MouseEvent) {
    let (column, row) = (event.column, event.row);
    match event.kind {
        MouseEventKind::Down(MouseButton::Left) => click(app, column, row),
        MouseEventKind::Drag(MouseButton::Left) => drag(app, column, row),
        MouseEventKind::Up(MouseButton::Left) => app.release(),
        MouseEventKind::ScrollUp => wheel(app, column, row, Action::Up),
        MouseEventKind::ScrollDown => wheel(app, column, row, Action::Down),
        _ => {}
    }
}

fn click(app: &mut App, column: u16, row: u16) {
    let there: Vec<Target> = app.hits.at(column, row).collect();
    if let Some(overlay) = &mut app.overlay {
        match there.first() {
            Some(Target::Row(n)) => {
                if let Overlay::Palette(palette) = overlay {
                    palette.chosen = *n;
                    app.run_chosen();
                }
            }
            Some(Target::Overlay) => {}
            _ => app.overlay = None,
        }
        return;
    }
    app.forget_messages();
    match there.first() {
        Some(Target::Act(action)) => app.perform(*action),
        Some(Target::Divider(divider)) => app.held = Some(Held::Divider(*divider)),
        Some(Target::Tab(n)) => {
            app.show_terminal(*n);
            app.focus = Pane::Terminal;
        }
        Some(Target::TerminalRow(n)) => {
            app.focus = Pane::Terminal;
            app.held = Some(Held::Text(*n));
            app.terminals[app.front].selected = None;
        }
        Some(Target::Packet(n)) => {
            app.focus = Pane::Packets;
            match app.packets.place() == *n {
                true => app.packets.enter(),
                false => app.packets.choose_row(*n, &app.session),
            }
        }
        Some(Target::Show(show)) => {
            app.focus = Pane::Packets;
            app.packets.turn_to(*show);
        }
        Some(Target::Stop(n)) => {
            app.focus = Pane::Packets;
            app.packets.choose_stop(*n);
        }
        Some(Target::Byte(n)) => {
            app.focus = Pane::Packets;
            app.packets.is_inside = true;
            app.packets.inspector.choose_byte(*n);
        }
        Some(Target::Answer(row, column)) => {
            app.focus = Pane::Reach;
            if !app.reach.choose((*row, *column)) {
                app.reach.open();
            }
        }
        Some(Target::Protocol(n)) => {
            app.focus = Pane::Reach;
            app.reach.show_protocol(*n);
        }
        Some(Target::Map(x, y)) => {
            app.focus = Pane::Map;
            let was = app.map.chosen;
            let is_there = app.map.choose_at(usize::from(column - x), usize::from(row - y));
            if is_there && was == app.map.chosen {
                app.map.open(true);
            }
        }
        Some(Target::Strip(x)) => {
            let seq = app.strip.record_at(usize::from(column.saturating_sub(*x)));
            app.look_at(seq);
        }
        Some(Target::Choice(n)) => {
            app.focus = Pane::Lesson;
            app.progress.mark(*n);
        }
        Some(Target::Pane(pane)) => app.focus = *pane,
        Some(Target::Row(_) | Target::Overlay) | None => {}
    }
}

fn drag(app: &mut App, column: u16, row: u16) {
    match app.held {
        Some(Held::Divider(divider)) => app.shares.drag(divider, app.area, column, row),
        Some(Held::Text(from)) => {
            let rows = app.hits.at(column, row).find_map(|target| match target {
                Target::TerminalRow(to) => Some((from.min(to), from.max(to))),
                _ => None,
            });
            if rows.is_some() {
                app.terminals[app.front].selected = rows;
            }
        }
        None => {}
    }
}

/// The wheel moves what is under it, wherever the keys go.
fn wheel(app: &mut App, column: u16, row: u16, action: Action) {
    if app.overlay.is_some() {
        return app.perform(action);
    }
    let Some(pane) = app.hits.pane_at(column, row) else { return };
    app.scroll(pane, action == Action::Up, NOTCH);
}
