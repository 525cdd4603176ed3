//! Expected output: text with holes.
//!
//! Runs of blanks are equal, blanks at the end do not count. `[..]` is anything in the line, a line `...`
//! is any lines. Typed holes `[IP] [MAC] [ID10] [ID12] [ID64] [MS] [N] [IF]`; `[MAC=m1]` gives what it
//! found a name, `{m1}` stands for it later, also in a command. Nothing else is special, so that real output can be pasted.

use indexmap::IndexMap;

/// The lines that are expected.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern(pub Vec<Line>);

/// An expected line.
#[derive(Debug, Clone, PartialEq)]
pub enum Line {
    /// `...`: any lines, or none.
    Any,
    /// A line with this text, written as it is, and its parts.
    Text(String, Vec<Piece>),
}

/// A part of an expected line.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// This text.
    Exact(String),
    /// Anything.
    Anything,
    /// Something of a kind, perhaps with a name.
    Hole(Hole, Option<String>),
    /// What was found under a name before.
    Named(String),
}

/// The kinds of holes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hole {
    /// An IPv4 address.
    Ip,
    /// An IPv6 address.
    Ip6,
    /// A hardware address.
    Mac,
    /// Ten hex digits: an id in the name of a network's namespace.
    Id10,
    /// Twelve hex digits.
    Id12,
    /// 64 hex digits.
    Id64,
    /// Milliseconds.
    Ms,
    /// A number.
    Number,
    /// The name of a device.
    Device,
}

impl Hole {
    const ALL: [(Hole, &'static str); 9] = [
        (Hole::Ip, "IP"),
        (Hole::Ip6, "IP6"),
        (Hole::Mac, "MAC"),
        (Hole::Id10, "ID10"),
        (Hole::Id12, "ID12"),
        (Hole::Id64, "ID64"),
        (Hole::Ms, "MS"),
        (Hole::Number, "N"),
        (Hole::Device, "IF"),
    ];

    /// How much of the beginning of a text fits.
    fn fits(self, text: &str) -> Option<usize> {
        let run = |is: &dyn Fn(char) -> bool| text.chars().take_while(|c| is(*c)).count();
        let hex = run(&|c| c.is_ascii_digit() || ('a'..='f').contains(&c));
        match self {
            Hole::Ip => {
                let len = run(&|c| c.is_ascii_digit() || c == '.');
                text[..len].trim_end_matches('.').parse::<std::net::Ipv4Addr>().ok()?;
                Some(text[..len].trim_end_matches('.').len())
            }
            Hole::Ip6 => {
                let len = run(&|c| c.is_ascii_hexdigit() || c == ':');
                text[..len].parse::<std::net::Ipv6Addr>().ok().map(|_| len)
            }
            Hole::Mac => {
                let candidate = text.get(..17)?;
                let fits = candidate.split(':').count() == 6
                    && candidate
                        .split(':')
                        .all(|part| part.len() == 2 && part.chars().all(|c| c.is_ascii_hexdigit()));
                fits.then_some(17)
            }
            Hole::Id10 => (hex == 10).then_some(10),
            Hole::Id12 => (hex == 12).then_some(12),
            Hole::Id64 => (hex == 64).then_some(64),
            Hole::Ms => {
                let len = run(&|c| c.is_ascii_digit() || c == '.');
                text[..len].parse::<f64>().ok().map(|_| len)
            }
            Hole::Number => {
                let len = run(&|c| c.is_ascii_digit());
                (len > 0).then_some(len)
            }
            Hole::Device => {
                let len = run(&|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
                (len > 0 && len <= 15).then_some(len)
            }
        }
    }
}

/// Reads expected lines. The error has the number of the line, the word and what is wrong.
pub fn parse(lines: &[String]) -> Result<Pattern, (usize, String, String)> {
    lines
        .iter()
        .enumerate()
        .map(|(n, line)| match line.trim() {
            "..." => Ok(Line::Any),
            _ => pieces(line)
                .map(|pieces| Line::Text(line.clone(), pieces))
                .map_err(|(word, message)| (n, word, message)),
        })
        .collect::<Result<_, _>>()
        .map(Pattern)
}

fn pieces(line: &str) -> Result<Vec<Piece>, (String, String)> {
    let line = squeeze(line);
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = line.as_str();
    while let Some(c) = rest.chars().next() {
        let (piece, len) = match c {
            '[' => hole(rest)?,
            '{' => named(rest),
            _ => (None, 0),
        };
        match piece {
            Some(piece) => {
                if !text.is_empty() {
                    pieces.push(Piece::Exact(std::mem::take(&mut text)));
                }
                pieces.push(piece);
                rest = &rest[len..];
            }
            None => {
                text.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    if !text.is_empty() {
        pieces.push(Piece::Exact(text));
    }
    Ok(pieces)
}

/// A hole at the beginning of a text, and its length.
fn hole(text: &str) -> Result<(Option<Piece>, usize), (String, String)> {
    let Some(end) = text.find(']') else { return Ok((None, 0)) };
    let word = &text[1..end];
    if word == ".." {
        return Ok((Some(Piece::Anything), end + 1));
    }
    let (kind, name) = match word.split_once('=') {
        Some((kind, name)) => (kind, Some(name.to_owned())),
        None => (word, None),
    };
    let found = Hole::ALL.iter().find(|(_, known)| *known == kind);
    if found.is_none() && name.is_some() && kind.chars().all(|c| c.is_ascii_uppercase()) {
        let known: Vec<&str> = Hole::ALL.iter().map(|(_, name)| *name).collect();
        return Err((
            word.to_owned(),
            format!("there is no hole [{kind}]; there are {}", known.join(", ")),
        ));
    }
    Ok(match found {
        Some((hole, _)) => (Some(Piece::Hole(*hole, name)), end + 1),
        None => (None, 0),
    })
}

/// A name in braces at the beginning of a text, and its length.
fn named(text: &str) -> (Option<Piece>, usize) {
    let Some(end) = text.find('}') else { return (None, 0) };
    let name = &text[1..end];
    let is_name = !name.is_empty()
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && name.starts_with(|c: char| c.is_ascii_lowercase());
    if is_name { (Some(Piece::Named(name.to_owned())), end + 1) } else { (None, 0) }
}

/// A line with single blanks and none at its end.
fn squeeze(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut blank = false;
    for c in line.trim_end().chars() {
        if c == ' ' || c == '\t' {
            blank = true;
            continue;
        }
        if blank {
            out.push(' ');
        }
        blank = false;
        out.push(c);
    }
    out
}

/// Names of what was found in holes.
pub type Found = IndexMap<String, String>;

/// Where output is not as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The expected line, counted from 0 as the pattern has them; behind the last one if there was too much output.
    pub line: usize,
    /// What was expected there; `None` if nothing more was.
    pub expected: Option<String>,
    /// What came; `None` if nothing more did.
    pub got: Option<String>,
}

impl Pattern {
    /// Compares output. Without a mismatch, `found` has the names.
    pub fn compare(&self, output: &str, unordered: bool, found: &mut Found) -> Option<Mismatch> {
        let lines: Vec<&str> = output.lines().collect();
        let lines: Vec<&str> = trim_blank(&lines).to_vec();
        let (skipped, expected) = trim_any(&self.0);
        if unordered {
            return compare_unordered(expected, &lines, found)
                .map(|mismatch| Mismatch { line: mismatch.line + skipped, ..mismatch });
        }
        let mut names = found.clone();
        let mut furthest = Furthest { at: 0, got: None };
        if ordered(expected, &lines, &mut names, &mut furthest, 0) {
            *found = names;
            return None;
        }
        let text = |line: &Line| match line {
            Line::Any => "...".to_owned(),
            Line::Text(text, _) => text.clone(),
        };
        Some(Mismatch {
            line: furthest.at + skipped,
            expected: expected.get(furthest.at).map(text),
            got: furthest.got,
        })
    }
}

/// Blank lines at both ends do not count.
fn trim_blank<'a, 'b>(lines: &'a [&'b str]) -> &'a [&'b str] {
    let is_blank = |line: &&str| line.trim().is_empty();
    let start = lines.iter().position(|line| !is_blank(line)).unwrap_or(lines.len());
    let end = lines.iter().rposition(|line| !is_blank(line)).map_or(start, |n| n + 1);
    &lines[start..end]
}

/// The same for expected lines; how many were skipped, and the rest.
fn trim_any(lines: &[Line]) -> (usize, &[Line]) {
    let is_blank = |line: &Line| matches!(line, Line::Text(text, _) if text.trim().is_empty());
    let start = lines.iter().position(|line| !is_blank(line)).unwrap_or(lines.len());
    let end = lines.iter().rposition(|line| !is_blank(line)).map_or(start, |n| n + 1);
    (start, &lines[start..end])
}

/// The place up to which a comparison came: the best one of all that were tried.
struct Furthest {
    at: usize,
    got: Option<String>,
}

/// Expected lines against lines; `...` takes as few as it can. Only the last one is taken up again, so
/// the work stays small.
fn ordered(
    expected: &[Line],
    lines: &[&str],
    found: &mut Found,
    furthest: &mut Furthest,
    start: usize,
) -> bool {
    let (mut e, mut l) = (start, 0);
    let mut retry: Option<(usize, usize, Found)> = None;
    loop {
        let fits = match (expected.get(e), lines.get(l)) {
            (None, None) => return true,
            (Some(Line::Any), _) => {
                e += 1;
                retry = Some((e, l, found.clone()));
                continue;
            }
            (Some(Line::Text(_, pieces)), Some(line)) => {
                let mut names = found.clone();
                let fits = line_fits(pieces, &squeeze(line), &mut names);
                if fits {
                    *found = names;
                }
                fits
            }
            _ => false,
        };
        if fits {
            e += 1;
            l += 1;
            continue;
        }
        if e >= furthest.at {
            furthest.at = e;
            furthest.got = lines.get(l).map(|line| (*line).to_owned());
        }
        match &mut retry {
            Some((after, at, names)) if *at < lines.len() => {
                *at += 1;
                e = *after;
                l = *at;
                *found = names.clone();
            }
            _ => return false,
        }
    }
}

fn compare_unordered(expected: &[Line], lines: &[&str], found: &mut Found) -> Option<Mismatch> {
    let mut left: Vec<&str> = lines.to_vec();
    let mut open_end = false;
    for (n, line) in expected.iter().enumerate() {
        let Line::Text(text, pieces) = line else {
            open_end = true;
            continue;
        };
        let hit = left.iter().position(|got| {
            let mut names = found.clone();
            let fits = line_fits(pieces, &squeeze(got), &mut names);
            if fits {
                *found = names;
            }
            fits
        });
        match hit {
            Some(at) => {
                left.remove(at);
            }
            None => {
                let got = left.first().map(|line| (*line).to_owned());
                return Some(Mismatch { line: n, expected: Some(text.clone()), got });
            }
        }
    }
    if left.is_empty() || open_end {
        return None;
    }
    let got = left.first().map(|line| (*line).to_owned());
    Some(Mismatch { line: expected.len(), expected: None, got })
}

/// Whether a line fits. `[..]` takes as little as it can; only the last one is taken up again.
fn line_fits(pieces: &[Piece], line: &str, found: &mut Found) -> bool {
    let (mut p, mut at) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        let rest = &line[at..];
        let step = match pieces.get(p) {
            None if rest.is_empty() => return true,
            None => None,
            Some(Piece::Anything) => {
                p += 1;
                retry = Some((p, at));
                continue;
            }
            Some(Piece::Exact(text)) => rest.starts_with(text.as_str()).then_some(text.len()),
            Some(Piece::Named(name)) => match found.get(name) {
                Some(value) => rest.starts_with(value.as_str()).then_some(value.len()),
                // A name that was never given stands for itself.
                None => rest.starts_with(&format!("{{{name}}}")).then_some(name.len() + 2),
            },
            Some(Piece::Hole(hole, name)) => hole.fits(rest).inspect(|len| {
                if let Some(name) = name {
                    found.insert(name.clone(), rest[..*len].to_owned());
                }
            }),
        };
        match (step, &mut retry) {
            (Some(len), _) => {
                p += 1;
                at += len;
            }
            (None, Some((after, from))) if *from < line.len() => {
                *from += line[*from..].chars().next().map_or(1, char::len_utf8);
                p = *after;
                at = *from;
            }
            (None, _) => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(expected: &str, got: &str) -> Option<Mismatch> {
        let lines: Vec<String> = expected.lines().map(str::to_owned).collect();
        parse(&lines).unwrap().compare(got, false, &mut Found::new())
    }

    #[test]
    fn holes_fit_what_they_name() {
        assert_eq!(compare("[IP] is [MAC]", "10.0.0.2 is 02:42:0a:00:00:02"), None);
        assert_eq!(compare("[ID12]   bridge", "0123456789ab bridge  "), None);
        assert!(compare("[ID12] x", "0123456789abc x").is_some());
        assert_eq!(compare("time=[MS] ms", "time=0.126 ms"), None);
        assert_eq!(
            compare(
                "[N]: eth0@if[N]: <[..]> mtu 1450 qdisc noqueue",
                "12: eth0@if13: <UP,M-DOWN> mtu 1450 qdisc noqueue "
            ),
            None
        );
        assert_eq!(compare("[exit] {x} [..]", "[exit] {x} y"), None);
    }

    #[test]
    fn any_lines_are_as_few_as_possible() {
        assert_eq!(compare("a\n...\nz", "a\nb\nc\nz"), None);
        assert_eq!(compare("a\n...\nz", "a\nz"), None);
        assert_eq!(compare("a\n...", "a\nb"), None);
        assert!(compare("a\n...\nz", "a\nb").is_some());
        assert!(compare("a", "a\nb").is_some());
    }

    #[test]
    fn names_are_remembered() {
        let lines = vec!["mac [MAC=m1]".to_owned(), "again {m1}".to_owned()];
        let pattern = parse(&lines).unwrap();
        let good = "mac 02:42:0a:00:00:02\nagain 02:42:0a:00:00:02";
        let mut found = Found::new();
        assert_eq!(pattern.compare(good, false, &mut found), None);
        assert_eq!(found["m1"], "02:42:0a:00:00:02");
        let bad = "mac 02:42:0a:00:00:02\nagain 02:42:0a:00:00:03";
        let mismatch = pattern.compare(bad, false, &mut Found::new()).unwrap();
        assert_eq!(mismatch.line, 1);
    }

    #[test]
    fn order_may_be_left_open() {
        let lines: Vec<String> = ["b", "a"].iter().map(|l| (*l).to_owned()).collect();
        let pattern = parse(&lines).unwrap();
        assert_eq!(pattern.compare("a\nb", true, &mut Found::new()), None);
        assert!(pattern.compare("a\nb\nc", true, &mut Found::new()).is_some());
    }

    proptest::proptest! {
        #[test]
        fn text_without_holes_fits_itself(text in "[a-z .:/<>()-]{0,40}(\n[a-z .:/<>()-]{0,40}){0,5}") {
            let is_dots = text.lines().any(|line| line.trim() == "...");
            proptest::prop_assume!(!is_dots);
            proptest::prop_assert_eq!(compare(&text, &text), None);
        }
    }
}
