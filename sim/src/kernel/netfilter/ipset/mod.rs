//! Address sets (`ipset`): tables of addresses, networks or address-and-port pairs that rules ask with
//! `-m set`, and change with `-j SET`.
//!
//! What `ipset` does to them is in [`edit`].
//!
//! Differs: entries are kept and listed in the order in which they came; Linux lists them by hash.

mod edit;
#[cfg(test)]
mod tests;

use std::cell::Cell;

use indexmap::IndexMap;
use ipnet::Ipv4Net;

use crate::engine::{Span, Time};
use crate::wire::{Ipv4Addr, ipv4, udp};

use super::target::SetChange;

pub use edit::SetError;

/// What the entries of a set are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetKind {
    /// `hash:ip`.
    Ip,
    /// `hash:net`.
    Net,
    /// `hash:ip,port`.
    IpPort,
}

impl SetKind {
    /// All of them.
    pub const ALL: [SetKind; 3] = [SetKind::Ip, SetKind::Net, SetKind::IpPort];

    /// As `ipset create` takes it.
    pub fn name(self) -> &'static str {
        match self {
            SetKind::Ip => "hash:ip",
            SetKind::Net => "hash:net",
            SetKind::IpPort => "hash:ip,port",
        }
    }

    /// How many directions a rule has to name.
    fn dimension(self) -> usize {
        match self {
            SetKind::Ip | SetKind::Net => 1,
            SetKind::IpPort => 2,
        }
    }
}

/// What an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SetEntry {
    /// The address, or the network.
    pub net: Ipv4Net,
    /// Protocol and port; of ICMP type and code.
    pub port: Option<(u8, u16)>,
}

/// What is known of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Element {
    /// When it ends; never if `None`.
    pub ends: Option<Time>,
    /// An exception from a larger network.
    pub nomatch: bool,
    /// Packets and bytes that it has matched, if the set counts.
    pub counters: Cell<(u64, u64)>,
    /// A remark.
    pub comment: Option<String>,
}

impl Element {
    fn is_live(&self, now: Time) -> bool {
        self.ends.is_none_or(|at| at > now)
    }
}

/// What `ipset create` says of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetOptions {
    /// What its entries are.
    pub kind: SetKind,
    /// Seconds that an entry is kept, unless told otherwise (0: for ever); if not given, entries have no
    /// time.
    pub timeout: Option<u32>,
    /// Largest number of entries.
    pub max_elements: u32,
    /// Whether entries count what they match.
    pub counters: bool,
    /// Whether entries may have a remark.
    pub comment: bool,
    /// Size of the hash.
    pub hash_size: u32,
    /// Size of its buckets.
    pub bucket_size: u8,
    /// Where the hash begins.
    pub initval: u32,
}

/// One set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressSet {
    /// What it was made as.
    pub options: SetOptions,
    /// Its entries; some may be over.
    entries: IndexMap<SetEntry, Element>,
}

impl AddressSet {
    /// A set without entries.
    pub fn new(options: SetOptions) -> AddressSet {
        AddressSet { options, entries: IndexMap::new() }
    }

    /// The entries that are not over.
    pub fn live(&self, now: Time) -> impl Iterator<Item = (&SetEntry, &Element)> {
        self.entries.iter().filter(move |(_, element)| element.is_live(now))
    }

    /// An entry, if it is there and not over.
    fn get(&self, entry: &SetEntry, now: Time) -> Option<&Element> {
        self.entries.get(entry).filter(|element| element.is_live(now))
    }

    /// The entry to which an address (with its port) belongs: of networks, the smallest.
    fn find(&self, address: Ipv4Addr, port: Option<(u8, u16)>, now: Time) -> Option<&Element> {
        match self.options.kind {
            SetKind::Ip => self.get(&SetEntry { net: address.into(), port: None }, now),
            SetKind::IpPort => self.get(&SetEntry { net: address.into(), port }, now),
            SetKind::Net => {
                let around = self.live(now).filter(|(entry, _)| entry.net.contains(&address));
                let smallest = around.max_by_key(|(entry, _)| entry.net.prefix_len());
                smallest.map(|(_, element)| element)
            }
        }
        .filter(|element| !element.nomatch)
    }

    /// Whether an entry is in the set: of a set of networks, an address may be in one of them.
    pub fn contains(&self, entry: SetEntry, now: Time) -> bool {
        let is_address = entry.net.prefix_len() == entry.net.max_prefix_len();
        match self.options.kind {
            SetKind::Net if !is_address => {
                self.get(&entry, now).is_some_and(|element| !element.nomatch)
            }
            _ => self.find(entry.net.addr(), entry.port, now).is_some(),
        }
    }
}

/// The sets of a namespace, in order of creation.
#[derive(Debug, Clone, Default)]
pub struct Sets {
    by_name: IndexMap<String, AddressSet>,
}

impl Sets {
    /// The set with this name.
    pub fn get(&self, name: &str) -> Option<&AddressSet> {
        self.by_name.get(name)
    }

    /// All sets.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &AddressSet)> {
        self.by_name.iter().map(|(name, set)| (name.as_str(), set))
    }

    /// Whether a packet is in a set, by these directions (true means source).
    pub fn test_packet(&self, name: &str, directions: &[bool], packet: &[u8], now: Time) -> bool {
        let Some(set) = self.by_name.get(name) else { return false };
        let key = key_of(set.options.kind, packet, directions);
        let Some(element) = key.and_then(|(address, port)| set.find(address, port, now)) else {
            return false;
        };
        if set.options.counters {
            let (packets, bytes) = element.counters.get();
            element.counters.set((packets + 1, bytes + packet.len() as u64));
        }
        true
    }

    /// Adds what a packet says to a set, or removes it.
    pub fn change_by_packet(&mut self, change: &SetChange, packet: &[u8], now: Time) {
        let Some(set) = self.by_name.get_mut(&change.set) else { return };
        let key = key_of(set.options.kind, packet, &change.directions);
        let Some((address, port)) = key else { return };
        let entry = SetEntry { net: address.into(), port };
        // A set that is full, or has the entry already, stays as it is.
        let _ = if change.add {
            let timeout = set.options.timeout.map(|default| change.timeout.unwrap_or(default));
            let ends = timeout.and_then(|seconds| end(now, seconds));
            set.add(entry, Element { ends, ..Element::default() }, change.exist, now)
        } else {
            set.remove(entry, now)
        };
    }
}

/// When an entry ends that is kept for so many seconds; zero means for ever.
pub fn end(now: Time, seconds: u32) -> Option<Time> {
    (seconds > 0).then(|| now + Span::secs(seconds.into()))
}

/// What a packet is looked up by: its address, and its port if the set has ports.
fn key_of(
    kind: SetKind,
    packet: &[u8],
    directions: &[bool],
) -> Option<(Ipv4Addr, Option<(u8, u16)>)> {
    if directions.len() < kind.dimension() {
        return None;
    }
    let address = if directions[0] { ipv4::src(packet) } else { ipv4::dst(packet) };
    if kind != SetKind::IpPort {
        return Some((address, None));
    }
    use ipv4::protocol::{ICMP, SCTP, TCP, UDP, UDPLITE};
    let protocol = ipv4::protocol_of(packet);
    let port = match protocol {
        TCP | UDP | SCTP | UDPLITE | ICMP if ipv4::is_later_fragment(packet) => return None,
        TCP | UDP | SCTP | UDPLITE => {
            let (src, dst) = udp::ports(ipv4::payload(packet))?;
            if directions[1] { src } else { dst }
        }
        ICMP => {
            let payload = ipv4::payload(packet);
            u16::from_be_bytes([*payload.first()?, *payload.get(1)?])
        }
        _ => 0,
    };
    Some((address, Some((protocol, port))))
}
