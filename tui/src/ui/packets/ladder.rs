//! The way of a packet from layer to layer: what each decided, by which row or rule, what changed in the
//! bytes; and where it was lost, what can be done.

use netsim_sim::kernel::step::Layer;
use netsim_sim::trace::telling::{Detail, Mood, Told};
use netsim_sim::world::remedy::Remedy;

use super::headers;
use super::way::Way;
use crate::text::words::Lang;
use crate::text::wrap::wrap;
use crate::text::{Line, Piece, Style, fields, reasons, telling, width};
use crate::ui::session::Session;

/// Columns of the label behind the rungs.
const LABEL: usize = 16;

/// Where one is on the way.
#[derive(Default)]
pub struct Ladder {
    /// Whether rules that did not match are told one by one.
    pub detail: Detail,
    /// Which stop is chosen.
    pub chosen: usize,
    /// Lines that are scrolled away above.
    pub scroll: usize,
    /// Whether the next picture brings the chosen stop into view.
    follows: bool,
    /// What can be done about the loss of this record.
    remedy: Option<(u64, Remedy)>,
}

impl Ladder {
    /// Another packet: its beginning, or the place where it was lost.
    pub fn begin(&mut self, way: &Way) {
        let place = way.lost.and_then(|seq| way.told.iter().position(|told| told.seq == seq));
        let lost = place.or_else(|| way.told.iter().position(|told| told.mood == Mood::Gone));
        let arrived = way.told.iter().any(|told| told.mood == Mood::Arrived);
        self.chosen = lost.filter(|_| !arrived).unwrap_or(0);
        self.scroll = 0;
        self.follows = true;
    }

    /// Chooses another stop.
    pub fn choose(&mut self, by: isize, way: &Way) {
        let last = way.told.len().saturating_sub(1);
        self.chosen = self.chosen.saturating_add_signed(by).min(last);
        self.follows = true;
    }

    /// With every rule that was tried, or without.
    pub fn toggle_rules(&mut self) {
        self.detail = if self.detail == Detail::Way { Detail::Rules } else { Detail::Way };
        self.follows = true;
    }

    /// Finds out what can be done at the chosen stop.
    pub fn prepare(&mut self, way: &Way, session: &mut Session) {
        let chosen = way.told.get(self.chosen.min(way.told.len().saturating_sub(1)));
        let Some(told) = chosen else { return };
        if self.remedy.as_ref().is_some_and(|(seq, _)| *seq == told.seq) {
            return;
        }
        self.remedy =
            way.lost_at(told.seq).map(|lost| (told.seq, session.player.world.remedy(lost)));
    }

    /// What can be done at the chosen stop.
    pub fn remedy(&self) -> Option<&Remedy> {
        self.remedy.as_ref().map(|(_, remedy)| remedy)
    }

    /// The way as lines, scrolled so that the chosen stop is seen; with each line, its stop.
    pub fn lines(
        &mut self,
        way: &Way,
        names: &dyn Fn(u16) -> String,
        seen: Option<u64>,
        lang: Lang,
        columns: usize,
        rows: usize,
    ) -> Vec<(Line, Option<usize>)> {
        let mut lines: Vec<(Line, Option<usize>)> = Vec::new();
        lines.push((made_by(way, lang), None));
        let mut place = "";
        let (mut from, mut to) = (0, 0);
        for (n, told) in way.told.iter().enumerate() {
            if place != way.places[n] {
                place = &way.places[n];
                let layers = Piece::new("4321 ", Style::Dim);
                let name = Piece::new(place, Style::Strong);
                lines.push((vec![layers, name], None));
            }
            let is_chosen = n == self.chosen;
            // What happens only later than the moment that one looks at.
            let is_later = seen.is_some_and(|seq| told.seq >= seq);
            if is_chosen {
                from = lines.len();
            }
            for line in rung(told, is_chosen, is_later, lang, columns) {
                lines.push((line, Some(n)));
            }
            if is_chosen {
                let more = self.details(way, n, names, lang, columns.saturating_sub(8));
                for line in more {
                    let mut full = vec![Piece::new("      ┃ ", Style::Explain)];
                    full.extend(line);
                    lines.push((full, Some(n)));
                }
                to = lines.len();
            }
        }
        if self.follows {
            let lowest = to.saturating_sub(rows);
            self.scroll = self.scroll.clamp(lowest.min(from), from);
            self.follows = false;
        }
        self.scroll = self.scroll.min(lines.len().saturating_sub(rows));
        lines.into_iter().skip(self.scroll).take(rows).collect()
    }

    /// What is shown below the chosen stop.
    fn details(
        &self,
        way: &Way,
        n: usize,
        names: &dyn Fn(u16) -> String,
        lang: Lang,
        columns: usize,
    ) -> Vec<Line> {
        let told = &way.told[n];
        let mut lines = Vec::new();
        let mut time = way.times[n].to_string();
        if n > 0 {
            time += &format!("  (+{})", way.times[n] - way.times[n - 1]);
        }
        lines.push(vec![Piece::new(time, Style::Dim)]);
        if let Some(frame) = way.frame_of(told) {
            let (outer, inner) = headers::boxes(&way.frames[frame].headers, lang);
            let around = way.frames[frame].wrapping();
            let mut line = outer;
            if around > 0 {
                let text = format!("▏⟵ {around} {} ", lang.say("bytes around", "字节外层"));
                line.push(Piece::new(text, Style::Wrapping));
            }
            line.extend(inner);
            lines.push(line);
            if let Some(before) = frame.checked_sub(1) {
                for change in way.changes(frame, before) {
                    lines.extend(wrap(
                        &[
                            Piece::new(
                                format!(
                                    "» {} {}: ",
                                    change.header,
                                    fields::name(change.field, lang)
                                ),
                                Style::Ask,
                            ),
                            Piece::new(change.before, Style::Dim),
                            Piece::new(" → ", Style::Dim),
                            Piece::new(change.after, Style::Strong),
                        ],
                        columns,
                    ));
                }
            }
        }
        if let (Some(lost), Some(remedy)) = (way.lost_at(told.seq), self.remedy()) {
            let sentence = reasons::sentence(lost.reason, lang);
            lines.extend(wrap(&[Piece::new(sentence, Style::Bad)], columns));
            for command in &remedy.look {
                lines.extend(wrap(
                    &[
                        Piece::new(lang.say("look: ", "查看:"), Style::Dim),
                        Piece::new(format!("{}$ ", names(command.host.0)), Style::Prompt),
                        Piece::new(command.line.clone(), Style::Code),
                    ],
                    columns,
                ));
            }
            if let Some(cure) = &remedy.cure {
                lines.extend(wrap(
                    &[
                        Piece::new(lang.say("cure: ", "修复:"), Style::Ask),
                        Piece::new(format!("{}$ ", names(cure.host.0)), Style::Prompt),
                        Piece::new(cure.line.clone(), Style::Typed),
                        Piece::new(
                            lang.say(
                                "   c types it for you; Enter runs it",
                                "   按 c 替你输入,回车才执行",
                            ),
                            Style::Dim,
                        ),
                    ],
                    columns,
                ));
            }
        }
        lines
    }
}

fn made_by(way: &Way, lang: Lang) -> Line {
    vec![
        Piece::new("●··· ", Style::Dim),
        Piece::new(lang.say("made by ", "由 "), Style::Dim),
        Piece::new(way.made_by.clone(), Style::Code),
        Piece::new(lang.say("", " 产生"), Style::Dim),
    ]
}

/// A stop on its rung: the application at the left, the wire at the right.
fn rung(told: &Told, is_chosen: bool, is_later: bool, lang: Lang, columns: usize) -> Vec<Line> {
    let depth = match told.layer {
        Layer::L4 => 0,
        Layer::L3 | Layer::Filter => 1,
        Layer::L2 => 2,
        Layer::L1 => 3,
    };
    let (glyph, style) = match told.mood {
        _ if is_later => ('○', Style::Dim),
        Mood::Passing if told.layer == Layer::Filter => ('◇', Style::Plain),
        Mood::Passing => ('●', Style::Plain),
        Mood::Changing => ('◆', Style::Emphasis),
        Mood::Arrived => ('✓', Style::Good),
        Mood::Gone => ('✗', Style::Bad),
    };
    let marks: String = (0..4).map(|n| if n == depth { glyph } else { '·' }).collect();
    let label = if is_chosen { Style::Chosen } else { Style::Dim };
    let name = telling::label(told, lang);
    let pad = " ".repeat(LABEL.saturating_sub(width(name)));
    let lead = LABEL.max(width(name)) + 6;
    let text = [Piece::new(telling::sentence(&told.said, lang), style)];
    let wrapped = wrap(&text, columns.saturating_sub(lead).max(12));
    let lines = wrapped.into_iter().enumerate().map(|(n, line)| {
        let mut full = match n {
            0 => vec![
                Piece::new(format!("{marks} "), if is_later { Style::Dim } else { style }),
                Piece::new(name, label),
                Piece::new(format!("{pad} "), Style::Plain),
            ],
            _ => vec![Piece::new(" ".repeat(lead), Style::Plain)],
        };
        full.extend(line);
        full
    });
    lines.collect()
}
