//! The text in which a block stands, for whoever reads the block.

use super::error::LessonError;

/// The text of a lesson, and what is known of it before its blocks are read.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// The name of the file, for messages.
    pub file: &'a str,
    /// Its text.
    pub source: &'a str,
    /// The machines of the lesson.
    pub machines: &'a [String],
}

impl Page<'_> {
    /// A mistake in a line.
    pub fn error(&self, line: usize, message: impl Into<String>) -> LessonError {
        LessonError::new(self.file, self.source, line, message)
    }
}
