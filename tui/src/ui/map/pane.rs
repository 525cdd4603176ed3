//! Drawing the map, or the tables of what is chosen on it.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::{Object, tables};
use crate::text::words::Lang;
use crate::text::wrap::wrap;
use crate::text::{Line, Piece, Style, from_column, line_width};
use crate::ui::app::App;
use crate::ui::draw::frame::show;
use crate::ui::hits::Target;

/// The words in the frame of the pane.
pub fn title(app: &App) -> String {
    let title = of_what(app);
    let (_, at) = app.session.moment();
    if app.session.looking.is_none() {
        return title;
    }
    match (app.map.is_as_of(app.session.looking), app.lang) {
        (true, Lang::En) => format!("{title}  as of {at}"),
        (true, Lang::Zh) => format!("{title}  {at} 时的状态"),
        (false, Lang::En) => format!("{title}  (going back to {at} …)"),
        (false, Lang::Zh) => format!("{title}  (正在回到 {at} …)"),
    }
}

fn of_what(app: &App) -> String {
    let lang = app.lang;
    let Some(object) = app.map.chosen else { return lang.say("Machines", "机器").to_owned() };
    let world = app.session.world();
    let name = match object {
        Object::Machine(host) => world.host(host).name.clone(),
        Object::Space(host, ns) => {
            let names = world.names();
            netsim_sim::trace::telling::Names::namespace(&names, host, ns)
        }
        Object::Device(host, _, link) => world.place_of(host, link),
    };
    match app.map.is_open {
        true => format!("{name}  {}", lang.say("(Esc: the map)", "(Esc:回到地图)")),
        false => format!("{}  ▸ {name}", lang.say("Machines", "机器")),
    }
}

/// Looks at the machines, before they are drawn in a place of this size.
pub fn prepare(app: &mut App, inside: Rect) {
    let (columns, rows) = (usize::from(inside.width), usize::from(inside.height));
    app.map.prepare(&mut app.session, columns, rows);
}

/// Draws the inside of the pane.
pub fn draw(frame: &mut Frame, app: &mut App, area: Rect) {
    let (columns, rows) = (usize::from(area.width), usize::from(area.height));
    let is_known = app.map.is_as_of(app.session.looking);
    let map = &mut app.map;
    // Whether tables go on at the left and at the right.
    let mut beyond = (false, false);
    let lines: Vec<Line> = if map.is_open && !is_known {
        let text = app.lang.say(
            "The machines are built again up to this moment, to read their tables …",
            "正在把机器重建到这一时刻,以读取当时的表 …",
        );
        wrap(&[Piece::new(text, Style::Ask)], columns.max(10))
    } else if map.is_open {
        let lines = tables::lines(&map.tables);
        map.table_scroll = map.table_scroll.min(lines.len().saturating_sub(rows));
        map.table_rows = lines.len();
        let widest = lines.iter().map(line_width).max().unwrap_or(0);
        map.table_shift = map.table_shift.min(widest.saturating_sub(columns));
        beyond = (map.table_shift > 0, widest > map.table_shift + columns);
        let shown = lines.into_iter().skip(map.table_scroll).take(rows);
        shown.map(|line| from_column(line, map.table_shift)).collect()
    } else {
        let mut canvas = map.scene.canvas.clone();
        let place = map.scene.objects.iter().find(|(it, _)| Some(*it) == map.chosen);
        if let Some((_, place)) = place {
            for x in place.left()..place.right() {
                let (x, y) = (usize::from(x), usize::from(place.y));
                if let Some(char) = canvas.at(x, y) {
                    canvas.put(x, y, char, Style::Chosen);
                }
            }
            if map.follows {
                let (x, y) = (usize::from(place.x), usize::from(place.y));
                map.scroll.1 =
                    map.scroll.1.clamp((y + 2).saturating_sub(rows), y.saturating_sub(1));
                let right = usize::from(place.right());
                map.scroll.0 = map.scroll.0.clamp((right + 2).saturating_sub(columns).min(x), x);
                map.follows = false;
            }
        }
        map.motion.draw(&map.scene, &mut canvas);
        let (width, height) = canvas.size();
        map.scroll.0 = map.scroll.0.min(width.saturating_sub(columns));
        map.scroll.1 = map.scroll.1.min(height.saturating_sub(rows));
        canvas.part(map.scroll.0, map.scroll.1, columns, rows)
    };
    let more = match map.is_open {
        // Tables end where they end.
        true => {
            let goes_on = map.table_scroll + lines.len() < map.table_rows;
            [map.table_scroll > 0, goes_on, beyond.0, beyond.1]
        }
        false => {
            let (width, height) = map.scene.canvas.size();
            let (x, y) = map.scroll;
            [y > 0, y + rows < height, x > 0, x + columns < width]
        }
    };
    if !map.is_open {
        app.hits.add(area, Target::Map(area.x, area.y));
    }
    show(frame, app.theme, &lines, area);
    arrows(frame, app, more, area);
}

/// On the border, to where there is more: up, down, left, right.
fn arrows(frame: &mut Frame, app: &App, more: [bool; 4], area: Rect) {
    let (left, right) = (area.x.saturating_sub(1), area.right());
    let (top, bottom) = (area.y.saturating_sub(1), area.bottom());
    let middle = (area.x + area.width / 2, area.y + area.height / 2);
    let places = [
        (middle.0, top, "▲"),
        (middle.0, bottom, "▼"),
        (left, middle.1, "◀"),
        (right, middle.1, "▶"),
    ];
    for ((x, y, arrow), _) in places.into_iter().zip(more).filter(|(_, more)| *more) {
        if let Some(cell) = frame.buffer_mut().cell_mut((x, y)) {
            cell.set_symbol(arrow).set_style(app.theme.look(Style::Ask));
        }
    }
}
