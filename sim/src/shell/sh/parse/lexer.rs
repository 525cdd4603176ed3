//! Characters, blanks, operators and keywords.

use super::{Parser, Result, SyntaxError};
use crate::shell::sh::ast::List;

/// Nesting that is followed, so that a long line of `(` cannot exhaust the stack.
pub(super) const MAX_DEPTH: usize = 64;

const KEYWORDS: [&str; 14] = [
    "then", "else", "elif", "fi", "do", "done", "esac", "}", "in", "if", "for", "while", "until",
    "case",
];

impl Parser {
    pub(super) fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    pub(super) fn peek_at(&self, n: usize) -> Option<char> {
        self.chars.get(self.at + n).copied()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        if c == '\n' {
            self.line += 1;
        }
        Some(c)
    }

    pub(super) fn eat(&mut self, text: &str) -> bool {
        let fits = text.chars().enumerate().all(|(n, c)| self.peek_at(n) == Some(c));
        if fits {
            for _ in text.chars() {
                self.next();
            }
        }
        fits
    }

    pub(super) fn unexpected(&self) -> SyntaxError {
        let found = match self.peek() {
            None => return self.incomplete("a command"),
            Some('\n') => "newline".to_owned(),
            Some(c) if is_operator(c) => {
                let second = self.peek_at(1).filter(|next| *next == c).map(String::from);
                format!("\"{c}{}\"", second.unwrap_or_default())
            }
            Some(_) => {
                let word: String = self.chars[self.at..]
                    .iter()
                    .take_while(|c| !c.is_whitespace() && !is_operator(**c))
                    .collect();
                if KEYWORDS.contains(&word.as_str()) {
                    format!("\"{word}\"")
                } else {
                    "word".into()
                }
            }
        };
        SyntaxError::Unexpected { line: self.line, found }
    }

    pub(super) fn incomplete(&self, missing: &str) -> SyntaxError {
        SyntaxError::Incomplete { line: self.line, missing: missing.to_owned() }
    }

    /// Skips blanks, comments and escaped line ends.
    pub(super) fn blanks(&mut self) {
        loop {
            match self.peek() {
                Some(' ' | '\t' | '\r') => {
                    self.next();
                }
                Some('\\') if self.peek_at(1) == Some('\n') => {
                    self.next();
                    self.next();
                }
                Some('#') => {
                    while self.peek().is_some_and(|c| c != '\n') {
                        self.next();
                    }
                }
                _ => return,
            }
        }
    }

    /// Skips blanks, line ends and the here-documents behind them.
    pub(super) fn lines(&mut self, list: &mut List) -> Result<()> {
        loop {
            self.blanks();
            if self.peek() != Some('\n') {
                return Ok(());
            }
            self.next();
            self.read_here_documents(list)?;
        }
    }

    /// The next bare word, if it is this one.
    pub(super) fn keyword(&mut self, word: &str) -> bool {
        self.blanks();
        let end = self.peek_at(word.chars().count());
        let ends = end.is_none_or(|c| c.is_whitespace() || is_operator(c));
        ends && self.eat(word)
    }

    pub(super) fn at_keyword(&mut self, words: &[&str]) -> bool {
        self.blanks();
        words.iter().any(|word| {
            let len = word.chars().count();
            let fits = word.chars().enumerate().all(|(n, c)| self.peek_at(n) == Some(c));
            let end = self.peek_at(len);
            fits && (end.is_none_or(|c| c.is_whitespace() || is_operator(c)) || *word == ")")
        })
    }

    pub(super) fn expect_keyword(&mut self, list: &mut List, word: &str) -> Result<()> {
        self.lines(list)?;
        if self.keyword(word) {
            return Ok(());
        }
        match self.peek() {
            None => Err(self.incomplete(&format!("\"{word}\""))),
            Some(_) => Err(self.unexpected()),
        }
    }

    pub(super) fn deeper(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(SyntaxError::Unexpected { line: self.line, found: "nesting".into() });
        }
        Ok(())
    }
}

pub(super) fn is_operator(c: char) -> bool {
    matches!(c, '|' | '&' | ';' | '<' | '>' | '(' | ')')
}
