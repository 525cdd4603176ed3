//! The facts at the head of a lesson: TOML between two `+++` lines.

use indexmap::IndexMap;
use serde::Deserialize;

use super::LessonError;
use crate::world::suggest::suggestion;
use crate::world::topology::Topology;

/// The facts of a lesson.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Front {
    /// The version of the format; 1.
    pub schema: u32,
    /// Its name, for ever.
    pub id: String,
    /// `en`, `zh`.
    #[serde(default = "english")]
    pub lang: String,
    /// Its title.
    pub title: String,
    /// `tutorial`, `fix`, `quiz` or `demo`.
    #[serde(default)]
    pub kind: String,
    /// Difficulty, 1 to 4.
    #[serde(default)]
    pub level: u32,
    /// How long it takes in class.
    #[serde(default)]
    pub minutes: u32,
    /// What a learner can do afterwards.
    #[serde(default)]
    pub goals: Vec<String>,
    /// Lessons that come before.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Which engine: `docker-20.10-kv`, `linux`.
    #[serde(default)]
    pub engine: String,
    /// The machines.
    #[serde(default)]
    pub topology: Topology,
    /// Values that differ from student to student.
    #[serde(default)]
    pub vary: IndexMap<String, toml::Value>,
    /// What runs before the lesson.
    #[serde(default)]
    pub setup: Setup,
    /// What is broken.
    #[serde(default)]
    pub fault: Vec<toml::Table>,
    /// What the screen shows.
    #[serde(default)]
    pub ui: toml::Table,
    /// How it is graded.
    #[serde(default)]
    pub grade: toml::Table,
}

/// What runs before the lesson.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// Lines `HOST$ command`.
    #[serde(default)]
    pub run: Vec<String>,
}

fn english() -> String {
    "en".to_owned()
}

const KEYS: [&str; 16] = [
    "schema", "id", "lang", "title", "kind", "level", "minutes", "goals", "needs", "engine",
    "topology", "vary", "setup", "fault", "ui", "grade",
];

/// The engines that are simulated.
const ENGINES: [&str; 3] = ["docker-20.10-kv", "docker-20.10", "linux"];

/// Lines of TOML that are read: a head is short.
const MAX_LEN: usize = 256 << 10;

/// Reads the head of a lesson; the line on which the rest begins, from 0.
pub fn parse(file: &str, source: &str) -> Result<(Front, usize), LessonError> {
    let mut lines = source.lines();
    let first = lines.next().unwrap_or("").trim_start_matches('\u{feff}').trim_end();
    if first != "+++" {
        let error = LessonError::new(file, source, 1, "a lesson begins with a line '+++'");
        return Err(error.with_hint(Some("write its facts in TOML between two such lines".into())));
    }
    let Some(end) = lines.position(|line| line.trim_end() == "+++") else {
        let error = LessonError::new(file, source, 1, "the facts that begin here have no end");
        return Err(error.with_hint(Some("a second line '+++' ends them".into())));
    };
    let text: String = source.lines().skip(1).take(end).map(|line| format!("{line}\n")).collect();
    if text.len() > MAX_LEN {
        return Err(LessonError::new(file, source, 2, "the facts of a lesson are too long"));
    }
    let front: Front =
        toml::from_str(&text).map_err(|error| toml_error(file, source, &text, &error))?;
    check(file, source, &front)?;
    // Mistakes in the machines are found with their place.
    if !front.topology.is_empty()
        && let Err(error) = front.topology.check(&text)
    {
        let line = error.line.map_or(1, |line| line + 1);
        let lesson = LessonError::new(file, source, line, error.message.clone());
        return Err(lesson.at_column(error.column.unwrap_or(0)).with_hint(error.hint));
    }
    Ok((front, end + 2))
}

/// An error of the TOML reader, with a suggestion if a key was mistyped.
fn toml_error(file: &str, source: &str, text: &str, error: &toml::de::Error) -> LessonError {
    let offset = error.span().map_or(0, |span| span.start.min(text.len()));
    let before = &text[..offset];
    let line = before.matches('\n').count() + 2;
    let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
    let message = error.message().lines().next().unwrap_or_default().to_owned();
    let unknown = message.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next());
    let hint = unknown.and_then(|word| {
        suggestion(word, KEYS.iter().copied()).map(|known| format!("did you mean '{known}'?"))
    });
    let width = error.span().map_or(1, |span| span.end.saturating_sub(span.start).clamp(1, 40));
    let mut lesson = LessonError::new(file, source, line, message).at_column(column);
    lesson.width = width;
    lesson.with_hint(hint)
}

fn check(file: &str, source: &str, front: &Front) -> Result<(), LessonError> {
    let line_of = |key: &str| {
        source.lines().position(|line| line.trim_start().starts_with(key)).map_or(1, |n| n + 1)
    };
    let wrong = |key: &str, message: String| {
        Err(LessonError::new(file, source, line_of(key), message).at_word(key))
    };
    if front.schema != 1 {
        return wrong("schema", format!("this netsim reads schema 1, not {}", front.schema));
    }
    let is_id = !front.id.is_empty()
        && front.id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !is_id {
        return wrong("id", "an id has small letters, digits and dashes".to_owned());
    }
    if !front.engine.is_empty() && !ENGINES.contains(&front.engine.as_str()) {
        return wrong(
            "engine",
            format!(
                "netsim does not simulate the engine '{}'; it has {}",
                front.engine,
                ENGINES.join(", ")
            ),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read() {
        let source = "+++\nschema = 1\nid = \"x-1\"\ntitle = \"X\"\n[topology]\nsegment.lan = {}\nhost.a = { lan = \"10.0.0.1\" }\n+++\n# X\n";
        let (front, rest) = parse("x.md", source).unwrap();
        assert_eq!((front.id.as_str(), front.lang.as_str(), rest), ("x-1", "en", 8));
        assert_eq!(front.topology.host.len(), 1);
    }

    #[test]
    fn mistakes_have_a_line_and_a_suggestion() {
        let error = |source: &str| parse("x.md", source).unwrap_err();
        assert_eq!(error("# no head").line, 1);
        assert!(error("+++\nschema = 1\n").message.contains("no end"));
        let typo = error("+++\nschema = 1\nid = \"x\"\ntitel = \"X\"\n+++\n");
        assert_eq!((typo.line, typo.hint.as_deref()), (4, Some("did you mean 'title'?")));
        let broken = error("+++\nschema = 1\nid = \n+++\n");
        assert_eq!(broken.line, 3);
    }
}
