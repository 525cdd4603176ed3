//! What is read and run: plain scripts, transcripts, lessons.

pub mod script;
pub mod transcript;
