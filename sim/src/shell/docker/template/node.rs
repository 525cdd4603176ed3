//! A template as it was read.

use std::fmt;

use serde_json::Value;

#[derive(Debug, Clone)]
pub(super) enum Node {
    Text(String),
    Print(Pipe),
    Assign(String, Pipe),
    If(Vec<(Option<Pipe>, Vec<Node>)>),
    With(Pipe, Vec<Node>, Vec<Node>),
    Range {
        key: Option<String>,
        value: Option<String>,
        over: Pipe,
        body: Vec<Node>,
        empty: Vec<Node>,
    },
}

pub(super) type Pipe = Vec<Vec<Operand>>;

#[derive(Debug, Clone)]
pub(super) enum Operand {
    Field(Vec<String>),
    Variable(String, Vec<String>),
    Literal(Value),
    Function(String),
    Nested(Pipe, Vec<String>),
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dotted =
            |path: &[String]| path.iter().map(|name| format!(".{name}")).collect::<String>();
        match self {
            Operand::Field(path) if path.is_empty() => write!(f, "."),
            Operand::Field(path) => write!(f, "{}", dotted(path)),
            Operand::Variable(name, path) => write!(f, "{name}{}", dotted(path)),
            Operand::Literal(value) => write!(f, "{value}"),
            Operand::Function(name) => write!(f, "{name}"),
            Operand::Nested(pipe, path) => {
                let command = |words: &Vec<Operand>| {
                    words.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
                };
                let commands: Vec<String> = pipe.iter().map(command).collect();
                write!(f, "({}){}", commands.join(" | "), dotted(path))
            }
        }
    }
}
