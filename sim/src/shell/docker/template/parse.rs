//! From text to the nodes of a template.

use serde_json::Value;

use super::error::{Result, TemplateError, parse_error};
use super::function::is_function;
use super::node::{Node, Operand, Pipe};

/// Nesting that is followed.
const MAX_DEPTH: usize = 32;

/// Text and actions, with the blanks that `{{-` and `-}}` eat gone.
pub(super) fn tokenize(text: &str) -> Result<Vec<(bool, String)>> {
    let mut tokens: Vec<(bool, String)> = Vec::new();
    let mut rest = text;
    let mut trim = false;
    loop {
        let Some(start) = rest.find("{{") else {
            let tail = if trim { rest.trim_start() } else { rest };
            tokens.push((false, tail.to_owned()));
            return Ok(tokens);
        };
        let end = rest[start..].find("}}").ok_or_else(|| parse_error("unclosed action"))? + start;
        let (mut before, mut action) = (&rest[..start], &rest[start + 2..end]);
        if trim {
            before = before.trim_start();
        }
        if action.starts_with("- ") {
            before = before.trim_end();
            action = &action[2..];
        }
        trim = action.ends_with(" -");
        let action = action.strip_suffix(" -").unwrap_or(action).trim();
        tokens.push((false, before.to_owned()));
        if !action.starts_with("/*") {
            tokens.push((true, action.to_owned()));
        }
        rest = &rest[end + 2..];
    }
}

pub(super) fn parse_nodes(
    tokens: &[(bool, String)],
    at: &mut usize,
    depth: usize,
) -> Result<Vec<Node>> {
    if depth > MAX_DEPTH {
        return Err(parse_error("nesting too deep"));
    }
    let mut nodes = Vec::new();
    while let Some((is_action, text)) = tokens.get(*at) {
        if !is_action {
            nodes.push(Node::Text(text.clone()));
            *at += 1;
            continue;
        }
        let word = text.split_whitespace().next().unwrap_or("");
        if matches!(word, "end" | "else") {
            return Ok(nodes);
        }
        *at += 1;
        let tail = text[word.len()..].trim();
        nodes.push(match word {
            "if" => parse_if(tokens, at, tail, depth)?,
            "with" => {
                let pipe = parse_pipe(tail)?;
                let body = parse_nodes(tokens, at, depth + 1)?;
                Node::With(pipe, body, parse_else(tokens, at, depth)?)
            }
            "range" => {
                let (names, over) = match tail.split_once(":=") {
                    Some((names, over)) => (names.trim(), over.trim()),
                    None => ("", tail),
                };
                let names: Vec<String> =
                    names.split(',').map(|name| name.trim().to_owned()).collect();
                let (key, value) = match names.as_slice() {
                    [key, value] => (Some(key.clone()), Some(value.clone())),
                    [value] if !value.is_empty() => (None, Some(value.clone())),
                    _ => (None, None),
                };
                let over = parse_pipe(over)?;
                let body = parse_nodes(tokens, at, depth + 1)?;
                let empty = parse_else(tokens, at, depth)?;
                Node::Range { key, value, over, body, empty }
            }
            _ => match text.split_once(":=") {
                Some((name, pipe)) if text.starts_with('$') => {
                    Node::Assign(name.trim().to_owned(), parse_pipe(pipe.trim())?)
                }
                _ => Node::Print(parse_pipe(text)?),
            },
        });
    }
    if depth > 0 { Err(parse_error("unexpected EOF")) } else { Ok(nodes) }
}

fn parse_if(
    tokens: &[(bool, String)],
    at: &mut usize,
    condition: &str,
    depth: usize,
) -> Result<Node> {
    let mut branches = vec![(Some(parse_pipe(condition)?), parse_nodes(tokens, at, depth + 1)?)];
    loop {
        let Some((_, text)) = tokens.get(*at) else { return Err(parse_error("unexpected EOF")) };
        *at += 1;
        if text == "end" {
            return Ok(Node::If(branches));
        }
        let tail = text.trim_start_matches("else").trim();
        let condition = match tail.strip_prefix("if ") {
            Some(condition) => Some(parse_pipe(condition)?),
            None => None,
        };
        branches.push((condition, parse_nodes(tokens, at, depth + 1)?));
    }
}

fn parse_else(tokens: &[(bool, String)], at: &mut usize, depth: usize) -> Result<Vec<Node>> {
    let Some((_, text)) = tokens.get(*at) else { return Err(parse_error("unexpected EOF")) };
    *at += 1;
    if text == "end" {
        return Ok(Vec::new());
    }
    let nodes = parse_nodes(tokens, at, depth + 1)?;
    *at += 1;
    Ok(nodes)
}

/// Words of an action; what stands in parentheses or quotes is one word.
fn words(text: &str) -> Result<Vec<String>> {
    let mut out = Vec::new();
    let mut word = String::new();
    let (mut depth, mut quote) = (0, None);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if let Some(q) = quote {
            word.push(c);
            if c == '\\' && q == '"' {
                word.extend(chars.next());
            } else if c == q {
                quote = None;
            }
            continue;
        }
        match c {
            '"' | '`' => {
                quote = Some(c);
                word.push(c);
            }
            '(' => {
                depth += 1;
                word.push(c);
            }
            ')' => {
                depth -= 1;
                word.push(c);
            }
            '|' if depth == 0 => {
                out.push(std::mem::take(&mut word));
                out.push("|".to_owned());
            }
            c if c.is_whitespace() && depth == 0 => out.push(std::mem::take(&mut word)),
            c => word.push(c),
        }
    }
    if quote.is_some() || depth != 0 {
        return Err(parse_error("unclosed string or parenthesis"));
    }
    out.push(word);
    out.retain(|word| !word.is_empty());
    Ok(out)
}

fn parse_pipe(text: &str) -> Result<Pipe> {
    let words = words(text)?;
    if words.is_empty() {
        return Err(parse_error("missing value for command"));
    }
    words
        .split(|word| word == "|")
        .map(|command| command.iter().map(|word| parse_operand(word)).collect())
        .collect()
}

fn parse_operand(word: &str) -> Result<Operand> {
    let path = |text: &str| -> Vec<String> {
        text.split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    if word.starts_with('(') {
        let end = word.rfind(')').ok_or_else(|| parse_error("unclosed parenthesis"))?;
        if word.matches('(').count() > MAX_DEPTH {
            return Err(parse_error("nesting too deep"));
        }
        return Ok(Operand::Nested(parse_pipe(&word[1..end])?, path(&word[end + 1..])));
    }
    if word.starts_with('.') {
        return Ok(Operand::Field(path(word)));
    }
    if let Some(name) = word.strip_prefix('$') {
        let (name, rest) = name.split_once('.').unwrap_or((name, ""));
        return Ok(Operand::Variable(format!("${name}"), path(rest)));
    }
    if word.starts_with('"') {
        // What `\\t` stood for is in it already.
        let escaped = word.replace('\t', "\\t");
        let text = serde_json::from_str(&escaped)
            .map_err(|_| parse_error("unterminated quoted string"))?;
        return Ok(Operand::Literal(Value::String(text)));
    }
    if word.starts_with('`') {
        return Ok(Operand::Literal(Value::String(word.trim_matches('`').to_owned())));
    }
    if let Ok(number) = word.parse::<i64>() {
        return Ok(Operand::Literal(number.into()));
    }
    match word {
        "true" => Ok(Operand::Literal(true.into())),
        "false" => Ok(Operand::Literal(false.into())),
        "nil" => Ok(Operand::Literal(Value::Null)),
        name if is_function(name) => Ok(Operand::Function(name.to_owned())),
        name => Err(TemplateError(format!("template: :1: function \"{name}\" not defined"))),
    }
}
