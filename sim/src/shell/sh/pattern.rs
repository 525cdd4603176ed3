//! Shell patterns: `*`, `?`, `[…]`, and `\` before what stands for itself.

/// Whether a text has a special character that is not escaped.
pub fn is_pattern(text: &str) -> bool {
    let mut escaped = false;
    for c in text.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '*' | '?' | '[' => return true,
            _ => {}
        }
    }
    false
}

/// Escapes what would be special.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '*' | '?' | '[' | ']' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Removes the escapes.
pub fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next().or(Some('\\'))),
            c => out.push(c),
        }
    }
    out
}

/// Whether a whole text fits a pattern.
pub fn fits(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    fits_from(&pattern, &text)
}

/// The usual backtracking: only the last `*` is ever taken up again, so the work is at most the
/// product of the lengths.
fn fits_from(pattern: &[char], text: &[char]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&'*') {
            star = Some((p + 1, t));
            p += 1;
            continue;
        }
        match single(&pattern[p..], text[t]) {
            Some(used) => {
                p += used;
                t += 1;
            }
            None => match star {
                Some((after, at)) => {
                    star = Some((after, at + 1));
                    p = after;
                    t = at + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// Whether the first element of a pattern fits a character; how long that element is.
fn single(pattern: &[char], c: char) -> Option<usize> {
    match pattern.first()? {
        '?' => Some(1),
        '\\' => match pattern.get(1) {
            Some(escaped) => (*escaped == c).then_some(2),
            None => (c == '\\').then_some(1),
        },
        '[' => match class(pattern, c) {
            Some((fits, len)) => fits.then_some(len),
            None => (c == '[').then_some(1),
        },
        other => (*other == c).then_some(1),
    }
}

/// A `[…]`: whether the character is in it, and how long it is. `None` if it is not closed.
fn class(pattern: &[char], c: char) -> Option<(bool, usize)> {
    let mut at = 1;
    let not = matches!(pattern.get(at), Some('!' | '^'));
    at += usize::from(not);
    let first = at;
    let mut found = false;
    loop {
        let low = *pattern.get(at)?;
        if low == ']' && at > first {
            return Some((found != not, at + 1));
        }
        if pattern.get(at + 1) == Some(&'-') && pattern.get(at + 2).is_some_and(|c| *c != ']') {
            found |= (low..=pattern[at + 2]).contains(&c);
            at += 3;
        } else {
            found |= low == c;
            at += 1;
        }
    }
}

/// A text without the shortest or longest end that fits.
pub fn without_suffix(text: &str, pattern: &str, longest: bool) -> String {
    let mut starts: Vec<usize> =
        text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    if !longest {
        starts.reverse();
    }
    let found = starts.into_iter().find(|at| fits(pattern, &text[*at..]));
    text[..found.unwrap_or(text.len())].to_owned()
}

/// A text without the shortest or longest beginning that fits.
pub fn without_prefix(text: &str, pattern: &str, longest: bool) -> String {
    let mut ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    if longest {
        ends.reverse();
    }
    let found = ends.into_iter().find(|at| fits(pattern, &text[..*at]));
    text[found.unwrap_or(0)..].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_classes_and_escapes() {
        assert!(fits("*.conf", "docker.conf"));
        assert!(!fits("*.conf", "docker.con"));
        assert!(fits("1-[0-9a-f]*", "1-0bde"));
        assert!(fits("[!a]b", "bb"));
        assert!(fits("a\\*", "a*"));
        assert!(!fits("a\\*", "ab"));
        assert!(fits("[", "["));
        assert!(!fits(&"*a".repeat(40), &"a".repeat(39)));
    }

    #[test]
    fn ends_are_cut() {
        assert_eq!(without_suffix("a/b/c", "/*", false), "a/b");
        assert_eq!(without_suffix("a/b/c", "/*", true), "a");
        assert_eq!(without_prefix("a/b/c", "*/", true), "c");
        assert_eq!(without_prefix("abc", "x", true), "abc");
    }
}
