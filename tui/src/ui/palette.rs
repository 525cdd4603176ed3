//! The palette: everything that can be done and every place where one can type, by name, with fuzzy
//! search.

use std::cmp::Reverse;

use netsim_sim::reach::Protocol;
use netsim_sim::trace::HostId;
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::action::{Entry, Group, rows};
use super::reach;
use crate::text::words::Lang;

/// A machine, or a container on it: where one can type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The machine.
    pub host: HostId,
    /// The container.
    pub container: Option<String>,
    /// `docker-1`, `docker-1/web`.
    pub name: String,
}

/// Something that fits to what is typed.
#[derive(Debug, Clone)]
pub enum Choice {
    /// To do something.
    Do(&'static Entry),
    /// To type somewhere.
    Go(Place),
    /// To ask who reaches whom by these.
    Reach(Vec<Protocol>),
}

impl Choice {
    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Choice::Do(entry) => entry.name,
            Choice::Go(place) => &place.name,
            Choice::Reach(_) => "reach",
        }
    }

    /// A sentence about it.
    pub fn help(&self, lang: Lang) -> &'static str {
        match self {
            Choice::Do(entry) => entry.help(lang),
            Choice::Go(Place { container: None, .. }) => {
                lang.say("the terminal of this machine", "这台机器的终端")
            }
            Choice::Reach(_) => lang.say("ask everyone about everyone by these", "用这些互相询问"),
            Choice::Go(_) => lang.say("a shell in this container", "在这个容器里打开终端"),
        }
    }
}

/// What is typed, and what is chosen of what fits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Palette {
    /// What is typed.
    pub query: String,
    /// Which of what fits is chosen.
    pub chosen: usize,
    /// Where one can type.
    places: Vec<Place>,
}

impl Palette {
    /// With places to go to.
    pub fn new(places: Vec<Place>) -> Palette {
        Palette { places, ..Palette::default() }
    }

    /// What fits, the best first; everything, if nothing is typed.
    pub fn fits(&self, lang: Lang) -> Vec<Choice> {
        let pattern = Pattern::parse(&self.query, CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut letters = Vec::new();
        let mut score = |text: &str| {
            pattern.score(Utf32Str::new(text, &mut letters), &mut matcher).unwrap_or(0)
        };
        let actions = rows::all().filter(|entry| entry.group != Group::Chooser).map(Choice::Do);
        let places = self.places.iter().cloned().map(Choice::Go);
        let mut found: Vec<(u32, Choice)> = actions
            .chain(places)
            .map(|choice| {
                let short = match &choice {
                    Choice::Do(entry) => score(entry.short(lang)),
                    Choice::Go(_) | Choice::Reach(_) => 0,
                };
                // Names count double: who types one wants it.
                let name = score(choice.name()) * 2;
                (name.max(short).max(score(choice.help(lang)) / 2), choice)
            })
            .filter(|(score, _)| *score > 0 || self.query.trim().is_empty())
            .collect();
        found.sort_by_key(|(score, _)| Reverse(*score));
        // Letters that only happen to be there in this order are not meant.
        let least = found.first().map_or(0, |(best, _)| best / 3);
        found.retain(|(score, _)| *score >= least);
        let words = self.query.trim().strip_prefix("reach ");
        let by = words.and_then(|words| reach::parse(words).ok()).map(Choice::Reach);
        by.into_iter().chain(found.into_iter().map(|(_, choice)| choice)).collect()
    }

    /// A character was typed.
    pub fn push(&mut self, c: char) {
        self.query.push(c);
        self.chosen = 0;
    }

    /// The last character is removed; false if there is none.
    pub fn pop(&mut self) -> bool {
        self.chosen = 0;
        self.query.pop().is_some()
    }

    /// Chooses another one.
    pub fn move_by(&mut self, by: isize, lang: Lang) {
        let last = self.fits(lang).len().saturating_sub(1);
        self.chosen = self.chosen.saturating_add_signed(by).min(last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(query: &str, lang: Lang) -> Option<String> {
        let place = Place {
            host: HostId(0),
            container: Some("web".to_owned()),
            name: "docker-1/web".to_owned(),
        };
        let palette = Palette { query: query.into(), ..Palette::new(vec![place]) };
        palette.fits(lang).first().map(|choice| choice.name().to_owned())
    }

    #[test]
    fn a_few_letters_find_an_action() {
        assert_eq!(best("stbk", Lang::En).as_deref(), Some("step-back"));
        assert_eq!(best("step-back", Lang::En).as_deref(), Some("step-back"));
        assert_eq!(best("dark terminal", Lang::En).as_deref(), Some("theme-dark"));
        assert_eq!(best("后退", Lang::Zh).as_deref(), Some("step-back"));
        assert_eq!(best("web", Lang::En).as_deref(), Some("docker-1/web"));
        assert_eq!(best("xyzzyq", Lang::En), None);
    }

    #[test]
    fn with_nothing_typed_everything_is_there() {
        let all = rows::all().filter(|entry| entry.group != Group::Chooser).count();
        assert_eq!(Palette::default().fits(Lang::En).len(), all);
    }
}
