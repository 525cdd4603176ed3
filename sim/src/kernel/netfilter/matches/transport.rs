//! What rules can look at in the header behind that of IP: `tcp`, `udp`, `icmp`, `multiport`.

use crate::wire::{ipv4, tcp, udp};

use super::maybe::{Maybe, PortRange, all_hold, in_range};

/// Options of `-m tcp`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TcpMatch {
    /// `--sport`.
    pub sport: Option<Maybe<PortRange>>,
    /// `--dport`.
    pub dport: Option<Maybe<PortRange>>,
    /// `--tcp-flags`: which flags are looked at, and which of them must be set.
    pub flags: Option<Maybe<(u8, u8)>>,
    /// `--tcp-option`.
    pub option: Option<Maybe<u8>>,
}

impl TcpMatch {
    pub(super) fn holds(&self, packet: &[u8]) -> bool {
        let segment = ipv4::payload(packet);
        let Some((src, dst)) = ports(packet) else { return false };
        let Some(have) = tcp::flags(segment) else { return false };
        all_hold(self.sport.as_ref(), |range| in_range(*range, src))
            && all_hold(self.dport.as_ref(), |range| in_range(*range, dst))
            && all_hold(self.flags.as_ref(), |(mask, set)| have & mask == *set)
            && all_hold(self.option.as_ref(), |kind| has_tcp_option(segment, *kind))
    }
}

/// Options of `-m udp`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UdpMatch {
    /// `--sport`.
    pub sport: Option<Maybe<PortRange>>,
    /// `--dport`.
    pub dport: Option<Maybe<PortRange>>,
}

impl UdpMatch {
    pub(super) fn holds(&self, packet: &[u8]) -> bool {
        let Some((src, dst)) = ports(packet) else { return false };
        all_hold(self.sport.as_ref(), |range| in_range(*range, src))
            && all_hold(self.dport.as_ref(), |range| in_range(*range, dst))
    }
}

/// What `--icmp-type` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IcmpType {
    /// The type; [`IcmpType::ANY`] is all of them.
    pub kind: u8,
    /// The codes, both ends included.
    pub codes: (u8, u8),
}

impl IcmpType {
    /// The number that stands for every type.
    pub const ANY: u8 = 255;

    pub(super) fn holds(self, packet: &[u8]) -> bool {
        let header = ipv4::payload(packet).get(..2).filter(|_| !ipv4::is_later_fragment(packet));
        header.is_some_and(|header| {
            self.kind == IcmpType::ANY
                || (header[0] == self.kind && (self.codes.0..=self.codes.1).contains(&header[1]))
        })
    }
}

/// Which ports `multiport` looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortsOf {
    /// Source.
    Src,
    /// Destination.
    Dst,
    /// Either.
    Either,
}

/// Options of `-m multiport`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MultiportMatch {
    /// Which ports.
    pub of: PortsOf,
    /// Those that match.
    pub ports: Maybe<Vec<PortRange>>,
}

impl MultiportMatch {
    pub(super) fn holds(&self, packet: &[u8]) -> bool {
        let Some((src, dst)) = ports(packet) else { return false };
        let any = |list: &[PortRange], port| list.iter().any(|range| in_range(*range, port));
        self.ports.holds(|list| match self.of {
            PortsOf::Src => any(list, src),
            PortsOf::Dst => any(list, dst),
            PortsOf::Either => any(list, src) || any(list, dst),
        })
    }
}

/// Source and destination port; later fragments have none.
fn ports(packet: &[u8]) -> Option<(u16, u16)> {
    udp::ports(ipv4::payload(packet)).filter(|_| !ipv4::is_later_fragment(packet))
}

fn has_tcp_option(segment: &[u8], wanted: u8) -> bool {
    let header_len = usize::from(segment[12] >> 4) * 4;
    let mut at = tcp::HEADER_LEN;
    while at < header_len.min(segment.len()) {
        if segment[at] == wanted {
            return true;
        }
        at += match segment[at] {
            0 | 1 => 1,
            _ => usize::from(segment.get(at + 1).copied().unwrap_or(2)).max(2),
        };
    }
    false
}
