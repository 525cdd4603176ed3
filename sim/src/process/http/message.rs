//! HTTP/1.1 (RFC 9112), as far as clients and servers here speak it: heads, bodies with a length, in
//! chunks or until the end, connections that stay open.
//!
//! A [`Connection`] reads one message after the other: first its [`Head`], then, piece by piece or as
//! a whole, the [`Body`] that the head announces. [`serve`] and [`ask`] are for those who only want
//! whole messages.

use std::fmt;
use std::future::Future;
use std::rc::Rc;

use crate::kernel::Errno;
use crate::process::proc::Proc;
use crate::process::socket::{Listener, Tcp};
use crate::wire::Ipv4Addr;

/// Bytes that a head, or the line of a chunk, may have.
const MAX_HEAD: usize = 64 << 10;
/// Bytes that a whole body may have.
const MAX_BODY: usize = 16 << 20;

/// Why a message could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// The connection failed.
    Broken(Errno),
    /// It was closed in the middle.
    Cut,
    /// It is not HTTP.
    Malformed,
    /// It is longer than anybody here wants.
    TooLong,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Broken(errno) => errno.fmt(f),
            Error::Cut => f.write_str("unexpected EOF"),
            Error::Malformed => f.write_str("malformed HTTP message"),
            Error::TooLong => f.write_str("HTTP message is too long"),
        }
    }
}

impl From<Errno> for Error {
    fn from(errno: Errno) -> Self {
        Error::Broken(errno)
    }
}

/// The first line and the header fields of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// `GET / HTTP/1.1` or `HTTP/1.1 200 OK`.
    pub line: String,
    /// Names and values, in order.
    pub fields: Vec<(String, String)>,
}

impl Head {
    /// A head with this first line and no field.
    pub fn new(line: impl Into<String>) -> Head {
        Head { line: line.into(), fields: Vec::new() }
    }

    /// The same with one field more.
    pub fn with(mut self, name: &str, value: impl fmt::Display) -> Head {
        self.fields.push((name.to_owned(), value.to_string()));
        self
    }

    /// The value of a field; the case of its name does not matter.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Method and target of a request.
    pub fn request(&self) -> Option<(&str, &str)> {
        let mut words = self.line.split(' ');
        let (method, target) = (words.next()?, words.next()?);
        (!method.is_empty() && target.starts_with('/')).then_some((method, target))
    }

    /// Status code of a response.
    pub fn status(&self) -> Option<u16> {
        self.line.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()
    }

    /// Whether the connection stays open behind this message.
    pub fn keeps_alive(&self) -> bool {
        let option = self.get("Connection").unwrap_or_default().to_ascii_lowercase();
        if self.line.contains("HTTP/1.0") { option == "keep-alive" } else { option != "close" }
    }

    /// As it goes over the wire.
    pub fn to_bytes(&self) -> Vec<u8> {
        let fields = self.fields.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
        let lines: String = std::iter::once(format!("{}\r\n", self.line)).chain(fields).collect();
        (lines + "\r\n").into_bytes()
    }

    /// Reads a head at the beginning of `bytes`: it and its length, or `None` while its end is
    /// missing.
    fn parse(bytes: &[u8]) -> Result<Option<(Head, usize)>, Error> {
        let end = bytes.windows(4).position(|end| end == b"\r\n\r\n").map(|at| (at, at + 4));
        let bare = bytes.windows(2).position(|end| end == b"\n\n").map(|at| (at, at + 2));
        let Some((end, len)) = end.into_iter().chain(bare).min() else {
            return if bytes.len() > MAX_HEAD { Err(Error::TooLong) } else { Ok(None) };
        };
        let text = String::from_utf8_lossy(&bytes[..end]);
        let mut lines = text.lines();
        let mut head = Head::new(lines.next().unwrap_or_default());
        for line in lines {
            let (name, value) = line.split_once(':').ok_or(Error::Malformed)?;
            head.fields.push((name.trim().to_owned(), value.trim().to_owned()));
        }
        Ok(Some((head, len)))
    }

    fn is_chunked(&self) -> bool {
        self.get("Transfer-Encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"))
    }

    /// The length that the head announces.
    pub fn content_length(&self) -> Option<u64> {
        self.get("Content-Length")?.parse().ok()
    }
}

/// What is still to come of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// So many bytes.
    Length(u64),
    /// Chunks; so many bytes are left of the one that has begun.
    Chunks(u64),
    /// Everything until the connection is closed.
    ToTheEnd,
}

impl Body {
    /// The body behind the head of a request.
    pub fn of_request(head: &Head) -> Body {
        match head.content_length() {
            _ if head.is_chunked() => Body::Chunks(0),
            length => Body::Length(length.unwrap_or(0)),
        }
    }

    /// The body behind the head of the response to a request with this method.
    pub fn of_response(method: &str, head: &Head) -> Body {
        let has_none = method == "HEAD" || matches!(head.status(), Some(100..=199 | 204 | 304));
        match head.content_length() {
            _ if has_none => Body::Length(0),
            _ if head.is_chunked() => Body::Chunks(0),
            Some(length) => Body::Length(length),
            None => Body::ToTheEnd,
        }
    }
}

/// A TCP connection on which messages are read.
pub struct Connection {
    tcp: Tcp,
    buffer: Vec<u8>,
}

impl Connection {
    /// Messages on this connection.
    pub fn new(tcp: Tcp) -> Connection {
        Connection { tcp, buffer: Vec::new() }
    }

    /// The connection below.
    pub fn tcp(&self) -> &Tcp {
        &self.tcp
    }

    /// Sends bytes.
    pub async fn send(&self, bytes: &[u8]) -> Result<(), Error> {
        Ok(self.tcp.send(bytes).await?)
    }

    /// Sends a message with its body.
    pub async fn send_message(&self, head: &Head, body: &[u8]) -> Result<(), Error> {
        let mut bytes = head.to_bytes();
        bytes.extend_from_slice(body);
        self.send(&bytes).await
    }

    /// Takes what has come since; false at the end.
    async fn fill(&mut self) -> Result<bool, Error> {
        let bytes = self.tcp.recv().await?;
        self.buffer.extend_from_slice(&bytes);
        Ok(!bytes.is_empty())
    }

    /// Reads the head of the next message; `None` if the connection is closed before it begins.
    pub async fn read_head(&mut self) -> Result<Option<Head>, Error> {
        loop {
            if let Some((head, len)) = Head::parse(&self.buffer)? {
                self.buffer.drain(..len);
                return Ok(Some(head));
            }
            if !self.fill().await? {
                return if self.buffer.is_empty() { Ok(None) } else { Err(Error::Cut) };
            }
        }
    }

    /// Reads some bytes of a body; `None` behind its end.
    pub async fn read_piece(&mut self, body: &mut Body) -> Result<Option<Vec<u8>>, Error> {
        if let Body::Chunks(0) = body {
            let size = self.read_chunk_size().await?;
            if size == 0 {
                // Trailer fields say nothing that is of use here.
                while !self.read_line().await?.is_empty() {}
                *body = Body::Length(0);
            } else {
                *body = Body::Chunks(size);
            }
        }
        if *body == Body::Length(0) {
            return Ok(None);
        }
        if self.buffer.is_empty() && !self.fill().await? {
            return if *body == Body::ToTheEnd { Ok(None) } else { Err(Error::Cut) };
        }
        let most = match body {
            Body::Length(left) | Body::Chunks(left) => (*left).min(self.buffer.len() as u64),
            Body::ToTheEnd => self.buffer.len() as u64,
        };
        let piece: Vec<u8> = self.buffer.drain(..most as usize).collect();
        match body {
            Body::Length(left) => *left -= most,
            Body::Chunks(left) => {
                *left -= most;
                if *left == 0 && !self.read_line().await?.is_empty() {
                    return Err(Error::Malformed);
                }
            }
            Body::ToTheEnd => {}
        }
        Ok(Some(piece))
    }

    /// Reads a whole body.
    pub async fn read_body(&mut self, mut body: Body) -> Result<Vec<u8>, Error> {
        let mut whole = Vec::new();
        while let Some(piece) = self.read_piece(&mut body).await? {
            whole.extend_from_slice(&piece);
            if whole.len() > MAX_BODY {
                return Err(Error::TooLong);
            }
        }
        Ok(whole)
    }

    async fn read_line(&mut self) -> Result<String, Error> {
        loop {
            if let Some(at) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=at).collect();
                return Ok(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            if self.buffer.len() > MAX_HEAD {
                return Err(Error::TooLong);
            }
            if !self.fill().await? {
                return Err(Error::Cut);
            }
        }
    }

    async fn read_chunk_size(&mut self) -> Result<u64, Error> {
        let line = self.read_line().await?;
        let digits = line.split(';').next().unwrap_or_default().trim();
        u64::from_str_radix(digits, 16).map_err(|_| Error::Malformed)
    }
}

/// A request as a server sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Its head.
    pub head: Head,
    /// Its body.
    pub body: Vec<u8>,
    /// Who sent it.
    pub peer: (Ipv4Addr, u16),
}

/// A response, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// Its head.
    pub head: Head,
    /// Its body.
    pub body: Vec<u8>,
}

impl Response {
    /// A response with a body; its length is added to the head.
    pub fn new(status: u16, reason: &str, body: Vec<u8>) -> Response {
        let head = Head::new(format!("HTTP/1.1 {status} {reason}"));
        Response { head: head.with("Content-Length", body.len()), body }
    }

    /// The same with one field more.
    pub fn with(mut self, name: &str, value: impl fmt::Display) -> Response {
        self.head = self.head.with(name, value);
        self
    }
}

/// Serves requests for ever; each connection has a thread of its own.
pub async fn serve<F: Future<Output = Response>>(
    proc: &Proc,
    listener: &Listener,
    answer: impl Fn(Request) -> F + 'static,
) -> Errno {
    let answer = Rc::new(answer);
    loop {
        let tcp = match listener.accept().await {
            Ok(tcp) => tcp,
            Err(errno) => return errno,
        };
        let answer = answer.clone();
        // A client that breaks its connection has only itself to tell.
        proc.thread(async move {
            let _ = converse(tcp, &*answer).await;
        });
    }
}

async fn converse<F: Future<Output = Response>>(
    tcp: Tcp,
    answer: &impl Fn(Request) -> F,
) -> Result<(), Error> {
    let peer = tcp.peer;
    let mut connection = Connection::new(tcp);
    while let Some(head) = connection.read_head().await? {
        let body = connection.read_body(Body::of_request(&head)).await?;
        let keeps_alive = head.keeps_alive();
        let has_body = !head.line.starts_with("HEAD ");
        let response = answer(Request { head, body, peer }).await;
        let body = if has_body { response.body.as_slice() } else { &[] };
        connection.send_message(&response.head, body).await?;
        if !(keeps_alive && response.head.keeps_alive()) {
            break;
        }
    }
    Ok(())
}

/// Sends one request over a connection of its own and reads the response.
pub async fn ask(
    proc: &Proc,
    server: (Ipv4Addr, u16),
    head: &Head,
    body: &[u8],
) -> Result<Response, Error> {
    let mut connection = Connection::new(Tcp::connect(proc, server).await?);
    connection.send_message(head, body).await?;
    let method = head.line.split(' ').next().unwrap_or_default();
    let head = connection.read_head().await?.ok_or(Error::Cut)?;
    let body = connection.read_body(Body::of_response(method, &head)).await?;
    Ok(Response { head, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_when_it_is_there() {
        let bytes = b"GET /a HTTP/1.1\r\nHost: web\r\nconnection: close\r\n\r\nrest";
        for cut in 0..bytes.len() - 4 {
            assert_eq!(Head::parse(&bytes[..cut]), Ok(None));
        }
        let (head, len) = Head::parse(bytes).unwrap().unwrap();
        assert_eq!(len, bytes.len() - 4);
        assert_eq!(head.request(), Some(("GET", "/a")));
        assert_eq!(head.get("HOST"), Some("web"));
        assert!(!head.keeps_alive());
        assert_eq!(Head::parse(b"GET / HTTP/1.1\r\nnonsense\r\n\r\n"), Err(Error::Malformed));
    }

    #[test]
    fn the_head_says_where_the_body_ends() {
        let ok = || Head::new("HTTP/1.1 200 OK");
        assert_eq!(Body::of_response("GET", &ok()), Body::ToTheEnd);
        let sized = ok().with("Content-Length", 7);
        assert_eq!(Body::of_response("GET", &sized), Body::Length(7));
        assert_eq!(Body::of_response("HEAD", &sized), Body::Length(0));
        let chunked = ok().with("Transfer-Encoding", "chunked");
        assert_eq!(Body::of_response("GET", &chunked), Body::Chunks(0));
        let empty = Head::new("HTTP/1.1 204 No Content");
        assert_eq!(Body::of_response("GET", &empty), Body::Length(0));
        assert_eq!(Body::of_request(&Head::new("GET / HTTP/1.1")), Body::Length(0));
    }

    #[test]
    fn a_version_decides_whether_connections_stay() {
        assert!(Head::new("GET / HTTP/1.1").keeps_alive());
        assert!(!Head::new("GET / HTTP/1.0").keeps_alive());
        assert!(Head::new("GET / HTTP/1.0").with("Connection", "keep-alive").keeps_alive());
    }
}
