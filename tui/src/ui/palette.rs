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

/// How well something fits, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// It is called so.
    Whole,
    /// Its name begins so.
    Beginning,
    /// A word of its name begins so.
    Word,
    /// It is somewhere in its name.
    Inside,
    /// Words of the sentence about it begin so.
    Sentence,
    /// The letters are in its name in this order; the better the lower.
    Letters(Reverse<u32>),
}

/// How well something fits; `None` if it does not.
fn fit(choice: &Choice, query: &str, lang: Lang, letters: &mut Letters) -> Option<Fit> {
    let short = match choice {
        Choice::Do(entry) => entry.short(lang).to_lowercase(),
        Choice::Go(_) | Choice::Reach(_) => String::new(),
    };
    let name = choice.name().to_lowercase();
    let names = [name.as_str(), short.as_str()];
    let any = |is: &dyn Fn(&str) -> bool| names.iter().any(|name| is(name));
    let has_word = |text: &str, begin: &str| text.split(SEPARATORS).any(|it| it.starts_with(begin));
    let help = choice.help(lang).to_lowercase();
    // Chinese is written without spaces.
    let tells = |word: &str| has_word(&help, word) || (!word.is_ascii() && help.contains(word));
    Some(match () {
        () if any(&|name| name == query) => Fit::Whole,
        () if any(&|name| name.starts_with(query)) => Fit::Beginning,
        () if any(&|name| has_word(name, query)) => Fit::Word,
        () if any(&|name| name.contains(query)) => Fit::Inside,
        () if query.split_whitespace().all(tells) => Fit::Sentence,
        () => Fit::Letters(Reverse(letters.score(&name)?)),
    })
}

/// What stands between the words of names.
const SEPARATORS: [char; 8] = [' ', '-', '/', ',', ':', ';', '(', '_'];

/// Letters that are sought in this order, not side by side.
struct Letters {
    pattern: Pattern,
    matcher: Matcher,
    buffer: Vec<char>,
}

impl Letters {
    fn new(query: &str) -> Letters {
        let pattern = Pattern::parse(query, CaseMatching::Ignore, Normalization::Smart);
        Letters { pattern, matcher: Matcher::new(Config::DEFAULT), buffer: Vec::new() }
    }

    fn score(&mut self, text: &str) -> Option<u32> {
        self.pattern.score(Utf32Str::new(text, &mut self.buffer), &mut self.matcher)
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
        let query = self.query.trim().to_lowercase();
        let actions = rows::all().filter(|entry| entry.group != Group::Chooser).map(Choice::Do);
        let all = actions.chain(self.places.iter().cloned().map(Choice::Go));
        if query.is_empty() {
            return all.collect();
        }
        let mut letters = Letters::new(&query);
        let fit = |choice: Choice| Some((fit(&choice, &query, lang, &mut letters)?, choice));
        let mut found: Vec<(Fit, Choice)> = all.filter_map(fit).collect();
        found.sort_by_key(|(fit, _)| *fit);
        // Letters that only happen to be there in this order are not meant if a word is.
        let is_word = |fit: Fit| !matches!(fit, Fit::Letters(_));
        if found.first().is_some_and(|(best, _)| is_word(*best)) {
            found.retain(|(fit, _)| is_word(*fit));
        }
        let by = query.strip_prefix("reach ").and_then(|words| reach::parse(words).ok());
        let by = by.map(Choice::Reach);
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
    fn beginnings_come_before_words_and_words_before_letters() {
        let names = |query: &str| -> Vec<&str> {
            let palette = Palette { query: query.into(), ..Palette::default() };
            let fits = palette.fits(Lang::En).into_iter();
            fits.map(|choice| match choice {
                Choice::Do(entry) => entry.name,
                Choice::Go(_) | Choice::Reach(_) => "",
            })
            .collect()
        };
        assert_eq!(names("step")[..2], ["step", "step-back"]);
        assert_eq!(names("bre")[0], "break");
        assert!(names("theme").iter().all(|name| name.contains("theme")), "{:?}", names("theme"));
        assert_eq!(names("thdk"), ["theme-dark"], "letters only where no word fits");
    }

    #[test]
    fn with_nothing_typed_everything_is_there() {
        let all = rows::all().filter(|entry| entry.group != Group::Chooser).count();
        assert_eq!(Palette::default().fits(Lang::En).len(), all);
    }
}
