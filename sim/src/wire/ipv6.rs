//! IPv6 headers and addresses (RFC 8200, RFC 4291). Functions take a packet from its IPv6 header on.

use std::net::Ipv6Addr;

use pnet_packet::ip::IpNextHeaderProtocol;
use pnet_packet::ipv6::{Ipv6Packet, MutableIpv6Packet};

use super::{Bytes, MacAddr};

/// Length of the fixed header.
pub const HEADER_LEN: usize = 40;
/// Every link takes packets of this size (RFC 8200 section 5).
pub const MIN_MTU: u32 = 1280;

/// Numbers of headers that may follow.
pub mod next_header {
    /// Options that every router reads.
    pub const HOP_BY_HOP: u8 = 0;
    /// TCP.
    pub const TCP: u8 = 6;
    /// UDP.
    pub const UDP: u8 = 17;
    /// A fragment.
    pub const FRAGMENT: u8 = 44;
    /// ICMPv6.
    pub const ICMPV6: u8 = 58;
}

/// `ff02::1`: all nodes of the link.
pub const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
/// `ff02::2`: all routers of the link.
pub const ALL_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 2);
/// `ff01::1`: all nodes of the interface.
pub const INTERFACE_NODES: Ipv6Addr = Ipv6Addr::new(0xff01, 0, 0, 0, 0, 0, 0, 1);
/// `ff02::16`: to which listener reports go.
pub const ALL_MLD_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x16);
/// `ff02::6a`: all snoopers, to whom bridges listen.
pub const ALL_SNOOPERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x6a);

/// A header without extensions, to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Flow label, 20 bits.
    pub flow: u32,
    /// The number of what follows.
    pub next_header: u8,
    /// How many routers may still forward it.
    pub hop_limit: u8,
    /// Source.
    pub src: Ipv6Addr,
    /// Destination.
    pub dst: Ipv6Addr,
}

/// Puts a header in front of `payload`.
pub fn push_header(payload: &mut Bytes, header: &Header) {
    let length = payload.len() as u16;
    let whole = payload.push_front(HEADER_LEN);
    let mut ip = MutableIpv6Packet::new(whole).expect("room for a header was just made");
    ip.set_version(6);
    ip.set_traffic_class(0);
    ip.set_flow_label(header.flow);
    ip.set_payload_length(length);
    ip.set_next_header(IpNextHeaderProtocol(header.next_header));
    ip.set_hop_limit(header.hop_limit);
    ip.set_source(header.src);
    ip.set_destination(header.dst);
}

/// Whether the version and the lengths are right; what the link added behind the packet is cut.
pub fn check(packet: &mut Bytes) -> bool {
    let Some(length) = Ipv6Packet::new(packet)
        .filter(|ip| ip.get_version() == 6)
        .map(|ip| ip.get_payload_length())
    else {
        return false;
    };
    let total = HEADER_LEN + usize::from(length);
    let fits = total <= packet.len();
    packet.truncate(total);
    fits
}

fn address_at(packet: &[u8], at: usize) -> Ipv6Addr {
    let octets: Option<[u8; 16]> = packet.get(at..at + 16).and_then(|bytes| bytes.try_into().ok());
    octets.map_or(Ipv6Addr::UNSPECIFIED, Ipv6Addr::from)
}

/// Source address.
pub fn src(packet: &[u8]) -> Ipv6Addr {
    address_at(packet, 8)
}

/// Destination address.
pub fn dst(packet: &[u8]) -> Ipv6Addr {
    address_at(packet, 24)
}

/// The flow label.
pub fn flow_label(packet: &[u8]) -> u32 {
    Ipv6Packet::new(packet).map_or(0, |ip| ip.get_flow_label())
}

/// How many routers may still forward a packet.
pub fn hop_limit(packet: &[u8]) -> u8 {
    packet.get(7).copied().unwrap_or(0)
}

/// One router less may forward a packet.
pub fn decrement_hop_limit(packet: &mut Bytes) {
    if let Some(limit) = packet.make_mut().get_mut(7) {
        *limit = limit.saturating_sub(1);
    }
}

/// The number of what follows the fixed header.
pub fn first_header(packet: &[u8]) -> u8 {
    packet.get(6).copied().unwrap_or(0)
}

/// What follows the fixed header.
pub fn payload(packet: &[u8]) -> &[u8] {
    packet.get(HEADER_LEN..).unwrap_or_default()
}

/// The transport: its number, and where it begins. Options are skipped; a fragment has no transport
/// of its own, and its number is that of the fragment header.
pub fn transport(packet: &[u8]) -> Option<(u8, usize)> {
    let (mut number, mut at) = (first_header(packet), HEADER_LEN);
    while number == next_header::HOP_BY_HOP {
        let [next, units] = packet.get(at..at + 2)? else { return None };
        number = *next;
        at += 8 * (usize::from(*units) + 1);
    }
    (at <= packet.len()).then_some((number, at))
}

/// Puts the options that ask every router to look (router alert, RFC 2711) in front of an ICMPv6
/// message about listeners.
pub fn push_router_alert(message: &mut Bytes) {
    const OPTIONS: [u8; 8] = [next_header::ICMPV6, 0, 5, 2, 0, 0, 1, 0];
    message.push_front(OPTIONS.len())[..OPTIONS.len()].copy_from_slice(&OPTIONS);
}

/// The address of a device on its link (RFC 4291 appendix A): `fe80::` and its hardware address with
/// `ff:fe` in the middle.
pub fn link_local(mac: MacAddr) -> Ipv6Addr {
    let pair = |high: u8, low: u8| u16::from_be_bytes([high, low]);
    let identifier =
        [pair(mac.0 ^ 2, mac.1), pair(mac.2, 0xff), pair(0xfe, mac.3), pair(mac.4, mac.5)];
    let [a, b, c, d] = identifier;
    Ipv6Addr::new(0xfe80, 0, 0, 0, a, b, c, d)
}

/// The group to which questions about an address go (RFC 4291 section 2.7.1).
pub fn solicited_node(address: Ipv6Addr) -> Ipv6Addr {
    let [.., a, b] = address.segments();
    Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff00 | (a & 0xff), b)
}

/// The Ethernet group of an IPv6 multicast address (RFC 2464 section 7).
pub fn multicast_mac(group: Ipv6Addr) -> MacAddr {
    let [.., a, b, c, d] = group.octets();
    MacAddr(0x33, 0x33, a, b, c, d)
}

/// Whether an address holds on its link only: `fe80::/10`, or a group of the link or the interface.
pub fn is_link_local(address: Ipv6Addr) -> bool {
    address.is_unicast_link_local() || matches!(multicast_scope(address), Some(1 | 2))
}

/// The scope of a group; `None` for any other address.
pub fn multicast_scope(address: Ipv6Addr) -> Option<u8> {
    address.is_multicast().then(|| address.octets()[1] & 0xf)
}

/// How many bits two addresses have in common from the left.
pub fn common_bits(a: Ipv6Addr, b: Ipv6Addr) -> u32 {
    (a.to_bits() ^ b.to_bits()).leading_zeros()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_comes_back_as_it_went_in() {
        let header = Header {
            flow: 0xd5aea,
            next_header: next_header::ICMPV6,
            hop_limit: 64,
            src: "2001:db8::a".parse().unwrap(),
            dst: ALL_NODES,
        };
        let mut bytes = Bytes::copy_of(b"payload");
        push_header(&mut bytes, &header);
        let mut padded = Bytes::copy_of(&[&bytes[..], &[0; 5]].concat());
        assert!(check(&mut padded));
        assert_eq!(padded, bytes);
        assert_eq!((src(&bytes), dst(&bytes)), (header.src, header.dst));
        assert_eq!((flow_label(&bytes), hop_limit(&bytes)), (0xd5aea, 64));
        assert_eq!(transport(&bytes), Some((next_header::ICMPV6, HEADER_LEN)));
        bytes.truncate(42);
        assert!(!check(&mut bytes));
    }

    #[test]
    fn options_in_front_of_the_transport_are_skipped() {
        let mut bytes = Bytes::copy_of(&[143, 0, 0, 0]);
        push_router_alert(&mut bytes);
        let (src, dst) = (Ipv6Addr::UNSPECIFIED, ALL_MLD_ROUTERS);
        let next_header = next_header::HOP_BY_HOP;
        push_header(&mut bytes, &Header { flow: 0, next_header, hop_limit: 1, src, dst });
        assert_eq!(transport(&bytes), Some((next_header::ICMPV6, HEADER_LEN + 8)));
    }

    #[test]
    fn addresses_are_made_of_hardware_addresses() {
        let mac = MacAddr(0x08, 0, 0x27, 0, 1, 0x44);
        assert_eq!(link_local(mac).to_string(), "fe80::a00:27ff:fe00:144");
        let group = solicited_node(link_local(mac));
        assert_eq!(group.to_string(), "ff02::1:ff00:144");
        assert_eq!(multicast_mac(group).to_string(), "33:33:ff:00:01:44");
    }
}
