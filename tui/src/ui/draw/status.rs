//! The last line: the time, the pace, and the keys that matter now, as buttons. How to get to the other
//! panes and to the help is always there.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line as Shown, Span};

use crate::text::{Style, width};
use crate::ui::action::{Action, entry};
use crate::ui::app::App;
use crate::ui::hits::Target;
use crate::ui::session::Pace;
use crate::ui::theme::Theme;

/// Draws it.
pub fn draw(frame: &mut Frame, app: &mut App, area: Rect) {
    let pace = match app.session.pace {
        _ if app.frozen => app.lang.say("FROZEN", "已冻结").to_owned(),
        _ if app.session.looking.is_some() => app.lang.say("◀ the past", "◀ 回看").to_owned(),
        Pace::Paused => app.lang.say("paused", "暂停").to_owned(),
        Pace::Fast => app.lang.say("fast", "全速").to_owned(),
        Pace::Times(times) => format!("×{times}"),
    };
    let (_, at) = app.session.moment();
    let mut line = Shown::from(vec![
        Span::styled(format!(" {at} "), app.theme.look(Style::Strong)),
        Span::styled(format!("{pace} "), app.theme.look(Style::Ask)),
    ]);
    let said = match (&app.complaint, &app.notice) {
        (Some(complaint), _) => Some((format!("! {complaint}"), Style::Bad)),
        (None, Some(notice)) => Some((format!("· {notice}"), Style::Good)),
        (None, None) => None,
    };
    if let Some((text, style)) = said {
        line.push_span(Span::styled(text, app.theme.look(style)));
    } else {
        let scopes = app.focus.scopes();
        let button = |action: Action| {
            let entry = entry(action);
            Some((action, entry.key_in(scopes)?.to_string(), entry.short(app.lang)))
        };
        let is_kept = |action: &Action| matches!(action, Action::NextPane | Action::Help);
        let (kept, others): (Vec<Action>, Vec<Action>) =
            app.offers().into_iter().partition(is_kept);
        let kept: Vec<_> = kept.into_iter().filter_map(button).collect();
        let wide: usize = kept.iter().map(|(_, key, text)| width(key) + width(text) + 3).sum();
        let room = Rect { width: area.width.saturating_sub(wide as u16), ..area };
        let others = others.into_iter().filter_map(button);
        let mut places = buttons(&mut line, others, app.theme, room);
        places.extend(buttons(&mut line, kept.into_iter(), app.theme, area));
        for (action, place) in places {
            app.hits.add(place, Target::Act(action));
        }
    }
    frame.render_widget(line, area);
}

/// Adds buttons to a line as far as there is room; where each is.
pub fn buttons(
    line: &mut Shown,
    buttons: impl Iterator<Item = (Action, String, &'static str)>,
    theme: Theme,
    area: Rect,
) -> Vec<(Action, Rect)> {
    let mut places = Vec::new();
    for (action, key, text) in buttons {
        let from = line.width() + 1;
        let wide = width(&key) + 1 + width(text);
        if from + wide > usize::from(area.width) {
            break;
        }
        line.push_span(" ");
        line.push_span(Span::styled(key, theme.look(Style::Strong)));
        line.push_span(Span::styled(format!(" {text} "), theme.look(Style::Dim)));
        let place = Rect { x: area.x + from as u16, width: wide as u16, ..area };
        places.push((action, place.intersection(area)));
    }
    places
}
