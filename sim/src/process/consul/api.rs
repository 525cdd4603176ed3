//! The HTTP interface of Consul: `/v1/kv`, `/v1/session`, and what tells of the server itself.

use std::rc::Rc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::agent::Agent;
use super::state::{Change, Entry, Session, State};
use crate::engine::Span;
use crate::process::http::{Request, Response, decode};

/// How long a blocking query waits if nobody says.
const DEFAULT_WAIT: Span = Span::secs(300);
/// How long it waits at most.
const MAX_WAIT: Span = Span::secs(600);

/// Answers a request.
pub async fn answer(agent: &Rc<Agent>, request: Request) -> Response {
    let path = decode(request.path());
    if path == "/" {
        return Response::new(301, "text/html; charset=utf-8", "").with("Location", "/ui/");
    }
    let Some(rest) = path.strip_prefix("/v1/") else {
        return Response::new(404, "text/plain; charset=utf-8", "404 page not found\n");
    };
    let (family, rest) = rest.split_once('/').unwrap_or((rest, ""));
    match family {
        "kv" | "session" if !agent.has_leader.get() => no_leader(),
        "kv" => kv(agent, rest, &request).await,
        "session" => session(agent, rest, &request),
        "status" if rest == "leader" => {
            let leader = if agent.has_leader.get() {
                format!("{}:8300", agent.address)
            } else {
                String::new()
            };
            json_response(&json!(leader), &request)
        }
        "status" if rest == "peers" => {
            json_response(&json!([format!("{}:8300", agent.address)]), &request)
        }
        "catalog" | "agent" => about(agent, family, rest, &request),
        _ => not_found(),
    }
}

fn no_leader() -> Response {
    Response::new(500, "text/plain; charset=utf-8", "No cluster leader")
}

fn not_found() -> Response {
    Response::new(404, "text/plain; charset=utf-8", "")
}

fn bad_request(words: &str) -> Response {
    Response::new(400, "text/plain; charset=utf-8", words)
}

/// JSON in one line, or with `?pretty` in many.
fn json_response(value: &Value, request: &Request) -> Response {
    let text = if request.query("pretty").is_some() {
        serde_json::to_string_pretty(value)
            .map(|text| text.replace("  ", "    "))
            .unwrap_or_default()
    } else {
        value.to_string()
    };
    Response::new(200, "application/json", text)
}

/// The headers that go with an index.
fn with_index(response: Response, index: u64) -> Response {
    response
        .with("X-Consul-Index", index)
        .with("X-Consul-Knownleader", "true")
        .with("X-Consul-Lastcontact", "0")
}

/// `15000ms`, `10s`, `5m`, and the combinations of Go that occur.
fn duration(text: &str) -> Option<Span> {
    let at = text.find(|c: char| c.is_ascii_alphabetic())?;
    let number: f64 = text[..at].parse().ok()?;
    let seconds = match &text[at..] {
        "ns" => number / 1e9,
        "us" => number / 1e6,
        "ms" => number / 1e3,
        "s" => number,
        "m" => number * 60.0,
        "h" => number * 3600.0,
        _ => return None,
    };
    Some(Span::from_secs_f64(seconds))
}

/// Waits until `index` of the state passes what the client knows, or its time is up.
async fn block(agent: &Rc<Agent>, request: &Request, index: impl Fn(&State) -> u64) {
    let Some(known) = request.query("index").and_then(|n| n.parse::<u64>().ok()) else { return };
    if known == 0 {
        return;
    }
    let wait = request.query("wait").and_then(|text| duration(&text)).unwrap_or(DEFAULT_WAIT);
    let wait = if wait == Span::ZERO { DEFAULT_WAIT } else { wait.min(MAX_WAIT) };
    let changed = async {
        while index(&agent.state.borrow()) <= known {
            agent.wait_for_change().await;
        }
    };
    agent.proc.timeout(wait, changed).await;
}

async fn kv(agent: &Rc<Agent>, key: &str, request: &Request) -> Response {
    match request.method.as_str() {
        "GET" | "HEAD" => read(agent, key, request).await,
        "PUT" => write(agent, key, request),
        "DELETE" => delete(agent, key, request),
        _ => Response::new(405, "text/plain; charset=utf-8", ""),
    }
}

async fn read(agent: &Rc<Agent>, key: &str, request: &Request) -> Response {
    let wants_tree = request.query("recurse").is_some();
    let wants_keys = request.query("keys").is_some();
    if key.is_empty() && !wants_tree && !wants_keys {
        return bad_request("Missing key name");
    }
    if wants_tree || wants_keys {
        block(agent, request, |state| state.index_below(key)).await;
        let state = agent.state.borrow();
        let index = state.index_below(key);
        let found: Vec<(&String, &Entry)> = state.list(key).collect();
        if found.is_empty() {
            return with_index(not_found(), index);
        }
        let value = if wants_keys {
            let separator = request.query("separator").unwrap_or_default();
            json!(key_names(&found, key, &separator))
        } else {
            Value::Array(found.iter().map(|(key, entry)| entry_json(key, entry)).collect())
        };
        return with_index(json_response(&value, request), index);
    }
    block(agent, request, |state| state.index_of(key)).await;
    let state = agent.state.borrow();
    let index = state.index_of(key);
    let Some(entry) = state.get(key) else { return with_index(not_found(), index) };
    if request.query("raw").is_some() {
        return with_index(Response::new(200, "text/plain", entry.value.clone()), index);
    }
    with_index(json_response(&json!([entry_json(key, entry)]), request), index)
}

/// Names up to the first separator behind the prefix, each once.
fn key_names(found: &[(&String, &Entry)], prefix: &str, separator: &str) -> Vec<String> {
    let mut names: Vec<String> = found
        .iter()
        .map(|(key, _)| {
            let rest = &key[prefix.len()..];
            match rest.find(separator).filter(|_| !separator.is_empty()) {
                Some(at) => key[..prefix.len() + at + separator.len()].to_owned(),
                None => (*key).clone(),
            }
        })
        .collect();
    names.dedup();
    names
}

fn entry_json(key: &str, entry: &Entry) -> Value {
    let value = if entry.value.is_empty() {
        Value::Null
    } else {
        Value::String(STANDARD.encode(&entry.value))
    };
    let mut object = json!({
        "LockIndex": entry.lock_index,
        "Key": key,
        "Flags": entry.flags,
        "Value": value,
    });
    if let Some(session) = &entry.session {
        object["Session"] = json!(session);
    }
    object["CreateIndex"] = json!(entry.created);
    object["ModifyIndex"] = json!(entry.modified);
    object
}

fn boolean(value: bool) -> Response {
    Response::new(200, "application/json", if value { "true" } else { "false" })
}

/// Whether `?cas=` allows a change: the entry must be as old as that, or absent for zero.
fn compares(agent: &Agent, key: &str, request: &Request) -> Result<bool, Response> {
    let Some(cas) = request.query("cas") else { return Ok(true) };
    let cas: u64 = cas.parse().map_err(|_| bad_request("Invalid cas value"))?;
    let state = agent.state.borrow();
    Ok(state.get(key).map_or(cas == 0, |entry| entry.modified == cas))
}

fn write(agent: &Agent, key: &str, request: &Request) -> Response {
    const MAX_VALUE: usize = 512 * 1024;
    if key.is_empty() {
        return bad_request("Missing key name");
    }
    if request.body.len() > MAX_VALUE {
        let words = "Request body too large, max size: 524288 bytes.";
        return Response::new(413, "text/plain; charset=utf-8", words);
    }
    let flags = request.query("flags").and_then(|flags| flags.parse().ok()).unwrap_or(0);
    let (key, value) = (key.to_owned(), request.body.clone());
    if let Some(session) = request.query("acquire") {
        return boolean(agent.change(&Change::Acquire { key, flags, value, session }));
    }
    if let Some(session) = request.query("release") {
        return boolean(agent.change(&Change::Release { key, session }));
    }
    match compares(agent, &key, request) {
        Ok(true) => boolean(agent.change(&Change::Set { key, flags, value })),
        Ok(false) => boolean(false),
        Err(response) => response,
    }
}

fn delete(agent: &Agent, key: &str, request: &Request) -> Response {
    if request.query("recurse").is_some() {
        agent.change(&Change::DeleteTree { prefix: key.to_owned() });
        return boolean(true);
    }
    match compares(agent, key, request) {
        Ok(true) => {
            agent.change(&Change::Delete { key: key.to_owned() });
            boolean(true)
        }
        Ok(false) => boolean(false),
        Err(response) => response,
    }
}

fn session_json(agent: &Agent, id: &str, session: &Session) -> Value {
    json!({
        "ID": id,
        "Name": "",
        "Node": agent.node,
        "LockDelay": 1_000_000,
        "Behavior": if session.deletes { "delete" } else { "release" },
        "TTL": if session.ttl == Span::ZERO { String::new() } else { format!("{}s", session.ttl.as_secs()) },
        "NodeChecks": ["serfHealth"],
        "ServiceChecks": null,
        "CreateIndex": session.created,
        "ModifyIndex": session.created,
    })
}

fn session(agent: &Agent, rest: &str, request: &Request) -> Response {
    let (verb, id) = rest.split_once('/').unwrap_or((rest, ""));
    match (request.method.as_str(), verb) {
        ("PUT", "create") => {
            let body: Value = serde_json::from_slice(&request.body).unwrap_or_else(|_| json!({}));
            let ttl = body["TTL"].as_str().filter(|ttl| !ttl.is_empty());
            let ttl = match ttl.map(duration) {
                None => Span::ZERO,
                Some(Some(ttl)) if (Span::secs(10)..=Span::secs(86_400)).contains(&ttl) => ttl,
                Some(_) => {
                    return bad_request("Invalid Session TTL, must be between [10s=24h0m0s]");
                }
            };
            let deletes = body["Behavior"].as_str() == Some("delete");
            let id = new_session_id(agent);
            agent.change(&Change::NewSession { id: id.clone(), ttl: ttl.as_nanos(), deletes });
            json_response(&json!({ "ID": id }), request)
        }
        ("PUT", "destroy") => {
            agent.change(&Change::EndSession { id: id.to_owned() });
            boolean(true)
        }
        ("PUT", "renew") => {
            let now = agent.proc.now();
            let session = agent.state.borrow_mut().renew(id, now).cloned();
            match session {
                Some(session) => {
                    json_response(&json!([session_json(agent, id, &session)]), request)
                }
                None => Response::new(
                    404,
                    "text/plain; charset=utf-8",
                    format!("Session id '{id}' not found"),
                ),
            }
        }
        ("GET", "list" | "info" | "node") => {
            let state = agent.state.borrow();
            let wanted = |known: &str| verb != "info" || known == id;
            let list: Vec<Value> = state
                .sessions()
                .filter(|(known, _)| wanted(known))
                .map(|(id, session)| session_json(agent, id, session))
                .collect();
            with_index(json_response(&json!(list), request), state.index())
        }
        _ => not_found(),
    }
}

/// A random UUID.
fn new_session_id(agent: &Agent) -> String {
    let bytes: [u8; 16] = agent.proc.sys(|sys| sys.rng().bytes());
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// What tells of the server itself.
fn about(agent: &Agent, family: &str, rest: &str, request: &Request) -> Response {
    let address = agent.address.to_string();
    let value = match (family, rest) {
        ("catalog", "nodes") => json!([{ "Node": agent.node, "Address": address }]),
        ("catalog", "services") => json!({ "consul": [] }),
        ("catalog", "datacenters") => json!(["dc1"]),
        ("agent", "members") => json!([{
            "Name": agent.node,
            "Addr": address,
            "Port": 8301,
            "Tags": { "dc": "dc1", "role": "consul", "bootstrap": "1" },
            "Status": 1,
        }]),
        ("agent", "self") => json!({
            "Config": { "Datacenter": "dc1", "NodeName": agent.node, "Server": true },
            "Member": { "Name": agent.node, "Addr": address, "Status": 1 },
        }),
        _ => return not_found(),
    };
    json_response(&value, request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_of_go() {
        assert_eq!(duration("15000ms"), Some(Span::secs(15)));
        assert_eq!(duration("1.5m"), Some(Span::secs(90)));
        assert_eq!(duration("x"), None);
    }
}
