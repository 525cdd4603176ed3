//! Lessons by name or from files, with their translations.

use std::path::Path;

use netsim_sim::engine::Seed;
use netsim_sim::lesson::{Lesson, catalogue};

use super::input::read;
use crate::text::words::Lang;

/// The lesson that is built in under a name, or in a file.
pub fn load(name: &str, lang: Lang, seed: Seed) -> Result<Lesson, String> {
    let path = Path::new(name);
    let is_file = path.is_file()
        || name.contains(std::path::MAIN_SEPARATOR)
        || path.extension().is_some_and(|extension| extension == "md");
    if is_file {
        return load_file(path, lang, seed);
    }
    match catalogue::find(name) {
        Ok(entry) => entry.lesson_for(lang.code(), seed).map_err(|error| error.to_string()),
        Err(Some(meant)) => Err(format!("there is no lesson '{name}'; did you mean '{meant}'?")),
        Err(None) => Err(format!("there is no lesson '{name}'; `netsim list` names them")),
    }
}

/// Reads a lesson from a file, with its translation beside it if there is one.
fn load_file(path: &Path, lang: Lang, seed: Seed) -> Result<Lesson, String> {
    let lesson = Lesson::parse_for(&path.display().to_string(), &read(path)?, seed)
        .map_err(|error| error.to_string())?;
    match beside(path, &lesson, lang)? {
        Some(translation) => lesson.translated(&translation).map_err(|error| error.to_string()),
        None => Ok(lesson),
    }
}

/// The translation beside a lesson's file.
fn beside(path: &Path, lesson: &Lesson, lang: Lang) -> Result<Option<Lesson>, String> {
    let other = path.with_extension(format!("{}.md", lang.code()));
    if lesson.front.lang == lang.code() || !other.is_file() {
        return Ok(None);
    }
    let translation = lesson.parse_translation(&other.display().to_string(), &read(&other)?);
    translation.map(Some).map_err(|error| error.to_string())
}

/// The translation of a lesson, built in or in a file, by itself.
pub fn translation(name: &str, lesson: &Lesson, lang: Lang) -> Result<Option<Lesson>, String> {
    let path = Path::new(name);
    if path.is_file() {
        return beside(path, lesson, lang);
    }
    let Ok(entry) = catalogue::find(name) else { return Ok(None) };
    let found = entry.translations.iter().find(|(known, ..)| known == lang.code());
    let read = found.map(|(_, file, source)| lesson.parse_translation(file, source));
    read.transpose().map_err(|error| error.to_string())
}
