//! Words: quotes, escapes, and what begins with `$` or a backquote.

use super::lexer::{MAX_DEPTH, is_operator};
use super::{Parser, Result, SyntaxError, parse_here};
use crate::shell::sh::ast::{Change, List, Part, Variable, Word};

impl Parser {
    /// A word, or nothing at an operator or the end of the line.
    pub(super) fn word(&mut self) -> Result<Option<Word>> {
        let mut word = Word::default();
        let mut is_word = false;
        while let Some(c) = self.peek() {
            match c {
                c if c.is_whitespace() || is_operator(c) => break,
                '\\' => {
                    self.next();
                    match self.next() {
                        Some('\n') => continue,
                        Some(c) => push_text(&mut word, c, true),
                        None => push_text(&mut word, '\\', false),
                    }
                }
                '\'' => {
                    self.next();
                    word.0.push(Part::Text(String::new(), true));
                    loop {
                        match self.next() {
                            Some('\'') => break,
                            Some(c) => push_text(&mut word, c, true),
                            None => return Err(self.incomplete("Unterminated quoted string")),
                        }
                    }
                }
                '"' => {
                    self.next();
                    word.0.push(Part::Text(String::new(), true));
                    self.quoted_until(&mut word, Some('"'))?;
                }
                '$' | '`' => {
                    self.dollar(&mut word, false)?;
                }
                c => {
                    self.next();
                    push_text(&mut word, c, false);
                }
            }
            is_word = true;
        }
        Ok(is_word.then_some(word))
    }

    /// Text in which only `$`, backquote and backslash mean something.
    pub(super) fn quoted_until(&mut self, word: &mut Word, end: Option<char>) -> Result<()> {
        loop {
            match self.peek() {
                None if end.is_none() => return Ok(()),
                None => return Err(self.incomplete("Unterminated quoted string")),
                Some(c) if Some(c) == end => {
                    self.next();
                    return Ok(());
                }
                Some('$' | '`') => self.dollar(word, true)?,
                Some('\\') => {
                    self.next();
                    match self.next() {
                        Some('\n') => {}
                        Some(c) if matches!(c, '$' | '`' | '\\') || Some(c) == end => {
                            push_text(word, c, true);
                        }
                        Some(c) => {
                            push_text(word, '\\', true);
                            push_text(word, c, true);
                        }
                        None => push_text(word, '\\', true),
                    }
                }
                Some(c) => {
                    self.next();
                    push_text(word, c, true);
                }
            }
        }
    }

    /// What begins with `$` or a backquote.
    fn dollar(&mut self, word: &mut Word, quoted: bool) -> Result<()> {
        self.deeper()?;
        let result = self.dollar_at(word, quoted);
        self.depth -= 1;
        result
    }

    fn dollar_at(&mut self, word: &mut Word, quoted: bool) -> Result<()> {
        if self.eat("`") {
            let mut text = String::new();
            loop {
                match self.next() {
                    Some('`') => break,
                    Some('\\') if matches!(self.peek(), Some('`' | '\\' | '$')) => {
                        text.extend(self.next());
                    }
                    Some(c) => text.push(c),
                    None => return Err(self.incomplete("Unterminated quoted string")),
                }
            }
            word.0.push(Part::Command(self.nested(&text)?, quoted));
            return Ok(());
        }
        self.next();
        if self.eat("((") {
            let text = self.balanced_arithmetic()?;
            word.0.push(Part::Arithmetic(parse_here(&text)?));
            return Ok(());
        }
        if self.eat("(") {
            let list = self.list(&[")"])?;
            if !self.eat(")") {
                return Err(self.incomplete("\")\""));
            }
            word.0.push(Part::Command(list, quoted));
            return Ok(());
        }
        if self.eat("{") {
            let variable = self.braced()?;
            word.0.push(Part::Variable(variable, quoted));
            return Ok(());
        }
        let name = match self.peek() {
            Some(c) if c.is_ascii_alphabetic() || c == '_' => self.name(),
            Some(c @ ('?' | '$' | '!' | '#' | '@' | '*' | '-' | '0'..='9')) => {
                self.next();
                c.to_string()
            }
            _ => {
                push_text(word, '$', quoted);
                return Ok(());
            }
        };
        word.0.push(Part::Variable(Variable { name, change: Change::None }, quoted));
        Ok(())
    }

    fn nested(&mut self, text: &str) -> Result<List> {
        if self.depth + 1 > MAX_DEPTH {
            return Err(SyntaxError::Unexpected { line: self.line, found: "nesting".into() });
        }
        let chars = text.chars().collect();
        let mut inner =
            Parser { chars, at: 0, line: self.line, depth: self.depth + 1, here: Vec::new() };
        inner.list(&[])
    }

    fn balanced_arithmetic(&mut self) -> Result<String> {
        let (mut text, mut depth) = (String::new(), 0);
        loop {
            if depth == 0 && self.eat("))") {
                return Ok(text);
            }
            match self.next() {
                Some('(') => {
                    depth += 1;
                    text.push('(');
                }
                Some(')') => {
                    depth -= 1;
                    text.push(')');
                }
                Some(c) => text.push(c),
                None => return Err(self.incomplete("\"))\"")),
            }
        }
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(c) = self.peek().filter(|c| c.is_ascii_alphanumeric() || *c == '_') {
            name.push(c);
            self.next();
        }
        name
    }

    fn braced(&mut self) -> Result<Variable> {
        if self.peek() == Some('#') && self.peek_at(1) != Some('}') {
            self.next();
            let name = self.name();
            if !self.eat("}") {
                return Err(self.incomplete("\"}\""));
            }
            return Ok(Variable { name, change: Change::Length });
        }
        let name = match self.peek() {
            Some(c @ ('?' | '$' | '!' | '#' | '@' | '*' | '0'..='9')) => {
                self.next();
                c.to_string()
            }
            _ => self.name(),
        };
        if name.is_empty() {
            return Err(SyntaxError::Unexpected {
                line: self.line,
                found: "Bad substitution".into(),
            });
        }
        if self.eat("}") {
            return Ok(Variable { name, change: Change::None });
        }
        let colon = self.eat(":");
        let sign = self.next();
        let doubled = matches!(sign, Some('%' | '#')) && self.peek() == sign;
        if doubled {
            self.next();
        }
        let mut word = Word::default();
        loop {
            match self.peek() {
                None => return Err(self.incomplete("\"}\"")),
                Some('}') => {
                    self.next();
                    break;
                }
                Some('$' | '`') => self.dollar(&mut word, false)?,
                Some('"') => {
                    self.next();
                    self.quoted_until(&mut word, Some('"'))?;
                }
                Some('\'') => {
                    self.next();
                    while let Some(c) = self.next().filter(|c| *c != '\'') {
                        push_text(&mut word, c, true);
                    }
                }
                Some('\\') => {
                    self.next();
                    if let Some(c) = self.next() {
                        push_text(&mut word, c, true);
                    }
                }
                Some(c) => {
                    self.next();
                    push_text(&mut word, c, false);
                }
            }
        }
        let change = match sign {
            Some('-') => Change::Default(colon, word),
            Some('=') => Change::Assign(colon, word),
            Some('+') => Change::Alternative(colon, word),
            Some('?') => Change::Error(colon, word),
            Some('%') => Change::Suffix(doubled, word),
            Some('#') => Change::Prefix(doubled, word),
            _ => {
                let found = "Bad substitution".into();
                return Err(SyntaxError::Unexpected { line: self.line, found });
            }
        };
        Ok(Variable { name, change })
    }
}

fn push_text(word: &mut Word, c: char, quoted: bool) {
    match word.0.last_mut() {
        Some(Part::Text(text, q)) if *q == quoted => text.push(c),
        _ => word.0.push(Part::Text(c.to_string(), quoted)),
    }
}
