//! Words that stand for numbers.

use crate::process::programs::services::{self, Transport};
use crate::wire::ipv4::protocol;

/// Protocols above IP, and Ethernet types.
pub const IP: u16 = 0x0800;
/// ARP.
pub const ARP: u16 = 0x0806;
/// RARP.
pub const RARP: u16 = 0x8035;
/// A VLAN tag.
pub const VLAN: u16 = 0x8100;
/// IPv6.
pub const IP6: u16 = 0x86dd;

/// Fields and values of byte relations.
const CONSTANTS: &[(&str, u32)] = &[
    ("icmptype", 0),
    ("icmpcode", 1),
    ("tcpflags", 13),
    ("icmp-echoreply", 0),
    ("icmp-unreach", 3),
    ("icmp-sourcequench", 4),
    ("icmp-redirect", 5),
    ("icmp-echo", 8),
    ("icmp-routeradvert", 9),
    ("icmp-routersolicit", 10),
    ("icmp-timxceed", 11),
    ("icmp-paramprob", 12),
    ("icmp-tstamp", 13),
    ("icmp-tstampreply", 14),
    ("tcp-fin", 0x01),
    ("tcp-syn", 0x02),
    ("tcp-rst", 0x04),
    ("tcp-push", 0x08),
    ("tcp-ack", 0x10),
    ("tcp-urg", 0x20),
    ("tcp-ece", 0x40),
    ("tcp-cwr", 0x80),
];

/// A number, written or named.
pub fn number(word: &str) -> Option<u32> {
    let named = CONSTANTS.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
    named.or_else(|| literal(word))
}

/// A number in decimal, hexadecimal (`0x`) or octal (`0`).
pub fn literal(word: &str) -> Option<u32> {
    match word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None if word.len() > 1 && word.starts_with('0') => u32::from_str_radix(word, 8).ok(),
        None => word.parse().ok(),
    }
}

/// A protocol that is a word of its own.
pub fn protocol_number(word: &str) -> Option<u8> {
    match word {
        "icmp" => Some(protocol::ICMP),
        "igmp" => Some(protocol::IGMP),
        "tcp" => Some(protocol::TCP),
        "udp" => Some(protocol::UDP),
        "sctp" => Some(protocol::SCTP),
        "esp" => Some(protocol::ESP),
        "ah" => Some(51),
        "pim" => Some(103),
        "vrrp" => Some(112),
        _ => None,
    }
}

/// An Ethernet type that is a word of its own.
pub fn ether_type(word: &str) -> Option<u16> {
    match word {
        "ip" => Some(IP),
        "ip6" => Some(IP6),
        "arp" => Some(ARP),
        "rarp" => Some(RARP),
        _ => None,
    }
}

/// A port, written or named.
pub fn port(word: &str) -> Option<u16> {
    let named = || services::port_of(word, Transport::Tcp);
    word.parse().ok().or_else(named).or_else(|| services::port_of(word, Transport::Udp))
}
