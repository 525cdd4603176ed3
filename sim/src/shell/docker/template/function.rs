//! The functions that a template may call: Go's own and those of Docker's command line.

use serde_json::Value;

use super::error::{Result, TemplateError};
use super::value::{is_true, print};

pub(super) fn is_function(name: &str) -> bool {
    matches!(
        name,
        "json"
            | "len"
            | "index"
            | "slice"
            | "print"
            | "printf"
            | "println"
            | "join"
            | "split"
            | "title"
            | "lower"
            | "upper"
            | "pad"
            | "truncate"
            | "eq"
            | "ne"
            | "lt"
            | "le"
            | "gt"
            | "ge"
            | "and"
            | "or"
            | "not"
    )
}

pub(super) fn call(name: &str, args: &[Value]) -> Result<Value> {
    let text = |n: usize| args.get(n).map(print).unwrap_or_default();
    let number = |n: usize| args.get(n).and_then(Value::as_i64).unwrap_or(0);
    let fail = |words: &str| TemplateError(format!("error calling {name}: {words}"));
    Ok(match name {
        "json" => {
            let value = args.first().unwrap_or(&Value::Null);
            Value::String(go_json(value))
        }
        "len" => match args.first() {
            Some(Value::Array(list)) => list.len().into(),
            Some(Value::Object(object)) => object.len().into(),
            Some(Value::String(text)) => text.len().into(),
            _ => return Err(fail("nil has no length")),
        },
        "index" => {
            let mut value = args.first().cloned().unwrap_or(Value::Null);
            for key in &args[1..] {
                value = match (&value, key) {
                    (Value::Array(list), Value::Number(n)) => {
                        let at = n.as_u64().unwrap_or(u64::MAX) as usize;
                        let words = || fail(&format!("index out of range: {n}"));
                        list.get(at).cloned().ok_or_else(words)?
                    }
                    (Value::Object(object), key) => {
                        object.get(&print(key)).cloned().unwrap_or(Value::Null)
                    }
                    _ => return Err(fail("index of untyped nil")),
                };
            }
            value
        }
        "slice" => {
            let whole = text(0);
            let (from, to) = (number(1) as usize, args.get(2).map(|_| number(2) as usize));
            let part = whole.get(from..to.unwrap_or(whole.len()));
            Value::String(part.ok_or_else(|| fail("index out of range"))?.to_owned())
        }
        "print" => Value::String(side_by_side(args)),
        "println" => Value::String(args.iter().map(print).collect::<Vec<_>>().join(" ") + "\n"),
        "printf" => {
            let words: Vec<String> = args.iter().map(print).collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let words: Vec<String> = words
                .iter()
                .enumerate()
                .map(|(n, word)| if n == 0 { word.replace("%v", "%s") } else { (*word).to_owned() })
                .collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            Value::String(crate::shell::text::printf(&words).map_err(|error| fail(&error))?)
        }
        "join" => {
            let parts: Vec<String> = match args.first() {
                Some(Value::Array(list)) => list.iter().map(print).collect(),
                _ => Vec::new(),
            };
            Value::String(parts.join(&text(1)))
        }
        "split" => Value::Array(text(0).split(&text(1)).map(Value::from).collect()),
        "title" => title(&text(0)).into(),
        "lower" => text(0).to_lowercase().into(),
        "upper" => text(0).to_uppercase().into(),
        "pad" => {
            const MAX: i64 = 1000;
            let blanks = |n: i64| " ".repeat(n.clamp(0, MAX) as usize);
            format!("{}{}{}", blanks(number(1)), text(0), blanks(number(2))).into()
        }
        "truncate" => text(0).chars().take(number(1).max(0) as usize).collect::<String>().into(),
        "eq" => args[1..].iter().any(|other| Some(other) == args.first()).into(),
        "ne" => (args.first() != args.get(1)).into(),
        "lt" => (compare(args) == Some(std::cmp::Ordering::Less)).into(),
        "le" => compare(args).is_some_and(std::cmp::Ordering::is_le).into(),
        "gt" => (compare(args) == Some(std::cmp::Ordering::Greater)).into(),
        "ge" => compare(args).is_some_and(std::cmp::Ordering::is_ge).into(),
        "and" => args
            .iter()
            .find(|value| !is_true(value))
            .or(args.last())
            .cloned()
            .unwrap_or(Value::Null),
        "or" => {
            args.iter().find(|value| is_true(value)).or(args.last()).cloned().unwrap_or(Value::Null)
        }
        "not" => (!args.first().is_some_and(is_true)).into(),
        other => return Err(fail(&format!("function \"{other}\" not defined"))),
    })
}

/// How many arguments a function takes that takes no other number.
pub(super) fn arity(name: &str) -> Option<usize> {
    Some(match name {
        "json" | "len" | "lower" | "not" | "title" | "upper" => 1,
        "join" | "split" | "truncate" => 2,
        "pad" => 3,
        _ => return None,
    })
}

/// Values one behind the other, with a blank between two of which none is text.
fn side_by_side(args: &[Value]) -> String {
    let mut out = String::new();
    for (n, value) in args.iter().enumerate() {
        if n > 0 && !value.is_string() && !args[n - 1].is_string() {
            out.push(' ');
        }
        out += &print(value);
    }
    out
}

/// The first letter of each word large.
fn title(text: &str) -> String {
    let mut in_word = false;
    let mut out = String::new();
    for c in text.chars() {
        if in_word {
            out.push(c);
        } else {
            out.extend(c.to_uppercase());
        }
        in_word = c.is_alphanumeric() || c == '_';
    }
    out
}

fn compare(args: &[Value]) -> Option<std::cmp::Ordering> {
    match args {
        [Value::Number(a), Value::Number(b)] => a.as_f64()?.partial_cmp(&b.as_f64()?),
        [a, b] => Some(print(a).cmp(&print(b))),
        _ => None,
    }
}

/// JSON as Go writes it: without blanks, `<`, `>` and `&` escaped.
fn go_json(value: &Value) -> String {
    value.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}
