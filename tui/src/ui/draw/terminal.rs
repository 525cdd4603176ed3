//! The pane of the terminals: their names, the one in front, others beside it.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::text::{Line as Shown, Span};
use ratatui::widgets::{Block, Borders};

use super::frame::{pane, show, tail};
use crate::text::words::Lang;
use crate::text::wrap::broken;
use crate::text::{Line, Style, width};
use crate::ui::app::App;
use crate::ui::hits::Target;
use crate::ui::panes::Pane;
use crate::ui::terminal::Moment;

/// Draws them, with the cursor where one types.
pub fn draw(frame: &mut Frame, app: &mut App, area: Rect) {
    let inner = pane(frame, app, Pane::Terminal, "", area);
    let border = Rect { height: area.height.min(1), ..area };
    let room = as_of(frame, app, border);
    tabs(frame, app, Rect { width: room, ..border });
    app.terminal_room = inner.width;
    let shown = app.shown_terminals();
    let places = Layout::horizontal(vec![Constraint::Fill(1); shown.len()]).split(inner);
    for (place, n) in places.iter().zip(shown) {
        let mut place = *place;
        if place.x > inner.x {
            let line = Block::new().borders(Borders::LEFT).border_style(app.theme.border(false));
            frame.render_widget(&line, place);
            place = line.inner(place);
        }
        one(frame, app, n, place);
    }
}

/// At the right of the upper border, the moment at which one looks back; the columns that are left.
fn as_of(frame: &mut Frame, app: &App, border: Rect) -> u16 {
    let Some(Moment { at, .. }) = Moment::of(&app.session) else { return border.width };
    let text = match app.lang {
        Lang::En => format!(" as of {at} "),
        Lang::Zh => format!(" {at} 时的状态 "),
    };
    let wide = width(&text) as u16;
    let x = border.right().saturating_sub(wide + 2).max(border.x);
    let place = Rect { x, width: wide, ..border }.intersection(border);
    frame.render_widget(Span::styled(text, app.theme.look(Style::Ask)), place);
    x.saturating_sub(border.x)
}

/// The names of the terminals, in the upper border.
fn tabs(frame: &mut Frame, app: &mut App, border: Rect) {
    let has_focus = app.focus == Pane::Terminal;
    let mut line = Shown::from(if has_focus { " ▸ " } else { " " });
    let room = Rect { x: border.x + 1, width: border.width.saturating_sub(2), ..border };
    let names = tab_names(app);
    let columns = usize::from(room.width).saturating_sub(line.width());
    let first = first_tab(&names, app.front, columns);
    if first > 0 {
        line.push_span("‹");
    }
    for (n, text) in names.into_iter().enumerate().skip(first) {
        let from = room.x + line.width() as u16;
        let place = Rect { x: from, width: width(&text) as u16, ..room }.intersection(room);
        let look = app.theme.border(n == app.front && has_focus);
        line.push_span(Span::styled(text, look));
        app.hits.add(place, Target::Tab(n));
    }
    frame.render_widget(line, room);
}

fn tab_names(app: &App) -> Vec<String> {
    (0..app.terminals.len()).map(|n| tab(app, n)).collect()
}

/// The name of a terminal, marked if it is in front or something runs in it.
fn tab(app: &App, n: usize) -> String {
    let terminal = &app.terminals[n];
    let runs =
        if terminal.runs(Moment::of(&app.session)) && !terminal.is_attached { "…" } else { "" };
    match n == app.front {
        true => format!("[{}{runs}]", terminal.name),
        false => format!(" {}{runs} ", terminal.name),
    }
}

/// The first tab that is shown, so that the one in front is seen.
fn first_tab(names: &[String], front: usize, columns: usize) -> usize {
    // One column says that there are others before.
    let fits = |first: &usize| {
        let wide: usize = names[*first..=front].iter().map(|name| width(name)).sum();
        wide < columns
    };
    (0..=front).find(fits).unwrap_or(front)
}

fn one(frame: &mut Frame, app: &mut App, n: usize, place: Rect) {
    let columns = usize::from(place.width).max(4);
    let rows = usize::from(place.height);
    let then = Moment::of(&app.session);
    let terminal = &app.terminals[n];
    let shown = terminal.shown(then, app.lang);
    let mut lines: Vec<Line> = shown.iter().flat_map(|line| broken(line, columns)).collect();
    let prompt = terminal.prompt(then);
    let has_prompt = prompt.is_some();
    lines.extend(prompt.iter().flat_map(|prompt| broken(prompt, columns)));
    let mut scroll = terminal.scroll;
    let first = tail(lines.len(), rows, &mut scroll);
    let shown = &lines[first..(first + rows).min(lines.len())];
    show(frame, app.theme, shown, place);
    let is_front = n == app.front;
    if is_front {
        select(frame, app, n, shown.len(), place);
    } else {
        app.hits.add(place, Target::Tab(n));
    }
    let last = shown.len().saturating_sub(1);
    let plain = shown.iter().map(|line| line.iter().map(|piece| &*piece.text).collect());
    let plain: Vec<String> = plain.collect();
    let terminal = &mut app.terminals[n];
    terminal.rows = plain;
    terminal.scroll = scroll;
    if is_front && app.focus == Pane::Terminal && has_prompt && scroll == 0 {
        let lead = width(&terminal.lead(then));
        let typed: String = terminal.input.chars().take(terminal.cursor).collect();
        let at = lead + width(&typed);
        // The row of the end of the line is the last one shown.
        let rows_below = (lead + width(&terminal.input)) / columns - at / columns;
        let row = last.saturating_sub(rows_below) as u16;
        if row < place.height {
            let column = (at % columns) as u16;
            frame.set_cursor_position(Position::new(place.x + column, place.y + row));
        }
    }
}

/// Rows can be selected with the mouse; those that are look so.
fn select(frame: &mut Frame, app: &mut App, n: usize, rows: usize, place: Rect) {
    for row in 0..rows {
        let line = Rect { y: place.y + row as u16, height: 1, ..place };
        app.hits.add(line, Target::TerminalRow(row));
        let selected = app.terminals[n].selected;
        if selected.is_some_and(|(from, to)| (from..=to).contains(&row)) {
            frame.buffer_mut().set_style(line, app.theme.selected());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tab_in_front_is_always_seen() {
        let names = ["[kv]", " docker-1 ", " docker-2 "].map(str::to_owned);
        assert_eq!(first_tab(&names, 0, 12), 0);
        assert_eq!(first_tab(&names, 1, 12), 1);
        assert_eq!(first_tab(&names, 2, 22), 1);
        assert_eq!(first_tab(&names, 2, 3), 2, "one that is too wide is cut");
    }
}
