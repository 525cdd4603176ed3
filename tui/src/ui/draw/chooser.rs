//! The list of lessons, and what the chosen one is about.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line as Shown, Span};
use ratatui::widgets::{Block, BorderType};

use super::frame::{finish, show};
use super::help;
use super::status::buttons;
use crate::text::words::{self, fill};
use crate::text::wrap::wrap;
use crate::text::{Line, Piece, Style, shorten, width};
use crate::ui::action::{Action, entry};
use crate::ui::chooser::{Chooser, SCOPES};
use crate::ui::hits::Target;
use crate::ui::library::{Item, Standing};

/// Columns from which the chosen lesson is described beside the list.
const WIDE: u16 = 110;

/// Rows of the description below the list.
const BELOW: u16 = 8;

/// Draws it.
pub fn draw(frame: &mut Frame, chooser: &mut Chooser, items: &[Item]) {
    let all = frame.area();
    frame.buffer_mut().set_style(all, chooser.theme.ground());
    chooser.hits.clear();
    let [main, status] = Layout::vertical([Constraint::Min(0), Constraint::Length(1)]).areas(all);
    let (list_place, about_place) = if main.width >= WIDE {
        let [left, right] =
            Layout::horizontal([Constraint::Percentage(58), Constraint::Min(0)]).areas(main);
        (left, right)
    } else {
        let [top, bottom] =
            Layout::vertical([Constraint::Min(6), Constraint::Max(BELOW)]).areas(main);
        (top, bottom)
    };
    list(frame, chooser, items, list_place);
    about(frame, chooser, items, about_place);
    status_line(frame, chooser, status);
    if let Some(scroll) = chooser.help {
        let (scroll, _) = help::draw(frame, chooser.theme, chooser.lang, main, scroll);
        chooser.help = Some(scroll);
    }
    finish(frame, chooser.theme);
}

fn bordered(frame: &mut Frame, chooser: &Chooser, title: &str, strong: bool, area: Rect) -> Rect {
    let block = Block::bordered()
        .border_type(if strong { BorderType::Thick } else { BorderType::Plain })
        .border_style(chooser.theme.border(strong))
        .title(format!(" {title} "));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    inner
}

fn list(frame: &mut Frame, chooser: &mut Chooser, items: &[Item], area: Rect) {
    let title = match &chooser.query {
        Some(query) => format!("{} /{query}▏", chooser.lang.say("Lessons", "课程")),
        None => chooser.lang.say("netsim: choose a lesson", "netsim:选择课程").to_owned(),
    };
    let inner = bordered(frame, chooser, &title, true, area);
    let columns = usize::from(inner.width);
    let mut rows: Vec<(Line, Option<usize>)> = Vec::new();
    let mut module = None;
    for n in chooser.listed(items) {
        let item = &items[n];
        if module != Some(&item.module) {
            module = Some(&item.module);
            let title = words::module(&item.module, chooser.lang);
            rows.push((vec![Piece::new(title, Style::Heading)], None));
        }
        rows.push((row(chooser, item, n, columns), Some(n)));
    }
    if rows.is_empty() {
        let text = chooser.lang.say("no lesson is called so", "没有这样的课程");
        rows.push((vec![Piece::new(text, Style::Dim)], None));
    }
    let at = rows.iter().position(|(_, n)| *n == Some(chooser.chosen)).unwrap_or(0);
    let high = usize::from(inner.height);
    let first = (at + 2).saturating_sub(high).min(rows.len().saturating_sub(high));
    for (place, (line, n)) in inner.rows().zip(rows.into_iter().skip(first)) {
        show(frame, chooser.theme, &[line], place);
        if let Some(n) = n {
            chooser.hits.add(place, Target::Row(n));
            if n == chooser.chosen {
                frame.buffer_mut().set_style(place, chooser.theme.selected());
            }
        }
    }
}

/// A lesson in one line: how far, its title, minutes, level.
fn row(chooser: &Chooser, item: &Item, n: usize, columns: usize) -> Line {
    let words = chooser.lang.words();
    let front = &item.lesson.front;
    let (mark, style, standing) = match chooser.standings[n] {
        Standing::New => (" ", Style::Plain, String::new()),
        Standing::Begun(_, 0) => ("…", Style::Ask, String::new()),
        Standing::Begun(passed, places) => ("…", Style::Ask, format!("{passed}/{places}")),
        Standing::Finished => ("✓", Style::Good, chooser.lang.say("done", "完成").to_owned()),
    };
    let minutes = match front.minutes {
        0 => String::new(),
        minutes => fill(words.minutes, &[&minutes]),
    };
    let facts = format!(
        "{} {} {}",
        padded(&standing, 5),
        padded(&minutes, 7),
        fill(words.level, &[&front.level])
    );
    let pointer = if n == chooser.chosen { "▸" } else { " " };
    let room = columns.saturating_sub(width(&facts) + 6);
    let title = shorten(&front.title, room);
    let gap = " ".repeat(room.saturating_sub(width(&title)) + 1);
    let (style, dim) = match n == chooser.chosen {
        true => (Style::Plain, Style::Plain),
        false => (style, Style::Dim),
    };
    vec![
        Piece::new(format!("{pointer} {mark} "), style),
        Piece::new(title, Style::Plain),
        Piece::new(format!("{gap}{facts}"), dim),
    ]
}

/// A text at the right of so many columns.
fn padded(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

fn about(frame: &mut Frame, chooser: &Chooser, items: &[Item], area: Rect) {
    let Some(item) = items.get(chooser.chosen) else { return };
    let front = &item.lesson.front;
    let inner = bordered(frame, chooser, &front.id, false, area);
    let columns = usize::from(inner.width).max(10);
    let words = chooser.lang.words();
    let mut lines = wrap(&[Piece::new(front.title.clone(), Style::Strong)], columns);
    let state = match chooser.standings[chooser.chosen] {
        Standing::Begun(..) => {
            Some(chooser.lang.say("begun: Enter goes on, r begins anew", "已开始:回车继续,r 重来"))
        }
        Standing::Finished => {
            Some(chooser.lang.say("gone through: r begins anew", "已完成:r 重来"))
        }
        Standing::New => None,
    };
    lines.extend(state.map(|text| vec![Piece::new(text, Style::Ask)]));
    if !front.goals.is_empty() {
        lines.push(vec![Piece::new(format!("{}:", words.goals), Style::Dim)]);
    }
    for goal in &front.goals {
        let goal = wrap(&[Piece::new(goal.clone(), Style::Plain)], columns.saturating_sub(2));
        for (n, line) in goal.into_iter().enumerate() {
            let lead = if n == 0 { "• " } else { "  " };
            lines.push([vec![Piece::new(lead, Style::Dim)], line].concat());
        }
    }
    if !front.needs.is_empty() {
        let text =
            format!("{} {}", chooser.lang.say("comes after", "先修"), front.needs.join(", "));
        lines.extend(wrap(&[Piece::new(text, Style::Dim)], columns));
    }
    show(frame, chooser.theme, &lines, inner);
}

fn status_line(frame: &mut Frame, chooser: &mut Chooser, area: Rect) {
    let mut line = Shown::default();
    if let Some(notice) = &chooser.notice {
        line.push_span(Span::styled(format!(" · {notice}"), chooser.theme.look(Style::Ask)));
    } else {
        let offers = [
            Action::Start,
            Action::Up,
            Action::Down,
            Action::Restart,
            Action::Find,
            Action::NextTheme,
            Action::Help,
            Action::Quit,
        ];
        let offers = offers.into_iter().filter_map(|action| {
            let entry = entry(action);
            Some((action, entry.key_in(&SCOPES)?.to_string(), entry.short(chooser.lang)))
        });
        for (action, place) in buttons(&mut line, offers, chooser.theme, area) {
            chooser.hits.add(place, Target::Act(action));
        }
    }
    frame.render_widget(line, area);
}
