//! The lessons that can be chosen: the built-in ones, the sandbox, and one that somebody brought.

use netsim_sim::engine::Seed;
use netsim_sim::lesson::{Lesson, LessonError, catalogue};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::store::{Saved, Store};
use crate::text::words::Lang;

/// A lesson on the shelf.
pub struct Item {
    /// What it belongs to.
    pub module: String,
    /// The lesson.
    pub lesson: Lesson,
}

/// How far somebody has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Not begun.
    New,
    /// So many places passed of so many.
    Begun(usize, usize),
    /// Gone through.
    Finished,
}

impl Standing {
    /// What is kept of a lesson.
    pub fn of(store: &Store, lesson: &str) -> Standing {
        store.load(lesson).map_or(Standing::New, |saved| Standing::from(&saved))
    }
}

impl From<&Saved> for Standing {
    fn from(saved: &Saved) -> Standing {
        match saved.finished && saved.record.places > 0 {
            true => Standing::Finished,
            false => Standing::Begun(saved.record.passed, saved.record.places),
        }
    }
}

/// All lessons in a language, by module, in the order in which they are taught. A lesson that somebody
/// brought comes first; its place is returned, too.
pub fn shelf(
    brought: Option<Lesson>,
    lang: Lang,
    seed: Seed,
) -> Result<(Vec<Item>, Option<usize>), LessonError> {
    let item = |module: &str, lesson: Lesson| Item { module: module.to_owned(), lesson };
    let mut items = Vec::new();
    for entry in catalogue::entries() {
        items.push(item(&entry.module, entry.lesson_for(lang.code(), seed)?));
    }
    let free = lang.say("On your own", "自由练习");
    items.push(item(free, catalogue::sandbox().lesson(lang.code())?));
    let Some(brought) = brought else { return Ok((items, None)) };
    let is_same = |item: &Item| item.lesson.source == brought.source;
    let at = match items.iter().position(is_same) {
        Some(at) => at,
        None => {
            items.insert(0, item(lang.say("yours", "自带"), brought));
            0
        }
    };
    Ok((items, Some(at)))
}

/// The places of the lessons that fit to a few letters, in their order.
pub fn found(items: &[Item], query: &str) -> Vec<usize> {
    let pattern = Pattern::parse(query, CaseMatching::Ignore, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut letters = Vec::new();
    let mut fits = |item: &Item| {
        let front = &item.lesson.front;
        let text = format!("{} {} {}", item.module, front.id, front.title);
        pattern.score(Utf32Str::new(&text, &mut letters), &mut matcher).is_some()
    };
    (0..items.len()).filter(|n| fits(&items[*n])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_letters_find_a_lesson_and_a_file_comes_first() {
        let (items, at) = shelf(None, Lang::Zh, Seed(1)).unwrap();
        assert_eq!(at, None);
        let ids = |query| -> Vec<&str> {
            found(&items, query).into_iter().map(|n| &*items[n].lesson.front.id).collect()
        };
        assert_eq!(ids("ovisol"), ["overlay-isolation"]);
        assert_eq!(ids("自由练"), ["sandbox"]);
        assert_eq!(ids("").len(), items.len());
        let mut own = items[0].lesson.clone();
        own.source.push('\n');
        let (items, at) = shelf(Some(own), Lang::En, Seed(1)).unwrap();
        assert_eq!((at, &*items[0].module), (Some(0), "yours"));
    }
}
