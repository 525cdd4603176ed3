//! The lessons that are built in: `scenarios/<module>/<id>.md`, translations `<id>.<lang>.md`.

use include_dir::{Dir, include_dir};

use super::{Lesson, LessonError};
use crate::engine::Seed;
use crate::world::suggest::suggestion;

static SCENARIOS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/scenarios");

/// A lesson that is built in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The folder: what it belongs to.
    pub module: String,
    /// Its name.
    pub id: String,
    /// Its file, as it stands in the repository.
    pub file: String,
    /// Its text.
    pub source: &'static str,
    /// Its translations: language, file, text.
    pub translations: Vec<(String, String, &'static str)>,
}

impl Entry {
    /// Reads it in a language; in its own if there is no translation.
    pub fn lesson(&self, lang: &str) -> Result<Lesson, LessonError> {
        self.lesson_for(lang, Seed::default())
    }

    /// Reads it in a language as it is for a seed.
    pub fn lesson_for(&self, lang: &str, seed: Seed) -> Result<Lesson, LessonError> {
        let lesson = Lesson::parse_for(&self.file, self.source, seed)?;
        if lesson.front.lang == lang {
            return Ok(lesson);
        }
        match self.translations.iter().find(|(known, ..)| known == lang) {
            Some((_, file, source)) => lesson.translated(&lesson.parse_translation(file, source)?),
            None => Ok(lesson),
        }
    }
}

/// All built-in lessons, by module and then in the order in which they are taught.
pub fn entries() -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for module in SCENARIOS.dirs() {
        let name = module.path().to_string_lossy().into_owned();
        let mut files: Vec<(String, String, &'static str)> = module
            .files()
            .filter_map(|file| {
                let stem = file.path().file_name()?.to_str()?.strip_suffix(".md")?.to_owned();
                let path = format!("scenarios/{}", file.path().to_string_lossy());
                Some((stem, path, file.contents_utf8()?))
            })
            .collect();
        files.sort();
        let (translated, base): (Vec<_>, Vec<_>) =
            files.into_iter().partition(|(stem, ..)| stem.contains('.'));
        for (id, file, source) in base {
            let translations = translated
                .iter()
                .filter_map(|(stem, file, source)| {
                    let (own, lang) = stem.split_once('.')?;
                    (own == id).then(|| (lang.to_owned(), file.clone(), *source))
                })
                .collect();
            entries.push(Entry { module: name.clone(), id, file, source, translations });
        }
    }
    entries.sort_by(|a, b| (&a.module, &a.id).cmp(&(&b.module, &b.id)));
    in_teaching_order(entries)
}

/// Machines with nothing to do on them: what stands beside the modules.
pub fn sandbox() -> Entry {
    let text = |name: &str| {
        let file = SCENARIOS.get_file(name).and_then(|file| file.contents_utf8());
        file.expect("a test reads it, and it is built in")
    };
    Entry {
        module: String::new(),
        id: "sandbox".to_owned(),
        file: "scenarios/sandbox.md".to_owned(),
        source: text("sandbox.md"),
        translations: vec![(
            "zh".to_owned(),
            "scenarios/sandbox.zh.md".to_owned(),
            text("sandbox.zh.md"),
        )],
    }
}

/// A lesson comes behind those that it needs.
fn in_teaching_order(entries: Vec<Entry>) -> Vec<Entry> {
    let mut left: Vec<(Entry, Vec<String>)> =
        entries.into_iter().map(|entry| (entry.clone(), needs(&entry))).collect();
    let mut sorted: Vec<Entry> = Vec::new();
    while !left.is_empty() {
        let is_ready = |(_, needs): &(Entry, Vec<String>)| {
            needs.iter().all(|need| !left.iter().any(|(other, _)| other.id == *need))
        };
        // Lessons that need each other come as they are.
        let at = left.iter().position(is_ready).unwrap_or(0);
        // A module stays together.
        let module = sorted.last().map(|last: &Entry| last.module.clone());
        let near = left
            .iter()
            .position(|lesson| Some(&lesson.0.module) == module.as_ref() && is_ready(lesson))
            .unwrap_or(at);
        sorted.push(left.remove(near).0);
    }
    sorted
}

/// What a lesson needs: the same for every seed.
fn needs(entry: &Entry) -> Vec<String> {
    Lesson::parse(&entry.file, entry.source).map(|lesson| lesson.front.needs).unwrap_or_default()
}

/// The built-in lesson with this name, or the name that may have been meant.
pub fn find(name: &str) -> Result<Entry, Option<String>> {
    let mut entries = entries();
    entries.push(sandbox());
    if let Some(entry) = entries.iter().find(|entry| entry.id == name) {
        return Ok(entry.clone());
    }
    Err(suggestion(name, entries.iter().map(|entry| entry.id.as_str())).map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lesson_and_translation_is_sound() {
        let mut entries = entries();
        assert!(!entries.is_empty());
        entries.push(sandbox());
        for entry in &entries {
            let lesson = entry.lesson("en").unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(lesson.front.id, entry.id, "{} is not named after its id", entry.file);
            for (lang, ..) in &entry.translations {
                let lesson = entry.lesson(lang).unwrap_or_else(|error| panic!("{error}"));
                assert_eq!(&lesson.front.lang, lang);
            }
        }
    }

    #[test]
    fn what_a_lesson_needs_is_taught_before() {
        let entries = entries();
        let place = |id: &str| entries.iter().position(|entry| entry.id == id);
        for entry in &entries {
            for need in needs(entry) {
                assert!(place(&need) < place(&entry.id), "{} needs {need}", entry.id);
                assert!(place(&need).is_some(), "{} needs {need}, which is not there", entry.id);
            }
        }
    }

    #[test]
    fn a_mistyped_name_is_recognised() {
        assert_eq!(find("overlay-isolatoin").unwrap_err().as_deref(), Some("overlay-isolation"));
        assert!(find("zzz").unwrap_err().is_none());
    }
}
