//! The VXLAN header (RFC 7348 section 5).

use pnet_packet::vxlan::{MutableVxlanPacket, VxlanPacket};

/// Length of the header.
pub const HEADER_LEN: usize = 8;
/// The port that IANA assigned.
pub const PORT: u16 = 4789;
/// What an encapsulation adds to a frame: outer Ethernet, IPv4, UDP and VXLAN headers.
pub const OVERHEAD: usize = 14 + 20 + 8 + HEADER_LEN;
/// The I flag: the network identifier is valid.
const FLAG_VNI: u8 = 0x08;

/// Writes a header into the first eight bytes of `out`.
pub fn emit(out: &mut [u8], vni: u32) {
    let mut header = MutableVxlanPacket::new(out).expect("the caller made room for the header");
    header.set_flags(FLAG_VNI);
    header.set_reserved1(0);
    header.set_vni(vni);
    header.set_reserved2(0);
}

/// The network identifier of a UDP payload; `None` if it is not a VXLAN packet with one.
pub fn vni(payload: &[u8]) -> Option<u32> {
    let header = VxlanPacket::new(payload)?;
    (header.get_flags() & FLAG_VNI != 0).then(|| header.get_vni())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identifier_is_24_bits_between_reserved_ones() {
        let mut out = [0xff; 8];
        emit(&mut out, 0x01_02_03);
        assert_eq!(out, [8, 0, 0, 0, 1, 2, 3, 0]);
        assert_eq!(vni(&out), Some(0x01_02_03));
        out[0] = 0;
        assert_eq!(vni(&out), None);
    }
}
