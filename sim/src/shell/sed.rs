//! The scripts of `sed`, as far as people edit configuration files with it.

use regex_lite::Regex;

/// A parsed script.
pub struct Script(Vec<Step>);

struct Step {
    address: Address,
    verb: Verb,
}

enum Address {
    All,
    Line(usize),
    Last,
    Lines(usize, usize),
    Pattern(Regex),
}

enum Verb {
    Substitute { pattern: Regex, by: String, global: bool },
    Delete,
    Print,
    Append(String),
    Insert(String),
    Change(String),
}

impl Script {
    /// Parses the text of `-e`.
    pub fn parse(
        text: &str,
        regex: impl Fn(&str) -> Result<Regex, String>,
    ) -> Result<Script, String> {
        let mut steps = Vec::new();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let (address, tail) = parse_address(rest, &regex)?;
            let (verb, tail) = parse_verb(tail.trim_start(), &regex)?;
            steps.push(Step { address, verb });
            rest = tail.trim_start_matches([';', '\n', ' ']);
        }
        Ok(Script(steps))
    }

    /// What becomes of a text.
    pub fn run(&self, text: &str, quiet: bool) -> String {
        let lines: Vec<&str> = text.lines().collect();
        let mut out = String::new();
        for (n, line) in lines.iter().enumerate() {
            let mut line = (*line).to_owned();
            let (mut deleted, mut after) = (false, String::new());
            for step in &self.0 {
                if deleted || !step.address.fits(n + 1, lines.len(), &line) {
                    continue;
                }
                match &step.verb {
                    Verb::Substitute { pattern, by, global } => {
                        let count = usize::from(!global);
                        line = pattern.replacen(&line, count, by.as_str()).into_owned();
                    }
                    Verb::Delete => deleted = true,
                    Verb::Print => out += &format!("{line}\n"),
                    Verb::Append(text) => after += &format!("{text}\n"),
                    Verb::Insert(text) => out += &format!("{text}\n"),
                    Verb::Change(text) => {
                        out += &format!("{text}\n");
                        deleted = true;
                    }
                }
            }
            if !deleted && !quiet {
                out += &format!("{line}\n");
            }
            out += &after;
        }
        out
    }
}

impl Address {
    fn fits(&self, n: usize, last: usize, line: &str) -> bool {
        match self {
            Address::All => true,
            Address::Line(wanted) => n == *wanted,
            Address::Last => n == last,
            Address::Lines(low, high) => (*low..=*high).contains(&n),
            Address::Pattern(regex) => regex.is_match(line),
        }
    }
}

fn parse_address(
    text: &str,
    regex: impl Fn(&str) -> Result<Regex, String>,
) -> Result<(Address, &str), String> {
    if let Some(rest) = text.strip_prefix('$') {
        return Ok((Address::Last, rest));
    }
    if let Some(rest) = text.strip_prefix('/') {
        let (pattern, rest) = until(rest, '/').ok_or("unterminated address regex")?;
        return Ok((Address::Pattern(regex(&pattern)?), rest));
    }
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if digits == 0 {
        return Ok((Address::All, text));
    }
    let low = text[..digits].parse().map_err(|_| "invalid line number")?;
    let rest = &text[digits..];
    let Some(second) = rest.strip_prefix(',') else { return Ok((Address::Line(low), rest)) };
    if let Some(rest) = second.strip_prefix('$') {
        return Ok((Address::Lines(low, usize::MAX), rest));
    }
    let digits = second.len() - second.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let high = second[..digits].parse().map_err(|_| "unexpected `,'")?;
    Ok((Address::Lines(low, high), &second[digits..]))
}

fn parse_verb(
    text: &str,
    regex: impl Fn(&str) -> Result<Regex, String>,
) -> Result<(Verb, &str), String> {
    let mut chars = text.chars();
    match chars.next() {
        Some('d') => Ok((Verb::Delete, &text[1..])),
        Some('p') => Ok((Verb::Print, &text[1..])),
        Some('s') => {
            let delimiter = chars.next().ok_or("unterminated `s' command")?;
            let rest = &text[1 + delimiter.len_utf8()..];
            let (pattern, rest) = until(rest, delimiter).ok_or("unterminated `s' command")?;
            let (by, rest) = until(rest, delimiter).ok_or("unterminated `s' command")?;
            let flags = rest.len() - rest.trim_start_matches(['g', 'i', 'I']).len();
            let global = rest[..flags].contains('g');
            let pattern = regex(&pattern)?;
            Ok((Verb::Substitute { pattern, by: replacement(&by), global }, &rest[flags..]))
        }
        Some(verb @ ('a' | 'i' | 'c')) => {
            let line = text[1..].trim_start().trim_start_matches('\\').trim_start();
            let (line, rest) = line.split_once('\n').unwrap_or((line, ""));
            let text = line.replace("\\t", "\t").replace("\\n", "\n");
            let verb = match verb {
                'a' => Verb::Append(text),
                'i' => Verb::Insert(text),
                _ => Verb::Change(text),
            };
            Ok((verb, rest))
        }
        Some(other) => Err(format!("char 1: unknown command: `{other}'")),
        None => Err("char 1: missing command".into()),
    }
}

/// Text up to an unescaped delimiter, and what follows it.
fn until(text: &str, delimiter: char) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == delimiter {
            return Some((out, &text[at + c.len_utf8()..]));
        }
        if c == '\\' {
            match chars.next() {
                Some((_, next)) if next == delimiter => out.push(next),
                Some((_, next)) => {
                    out.push('\\');
                    out.push(next);
                }
                None => return None,
            }
        } else {
            out.push(c);
        }
    }
    None
}

/// sed's `\1` and `&` as the regex crate's `${1}` and `${0}`.
fn replacement(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '&' => out.push_str("${0}"),
            '$' => out.push_str("$$"),
            '\\' => match chars.next() {
                Some(digit) if digit.is_ascii_digit() => out += &format!("${{{digit}}}"),
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some(other) => out.push(other),
                None => {}
            },
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sed(script: &str, text: &str) -> String {
        let regex = |pattern: &str| Regex::new(pattern).map_err(|error| error.to_string());
        Script::parse(script, regex).map(|script| script.run(text, false)).unwrap()
    }

    #[test]
    fn lines_are_edited() {
        assert_eq!(sed("s/a/b/", "aa\nca\n"), "ba\ncb\n");
        assert_eq!(sed("s|/usr|&/local|g", "/usr:/usr\n"), "/usr/local:/usr/local\n");
        assert_eq!(sed("/x/d", "x\ny\n"), "y\n");
        assert_eq!(sed("2,3d;1s/a/z/", "a\nb\nc\nd\n"), "z\nd\n");
        assert_eq!(sed("$a end", "a\n"), "a\nend\n");
    }
}
