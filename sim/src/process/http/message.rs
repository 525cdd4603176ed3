//! The heads of messages, and how long the bodies behind them are.

use std::fmt;

use crate::kernel::Errno;

/// Bytes that a head, or the line of a chunk, may have.
pub(super) const MAX_HEAD: usize = 64 << 10;

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
    pub(super) fn parse(bytes: &[u8]) -> Result<Option<(Head, usize)>, Error> {
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
