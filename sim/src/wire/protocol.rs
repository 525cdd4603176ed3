//! What a frame is about, as far as its headers say: one word and one letter for lists and maps.

use super::{ethernet, ipv4, udp, vlan, vxlan};

/// The kind of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // The names of the protocols.
pub enum Protocol {
    Arp,
    Icmp,
    Tcp,
    Udp,
    Dns,
    Vxlan,
    /// Questions to the cluster's key-value store: Consul and etcd.
    KeyValue,
    /// Docker daemons that tell each other who is where, and Consul's own.
    Gossip,
    SpanningTree,
    Other,
}

/// Ports of key-value stores: Consul over HTTP and RPC, etcd for clients and peers.
const KEY_VALUE: [u16; 6] = [8300, 8500, 2379, 2380, 4001, 7001];
/// Ports of gossip: Docker's network database, Consul in a LAN and beyond.
const GOSSIP: [u16; 3] = [7946, 8301, 8302];
/// The largest length of an IEEE 802.3 frame; from here on the field is a type.
const FIRST_TYPE: u16 = 0x600;

impl Protocol {
    /// The kind of a frame: of its outermost packet, so that what is wrapped looks wrapped.
    pub fn of(frame: &[u8]) -> Protocol {
        let Some(mut rest) = frame.get(ethernet::HEADER_LEN..) else { return Protocol::Other };
        let mut kind = ethernet::ethertype(frame);
        if vlan::id(frame).is_some() && rest.len() >= vlan::TAG_LEN {
            kind = u16::from_be_bytes([rest[2], rest[3]]);
            rest = &rest[vlan::TAG_LEN..];
        }
        match kind {
            ethernet::ETHERTYPE_ARP => Protocol::Arp,
            ethernet::ETHERTYPE_IPV4 if rest.len() >= ipv4::HEADER_LEN => Protocol::of_packet(rest),
            kind if kind < FIRST_TYPE => Protocol::SpanningTree,
            _ => Protocol::Other,
        }
    }

    /// The kind of what is wrapped in a frame of a tunnel.
    pub fn inside(frame: &[u8]) -> Option<Protocol> {
        let is_wrapped = Protocol::of(frame) == Protocol::Vxlan;
        let inner = frame.get(vxlan::OVERHEAD..).filter(|_| is_wrapped)?;
        Some(Protocol::of(inner))
    }

    /// The kind of an IPv4 packet.
    fn of_packet(packet: &[u8]) -> Protocol {
        let protocol = ipv4::protocol_of(packet);
        let ports = match ipv4::is_later_fragment(packet) {
            true => None,
            false => udp::ports(ipv4::payload(packet)),
        };
        let (src, dst) = ports.unwrap_or_default();
        let either = |known: &[u16]| known.contains(&src) || known.contains(&dst);
        match protocol {
            ipv4::protocol::ICMP => Protocol::Icmp,
            ipv4::protocol::TCP | ipv4::protocol::UDP if either(&[53]) => Protocol::Dns,
            ipv4::protocol::TCP | ipv4::protocol::UDP if either(&GOSSIP) => Protocol::Gossip,
            ipv4::protocol::TCP if either(&KEY_VALUE) => Protocol::KeyValue,
            ipv4::protocol::TCP => Protocol::Tcp,
            ipv4::protocol::UDP if dst == vxlan::PORT => Protocol::Vxlan,
            ipv4::protocol::UDP => Protocol::Udp,
            _ => Protocol::Other,
        }
    }

    /// Its letter on screens.
    pub fn letter(self) -> char {
        match self {
            Protocol::Arp => 'A',
            Protocol::Icmp => 'I',
            Protocol::Tcp => 'T',
            Protocol::Udp => 'U',
            Protocol::Dns => 'D',
            Protocol::Vxlan => 'V',
            Protocol::KeyValue => 'K',
            Protocol::Gossip => 'G',
            Protocol::SpanningTree => 'S',
            Protocol::Other => '?',
        }
    }

    /// Whether it is about who is where, not about what users send.
    pub fn is_control(self) -> bool {
        use Protocol::{Arp, Gossip, KeyValue, SpanningTree};
        matches!(self, Arp | Gossip | KeyValue | SpanningTree)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Bytes, Ipv4Addr, MacAddr};

    fn udp_frame(dst: u16) -> Bytes {
        let (a, b) = (Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(10, 0, 0, 2));
        let mut bytes = Bytes::copy_of(&[0; 8]);
        udp::push_header(&mut bytes, (a, 40_000), (b, dst));
        let header = ipv4::Header {
            tos: 0,
            ident: 0,
            dont_fragment: false,
            ttl: 64,
            protocol: ipv4::protocol::UDP,
            src: a,
            dst: b,
        };
        ipv4::push_header(&mut bytes, &header);
        let mac = MacAddr(2, 0, 0, 0, 0, 1);
        ethernet::push_header(&mut bytes, mac, mac, ethernet::ETHERTYPE_IPV4);
        bytes
    }

    #[test]
    fn the_port_tells_what_a_datagram_is_about() {
        let kinds = [53, 7946, 4789, 9].map(|port| Protocol::of(&udp_frame(port)));
        assert_eq!(kinds, [Protocol::Dns, Protocol::Gossip, Protocol::Vxlan, Protocol::Udp]);
    }

    #[test]
    fn a_tag_is_looked_behind() {
        let mut bytes = udp_frame(53);
        vlan::push(&mut bytes, 7);
        assert_eq!(Protocol::of(&bytes), Protocol::Dns);
    }

    #[test]
    fn cut_frames_are_something_else() {
        let bytes = udp_frame(53);
        assert_eq!(Protocol::of(&bytes[..10]), Protocol::Other);
        assert_eq!(Protocol::of(&bytes[..20]), Protocol::Other);
    }
}
