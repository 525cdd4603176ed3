//! IPv4 fragmentation and reassembly (RFC 791 sections 2.3 and 3.2, RFC 815).

use super::{Bytes, Ipv4Addr, ipv4, rewrite};

/// Splits `packet` into fragments of at most `mtu` bytes. A packet that fits comes back alone; one
/// that is itself a fragment is split further.
pub fn split(packet: &Bytes, mtu: usize) -> Vec<Bytes> {
    let ip = ipv4::view(packet);
    let header_len = usize::from(ip.header_len());
    let room = mtu.saturating_sub(header_len) & !7;
    if packet.len() <= mtu || room == 0 {
        return vec![packet.clone()];
    }
    let (first, more) = (usize::from(ip.frag_offset()), ip.more_frags());
    let payload = &packet[header_len..];
    let mut fragments = Vec::with_capacity(payload.len().div_ceil(room));
    for (n, chunk) in payload.chunks(room).enumerate() {
        let (mut bytes, ()) = Bytes::build(header_len + chunk.len(), |out| {
            out[..header_len].copy_from_slice(&packet[..header_len]);
            out[header_len..].copy_from_slice(chunk);
        });
        let is_last = (n + 1) * room >= payload.len();
        let mut ip = smoltcp::wire::Ipv4Packet::new_unchecked(bytes.make_mut());
        ip.set_total_len((header_len + chunk.len()) as u16);
        ip.set_dont_frag(false);
        ip.set_more_frags(more || !is_last);
        ip.set_frag_offset((first + n * room) as u16);
        ip.fill_checksum();
        fragments.push(bytes);
    }
    fragments
}

/// Which datagram a fragment belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Source address.
    pub src: Ipv4Addr,
    /// Destination address.
    pub dst: Ipv4Addr,
    /// Protocol number.
    pub protocol: u8,
    /// Identification.
    pub ident: u16,
}

impl Key {
    /// The datagram of this fragment.
    pub fn of(packet: &[u8]) -> Key {
        let ip = ipv4::view(packet);
        Key {
            src: ip.src_addr(),
            dst: ip.dst_addr(),
            protocol: ipv4::protocol_of(packet),
            ident: ip.ident(),
        }
    }
}

/// The fragments of one datagram, as they arrive.
#[derive(Debug, Default)]
pub struct Reassembly {
    /// Sorted by offset, not overlapping.
    parts: Vec<Part>,
    /// Known once the last fragment has come.
    total: Option<usize>,
}

#[derive(Debug)]
struct Part {
    offset: usize,
    fragment: Bytes,
    len: usize,
}

/// What a fragment did to its datagram.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// More are missing.
    Incomplete,
    /// The whole packet, as it was before it was split.
    Complete(Bytes),
    /// It overlaps another, or lies behind the end: the datagram is given up (RFC 5722; Linux drops
    /// the queue).
    Overlap,
    /// It was there already.
    Duplicate,
}

impl Reassembly {
    /// Adds a fragment.
    pub fn add(&mut self, fragment: &Bytes) -> Outcome {
        let ip = ipv4::view(fragment);
        let offset = usize::from(ip.frag_offset());
        let len = ipv4::payload(fragment).len();
        let end = offset + len;
        let reaches_too_far = self.total.is_some_and(|total| end > total) || end > 65_535;
        // Only the last fragment may have a length that is not a multiple of eight.
        let is_odd = ip.more_frags() && !len.is_multiple_of(8);
        if reaches_too_far || is_odd {
            return Outcome::Overlap;
        }
        if !ip.more_frags() {
            if self.parts.last().is_some_and(|part| part.offset + part.len > end) {
                return Outcome::Overlap;
            }
            self.total = Some(end);
        }
        let at = self.parts.partition_point(|part| part.offset < offset);
        if let Some(next) = self.parts.get(at) {
            if next.offset == offset && next.len == len {
                return Outcome::Duplicate;
            }
            if next.offset < end {
                return Outcome::Overlap;
            }
        }
        if at > 0 && self.parts[at - 1].offset + self.parts[at - 1].len > offset {
            return Outcome::Overlap;
        }
        self.parts.insert(at, Part { offset, fragment: fragment.clone(), len });
        self.assemble().map_or(Outcome::Incomplete, Outcome::Complete)
    }

    /// The fragment with the header of the datagram, if it has come: an ICMP error quotes it.
    pub fn first(&self) -> Option<&Bytes> {
        self.parts.first().filter(|part| part.offset == 0).map(|part| &part.fragment)
    }

    fn assemble(&self) -> Option<Bytes> {
        let total = self.total?;
        let have: usize = self.parts.iter().map(|part| part.len).sum();
        if have < total {
            return None;
        }
        let first = self.first()?;
        let header_len = usize::from(ipv4::view(first).header_len());
        let (mut bytes, ()) = Bytes::build(header_len + total, |out| {
            out[..header_len].copy_from_slice(&first[..header_len]);
            for part in &self.parts {
                let at = header_len + part.offset;
                out[at..at + part.len].copy_from_slice(ipv4::payload(&part.fragment));
            }
        });
        let ident = ipv4::view(first).ident();
        let mut ip = smoltcp::wire::Ipv4Packet::new_unchecked(bytes.make_mut());
        ip.set_total_len((header_len + total) as u16);
        ip.set_more_frags(false);
        ip.set_frag_offset(0);
        ip.fill_checksum();
        rewrite::set_ident(bytes.make_mut(), ident, false);
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn packet(payload: &[u8]) -> Bytes {
        let mut bytes = Bytes::copy_of(payload);
        let header = ipv4::Header {
            tos: 0,
            ident: 77,
            dont_fragment: false,
            ttl: 64,
            protocol: 1,
            src: Ipv4Addr::new(10, 0, 0, 1),
            dst: Ipv4Addr::new(10, 0, 0, 2),
        };
        ipv4::push_header(&mut bytes, &header);
        bytes
    }

    #[test]
    fn a_packet_of_1501_bytes_makes_fragments_of_1480_and_1() {
        let fragments = split(&packet(&[7; 1481]), 1500);
        let sizes: Vec<usize> = fragments.iter().map(|f| ipv4::payload(f).len()).collect();
        assert_eq!(sizes, [1480, 1]);
        assert!(ipv4::view(&fragments[0]).more_frags());
        assert_eq!(ipv4::view(&fragments[1]).frag_offset(), 1480);
    }

    #[test]
    fn an_overlap_is_refused() {
        let fragments = split(&packet(&[7; 3000]), 1500);
        let mut reassembly = Reassembly::default();
        assert_eq!(reassembly.add(&fragments[0]), Outcome::Incomplete);
        assert_eq!(reassembly.add(&fragments[0]), Outcome::Duplicate);
        let smaller = split(&packet(&[7; 3000]), 1000);
        assert_eq!(reassembly.add(&smaller[1]), Outcome::Overlap);
    }

    proptest! {
        #[test]
        fn fragments_in_any_order_give_the_packet_back(
            payload in prop::collection::vec(any::<u8>(), 1..6000),
            mtu in 68usize..1501,
            order in any::<prop::sample::Index>(),
        ) {
            let original = packet(&payload);
            let mut fragments = split(&original, mtu);
            prop_assert!(fragments.iter().all(|f| f.len() <= mtu && ipv4::check(&mut f.clone()).is_ok()));
            if fragments.len() > 1 {
                let turn = order.index(fragments.len());
                fragments.rotate_left(turn);
                let mut reassembly = Reassembly::default();
                let last = fragments.pop().unwrap();
                for fragment in &fragments {
                    prop_assert_eq!(reassembly.add(fragment), Outcome::Incomplete);
                }
                prop_assert_eq!(reassembly.add(&last), Outcome::Complete(original));
            } else {
                prop_assert_eq!(&fragments[0], &original);
            }
        }

        #[test]
        fn fragments_of_fragments_give_the_packet_back(
            payload in prop::collection::vec(any::<u8>(), 1500..4000),
        ) {
            let original = packet(&payload);
            let mut reassembly = Reassembly::default();
            let mut outcome = Outcome::Incomplete;
            for fragment in split(&original, 1500) {
                for smaller in split(&fragment, 600) {
                    outcome = reassembly.add(&smaller);
                }
            }
            prop_assert_eq!(outcome, Outcome::Complete(original));
        }
    }
}
