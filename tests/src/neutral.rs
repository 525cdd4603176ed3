//! Makes outputs comparable: what chance, time and the machine decide becomes a number that is the same
//! for the same thing everywhere in one transcript.

use std::collections::BTreeMap;

use regex_lite::{Captures, Regex};

/// Names that chance gave, in the order in which they first appear.
pub struct Neutral {
    seen: BTreeMap<(&'static str, String), usize>,
    counts: BTreeMap<&'static str, usize>,
    mac: Regex,
    word: Regex,
    veth: Regex,
    rewrites: Vec<(Regex, &'static str)>,
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the patterns are constants")
}

impl Default for Neutral {
    fn default() -> Neutral {
        let rewrites = [
            (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d]*(Z| ?[+-]\d+( UTC)?)?", "<date>"),
            (r"time=[\d.]+ ms", "time=T ms"),
            (r"(min/avg/max(?:/mdev)? = )[\d./]+ ms", "${1}T ms"),
            (r", time \d+ms|, pipe \d+", ""),
            (r"(Up )?(Less than a|About a|\d+) (second|minute|hour)s?( ago)?", "<span>"),
            (r"\b(pid[=: ]+)\d+", "${1}N"),
            (r"\[\d+:\d+\]", "[n:n]"),
            (r"^\d+: ", "N: "),
            (r"@if\d+", "@ifN"),
            (r"  [\d.]+ ms\b", "  T ms"),
            (r"\s+", " "),
        ];
        Neutral {
            seen: BTreeMap::new(),
            counts: BTreeMap::new(),
            mac: regex(r"\b[0-9a-f]{2}(?::[0-9a-f]{2}){5}\b"),
            word: regex(r"\b\w+\b"),
            veth: regex(r"\bveth[0-9a-f]{7}\b"),
            rewrites: rewrites.map(|(pattern, to)| (regex(pattern), to)).to_vec(),
        }
    }
}

impl Neutral {
    /// The lines of an output, without those that are empty.
    pub fn block(&mut self, text: &str) -> Vec<String> {
        let lines = text.lines().map(|line| self.line(line));
        lines.filter(|line| !line.is_empty()).collect()
    }

    fn name(&mut self, kind: &'static str, text: &str) -> String {
        let count = self.counts.entry(kind).or_insert(0);
        let number = self.seen.entry((kind, text.to_owned())).or_insert_with(|| {
            *count += 1;
            *count
        });
        format!("<{kind}{number}>")
    }

    fn line(&mut self, line: &str) -> String {
        let (mac, word, veth) = (self.mac.clone(), self.word.clone(), self.veth.clone());
        let text = mac.replace_all(line, |found: &Captures<'_>| self.mac(&found[0]));
        let text = text.into_owned();
        let named = word.replace_all(&text, |found: &Captures<'_>| {
            let start = found.get(0).map_or(0, |whole| whole.start());
            if is_id(&text[..start], &found[0]) {
                self.name("id", &found[0][..10])
            } else {
                found[0].to_owned()
            }
        });
        let named = named.into_owned();
        let mut text = veth
            .replace_all(&named, |found: &Captures<'_>| self.name("veth", &found[0]))
            .into_owned();
        for (pattern, to) in &self.rewrites {
            text = pattern.replace_all(&text, *to).into_owned();
        }
        text.trim().to_owned()
    }

    /// Hardware addresses that follow from addresses or from the lab stay.
    fn mac(&mut self, text: &str) -> String {
        let bytes: Vec<u8> =
            text.split(':').filter_map(|byte| u8::from_str_radix(byte, 16).ok()).collect();
        let is_of_address = matches!(
            bytes.as_slice(),
            [2, 0x42, 10, ..] | [2, 0x42, 172, 16..=31, ..] | [2, 0x42, 192, 168, ..]
        );
        let known = ["08:00:27", "0a:00:27", "ff:ff", "00:00:00", "33:33", "01:00:5e"];
        if is_of_address || known.iter().any(|start| text.starts_with(start)) {
            text.to_owned()
        } else {
            self.name("mac", text)
        }
    }
}

/// Whether a word behind a text is an identifier, or the beginning of one.
fn is_id(before: &str, word: &str) -> bool {
    if !word.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return false;
    }
    let has = |test: fn(&u8) -> bool| word.as_bytes().iter().any(test);
    match word.len() {
        64 | 25 => true,
        12 => {
            let is_device = before.ends_with("br-") || before.ends_with("dm-");
            is_device || (has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic))
        }
        10 => before.ends_with("1-"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_thing_is_the_same_everywhere() {
        let mut neutral = Neutral::default();
        let text = "7: veth32a2eb7@if6: mtu 1500\n    link/ether 6a:40:d6:46:b5:6c brd ff:ff:ff:ff:ff:ff\n6a:40:d6:46:b5:6c  dev veth32a2eb7 0bdea028af2a\n";
        assert_eq!(
            neutral.block(text),
            [
                "N: <veth1>@ifN: mtu 1500",
                "link/ether <mac1> brd ff:ff:ff:ff:ff:ff",
                "<mac1> dev <veth1> <id1>"
            ]
        );
        let id = "0bdea028af2a6f0b521695d62625134b83bfc1828f8a57bc1d0938daf678c464";
        assert_eq!(neutral.block(&format!("{id}\n1-0bdea028af\n")), ["<id1>", "1-<id1>"]);
        assert_eq!(neutral.block("time=0.142 ms, pipe 2"), ["time=T ms"]);
    }
}
