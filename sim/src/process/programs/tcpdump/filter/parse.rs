//! From words to a [`Filter`]: `and` and `or` bind alike and from the left, a value without a word in
//! front of it means what the last one meant.

use ipnet::Ipv4Net;

use crate::process::programs::inet;
use crate::wire::ipv4::protocol;
use crate::wire::{Ipv4Addr, MacAddr};

use super::names::{self, ARP, IP, RARP};
use super::words::{split, syntax_error};
use super::{Comparison, Filter, Header, Layer, Number, Primitive, Side};

/// Words that begin something other than a value.
const KEYWORDS: [&str; 37] = [
    "and",
    "or",
    "not",
    "host",
    "net",
    "port",
    "portrange",
    "proto",
    "src",
    "dst",
    "ether",
    "ip",
    "ip6",
    "arp",
    "rarp",
    "icmp",
    "icmp6",
    "igmp",
    "tcp",
    "udp",
    "sctp",
    "esp",
    "ah",
    "pim",
    "vrrp",
    "less",
    "greater",
    "len",
    "vlan",
    "broadcast",
    "multicast",
    "inbound",
    "outbound",
    "mask",
    "gateway",
    "link",
    "vxlan",
];

/// Reads an expression. `resolve` finds the addresses of a name.
pub fn parse(text: &str, resolve: &dyn Fn(&str) -> Vec<Ipv4Addr>) -> Result<Filter, String> {
    let words = split(text)?;
    if words.is_empty() {
        return Ok(Filter::All);
    }
    let mut parser = Parser { words, at: 0, resolve, tags: 0, last: Qualifiers::default() };
    let filter = parser.expression()?;
    if parser.at < parser.words.len() { Err(syntax_error()) } else { Ok(filter) }
}

/// What stands before a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Qualifiers<'a> {
    protocol: Option<&'a str>,
    side: Option<Side>,
    kind: Option<&'a str>,
}

struct Parser<'a> {
    words: Vec<&'a str>,
    at: usize,
    resolve: &'a dyn Fn(&str) -> Vec<Ipv4Addr>,
    /// VLAN tags that have been asked for so far.
    tags: usize,
    last: Qualifiers<'a>,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.words.get(self.at).copied()
    }

    fn next(&mut self) -> Result<&'a str, String> {
        let word = self.peek().ok_or_else(syntax_error)?;
        self.at += 1;
        Ok(word)
    }

    fn takes(&mut self, choices: &[&str]) -> bool {
        let found = self.peek().is_some_and(|word| choices.contains(&word));
        self.at += usize::from(found);
        found
    }

    fn expects(&mut self, word: &str) -> Result<(), String> {
        if self.takes(&[word]) { Ok(()) } else { Err(syntax_error()) }
    }

    fn expression(&mut self) -> Result<Filter, String> {
        let mut left = self.term()?;
        loop {
            if self.takes(&["and", "&&"]) {
                left = Filter::And(Box::new(left), Box::new(self.term()?));
            } else if self.takes(&["or", "||"]) {
                left = Filter::Or(Box::new(left), Box::new(self.term()?));
            } else {
                return Ok(left);
            }
        }
    }

    fn term(&mut self) -> Result<Filter, String> {
        if self.takes(&["not", "!"]) {
            return Ok(Filter::Not(Box::new(self.term()?)));
        }
        let start = self.at;
        if let Ok(relation) = self.relation() {
            return Ok(relation);
        }
        self.at = start;
        if self.takes(&["("]) {
            let inner = self.expression()?;
            self.expects(")")?;
            return Ok(inner);
        }
        self.primitive()
    }

    // Relations.

    fn relation(&mut self) -> Result<Filter, String> {
        let left = self.sum()?;
        let comparison = match self.next()? {
            "=" | "==" => Comparison::Equal,
            "!=" => Comparison::NotEqual,
            "<" => Comparison::Less,
            ">" => Comparison::Greater,
            "<=" => Comparison::AtMost,
            ">=" => Comparison::AtLeast,
            _ => return Err(syntax_error()),
        };
        Ok(Filter::Relation(left, comparison, self.sum()?, self.tags))
    }

    /// Operators by rank, weakest first.
    fn sum(&mut self) -> Result<Number, String> {
        const RANKS: [&[&str]; 4] = [&["|", "&"], &["<<", ">>"], &["+", "-"], &["*", "/", "%"]];
        self.binary(&RANKS)
    }

    fn binary(&mut self, ranks: &[&[&str]]) -> Result<Number, String> {
        let Some((signs, tighter)) = ranks.split_first() else { return self.number() };
        let mut left = self.binary(tighter)?;
        while let Some(sign) = self.peek().filter(|word| signs.contains(word)) {
            self.at += 1;
            let right = self.binary(tighter)?;
            let sign = sign.chars().next().unwrap_or('+');
            left = Number::Binary(sign, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn number(&mut self) -> Result<Number, String> {
        let word = self.next()?;
        if word == "(" {
            let inner = self.sum()?;
            self.expects(")")?;
            return Ok(inner);
        }
        if word == "-" {
            let inner = self.number()?;
            return Ok(Number::Binary('-', Box::new(Number::Literal(0)), Box::new(inner)));
        }
        if word == "len" {
            return Ok(Number::Length);
        }
        if let Some(value) = names::number(word) {
            return Ok(Number::Literal(value));
        }
        let header = match word {
            "ether" | "link" => Header::Ether,
            "ip" => Header::Ip,
            "arp" | "rarp" => Header::Arp,
            word => Header::Transport(names::protocol_number(word).ok_or_else(syntax_error)?),
        };
        self.expects("[")?;
        let offset = self.sum()?;
        let size = if self.takes(&[":"]) { self.next()?.parse().unwrap_or(0) } else { 1 };
        self.expects("]")?;
        match size {
            1 | 2 | 4 => Ok(Number::Bytes(header, Box::new(offset), size)),
            _ => Err("data size must be 1, 2, or 4".to_owned()),
        }
    }

    // Primitives.

    fn here(&self, primitive: Primitive) -> Filter {
        Filter::Primitive(primitive, self.tags)
    }

    fn primitive(&mut self) -> Result<Filter, String> {
        let mut qualifiers = Qualifiers::default();
        let word = self.peek().ok_or_else(syntax_error)?;
        match word {
            "less" | "greater" => {
                self.at += 1;
                let bound = names::literal(self.next()?).ok_or_else(syntax_error)?;
                let is_less = word == "less";
                return Ok(self.here(if is_less {
                    Primitive::AtMost(bound)
                } else {
                    Primitive::AtLeast(bound)
                }));
            }
            "inbound" | "outbound" | "broadcast" | "multicast" => {
                self.at += 1;
                return Ok(self.here(match word {
                    "inbound" => Primitive::Inbound,
                    "outbound" => Primitive::Outbound,
                    "broadcast" => Primitive::EtherBroadcast,
                    _ => Primitive::EtherMulticast,
                }));
            }
            "vlan" => return Ok(self.vlan()),
            "vxlan" | "gateway" => return Err(syntax_error()),
            _ => {}
        }
        let is_protocol = matches!(word, "ether" | "link")
            || names::ether_type(word).is_some()
            || word == "icmp6"
            || names::protocol_number(word).is_some();
        if is_protocol {
            self.at += 1;
            qualifiers.protocol = Some(word);
        }
        qualifiers.side = self.side();
        let is_kind =
            |word: &&str| matches!(*word, "host" | "net" | "port" | "portrange" | "proto");
        if let Some(kind) = self.peek().filter(is_kind) {
            self.at += 1;
            qualifiers.kind = Some(kind);
        }
        if qualifiers == Qualifiers::default() {
            // A value alone means what the last one meant.
            if KEYWORDS.contains(&word) {
                return Err(syntax_error());
            }
            qualifiers = self.last;
        } else if qualifiers.side.is_none() && qualifiers.kind.is_none() {
            return self.protocol_alone(qualifiers.protocol.unwrap_or_default());
        }
        self.last = qualifiers;
        if self.takes(&["("]) {
            let inner = self.expression()?;
            self.expects(")")?;
            return Ok(inner);
        }
        self.value(qualifiers)
    }

    fn side(&mut self) -> Option<Side> {
        let first = self.peek().filter(|word| matches!(*word, "src" | "dst"))?;
        self.at += 1;
        let joined = match (self.peek(), self.words.get(self.at + 1)) {
            (Some(joint @ ("or" | "and")), Some(second))
                if matches!(*second, "src" | "dst") && *second != first =>
            {
                self.at += 2;
                Some(joint)
            }
            _ => None,
        };
        Some(match (joined, first) {
            (Some("or"), _) => Side::Either,
            (Some(_), _) => Side::Both,
            (None, "src") => Side::Source,
            (None, _) => Side::Destination,
        })
    }

    fn vlan(&mut self) -> Filter {
        self.at += 1;
        let id = self.peek().and_then(names::literal).map(|id| id as u16);
        self.at += usize::from(id.is_some());
        let filter = self.here(Primitive::Vlan(id));
        self.tags += 1;
        filter
    }

    /// `tcp`, `arp`, `ether multicast`.
    fn protocol_alone(&mut self, word: &str) -> Result<Filter, String> {
        if self.takes(&["broadcast"]) {
            return Ok(self.here(Primitive::EtherBroadcast));
        }
        if self.takes(&["multicast"]) {
            let is_ip = word == "ip";
            return Ok(self.here(if is_ip {
                Primitive::IpMulticast
            } else {
                Primitive::EtherMulticast
            }));
        }
        if let Some(kind) = names::ether_type(word) {
            return Ok(self.here(Primitive::EtherType(kind)));
        }
        if word == "icmp6" {
            return Ok(self.here(Primitive::Icmp6));
        }
        let number = names::protocol_number(word).ok_or_else(syntax_error)?;
        Ok(self.here(Primitive::Protocol(number)))
    }

    fn value(&mut self, qualifiers: Qualifiers<'a>) -> Result<Filter, String> {
        let word = self.next()?;
        let word = word.strip_prefix('\\').unwrap_or(word);
        let side = qualifiers.side.unwrap_or(Side::Either);
        match (qualifiers.protocol, qualifiers.kind.unwrap_or("host")) {
            (Some("ether" | "link"), "host") => {
                let mac: MacAddr =
                    expanded(word).parse().map_err(|_| format!("unknown ether host '{word}'"))?;
                Ok(self.here(Primitive::Mac(side, mac)))
            }
            (Some("ether" | "link"), "proto") => {
                let kind = names::ether_type(word).map(u32::from).or_else(|| names::literal(word));
                let kind = kind.ok_or_else(|| format!("unknown ether proto '{word}'"))?;
                Ok(self.here(Primitive::EtherType(kind as u16)))
            }
            (_, "proto") => {
                let number = protocol::number(word).or_else(|| word.parse().ok());
                let number = number.ok_or_else(|| format!("unknown ip proto '{word}'"))?;
                Ok(self.here(Primitive::Protocol(number)))
            }
            (transport, kind @ ("port" | "portrange")) => {
                let transport = match transport {
                    None | Some("ip") => None,
                    Some(name) => Some(names::protocol_number(name).ok_or_else(syntax_error)?),
                };
                let (from, to) = match word.split_once('-').filter(|_| kind == "portrange") {
                    Some((from, to)) => (from, to),
                    None => (word, word),
                };
                let port =
                    |text: &str| names::port(text).ok_or_else(|| format!("unknown port '{text}'"));
                let (a, b) = (port(from)?, port(to)?);
                Ok(self.here(Primitive::Port(side, a.min(b), a.max(b), transport)))
            }
            (layer, "net") => {
                let net = self.net(word)?;
                Ok(self.here(Primitive::Address(side, net, layer_of(layer)?)))
            }
            (layer, _) => {
                // A prefix may follow, and makes it a network.
                if self.peek() == Some("/") {
                    let net = self.net(word)?;
                    return Ok(self.here(Primitive::Address(side, net, layer_of(layer)?)));
                }
                self.host(word, side, layer_of(layer)?)
            }
        }
    }

    fn host(&self, word: &str, side: Side, layer: Layer) -> Result<Filter, String> {
        let looks_like_address = word.chars().all(|c| c.is_ascii_digit() || c == '.');
        let addresses = match inet::address(word).filter(|_| looks_like_address) {
            Some(address) => vec![address],
            None => (self.resolve)(word),
        };
        let one = |address: &Ipv4Addr| {
            self.here(Primitive::Address(side, Ipv4Net::new_assert(*address, 32), layer))
        };
        let filters = addresses.iter().map(one);
        filters
            .reduce(|left, right| Filter::Or(Box::new(left), Box::new(right)))
            .ok_or_else(|| format!("unknown host '{word}'"))
    }

    /// `10.0.0.0/8`, `10.0.0.0 mask 255.0.0.0`, or the first bytes alone: `10.1`.
    fn net(&mut self, word: &str) -> Result<Ipv4Net, String> {
        let parts: Vec<&str> = word.split('.').collect();
        let bytes: Vec<u8> = parts
            .iter()
            .map(|part| part.parse().ok())
            .collect::<Option<_>>()
            .filter(|bytes: &Vec<u8>| bytes.len() <= 4)
            .ok_or_else(|| format!("unknown network '{word}'"))?;
        let mut octets = [0; 4];
        octets[..bytes.len()].copy_from_slice(&bytes);
        let len = if self.takes(&["/"]) {
            let len = self.next()?;
            len.parse().ok().filter(|len| *len <= 32).ok_or("mask length must be <= 32")?
        } else if self.takes(&["mask"]) {
            let mask: Ipv4Addr = self.next()?.parse().map_err(|_| syntax_error())?;
            u32::from(mask).leading_ones() as u8
        } else {
            8 * bytes.len() as u8
        };
        let net = Ipv4Net::new_assert(Ipv4Addr::from(octets), len);
        if net.trunc() == net { Ok(net) } else { Err(format!("non-network bits set in \"{net}\"")) }
    }
}

fn layer_of(protocol: Option<&str>) -> Result<Layer, String> {
    match protocol.map(|word| (word, names::ether_type(word))) {
        None => Ok(Layer::Any),
        Some((_, Some(IP))) => Ok(Layer::Ip),
        Some((_, Some(ARP))) => Ok(Layer::Arp),
        Some((_, Some(RARP))) => Ok(Layer::ReverseArp),
        Some((word, _)) => Err(format!("'{word}' modifier applied to host")),
    }
}

/// A hardware address with two digits in each group.
fn expanded(text: &str) -> String {
    text.split(':').map(|group| format!("{group:0>2}")).collect::<Vec<_>>().join(":")
}
