//! Internet checksums (RFC 1071) and their incremental update (RFC 1624).

use super::Ipv4Addr;

/// The one's complement sum of `data`, not yet complemented.
pub fn sum(data: &[u8]) -> u16 {
    let mut total: u64 = 0;
    let mut chunks = data.chunks_exact(8);
    for chunk in &mut chunks {
        let word = u64::from_be_bytes(chunk.try_into().expect("chunks of eight"));
        let (low, carry) = total.overflowing_add(word);
        total = low + u64::from(carry);
    }
    let mut tail = [0; 8];
    tail[..chunks.remainder().len()].copy_from_slice(chunks.remainder());
    let (low, carry) = total.overflowing_add(u64::from_be_bytes(tail));
    fold(low, carry)
}

fn fold(sum: u64, carry: bool) -> u16 {
    let mut sum = (sum >> 32) + (sum & 0xffff_ffff) + u64::from(carry);
    while sum > 0xffff {
        sum = (sum >> 16) + (sum & 0xffff);
    }
    sum as u16
}

/// Adds two sums.
pub fn add(a: u16, b: u16) -> u16 {
    let (sum, carry) = a.overflowing_add(b);
    sum + u16::from(carry)
}

/// The sum of the pseudo header that TCP and UDP checksums include (RFC 793 section 3.1).
pub fn pseudo_header(src: Ipv4Addr, dst: Ipv4Addr, protocol: u8, len: usize) -> u16 {
    let mut header = [0; 12];
    header[..4].copy_from_slice(&src.octets());
    header[4..8].copy_from_slice(&dst.octets());
    header[9] = protocol;
    header[10..].copy_from_slice(&(len as u16).to_be_bytes());
    sum(&header)
}

/// The checksum `old` after the 16-bit words `from` became `to` (RFC 1624, equation 3).
pub fn update(old: u16, from: &[u8], to: &[u8]) -> u16 {
    !add(add(!old, !sum(from)), sum(to))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_example_of_rfc_1071() {
        assert_eq!(sum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]), 0xddf2);
    }

    proptest! {
        #[test]
        fn agrees_with_an_independent_implementation(data in prop::collection::vec(any::<u8>(), 0..2000)) {
            prop_assert_eq!(sum(&data), smoltcp::wire::checksum::data(&data));
        }

        #[test]
        fn an_update_equals_a_recomputation(
            mut data in prop::collection::vec(any::<u8>(), 20..60),
            at in 0usize..8,
            new in any::<[u8; 4]>(),
        ) {
            // An all-zero buffer has two representations of zero; real headers are never that.
            data[19] |= 1;
            let before = !sum(&data);
            let old: [u8; 4] = data[2 * at..2 * at + 4].try_into().unwrap();
            data[2 * at..2 * at + 4].copy_from_slice(&new);
            prop_assert_eq!(update(before, &old, &new), !sum(&data));
        }
    }
}
