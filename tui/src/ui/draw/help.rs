//! All keys, over the panes.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::{overlay, show};
use crate::text::words::Lang;
use crate::text::{Line, Piece, Style, line_width, width};
use crate::ui::action::{Group, rows};
use crate::ui::theme::Theme;

/// Draws them in the middle, from a line on; the line that is really first, and the place.
pub fn draw(
    frame: &mut Frame,
    theme: Theme,
    lang: Lang,
    area: Rect,
    scroll: usize,
) -> (usize, Rect) {
    let lines = lines(lang);
    let widest = lines.iter().map(line_width).max().unwrap_or(0) as u16 + 2;
    let title = lang.say("Keys (↑↓ scroll, any other closes)", "按键(↑↓ 滚动,其他键关闭)");
    let size = (widest.min(area.width), (lines.len() as u16 + 2).min(area.height));
    let inner = overlay(frame, theme, title, size, area);
    let from = scroll.min(lines.len().saturating_sub(usize::from(inner.height)));
    show(frame, theme, &lines[from..], inner);
    (from, inner)
}

/// The table of actions by what belongs together, and the letters of the protocols.
fn lines(lang: Lang) -> Vec<Line> {
    let mut lines = Vec::new();
    for group in Group::ALL {
        lines.push(vec![Piece::new(group.title(lang), Style::Heading)]);
        for entry in rows::all().filter(|entry| entry.group == group) {
            let mut keys: Vec<String> = Vec::new();
            for (_, key) in entry.keys {
                let key = key.to_string();
                if !keys.contains(&key) {
                    keys.push(key);
                }
            }
            let keys = match keys.is_empty() {
                true => format!(":{}", entry.name),
                false => keys.join(" "),
            };
            let gap = " ".repeat(20_usize.saturating_sub(width(&keys)));
            lines.push(vec![
                Piece::new(format!("  {keys}{gap} "), Style::Strong),
                Piece::new(entry.help(lang), Style::Plain),
            ]);
        }
    }
    lines.push(vec![Piece::new(lang.say("Letters", "字母"), Style::Heading)]);
    let letters = lang.say(
        "  A ARP  I ICMP  T TCP  U UDP  D DNS  V wrapped in VXLAN  ✗ dropped",
        "  A ARP  I ICMP  T TCP  U UDP  D DNS  V 装在 VXLAN 里  ✗ 被丢弃",
    );
    lines.push(vec![Piece::new(letters, Style::Plain)]);
    lines
}
