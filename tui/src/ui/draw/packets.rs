//! The pane of the packets: the list, the way of the chosen one, the inspector.

use netsim_sim::trace::telling::{Detail, tell};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line as Shown, Span};
use ratatui::widgets::Paragraph;

use super::{fit, pane, show};
use crate::text::wrap::wrap;
use crate::text::{Line, Piece, Style, story};
use crate::ui::app::{App, Pane};
use crate::ui::hits::Target;
use crate::ui::inspect;

/// Draws the list and the chosen packet's way, or its frame.
pub fn draw(frame: &mut Frame, app: &mut App, area: Rect) {
    let title = match app.packets.frame {
        Some(_) => {
            app.lang.say("Frame (← → along its way, Esc closes)", "帧(← → 沿途移动,Esc 关闭)")
        }
        None => app.lang.say("Packets of the last command", "上一条命令的数据包"),
    };
    let inner = pane(frame, app, Pane::Packets, title, area);
    let columns = usize::from(inner.width).max(10);
    if let Some(n) = app.packets.frame {
        let lines = inspected(app, n, columns);
        return show(frame, app.theme, &lines, inner);
    }
    if app.packets.entries.is_empty() {
        let hint = app.lang.say(
            "Type a command, for example a ping: the packets that it causes appear here, with the way \
             of each.",
            "输入一条命令,例如 ping:它引起的数据包会出现在这里,并说明每个包走过的路。",
        );
        let lines = wrap(&[Piece::new(hint, Style::Dim)], columns);
        return show(frame, app.theme, &lines, inner);
    }
    let rows = (inner.height / 3).max(2);
    let [top, bottom] =
        Layout::vertical([Constraint::Length(rows), Constraint::Min(1)]).areas(inner);
    let first = app.packets.chosen.saturating_sub(usize::from(rows) - 1);
    let list: Vec<Shown> = app
        .packets
        .entries
        .iter()
        .enumerate()
        .skip(first)
        .take(usize::from(rows))
        .map(|(n, entry)| {
            let gone = if entry.is_gone { "✗" } else { " " };
            let text = fit(&format!("{gone} #{} {}", n + 1, entry.text), columns - 2);
            let look = if n == app.packets.chosen {
                app.theme.selected()
            } else {
                app.theme.look(if entry.is_gone { Style::Bad } else { Style::Plain })
            };
            let letter = Span::styled(entry.letter.to_string(), app.theme.protocol(entry.letter));
            Shown::from(vec![letter, Span::styled(text, look)])
        })
        .collect();
    for row in 0..list.len() as u16 {
        let place = Rect { y: top.y + row, height: 1, ..top };
        app.hits.add(place, Target::Packet(first + usize::from(row)));
    }
    frame.render_widget(Paragraph::new(list), top);
    let names = app.session.world().names();
    let lines = app.packets.journey(&app.session).map_or_else(Vec::new, |journey| {
        story::stops(&tell(&journey, &names, Detail::Rules), &names, columns)
    });
    let from = app.packets.scroll.min(lines.len().saturating_sub(1));
    show(frame, app.theme, &lines[from..], bottom);
    app.packets.scroll = from;
}

fn inspected(app: &App, n: usize, columns: usize) -> Vec<Line> {
    let Some(journey) = app.packets.journey(&app.session) else { return Vec::new() };
    let Some(seen) = journey.frames.get(n) else { return Vec::new() };
    let before = n.checked_sub(1).and_then(|n| journey.frames.get(n));
    let place = app.session.world().device_path(seen.host, seen.link);
    let head = format!(
        "#{} {}/{}  {place}  {} bytes  {}",
        app.packets.chosen + 1,
        n + 1,
        journey.frames.len(),
        seen.frame.bytes.len(),
        seen.at
    );
    let mut lines = wrap(&[Piece::new(head, Style::Strong)], columns);
    lines.extend(inspect::lines(&seen.frame.bytes, before.map(|seen| &seen.frame.bytes[..])));
    lines
}
