//! JSON values as a template sees them: their fields and items, their truth, how they print.

use serde_json::Value;

use super::{Result, TemplateError};

/// Follows field names. The typed names of Docker's structures differ from JSON's in a few places.
pub(super) fn follow(value: &Value, path: &[String]) -> Result<Value> {
    let mut value = value;
    let mut done = String::new();
    let mut is_map = false;
    for name in path {
        done += &format!(".{name}");
        let alias = match name.as_str() {
            "ID" => "Id",
            other => other,
        };
        value = match value {
            Value::Object(object) => match object.get(name).or_else(|| object.get(alias)) {
                Some(value) => value,
                None if is_ipam_config(object) && IPAM_FIELDS.contains(&name.as_str()) => {
                    return Ok(Value::from(""));
                }
                // What is not in a map of Go is nothing, and no mistake.
                None if is_map => return Ok(Value::Null),
                None => {
                    return Err(TemplateError(format!(
                        "template: :1:2: executing \"\" at <{done}>: map has no entry for key \"{name}\""
                    )));
                }
            },
            Value::Null => return Ok(Value::Null),
            _ => {
                return Err(TemplateError(format!(
                    "template: :1:2: executing \"\" at <{done}>: can't evaluate field {name} in type interface {{}}"
                )));
            }
        };
        is_map = MAPS.contains(&name.as_str());
    }
    Ok(value.clone())
}

/// Fields that are maps, with keys that users chose.
const MAPS: [&str; 8] = [
    "Containers",
    "DriverOpts",
    "ExposedPorts",
    "Labels",
    "Networks",
    "Options",
    "PortBindings",
    "Ports",
];

pub(super) fn items_of(value: &Value) -> Vec<(Value, Value)> {
    match value {
        Value::Array(list) => {
            list.iter().enumerate().map(|(n, v)| (Value::from(n), v.clone())).collect()
        }
        Value::Object(object) => {
            let mut items: Vec<_> =
                object.iter().map(|(k, v)| (Value::from(k.clone()), v.clone())).collect();
            items.sort_by(|a, b| a.0.as_str().cmp(&b.0.as_str()));
            items
        }
        _ => Vec::new(),
    }
}

pub(super) fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(object) => !object.is_empty(),
    }
}

/// A value as Go's `fmt` prints it.
pub(super) fn print(value: &Value) -> String {
    match value {
        Value::Null => "<no value>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(list) => {
            let items: Vec<String> = list.iter().map(print).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Object(object) if is_ipam_config(object) => {
            let part = |key: &str| object.get(key).map(print).unwrap_or_default();
            let aux = object.get("AuxiliaryAddresses").map_or("map[]".to_owned(), print);
            format!("{{{} {} {} {aux}}}", part("Subnet"), part("IPRange"), part("Gateway"))
        }
        Value::Object(_) => {
            let items: Vec<String> = items_of(value)
                .iter()
                .map(|(key, value)| format!("{}:{}", print(key), print(value)))
                .collect();
            format!("map[{}]", items.join(" "))
        }
        other => other.to_string(),
    }
}

/// Fields of a subnet that are empty when nobody set them.
const IPAM_FIELDS: [&str; 2] = ["IPRange", "Gateway"];

/// A structure that people do print whole.
fn is_ipam_config(object: &serde_json::Map<String, Value>) -> bool {
    const KEYS: [&str; 4] = ["Subnet", "IPRange", "Gateway", "AuxiliaryAddresses"];
    object.contains_key("Subnet") && object.keys().all(|key| KEYS.contains(&key.as_str()))
}
