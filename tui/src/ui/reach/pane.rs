//! Drawing the matrix, the chosen answer in words, and what codes mean.

use netsim_sim::reach::{Kind, Protocol, Way};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};

use super::Reach;
use crate::text::barriers::{letter, meaning, reason};
use crate::text::words::Lang;
use crate::text::wrap::wrap;
use crate::text::{Line, Piece, Style, line_width, width};
use crate::ui::app::App;
use crate::ui::draw::frame::show;
use crate::ui::hits::Target;

/// The words in the frame of the pane.
pub fn title(lang: Lang) -> &'static str {
    lang.say("Who reaches whom", "谁能到达谁")
}

/// A protocol as people call it.
pub fn name(protocol: Protocol) -> String {
    match protocol {
        Protocol::Icmp => "ping".to_owned(),
        _ => protocol.to_string(),
    }
}

/// Draws the inside of the pane.
pub fn draw(frame: &mut Frame, app: &mut App, area: Rect) {
    let columns = usize::from(area.width).max(10);
    let [head, rest] = Layout::vertical([Constraint::Length(1), Constraint::Min(1)]).areas(area);
    tabs(frame, app, head);
    let lang = app.lang;
    if let Some(failure) = &app.reach.failure {
        let lines = wrap(&[Piece::new(failure.clone(), Style::Bad)], columns);
        return show(frame, app.theme, &lines, rest);
    }
    let chosen = chosen(&app.reach, lang, columns);
    let most = usize::from(rest.height);
    let grid_rows = app.reach.names.len() + 1;
    // The matrix first, then the chosen answer, then the codes.
    let room = most.saturating_sub(grid_rows.min(most * 3 / 5));
    let told = chosen.len().min(room);
    let below = told + room.saturating_sub(told);
    let rows = most.saturating_sub(below).min(grid_rows);
    let grid = app.reach.grid(columns, rows);
    let places = [Constraint::Length(rows as u16), Constraint::Min(0)];
    let [top, bottom] = Layout::vertical(places).areas(rest);
    for (line, x, wide, cell) in &grid.places {
        let place =
            Rect { x: top.x + *x as u16, y: top.y + *line as u16, width: *wide as u16, height: 1 };
        app.hits.add(place.intersection(top), Target::Answer(cell.0, cell.1));
    }
    show(frame, app.theme, &grid.lines, top);
    let mut lines = vec![Line::new()];
    lines.extend(chosen);
    lines.push(Line::new());
    lines.extend(legend(&app.reach, lang, grid.is_narrow, columns));
    // Where there is little room, no line is empty.
    if lines.len() > usize::from(bottom.height) {
        lines.retain(|line| !line.is_empty());
    }
    show(frame, app.theme, &lines, bottom);
}

/// What is sent, and as of when the answers are.
fn tabs(frame: &mut Frame, app: &mut App, area: Rect) {
    let lang = app.lang;
    let mut line = Line::new();
    for (n, protocol) in app.reach.protocols().iter().enumerate() {
        let text = format!(" {} ", name(*protocol));
        let place =
            Rect { x: area.x + line_width(&line) as u16, width: width(&text) as u16, ..area };
        app.hits.add(place.intersection(area), Target::Protocol(n));
        let style = if n == app.reach.protocol { Style::Chosen } else { Style::Dim };
        line.push(Piece::new(text, style));
    }
    line.extend(standing(app, lang));
    show(frame, app.theme, &[line], area);
}

/// Whether it is asked, or as of when the answers are.
fn standing(app: &App, lang: Lang) -> Line {
    let reach = &app.reach;
    let Some(at) = reach.at() else {
        return vec![Piece::new(lang.say("  r asks", "  按 r 询问"), Style::Ask)];
    };
    let (found, all) = reach.progress();
    let mut line = vec![Piece::new(format!("  {} {at}", lang.say("at", "时刻")), Style::Dim)];
    match all {
        _ if reach.opening.is_some() => {
            let text = lang.say("  sending it once more …", "  正在重新发送 …");
            line.push(Piece::new(text, Style::Ask));
        }
        None => {
            let text = lang.say("  copying the machines …", "  正在复制机器 …");
            line.push(Piece::new(text, Style::Ask));
        }
        Some(all) if found < all => {
            let text = format!("  {} {found}/{all}", lang.say("asking", "正在询问"));
            line.push(Piece::new(text, Style::Ask));
        }
        Some(_) if reach.at() != Some(app.session.moment().1) => {
            let text = lang.say("  r asks again", "  按 r 重新询问");
            line.push(Piece::new(text, Style::Ask));
        }
        Some(_) => {}
    }
    line
}

/// The chosen answer in words.
fn chosen(reach: &Reach, lang: Lang, columns: usize) -> Vec<Line> {
    let Some(cell) = reach.chosen() else { return Vec::new() };
    let mut pieces = vec![Piece::new(format!("{} → {}", cell.from, cell.to), Style::Strong)];
    if let Some(address) = cell.address {
        pieces.push(Piece::new(format!(" ({address})"), Style::Code));
    }
    pieces.push(Piece::new(format!(" {}: ", name(cell.protocol)), Style::Plain));
    match cell.barrier() {
        None => pieces.push(Piece::new(lang.say("reached", "可以到达"), Style::Good)),
        Some(barrier) => {
            pieces.push(Piece::new(barrier.code(), Style::Bad));
            pieces.push(Piece::new(format!("  {}", reason(cell, lang)), Style::Plain));
        }
    }
    wrap(&pieces, columns)
}

/// What the codes mean that stand in the matrix.
fn legend(reach: &Reach, lang: Lang, is_narrow: bool, columns: usize) -> Vec<Line> {
    let mut found: Vec<Kind> = Vec::new();
    let mut is_back = false;
    let shown = reach.protocols().get(reach.protocol);
    let cells = reach.cells.iter().filter(|cell| Some(&cell.protocol) == shown);
    for barrier in cells.filter_map(|cell| cell.barrier()) {
        if !found.contains(&barrier.kind()) {
            found.push(barrier.kind());
        }
        is_back |= barrier.way == Way::Back;
    }
    let mut lines = Vec::new();
    if is_narrow {
        let text = format!(" {}", lang.say("the answer came back", "收到了回答"));
        lines.push(vec![Piece::new("✓", Style::Good), Piece::new(text, Style::Dim)]);
    }
    for kind in found {
        let letter = if is_narrow { format!("{} ", letter(kind)) } else { String::new() };
        let pieces = [
            Piece::new(format!("{letter}{}", kind.code()), Style::Bad),
            Piece::new(format!("  {}", meaning(kind, lang)), Style::Dim),
        ];
        lines.extend(wrap(&pieces, columns));
    }
    if is_back {
        let text = lang.say(
            " the question arrived, its answer is lost on its way back",
            " 去程到达了,回答在回程中丢失",
        );
        lines.push(vec![Piece::new("←", Style::Bad), Piece::new(text, Style::Dim)]);
    }
    lines
}
