//! The messages of serf and memberlist, as bytes: a type, then a map in `MessagePack`.

use rmpv::Value;

use crate::wire::Ipv4Addr;

/// Types of memberlist's messages.
pub mod kind {
    /// Are you there?
    pub const PING: u8 = 0;
    /// I am.
    pub const ACK: u8 = 2;
    /// This member is thought to be gone.
    pub const SUSPECT: u8 = 3;
    /// This member is there.
    pub const ALIVE: u8 = 4;
    /// This member is gone.
    pub const DEAD: u8 = 5;
    /// All that I know (over TCP).
    pub const PUSH_PULL: u8 = 6;
    /// Several messages in one.
    pub const COMPOUND: u8 = 7;
    /// A message of serf.
    pub const USER: u8 = 8;
    /// A checksum comes first.
    pub const HAS_CRC: u8 = 12;
}

/// Types of serf's messages, behind [`kind::USER`].
pub mod serf {
    /// A member leaves on purpose.
    pub const LEAVE: u8 = 0;
    /// An event for all.
    pub const EVENT: u8 = 3;
    /// A question to all.
    pub const QUERY: u8 = 4;
    /// The answer.
    pub const RESPONSE: u8 = 5;
}

/// A value to be written.
#[derive(Debug, Clone)]
pub enum Item {
    /// A number.
    Number(u64),
    /// Yes or no.
    Flag(bool),
    /// Text or bytes: the old `MessagePack`, which Go's serf writes, does not tell them apart.
    Raw(Vec<u8>),
    /// A number with a fraction.
    Float(f64),
    /// Several of them.
    List(Vec<Item>),
    /// Nothing.
    Nil,
}

impl From<&str> for Item {
    fn from(text: &str) -> Item {
        Item::Raw(text.as_bytes().to_vec())
    }
}

impl From<u64> for Item {
    fn from(number: u64) -> Item {
        Item::Number(number)
    }
}

impl From<Ipv4Addr> for Item {
    fn from(ip: Ipv4Addr) -> Item {
        Item::Raw(ip.octets().to_vec())
    }
}

impl Item {
    fn write(&self, out: &mut Vec<u8>) {
        // Writing into memory cannot fail.
        let _ = match self {
            Item::Number(number) => rmp::encode::write_uint(out, *number).map(|_| ()),
            Item::Flag(flag) => return rmp::encode::write_bool(out, *flag).unwrap_or(()),
            Item::Float(number) => rmp::encode::write_f64(out, *number),
            Item::Nil => return rmp::encode::write_nil(out).unwrap_or(()),
            Item::Raw(bytes) => return push_raw(out, bytes),
            Item::List(items) => {
                let written = rmp::encode::write_array_len(out, items.len() as u32).map(|_| ());
                items.iter().for_each(|item| item.write(out));
                written
            }
        };
    }
}

/// Raw bytes: a short length in the marker, or two bytes behind it.
fn push_raw(out: &mut Vec<u8>, bytes: &[u8]) {
    match bytes.len() {
        len @ 0..32 => out.push(0xa0 | len as u8),
        len => {
            out.push(0xda);
            out.extend((len.min(0xffff) as u16).to_be_bytes());
        }
    }
    out.extend(&bytes[..bytes.len().min(0xffff)]);
}

/// A map, written key by key.
#[derive(Debug, Clone, Default)]
pub struct Map(Vec<(&'static str, Item)>);

impl Map {
    /// Adds an entry.
    pub fn with(mut self, key: &'static str, value: impl Into<Item>) -> Map {
        self.0.push((key, value.into()));
        self
    }

    fn write(&self, out: &mut Vec<u8>) {
        // Writing into memory cannot fail.
        let _ = rmp::encode::write_map_len(out, self.0.len() as u32);
        for (key, value) in &self.0 {
            push_raw(out, key.as_bytes());
            value.write(out);
        }
    }

    /// A message: its type bytes, then the map.
    pub fn message(self, kinds: &[u8]) -> Vec<u8> {
        let mut out = kinds.to_vec();
        self.write(&mut out);
        out
    }
}

/// A map that was received.
#[derive(Debug, Clone)]
pub struct Fields(Vec<(Value, Value)>);

/// Nesting that is followed in what others send.
const MAX_DEPTH: usize = 16;

impl Fields {
    /// Reads a map; `None` if there is none.
    pub fn read(mut bytes: &[u8]) -> Option<Fields> {
        Fields::take(&mut bytes)
    }

    /// Reads a map, and leaves what comes behind it.
    pub fn take(bytes: &mut &[u8]) -> Option<Fields> {
        match rmpv::decode::read_value_with_max_depth(bytes, MAX_DEPTH).ok()? {
            Value::Map(pairs) => Some(Fields(pairs)),
            _ => None,
        }
    }

    fn get(&self, key: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| known.as_str() == Some(key)).map(|(_, value)| value)
    }

    /// A number.
    pub fn number(&self, key: &str) -> Option<u64> {
        self.get(key)?.as_u64()
    }

    /// A text.
    pub fn text(&self, key: &str) -> Option<String> {
        match self.get(key)? {
            Value::String(text) => Some(String::from_utf8_lossy(text.as_bytes()).into_owned()),
            Value::Binary(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
            _ => None,
        }
    }

    /// An address.
    pub fn address(&self, key: &str) -> Option<Ipv4Addr> {
        let bytes = match self.get(key)? {
            Value::Binary(bytes) => bytes.as_slice(),
            Value::String(text) => text.as_bytes(),
            _ => return None,
        };
        Some(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?))
    }
}

/// Puts a checksum in front of a message.
pub fn with_crc(message: &[u8]) -> Vec<u8> {
    let mut out = vec![kind::HAS_CRC];
    out.extend(crc32fast::hash(message).to_be_bytes());
    out.extend(message);
    out
}

/// The messages of a datagram: without checksums, several taken apart. Damaged ones are left out.
pub fn unwrap(datagram: &[u8]) -> Vec<Vec<u8>> {
    match datagram.first() {
        Some(&kind::HAS_CRC) => {
            let Some((sum, message)) = datagram[1..].split_at_checked(4) else { return Vec::new() };
            if crc32fast::hash(message).to_be_bytes() != sum {
                return Vec::new();
            }
            if message.first() == Some(&kind::HAS_CRC) { Vec::new() } else { unwrap(message) }
        }
        Some(&kind::COMPOUND) => uncompound(&datagram[1..]),
        Some(_) => vec![datagram.to_vec()],
        None => Vec::new(),
    }
}

fn uncompound(bytes: &[u8]) -> Vec<Vec<u8>> {
    let Some((count, rest)) = bytes.split_first() else { return Vec::new() };
    let Some((lengths, mut rest)) = rest.split_at_checked(usize::from(*count) * 2) else {
        return Vec::new();
    };
    let mut out = Vec::new();
    for length in lengths.chunks(2) {
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        let Some((message, tail)) = rest.split_at_checked(length) else { break };
        out.push(message.to_vec());
        rest = tail;
    }
    out
}

/// Several messages in one datagram.
pub fn compound(messages: &[Vec<u8>]) -> Vec<u8> {
    if let [message] = messages {
        return message.clone();
    }
    let mut out = vec![kind::COMPOUND, messages.len() as u8];
    for message in messages {
        out.extend((message.len() as u16).to_be_bytes());
    }
    out.extend(messages.concat());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ping_has_the_length_of_a_real_one() {
        let ping = Map::default()
            .with("Node", "docker-2")
            .with("SeqNo", 5)
            .with("SourceAddr", Ipv4Addr::new(192, 168, 56, 144))
            .with("SourceNode", "docker-1")
            .with("SourcePort", 7946)
            .message(&[kind::PING]);
        assert_eq!(ping.len(), 73);
        let fields = Fields::read(&ping[1..]).unwrap();
        assert_eq!(fields.text("Node").as_deref(), Some("docker-2"));
        assert_eq!(fields.number("SourcePort"), Some(7946));
        assert_eq!(fields.address("SourceAddr"), Some(Ipv4Addr::new(192, 168, 56, 144)));
    }

    #[test]
    fn datagrams_are_taken_apart_and_damage_is_noticed() {
        let (a, b) = (vec![8, 1, 2], vec![8, 3]);
        let both = with_crc(&compound(&[a.clone(), b.clone()]));
        assert_eq!(unwrap(&both), [a, b]);
        let mut broken = both;
        *broken.last_mut().unwrap() ^= 1;
        assert!(unwrap(&broken).is_empty());
        assert!(unwrap(&[]).is_empty());
        assert!(unwrap(&[kind::COMPOUND, 200, 1]).is_empty());
    }
}
