//! What is kept between two runs: how far somebody has come in each lesson, one file a lesson, in the
//! user's data folder or where `NETSIM_DATA_DIR` says.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use etcetera::{AppStrategy, AppStrategyArgs, choose_app_strategy};
use netsim_sim::engine::{Span, Time};
use netsim_sim::lesson::Lesson;
use netsim_sim::lesson::play::Typed;
use netsim_sim::lesson::typing::Journal;
use netsim_sim::trace::HostId;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use crate::ui::Record;

/// The format of the files.
const SCHEMA: u32 = 1;

/// A folder with progress, if there is one.
pub struct Store {
    folder: Option<PathBuf>,
}

/// How far somebody has come in a lesson, and all that is needed to be there again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    schema: u32,
    /// What wrote it: other versions may simulate otherwise.
    netsim: String,
    /// A sum of the lesson's text.
    text: u32,
    seed: u64,
    /// Whether it was ever gone through to its end.
    pub finished: bool,
    /// How far.
    pub record: Record,
    typed: Vec<Input>,
    found: Vec<(String, String)>,
    until: u64,
}

/// A line that was typed; times in nanoseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Input {
    at: u64,
    host: u16,
    line: String,
    limit: Option<u64>,
    interrupted: Option<u64>,
    /// Whether it belongs to what comes before the lesson.
    #[serde(default)]
    unseen: bool,
    /// What was typed into it; nothing is the end of its input.
    #[serde(default)]
    keys: Vec<(u64, Option<String>)>,
}

impl Saved {
    /// Where somebody is now.
    pub fn new(lesson: &Lesson, seed: u64, record: Record, journal: &Journal) -> Saved {
        let typed = journal.typed.iter().map(|typed| Input {
            at: typed.at.as_nanos(),
            host: typed.host.0,
            line: typed.line.clone(),
            limit: typed.limit.map(Span::as_nanos),
            interrupted: typed.interrupted.map(Time::as_nanos),
            unseen: typed.unseen,
            keys: typed.keys.iter().map(|(at, keys)| (at.as_nanos(), keys.clone())).collect(),
        });
        Saved {
            schema: SCHEMA,
            netsim: env!("CARGO_PKG_VERSION").to_owned(),
            text: crc32fast::hash(lesson.source.as_bytes()),
            seed,
            finished: record.passed == record.places,
            record,
            typed: typed.collect(),
            found: journal.found.iter().map(|(name, text)| (name.clone(), text.clone())).collect(),
            until: journal.until.as_nanos(),
        }
    }

    /// The way back to there; `None` if the lesson, the seed or netsim are others by now.
    pub fn journal(&self, lesson: &Lesson, seed: u64) -> Option<Journal> {
        let fits = self.text == crc32fast::hash(lesson.source.as_bytes())
            && self.netsim == env!("CARGO_PKG_VERSION")
            && self.seed == seed;
        let typed = self.typed.iter().map(|line| Typed {
            at: Time::from_nanos(line.at),
            host: HostId(line.host),
            line: line.line.clone(),
            limit: line.limit.map(Span::nanos),
            interrupted: line.interrupted.map(Time::from_nanos),
            unseen: line.unseen,
            keys: line
                .keys
                .iter()
                .map(|(at, keys)| (Time::from_nanos(*at), keys.clone()))
                .collect(),
        });
        fits.then(|| Journal {
            typed: typed.collect(),
            found: self.found.iter().cloned().collect(),
            until: Time::from_nanos(self.until),
        })
    }
}

impl Store {
    /// The folder that the environment names; `None` in it if there is no home.
    pub fn of_environment() -> Store {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        if let Some(folder) = set("NETSIM_DATA_DIR") {
            return Store::at(Path::new(&folder));
        }
        // Without HOME nobody said where; the password file is not asked.
        if cfg!(unix) && set("HOME").is_none() {
            return Store { folder: None };
        }
        let arguments = AppStrategyArgs {
            top_level_domain: "org".to_owned(),
            author: "netsim".to_owned(),
            app_name: "netsim".to_owned(),
        };
        let folder = choose_app_strategy(arguments).ok().map(|strategy| strategy.data_dir());
        folder.map_or(Store { folder: None }, |folder| Store::at(&folder))
    }

    /// A data folder.
    pub fn at(folder: &Path) -> Store {
        Store { folder: Some(folder.join("progress")) }
    }

    /// Whether anything is kept.
    pub fn keeps(&self) -> bool {
        self.folder.is_some()
    }

    /// Keeps nothing any more.
    pub fn give_up(&mut self) {
        self.folder = None;
    }

    fn file(&self, lesson: &str) -> Option<PathBuf> {
        // Lessons of one's own may be called anything.
        let name: String =
            lesson.chars().map(|c| if c.is_alphanumeric() || c == '-' { c } else { '_' }).collect();
        self.folder.as_ref().map(|folder| folder.join(format!("{name}.json")))
    }

    /// What is kept of a lesson. A file that makes no sense is as good as none.
    pub fn load(&self, lesson: &str) -> Option<Saved> {
        let text = fs::read(self.file(lesson)?).ok()?;
        let saved: Saved = serde_json::from_slice(&text).ok()?;
        (saved.schema == SCHEMA).then_some(saved)
    }

    /// Keeps it. What was there is replaced at once or not at all.
    pub fn save(&self, lesson: &str, saved: &Saved) -> io::Result<()> {
        let (Some(folder), Some(path)) = (&self.folder, self.file(lesson)) else { return Ok(()) };
        fs::create_dir_all(folder)?;
        let mut file = NamedTempFile::new_in(folder)?;
        serde_json::to_writer(&mut file, saved)?;
        file.flush()?;
        file.as_file().sync_data()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use netsim_sim::lesson::catalogue;

    #[test]
    fn what_is_kept_comes_back_and_only_for_the_same_lesson() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path());
        let lesson = catalogue::sandbox().lesson("en").unwrap();
        let typed = Typed {
            at: Time::from_nanos(5),
            host: HostId(1),
            line: "ping \"x\" 你好".to_owned(),
            limit: None,
            interrupted: Some(Time::from_nanos(9)),
            unseen: false,
            keys: vec![(Time::from_nanos(7), Some("x\n".to_owned())), (Time::from_nanos(8), None)],
        };
        let journal = Journal {
            typed: vec![typed],
            found: [("net".to_owned(), "1f".to_owned())].into_iter().collect(),
            until: Time::from_nanos(10),
        };
        let record = Record { passed: 2, places: 3, ..Record::default() };
        assert_eq!(store.load("a/b"), None);
        store.save("a/b", &Saved::new(&lesson, 7, record.clone(), &journal)).unwrap();
        let saved = store.load("a/b").unwrap();
        assert_eq!(saved.record, record);
        assert!(!saved.finished);
        assert_eq!(saved.journal(&lesson, 7).as_ref(), Some(&journal));
        assert_eq!(saved.journal(&lesson, 8), None, "another seed is another world");
        let mut other = lesson.clone();
        other.source.push('x');
        assert_eq!(saved.journal(&other, 7), None);
        assert_eq!(fs::read_dir(folder.path().join("progress")).unwrap().count(), 1);
    }

    #[test]
    fn a_broken_file_is_as_good_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path());
        fs::create_dir_all(folder.path().join("progress")).unwrap();
        fs::write(folder.path().join("progress/x.json"), "{\"schema\": 1").unwrap();
        assert_eq!(store.load("x"), None);
    }
}
