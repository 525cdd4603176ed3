//! Consul's HTTP API, as its Go client speaks it (`/v1/kv/…`, `/v1/session/…`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::entry::{Pair, Result, StoreError, WATCH_WAIT};
use crate::engine::Span;
use crate::process::Proc;
use crate::process::go;
use crate::process::http::{Error, Request, Response, fetch};
use crate::wire::Ipv4Addr;

/// The flags of all entries that libkv writes.
const FLAGS: u64 = 3_304_740_253_564_472_344;

/// How long a connection may take to open.
const DIAL_TIMEOUT: Span = Span::secs(30);

/// A client of one Consul server.
#[derive(Clone)]
pub struct Consul {
    proc: Proc,
    address: (Ipv4Addr, u16),
}

#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "Key")]
    key: String,
    #[serde(rename = "Value")]
    value: Option<String>,
    #[serde(rename = "ModifyIndex")]
    index: u64,
}

impl Entry {
    fn pair(self) -> Pair {
        let value = self.value.and_then(|text| STANDARD.decode(text).ok()).unwrap_or_default();
        Pair { key: self.key, value, index: self.index }
    }
}

impl Consul {
    /// A client in the daemon's process.
    pub fn new(proc: &Proc, address: (Ipv4Addr, u16)) -> Consul {
        Consul { proc: proc.clone(), address }
    }

    /// Makes a request from the host's own namespace.
    async fn call(&self, method: &str, target: &str, body: &[u8]) -> Result<Response> {
        let (address, port) = self.address;
        let mut request = Request::new(method, target)
            .with("Host", format_args!("{address}:{port}"))
            .with("User-Agent", "Go-http-client/1.1");
        request.body = body.to_vec();
        let ns = self.proc.ns();
        let answer = fetch(&self.proc, ns, self.address, &request);
        // A watch may take as long as it waits, and some more.
        let limit = DIAL_TIMEOUT + WATCH_WAIT;
        let words = match self.proc.timeout(limit, answer).await {
            Some(Ok(response)) => return Ok(response),
            Some(Err(Error::Broken(errno))) => go::dial_error(self.address, errno),
            Some(Err(_)) => "EOF".to_owned(),
            None => format!("dial tcp {address}:{port}: i/o timeout"),
        };
        let mut name = method.to_ascii_lowercase();
        name[..1].make_ascii_uppercase();
        let url = format!("http://{address}:{port}{target}");
        Err(StoreError::Client(format!("{name} \"{url}\": {words}")))
    }

    fn fail<T>(response: &Response) -> Result<T> {
        let body = String::from_utf8_lossy(&response.body);
        let words = format!("Unexpected response code: {} ({body})", response.status);
        Err(StoreError::Client(words))
    }

    fn entries(response: &Response) -> Result<Vec<Pair>> {
        match response.status {
            200 => {
                let entries: Vec<Entry> = serde_json::from_slice(&response.body)
                    .map_err(|error| StoreError::Client(error.to_string()))?;
                Ok(entries.into_iter().map(Entry::pair).collect())
            }
            404 => Ok(Vec::new()),
            _ => Consul::fail(response),
        }
    }

    fn index(response: &Response) -> u64 {
        response.head.get("X-Consul-Index").and_then(|n| n.parse().ok()).unwrap_or(0)
    }

    pub(super) async fn get(&self, key: &str) -> Result<Pair> {
        let response = self.call("GET", &format!("/v1/kv/{key}?consistent="), &[]).await?;
        Consul::entries(&response)?.pop().ok_or(StoreError::NotFound)
    }

    pub(super) async fn list(&self, key: &str) -> Result<Vec<Pair>> {
        let response = self.call("GET", &format!("/v1/kv/{key}?recurse="), &[]).await?;
        Consul::entries(&response)
    }

    pub(super) async fn put(&self, key: &str, value: &[u8]) -> Result<()> {
        let response = self.call("PUT", &format!("/v1/kv/{key}?flags={FLAGS}"), value).await?;
        if response.status == 200 { Ok(()) } else { Consul::fail(&response) }
    }

    pub(super) async fn put_if(&self, key: &str, value: &[u8], index: u64) -> Result<u64> {
        let target = format!("/v1/kv/{key}?cas={index}&flags={FLAGS}");
        let response = self.call("PUT", &target, value).await?;
        match (response.status, response.body.trim_ascii()) {
            (200, b"true") => Ok(self.get(key).await?.index),
            (200, _) => Err(StoreError::Modified),
            _ => Consul::fail(&response),
        }
    }

    pub(super) async fn delete_if(&self, key: &str, index: u64) -> Result<()> {
        self.get(key).await?;
        let response = self.call("DELETE", &format!("/v1/kv/{key}?cas={index}"), &[]).await?;
        match (response.status, response.body.trim_ascii()) {
            (200, b"true") => Ok(()),
            (200, _) => Err(StoreError::Modified),
            _ => Consul::fail(&response),
        }
    }

    pub(super) async fn watch(&self, key: &str, index: u64) -> Result<(Option<Pair>, u64)> {
        let wait = WATCH_WAIT.as_millis();
        let target = format!("/v1/kv/{key}?index={index}&wait={wait}ms");
        let response = self.call("GET", &target, &[]).await?;
        Ok((Consul::entries(&response)?.pop(), Consul::index(&response)))
    }

    pub(super) async fn watch_tree(&self, key: &str, index: u64) -> Result<(Vec<Pair>, u64)> {
        let wait = WATCH_WAIT.as_millis();
        let target = format!("/v1/kv/{key}?index={index}&recurse=&wait={wait}ms");
        let response = self.call("GET", &target, &[]).await?;
        Ok((Consul::entries(&response)?, Consul::index(&response)))
    }

    /// A session that Consul ends after `ttl` without renewal holds a lock on the key, and takes it
    /// along (libkv's `renewSession`).
    pub(super) async fn put_with_ttl(
        &self,
        key: &str,
        value: &[u8],
        ttl: Span,
        session: &mut Option<String>,
    ) -> Result<()> {
        if session.is_none() {
            *session = Some(self.acquire(key, ttl).await?);
        }
        self.put(key, value).await?;
        if let Some(id) = session {
            let response = self.call("PUT", &format!("/v1/session/renew/{id}"), &[]).await?;
            if response.status == 404 {
                *session = None;
            }
        }
        Ok(())
    }

    /// Makes a session and locks the key with it.
    async fn acquire(&self, key: &str, ttl: Span) -> Result<String> {
        #[derive(Deserialize)]
        struct Created {
            #[serde(rename = "ID")]
            id: String,
        }
        let body = serde_json::json!({
            "Behavior": "delete",
            "LockDelay": "1000000ns",
            "TTL": format!("{}s", (ttl / 2).as_secs()),
        });
        let body = body.to_string();
        let response = self.call("PUT", "/v1/session/create", body.as_bytes()).await?;
        if response.status != 200 {
            return Consul::fail(&response);
        }
        let created: Created = serde_json::from_slice(&response.body)
            .map_err(|error| StoreError::Client(error.to_string()))?;
        let id = created.id;
        let target = format!("/v1/kv/{key}?acquire={id}&flags={FLAGS}");
        self.call("PUT", &target, &[]).await?;
        Ok(id)
    }
}
