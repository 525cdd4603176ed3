//! TCP segments (RFC 9293), as far as a router or a firewall looks at them.

use smoltcp::wire::TcpPacket;

use super::{Bytes, Ipv4Addr, checksum, ipv4};

/// Length of a header without options.
pub const HEADER_LEN: usize = 20;

/// Flag bits, as in byte 13.
pub mod flag {
    /// No more data.
    pub const FIN: u8 = 0x01;
    /// Open.
    pub const SYN: u8 = 0x02;
    /// Reset.
    pub const RST: u8 = 0x04;
    /// Push.
    pub const PSH: u8 = 0x08;
    /// The acknowledgement number counts.
    pub const ACK: u8 = 0x10;
    /// Urgent.
    pub const URG: u8 = 0x20;
    /// ECN echo.
    pub const ECE: u8 = 0x40;
    /// Congestion window reduced.
    pub const CWR: u8 = 0x80;
}

/// The flags of a segment; `None` if it is too short.
pub fn flags(segment: &[u8]) -> Option<u8> {
    segment.get(..HEADER_LEN).map(|header| header[13])
}

/// The maximum segment size option of a SYN: its value and where it stands in the segment.
pub fn mss_option(segment: &[u8]) -> Option<(u16, usize)> {
    let header_len = usize::from(segment.get(12)? >> 4) * 4;
    let mut at = HEADER_LEN;
    while at < header_len.min(segment.len()) {
        match segment[at] {
            0 => return None,
            1 => at += 1,
            kind => {
                let len = usize::from(*segment.get(at + 1)?);
                if kind == 2 && len == 4 {
                    let value = segment.get(at + 2..at + 4)?;
                    return Some((u16::from_be_bytes([value[0], value[1]]), at + 2));
                }
                at += len.max(2);
            }
        }
    }
    None
}

/// The reset that answers `segment` (RFC 9293 section 3.5.2), from its destination to its source.
/// `None` when the segment is itself a reset or is cut.
pub fn reset_for(segment: &[u8], src: Ipv4Addr, dst: Ipv4Addr) -> Option<Bytes> {
    let tcp = TcpPacket::new_checked(segment).ok()?;
    if tcp.rst() {
        return None;
    }
    let (bytes, ()) = Bytes::build(HEADER_LEN, |out| {
        let mut reset = TcpPacket::new_unchecked(&mut *out);
        reset.set_src_port(tcp.dst_port());
        reset.set_dst_port(tcp.src_port());
        reset.clear_flags();
        reset.set_header_len(HEADER_LEN as u8);
        reset.set_rst(true);
        if tcp.ack() {
            reset.set_seq_number(tcp.ack_number());
        } else {
            reset.set_ack(true);
            reset.set_ack_number(tcp.seq_number() + tcp.segment_len());
        }
        fill_checksum(out, dst, src);
    });
    Some(bytes)
}

/// Writes the checksum of a segment from `src` to `dst`.
pub fn fill_checksum(segment: &mut [u8], src: Ipv4Addr, dst: Ipv4Addr) {
    segment[16..18].fill(0);
    let pseudo = checksum::pseudo_header(src, dst, ipv4::protocol::TCP, segment.len());
    let sum = !checksum::add(pseudo, checksum::sum(segment));
    segment[16..18].copy_from_slice(&sum.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn syn() -> Bytes {
        Bytes::build(24, |out| {
            let mut tcp = TcpPacket::new_unchecked(&mut *out);
            tcp.set_src_port(40000);
            tcp.set_dst_port(80);
            tcp.set_seq_number(smoltcp::wire::TcpSeqNumber(100));
            tcp.set_header_len(24);
            tcp.set_syn(true);
            out[20..24].copy_from_slice(&[2, 4, 5, 0xb4]);
        })
        .0
    }

    #[test]
    fn the_mss_of_a_syn_is_found() {
        assert_eq!(mss_option(&syn()), Some((1460, 22)));
        assert_eq!(mss_option(&[0; 20]), None);
    }

    #[test]
    fn a_syn_is_answered_by_reset_and_acknowledgement() {
        let (a, b) = (Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(10, 0, 0, 2));
        let reset = reset_for(&syn(), a, b).unwrap();
        let tcp = TcpPacket::new_checked(&*reset).unwrap();
        assert!(tcp.rst() && tcp.ack());
        assert_eq!((tcp.src_port(), tcp.dst_port()), (80, 40000));
        assert_eq!(tcp.ack_number().0, 101);
        assert!(tcp.verify_checksum(&b.into(), &a.into()));
        assert_eq!(reset_for(&reset, b, a), None);
    }
}
