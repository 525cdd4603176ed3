//! The pane of the machines: boxes in columns.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};

use super::{fit, pane, show};
use crate::text::{Line, Piece, Style, width};
use crate::ui::app::{App, Pane};
use crate::ui::map;

/// Draws all machines, as far as there is room.
pub fn draw(frame: &mut Frame, app: &mut App, area: Rect) {
    let title = Pane::Map.title(app.lang);
    let inner = pane(frame, app, Pane::Map, title, area);
    let boxes = map::boxes(&mut app.session, &app.marks);
    let columns = usize::from(inner.width / 38).clamp(1, 3);
    let slots = &*Layout::horizontal(vec![Constraint::Fill(1); columns]).split(inner);
    // Each box goes where most room is left.
    let mut used = vec![0_usize; columns];
    let mut drawn: Vec<Vec<Line>> = vec![Vec::new(); columns];
    for machine in boxes {
        let Some(n) = (0..columns).min_by_key(|n| used[*n]) else { return };
        let wide = usize::from(slots[n].width.saturating_sub(1)).max(8);
        let title: String = machine.title.chars().take(wide - 6).collect();
        let rest = "─".repeat(wide.saturating_sub(width(&title) + 5));
        let mut lines: Vec<Line> = vec![vec![
            Piece::new("┌─ ", Style::Dim),
            Piece::new(title, Style::Prompt),
            Piece::new(format!(" {rest}┐"), Style::Dim),
        ]];
        for line in machine.lines {
            let mut full = vec![Piece::new("│", Style::Dim)];
            let mut room = wide.saturating_sub(2);
            for piece in line {
                let text: String = fit(&piece.text, room);
                room -= width(&text);
                full.push(Piece::new(text, piece.style));
            }
            full.push(Piece::new(format!("{}│", " ".repeat(room)), Style::Dim));
            lines.push(full);
        }
        lines.push(vec![Piece::new(format!("└{}┘", "─".repeat(wide - 2)), Style::Dim)]);
        used[n] += lines.len();
        drawn[n].extend(lines);
    }
    let longest = used.iter().copied().max().unwrap_or(0);
    app.map_scroll = app.map_scroll.min(longest.saturating_sub(usize::from(inner.height)));
    for (n, lines) in drawn.iter().enumerate() {
        let from = app.map_scroll.min(lines.len());
        show(frame, app.theme, &lines[from..], slots[n]);
    }
}
