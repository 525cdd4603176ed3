//! The words of a filter expression.

/// Signs, longer ones first.
const SIGNS: [&str; 24] = [
    "&&", "||", "==", "!=", "<=", ">=", "<<", ">>", "(", ")", "[", "]", "!", "=", "<", ">", "+",
    "-", "*", "/", "%", "&", "|", ":",
];

/// What is said of an expression that makes no sense.
pub(super) fn syntax_error() -> String {
    "can't parse filter expression: syntax error".to_owned()
}

/// Cuts a text into words and signs. Hardware addresses stay whole.
pub fn split(text: &str) -> Result<Vec<&str>, String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let len = mac_len(rest)
            .or_else(|| word_len(rest))
            .or_else(|| SIGNS.iter().find(|sign| rest.starts_with(**sign)).map(|sign| sign.len()))
            .ok_or_else(syntax_error)?;
        words.push(&rest[..len]);
        rest = rest[len..].trim_start();
    }
    Ok(words)
}

/// Six groups of hexadecimal digits with colons between them.
fn mac_len(text: &str) -> Option<usize> {
    let is_part = |c: char| c.is_ascii_hexdigit() || c == ':';
    let len = text.find(|c| !is_part(c)).unwrap_or(text.len());
    let groups: Vec<&str> = text[..len].split(':').collect();
    let fits = groups.len() == 6 && groups.iter().all(|group| (1..=2).contains(&group.len()));
    fits.then_some(len)
}

/// Letters, digits, and in between `-`, `_` and `.`; a backslash in front lets a keyword be a name.
fn word_len(text: &str) -> Option<usize> {
    let start = usize::from(text.starts_with('\\'));
    if !text[start..].starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let end = text[start..].find(|c| !is_part(c)).map_or(text.len(), |len| start + len);
    Some(text[..end].trim_end_matches(['-', '_']).len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_need_no_blanks() {
        assert_eq!(
            split("tcp[tcpflags]&(tcp-syn|tcp-ack)!=0").unwrap(),
            ["tcp", "[", "tcpflags", "]", "&", "(", "tcp-syn", "|", "tcp-ack", ")", "!=", "0"]
        );
        assert_eq!(split("ip[0:2]").unwrap(), ["ip", "[", "0", ":", "2", "]"]);
        assert_eq!(split("ether host 2:0:0:0:0:1").unwrap(), ["ether", "host", "2:0:0:0:0:1"]);
        assert_eq!(split("net 10.0.0.0/8").unwrap(), ["net", "10.0.0.0", "/", "8"]);
        assert!(split("port 80 ;").is_err());
    }
}
