//! Runs an `awk` program over lines.

use std::collections::BTreeMap;

use regex_lite::Regex;

use super::parse::{Expr, Pattern, Program, Statement};

/// The output, and the exit status.
pub fn run(
    program: &Program,
    text: &str,
    separator: Option<&str>,
    variables: &[(String, String)],
) -> (String, i32) {
    let variables = variables.iter().map(|(name, value)| (name.clone(), Value::input(value)));
    let mut state = State {
        variables: variables.collect(),
        line: String::new(),
        fields: Vec::new(),
        number: 0,
        output: String::new(),
        status: 0,
    };
    if let Some(separator) = separator {
        state.variables.insert("FS".to_owned(), Value::Text(separator.to_owned()));
    }
    if state.rules(program, |pattern| matches!(pattern, Pattern::Begin)) != Flow::Exit {
        for line in text.lines() {
            state.take(line);
            if state.rules(program, |pattern| !matches!(pattern, Pattern::Begin | Pattern::End))
                == Flow::Exit
            {
                break;
            }
        }
    }
    state.rules(program, |pattern| matches!(pattern, Pattern::End));
    (state.output, state.status)
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Flow {
    On,
    Next,
    Exit,
}

#[derive(Debug, Clone)]
enum Value {
    Number(f64),
    Text(String),
    /// From the input: a number if it looks like one.
    Input(String),
}

impl Value {
    fn input(text: &str) -> Value {
        Value::Input(text.to_owned())
    }

    fn bool(is: bool) -> Value {
        Value::Number(f64::from(u8::from(is)))
    }

    fn number(&self) -> f64 {
        match self {
            Value::Number(number) => *number,
            Value::Text(text) | Value::Input(text) => {
                let text = text.trim();
                let is_part = |(at, c): (usize, char)| {
                    !(c.is_ascii_digit() || c == '.' || (at == 0 && matches!(c, '-' | '+')))
                };
                let end = text.char_indices().find(|part| is_part(*part)).map(|(at, _)| at);
                text[..end.unwrap_or(text.len())].parse().unwrap_or(0.0)
            }
        }
    }

    fn text(&self) -> String {
        match self {
            Value::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
                format!("{number:.0}")
            }
            Value::Number(number) => six_digits(*number),
            Value::Text(text) | Value::Input(text) => text.clone(),
        }
    }

    /// Whether it is compared as a number.
    fn is_numeric(&self) -> bool {
        match self {
            Value::Number(_) => true,
            Value::Text(_) => false,
            Value::Input(text) => text.trim().parse::<f64>().is_ok(),
        }
    }

    fn is_true(&self) -> bool {
        match self {
            Value::Number(number) => *number != 0.0,
            Value::Text(text) => !text.is_empty(),
            Value::Input(_) if self.is_numeric() => self.number() != 0.0,
            Value::Input(text) => !text.is_empty(),
        }
    }
}

/// A number as `%.6g` prints it.
fn six_digits(number: f64) -> String {
    let before = (number.abs().log10().floor() as i32 + 1).clamp(1, 6) as usize;
    let text = format!("{number:.*}", 6 - before);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

struct State {
    variables: BTreeMap<String, Value>,
    line: String,
    fields: Vec<String>,
    number: usize,
    output: String,
    status: i32,
}

impl State {
    fn take(&mut self, line: &str) {
        self.number += 1;
        self.line = line.to_owned();
        let separator = self.variables.get("FS").map_or(" ".to_owned(), Value::text);
        let own = |parts: Vec<&str>| parts.into_iter().map(str::to_owned).collect();
        self.fields = match separator.as_str() {
            " " => own(line.split_whitespace().collect()),
            one if one.chars().count() == 1 => own(line.split(one).collect()),
            pattern => match Regex::new(pattern) {
                Ok(regex) => own(regex.split(line).collect()),
                Err(_) => own(line.split(pattern).collect()),
            },
        };
    }

    fn rules(&mut self, program: &Program, wanted: impl Fn(&Pattern) -> bool) -> Flow {
        for rule in program.0.iter().filter(|rule| wanted(&rule.pattern)) {
            if let Pattern::When(condition) = &rule.pattern
                && !self.value(condition).is_true()
            {
                continue;
            }
            match self.statements(&rule.action) {
                Flow::On => {}
                Flow::Next => return Flow::On,
                Flow::Exit => return Flow::Exit,
            }
        }
        Flow::On
    }

    fn statements(&mut self, statements: &[Statement]) -> Flow {
        for statement in statements {
            match statement {
                Statement::Print(list) if list.is_empty() => {
                    self.output += &format!("{}\n", self.line);
                }
                Statement::Print(list) => {
                    let texts: Vec<String> = list.iter().map(|e| self.value(e).text()).collect();
                    let between = self.variables.get("OFS").map_or(" ".to_owned(), Value::text);
                    self.output += &format!("{}\n", texts.join(&between));
                }
                Statement::Printf(list) => {
                    let values: Vec<Value> = list.iter().map(|expr| self.value(expr)).collect();
                    self.output += &formatted(&values);
                }
                Statement::If(condition, then, otherwise) => {
                    let is_true = self.value(condition).is_true();
                    let flow = self.statements(if is_true { then } else { otherwise });
                    if flow != Flow::On {
                        return flow;
                    }
                }
                Statement::Do(expr) => {
                    self.value(expr);
                }
                Statement::Next => return Flow::Next,
                Statement::Exit(status) => {
                    let status = status.as_ref().map_or(0.0, |expr| self.value(expr).number());
                    self.status = status as i32;
                    return Flow::Exit;
                }
            }
        }
        Flow::On
    }

    fn field(&self, number: f64) -> Value {
        match number as usize {
            0 => Value::input(&self.line),
            n => Value::input(self.fields.get(n - 1).map_or("", String::as_str)),
        }
    }

    fn value(&mut self, expr: &Expr) -> Value {
        match expr {
            Expr::Number(number) => Value::Number(*number),
            Expr::Text(text) => Value::Text(text.clone()),
            Expr::Regex(regex) => Value::bool(regex.is_match(&self.line)),
            Expr::Variable(name) => match name.as_str() {
                "NR" | "FNR" => Value::Number(self.number as f64),
                "NF" => Value::Number(self.fields.len() as f64),
                name => self.variables.get(name).cloned().unwrap_or(Value::input("")),
            },
            Expr::Field(number) => {
                let number = self.value(number).number();
                self.field(number)
            }
            Expr::Unary('!', inside) => Value::bool(!self.value(inside).is_true()),
            Expr::Unary(_, inside) => Value::Number(-self.value(inside).number()),
            Expr::Assign(name, operator, right) => {
                let right = self.value(right);
                let value = match *operator {
                    "" => right,
                    operator => {
                        let left = self.variables.get(name).map_or(0.0, Value::number);
                        Value::Number(calculated(operator, left, right.number()))
                    }
                };
                self.variables.insert(name.clone(), value.clone());
                value
            }
            Expr::Binary(operator, left, right) => self.binary(operator, left, right),
            Expr::Call(name, arguments) => self.call(name, arguments),
        }
    }

    fn binary(&mut self, operator: &str, left: &Expr, right: &Expr) -> Value {
        let first = self.value(left);
        match (operator, right) {
            ("||", _) => return Value::bool(first.is_true() || self.value(right).is_true()),
            ("&&", _) => return Value::bool(first.is_true() && self.value(right).is_true()),
            ("~" | "!~", Expr::Regex(regex)) => {
                return Value::bool(regex.is_match(&first.text()) == (operator == "~"));
            }
            _ => {}
        }
        let second = self.value(right);
        match operator {
            "" => Value::Text(first.text() + &second.text()),
            "~" | "!~" => {
                let matches = Regex::new(&second.text()).is_ok_and(|r| r.is_match(&first.text()));
                Value::bool(matches == (operator == "~"))
            }
            "+" | "-" | "*" | "/" | "%" => {
                Value::Number(calculated(operator, first.number(), second.number()))
            }
            _ => {
                let order = match first.is_numeric() && second.is_numeric() {
                    true => first.number().partial_cmp(&second.number()),
                    false => Some(first.text().cmp(&second.text())),
                };
                Value::bool(order.is_some_and(|order| match operator {
                    "==" => order.is_eq(),
                    "!=" => order.is_ne(),
                    "<" => order.is_lt(),
                    "<=" => order.is_le(),
                    ">" => order.is_gt(),
                    _ => order.is_ge(),
                }))
            }
        }
    }

    fn call(&mut self, name: &str, arguments: &[Expr]) -> Value {
        let values: Vec<Value> = arguments.iter().map(|expr| self.value(expr)).collect();
        let text = values.first().map_or_else(|| self.line.clone(), Value::text);
        match name {
            "length" => Value::Number(text.chars().count() as f64),
            "toupper" => Value::Text(text.to_uppercase()),
            "tolower" => Value::Text(text.to_lowercase()),
            "int" => Value::Number(values.first().map_or(0.0, Value::number).trunc()),
            "index" => {
                let found = values.get(1).and_then(|part| text.find(&part.text()));
                Value::Number(found.map_or(0.0, |at| text[..at].chars().count() as f64 + 1.0))
            }
            _ => {
                let start = values.get(1).map_or(1.0, Value::number).max(1.0) as usize - 1;
                let len = values.get(2).map_or(usize::MAX, |len| len.number().max(0.0) as usize);
                Value::Text(text.chars().skip(start).take(len).collect())
            }
        }
    }
}

fn calculated(operator: &str, left: f64, right: f64) -> f64 {
    match operator {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        "/" => left / right,
        _ => left % right,
    }
}

/// `printf`.
fn formatted(values: &[Value]) -> String {
    let Some((format, mut values)) = values.split_first() else { return String::new() };
    let format = format.text();
    let (mut output, mut rest) = (String::new(), format.as_str());
    while let Some(at) = rest.find('%') {
        output += &rest[..at];
        rest = &rest[at + 1..];
        let len = rest.find(|c: char| c.is_ascii_alphabetic() || c == '%').unwrap_or(rest.len());
        let (flags, tail) = rest.split_at(len);
        let Some(kind) = tail.chars().next() else { break };
        rest = &tail[1..];
        if kind == '%' {
            output.push('%');
            continue;
        }
        let value = values.first().cloned().unwrap_or(Value::input(""));
        values = values.get(1..).unwrap_or_default();
        output += &one(flags, kind, &value);
    }
    output + rest
}

fn one(flags: &str, kind: char, value: &Value) -> String {
    /// Wider nobody prints.
    const MAX_WIDTH: usize = 1000;
    let is_left = flags.contains('-');
    let flags = flags.trim_start_matches('-');
    let (width, precision) = match flags.split_once('.') {
        Some((width, precision)) => (width, precision.parse().ok()),
        None => (flags, None),
    };
    let is_zero = width.starts_with('0') && !is_left;
    let width: usize = width.parse().unwrap_or(0).min(MAX_WIDTH);
    let precision = precision.map(|n: usize| n.min(MAX_WIDTH));
    let text = match kind {
        'd' | 'i' => format!("{:.0}", value.number().trunc()),
        'x' => format!("{:x}", value.number() as i64),
        'f' => format!("{:.*}", precision.unwrap_or(6), value.number()),
        'c' => value.text().chars().take(1).collect(),
        _ => value.text().chars().take(precision.unwrap_or(usize::MAX)).collect(),
    };
    match (is_left, is_zero) {
        (true, _) => format!("{text:<width$}"),
        (false, true) if kind != 's' => format!("{text:0>width$}"),
        _ => format!("{text:>width$}"),
    }
}
