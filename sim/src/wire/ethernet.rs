//! Ethernet II frames (IEEE 802.3 section 3.2.6, RFC 894). No padding, no frame check sequence: that
//! is what a capture on Linux shows.

use pnet_packet::ethernet::{EtherType, EthernetPacket, MutableEthernetPacket};

use super::{Bytes, MacAddr};

/// Length of the header.
pub const HEADER_LEN: usize = 14;
/// IPv4.
pub const ETHERTYPE_IPV4: u16 = 0x0800;
/// ARP.
pub const ETHERTYPE_ARP: u16 = 0x0806;
/// An 802.1Q tag follows.
pub const ETHERTYPE_VLAN: u16 = 0x8100;
/// IPv6.
pub const ETHERTYPE_IPV6: u16 = 0x86dd;

/// The destination; zero when the frame is too short to have one.
pub fn dst(frame: &[u8]) -> MacAddr {
    EthernetPacket::new(frame).map_or(super::ZERO_MAC, |eth| eth.get_destination())
}

/// The source; zero when the frame is too short to have one.
pub fn src(frame: &[u8]) -> MacAddr {
    EthernetPacket::new(frame).map_or(super::ZERO_MAC, |eth| eth.get_source())
}

/// The type (or, below 0x600, the length of an 802.3 frame); zero when the frame is too short.
pub fn ethertype(frame: &[u8]) -> u16 {
    EthernetPacket::new(frame).map_or(0, |eth| eth.get_ethertype().0)
}

/// Puts a header in front of `bytes`.
pub fn push_header(bytes: &mut Bytes, dst: MacAddr, src: MacAddr, ethertype: u16) {
    let whole = bytes.push_front(HEADER_LEN);
    let mut eth = MutableEthernetPacket::new(whole).expect("room for a header was just made");
    eth.set_destination(dst);
    eth.set_source(src);
    eth.set_ethertype(EtherType(ethertype));
}

/// Changes both addresses in place.
pub fn set_addresses(bytes: &mut Bytes, dst: MacAddr, src: MacAddr) {
    if let Some(mut eth) = MutableEthernetPacket::new(bytes.make_mut()) {
        eth.set_destination(dst);
        eth.set_source(src);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_comes_back_as_it_went_in() {
        let mut bytes = Bytes::copy_of(b"data");
        push_header(
            &mut bytes,
            MacAddr(1, 2, 3, 4, 5, 6),
            MacAddr(2, 0, 0, 0, 0, 1),
            ETHERTYPE_ARP,
        );
        assert_eq!(dst(&bytes), MacAddr(1, 2, 3, 4, 5, 6));
        assert_eq!(src(&bytes), MacAddr(2, 0, 0, 0, 0, 1));
        assert_eq!(ethertype(&bytes), ETHERTYPE_ARP);
        assert_eq!(&bytes[HEADER_LEN..], b"data");
    }

    #[test]
    fn short_frames_have_no_type() {
        assert_eq!(ethertype(&[0; 13]), 0);
    }
}
