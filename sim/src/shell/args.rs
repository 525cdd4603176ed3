//! A cursor over the words of a command line, with the idioms of iproute2: abbreviations, `dev NAME`,
//! and its error sentences.

/// The words that are left.
#[derive(Debug, Clone)]
pub struct Args<'a> {
    words: &'a [String],
    at: usize,
}

impl<'a> Args<'a> {
    /// A cursor at the first word.
    pub fn new(words: &'a [String]) -> Args<'a> {
        Args { words, at: 0 }
    }

    /// The next word, which stays.
    pub fn peek(&self) -> Option<&'a str> {
        self.words.get(self.at).map(String::as_str)
    }

    /// Takes the next word, if it is this one.
    pub fn eat(&mut self, word: &str) -> bool {
        let is = self.peek() == Some(word);
        self.at += usize::from(is);
        is
    }

    /// Whether no word is left.
    pub fn is_empty(&self) -> bool {
        self.at >= self.words.len()
    }

    /// The words that are left.
    pub fn rest(&self) -> &'a [String] {
        &self.words[self.at.min(self.words.len())..]
    }

    /// Steps back by one word.
    pub fn back(&mut self) {
        self.at = self.at.saturating_sub(1);
    }
}

impl<'a> Iterator for Args<'a> {
    type Item = &'a str;

    /// Takes the next word.
    fn next(&mut self) -> Option<&'a str> {
        let word = self.peek()?;
        self.at += 1;
        Some(word)
    }
}

/// Whether `word` is `full` or a beginning of it (iproute2's `matches`).
pub fn abbreviates(word: &str, full: &str) -> bool {
    !word.is_empty() && full.starts_with(word)
}
