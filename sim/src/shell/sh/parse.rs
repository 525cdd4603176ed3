//! From text to [`ast`](super::ast): the grammar of the POSIX shell (IEEE 1003.1, chapter 2), as far as
//! people type it at a simulated machine.

use super::ast::{
    Change, Command, Item, Join, Kind, List, Part, Pipeline, Place, Redirect, Variable, Word,
};

/// Why a text is not a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyntaxError {
    /// More text is needed: an open quote, a missing `done`.
    Incomplete {
        /// The line at which the text ends.
        line: usize,
        /// What is missing.
        missing: String,
    },
    /// This does not belong here.
    Unexpected {
        /// The line.
        line: usize,
        /// What stands there.
        found: String,
    },
}

impl std::fmt::Display for SyntaxError {
    /// As dash prints it, behind its name.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            SyntaxError::Incomplete { line, missing } if missing.starts_with("Unterminated") => {
                write!(f, "{line}: Syntax error: {missing}")
            }
            SyntaxError::Incomplete { line, missing } => {
                write!(f, "{line}: Syntax error: end of file unexpected (expecting {missing})")
            }
            SyntaxError::Unexpected { line, found } => {
                write!(f, "{line}: Syntax error: {found} unexpected")
            }
        }
    }
}

/// Nesting that is followed, so that a long line of `(` cannot exhaust the stack.
const MAX_DEPTH: usize = 64;

/// Parses a script.
pub fn parse(text: &str) -> Result<List> {
    let mut parser =
        Parser { chars: text.chars().collect(), at: 0, line: 1, depth: 0, here: Vec::new() };
    let list = parser.list(&[])?;
    parser.blanks();
    match parser.peek() {
        None => Ok(list),
        Some(_) => Err(parser.unexpected()),
    }
}

/// Parses the text of a here-document or of a prompt: parts, without any quotes.
pub fn parse_here(text: &str) -> Result<Word> {
    let mut parser =
        Parser { chars: text.chars().collect(), at: 0, line: 1, depth: 0, here: Vec::new() };
    let mut word = Word::default();
    parser.quoted_until(&mut word, None)?;
    Ok(word)
}

type Result<T> = std::result::Result<T, SyntaxError>;

struct Parser {
    chars: Vec<char>,
    at: usize,
    line: usize,
    depth: usize,
    /// Here-documents whose text is yet to come: delimiter, whether it is quoted, whether tabs go.
    here: Vec<Pending>,
}

struct Pending {
    delimiter: String,
    quoted: bool,
    strip: bool,
}

const KEYWORDS: [&str; 14] = [
    "then", "else", "elif", "fi", "do", "done", "esac", "}", "in", "if", "for", "while", "until",
    "case",
];

impl Parser {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn peek_at(&self, n: usize) -> Option<char> {
        self.chars.get(self.at + n).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        if c == '\n' {
            self.line += 1;
        }
        Some(c)
    }

    fn eat(&mut self, text: &str) -> bool {
        let fits = text.chars().enumerate().all(|(n, c)| self.peek_at(n) == Some(c));
        if fits {
            for _ in text.chars() {
                self.next();
            }
        }
        fits
    }

    fn unexpected(&self) -> SyntaxError {
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

    fn incomplete(&self, missing: &str) -> SyntaxError {
        SyntaxError::Incomplete { line: self.line, missing: missing.to_owned() }
    }

    /// Skips blanks, comments and escaped line ends.
    fn blanks(&mut self) {
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
    fn lines(&mut self, list: &mut List) -> Result<()> {
        loop {
            self.blanks();
            if self.peek() != Some('\n') {
                return Ok(());
            }
            self.next();
            self.read_here_documents(list)?;
        }
    }

    fn read_here_documents(&mut self, list: &mut List) -> Result<()> {
        for pending in std::mem::take(&mut self.here) {
            let mut text = String::new();
            loop {
                if self.peek().is_none() {
                    break;
                }
                let mut line = String::new();
                while let Some(c) = self.next() {
                    if c == '\n' {
                        break;
                    }
                    line.push(c);
                }
                let line = if pending.strip { line.trim_start_matches('\t') } else { &line };
                if line == pending.delimiter {
                    break;
                }
                text += line;
                text.push('\n');
            }
            let word = if pending.quoted {
                Word(vec![Part::Text(text, true)])
            } else {
                parse_here(&text)?
            };
            fill_here(list, &word);
        }
        Ok(())
    }

    /// The next bare word, if it is this one.
    fn keyword(&mut self, word: &str) -> bool {
        self.blanks();
        let end = self.peek_at(word.chars().count());
        let ends = end.is_none_or(|c| c.is_whitespace() || is_operator(c));
        ends && self.eat(word)
    }

    fn at_keyword(&mut self, words: &[&str]) -> bool {
        self.blanks();
        words.iter().any(|word| {
            let len = word.chars().count();
            let fits = word.chars().enumerate().all(|(n, c)| self.peek_at(n) == Some(c));
            let end = self.peek_at(len);
            fits && (end.is_none_or(|c| c.is_whitespace() || is_operator(c)) || *word == ")")
        })
    }

    fn expect_keyword(&mut self, list: &mut List, word: &str) -> Result<()> {
        self.lines(list)?;
        if self.keyword(word) {
            return Ok(());
        }
        match self.peek() {
            None => Err(self.incomplete(&format!("\"{word}\""))),
            Some(_) => Err(self.unexpected()),
        }
    }

    /// A list up to one of the words that end it.
    fn list(&mut self, ends: &[&str]) -> Result<List> {
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

    fn here_document(&mut self, fd: usize) -> Result<Redirect> {
        let strip = self.eat("-");
        self.blanks();
        let Some(word) = self.word()? else { return Err(self.unexpected()) };
        let Some(delimiter) = word.literal() else { return Err(self.unexpected()) };
        let quoted = word.0.iter().any(|part| matches!(part, Part::Text(_, true)));
        self.here.push(Pending { delimiter, quoted, strip });
        Ok(Redirect { fd, to: Place::Here(Word(vec![Part::Text(HERE.to_owned(), true)])) })
    }

    /// A word, or nothing at an operator or the end of the line.
    fn word(&mut self) -> Result<Option<Word>> {
        let mut word = Word::default();
        let mut is_word = false;
        loop {
            let Some(c) = self.peek() else { break };
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
    fn quoted_until(&mut self, word: &mut Word, end: Option<char>) -> Result<()> {
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

    fn deeper(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(SyntaxError::Unexpected { line: self.line, found: "nesting".into() });
        }
        Ok(())
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

/// Stands where the text of a here-document will be.
const HERE: &str = "\u{0}here";

/// Puts the text of a here-document where its place is.
fn fill_here(list: &mut List, text: &Word) -> bool {
    list.0.iter_mut().any(|item| {
        let pipelines =
            std::iter::once(&mut item.first).chain(item.rest.iter_mut().map(|(_, p)| p));
        let mut commands = pipelines.flat_map(|pipeline| &mut pipeline.commands);
        commands.any(|command| fill_here_of(command, text))
    })
}

fn fill_here_of(command: &mut Command, text: &Word) -> bool {
    for redirect in &mut command.redirects {
        if let Place::Here(word) = &mut redirect.to
            && word.literal().as_deref() == Some(HERE)
        {
            word.clone_from(text);
            return true;
        }
    }
    match &mut command.kind {
        Kind::Group(list) | Kind::Subshell(list) | Kind::For { body: list, .. } => {
            fill_here(list, text)
        }
        Kind::Loop { condition, body, .. } => fill_here(condition, text) || fill_here(body, text),
        Kind::If { branches, otherwise } => {
            branches.iter_mut().any(|(a, b)| fill_here(a, text) || fill_here(b, text))
                || otherwise.as_mut().is_some_and(|list| fill_here(list, text))
        }
        Kind::Case { arms, .. } => arms.iter_mut().any(|(_, list)| fill_here(list, text)),
        Kind::Function { body, .. } => fill_here_of(body, text),
        Kind::Simple { .. } => false,
    }
}

fn push_text(word: &mut Word, c: char, quoted: bool) {
    match word.0.last_mut() {
        Some(Part::Text(text, q)) if *q == quoted => text.push(c),
        _ => word.0.push(Part::Text(c.to_string(), quoted)),
    }
}

fn is_operator(c: char) -> bool {
    matches!(c, '|' | '&' | ';' | '<' | '>' | '(' | ')')
}

/// Whether a text may name a variable.
pub fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
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

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let list = parse(text).unwrap();
        let Kind::Simple { words, .. } = &list.0[0].first.commands[0].kind else { panic!() };
        words.iter().map(|word| word.literal().unwrap()).collect()
    }

    #[test]
    fn quotes_and_escapes_make_one_word() {
        assert_eq!(words(r#"echo 'a b' "c d" e\ f # no"#), ["echo", "a b", "c d", "e f"]);
        assert_eq!(words("echo a\\\nb"), ["echo", "ab"]);
    }

    #[test]
    fn open_constructs_ask_for_more() {
        for text in
            ["echo 'a", "echo \"a", "for i in 1 2; do echo", "if true; then", "(echo", "a &&"]
        {
            assert!(matches!(parse(text), Err(SyntaxError::Incomplete { .. })), "{text}");
        }
        for text in ["|", "a | | b", "done", ")", "a;;b", "for 1 in x; do y; done"] {
            assert!(matches!(parse(text), Err(SyntaxError::Unexpected { .. })), "{text}");
        }
    }

    #[test]
    fn a_here_document_belongs_to_its_command() {
        let list = parse("cat <<EOF > f\nhello $x\nEOF\necho done").unwrap();
        let redirects = &list.0[0].first.commands[0].redirects;
        assert!(matches!(&redirects[0].to, Place::Here(word) if word.0.len() == 3));
        assert_eq!(list.0.len(), 2);
    }

    #[test]
    fn deep_nesting_is_refused_and_not_followed() {
        let text = "(".repeat(100_000);
        assert!(parse(&text).is_err());
        let text = "$(".repeat(100_000);
        assert!(parse(&text).is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_script_or_an_error(text in "[a-z $(){};&|<>'\"\\\\\n`=#!?*-]{0,60}") {
            let _ = parse(&text);
        }
    }
}
