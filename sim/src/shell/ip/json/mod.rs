//! `ip -json` and `bridge -json`: the same objects as in the text, [`link`] for devices and addresses,
//! [`route`] for routes, rules and neighbours. Here they are written as iproute2 writes them.

pub(crate) mod link;
pub(crate) mod route;

use serde_json::{Map, Value};

use super::Tool;
use crate::shell::args::{Failure, Result};

/// An object under construction: members in the order in which they are added.
#[derive(Debug, Default)]
pub struct Object(Map<String, Value>);

impl Object {
    /// Adds a member.
    pub fn put(&mut self, name: &str, value: impl Into<Value>) -> &mut Object {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a member, if there is a value.
    pub fn put_some(&mut self, name: &str, value: Option<impl Into<Value>>) -> &mut Object {
        if let Some(value) = value {
            self.put(name, value);
        }
        self
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Value {
        Value::Object(object.0)
    }
}

/// Prints a list of objects, on one line or pretty (`-p`).
pub fn print(tool: &Tool, objects: Vec<Object>) {
    let list = Value::Array(objects.into_iter().map(Value::from).collect());
    let mut text = String::new();
    if tool.options.pretty {
        write_pretty(&mut text, &list, 0);
    } else {
        text += &list.to_string();
    }
    tool.print(&(text + "\n"));
}

/// Details have no form here.
pub fn refuse_details(tool: &Tool) -> Result<()> {
    if tool.options.details {
        return Err(Failure::not_simulated("ip -details -json"));
    }
    Ok(())
}

/// Objects have a line for each member, indented by four blanks for each level; lists stay on the line.
fn write_pretty(text: &mut String, value: &Value, depth: usize) {
    let indent = |depth: usize| " ".repeat(4 * depth);
    match value {
        Value::Array(items) if items.is_empty() => *text += "[ ]",
        Value::Array(items) => {
            *text += "[ ";
            for (n, item) in items.iter().enumerate() {
                *text += if n > 0 { "," } else { "" };
                write_pretty(text, item, depth + 1);
            }
            *text += " ]";
        }
        Value::Object(members) => {
            *text += "{";
            for (n, (name, member)) in members.iter().enumerate() {
                *text += if n > 0 { ",\n" } else { "\n" };
                *text += &format!("{}\"{name}\": ", indent(depth + 1));
                write_pretty(text, member, depth + 1);
            }
            *text += &format!("\n{}}}", indent(depth));
        }
        value => *text += &value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pretty_lists_stay_on_their_line() {
        let value =
            serde_json::json!([{ "a": 1, "flags": ["X", "Y"], "b": [] }, { "c": [{ "d": null }] }]);
        let mut text = String::new();
        write_pretty(&mut text, &value, 0);
        let lines = [
            "[ {",
            "        \"a\": 1,",
            "        \"flags\": [ \"X\",\"Y\" ],",
            "        \"b\": [ ]",
            "    },{",
            "        \"c\": [ {",
            "                \"d\": null",
            "            } ]",
            "    } ]",
        ];
        assert_eq!(text, lines.join("\n"));
    }
}
