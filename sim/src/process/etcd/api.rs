//! The HTTP interface of etcd: `/v2/keys`, and what tells of the server itself.

use std::rc::Rc;

use serde::Serialize;
use serde_json::json;

use super::message::{Failure, Member, Members, Node, Reply, code, meaning, status};
use super::server::{Server, VERSION};
use super::state::{Change, Event, Expected, Item, Refusal, View};
use crate::engine::{Span, Time};
use crate::process::calendar::Calendar;
use crate::process::http::{Request, Response, decode};

type Result<T> = std::result::Result<T, Refusal>;

/// Answers a request: of a client, or of a member, who finds nothing here.
pub(super) async fn answer(server: &Rc<Server>, request: Request, is_client: bool) -> Response {
    let path = decode(request.path());
    if !is_client {
        return not_found();
    }
    if let Some(key) = path.strip_prefix("/v2/keys")
        && server.options.enable_v2
    {
        return match keys(server, &clean(key), &request).await {
            Ok(response) => response,
            Err(refusal) => refuse(server, refusal),
        };
    }
    match path.as_str() {
        "/version" => {
            let minor: Vec<&str> = VERSION.split('.').take(2).collect();
            let cluster = format!("{}.0", minor.join("."));
            json_response(200, &json!({ "etcdserver": VERSION, "etcdcluster": cluster }))
        }
        "/health" => json_response(200, &json!({ "health": "true" })),
        "/v2/members" if server.options.enable_v2 => {
            json_response(200, &Members { members: vec![server.as_member()] })
        }
        "/v2/members/leader" if server.options.enable_v2 => json_response(200, &server.as_member()),
        "/v2/machines" if server.options.enable_v2 => {
            let urls = server.options.advertise_clients.join(", ");
            Response::new(200, "text/plain; charset=utf-8", urls)
        }
        _ => not_found(),
    }
}

fn not_found() -> Response {
    Response::new(404, "text/plain; charset=utf-8", "404 page not found\n")
}

/// A line of JSON.
fn json_response(status: u16, value: &impl Serialize) -> Response {
    let mut text = serde_json::to_string(value).unwrap_or_default();
    text.push('\n');
    Response::new(status, "application/json", text)
}

/// A key without double slashes and without one at its end; the root is empty.
fn clean(key: &str) -> String {
    match crate::process::files::absolute("/", key).as_str() {
        "/" => String::new(),
        key => key.to_owned(),
    }
}

impl Server {
    fn as_member(&self) -> Member {
        Member {
            id: format!("{:x}", self.member),
            name: self.options.name.clone(),
            peer_urls: self.options.advertise_peers.clone(),
            client_urls: self.options.advertise_clients.clone(),
        }
    }

    /// A node as it is written; what will vanish says when.
    fn node(&self, view: View) -> Node {
        let left = view.expires.map(|at| at - self.proc.now());
        let at = |left: Span| Calendar::of(self.proc.calendar() + left.as_secs_f64()).rfc3339();
        Node {
            key: view.key,
            value: view.value,
            dir: view.is_dir,
            expiration: left.map(at),
            ttl: left.map(|left| left.as_nanos().div_ceil(Span::secs(1).as_nanos())),
            nodes: view.nodes.into_iter().map(|node| self.node(node)).collect(),
            modified_index: view.modified,
            created_index: view.created,
        }
    }

    fn reply(&self, event: Event) -> Reply {
        Reply {
            action: event.action.to_owned(),
            node: self.node(event.node),
            prev_node: event.previous.map(|view| self.node(view)),
        }
    }

    fn with_index(&self, response: Response) -> Response {
        let index = self.state.borrow().index();
        response
            .with("X-Etcd-Cluster-Id", format_args!("{:x}", self.cluster))
            .with("X-Etcd-Index", index)
            .with("X-Raft-Index", index)
            .with("X-Raft-Term", 2)
    }
}

fn refuse(server: &Server, refusal: Refusal) -> Response {
    let failure = Failure {
        error_code: refusal.code,
        message: meaning(refusal.code).to_owned(),
        // Only the root has no name.
        cause: if refusal.cause.is_empty() { "/".into() } else { refusal.cause },
        index: server.state.borrow().index(),
    };
    server.with_index(json_response(status(refusal.code), &failure))
}

/// The fields of a request, from its query and its form.
struct Fields(Vec<(String, String)>);

impl Fields {
    fn of(request: &Request) -> Fields {
        let query = request.target.split_once('?').map_or("", |(_, query)| query);
        let form = String::from_utf8_lossy(&request.body);
        let pairs = form.split('&').chain(query.split('&')).filter(|pair| !pair.is_empty());
        let read = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        };
        Fields(pairs.map(read).collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    fn flag(&self, name: &str) -> Result<bool> {
        match self.get(name) {
            None => Ok(false),
            Some("1" | "t" | "T" | "true" | "TRUE" | "True") => Ok(true),
            Some("0" | "f" | "F" | "false" | "FALSE" | "False") => Ok(false),
            Some(_) => Err(invalid(code::INVALID_FIELD, name)),
        }
    }

    fn number(&self, name: &str, code: u16) -> Result<Option<u64>> {
        let parse = |text: &str| text.parse().map_err(|_| invalid(code, name));
        self.get(name).map(parse).transpose()
    }
}

fn invalid(code: u16, name: &str) -> Refusal {
    Refusal::new(code, format!("invalid value for \"{name}\""))
}

async fn keys(server: &Rc<Server>, key: &str, request: &Request) -> Result<Response> {
    let fields = Fields::of(request);
    let recursive = fields.flag("recursive")?;
    let (dir, wait) = (fields.flag("dir")?, fields.flag("wait")?);
    if fields.flag("stream")? || fields.flag("refresh")? {
        let words = "\"stream\" and \"refresh\" are not simulated by netsim";
        return Err(Refusal::new(code::INVALID_FIELD, words));
    }
    if wait && request.method != "GET" {
        let words = "\"wait\" can only be used with GET requests";
        return Err(Refusal::new(code::INVALID_FIELD, words));
    }
    let change = match request.method.as_str() {
        "GET" | "HEAD" if wait => return watch(server, key, recursive, &fields).await,
        "GET" | "HEAD" => {
            let view = server.state.borrow().get(key, recursive, fields.flag("sorted")?)?;
            let node = server.node(view);
            let reply = Reply { action: "get".into(), node, prev_node: None };
            return Ok(server.with_index(json_response(200, &reply)));
        }
        "PUT" => put(server, key.to_owned(), &fields)?,
        "POST" => Change::CreateInOrder { key: key.to_owned(), item: item(server, &fields)? },
        "DELETE" => {
            let (key, expected) = (key.to_owned(), expected(&fields)?);
            match expected {
                Some(expected) => Change::CompareAndDelete { key, expected },
                None => Change::Delete { key, dir, recursive },
            }
        }
        _ => {
            let response = Response::new(405, "text/plain; charset=utf-8", "Method Not Allowed\n");
            return Ok(response.with("Allow", "HEAD,GET,PUT,POST,DELETE"));
        }
    };
    let event = server.change(&change)?;
    let status = if event.is_creation() { 201 } else { 200 };
    let reply = server.reply(event);
    Ok(server.with_index(json_response(status, &reply)))
}

fn item(server: &Server, fields: &Fields) -> Result<Item> {
    let ttl = fields.number("ttl", code::TTL_NOT_A_NUMBER)?.filter(|ttl| *ttl > 0);
    Ok(Item {
        value: fields.get("value").unwrap_or_default().to_owned(),
        dir: fields.flag("dir")?,
        expires: ttl.map(|ttl| Time::as_nanos(server.proc.now() + Span::secs(ttl))),
    })
}

/// What `prevValue` and `prevIndex` expect; `None` if they are not there.
fn expected(fields: &Fields) -> Result<Option<Expected>> {
    let value = fields.get("prevValue").map(str::to_owned);
    if value.as_deref() == Some("") {
        return Err(Refusal::new(code::PREV_VALUE_REQUIRED, "\"prevValue\" cannot be empty"));
    }
    let index = fields.number("prevIndex", code::INDEX_NOT_A_NUMBER)?.filter(|index| *index > 0);
    Ok((value.is_some() || index.is_some()).then_some(Expected { value, index }))
}

fn put(server: &Server, key: String, fields: &Fields) -> Result<Change> {
    let item = item(server, fields)?;
    let must_exist = match fields.get("prevExist") {
        None => None,
        Some(_) => {
            let flag = fields.flag("prevExist")?;
            Some(flag)
        }
    };
    Ok(match (must_exist, expected(fields)?) {
        (Some(false), _) => Change::Create { key, item },
        (_, Some(expected)) => Change::CompareAndSwap { key, item, expected },
        (Some(true), None) => Change::Update { key, item },
        (None, None) => Change::Set { key, item },
    })
}

/// Waits for the next change, or for the first one since `waitIndex`.
async fn watch(
    server: &Rc<Server>,
    key: &str,
    recursive: bool,
    fields: &Fields,
) -> Result<Response> {
    let since = fields.number("waitIndex", code::INDEX_NOT_A_NUMBER)?.filter(|index| *index > 0);
    let since = since.unwrap_or_else(|| server.state.borrow().index() + 1);
    loop {
        let event = server.state.borrow().since(since, key, recursive)?.cloned();
        if let Some(event) = event {
            let reply = server.reply(event);
            return Ok(server.with_index(json_response(200, &reply)));
        }
        server.changed.wait(&server.proc).await;
    }
}
