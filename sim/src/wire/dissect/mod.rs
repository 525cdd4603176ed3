//! A frame as a tree: its headers from the outside in, and the fields of each with their place, value
//! and meaning. Any bytes are taken; what is cut off has no fields.

mod inet6;
mod link;
mod transport;
mod words;

use super::Ipv4Addr;

pub use words::{Gist, Meaning, Name};

/// One header of a frame, or the data behind the last one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// What it is called: `Ethernet`, `IPv4`, `VXLAN`, `data`.
    pub name: &'static str,
    /// Its first byte.
    pub start: usize,
    /// How many bytes it has, without what it carries.
    pub len: usize,
    /// How often the packet is wrapped around it.
    pub depth: usize,
    /// What it says in a few words.
    pub gist: Gist,
    /// Its fields, in the order of their bytes.
    pub fields: Vec<Field>,
}

/// One field of a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// What it is called.
    pub name: Name,
    /// Its first byte.
    pub start: usize,
    /// How many bytes it has.
    pub len: usize,
    /// Its value, as people write it.
    pub value: String,
    /// What the value means, where that is not clear.
    pub meaning: Option<Meaning>,
}

impl Header {
    /// Whether it is no header, but what is behind the last one.
    pub fn is_data(&self) -> bool {
        self.name == DATA
    }
}

/// What is behind the last header.
const DATA: &str = "data";

/// The headers of a frame, the outermost first.
pub fn dissect(frame: &[u8]) -> Vec<Header> {
    let mut reader = Reader { frame, headers: Vec::new(), depth: 0 };
    link::ethernet(&mut reader, 0);
    reader.headers
}

/// How many bytes are wrapped around the innermost frame.
pub fn wrapping(headers: &[Header]) -> usize {
    let deepest = headers.iter().map(|header| header.depth).max().unwrap_or(0);
    headers.iter().find(|header| header.depth == deepest).map_or(0, |header| header.start)
}

/// What is being taken apart.
struct Reader<'a> {
    frame: &'a [u8],
    headers: Vec<Header>,
    depth: usize,
}

impl Reader<'_> {
    fn has(&self, at: usize, len: usize) -> bool {
        at + len <= self.frame.len()
    }

    /// A big-endian number; zero where bytes are missing, which the caller has excluded.
    fn number(&self, at: usize, len: usize) -> u64 {
        let bytes = self.frame.get(at..at + len).unwrap_or_default();
        bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    fn address(&self, at: usize) -> String {
        Ipv4Addr::from(self.number(at, 4) as u32).to_string()
    }

    fn mac(&self, at: usize) -> String {
        let bytes = self.frame.get(at..at + 6).unwrap_or_default();
        bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
    }

    fn push(&mut self, name: &'static str, start: usize, len: usize, gist: Gist) {
        let header = Header { name, start, len, depth: self.depth, gist, fields: Vec::new() };
        self.headers.push(header);
    }

    /// Adds a field to the last header.
    fn field(&mut self, name: Name, start: usize, len: usize, value: impl ToString) {
        self.meant(name, start, len, value, None);
    }

    fn meant(
        &mut self,
        name: Name,
        start: usize,
        len: usize,
        value: impl ToString,
        meaning: Option<Meaning>,
    ) {
        let field = Field { name, start, len, value: value.to_string(), meaning };
        if let Some(header) = self.headers.last_mut() {
            header.fields.push(field);
        }
    }

    /// What is left are data, up to `end`.
    fn data(&mut self, start: usize, end: usize) {
        let end = end.min(self.frame.len());
        if start < end {
            self.push(DATA, start, end - start, Gist::Bytes(end - start));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A VXLAN packet with an ICMP echo in it, all but its type bytes zero.
    fn wrapped() -> Vec<u8> {
        let mut frame = vec![0; 14 + 20 + 8 + 8 + 14 + 20 + 8 + 4];
        for at in [0, 50] {
            (frame[at + 12], frame[at + 14], frame[at + 17]) = (8, 0x45, (92 - at) as u8 - 10);
        }
        (frame[17], frame[67]) = (82, 32);
        (frame[23], frame[73]) = (17, 1);
        (frame[36], frame[37], frame[39]) = (0x12, 0xb5, 62);
        (frame[42], frame[48]) = (8, 1);
        frame[84] = 8;
        frame
    }

    #[test]
    fn a_tunnel_adds_fifty_bytes_and_one_level() {
        let headers = dissect(&wrapped());
        let names: Vec<(&str, usize)> = headers.iter().map(|it| (it.name, it.depth)).collect();
        let expected = [
            ("Ethernet", 0),
            ("IPv4", 0),
            ("UDP", 0),
            ("VXLAN", 0),
            ("Ethernet", 1),
            ("IPv4", 1),
            ("ICMP", 1),
            ("data", 1),
        ];
        assert_eq!(names, expected);
        assert_eq!(wrapping(&headers), 50);
        assert_eq!(headers[3].gist, Gist::Network(1));
    }

    #[test]
    fn headers_follow_each_other_without_a_gap() {
        let frame = wrapped();
        let mut at = 0;
        for header in dissect(&frame) {
            assert_eq!(header.start, at, "{}", header.name);
            at += header.len;
            for field in &header.fields {
                let end = field.start + field.len;
                assert!(field.start >= header.start && end <= at, "{}", field.name);
            }
        }
        assert_eq!(at, frame.len());
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_taken_apart(
            noise in proptest::collection::vec(proptest::num::u8::ANY, 0..120),
            cut in 0_usize..100,
        ) {
            let mut frame = wrapped();
            frame.truncate(cut);
            for bytes in [noise, frame] {
                for header in dissect(&bytes) {
                    proptest::prop_assert!(header.start + header.len <= bytes.len());
                    for field in header.fields {
                        proptest::prop_assert!(field.start + field.len <= bytes.len());
                    }
                }
            }
        }
    }
}
