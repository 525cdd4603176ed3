//! Drawing: the panes, the status line, the help.

use netsim_sim::trace::telling::{Detail, tell};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::text::{Line as Shown, Span};
use ratatui::widgets::{Block, BorderType, Clear, Paragraph};

use super::app::{App, Pane};
use super::lesson::Next;
use super::session::Pace;
use super::{inspect, map};
use crate::text::words::Lang;
use crate::text::wrap::wrap;
use crate::text::{Line, Piece, Style, story, width};

/// Columns from which all panes are beside each other.
const WIDE: u16 = 100;

/// Draws everything.
pub fn draw(frame: &mut Frame, app: &mut App) {
    let [main, status] =
        Layout::vertical([Constraint::Min(3), Constraint::Length(1)]).areas(frame.area());
    if main.width >= WIDE && main.height >= 20 {
        let [left, right] =
            Layout::horizontal([Constraint::Percentage(48), Constraint::Min(20)]).areas(main);
        let [top, bottom] =
            Layout::vertical([Constraint::Percentage(55), Constraint::Min(5)]).areas(left);
        lesson(frame, app, top);
        terminal(frame, app, bottom);
        let [top, bottom] =
            Layout::vertical([Constraint::Percentage(48), Constraint::Min(5)]).areas(right);
        machines(frame, app, top);
        packets(frame, app, bottom);
    } else {
        match app.focus {
            Pane::Lesson | Pane::Terminal if main.height >= 16 => {
                let [top, bottom] =
                    Layout::vertical([Constraint::Percentage(52), Constraint::Min(5)]).areas(main);
                lesson(frame, app, top);
                terminal(frame, app, bottom);
            }
            Pane::Lesson => lesson(frame, app, main),
            Pane::Terminal => terminal(frame, app, main),
            Pane::Map => machines(frame, app, main),
            Pane::Packets => packets(frame, app, main),
        }
    }
    status_line(frame, app, status);
    if app.help {
        help(frame, app, main);
    }
}

fn say(lang: Lang, english: &'static str, chinese: &'static str) -> &'static str {
    match lang {
        Lang::En => english,
        Lang::Zh => chinese,
    }
}

/// A frame with a title; the space in it.
fn pane(frame: &mut Frame, app: &App, which: Pane, title: &str, area: Rect) -> Rect {
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

fn show(frame: &mut Frame, app: &App, lines: &[Line], area: Rect) {
    let shown: Vec<Shown> = lines.iter().map(|line| app.theme.line(line)).collect();
    frame.render_widget(Paragraph::new(shown), area);
}

/// The last lines that fit, so many lines above the end.
fn tail(lines: Vec<Line>, rows: usize, scroll: &mut usize) -> Vec<Line> {
    *scroll = (*scroll).min(lines.len().saturating_sub(rows));
    let end = lines.len() - *scroll;
    lines[end.saturating_sub(rows)..end].to_vec()
}

fn lesson(frame: &mut Frame, app: &mut App, area: Rect) {
    let title = app.session.player.lesson.front.title.clone();
    let inner = pane(frame, app, Pane::Lesson, &title, area);
    let lines = app.progress.lines(app.lang.words(), usize::from(inner.width).max(10));
    let lines = tail(lines, usize::from(inner.height), &mut app.progress.scroll);
    show(frame, app, &lines, inner);
}

fn terminal(frame: &mut Frame, app: &mut App, area: Rect) {
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

fn machines(frame: &mut Frame, app: &mut App, area: Rect) {
    let title = say(app.lang, "Machines", "机器");
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
        show(frame, app, &lines[from..], slots[n]);
    }
}

/// The beginning of a text that fits into so many columns.
fn fit(text: &str, columns: usize) -> String {
    let mut used = 0;
    let fits = |c: &char| {
        used += width(c.encode_utf8(&mut [0; 4]));
        used <= columns
    };
    text.chars().take_while(fits).collect()
}

fn packets(frame: &mut Frame, app: &mut App, area: Rect) {
    let title = match app.packets.frame {
        Some(_) => {
            say(app.lang, "Frame (← → along its way, Esc closes)", "帧(← → 沿途移动,Esc 关闭)")
        }
        None => say(app.lang, "Packets of the last command", "上一条命令的数据包"),
    };
    let inner = pane(frame, app, Pane::Packets, title, area);
    let columns = usize::from(inner.width).max(10);
    if let Some(n) = app.packets.frame {
        let lines = inspected(app, n, columns);
        return show(frame, app, &lines, inner);
    }
    if app.packets.entries.is_empty() {
        let hint = say(
            app.lang,
            "Type a command, for example a ping: the packets that it causes appear here, with the way \
             of each.",
            "输入一条命令,例如 ping:它引起的数据包会出现在这里,并说明每个包走过的路。",
        );
        let lines = wrap(&[Piece::new(hint, Style::Dim)], columns);
        return show(frame, app, &lines, inner);
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
    frame.render_widget(Paragraph::new(list), top);
    let names = app.session.world().names();
    let lines = app.packets.journey(&app.session).map_or_else(Vec::new, |journey| {
        story::stops(&tell(&journey, &names, Detail::Rules), &names, columns)
    });
    let from = app.packets.scroll.min(lines.len().saturating_sub(1));
    show(frame, app, &lines[from..], bottom);
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

fn status_line(frame: &mut Frame, app: &App, area: Rect) {
    let pace = match app.session.pace {
        Pace::Paused => say(app.lang, "paused", "暂停").to_owned(),
        Pace::Fast => say(app.lang, "fast", "全速").to_owned(),
        Pace::Times(times) => format!("×{times}"),
    };
    let now = app.session.world().now().as_secs_f64();
    let keys = match (app.focus, app.progress.next()) {
        (Pane::Terminal, _) => say(
            app.lang,
            "Enter run  Tab complete  Ctrl-N machine  Ctrl-C stop  Esc lesson  F1 help  F10 quit",
            "回车运行  Tab 补全  Ctrl-N 换机器  Ctrl-C 中断  Esc 课程  F1 帮助  F10 退出",
        ),
        (Pane::Packets, _) => say(
            app.lang,
            "↑↓ packet  PgUp/PgDn its way  Enter bytes  Space pause  . step  , back  Tab pane  F1",
            "↑↓ 选包  PgUp/PgDn 路径  回车看字节  空格暂停  . 单步  , 后退  Tab 切换  F1",
        ),
        (Pane::Lesson, Next::Ask(_)) => say(
            app.lang,
            "a-h choose  Enter answer  t type commands  Tab pane  F1 help  F10 quit",
            "a-h 选择  回车作答  t 输入命令  Tab 切换  F1 帮助  F10 退出",
        ),
        _ => say(
            app.lang,
            "Enter next step  t type commands  Space pause  +/- pace  Tab pane  F1 help  q quit",
            "回车下一步  t 输入命令  空格暂停  +/- 速度  Tab 切换  F1 帮助  q 退出",
        ),
    };
    let line = match &app.complaint {
        Some(complaint) => vec![Piece::new(format!("! {complaint}"), Style::Bad)],
        None => vec![
            Piece::new(format!(" {now:.6} s "), Style::Strong),
            Piece::new(format!("{pace}  "), Style::Ask),
            Piece::new(keys, Style::Dim),
        ],
    };
    frame.render_widget(Paragraph::new(app.theme.line(&line)), area);
}

fn help(frame: &mut Frame, app: &App, area: Rect) {
    let text = say(app.lang, HELP_EN, HELP_ZH);
    let rows = text.lines().count() as u16 + 2;
    let wide = text.lines().map(width).max().unwrap_or(0) as u16 + 4;
    let (wide, rows) = (wide.min(area.width), rows.min(area.height));
    let place = Rect {
        x: area.x + (area.width - wide) / 2,
        y: area.y + (area.height - rows) / 2,
        width: wide,
        height: rows,
    };
    frame.render_widget(Clear, place);
    let block = Block::bordered().border_type(BorderType::Double).title(say(
        app.lang,
        " Keys (any key closes) ",
        " 按键(任意键关闭) ",
    ));
    frame.render_widget(Paragraph::new(text).block(block), place);
}

const HELP_EN: &str = " Tab, Shift-Tab   next pane, pane before        Esc   back to the lesson
 F2, Enter        next step of the lesson: its command is typed for you
 t                to the terminals; there: Tab completes, ↑↓ history,
                  Ctrl-N/Ctrl-P other machine, Ctrl-C stops, Ctrl-L clears
 Space, F5        pause and go on
 + -, F7 F6       faster, slower: from ×0.0001 to as fast as it goes
 . and F8         one step of a packet          , and F9   one step back
 ↑↓ PgUp PgDn     scroll; in the packets: choose a packet, read its way
 Enter, x         in the packets: its bytes; ← → along its way, » is new
 F10, Ctrl-Q      leave
 Letters: A ARP  I ICMP  T TCP  U UDP  D DNS  V wrapped in VXLAN  ✗ dropped";

const HELP_ZH: &str = " Tab, Shift-Tab   下一个、上一个面板             Esc   回到课程
 F2, 回车         课程的下一步:命令会替你输入
 t                进入终端;其中:Tab 补全,↑↓ 历史,
                  Ctrl-N/Ctrl-P 换机器,Ctrl-C 中断,Ctrl-L 清屏
 空格, F5         暂停与继续
 + -, F7 F6       加快、放慢:从 ×0.0001 到全速
 . 与 F8          数据包走一步                   , 与 F9   退一步
 ↑↓ PgUp PgDn     滚动;在数据包面板:选包、看它走过的路
 回车, x          在数据包面板:看字节;← → 沿途移动,» 表示变化
 F10, Ctrl-Q      退出
 字母:A ARP  I ICMP  T TCP  U UDP  D DNS  V 装在 VXLAN 里  ✗ 被丢弃";
