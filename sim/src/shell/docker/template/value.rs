//! JSON values as a template sees them: their fields and items, their truth, how they print.

use serde_json::{Map, Value, json};

use super::error::{Result, TemplateError};

/// Follows field names. The typed names of Docker's structures differ from JSON's in a few places.
pub(super) fn follow(value: &Value, path: &[String]) -> Result<Value> {
    let mut value = value;
    let mut is_map = false;
    let fail = |words: String| Err(TemplateError(format!("at <.{}>: {words}", path.join("."))));
    for name in path {
        value = match value {
            Value::Object(object) => match named(object, name) {
                Some(value) => value,
                // What is not in a map of Go is nothing, and no mistake.
                None if is_map => return Ok(Value::Null),
                None => match omitted(object, name) {
                    Some(value) => return Ok(value),
                    None => return fail(format!("map has no entry for key \"{name}\"")),
                },
            },
            Value::Null => return Ok(Value::Null),
            _ => return fail(format!("can't evaluate field {name} in type interface {{}}")),
        };
        is_map = MAPS.contains(&name.as_str());
    }
    Ok(value.clone())
}

/// A field by the name that Go has for it, or by that of JSON.
fn named<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let alias = match name {
        "ID" if object.contains_key("Id") => "Id",
        "ID" => "id",
        "DNS" => "Dns",
        "DNSOptions" => "DnsOptions",
        "DNSSearch" => "DnsSearch",
        "From" => "from",
        "Scope" => "scope",
        "Status" => "status",
        "Time" => "time",
        "TimeNano" => "timeNano",
        other => other,
    };
    object.get(name).or_else(|| object.get(alias))
}

/// What a field is that JSON leaves out because it is empty.
fn omitted(object: &Map<String, Value>, name: &str) -> Option<Value> {
    let is_config = object.contains_key("OnBuild");
    let is_host_config = object.contains_key("NetworkMode");
    Some(match name {
        "IPRange" | "Gateway" if is_ipam_config(object) => json!(""),
        "MacAddress" | "StopSignal" if is_config => json!(""),
        "NetworkDisabled" if is_config => json!(false),
        "ExposedPorts" if is_config => json!({}),
        "Sysctls" if is_host_config => json!({}),
        "Status" | "ID" | "From" if object.contains_key("timeNano") => json!(""),
        _ => return None,
    })
}

/// How Go prints a field that is nil, by what it would be.
pub(super) fn nil_text(name: &str) -> Option<&'static str> {
    const LISTS: [&str; 16] = [
        "Aliases",
        "Binds",
        "CapAdd",
        "CapDrop",
        "Cmd",
        "Entrypoint",
        "Env",
        "ExecIDs",
        "ExtraHosts",
        "GroupAdd",
        "Links",
        "OnBuild",
        "SecondaryIPAddresses",
        "SecondaryIPv6Addresses",
        "SecurityOpt",
        "VolumesFrom",
    ];
    match name {
        "IPAMConfig" => Some("<nil>"),
        "Volumes" => Some("map[]"),
        name if MAPS.contains(&name) => Some("map[]"),
        name if LISTS.contains(&name) => Some("[]"),
        _ => None,
    }
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
        Value::Object(object) if is_binding(object) => {
            let part = |key: &str| object.get(key).map(print).unwrap_or_default();
            format!("{{{} {}}}", part("HostIp"), part("HostPort"))
        }
        Value::Object(_) => {
            let item = |(key, value): &(Value, Value)| {
                let key = print(key);
                let is_port = key.ends_with("/tcp") || key.ends_with("/udp");
                let text = match value {
                    // Where a port is published: nowhere. That it is announced: a structure without fields.
                    Value::Null if is_port => "[]".to_owned(),
                    Value::Object(object) if is_port && object.is_empty() => "{}".to_owned(),
                    value => print(value),
                };
                format!("{key}:{text}")
            };
            let items: Vec<String> = items_of(value).iter().map(item).collect();
            format!("map[{}]", items.join(" "))
        }
        other => other.to_string(),
    }
}

/// A structure that people do print whole.
fn is_ipam_config(object: &Map<String, Value>) -> bool {
    const KEYS: [&str; 4] = ["Subnet", "IPRange", "Gateway", "AuxiliaryAddresses"];
    object.contains_key("Subnet") && object.keys().all(|key| KEYS.contains(&key.as_str()))
}

/// Where a port is published.
fn is_binding(object: &Map<String, Value>) -> bool {
    object.len() == 2 && object.contains_key("HostIp") && object.contains_key("HostPort")
}
