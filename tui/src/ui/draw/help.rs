//! All keys, over the panes.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::frame::{overlay, show};
use crate::text::words::Lang;
use crate::text::wrap::wrap;
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
    let lines = lines(lang, usize::from(area.width.saturating_sub(2)));
    let widest = lines.iter().map(line_width).max().unwrap_or(0) as u16 + 2;
    let title = lang.say("Keys (↑↓ scroll, any other closes)", "按键(↑↓ 滚动,其他键关闭)");
    let size = (widest.min(area.width), (lines.len() as u16 + 2).min(area.height));
    let inner = overlay(frame, theme, title, size, area);
    let from = scroll.min(lines.len().saturating_sub(usize::from(inner.height)));
    show(frame, theme, &lines[from..], inner);
    (from, inner)
}

/// The table of actions by what belongs together, and the letters of the protocols.
fn lines(lang: Lang, columns: usize) -> Vec<Line> {
    /// Columns of the keys.
    const KEYS: usize = 23;
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
            let gap = " ".repeat(KEYS.saturating_sub(width(&keys) + 3));
            let mut lead = format!("  {keys}{gap} ");
            let help = [Piece::new(entry.help(lang), Style::Plain)];
            for line in wrap(&help, columns.saturating_sub(KEYS).max(10)) {
                lines.push([vec![Piece::new(lead, Style::Strong)], line].concat());
                lead = " ".repeat(KEYS);
            }
        }
    }
    lines.push(vec![Piece::new(lang.say("Letters", "字母"), Style::Heading)]);
    let letters = [
        lang.say(
            "  A ARP, NDP  I ICMP  T TCP  U UDP  D DNS  V VXLAN  S spanning tree  ? other",
            "  A ARP、NDP  I ICMP  T TCP  U UDP  D DNS  V VXLAN  S 生成树  ? 其他",
        ),
        lang.say(
            "  K key-value store of the engines  G gossip between the engines",
            "  K 引擎的键值存储  G 引擎之间的 gossip",
        ),
        lang.say(
            "  [I] and ⊂ wrapped in a tunnel  ✗ dropped  ○ only later than where one looks back",
            "  [I] 和 ⊂ 装在隧道里  ✗ 被丢弃  ○ 晚于正在回看的时刻",
        ),
        lang.say(
            "  4321 in the way of a packet: the layers, from the program's to the wire's",
            "  路径里的 4321:协议层,从应用程序到网线",
        ),
    ];
    for text in letters {
        lines.extend(wrap(&[Piece::new(text, Style::Plain)], columns.max(10)));
    }
    lines
}
