//! Protocols that are lines of text.

const METHODS: [&str; 14] = [
    "OPTIONS",
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "TRACE",
    "CONNECT",
    "PATCH",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
];

/// HTTP: the first line of a head, or with `is_verbose` all of its lines.
pub fn http(payload: &[u8], is_verbose: bool) -> String {
    let first = payload.split(u8::is_ascii_whitespace).next().unwrap_or_default();
    let word = String::from_utf8_lossy(first);
    let is_head = METHODS.contains(&word.as_ref()) || word.starts_with("HTTP/");
    if !is_head {
        return "HTTP".to_owned();
    }
    if !is_verbose {
        return match line(payload) {
            Some((first, _)) => format!("HTTP: {first}"),
            None => "HTTP".to_owned(),
        };
    }
    let mut text = format!("HTTP, length: {}", payload.len());
    let mut rest = payload;
    while let Some((line, after)) = line(rest).filter(|_| !rest.is_empty()) {
        text += "\n\t";
        text += line;
        rest = after;
    }
    text
}

/// The first line and what follows it; nothing if it is not text.
fn line(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(bytes.len());
    let is_text = |byte: &u8| *byte == b'\t' || (b' '..0x7f).contains(byte);
    let (line, rest) = bytes.split_at(end);
    // A line ends as it should, or it is no text.
    let is_ended = rest.is_empty() || rest.starts_with(b"\r\n") || rest.starts_with(b"\n");
    let rest = rest.strip_prefix(b"\r").unwrap_or(rest);
    let rest = rest.strip_prefix(b"\n").unwrap_or(rest);
    let is_line = is_ended && line.iter().all(is_text);
    std::str::from_utf8(line).ok().filter(|_| is_line).map(|line| (line, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_told_and_a_body_is_not() {
        let head = b"GET /ok HTTP/1.1\r\nHost: web\r\n\r\n";
        assert_eq!(http(head, false), "HTTP: GET /ok HTTP/1.1");
        assert_eq!(http(head, true), "HTTP, length: 31\n\tGET /ok HTTP/1.1\n\tHost: web\n\t");
        assert_eq!(http(b"hello\n", false), "HTTP");
    }
}
