//! HTTP/1.1 (RFC 9112): messages as bytes, and a client and server over simulated TCP.
//!
//! Bodies have a `Content-Length`, come in chunks, or end with the connection.

use std::future::Future;

use crate::kernel::{Errno, NamespaceId};
use crate::wire::Ipv4Addr;

use crate::process::proc::Proc;
use crate::process::socket::{Listener, Tcp};

/// Bytes that a head may have.
const MAX_HEAD: usize = 64 << 10;
/// Header fields that a message may have.
const MAX_FIELDS: usize = 64;
/// Bytes that a body may have.
const MAX_BODY: usize = 64 << 20;

/// A request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// `GET`, `PUT`, …
    pub method: String,
    /// The path with its query.
    pub target: String,
    /// Header fields, in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// A response.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The words behind the status.
    pub reason: String,
    /// Header fields, in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// A header field, whatever its case.
pub fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

impl Request {
    /// A request without body.
    pub fn new(method: &str, target: &str) -> Request {
        Request { method: method.to_owned(), target: target.to_owned(), ..Request::default() }
    }

    /// Adds a header field.
    pub fn with(mut self, name: &str, value: &str) -> Request {
        self.headers.push((name.to_owned(), value.to_owned()));
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

    /// The bytes on the wire.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        push_headers(&mut text, &self.headers);
        let needs_length = !self.body.is_empty() || matches!(self.method.as_str(), "PUT" | "POST");
        if needs_length && header(&self.headers, "Content-Length").is_none() {
            text += &format!("Content-Length: {}\r\n", self.body.len());
        }
        text += "\r\n";
        [text.into_bytes(), self.body.clone()].concat()
    }
}

impl Response {
    /// A response with a body of this type.
    pub fn new(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> Response {
        let headers = vec![("Content-Type".to_owned(), kind.to_owned())];
        Response { status, reason: reason(status).to_owned(), headers, body: body.into() }
    }

    /// Adds a header field.
    pub fn with(mut self, name: &str, value: &str) -> Response {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The bytes on the wire.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = format!("HTTP/1.1 {} {}\r\n", self.status, self.reason);
        push_headers(&mut text, &self.headers);
        if header(&self.headers, "Content-Length").is_none() {
            text += &format!("Content-Length: {}\r\n", self.body.len());
        }
        text += "\r\n";
        [text.into_bytes(), self.body.clone()].concat()
    }
}

fn push_headers(text: &mut String, headers: &[(String, String)]) {
    for (name, value) in headers {
        *text += &format!("{name}: {value}\r\n");
    }
}

/// The usual words behind a status.
pub fn reason(status: u16) -> &'static str {
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

/// A stream of bytes from a connection, read message by message.
pub struct Reader {
    tcp: Tcp,
    bytes: Vec<u8>,
    ended: bool,
}

impl Reader {
    /// Reads from a connection.
    pub fn new(tcp: Tcp) -> Reader {
        Reader { tcp, bytes: Vec::new(), ended: false }
    }

    /// Receives more; false at the end.
    async fn more(&mut self) -> Result<bool, Errno> {
        if self.ended {
            return Ok(false);
        }
        let bytes = self.tcp.recv().await?;
        self.ended = bytes.is_empty();
        self.bytes.extend(bytes);
        Ok(!self.ended)
    }

    /// The bytes of a head; `None` if the connection ended before it or the head is too long.
    async fn head(&mut self) -> Result<Option<Vec<u8>>, Errno> {
        loop {
            if let Some(end) = find(&self.bytes, b"\r\n\r\n") {
                return Ok(Some(self.bytes.drain(..end + 4).collect()));
            }
            if self.bytes.len() > MAX_HEAD || !self.more().await? {
                return Ok(None);
            }
        }
    }

    /// Reads exactly `len` bytes, or as many as there are.
    async fn exactly(&mut self, len: usize) -> Result<Vec<u8>, Errno> {
        while self.bytes.len() < len.min(MAX_BODY) && self.more().await? {}
        let len = len.min(self.bytes.len());
        Ok(self.bytes.drain(..len).collect())
    }

    /// Reads a line, without its end.
    async fn line(&mut self) -> Result<String, Errno> {
        loop {
            if let Some(end) = find(&self.bytes, b"\r\n") {
                let text = String::from_utf8_lossy(&self.bytes[..end]).into_owned();
                self.bytes.drain(..end + 2);
                return Ok(text);
            }
            if self.bytes.len() > MAX_HEAD || !self.more().await? {
                return Ok(String::new());
            }
        }
    }

    async fn chunks(&mut self) -> Result<Vec<u8>, Errno> {
        let mut body = Vec::new();
        loop {
            let size = self.line().await?;
            let size = usize::from_str_radix(size.split(';').next().unwrap_or("").trim(), 16);
            let size = size.unwrap_or(0);
            if size == 0 || body.len() + size > MAX_BODY {
                self.line().await?;
                return Ok(body);
            }
            body.extend(self.exactly(size).await?);
            self.line().await?;
        }
    }

    /// The next request; `None` when there is none, or none that can be read.
    pub async fn request(&mut self) -> Result<Option<Request>, Errno> {
        let Some(head) = self.head().await? else { return Ok(None) };
        let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
        let mut parsed = httparse::Request::new(&mut fields);
        if parsed.parse(&head).is_err() {
            return Ok(None);
        }
        let (method, target) = (parsed.method.unwrap_or(""), parsed.path.unwrap_or(""));
        let mut request = Request::new(method, target);
        request.headers = owned_headers(parsed.headers);
        let expects = header(&request.headers, "Expect");
        if expects.is_some_and(|value| value.eq_ignore_ascii_case("100-continue")) {
            self.tcp.send(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        request.body = self.body(&request.headers, false).await?;
        Ok(Some(request))
    }

    /// The response to a request with this method; `None` if the server said nothing sensible.
    pub async fn response(&mut self, method: &str) -> Result<Option<Response>, Errno> {
        loop {
            let Some(head) = self.head().await? else { return Ok(None) };
            let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
            let mut parsed = httparse::Response::new(&mut fields);
            if parsed.parse(&head).is_err() {
                return Ok(None);
            }
            let status = parsed.code.unwrap_or(0);
            let reason = parsed.reason.unwrap_or("").to_owned();
            let headers = owned_headers(parsed.headers);
            if status == 100 {
                continue;
            }
            let has_body = method != "HEAD" && status != 204 && status != 304;
            let body = if has_body { self.body(&headers, true).await? } else { Vec::new() };
            return Ok(Some(Response { status, reason, headers, body }));
        }
    }

    async fn body(
        &mut self,
        headers: &[(String, String)],
        until_end: bool,
    ) -> Result<Vec<u8>, Errno> {
        let coding = header(headers, "Transfer-Encoding");
        if coding.is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            return self.chunks().await;
        }
        match header(headers, "Content-Length").and_then(|len| len.trim().parse().ok()) {
            Some(len) => self.exactly(len).await,
            None if until_end => {
                while self.bytes.len() < MAX_BODY && self.more().await? {}
                Ok(std::mem::take(&mut self.bytes))
            }
            None => Ok(Vec::new()),
        }
    }
}

fn owned_headers(fields: &[httparse::Header<'_>]) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    fields.iter().map(|field| (field.name.to_owned(), text(field.value))).collect()
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// Makes one request on a connection of its own.
pub async fn fetch(
    proc: &Proc,
    ns: NamespaceId,
    server: (Ipv4Addr, u16),
    request: &Request,
) -> Result<Option<Response>, Errno> {
    let tcp = Tcp::connect_from(proc, ns, (None, 0), server, None).await?;
    tcp.send(&request.to_bytes()).await?;
    Reader::new(tcp).response(&request.method).await
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
        proc.thread(async move {
            let mut reader = Reader::new(tcp.clone());
            while let Ok(Some(request)) = reader.request().await {
                let closes = header(&request.headers, "Connection")
                    .is_some_and(|value| value.eq_ignore_ascii_case("close"));
                let is_head = request.method == "HEAD";
                let mut response = answer(request, tcp.peer).await;
                if is_head {
                    let len = response.body.len().to_string();
                    response = response.with("Content-Length", &len);
                    response.body.clear();
                }
                if closes {
                    response = response.with("Connection", "close");
                }
                if tcp.send(&response.to_bytes()).await.is_err() || closes {
                    break;
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_written_and_its_query_read() {
        let mut request = Request::new("PUT", "/v1/kv/a%2Fb?cas=0&flags=7").with("Host", "x");
        request.body = b"hello".to_vec();
        let text = String::from_utf8(request.to_bytes()).unwrap();
        assert!(text.starts_with("PUT /v1/kv/a%2Fb?cas=0&flags=7 HTTP/1.1\r\nHost: x\r\n"));
        assert!(text.ends_with("Content-Length: 5\r\n\r\nhello"));
        assert_eq!(request.query("cas").as_deref(), Some("0"));
        assert_eq!(request.query("nope"), None);
        assert_eq!(decode("a%2Fb+c%"), "a/b c%");
    }
}
