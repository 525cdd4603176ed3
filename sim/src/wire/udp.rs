//! UDP datagrams (RFC 768).

use super::{Bytes, Ipv4Addr, checksum, ipv4};

/// Length of the header.
pub const HEADER_LEN: usize = 8;

/// Puts a UDP header in front of `payload`, with its checksum.
pub fn push_header(payload: &mut Bytes, src: (Ipv4Addr, u16), dst: (Ipv4Addr, u16)) {
    let whole = payload.push_front(HEADER_LEN);
    let len = whole.len();
    whole[..2].copy_from_slice(&src.1.to_be_bytes());
    whole[2..4].copy_from_slice(&dst.1.to_be_bytes());
    whole[4..6].copy_from_slice(&(len as u16).to_be_bytes());
    whole[6..8].fill(0);
    let pseudo = checksum::pseudo_header(src.0, dst.0, ipv4::protocol::UDP, len);
    // A sum of zero is sent as all ones: zero means that there is no checksum.
    let sum = match !checksum::add(pseudo, checksum::sum(whole)) {
        0 => 0xffff,
        sum => sum,
    };
    whole[6..8].copy_from_slice(&sum.to_be_bytes());
}

/// Source and destination port.
pub fn ports(datagram: &[u8]) -> Option<(u16, u16)> {
    let header = datagram.get(..4)?;
    Some((u16::from_be_bytes([header[0], header[1]]), u16::from_be_bytes([header[2], header[3]])))
}

/// The data of a datagram; `None` if its length or checksum is wrong.
pub fn checked_payload(datagram: &[u8], src: Ipv4Addr, dst: Ipv4Addr) -> Option<&[u8]> {
    let header = datagram.get(..HEADER_LEN)?;
    let len = usize::from(u16::from_be_bytes([header[4], header[5]]));
    let whole = datagram.get(..len).filter(|whole| whole.len() >= HEADER_LEN)?;
    if header[6..8] != [0, 0] {
        let pseudo = checksum::pseudo_header(src, dst, ipv4::protocol::UDP, len);
        if checksum::add(pseudo, checksum::sum(whole)) != 0xffff {
            return None;
        }
    }
    Some(&whole[HEADER_LEN..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_datagram_comes_back_and_damage_is_found() {
        let (a, b) = (Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(10, 0, 0, 2));
        let mut bytes = Bytes::copy_of(b"question");
        push_header(&mut bytes, (a, 4000), (b, 53));
        assert_eq!(ports(&bytes), Some((4000, 53)));
        assert_eq!(checked_payload(&bytes, a, b), Some(&b"question"[..]));
        bytes.make_mut()[9] ^= 1;
        assert_eq!(checked_payload(&bytes, a, b), None);
        assert_eq!(checked_payload(&bytes[..7], a, b), None);
    }
}
