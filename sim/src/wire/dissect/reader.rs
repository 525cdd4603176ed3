//! Headers with their fields, and what collects them.

use super::words::{Gist, Meaning, Name};
use crate::wire::Ipv4Addr;

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

/// What is being taken apart.
pub(super) struct Reader<'a> {
    pub frame: &'a [u8],
    pub headers: Vec<Header>,
    pub depth: usize,
    /// Where the next frame begins: the whole, or one inside of it.
    pub next: Option<usize>,
}

impl Reader<'_> {
    pub fn has(&self, at: usize, len: usize) -> bool {
        at + len <= self.frame.len()
    }

    /// A big-endian number; zero where bytes are missing, which the caller has excluded.
    pub fn number(&self, at: usize, len: usize) -> u64 {
        let bytes = self.frame.get(at..at + len).unwrap_or_default();
        bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    pub fn address(&self, at: usize) -> String {
        Ipv4Addr::from(self.number(at, 4) as u32).to_string()
    }

    pub fn mac(&self, at: usize) -> String {
        let bytes = self.frame.get(at..at + 6).unwrap_or_default();
        bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
    }

    pub fn push(&mut self, name: &'static str, start: usize, len: usize, gist: Gist) {
        let header = Header { name, start, len, depth: self.depth, gist, fields: Vec::new() };
        self.headers.push(header);
    }

    /// Adds a field to the last header.
    pub fn field(&mut self, name: Name, start: usize, len: usize, value: impl ToString) {
        self.meant(name, start, len, value, None);
    }

    pub fn meant(
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
    pub fn data(&mut self, start: usize, end: usize) {
        let end = end.min(self.frame.len());
        if start < end {
            self.push(DATA, start, end - start, Gist::Bytes(end - start));
        }
    }
}
