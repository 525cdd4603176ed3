//! From the text of an `awk` program to its rules.

use regex_lite::Regex;

/// A program: what is done for which lines.
#[derive(Debug)]
pub struct Program(pub Vec<Rule>);

impl Program {
    /// Whether it looks at input: one that only begins does not.
    pub fn reads_input(&self) -> bool {
        self.0.iter().any(|rule| !matches!(rule.pattern, Pattern::Begin))
    }
}

/// `PATTERN { STATEMENTS }`.
#[derive(Debug)]
pub struct Rule {
    /// For which lines.
    pub pattern: Pattern,
    /// What is done.
    pub action: Vec<Statement>,
}

/// When a rule acts.
#[derive(Debug)]
pub enum Pattern {
    /// Before the first line.
    Begin,
    /// After the last.
    End,
    /// For every line.
    Always,
    /// For lines of which this is true.
    When(Expr),
}

/// What can be done.
#[derive(Debug)]
pub enum Statement {
    /// `print A, B`.
    Print(Vec<Expr>),
    /// `printf FORMAT, A, B`.
    Printf(Vec<Expr>),
    /// `if (A) B else C`.
    If(Expr, Vec<Statement>, Vec<Statement>),
    /// For its effect.
    Do(Expr),
    /// `next`.
    Next,
    /// `exit STATUS`.
    Exit(Option<Expr>),
}

/// Something with a value.
#[derive(Debug)]
pub enum Expr {
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// `/re/`.
    Regex(Regex),
    /// A variable.
    Variable(String),
    /// `$N`.
    Field(Box<Expr>),
    /// `A OP B`.
    Binary(&'static str, Box<Expr>, Box<Expr>),
    /// `!A`, `-A`.
    Unary(char, Box<Expr>),
    /// `A = B`, `A += B`: the operator without `=`.
    Assign(String, &'static str, Box<Expr>),
    /// `length(A)`, `substr(A, N, M)`, `toupper(A)`, …
    Call(String, Vec<Expr>),
}

/// Words that mean something which is not simulated.
const ABSENT: [&str; 14] = [
    "getline", "while", "for", "do", "function", "delete", "in", "split", "gsub", "sub", "match",
    "sprintf", "system", "close",
];

/// Functions, with how many arguments they take at least.
const FUNCTIONS: [(&str, usize); 6] =
    [("length", 0), ("substr", 2), ("index", 2), ("toupper", 1), ("tolower", 1), ("int", 1)];

/// How tightly operators bind, loosest first; concatenation stands between comparison and sum.
const LEVELS: [&[&str]; 6] = [
    &["||"],
    &["&&"],
    &["!~", "~"],
    &["==", "!=", "<=", ">=", "<", ">"],
    &["+", "-"],
    &["*", "/", "%"],
];
const CONCATENATION: usize = 4;

/// Nested deeper than this nobody writes.
const MAX_DEPTH: usize = 50;

/// Reads a program.
pub fn program(source: &str) -> Result<Program, String> {
    let mut reader = Reader { rest: source, depth: 0 };
    let mut rules = Vec::new();
    reader.skip_ends();
    while !reader.rest.is_empty() {
        rules.push(reader.rule()?);
        reader.skip_ends();
    }
    Ok(Program(rules))
}

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }

    /// Blanks, ends of lines and of statements.
    fn skip_ends(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', ';']);
    }

    fn takes(&mut self, word: &str) -> bool {
        self.skip_blanks();
        let Some(rest) = self.rest.strip_prefix(word) else { return false };
        let is_name = word.chars().all(char::is_alphabetic);
        if is_name && rest.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
            return false;
        }
        self.rest = rest;
        true
    }

    fn expect(&mut self, word: &str) -> Result<(), String> {
        if self.takes(word) { Ok(()) } else { Err(self.wrong()) }
    }

    fn wrong(&self) -> String {
        match self.rest.lines().next().unwrap_or_default() {
            "" => "syntax error at the end of the program".to_owned(),
            near => format!("syntax error near {near}"),
        }
    }

    fn rule(&mut self) -> Result<Rule, String> {
        let pattern = if self.takes("BEGIN") {
            Pattern::Begin
        } else if self.takes("END") {
            Pattern::End
        } else if self.rest.starts_with('{') {
            Pattern::Always
        } else {
            Pattern::When(self.expr()?)
        };
        let has_action = self.takes("{");
        let action = if has_action { self.statements()? } else { vec![Statement::Print(vec![])] };
        Ok(Rule { pattern, action })
    }

    /// The statements up to `}`.
    fn statements(&mut self) -> Result<Vec<Statement>, String> {
        let mut statements = Vec::new();
        loop {
            self.skip_ends();
            if self.takes("}") {
                return Ok(statements);
            }
            statements.push(self.statement()?);
        }
    }

    fn block(&mut self) -> Result<Vec<Statement>, String> {
        self.rest = self.rest.trim_start();
        if self.takes("{") { self.statements() } else { Ok(vec![self.statement()?]) }
    }

    fn statement(&mut self) -> Result<Statement, String> {
        self.deeper()?;
        let statement = if self.takes("printf") {
            Statement::Printf(self.list()?)
        } else if self.takes("print") {
            Statement::Print(self.list()?)
        } else if self.takes("next") {
            Statement::Next
        } else if self.takes("exit") {
            let status = if self.at_end() { None } else { Some(self.expr()?) };
            Statement::Exit(status)
        } else if self.takes("if") {
            self.expect("(")?;
            let condition = self.expr()?;
            self.expect(")")?;
            let then = self.block()?;
            let before = self.rest;
            self.skip_ends();
            let otherwise = if self.takes("else") { self.block()? } else { Vec::new() };
            if otherwise.is_empty() {
                self.rest = before;
            }
            Statement::If(condition, then, otherwise)
        } else {
            Statement::Do(self.expr()?)
        };
        self.depth -= 1;
        self.skip_blanks();
        if self.at_end() || self.rest.starts_with("else") {
            Ok(statement)
        } else {
            Err(self.wrong())
        }
    }

    fn at_end(&mut self) -> bool {
        self.skip_blanks();
        self.rest.is_empty() || self.rest.starts_with([';', '\n', '}'])
    }

    /// Expressions between commas, perhaps in parentheses.
    fn list(&mut self) -> Result<Vec<Expr>, String> {
        let mut list = Vec::new();
        if self.at_end() {
            return Ok(list);
        }
        loop {
            list.push(self.expr()?);
            if !self.takes(",") {
                break;
            }
        }
        self.skip_blanks();
        match self.rest.starts_with(['>', '|']) {
            true => Err("redirection inside a program is not simulated by netsim".to_owned()),
            false => Ok(list),
        }
    }

    fn deeper(&mut self) -> Result<(), String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            Err("the program is nested too deeply".to_owned())
        } else {
            Ok(())
        }
    }

    fn expr(&mut self) -> Result<Expr, String> {
        self.deeper()?;
        let expr = self.level(0);
        self.depth -= 1;
        expr
    }

    fn level(&mut self, level: usize) -> Result<Expr, String> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        if level == CONCATENATION {
            return self.concatenation();
        }
        let mut left = self.level(level + 1)?;
        while let Some(operator) = self.operator(operators) {
            let right = self.level(level + 1)?;
            left = Expr::Binary(operator, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    /// One of the operators, unless it is the beginning of an assignment.
    fn operator(&mut self, operators: &[&'static str]) -> Option<&'static str> {
        self.skip_blanks();
        let found = operators.iter().find(|operator| {
            self.rest.strip_prefix(**operator).is_some_and(|rest| {
                !(matches!(**operator, "+" | "-" | "*" | "/" | "%") && rest.starts_with('='))
            })
        })?;
        self.rest = &self.rest[found.len()..];
        Some(found)
    }

    fn concatenation(&mut self) -> Result<Expr, String> {
        let mut left = self.sum()?;
        loop {
            self.skip_blanks();
            let goes_on = self.rest.starts_with(['"', '$', '('])
                || self.rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
            if !goes_on || self.rest.starts_with("else") {
                return Ok(left);
            }
            let right = self.sum()?;
            left = Expr::Binary("", Box::new(left), Box::new(right));
        }
    }

    fn sum(&mut self) -> Result<Expr, String> {
        let mut left = self.level(CONCATENATION + 1)?;
        while let Some(operator) = self.operator(LEVELS[CONCATENATION]) {
            let right = self.level(CONCATENATION + 1)?;
            left = Expr::Binary(operator, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expr, String> {
        self.skip_blanks();
        for sign in ['!', '-'] {
            let is_sign = self.rest.starts_with(sign) && !self.rest.starts_with("!~");
            if is_sign {
                self.deeper()?;
                self.rest = &self.rest[1..];
                let inside = self.unary();
                self.depth -= 1;
                return Ok(Expr::Unary(sign, Box::new(inside?)));
            }
        }
        self.primary()
    }

    fn primary(&mut self) -> Result<Expr, String> {
        self.skip_blanks();
        let Some(first) = self.rest.chars().next() else { return Err(self.wrong()) };
        if first == '(' {
            self.rest = &self.rest[1..];
            let inside = self.expr()?;
            self.expect(")")?;
            return Ok(inside);
        }
        if first == '$' {
            self.rest = &self.rest[1..];
            self.deeper()?;
            let number = self.primary();
            self.depth -= 1;
            return Ok(Expr::Field(Box::new(number?)));
        }
        if first == '"' {
            return self.text().map(Expr::Text);
        }
        if first == '/' {
            return self.regex();
        }
        if first.is_ascii_digit() || first == '.' {
            let len = self.rest.find(|c: char| !c.is_ascii_digit() && c != '.');
            let (number, rest) = self.rest.split_at(len.unwrap_or(self.rest.len()));
            let number = number.parse().map_err(|_| self.wrong())?;
            self.rest = rest;
            return Ok(Expr::Number(number));
        }
        if first.is_ascii_alphabetic() || first == '_' {
            return self.name();
        }
        Err(self.wrong())
    }

    fn text(&mut self) -> Result<String, String> {
        let mut text = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.rest = &self.rest[at + 1..];
                    return Ok(text);
                }
                '\\' => match chars.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, 't')) => text.push('\t'),
                    Some((_, other)) => text.push(other),
                    None => break,
                },
                other => text.push(other),
            }
        }
        Err("a text has no end".to_owned())
    }

    fn regex(&mut self) -> Result<Expr, String> {
        let mut end = None;
        let mut is_escaped = false;
        for (at, c) in self.rest.char_indices().skip(1) {
            if c == '/' && !is_escaped {
                end = Some(at);
                break;
            }
            is_escaped = c == '\\' && !is_escaped;
        }
        let end = end.ok_or("a regular expression has no end")?;
        let pattern = self.rest[1..end].replace("\\/", "/");
        self.rest = &self.rest[end + 1..];
        let regex = Regex::new(&pattern);
        Ok(Expr::Regex(regex.map_err(|_| format!("'{pattern}' is not a regular expression"))?))
    }

    /// A variable, what becomes of it, or a function.
    fn name(&mut self) -> Result<Expr, String> {
        let len = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let (name, rest): (&'a str, &'a str) = self.rest.split_at(len.unwrap_or(self.rest.len()));
        if ABSENT.contains(&name) {
            return Err(format!("'{name}' is not simulated by netsim"));
        }
        self.rest = rest;
        if let Some((_, least)) = FUNCTIONS.iter().find(|(known, _)| *known == name) {
            let mut list = Vec::new();
            if self.takes("(") && !self.takes(")") {
                list = self.list()?;
                self.expect(")")?;
            }
            let is_enough = list.len() >= *least;
            let call = Expr::Call(name.to_owned(), list);
            return if is_enough { Ok(call) } else { Err(format!("'{name}' wants more")) };
        }
        if rest.starts_with('(') || rest.starts_with('[') {
            return Err(format!("'{name}{}' is not simulated by netsim", &rest[..1]));
        }
        for (sign, operator) in [("++", "+"), ("--", "-")] {
            if self.takes(sign) {
                let one = Box::new(Expr::Number(1.0));
                return Ok(Expr::Assign(name.to_owned(), operator, one));
            }
        }
        for (sign, operator) in [("+=", "+"), ("-=", "-"), ("*=", "*"), ("/=", "/")] {
            if self.takes(sign) {
                return Ok(Expr::Assign(name.to_owned(), operator, Box::new(self.expr()?)));
            }
        }
        self.skip_blanks();
        if self.rest.starts_with('=') && !self.rest.starts_with("==") {
            self.rest = &self.rest[1..];
            return Ok(Expr::Assign(name.to_owned(), "", Box::new(self.expr()?)));
        }
        Ok(Expr::Variable(name.to_owned()))
    }
}
