//! The pane of the terminals: their names, and the one in front.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use super::{pane, show, tail};
use crate::text::{Line, Piece, width};
use crate::ui::app::{App, Pane};

/// Draws the terminal in front, with its cursor.
pub fn draw(frame: &mut Frame, app: &mut App, area: Rect) {
    let names: Vec<String> = app
        .terminals
        .iter()
        .enumerate()
        .map(|(n, terminal)| {
            let runs = if terminal.running.is_some() { "…" } else { "" };
            if n == app.front {
                format!("[{}{runs}]", terminal.name)
            } else {
                format!("{}{runs}", terminal.name)
            }
        })
        .collect();
    let inner = pane(frame, app, Pane::Terminal, &names.join("  "), area);
    let columns = usize::from(inner.width).max(10);
    let terminal = &app.terminals[app.front];
    let mut lines: Vec<Line> =
        terminal.lines.iter().flat_map(|line| broken(line, columns)).collect();
    let prompt = terminal.prompt();
    let has_prompt = prompt.is_some();
    if let Some(prompt) = prompt {
        lines.extend(broken(&prompt, columns));
    }
    let mut scroll = terminal.scroll;
    let shown = tail(lines, usize::from(inner.height), &mut scroll);
    show(frame, app, &shown, inner);
    let terminal = &mut app.terminals[app.front];
    terminal.scroll = scroll;
    if app.focus == Pane::Terminal && has_prompt && scroll == 0 {
        let typed: String = terminal.input.chars().take(terminal.cursor).collect();
        let all = width(&terminal.name) + 2 + width(&terminal.input);
        let at = width(&terminal.name) + 2 + width(&typed);
        // The row of the end of the line is the last one shown.
        let rows_below = all / columns - at / columns;
        let last = shown.len().saturating_sub(1);
        let row = last.saturating_sub(rows_below) as u16;
        let column = (at % columns) as u16;
        if row < inner.height {
            frame.set_cursor_position(Position::new(inner.x + column, inner.y + row));
        }
    }
}

/// A line of a terminal, broken where it ends, as terminals do.
fn broken(line: &Line, columns: usize) -> Vec<Line> {
    let mut lines = vec![Line::new()];
    let mut used = 0;
    for piece in line {
        let mut text = String::new();
        for c in piece.text.chars() {
            let wide = width(c.encode_utf8(&mut [0; 4]));
            if used + wide > columns {
                if let Some(last) = lines.last_mut() {
                    last.push(Piece::new(std::mem::take(&mut text), piece.style));
                }
                lines.push(Line::new());
                used = 0;
            }
            text.push(c);
            used += wide;
        }
        if let Some(last) = lines.last_mut() {
            last.push(Piece::new(text, piece.style));
        }
    }
    lines
}
