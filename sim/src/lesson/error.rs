//! What is wrong with a lesson, and where.

use std::fmt;

/// A mistake in a lesson.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LessonError {
    /// The name of the file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1; zero if the whole line is meant.
    pub column: usize,
    /// How many characters are meant.
    pub width: usize,
    /// The line's text.
    pub text: String,
    /// What is wrong.
    pub message: String,
    /// What may have been meant, or what to do.
    pub hint: Option<String>,
}

/// Characters of a line that are shown; longer ones are cut around the place.
const SHOWN: usize = 100;

impl LessonError {
    /// A mistake in a line of a file.
    pub fn new(file: &str, source: &str, line: usize, message: impl Into<String>) -> LessonError {
        let text = source.lines().nth(line.saturating_sub(1)).unwrap_or("").to_owned();
        LessonError {
            file: file.to_owned(),
            line,
            column: 0,
            width: 1,
            text,
            message: message.into(),
            hint: None,
        }
    }

    /// Points at a word of the line.
    pub fn at_word(mut self, word: &str) -> LessonError {
        if let Some(at) = self.text.find(word).filter(|_| !word.is_empty()) {
            self.column = self.text[..at].chars().count() + 1;
            self.width = word.chars().count();
        }
        self
    }

    /// Points at a column.
    pub fn at_column(mut self, column: usize) -> LessonError {
        self.column = column;
        self
    }

    /// Says what may have been meant.
    pub fn with_hint(mut self, hint: Option<String>) -> LessonError {
        self.hint = hint;
        self
    }
}

impl fmt::Display for LessonError {
    /// `FILE:LINE:COLUMN: message`, the line, and a caret under the place.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)?;
        if self.column > 0 {
            write!(f, ":{}", self.column)?;
        }
        writeln!(f, ": {}", self.message)?;
        let skip = self.column.saturating_sub(SHOWN / 2);
        let shown: String = self.text.chars().skip(skip).take(SHOWN).collect();
        let gutter = self.line.to_string();
        write!(f, "  {gutter} | {shown}")?;
        if self.column > 0 {
            // The caret stands under the place, wide characters counted as they are shown.
            let before: String = shown.chars().take(self.column - 1 - skip).collect();
            let marked: String =
                shown.chars().skip(self.column - 1 - skip).take(self.width).collect();
            let blanks = " ".repeat(gutter.len() + 5 + display_width(&before));
            let carets = "^".repeat(display_width(&marked).max(1));
            write!(f, "\n{blanks}{carets}")?;
        }
        match &self.hint {
            Some(hint) => write!(f, "\n  {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for LessonError {}

/// How many columns a text takes on a terminal.
pub fn display_width(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_under_the_word_even_behind_wide_characters() {
        let error = LessonError::new("x.md", "一\n两个 foo bar", 2, "no").at_word("foo");
        assert_eq!(error.to_string(), "x.md:2:4: no\n  2 | 两个 foo bar\n           ^^^");
    }

    #[test]
    fn a_huge_line_is_cut_around_the_place() {
        let line = format!("{}X{}", "a".repeat(5000), "b".repeat(5000));
        let text = LessonError::new("x.md", &line, 1, "no").at_word("X").to_string();
        assert!(text.len() < 400 && text.contains('X'));
    }
}
