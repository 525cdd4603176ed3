//! Filter expressions, as `pcap-filter(7)` describes them: read into a small tree ([`parse`]), which is
//! evaluated over the bytes of a frame ([`evaluate`]).

mod evaluate;
mod names;
mod parse;
mod words;

use ipnet::Ipv4Net;

use crate::wire::MacAddr;

pub use evaluate::View;
pub use parse::parse;

/// A filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// Everything.
    All,
    /// Both.
    And(Box<Filter>, Box<Filter>),
    /// One of them.
    Or(Box<Filter>, Box<Filter>),
    /// Not that.
    Not(Box<Filter>),
    /// A condition on what stands behind so many VLAN tags.
    Primitive(Primitive, usize),
    /// Two numbers compare so; both are read behind so many VLAN tags.
    Relation(Number, Comparison, Number, usize),
}

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Primitive {
    /// `ether proto`: the type of the payload.
    EtherType(u16),
    /// `ip proto`: the protocol of the packet.
    Protocol(u8),
    /// ICMPv6.
    Icmp6,
    /// `host` and `net`.
    Address(Side, Ipv4Net, Layer),
    /// `port` and `portrange`.
    Port(Side, u16, u16, Option<u8>),
    /// `ether host`.
    Mac(Side, MacAddr),
    /// `ether broadcast`.
    EtherBroadcast,
    /// `ether multicast`.
    EtherMulticast,
    /// `ip multicast`.
    IpMulticast,
    /// `less`: no longer than this.
    AtMost(u32),
    /// `greater`: no shorter than this.
    AtLeast(u32),
    /// `vlan`, perhaps with its number.
    Vlan(Option<u16>),
    /// `inbound`.
    Inbound,
    /// `outbound`.
    Outbound,
}

/// Which end of a packet is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// `src`.
    Source,
    /// `dst`.
    Destination,
    /// `src or dst`.
    Either,
    /// `src and dst`.
    Both,
}

/// Where an address is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// In IP packets and in ARP.
    Any,
    /// In IP packets.
    Ip,
    /// In ARP.
    Arp,
    /// In RARP.
    ReverseArp,
}

/// A number of a relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Number {
    /// Itself.
    Literal(u32),
    /// The length of the frame.
    Length,
    /// `tcp[13]`, `ip[2:2]`.
    Bytes(Header, Box<Number>, u8),
    /// Two of them.
    Binary(char, Box<Number>, Box<Number>),
}

/// A header whose bytes are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Header {
    /// Ethernet.
    Ether,
    /// IPv4.
    Ip,
    /// ARP.
    Arp,
    /// The header behind IPv4 of this protocol.
    Transport(u8),
}

/// How two numbers compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    Greater,
    AtMost,
    AtLeast,
}
