//! The palette over the panes: what is typed, and what fits.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use super::frame::{overlay, show};
use crate::text::{Line, Piece, Style, shorten, width};
use crate::ui::app::App;
use crate::ui::hits::Target;
use crate::ui::palette::{Choice, Palette};

/// Columns and rows that it takes if there are as many.
const SIZE: (u16, u16) = (76, 18);

/// Draws it.
pub fn draw(frame: &mut Frame, app: &mut App, area: Rect, palette: &Palette) {
    let title = app.lang.say("Commands (type, ↑↓, Enter, Esc)", "命令(输入、↑↓、回车、Esc)");
    let size = (SIZE.0.min(area.width), SIZE.1.min(area.height));
    let inner = overlay(frame, app.theme, title, size, area);
    app.hits.add(inner, Target::Overlay);
    let columns = usize::from(inner.width);
    let mut lines = vec![vec![
        Piece::new(": ", Style::Prompt),
        Piece::new(palette.query.clone(), Style::Typed),
    ]];
    let fits = palette.fits(app.lang);
    let rows = usize::from(inner.height).saturating_sub(1);
    let first = (palette.chosen + 1).saturating_sub(rows);
    for (n, choice) in fits.iter().enumerate().skip(first).take(rows) {
        let mark = if n == palette.chosen { "▸ " } else { "  " };
        let key = match choice {
            Choice::Do(entry) => entry.keys.first().map(|(_, key)| key.to_string()),
            Choice::Go(_) | Choice::Reach(_) => None,
        };
        let head = format!("{mark}{:<20} {:<8} ", choice.name(), key.unwrap_or_default());
        let help = shorten(choice.help(app.lang), columns.saturating_sub(width(&head)));
        let style = if n == palette.chosen { Style::Strong } else { Style::Plain };
        lines.push(vec![Piece::new(head, style), Piece::new(help, Style::Dim)] as Line);
        let row = inner.y + 1 + (n - first) as u16;
        app.hits.add(Rect { y: row, height: 1, ..inner }, Target::Row(n));
    }
    if fits.is_empty() {
        let text = app.lang.say("nothing is called so", "没有这样的命令");
        lines.push(vec![Piece::new(text, Style::Dim)]);
    }
    show(frame, app.theme, &lines, inner);
    let column = inner.x + (2 + width(&palette.query)) as u16;
    if column < inner.right() && inner.height > 0 {
        frame.set_cursor_position(Position::new(column, inner.y));
    }
}
