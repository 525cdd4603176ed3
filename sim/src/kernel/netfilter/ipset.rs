//! Address sets (`ipset`): tables of addresses, networks or address-and-port pairs that rules ask with
//! `-m set`.

use indexmap::IndexMap;
use ipnet::Ipv4Net;

use crate::engine::{Span, Time};
use crate::wire::{Ipv4Addr, ipv4, udp};

use super::target::SetChange;

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
    /// As `ipset create` takes it.
    pub fn name(self) -> &'static str {
        match self {
            SetKind::Ip => "hash:ip",
            SetKind::Net => "hash:net",
            SetKind::IpPort => "hash:ip,port",
        }
    }

    /// The kind with this name.
    pub fn named(name: &str) -> Option<SetKind> {
        [SetKind::Ip, SetKind::Net, SetKind::IpPort].into_iter().find(|kind| kind.name() == name)
    }
}

/// One entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SetEntry {
    /// The address, or the network.
    pub net: Ipv4Net,
    /// Protocol and port.
    pub port: Option<(u8, u16)>,
}

/// One set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressSet {
    /// Its name.
    pub name: String,
    /// What its entries are.
    pub kind: SetKind,
    /// How long an entry is kept, unless told otherwise; `None` for ever.
    pub timeout: Option<Span>,
    /// Largest number of entries.
    pub max_elements: u32,
    /// Entries, and when they end.
    pub entries: IndexMap<SetEntry, Option<Time>>,
}

impl AddressSet {
    /// Whether an address (with its port) is in the set.
    pub fn contains(&self, address: Ipv4Addr, port: Option<(u8, u16)>, now: Time) -> bool {
        let alive = |ends: &Option<Time>| ends.is_none_or(|at| at > now);
        match self.kind {
            SetKind::Ip => {
                self.entries.get(&SetEntry { net: address.into(), port: None }).is_some_and(alive)
            }
            SetKind::IpPort => {
                self.entries.get(&SetEntry { net: address.into(), port }).is_some_and(alive)
            }
            SetKind::Net => {
                self.entries.iter().any(|(entry, ends)| entry.net.contains(&address) && alive(ends))
            }
        }
    }
}

/// The sets of a namespace, in order of creation.
#[derive(Debug, Clone, Default)]
pub struct Sets {
    /// By name.
    pub by_name: IndexMap<String, AddressSet>,
}

impl Sets {
    /// Whether a packet is in a set, by these directions (true means source).
    pub fn test_packet(&self, name: &str, directions: &[bool], packet: &[u8], now: Time) -> bool {
        let Some(set) = self.by_name.get(name) else { return false };
        let (address, port) = key_of(packet, directions);
        set.contains(address, port, now)
    }

    /// Adds what a packet says to a set, or removes it.
    pub fn change_by_packet(&mut self, change: &SetChange, packet: &[u8], now: Time) {
        let Some(set) = self.by_name.get_mut(&change.set) else { return };
        let (address, port) = key_of(packet, &change.directions);
        let port = port.filter(|_| set.kind == SetKind::IpPort);
        let entry = SetEntry { net: address.into(), port };
        if !change.add {
            set.entries.shift_remove(&entry);
            return;
        }
        let is_full = set.entries.len() >= set.max_elements as usize;
        let is_there = set.entries.contains_key(&entry);
        if (is_there && change.exist) || (!is_there && !is_full) {
            let own = change.timeout.map(|seconds| Span::secs(seconds.into()));
            set.entries.insert(entry, own.or(set.timeout).map(|span| now + span));
        }
    }
}

fn key_of(packet: &[u8], directions: &[bool]) -> (Ipv4Addr, Option<(u8, u16)>) {
    let by_source = |n: usize| directions.get(n).or(directions.first()).copied().unwrap_or(true);
    let address = if by_source(0) { ipv4::src(packet) } else { ipv4::dst(packet) };
    let port = udp::ports(ipv4::payload(packet))
        .map(|(src, dst)| (ipv4::protocol_of(packet), if by_source(1) { src } else { dst }));
    (address, port)
}
