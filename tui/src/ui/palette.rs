//! The palette: everything that can be done, by name, with fuzzy search.

use std::cmp::Reverse;

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::action::{Entry, Group, rows};
use crate::text::words::Lang;

/// What is typed, and what is chosen of what fits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Palette {
    /// What is typed.
    pub query: String,
    /// Which of what fits is chosen.
    pub chosen: usize,
}

impl Palette {
    /// What fits, the best first; everything, if nothing is typed.
    pub fn fits(&self, lang: Lang) -> Vec<&'static Entry> {
        let pattern = Pattern::parse(&self.query, CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut letters = Vec::new();
        let mut score = |text: &str| {
            pattern.score(Utf32Str::new(text, &mut letters), &mut matcher).unwrap_or(0)
        };
        let mut found: Vec<(u32, &'static Entry)> = rows::all()
            .filter(|entry| entry.group != Group::Chooser)
            .map(|entry| {
                // Names count double: who types one wants it.
                let name = score(entry.name) * 2;
                (name.max(score(entry.short(lang))).max(score(entry.help(lang)) / 2), entry)
            })
            .filter(|(score, _)| *score > 0 || self.query.trim().is_empty())
            .collect();
        found.sort_by_key(|(score, _)| Reverse(*score));
        // Letters that only happen to be there in this order are not meant.
        let least = found.first().map_or(0, |(best, _)| best / 3);
        found.retain(|(score, _)| *score >= least);
        found.into_iter().map(|(_, entry)| entry).collect()
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
    use crate::ui::action::Action;

    fn best(query: &str, lang: Lang) -> Option<Action> {
        let palette = Palette { query: query.into(), chosen: 0 };
        palette.fits(lang).first().map(|entry| entry.action)
    }

    #[test]
    fn a_few_letters_find_an_action() {
        assert_eq!(best("stbk", Lang::En), Some(Action::StepBack));
        assert_eq!(best("step-back", Lang::En), Some(Action::StepBack));
        assert_eq!(best("colours for a dark", Lang::En).map(|_| ()), Some(()));
        assert_eq!(best("后退", Lang::Zh), Some(Action::StepBack));
        assert_eq!(best("xyzzyq", Lang::En), None);
    }

    #[test]
    fn with_nothing_typed_everything_is_there() {
        let all = rows::all().filter(|entry| entry.group != Group::Chooser).count();
        assert_eq!(Palette::default().fits(Lang::En).len(), all);
    }
}
