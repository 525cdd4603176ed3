//! Changing a packet in place: TTL, addresses, ports, MSS, each with the checksums that depend on it.
//!
//! All functions take a packet from its IP header on and leave a correct packet correct; one whose
//! checksum was wrong stays wrong, as with a router that updates incrementally.

use super::{Ipv4Addr, checksum, flow::Ports, icmp, ipv4, tcp};

/// Which end of a packet is rewritten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The source address and port.
    Src,
    /// The destination address and port.
    Dst,
}

/// Lowers the TTL by one (RFC 1812 section 5.3.1). The caller has seen that it is above one.
pub fn decrement_ttl(packet: &mut [u8]) {
    let old = [packet[8], packet[9]];
    packet[8] = packet[8].saturating_sub(1);
    update_at(packet, 10, &old, &[packet[8], old[1]]);
}

/// Sets the type of service byte.
pub fn set_tos(packet: &mut [u8], tos: u8) {
    let old = [packet[0], packet[1]];
    packet[1] = tos;
    update_at(packet, 10, &old, &[old[0], tos]);
}

/// Sets the TTL.
pub fn set_ttl(packet: &mut [u8], ttl: u8) {
    let old = [packet[8], packet[9]];
    packet[8] = ttl;
    update_at(packet, 10, &old, &[ttl, old[1]]);
}

/// Sets identification and the DF flag of a packet that is not a fragment.
pub fn set_ident(packet: &mut [u8], ident: u16, dont_fragment: bool) {
    let old: [u8; 4] = packet[4..8].try_into().expect("an IP header has 20 bytes");
    let [high, low] = ident.to_be_bytes();
    let new = [high, low, (old[2] & !0x40) | if dont_fragment { 0x40 } else { 0 }, old[3]];
    packet[4..8].copy_from_slice(&new);
    update_at(packet, 10, &old, &new);
}

/// Sets the address of one end, and its port (or ICMP identifier) if `port` is given.
pub fn set_end(packet: &mut [u8], end: End, address: Ipv4Addr, port: Option<u16>) {
    let at = match end {
        End::Src => 12,
        End::Dst => 16,
    };
    let old: [u8; 4] = packet[at..at + 4].try_into().expect("an IP header has 20 bytes");
    let new = address.octets();
    packet[at..at + 4].copy_from_slice(&new);
    update_at(packet, 10, &old, &new);
    if ipv4::is_later_fragment(packet) {
        return;
    }
    let protocol = ipv4::protocol_of(packet);
    let header_len = usize::from(ipv4::view(packet).header_len());
    let Some(payload) = packet.get_mut(header_len..) else { return };
    update_transport(payload, protocol, &old, &new);
    if let Some(port) = port {
        set_port(payload, protocol, end, port);
    }
}

/// Sets the ends of the packet that an ICMP error quotes, and the checksums around it.
pub fn set_quoted_end(packet: &mut [u8], end: End, address: Ipv4Addr, port: Option<u16>) {
    let header_len = usize::from(ipv4::view(packet).header_len());
    let Some(message) = packet.get_mut(header_len..) else { return };
    let Some(quoted) = message.get_mut(icmp::HEADER_LEN..) else { return };
    if quoted.len() < ipv4::HEADER_LEN {
        return;
    }
    set_end(quoted, end, address, port);
    message[2..4].fill(0);
    let sum = !checksum::sum(message);
    message[2..4].copy_from_slice(&sum.to_be_bytes());
}

/// Lowers the MSS option of a SYN to `limit`; the old value if it changed.
pub fn clamp_mss(packet: &mut [u8], limit: u16) -> Option<u16> {
    if ipv4::protocol_of(packet) != ipv4::protocol::TCP || ipv4::is_fragment(packet) {
        return None;
    }
    let header_len = usize::from(ipv4::view(packet).header_len());
    let segment = packet.get_mut(header_len..)?;
    if tcp::flags(segment)? & tcp::flag::SYN == 0 {
        return None;
    }
    let (old, at) = tcp::mss_option(segment)?;
    if old <= limit {
        return None;
    }
    set_word(segment, at, limit, 16);
    Some(old)
}

/// Source and destination port fields of TCP and UDP, the identifier of an ICMP query.
fn set_port(payload: &mut [u8], protocol: u8, end: End, port: u16) {
    let (at, sum_at) = match (protocol, end) {
        (ipv4::protocol::ICMP, _) => (4, 2),
        (ipv4::protocol::TCP, End::Src) => (0, 16),
        (ipv4::protocol::TCP, End::Dst) => (2, 16),
        (ipv4::protocol::UDP, End::Src) => (0, 6),
        (ipv4::protocol::UDP, End::Dst) => (2, 6),
        _ => return,
    };
    if payload.len() < at + 2 {
        return;
    }
    if protocol == ipv4::protocol::UDP && payload.get(6..8) == Some(&[0, 0]) {
        payload[at..at + 2].copy_from_slice(&port.to_be_bytes());
    } else {
        set_word(payload, at, port, sum_at);
    }
}

/// Sets the 16-bit word at `at`, which the checksum at `sum_at` covers. A word at an odd place
/// counts with its bytes swapped, so the update takes the even pair around it.
fn set_word(data: &mut [u8], at: usize, value: u16, sum_at: usize) {
    let from = at & !1;
    let to = (at + 2).next_multiple_of(2).min(data.len());
    let mut old = [0; 4];
    old[..to - from].copy_from_slice(&data[from..to]);
    data[at..at + 2].copy_from_slice(&value.to_be_bytes());
    let mut new = [0; 4];
    new[..to - from].copy_from_slice(&data[from..to]);
    update_at(data, sum_at, &old, &new);
}

/// The pseudo header of TCP and UDP contains the addresses.
fn update_transport(payload: &mut [u8], protocol: u8, old: &[u8], new: &[u8]) {
    match protocol {
        ipv4::protocol::TCP => update_at(payload, 16, old, new),
        ipv4::protocol::UDP if payload.get(6..8) != Some(&[0, 0]) => {
            update_at(payload, 6, old, new);
        }
        _ => {}
    }
}

/// Updates the checksum at `at`, if the data reaches that far (a quoted packet may not).
fn update_at(data: &mut [u8], at: usize, old: &[u8], new: &[u8]) {
    if let Some(field) = data.get_mut(at..at + 2) {
        let sum = checksum::update(u16::from_be_bytes([field[0], field[1]]), old, new);
        field.copy_from_slice(&sum.to_be_bytes());
    }
}

/// The port that [`set_end`] must write so that `end` of the packet matches a flow's ports.
pub fn port_of(ports: Ports, end: End) -> Option<u16> {
    match (ports, end) {
        (Ports::Ports(src, _), End::Src) => Some(src),
        (Ports::Ports(_, dst), End::Dst) => Some(dst),
        (Ports::Icmp { id, .. }, _) => Some(id),
        (Ports::None, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Bytes, udp};
    use super::*;
    use proptest::prelude::*;

    fn datagram(data: &[u8]) -> Bytes {
        let (src, dst) = (Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(10, 0, 0, 2));
        let mut bytes = Bytes::copy_of(data);
        udp::push_header(&mut bytes, (src, 1000), (dst, 53));
        let header = ipv4::Header {
            tos: 0,
            ident: 9,
            dont_fragment: true,
            ttl: 64,
            protocol: ipv4::protocol::UDP,
            src,
            dst,
        };
        ipv4::push_header(&mut bytes, &header);
        bytes
    }

    fn is_correct(packet: &Bytes) -> bool {
        let mut copy = packet.clone();
        ipv4::check(&mut copy).is_ok()
            && udp::checked_payload(ipv4::payload(packet), ipv4::src(packet), ipv4::dst(packet))
                .is_some()
    }

    proptest! {
        #[test]
        fn every_rewrite_leaves_right_checksums(
            data in prop::collection::vec(any::<u8>(), 0..100),
            addr in any::<u32>(),
            port in any::<u16>(),
            ttl in 1u8..255,
            tos in any::<u8>(),
            ident in any::<u16>(),
        ) {
            let mut packet = datagram(&data);
            let bytes = packet.make_mut();
            set_end(bytes, End::Src, addr.into(), Some(port));
            set_end(bytes, End::Dst, (!addr).into(), Some(!port));
            set_ttl(bytes, ttl);
            decrement_ttl(bytes);
            set_tos(bytes, tos);
            set_ident(bytes, ident, false);
            prop_assert!(is_correct(&packet));
            prop_assert_eq!(ipv4::src(&packet), Ipv4Addr::from(addr));
            prop_assert_eq!(ipv4::view(&packet).hop_limit(), ttl - 1);
        }

        #[test]
        fn a_rewrite_and_its_inverse_are_the_identity(
            data in prop::collection::vec(any::<u8>(), 0..100),
            addr in any::<u32>(),
            port in any::<u16>(),
        ) {
            let original = datagram(&data);
            let mut packet = original.clone();
            set_end(packet.make_mut(), End::Dst, addr.into(), Some(port));
            set_end(packet.make_mut(), End::Dst, ipv4::dst(&original), Some(53));
            prop_assert_eq!(packet, original);
        }
    }

    #[test]
    fn a_quoted_packet_is_rewritten_inside_the_error() {
        let original = datagram(b"data");
        let mut error = icmp::error_message(icmp::Error::PORT_UNREACHABLE, &original);
        let header = ipv4::Header {
            tos: 0,
            ident: 0,
            dont_fragment: false,
            ttl: 64,
            protocol: ipv4::protocol::ICMP,
            src: ipv4::dst(&original),
            dst: ipv4::src(&original),
        };
        ipv4::push_header(&mut error, &header);
        set_quoted_end(error.make_mut(), End::Src, Ipv4Addr::new(172, 17, 0, 2), Some(4000));
        let message = ipv4::payload(&error);
        assert_eq!(checksum::sum(message), 0xffff);
        let quoted = &message[icmp::HEADER_LEN..];
        assert_eq!(ipv4::src(quoted), Ipv4Addr::new(172, 17, 0, 2));
        assert!(is_correct(&Bytes::copy_of(quoted)));
    }

    #[test]
    fn the_mss_is_only_lowered() {
        let (bytes, ()) = Bytes::build(24, |out| {
            out[12] = 6 << 4;
            out[13] = tcp::flag::SYN;
            out[20..24].copy_from_slice(&[2, 4, 5, 0xb4]);
        });
        let mut packet = bytes;
        let (src, dst) = (Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(10, 0, 0, 2));
        tcp::fill_checksum(packet.make_mut(), src, dst);
        let header = ipv4::Header {
            tos: 0,
            ident: 9,
            dont_fragment: true,
            ttl: 64,
            protocol: ipv4::protocol::TCP,
            src,
            dst,
        };
        ipv4::push_header(&mut packet, &header);
        assert_eq!(clamp_mss(packet.make_mut(), 1460), None);
        assert_eq!(clamp_mss(packet.make_mut(), 960), Some(1460));
        let segment = smoltcp::wire::TcpPacket::new_checked(ipv4::payload(&packet)).unwrap();
        assert!(segment.verify_checksum(&src.into(), &dst.into()));
    }
}
