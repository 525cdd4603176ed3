//! A client of etcd's `/v2` interface, as its Go library is: it tries one endpoint after the other, and
//! keeps the words of each failure.

use std::fmt;

use super::message::{Failure, Members, Reply};
use crate::engine::Span;
use crate::process::Proc;
use crate::process::go;
use crate::process::http::{self, Request, Response, fetch};
use crate::wire::Ipv4Addr;

/// Why a request failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// No endpoint gave an answer: in these words, one for each.
    Unavailable(Vec<String>),
    /// The server refused.
    Refused(Failure),
    /// The server answered something else.
    Strange(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Unavailable(errors) => {
                f.write_str("client: etcd cluster is unavailable or misconfigured")?;
                errors
                    .iter()
                    .enumerate()
                    .try_for_each(|(n, words)| writeln!(f, "; error #{n}: {words}"))
            }
            Error::Refused(failure) => failure.fmt(f),
            Error::Strange(words) => f.write_str(words),
        }
    }
}

impl std::error::Error for Error {}

/// How long an endpoint may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// So long for a connection.
    Dial(Span),
    /// So long for the head of an answer.
    Header(Span),
}

/// A client of these endpoints.
#[derive(Clone)]
pub struct Client {
    proc: Proc,
    /// Where servers are, in the order in which they are asked.
    pub endpoints: Vec<(Ipv4Addr, u16)>,
    patience: Patience,
}

/// Fields of a query or of a form.
pub type Fields<'a> = &'a [(&'a str, &'a str)];

impl Client {
    /// A client in this process.
    pub fn new(proc: &Proc, endpoints: Vec<(Ipv4Addr, u16)>, patience: Patience) -> Client {
        Client { proc: proc.clone(), endpoints, patience }
    }

    /// Asks for a key, or does something with it. The answer, and the index of the server.
    pub async fn keys(
        &self,
        method: &str,
        key: &str,
        query: Fields<'_>,
        form: Fields<'_>,
    ) -> Result<(Reply, u64), Error> {
        let key = encode_path(key.trim_start_matches('/'));
        let mut target = format!("/v2/keys/{key}");
        if !query.is_empty() {
            target = format!("{target}?{}", encode(query));
        }
        let response = self.call(method, &target, &encode(form)).await?;
        let index = response.head.get("X-Etcd-Index").and_then(|n| n.parse().ok()).unwrap_or(0);
        match response.status {
            200 | 201 => match serde_json::from_slice(&response.body) {
                Ok(reply) => Ok((reply, index)),
                Err(_) => Err(Error::Strange("client: response is invalid json. The endpoint is probably not valid etcd cluster endpoint.".into())),
            },
            status => Err(match serde_json::from_slice(&response.body) {
                Ok(failure) => Error::Refused(failure),
                Err(_) => Error::Strange(format!("client: response code {status}")),
            }),
        }
    }

    /// The members of the cluster.
    pub async fn members(&self) -> Result<Members, Error> {
        let response = self.call("GET", "/v2/members", "").await?;
        serde_json::from_slice(&response.body)
            .map_err(|_| Error::Strange(format!("unexpected status code {}", response.status)))
    }

    /// Asks one endpoint after the other, until one answers.
    pub async fn call(&self, method: &str, target: &str, form: &str) -> Result<Response, Error> {
        let mut errors = Vec::new();
        for endpoint in &self.endpoints {
            match self.ask(*endpoint, method, target, form).await {
                Ok(response) if response.status / 100 == 5 => {
                    let (address, port) = endpoint;
                    errors
                        .push(format!("client: etcd member http://{address}:{port} has no leader"));
                }
                Ok(response) => return Ok(response),
                Err(words) => errors.push(words),
            }
        }
        Err(Error::Unavailable(errors))
    }

    async fn ask(
        &self,
        endpoint: (Ipv4Addr, u16),
        method: &str,
        target: &str,
        form: &str,
    ) -> Result<Response, String> {
        let (address, port) = endpoint;
        let mut request = Request::new(method, target)
            .with("Host", format_args!("{address}:{port}"))
            .with("User-Agent", "Go-http-client/1.1");
        if !form.is_empty() {
            request = request.with("Content-Type", "application/x-www-form-urlencoded");
            request.body = form.as_bytes().to_vec();
        }
        let answer = fetch(&self.proc, self.proc.ns(), endpoint, &request);
        // Nobody knows how long a change takes to come.
        let answer = if target.contains("wait=true") {
            answer.await
        } else {
            let (Patience::Dial(limit) | Patience::Header(limit)) = self.patience;
            match self.proc.timeout(limit, answer).await {
                Some(answer) => answer,
                None => return Err(self.too_late(endpoint)),
            }
        };
        answer.map_err(|error| match error {
            http::Error::Broken(errno) => go::dial_error(endpoint, errno),
            _ => "EOF".to_owned(),
        })
    }

    fn too_late(&self, (address, port): (Ipv4Addr, u16)) -> String {
        match self.patience {
            Patience::Dial(_) => format!("dial tcp {address}:{port}: i/o timeout"),
            Patience::Header(_) => {
                format!("client: endpoint http://{address}:{port} exceeded header timeout")
            }
        }
    }
}

/// A form, or a query.
fn encode(fields: Fields<'_>) -> String {
    let pairs = fields.iter().map(|(name, value)| format!("{name}={}", percent(value, false)));
    pairs.collect::<Vec<String>>().join("&")
}

fn encode_path(path: &str) -> String {
    percent(path, true)
}

/// Percent-encoding of what has a meaning in URLs.
fn percent(text: &str, is_path: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            b'/' | b':' | b'@' | b'$' | b'&' | b'+' | b',' | b';' | b'=' if is_path => {
                out.push(char::from(byte));
            }
            b' ' if !is_path => out.push('+'),
            byte => out += &format!("%{byte:02X}"),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_meaning_in_urls_is_encoded() {
        let key = "docker/nodes/192.168.56.144:2376";
        assert_eq!(encode_path(key), key);
        assert_eq!(encode(&[("value", "{\"a\": 1}")]), "value=%7B%22a%22%3A+1%7D");
    }

    #[test]
    fn each_endpoint_has_its_own_words() {
        let error = Error::Unavailable(vec!["one".into(), "two".into()]);
        let text = "client: etcd cluster is unavailable or misconfigured; error #0: one\n; error #1: two\n";
        assert_eq!(error.to_string(), text);
    }
}
