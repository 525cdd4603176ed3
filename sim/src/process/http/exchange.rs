//! Whole requests for whole responses: what services answer, and what their clients ask.

use std::fmt::Display;
use std::future::Future;

use crate::kernel::NamespaceId;
use crate::process::proc::Proc;
use crate::process::socket::{Listener, Tcp};
use crate::wire::Ipv4Addr;

use super::connection::Connection;
use super::message::{Body, Error, Head};

/// A request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// `GET`, `PUT`, …
    pub method: String,
    /// The path with its query.
    pub target: String,
    /// Its head.
    pub head: Head,
    /// The body.
    pub body: Vec<u8>,
}

/// A response.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Its head.
    pub head: Head,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// A request without body.
    pub fn new(method: &str, target: &str) -> Request {
        let head = Head::new(format!("{method} {target} HTTP/1.1"));
        Request { method: method.to_owned(), target: target.to_owned(), head, body: Vec::new() }
    }

    /// Adds a header field.
    pub fn with(mut self, name: &str, value: impl Display) -> Request {
        self.head = self.head.with(name, value);
        self
    }

    /// The path, without the query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// A parameter of the query; empty if it has no value.
    pub fn query(&self, name: &str) -> Option<String> {
        let (_, query) = self.target.split_once('?')?;
        query.split('&').find_map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (key == name).then(|| decode(value))
        })
    }

    /// Reads the next request; `None` if there is none.
    async fn read(connection: &mut Connection) -> Result<Option<Request>, Error> {
        let Some(head) = connection.read_head().await? else { return Ok(None) };
        let (method, target) = head.request().ok_or(Error::Malformed)?;
        let (method, target) = (method.to_owned(), target.to_owned());
        let expects = head.get("Expect");
        if expects.is_some_and(|value| value.eq_ignore_ascii_case("100-continue")) {
            connection.send(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        let body = connection.read_body(Body::of_request(&head)).await?;
        Ok(Some(Request { method, target, head, body }))
    }

    async fn send(&self, connection: &Connection) -> Result<(), Error> {
        let needs_length = !self.body.is_empty() || matches!(self.method.as_str(), "PUT" | "POST");
        let mut head = self.head.clone();
        if needs_length && head.content_length().is_none() {
            head = head.with("Content-Length", self.body.len());
        }
        connection.send_message(&head, &self.body).await
    }
}

impl Response {
    /// A response with a body of this type.
    pub fn new(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> Response {
        let head = Head::new(format!("HTTP/1.1 {status} {}", reason(status)));
        Response { status, head: head.with("Content-Type", kind), body: body.into() }
    }

    /// Adds a header field.
    pub fn with(mut self, name: &str, value: impl Display) -> Response {
        self.head = self.head.with(name, value);
        self
    }

    /// Sends it as the answer to a request with this method.
    async fn send(mut self, connection: &Connection, method: &str) -> Result<(), Error> {
        if self.head.content_length().is_none() {
            self.head = self.head.with("Content-Length", self.body.len());
        }
        let body = if method == "HEAD" { &[] } else { self.body.as_slice() };
        connection.send_message(&self.head, body).await
    }
}

/// The usual words behind a status.
fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        412 => "Precondition Failed",
        413 => "Request Entity Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        _ => "Unknown",
    }
}

/// Percent-decoding, and `+` for a blank.
pub fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (bytes[at], hex) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 2;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Makes one request on a connection of its own.
pub async fn fetch(
    proc: &Proc,
    ns: NamespaceId,
    server: (Ipv4Addr, u16),
    request: &Request,
) -> Result<Response, Error> {
    let tcp = Tcp::connect_from(proc, ns, (None, 0), server, None).await?;
    let mut connection = Connection::new(tcp);
    request.send(&connection).await?;
    let head = connection.read_response_head().await?.ok_or(Error::Cut)?;
    let status = head.status().ok_or(Error::Malformed)?;
    let body = connection.read_body(Body::of_response(&request.method, &head)).await?;
    Ok(Response { status, head, body })
}

/// Serves connections until the listener breaks: each in a thread of its own, request by request.
pub async fn serve<F>(
    proc: &Proc,
    listener: Listener,
    answer: impl Fn(Request, (Ipv4Addr, u16)) -> F + Clone + 'static,
) where
    F: Future<Output = Response>,
{
    while let Ok(tcp) = listener.accept().await {
        let answer = answer.clone();
        // A client that breaks its connection has only itself to tell.
        proc.thread(async move {
            let _ = converse(tcp, answer).await;
        });
    }
}

async fn converse<F: Future<Output = Response>>(
    tcp: Tcp,
    answer: impl Fn(Request, (Ipv4Addr, u16)) -> F,
) -> Result<(), Error> {
    let peer = tcp.peer;
    let mut connection = Connection::new(tcp);
    while let Some(request) = Request::read(&mut connection).await? {
        let (method, stays) = (request.method.clone(), request.head.keeps_alive());
        let mut response = answer(request, peer).await;
        if !stays {
            response = response.with("Connection", "close");
        }
        response.send(&connection, &method).await?;
        if !stays {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_taken_apart() {
        let request = Request::new("PUT", "/v1/kv/a%2Fb?cas=0&flags=7").with("Host", "x");
        assert_eq!(
            request.head.to_bytes(),
            b"PUT /v1/kv/a%2Fb?cas=0&flags=7 HTTP/1.1\r\nHost: x\r\n\r\n"
        );
        assert_eq!(request.path(), "/v1/kv/a%2Fb");
        assert_eq!(request.query("cas").as_deref(), Some("0"));
        assert_eq!(request.query("nope"), None);
        assert_eq!(decode("a%2Fb+c%"), "a/b c%");
    }
}
