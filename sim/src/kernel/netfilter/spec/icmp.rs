//! Names of ICMP messages, which iptables and ipset share.

use crate::kernel::netfilter::matches::IcmpType;

/// Names of types, and of codes of a type. The first name of a number is the one that prints.
pub(super) const NAMES: &[(&str, u8, Option<u8>)] = &[
    ("any", IcmpType::ANY, None),
    ("echo-reply", 0, None),
    ("pong", 0, None),
    ("destination-unreachable", 3, None),
    ("network-unreachable", 3, Some(0)),
    ("host-unreachable", 3, Some(1)),
    ("protocol-unreachable", 3, Some(2)),
    ("port-unreachable", 3, Some(3)),
    ("fragmentation-needed", 3, Some(4)),
    ("source-route-failed", 3, Some(5)),
    ("network-unknown", 3, Some(6)),
    ("host-unknown", 3, Some(7)),
    ("network-prohibited", 3, Some(9)),
    ("host-prohibited", 3, Some(10)),
    ("TOS-network-unreachable", 3, Some(11)),
    ("TOS-host-unreachable", 3, Some(12)),
    ("communication-prohibited", 3, Some(13)),
    ("host-precedence-violation", 3, Some(14)),
    ("precedence-cutoff", 3, Some(15)),
    ("source-quench", 4, None),
    ("redirect", 5, None),
    ("network-redirect", 5, Some(0)),
    ("host-redirect", 5, Some(1)),
    ("TOS-network-redirect", 5, Some(2)),
    ("TOS-host-redirect", 5, Some(3)),
    ("echo-request", 8, None),
    ("ping", 8, None),
    ("router-advertisement", 9, None),
    ("router-solicitation", 10, None),
    ("time-exceeded", 11, None),
    ("ttl-exceeded", 11, None),
    ("ttl-zero-during-transit", 11, Some(0)),
    ("ttl-zero-during-reassembly", 11, Some(1)),
    ("parameter-problem", 12, None),
    ("ip-header-bad", 12, Some(0)),
    ("required-option-missing", 12, Some(1)),
    ("timestamp-request", 13, None),
    ("timestamp-reply", 14, None),
    ("address-mask-request", 17, None),
    ("address-mask-reply", 18, None),
];

/// The type and code of a message with this name; of a name for all codes, the first one.
pub fn message(name: &str) -> Option<(u8, u8)> {
    let (_, kind, code) = NAMES
        .iter()
        .find(|(known, kind, _)| *kind != IcmpType::ANY && known.eq_ignore_ascii_case(name))?;
    Some((*kind, code.unwrap_or(0)))
}

/// The name of a message.
pub fn message_name(kind: u8, code: u8) -> Option<&'static str> {
    let names = |(_, k, c): &&(&str, u8, Option<u8>)| *k == kind && c.unwrap_or(0) == code;
    NAMES.iter().filter(|(_, k, _)| *k != IcmpType::ANY).find(names).map(|(name, ..)| *name)
}
