//! Lists, pipelines, commands and redirections.

use super::{Parser, Result, SyntaxError, is_name};
use crate::shell::sh::ast::{
    Command, Item, Join, Kind, List, Part, Pipeline, Place, Redirect, Word,
};

impl Parser {
    /// A list up to one of the words that end it.
    pub(super) fn list(&mut self, ends: &[&str]) -> Result<List> {
        self.deeper()?;
        let mut list = List::default();
        loop {
            self.lines(&mut list)?;
            if self.peek().is_none() || self.at_keyword(ends) {
                break;
            }
            if ends.is_empty() && self.peek() == Some(')') {
                return Err(self.unexpected());
            }
            let item = self.item()?;
            list.0.push(item);
            self.blanks();
            match self.peek() {
                Some(';') if self.peek_at(1) == Some(';') => break,
                Some(';') => {
                    self.next();
                }
                Some('&') => {
                    self.next();
                    if let Some(last) = list.0.last_mut() {
                        last.background = true;
                    }
                }
                Some('\n') | None => {}
                Some(_) if self.at_keyword(ends) => {}
                Some(_) => return Err(self.unexpected()),
            }
        }
        self.depth -= 1;
        Ok(list)
    }

    fn body(&mut self, ends: &[&str]) -> Result<List> {
        let list = self.list(ends)?;
        if list.0.is_empty() {
            return Err(match self.peek() {
                None => self.incomplete(&format!("\"{}\"", ends[0])),
                Some(_) => self.unexpected(),
            });
        }
        Ok(list)
    }

    fn item(&mut self) -> Result<Item> {
        let line = self.line;
        let first = self.pipeline()?;
        let mut rest = Vec::new();
        loop {
            self.blanks();
            let join = if self.eat("&&") {
                Join::And
            } else if self.eat("||") {
                Join::Or
            } else {
                return Ok(Item { line, first, rest, background: false });
            };
            self.lines(&mut List::default())?;
            rest.push((join, self.pipeline()?));
        }
    }

    fn pipeline(&mut self) -> Result<Pipeline> {
        let mut negated = false;
        while self.keyword("!") {
            negated = !negated;
        }
        let mut commands = vec![self.command()?];
        loop {
            self.blanks();
            if self.peek() != Some('|') || self.peek_at(1) == Some('|') {
                return Ok(Pipeline { negated, commands });
            }
            self.next();
            self.lines(&mut List::default())?;
            commands.push(self.command()?);
        }
    }

    fn command(&mut self) -> Result<Command> {
        if self.at_keyword(&["then", "else", "elif", "fi", "do", "done", "esac", "}"]) {
            return Err(self.unexpected());
        }
        let kind = match self.peek() {
            Some('(') => {
                self.next();
                let list = self.body(&[")"])?;
                if !self.eat(")") {
                    return Err(self.incomplete("\")\""));
                }
                Kind::Subshell(list)
            }
            _ if self.keyword("{") => {
                let mut list = self.body(&["}"])?;
                self.expect_keyword(&mut list, "}")?;
                Kind::Group(list)
            }
            _ if self.keyword("if") => self.if_command()?,
            _ if self.keyword("while") => self.loop_command(false)?,
            _ if self.keyword("until") => self.loop_command(true)?,
            _ if self.keyword("for") => self.for_command()?,
            _ if self.keyword("case") => self.case_command()?,
            _ => return self.simple(),
        };
        let mut redirects = Vec::new();
        while let Some(redirect) = self.redirect()? {
            redirects.push(redirect);
        }
        Ok(Command { kind, redirects })
    }

    fn if_command(&mut self) -> Result<Kind> {
        let mut branches = Vec::new();
        let mut otherwise = None;
        loop {
            let mut condition = self.body(&["then"])?;
            self.expect_keyword(&mut condition, "then")?;
            let body = self.body(&["elif", "else", "fi"])?;
            branches.push((condition, body));
            if self.keyword("elif") {
                continue;
            }
            if self.keyword("else") {
                otherwise = Some(self.body(&["fi"])?);
            }
            self.expect_keyword(&mut List::default(), "fi")?;
            return Ok(Kind::If { branches, otherwise });
        }
    }

    fn loop_command(&mut self, until: bool) -> Result<Kind> {
        let mut condition = self.body(&["do"])?;
        self.expect_keyword(&mut condition, "do")?;
        let mut body = self.body(&["done"])?;
        self.expect_keyword(&mut body, "done")?;
        Ok(Kind::Loop { until, condition, body })
    }

    fn for_command(&mut self) -> Result<Kind> {
        self.blanks();
        let name = self.word()?.and_then(|word| word.literal());
        let Some(name) = name.filter(|name| is_name(name)) else {
            return Err(SyntaxError::Unexpected {
                line: self.line,
                found: "Bad for loop variable".into(),
            });
        };
        let mut ignored = List::default();
        self.lines(&mut ignored)?;
        let mut words = None;
        if self.keyword("in") {
            let mut list = Vec::new();
            loop {
                self.blanks();
                match self.word()? {
                    Some(word) => list.push(word),
                    None => break,
                }
            }
            words = Some(list);
        }
        self.blanks();
        if self.peek() == Some(';') {
            self.next();
        }
        self.expect_keyword(&mut ignored, "do")?;
        let mut body = self.body(&["done"])?;
        self.expect_keyword(&mut body, "done")?;
        Ok(Kind::For { name, words, body })
    }

    fn case_command(&mut self) -> Result<Kind> {
        self.blanks();
        let Some(word) = self.word()? else { return Err(self.unexpected()) };
        let mut ignored = List::default();
        self.expect_keyword(&mut ignored, "in")?;
        let mut arms = Vec::new();
        loop {
            self.lines(&mut ignored)?;
            if self.keyword("esac") {
                return Ok(Kind::Case { word, arms });
            }
            self.eat("(");
            let mut patterns = Vec::new();
            loop {
                self.blanks();
                match self.word()? {
                    Some(pattern) => patterns.push(pattern),
                    None if self.peek().is_none() => return Err(self.incomplete("\"esac\"")),
                    None => return Err(self.unexpected()),
                }
                self.blanks();
                if !self.eat("|") {
                    break;
                }
            }
            if !self.eat(")") {
                return Err(self.unexpected());
            }
            let body = self.list(&["esac"])?;
            arms.push((patterns, body));
            self.lines(&mut ignored)?;
            self.eat(";;");
        }
    }

    fn simple(&mut self) -> Result<Command> {
        let (mut assignments, mut words, mut redirects) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            self.blanks();
            if let Some(redirect) = self.redirect()? {
                redirects.push(redirect);
                continue;
            }
            let Some(word) = self.word()? else { break };
            if words.is_empty()
                && let Some((name, value)) = assignment(&word)
            {
                assignments.push((name, value));
                continue;
            }
            words.push(word);
            // `name() …` makes a function.
            if words.len() == 1 && self.peek() == Some('(') {
                let name = words[0].bare().map(str::to_owned).filter(|name| is_name(name));
                let (Some(name), true) = (name, self.eat("()")) else {
                    return Err(self.unexpected());
                };
                self.lines(&mut List::default())?;
                self.deeper()?;
                let body = Box::new(self.command()?);
                self.depth -= 1;
                return Ok(Command { kind: Kind::Function { name, body }, redirects: Vec::new() });
            }
        }
        if assignments.is_empty() && words.is_empty() && redirects.is_empty() {
            return Err(self.unexpected());
        }
        Ok(Command { kind: Kind::Simple { assignments, words }, redirects })
    }

    fn redirect(&mut self) -> Result<Option<Redirect>> {
        self.blanks();
        let digit = self.peek().and_then(|c| c.to_digit(10));
        let skip = usize::from(digit.is_some() && matches!(self.peek_at(1), Some('<' | '>')));
        let Some(sign @ ('<' | '>')) = self.peek_at(skip) else { return Ok(None) };
        for _ in 0..=skip {
            self.next();
        }
        let default = usize::from(sign == '>');
        let fd = digit.filter(|_| skip == 1).map_or(default, |digit| digit as usize);
        if sign == '<' && self.eat("<") {
            return self.here_document(fd).map(Some);
        }
        if self.eat("&") {
            self.blanks();
            let to = match self.next() {
                Some('-') => Place::Close,
                Some(c @ '0'..='2') => Place::Fd(c as usize - '0' as usize),
                _ => return Err(self.unexpected()),
            };
            return Ok(Some(Redirect { fd, to }));
        }
        let append = sign == '>' && self.eat(">");
        if sign == '>' {
            self.eat("|");
        }
        self.blanks();
        let Some(word) = self.word()? else { return Err(self.unexpected()) };
        let to = match (sign, append) {
            ('<', _) => Place::Read(word),
            (_, true) => Place::Append(word),
            (_, false) => Place::Write(word),
        };
        Ok(Some(Redirect { fd, to }))
    }
}

/// `NAME=value`, taken apart.
fn assignment(word: &Word) -> Option<(String, Word)> {
    let Some(Part::Text(text, false)) = word.0.first() else { return None };
    let (name, value) = text.split_once('=')?;
    if !is_name(name) {
        return None;
    }
    let mut parts = word.0.clone();
    parts[0] = Part::Text(value.to_owned(), false);
    Some((name.to_owned(), Word(parts)))
}
