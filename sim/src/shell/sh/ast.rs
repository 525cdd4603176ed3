//! What a script says: lists of pipelines of commands.

/// Commands, one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct List(pub Vec<Item>);

/// One entry of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The line in the script, from 1.
    pub line: usize,
    /// The first pipeline.
    pub first: Pipeline,
    /// What follows it, and whether that needs success (`&&`) or failure (`||`).
    pub rest: Vec<(Join, Pipeline)>,
    /// Whether the shell goes on without waiting (`&`).
    pub background: bool,
}

/// How two pipelines are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Join {
    /// `&&`.
    And,
    /// `||`.
    Or,
}

/// Commands joined by `|`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipeline {
    /// `!` stands before it.
    pub negated: bool,
    /// The commands.
    pub commands: Vec<Command>,
}

/// A command with its redirections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// What it is.
    pub kind: Kind,
    /// Where its input comes from and its output goes.
    pub redirects: Vec<Redirect>,
}

/// The kinds of command.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Kind {
    Simple { assignments: Vec<(String, Word)>, words: Vec<Word> },
    Group(List),
    Subshell(List),
    If { branches: Vec<(List, List)>, otherwise: Option<List> },
    Loop { until: bool, condition: List, body: List },
    For { name: String, words: Option<Vec<Word>>, body: List },
    Case { word: Word, arms: Vec<(Vec<Word>, List)> },
    Function { name: String, body: Box<Command> },
}

/// One redirection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    /// Which of 0, 1, 2.
    pub fd: usize,
    /// Where from or to.
    pub to: Place,
}

/// Where a redirection leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// `< FILE`.
    Read(Word),
    /// `> FILE`.
    Write(Word),
    /// `>> FILE`.
    Append(Word),
    /// `>&2`.
    Fd(usize),
    /// `>&-`.
    Close,
    /// `<<END`: the text.
    Here(Word),
}

/// A word before its expansion.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Word(pub Vec<Part>);

/// A part of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Text; whether it was quoted.
    Text(String, bool),
    /// A variable; whether it was quoted.
    Variable(Variable, bool),
    /// `$(…)`; whether it was quoted.
    Command(List, bool),
    /// `$((…))`.
    Arithmetic(Word),
}

/// A variable with what is done to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name, or a special one: `?`, `$`, `!`, `#`, `@`, `*`, a digit.
    pub name: String,
    /// What is done to it.
    pub change: Change,
}

/// What is done to a variable's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    None,
    /// `${#name}`.
    Length,
    /// `${name:-word}`; whether an empty value counts as none.
    Default(bool, Word),
    /// `${name:=word}`.
    Assign(bool, Word),
    /// `${name:+word}`.
    Alternative(bool, Word),
    /// `${name:?word}`.
    Error(bool, Word),
    /// `${name%word}`, `${name%%word}`: whether the longest end goes.
    Suffix(bool, Word),
    /// `${name#word}`, `${name##word}`.
    Prefix(bool, Word),
}

impl Word {
    /// The text, if it is nothing but text.
    pub fn literal(&self) -> Option<String> {
        self.0
            .iter()
            .map(|part| match part {
                Part::Text(text, _) => Some(text.as_str()),
                _ => None,
            })
            .collect()
    }

    /// The text, if it is nothing but text without any quotes: what a keyword is.
    pub fn bare(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Part::Text(text, false)] => Some(text),
            _ => None,
        }
    }
}
