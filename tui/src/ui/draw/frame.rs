//! What all panes have in common: frames, titles, lines.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line as Shown, Span};
use ratatui::widgets::{Block, BorderType, Clear, Paragraph};

use crate::text::{Line, Style, width};
use crate::ui::app::App;
use crate::ui::hits::Target;
use crate::ui::panes::Pane;
use crate::ui::theme::{Theme, ascii};

/// What every picture ends with: ASCII where it is wanted; and wide characters leave nothing behind.
pub fn finish(frame: &mut Frame, theme: Theme) {
    bare_second_halves(frame.buffer_mut());
    if theme.ascii {
        ascii::flatten(frame.buffer_mut());
    }
}

/// Takes the look of the cells that wide characters cover. Only what differs from the picture before is
/// painted: where such a cell is seen again, it has to differ, because terminals clear it in their own way.
fn bare_second_halves(buffer: &mut Buffer) {
    let columns = usize::from(buffer.area.width).max(1);
    for row in buffer.content.chunks_mut(columns) {
        for n in 1..row.len() {
            let before = row[n - 1].symbol();
            if !before.is_ascii() && width(before) > 1 {
                row[n].reset();
            }
        }
    }
}

/// A frame with a title; the space in it.
pub fn pane(frame: &mut Frame, app: &App, which: Pane, title: &str, area: Rect) -> Rect {
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

/// In the upper border at the right, the name of a pane that has the same place.
pub fn corner(frame: &mut Frame, app: &mut App, other: Pane, area: Rect) {
    let text = format!(" {} ", other.title(app.lang));
    let wide = width(&text) as u16;
    // The title of the pane itself comes first.
    let is_alone = area.width == app.area.width;
    if is_alone || area.width < wide * 4 || area.height == 0 {
        return;
    }
    let place = Rect { x: area.right() - wide - 2, y: area.y, width: wide, height: 1 };
    app.hits.add(place, Target::Pane(other));
    frame.render_widget(Span::styled(text, app.theme.look(Style::Dim)), place);
}

/// Lines, and how they look.
pub fn show(frame: &mut Frame, theme: Theme, lines: &[Line], area: Rect) {
    let shown: Vec<Shown> = lines.iter().map(|line| theme.line(line)).collect();
    frame.render_widget(Paragraph::new(shown), area);
}

/// The first of the last lines that fit, so many lines above the end.
pub fn tail(lines: usize, rows: usize, scroll: &mut usize) -> usize {
    *scroll = (*scroll).min(lines.saturating_sub(rows));
    (lines - *scroll).saturating_sub(rows)
}

/// A frame over the panes with a title; the space in it.
pub fn overlay(frame: &mut Frame, theme: Theme, title: &str, size: (u16, u16), area: Rect) -> Rect {
    let place = area.centered(Constraint::Length(size.0), Constraint::Length(size.1));
    frame.render_widget(Clear, place);
    // Half a wide character would stay at its left.
    if let Some(left) = place.x.checked_sub(1) {
        for row in place.rows() {
            if let Some(cell) = frame.buffer_mut().cell_mut((left, row.y))
                && width(cell.symbol()) > 1
            {
                cell.set_symbol(" ");
            }
        }
    }
    let block = Block::bordered()
        .border_type(BorderType::Double)
        .border_style(theme.border(true))
        .style(theme.ground())
        .title(format!(" {title} "));
    let inner = block.inner(place);
    frame.render_widget(block, place);
    inner
}

#[cfg(test)]
mod tests {
    use ratatui::style::{Color, Style as Look};

    use super::*;

    #[test]
    fn a_blank_behind_a_wide_character_that_moved_is_painted() {
        let ground = Look::new().fg(Color::Black).bg(Color::White);
        let picture = |text: &str| {
            let area = Rect::new(0, 0, 4, 1);
            let mut buffer = Buffer::empty(area);
            buffer.set_style(area, ground);
            let mut column = 0;
            for c in text.chars() {
                buffer[(column, 0)].set_char(c);
                column += width(c.encode_utf8(&mut [0; 4])) as u16;
            }
            bare_second_halves(&mut buffer);
            buffer
        };
        let painted: Vec<u16> =
            picture("a网b").diff(&picture("网 b")).into_iter().map(|(x, ..)| x).collect();
        assert_eq!(painted, [0, 2], "also where the other half was");
    }
}
