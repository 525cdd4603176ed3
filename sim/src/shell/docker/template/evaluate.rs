//! Running a template: nodes, pipelines and variables.

use serde_json::Value;

use super::error::{Result, TemplateError, parse_error};
use super::function::{arity, call};
use super::node::{Node, Operand, Pipe};
use super::value::{follow, is_true, items_of, nil_text, print};

/// Rounds of loops in one run.
const MAX_ROUNDS: usize = 100_000;

pub(super) struct Run<'a> {
    pub(super) root: &'a Value,
    pub(super) variables: Vec<(String, Value)>,
    pub(super) rounds: usize,
}

/// The method `Label` of what lists print: one of the labels.
fn label(dot: &Value, name: &Value) -> Value {
    let labels = dot.get("Labels").and_then(Value::as_str).unwrap_or_default();
    let mut pairs = labels.split(',').filter_map(|pair| pair.split_once('='));
    let found = pairs.find(|(key, _)| Some(*key) == name.as_str());
    Value::from(found.map_or("", |(_, value)| value))
}

/// How nothing prints that a pipeline takes from a field.
fn nil_field(pipe: &Pipe) -> Option<&'static str> {
    match pipe.first()?.as_slice() {
        [Operand::Field(path) | Operand::Variable(_, path)] if pipe.len() == 1 => {
            nil_text(path.last()?)
        }
        _ => None,
    }
}

impl Run<'_> {
    pub(super) fn nodes(&mut self, nodes: &[Node], dot: &Value, out: &mut String) -> Result<()> {
        for node in nodes {
            self.node(node, dot, out)?;
        }
        Ok(())
    }

    fn node(&mut self, node: &Node, dot: &Value, out: &mut String) -> Result<()> {
        match node {
            Node::Text(text) => *out += text,
            Node::Print(pipe) => {
                let value = self.pipe(pipe, dot)?;
                let nil = if value.is_null() { nil_field(pipe) } else { None };
                *out += &nil.map_or_else(|| print(&value), str::to_owned);
            }
            Node::Assign(name, pipe) => {
                let value = self.pipe(pipe, dot)?;
                self.variables.push((name.clone(), value));
            }
            Node::If(branches) => {
                for (condition, body) in branches {
                    let holds = match condition {
                        Some(pipe) => is_true(&self.pipe(pipe, dot)?),
                        None => true,
                    };
                    if holds {
                        return self.nodes(body, dot, out);
                    }
                }
            }
            Node::With(pipe, body, otherwise) => {
                let value = self.pipe(pipe, dot)?;
                if is_true(&value) {
                    self.nodes(body, &value, out)?;
                } else {
                    self.nodes(otherwise, dot, out)?;
                }
            }
            Node::Range { key, value, over, body, empty } => {
                let items = items_of(&self.pipe(over, dot)?);
                if items.is_empty() {
                    return self.nodes(empty, dot, out);
                }
                for (k, v) in items {
                    self.rounds += 1;
                    if self.rounds > MAX_ROUNDS {
                        return Err(parse_error("too many rounds"));
                    }
                    let known = self.variables.len();
                    self.variables.extend(key.iter().map(|name| (name.clone(), k.clone())));
                    self.variables.extend(value.iter().map(|name| (name.clone(), v.clone())));
                    self.nodes(body, &v, out)?;
                    self.variables.truncate(known);
                }
            }
        }
        Ok(())
    }

    fn pipe(&self, pipe: &Pipe, dot: &Value) -> Result<Value> {
        let mut last = None;
        for command in pipe {
            last = Some(self.command(command, dot, last)?);
        }
        Ok(last.unwrap_or(Value::Null))
    }

    fn command(&self, words: &[Operand], dot: &Value, piped: Option<Value>) -> Result<Value> {
        match words.first() {
            Some(Operand::Function(name)) => {
                let mut args = words[1..]
                    .iter()
                    .map(|word| self.operand(word, dot))
                    .collect::<Result<Vec<_>>>()?;
                args.extend(piped);
                if let Some(wanted) = arity(name).filter(|wanted| *wanted != args.len()) {
                    let got = args.len();
                    let words = format!(
                        "at <{name}>: wrong number of args for {name}: want {wanted} got {got}"
                    );
                    return Err(TemplateError(words));
                }
                call(name, &args).map_err(|why| {
                    let words: Vec<String> = words.iter().map(ToString::to_string).collect();
                    TemplateError(format!("at <{}>: {}", words.join(" "), why.0))
                })
            }
            Some(Operand::Field(path)) if path == &["Label"] && words.len() == 2 => {
                Ok(label(dot, &self.operand(&words[1], dot)?))
            }
            Some(operand) => self.operand(operand, dot),
            None => Ok(Value::Null),
        }
    }

    fn operand(&self, operand: &Operand, dot: &Value) -> Result<Value> {
        match operand {
            Operand::Field(path) => follow(dot, path),
            Operand::Variable(name, path) => {
                let known = self.variables.iter().rev().find(|(known, _)| known == name);
                match known {
                    Some((_, value)) => follow(value, path),
                    None if name == "$" => follow(self.root, path),
                    None => Err(parse_error(&format!("undefined variable \"{name}\""))),
                }
            }
            Operand::Literal(value) => Ok(value.clone()),
            Operand::Nested(pipe, path) => follow(&self.pipe(pipe, dot)?, path),
            Operand::Function(name) => call(name, &[]),
        }
    }
}
