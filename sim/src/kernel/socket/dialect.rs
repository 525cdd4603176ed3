//! TCP as Linux writes it. smoltcp means the same, but orders its options otherwise and announces its
//! windows unscaled; people compare captures, and ICMP errors quote the difference.
//!
//! Every segment that smoltcp made passes [`adapt`] on its way out. Nothing is needed on the way in:
//! smoltcp reads any order, and scales the windows of others.

use crate::wire::{checksum, tcp};

/// Windows count units of 2¹⁰ bytes, which is what Linux takes with buffers of up to 32 MB.
const WINDOW_SCALE: u8 = 10;
/// The first window is not larger than this, in whole segments.
const FIRST_WINDOW: u16 = 65_535;
/// Bytes that a time stamp takes in every segment.
const STAMP_LEN: u16 = 12;
/// A header is no longer than its length field can say.
const MAX_HEADER: usize = 60;

/// The options that smoltcp sends, besides selective acknowledgements.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Options {
    segment_size: Option<u16>,
    scales: bool,
    sack_permitted: bool,
    stamp: Option<[u8; 8]>,
}

impl Options {
    /// Reads options; `None` if there are others among them.
    fn parse(mut bytes: &[u8]) -> Option<Options> {
        let mut options = Options::default();
        loop {
            match bytes {
                [] | [0, ..] => return Some(options),
                [1, rest @ ..] => bytes = rest,
                [2, 4, high, low, rest @ ..] => {
                    options.segment_size = Some(u16::from_be_bytes([*high, *low]));
                    bytes = rest;
                }
                [3, 3, _, rest @ ..] => {
                    options.scales = true;
                    bytes = rest;
                }
                [4, 2, rest @ ..] => {
                    options.sack_permitted = true;
                    bytes = rest;
                }
                [8, 10, rest @ ..] => {
                    let (stamp, rest) = rest.split_first_chunk()?;
                    options.stamp = Some(*stamp);
                    bytes = rest;
                }
                _ => return None,
            }
        }
    }

    /// The options in the order of Linux (`tcp_options_write`).
    fn emit(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(MAX_HEADER - tcp::HEADER_LEN);
        if let Some(size) = self.segment_size {
            bytes.extend([2, 4]);
            bytes.extend(size.to_be_bytes());
        }
        match (self.stamp, self.sack_permitted) {
            (Some(stamp), sack) => {
                bytes.extend(if sack { [4, 2] } else { [1, 1] });
                bytes.extend([8, 10]);
                bytes.extend(stamp);
            }
            (None, true) => bytes.extend([1, 1, 4, 2]),
            (None, false) => {}
        }
        if self.scales {
            bytes.extend([1, 3, 3, WINDOW_SCALE]);
        }
        bytes
    }
}

fn header_len(segment: &[u8]) -> Option<usize> {
    let len = usize::from(segment.get(12)? >> 4) * 4;
    (len >= tcp::HEADER_LEN && len <= segment.len()).then_some(len)
}

/// Whether the sender of a SYN scales its windows: then the other one does it, too.
pub(super) fn scales(syn: &[u8]) -> bool {
    header_len(syn)
        .and_then(|len| Options::parse(&syn[tcp::HEADER_LEN..len]))
        .is_some_and(|options| options.scales)
}

/// Rewrites the options and the window of a segment. `scaled` tells whether both ends scale.
pub(super) fn adapt(segment: &mut [u8], scaled: bool) {
    let Some(len) = header_len(segment) else { return };
    let mut before = [0; MAX_HEADER];
    before[..len].copy_from_slice(&segment[..len]);
    let flags = segment[13];
    let options = Options::parse(&segment[tcp::HEADER_LEN..len]);
    let window = u16::from_be_bytes([segment[14], segment[15]]);
    let window = if flags & tcp::flag::SYN == 0 {
        if scaled { window >> WINDOW_SCALE } else { window }
    } else {
        let size = options.and_then(|options| options.segment_size).unwrap_or(536);
        let is_answer = flags & tcp::flag::ACK != 0;
        let has_stamp = options.is_some_and(|options| options.stamp.is_some());
        let size = if is_answer && has_stamp { size.saturating_sub(STAMP_LEN) } else { size };
        FIRST_WINDOW - FIRST_WINDOW % size.max(1)
    };
    segment[14..16].copy_from_slice(&window.to_be_bytes());
    if let Some(bytes) = options.map(|options| options.emit())
        && bytes.len() == len - tcp::HEADER_LEN
    {
        segment[tcp::HEADER_LEN..len].copy_from_slice(&bytes);
    }
    let sum = u16::from_be_bytes([segment[16], segment[17]]);
    let sum = checksum::update(sum, &before[..len], &segment[..len]);
    segment[16..18].copy_from_slice(&sum.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Ipv4Addr;

    const OWN: Ipv4Addr = Ipv4Addr::new(10, 0, 1, 2);
    const OTHER: Ipv4Addr = Ipv4Addr::new(10, 61, 0, 1);

    /// A segment with these options, as smoltcp orders and pads them.
    fn segment(flags: u8, options: &[u8]) -> Vec<u8> {
        let mut segment = vec![0; tcp::HEADER_LEN + options.len().next_multiple_of(4)];
        segment[12] = ((segment.len() / 4) << 4) as u8;
        segment[13] = flags;
        segment[14..16].copy_from_slice(&[0xff, 0xff]);
        segment[tcp::HEADER_LEN..][..options.len()].copy_from_slice(options);
        tcp::fill_checksum(&mut segment, OWN, OTHER);
        segment
    }

    fn is_whole(segment: &[u8]) -> bool {
        let mut again = segment.to_vec();
        tcp::fill_checksum(&mut again, OWN, OTHER);
        again == segment
    }

    #[test]
    fn a_syn_reads_as_recorded_on_linux() {
        let options = [2, 4, 5, 0xb4, 3, 3, 0, 4, 2, 8, 10, 9, 9, 9, 9, 0, 0, 0, 0];
        let mut syn = segment(tcp::flag::SYN, &options);
        adapt(&mut syn, false);
        assert_eq!(&syn[14..16], &[0xfa, 0xf0]);
        assert_eq!(
            &syn[tcp::HEADER_LEN..],
            &[2, 4, 5, 0xb4, 4, 2, 8, 10, 9, 9, 9, 9, 0, 0, 0, 0, 1, 3, 3, 10]
        );
        assert!(is_whole(&syn) && scales(&syn));
        let mut answer = segment(tcp::flag::SYN | tcp::flag::ACK, &options);
        adapt(&mut answer, false);
        assert_eq!(u16::from_be_bytes([answer[14], answer[15]]), 65_160);
    }

    #[test]
    fn later_segments_scale_their_windows() {
        let mut ack = segment(tcp::flag::ACK, &[8, 10, 1, 2, 3, 4, 5, 6, 7, 8]);
        adapt(&mut ack, true);
        assert_eq!(&ack[14..16], &[0, 63]);
        assert_eq!(&ack[tcp::HEADER_LEN..], &[1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8]);
        assert!(is_whole(&ack));
    }

    #[test]
    fn unknown_options_stay_as_they_are() {
        let sack = [5, 10, 0, 0, 0, 1, 0, 0, 0, 2];
        let mut ack = segment(tcp::flag::ACK, &sack);
        adapt(&mut ack, false);
        assert_eq!(&ack[tcp::HEADER_LEN..][..sack.len()], &sack);
        assert_eq!(&ack[14..16], &[0xff, 0xff]);
        assert!(is_whole(&ack));
    }
}
