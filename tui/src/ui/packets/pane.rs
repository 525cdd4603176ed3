//! Drawing the packets: the list, and below it the way, the headers or the bytes of the chosen one.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};

use super::inspector::{DUMP, ROW, byte_at};
use super::list::{Entry, Of};
use super::{Show, headers};
use crate::text::barriers::reason;
use crate::text::words::Lang;
use crate::text::wrap::wrap;
use crate::text::{Line, Piece, Style, line_width, shorten, shorten_line, width};
use crate::ui::app::App;
use crate::ui::draw::frame::show;
use crate::ui::hits::Target;
use crate::ui::reach::pane::name as name_of;

/// Columns of the tree of fields beside the dump.
const TREE: usize = 44;

/// The words in the frame of the pane: whose packets, and which of them.
pub fn title(app: &App) -> String {
    let lang = app.lang;
    let packets = &app.packets;
    if let Some(guest) = &packets.guest {
        let (from, to, what) = (&guest.cell.from, &guest.cell.to, name_of(guest.cell.protocol));
        let at = guest.at.as_secs_f64();
        return match lang {
            Lang::En => format!("{from} → {to} {what}: sent on a copy at {at:.3} s (Esc closes)"),
            Lang::Zh => format!("{from} → {to} {what}:{at:.3} s 时在副本上发送(Esc 关闭)"),
        };
    }
    let whose = match packets.list.of {
        Of::Command => lang.say("Packets of the last command", "上一条命令的数据包"),
        Of::All => lang.say("All packets", "所有数据包"),
    };
    let mut title = whose.to_owned();
    if !packets.list.text.is_empty() {
        title += &format!("  /{}", packets.list.text);
    }
    title
}

fn name(show: Show, lang: Lang) -> &'static str {
    match show {
        Show::Way => lang.say("way", "路径"),
        Show::Headers => lang.say("headers", "头部"),
        Show::Bytes => lang.say("bytes", "字节"),
    }
}

/// Draws the inside of the pane.
pub fn draw(frame: &mut Frame, app: &mut App, area: Rect) {
    if app.packets.count() == 0 {
        return empty(frame, app, area);
    }
    let share = if app.packets.show == Show::Bytes { 5 } else { 3 };
    let listed = app.packets.count().min(usize::from(area.height)) as u16;
    let rows = (area.height / share).max(2).min(listed);
    let [top, bottom] =
        Layout::vertical([Constraint::Length(rows), Constraint::Min(1)]).areas(area);
    list(frame, app, top);
    let [line, bottom] =
        Layout::vertical([Constraint::Length(1), Constraint::Min(1)]).areas(bottom);
    tabs(frame, app, line);
    match app.packets.show {
        Show::Way => way(frame, app, bottom),
        Show::Headers => all_headers(frame, app, bottom),
        Show::Bytes => bytes(frame, app, bottom),
    }
}

/// What can be shown of the chosen packet, on the line below the list.
fn tabs(frame: &mut Frame, app: &mut App, area: Rect) {
    let mut line = vec![Piece::new("─", Style::Dim)];
    for tab in Show::ALL {
        let text = format!(" {} ", name(tab, app.lang));
        let (from, wide) = (line_width(&line) as u16, width(&text) as u16);
        let place = Rect { x: area.x + from, width: wide, ..area }.intersection(area);
        app.hits.add(place, Target::Show(tab));
        let style = if tab == app.packets.show { Style::Chosen } else { Style::Dim };
        line.push(Piece::new(text, style));
        line.push(Piece::new("─", Style::Dim));
    }
    let rest = usize::from(area.width).saturating_sub(line_width(&line));
    line.push(Piece::new("─".repeat(rest), Style::Dim));
    show(frame, app.theme, &[line], area);
}

fn empty(frame: &mut Frame, app: &App, area: Rect) {
    if let Some(guest) = &app.packets.guest {
        let none = app.lang.say("No packet was sent: ", "没有发出数据包:");
        let why =
            [Piece::new(none, Style::Dim), Piece::new(reason(&guest.cell, app.lang), Style::Bad)];
        let lines = wrap(&why, usize::from(area.width).max(10));
        return show(frame, app.theme, &lines, area);
    }
    let latest = app.session.latest.and_then(|it| app.session.lines.get(&(it.host, it.pid)));
    let hint = if let (Some(line), true) = (latest, app.packets.list.text.is_empty()) {
        &match app.lang {
            Lang::En => format!("`{line}` sent no packet. a shows those of all, also of daemons."),
            Lang::Zh => format!("`{line}` 没有发出数据包。按 a 显示所有数据包(包括后台程序的)。"),
        }
    } else if app.packets.list.text.is_empty() {
        app.lang.say(
            "Type a command, for example a ping: the packets that it causes appear here, with the way \
             of each. a shows those of all daemons, too.",
            "输入一条命令,例如 ping:它引起的数据包会出现在这里,并说明每个包走过的路。按 a 显示所有数据包。",
        )
    } else {
        app.lang
            .say("No packet passes the filter. / changes it.", "没有数据包通过过滤器。按 / 修改。")
    };
    let lines = wrap(&[Piece::new(hint, Style::Dim)], usize::from(area.width).max(10));
    show(frame, app.theme, &lines, area);
}

fn list(frame: &mut Frame, app: &mut App, area: Rect) {
    let packets = &app.packets;
    let rows = usize::from(area.height);
    let place = packets.place();
    let first = place.saturating_sub(rows - 1);
    let columns = usize::from(area.width);
    let shown = first..packets.count().min(first + rows);
    let lines: Vec<Line> = shown
        .map(|n| match packets.entry(n, &app.session) {
            Some(entry) => row(app, n, &entry, columns),
            None => Line::new(),
        })
        .collect();
    for (n, y) in (0..lines.len()).zip(area.y..) {
        app.hits.add(Rect { y, height: 1, ..area }, Target::Packet(first + n));
    }
    show(frame, app.theme, &lines, area);
}

/// A packet in the list: its letter, whether it was wrapped or lost, what it is.
fn row(app: &App, n: usize, entry: &Entry, columns: usize) -> Line {
    let is_chosen = n == app.packets.place();
    let protocol = entry.protocol;
    let style = match () {
        () if is_chosen && !app.packets.is_inside => Style::Chosen,
        () if entry.is_later => Style::Dim,
        () if entry.is_lost => Style::Bad,
        () if is_chosen => Style::Strong,
        () => Style::Plain,
    };
    let mark = match () {
        () if entry.is_later => "○",
        () if entry.is_lost => "✗",
        () if entry.has_arrived => " ",
        () => "…",
    };
    let pointer = if is_chosen { "▸" } else { " " };
    // The letter says that it is one of IP.
    let head = entry.head.strip_prefix("IP ").unwrap_or(&entry.head);
    let text = shorten(&format!("{mark}#{} {head}", n + 1), columns.saturating_sub(3));
    vec![
        Piece::new(pointer, Style::Ask),
        Piece::new(protocol.letter().to_string(), Style::Protocol(protocol)),
        match entry.was_wrapped {
            true => Piece::new("⊂", Style::Wrapping),
            false => Piece::new(" ", Style::Plain),
        },
        Piece::new(text, style),
    ]
}

fn way(frame: &mut Frame, app: &mut App, area: Rect) {
    app.packets.prepare(&mut app.session);
    let world = app.session.world();
    let names = |host: u16| world.host(netsim_sim::trace::HostId(host)).name.clone();
    let seen = app.session.looking.filter(|_| app.packets.guest.is_none());
    let size = (usize::from(area.width).max(20), usize::from(area.height));
    let lines = app.packets.ladder(&names, seen, app.lang, size);
    for ((_, stop), y) in lines.iter().zip(area.y..) {
        if let Some(stop) = stop {
            app.hits.add(Rect { y, height: 1, ..area }, Target::Stop(*stop));
        }
    }
    let lines: Vec<Line> = lines.into_iter().map(|(line, _)| line).collect();
    show(frame, app.theme, &lines, area);
}

fn all_headers(frame: &mut Frame, app: &mut App, area: Rect) {
    let Some(way) = app.packets.way() else { return };
    let marked = app.packets.inspector.frame;
    let lines = headers::lines(way, marked, app.lang);
    let rows = usize::from(area.height);
    let first = (marked + 1).saturating_sub(rows);
    let columns = usize::from(area.width);
    let shown = lines.into_iter().skip(first).map(|line| shorten_line(line, columns));
    show(frame, app.theme, &shown.collect::<Vec<Line>>(), area);
}

fn bytes(frame: &mut Frame, app: &mut App, area: Rect) {
    let lang = app.lang;
    let [head, rest] = Layout::vertical([Constraint::Length(1), Constraint::Min(1)]).areas(area);
    let (line, tree, dump);
    let is_wide = usize::from(area.width) > TREE + DUMP;
    let [left, right] = if is_wide {
        let dump = Constraint::Length(DUMP as u16);
        let [left, _, right] =
            Layout::horizontal([Constraint::Min(10), Constraint::Length(1), dump]).areas(rest);
        [left, right]
    } else {
        let dump = Constraint::Length((rest.height / 3).max(3));
        Layout::vertical([Constraint::Min(3), dump]).areas(rest)
    };
    {
        let Some((inspector, way)) = app.packets.inspected() else { return };
        line = inspector.head(way, lang);
        tree = inspector.tree(way, lang, usize::from(left.height));
        dump = inspector.dump(way, usize::from(right.height));
    }
    show(frame, app.theme, &[line], head);
    for ((_, byte), y) in tree.iter().zip(left.y..) {
        app.hits.add(Rect { y, height: 1, ..left }, Target::Byte(*byte));
    }
    let (dump, first) = dump;
    for (n, y) in (0..dump.len()).zip(right.y..) {
        for column in 0..right.width {
            if let Some(byte) = byte_at(usize::from(column)) {
                let place = Rect { x: right.x + column, y, width: 1, height: 1 };
                app.hits.add(place, Target::Byte(first + n * ROW + byte));
            }
        }
    }
    let columns = usize::from(left.width);
    let tree: Vec<Line> = tree.into_iter().map(|(line, _)| shorten_line(line, columns)).collect();
    show(frame, app.theme, &tree, left);
    show(frame, app.theme, &dump, right);
}
