//! What is read and run: lessons, plain scripts, transcripts.
//!
//! A lesson is one Markdown file: facts in TOML between `+++` lines, prose, and fenced blocks with a
//! keyword. [`parse`] reads it, [`console`] and [`question`] read its blocks, [`pattern`] compares
//! output, [`play`] runs it, [`check`] says what must hold in the end.

pub mod catalogue;
pub mod check;
pub mod console;
pub(crate) mod error;
pub(crate) mod fault;
pub(crate) mod front;
pub(crate) mod identities;
mod judge;
pub(crate) mod lint;
pub mod moment;
mod observe;
mod page;
pub mod parse;
pub(crate) mod pattern;
pub mod play;
mod player;
mod prepare;
pub(crate) mod probe;
pub mod question;
pub mod script;
pub mod transcript;
mod translate;
pub mod typing;
mod unseen;
pub(crate) mod vary;

pub use error::LessonError;
pub use parse::{Block, Keyword, Lesson, Part};
