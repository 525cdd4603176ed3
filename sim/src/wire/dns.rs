//! DNS messages (RFC 1035): what resolvers ask and servers answer.
//!
//! Names are texts without the last dot; the root is the empty text.

use super::{Ipv4Addr, Ipv6Addr};

/// The port of DNS servers.
pub const PORT: u16 = 53;
/// Bytes that a message over UDP may have.
pub const MAX_UDP: usize = 512;

/// The class of the Internet.
const CLASS_IN: u16 = 1;
/// A name is no longer than this, and follows no more pointers than it could have labels.
const MAX_NAME: usize = 255;
/// The two bits that make a length a pointer.
const POINTER: u8 = 0xc0;

/// The type of a record or a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind(pub u16);

impl Kind {
    /// An IPv4 address.
    pub const A: Kind = Kind(1);
    /// A name server.
    pub const NS: Kind = Kind(2);
    /// Another name for it.
    pub const CNAME: Kind = Kind(5);
    /// The start of a zone.
    pub const SOA: Kind = Kind(6);
    /// The name of an address.
    pub const PTR: Kind = Kind(12);
    /// A mail server.
    pub const MX: Kind = Kind(15);
    /// A text.
    pub const TXT: Kind = Kind(16);
    /// An IPv6 address.
    pub const AAAA: Kind = Kind(28);
    /// A server and its port.
    pub const SRV: Kind = Kind(33);
    /// What a sender can do, as the last record of a message (RFC 6891).
    pub const OPT: Kind = Kind(41);
    /// All there is.
    pub const ANY: Kind = Kind(255);

    const NAMES: [(Kind, &'static str); 11] = [
        (Kind::A, "A"),
        (Kind::NS, "NS"),
        (Kind::CNAME, "CNAME"),
        (Kind::SOA, "SOA"),
        (Kind::PTR, "PTR"),
        (Kind::MX, "MX"),
        (Kind::TXT, "TXT"),
        (Kind::AAAA, "AAAA"),
        (Kind::SRV, "SRV"),
        (Kind::OPT, "OPT"),
        (Kind::ANY, "ANY"),
    ];

    /// The type with this name, in any case.
    pub fn named(name: &str) -> Option<Kind> {
        let upper = name.to_ascii_uppercase();
        Kind::NAMES.iter().find(|(_, known)| *known == upper).map(|(kind, _)| *kind)
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match Kind::NAMES.iter().find(|(kind, _)| kind == self) {
            Some((_, name)) => f.pad(name),
            None => f.pad(&format!("TYPE{}", self.0)),
        }
    }
}

/// Response codes.
pub mod code {
    /// No error.
    pub const OK: u8 = 0;
    /// The question was not understood.
    pub const FORMAT_ERROR: u8 = 1;
    /// The server has a problem.
    pub const SERVER_FAILURE: u8 = 2;
    /// There is no such name.
    pub const NAME_ERROR: u8 = 3;
    /// The server does not do that.
    pub const NOT_IMPLEMENTED: u8 = 4;
    /// The server does not want to.
    pub const REFUSED: u8 = 5;
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(missing_docs)]
pub struct Message {
    pub id: u16,
    /// Whether it is an answer.
    pub response: bool,
    pub authoritative: bool,
    pub truncated: bool,
    pub recursion_desired: bool,
    pub recursion_available: bool,
    /// The response code.
    pub code: u8,
    pub questions: Vec<Question>,
    pub answers: Vec<Record>,
    pub authorities: Vec<Record>,
    pub additionals: Vec<Record>,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Question {
    pub name: String,
    pub kind: Kind,
}

/// What is known of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Record {
    pub name: String,
    /// Seconds for which it may be remembered.
    pub ttl: u32,
    pub data: Data,
}

/// The data of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Data {
    A(Ipv4Addr),
    Aaaa(Ipv6Addr),
    Ns(String),
    Cname(String),
    Ptr(String),
    Mx(u16, String),
    Txt(String),
    /// The largest message that the sender takes over UDP, and options of the extension.
    Options {
        udp_size: u16,
        raw: Vec<u8>,
    },
    /// Anything else, as it came.
    Other(Kind, Vec<u8>),
}

impl Data {
    /// The type of its record.
    pub fn kind(&self) -> Kind {
        match self {
            Data::A(_) => Kind::A,
            Data::Aaaa(_) => Kind::AAAA,
            Data::Ns(_) => Kind::NS,
            Data::Cname(_) => Kind::CNAME,
            Data::Ptr(_) => Kind::PTR,
            Data::Mx(..) => Kind::MX,
            Data::Txt(_) => Kind::TXT,
            Data::Options { .. } => Kind::OPT,
            Data::Other(kind, _) => *kind,
        }
    }
}

impl Message {
    /// A question to a recursive server.
    pub fn question(id: u16, name: &str, kind: Kind) -> Message {
        let question = Question { name: name.trim_end_matches('.').to_owned(), kind };
        Message { id, recursion_desired: true, questions: vec![question], ..Message::default() }
    }

    /// The answer to this message, with nothing in it yet.
    pub fn reply(&self) -> Message {
        Message {
            id: self.id,
            response: true,
            recursion_desired: self.recursion_desired,
            recursion_available: true,
            questions: self.questions.clone(),
            ..Message::default()
        }
    }

    /// Reads a message; `None` if it is malformed.
    pub fn parse(bytes: &[u8]) -> Option<Message> {
        let mut reader = Reader { bytes, at: 0 };
        let (id, flags) = (reader.u16()?, reader.u16()?);
        let mut counts = [0; 4];
        for count in &mut counts {
            *count = reader.u16()?;
        }
        let [questions, answers, authorities, additionals] = counts;
        let flag = |bit: u32| flags >> bit & 1 == 1;
        Some(Message {
            id,
            response: flag(15),
            authoritative: flag(10),
            truncated: flag(9),
            recursion_desired: flag(8),
            recursion_available: flag(7),
            code: (flags & 15) as u8,
            questions: (0..questions).map(|_| reader.question()).collect::<Option<_>>()?,
            answers: (0..answers).map(|_| reader.record()).collect::<Option<_>>()?,
            authorities: (0..authorities).map(|_| reader.record()).collect::<Option<_>>()?,
            additionals: (0..additionals).map(|_| reader.record()).collect::<Option<_>>()?,
        })
    }

    /// The bytes of the message. Names that came before are compressed.
    pub fn emit(&self) -> Vec<u8> {
        let mut writer = Writer { bytes: Vec::with_capacity(64), names: Vec::new() };
        let flags = u16::from(self.response) << 15
            | u16::from(self.authoritative) << 10
            | u16::from(self.truncated) << 9
            | u16::from(self.recursion_desired) << 8
            | u16::from(self.recursion_available) << 7
            | u16::from(self.code & 15);
        let sections = [&self.answers, &self.authorities, &self.additionals];
        writer.u16(self.id);
        writer.u16(flags);
        writer.u16(self.questions.len() as u16);
        for section in sections {
            writer.u16(section.len() as u16);
        }
        for question in &self.questions {
            writer.name(&question.name);
            writer.u16(question.kind.0);
            writer.u16(CLASS_IN);
        }
        for record in sections.into_iter().flatten() {
            writer.record(record);
        }
        writer.bytes
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let taken = self.bytes.get(self.at..self.at + len)?;
        self.at += len;
        Some(taken)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take(1).map(|byte| byte[0])
    }

    fn u16(&mut self) -> Option<u16> {
        self.take(2).map(|word| u16::from_be_bytes([word[0], word[1]]))
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from(self.u16()?) << 16 | u32::from(self.u16()?))
    }

    fn name(&mut self) -> Option<String> {
        let mut name = String::new();
        let mut back = None;
        for _ in 0..MAX_NAME {
            let len = self.u8()?;
            if len == 0 {
                self.at = back.unwrap_or(self.at);
                return Some(name);
            }
            if len & POINTER == POINTER {
                let low = self.u8()?;
                back.get_or_insert(self.at);
                self.at = usize::from(len & !POINTER) << 8 | usize::from(low);
                continue;
            }
            let label = self.take(usize::from(len))?;
            if !name.is_empty() {
                name.push('.');
            }
            name += &String::from_utf8_lossy(label);
            if name.len() > MAX_NAME {
                return None;
            }
        }
        None
    }

    fn question(&mut self) -> Option<Question> {
        let question = Question { name: self.name()?, kind: Kind(self.u16()?) };
        self.u16()?;
        Some(question)
    }

    fn record(&mut self) -> Option<Record> {
        let name = self.name()?;
        let kind = Kind(self.u16()?);
        let class = self.u16()?;
        let ttl = self.u32()?;
        let len = usize::from(self.u16()?);
        let end = self.at + len;
        let raw = self.bytes.get(self.at..end)?;
        let data = match (kind, raw) {
            (Kind::A, &[a, b, c, d]) => Data::A(Ipv4Addr::new(a, b, c, d)),
            (Kind::AAAA, raw) if raw.len() == 16 => {
                let octets: [u8; 16] = raw.try_into().ok()?;
                Data::Aaaa(octets.into())
            }
            (Kind::NS, _) => Data::Ns(self.name()?),
            (Kind::CNAME, _) => Data::Cname(self.name()?),
            (Kind::PTR, _) => Data::Ptr(self.name()?),
            (Kind::MX, _) => Data::Mx(self.u16()?, self.name()?),
            (Kind::TXT, [_, text @ ..]) => Data::Txt(String::from_utf8_lossy(text).into_owned()),
            (Kind::OPT, _) => Data::Options { udp_size: class, raw: raw.to_vec() },
            _ => Data::Other(kind, raw.to_vec()),
        };
        self.at = end;
        Some(Record { name, ttl, data })
    }
}

struct Writer {
    bytes: Vec<u8>,
    /// Names and ends of names that were written, and where.
    names: Vec<(String, usize)>,
}

impl Writer {
    fn u16(&mut self, value: u16) {
        self.bytes.extend(value.to_be_bytes());
    }

    fn name(&mut self, name: &str) {
        let mut rest = name;
        while !rest.is_empty() {
            if let Some((_, at)) = self.names.iter().find(|(known, _)| known == rest) {
                let pointer = u16::from(POINTER) << 8 | *at as u16;
                return self.u16(pointer);
            }
            if self.bytes.len() < 1 << 14 {
                self.names.push((rest.to_owned(), self.bytes.len()));
            }
            let (label, after) = rest.split_once('.').unwrap_or((rest, ""));
            let label = &label.as_bytes()[..label.len().min(63)];
            self.bytes.push(label.len() as u8);
            self.bytes.extend(label);
            rest = after;
        }
        self.bytes.push(0);
    }

    fn record(&mut self, record: &Record) {
        self.name(&record.name);
        self.u16(record.data.kind().0);
        self.u16(match record.data {
            Data::Options { udp_size, .. } => udp_size,
            _ => CLASS_IN,
        });
        self.bytes.extend(record.ttl.to_be_bytes());
        let length_at = self.bytes.len();
        self.u16(0);
        match &record.data {
            Data::A(address) => self.bytes.extend(address.octets()),
            Data::Aaaa(address) => self.bytes.extend(address.octets()),
            Data::Ns(name) | Data::Cname(name) | Data::Ptr(name) => self.name(name),
            Data::Mx(preference, name) => {
                self.u16(*preference);
                self.name(name);
            }
            Data::Txt(text) => {
                let text = &text.as_bytes()[..text.len().min(255)];
                self.bytes.push(text.len() as u8);
                self.bytes.extend(text);
            }
            Data::Options { raw, .. } | Data::Other(_, raw) => self.bytes.extend(raw),
        }
        let len = (self.bytes.len() - length_at - 2) as u16;
        self.bytes[length_at..length_at + 2].copy_from_slice(&len.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER_LEN: usize = 12;

    fn answer() -> Message {
        let mut message = Message::question(7, "web.lab.", Kind::A).reply();
        let record = |name: &str, data| Record { name: name.to_owned(), ttl: 600, data };
        message.answers.push(record("web.lab", Data::Cname("www.lab".into())));
        message.answers.push(record("www.lab", Data::A(Ipv4Addr::new(10, 0, 0, 2))));
        message.authorities.push(record("lab", Data::Ns("ns.lab".into())));
        message.additionals.push(record("lab", Data::Mx(10, "mail.lab".into())));
        message.additionals.push(record("lab", Data::Txt("hello".into())));
        let options = Data::Options { udp_size: 1232, raw: vec![0, 10, 0, 1, 7] };
        message.additionals.push(Record { name: String::new(), ttl: 0, data: options });
        message
    }

    #[test]
    fn a_message_survives_the_wire() {
        assert_eq!(Message::parse(&answer().emit()), Some(answer()));
    }

    #[test]
    fn names_are_compressed() {
        let mut message = Message::question(7, "web", Kind::A).reply();
        let data = Data::A(Ipv4Addr::new(10, 0, 0, 2));
        message.answers.push(Record { name: "web".into(), ttl: 600, data });
        // A pointer of two bytes in place of the five of the name.
        assert_eq!(message.emit().len(), HEADER_LEN + 5 + 4 + 2 + 10 + 4);
    }

    #[test]
    fn cut_and_circular_messages_are_refused() {
        let bytes = answer().emit();
        for len in 0..bytes.len() {
            assert_eq!(Message::parse(&bytes[..len]), None);
        }
        let mut circular = Message::question(7, "a", Kind::A).emit();
        circular[HEADER_LEN] = POINTER;
        circular[HEADER_LEN + 1] = HEADER_LEN as u8;
        assert_eq!(Message::parse(&circular), None);
    }
}
