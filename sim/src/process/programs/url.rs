//! URLs of the kind `http://user:password@host:port/path?query`.

/// A URL, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    /// `http`.
    pub scheme: String,
    /// `user:password`, if there is one.
    pub user: Option<String>,
    /// The host.
    pub host: String,
    /// The port, if it was written.
    pub port: Option<u16>,
    /// Path and query; at least `/`.
    pub path: String,
}

/// Why a text is no URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// It names no host.
    NoHost,
    /// Its port is no port.
    BadPort,
}

impl Url {
    /// Reads a URL; without a scheme it is `http`. What stands behind `#` is for browsers.
    pub fn parse(text: &str) -> Result<Url, Wrong> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (user, place) = match authority.rsplit_once('@') {
            Some((user, place)) => (Some(user.to_owned()), place),
            None => (None, authority),
        };
        let bracketed = place.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let (host, port) = match bracketed {
            Some((host, port)) => (host, port),
            None => place.split_at(place.rfind(':').unwrap_or(place.len())),
        };
        let (host, port) = match port.strip_prefix(':') {
            None | Some("") => (host, None),
            Some(port) => (host, Some(port.parse().map_err(|_| Wrong::BadPort)?)),
        };
        if host.is_empty() {
            return Err(Wrong::NoHost);
        }
        let slash = if path.starts_with('/') { "" } else { "/" };
        Ok(Url {
            scheme: scheme.to_ascii_lowercase(),
            user,
            host: host.to_owned(),
            port,
            path: format!("{slash}{path}"),
        })
    }

    /// The port, written or not.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(if self.scheme == "https" { 443 } else { 80 })
    }

    /// `host`, or `host:port` if the port was written.
    pub fn place(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }

    /// `host`, or `host:port` if the port is not the usual one: what a request says.
    pub fn host_field(&self) -> String {
        let usual = if self.scheme == "https" { 443 } else { 80 };
        match self.port {
            Some(port) if port != usual => format!("{}:{port}", self.host),
            _ => self.host.clone(),
        }
    }

    /// The last part of the path, without the query; empty for a directory.
    pub fn file_name(&self) -> &str {
        let path = self.path.split('?').next().unwrap_or_default();
        path.rsplit('/').next().unwrap_or_default()
    }

    /// Where a `Location` leads.
    pub fn join(&self, location: &str) -> Result<Url, Wrong> {
        if location.contains("://") {
            return Url::parse(location);
        }
        let path = if location.starts_with('/') {
            location.to_owned()
        } else {
            let path = self.path.split('?').next().unwrap_or_default();
            let dir = path.rsplit_once('/').map_or("", |(dir, _)| dir);
            format!("{dir}/{location}")
        };
        Ok(Url { path, ..self.clone() })
    }

    /// The value of `Authorization` for the user of the URL.
    pub fn authorization(&self) -> Option<String> {
        self.user.as_ref().map(|user| format!("Basic {}", base64(user.as_bytes())))
    }
}

impl std::fmt::Display for Url {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.place(), self.path)
    }
}

/// Base64 (RFC 4648 section 4).
pub fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let word = group.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
        let word = word << (8 * (3 - group.len()));
        for digit in 0..4 {
            let value = word >> (18 - 6 * digit) & 63;
            out.push(if digit <= group.len() { char::from(DIGITS[value as usize]) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart() {
        let url = Url::parse("http://u:p@web:8080/a/b.txt?x=1#top").unwrap();
        assert_eq!((url.host.as_str(), url.port()), ("web", 8080));
        assert_eq!(url.path, "/a/b.txt?x=1");
        assert_eq!(url.file_name(), "b.txt");
        assert_eq!(url.authorization(), Some("Basic dTpw".into()));
        let short = Url::parse("web").unwrap();
        assert_eq!((short.port(), short.path.as_str()), (80, "/"));
        assert_eq!(short.to_string(), "http://web/");
        assert_eq!(Url::parse("http:///x"), Err(Wrong::NoHost));
        assert_eq!(Url::parse("http://web:x/"), Err(Wrong::BadPort));
    }

    #[test]
    fn the_usual_port_is_not_told_to_the_server() {
        assert_eq!(Url::parse("http://web:80/").unwrap().host_field(), "web");
        assert_eq!(Url::parse("http://web:81/").unwrap().host_field(), "web:81");
    }

    #[test]
    fn locations_are_relative_or_not() {
        let url = Url::parse("http://web/a/b?x").unwrap();
        assert_eq!(url.join("/c").unwrap().path, "/c");
        assert_eq!(url.join("c").unwrap().path, "/a/c");
        assert_eq!(url.join("http://other/").unwrap().host, "other");
    }

    #[test]
    fn base64_pads_the_end() {
        assert_eq!(base64(b"abc"), "YWJj");
        assert_eq!(base64(b"ab"), "YWI=");
        assert_eq!(base64(b"a"), "YQ==");
    }
}
