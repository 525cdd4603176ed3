//! What a peer has acknowledged out of order (RFC 2018). smoltcp does not look at it; Linux does not
//! send such data again, and so what smoltcp sends is cut here.

use crate::wire::{Bytes, ipv4, tcp};

/// The selective acknowledgements of a peer.
#[derive(Debug, Default)]
pub(super) struct Scoreboard {
    /// First byte, and the one behind the last.
    blocks: Vec<(u32, u32)>,
}

fn number(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).map_or(0, |four| u32::from_be_bytes(four.try_into().unwrap_or_default()))
}

/// Whether `a` comes behind `b`, in numbers that go round.
fn is_after(a: u32, b: u32) -> bool {
    a.wrapping_sub(b) as i32 > 0
}

fn header_len(segment: &[u8]) -> usize {
    usize::from(segment.get(12).map_or(0, |byte| byte >> 4)) * 4
}

impl Scoreboard {
    /// Reads a segment of the peer; what it acknowledges altogether is forgotten.
    pub(super) fn note(&mut self, segment: &[u8]) {
        let acknowledged = number(segment, 8);
        self.blocks.retain(|(_, end)| is_after(*end, acknowledged));
        let mut options = segment.get(tcp::HEADER_LEN..header_len(segment)).unwrap_or(&[]);
        loop {
            match options {
                [1, rest @ ..] => options = rest,
                [5, len, ..] if usize::from(*len) <= options.len() && *len >= 2 => {
                    for block in options[2..usize::from(*len)].chunks_exact(8) {
                        let block = (number(block, 0), number(block, 4));
                        if !self.blocks.contains(&block) && is_after(block.1, acknowledged) {
                            self.blocks.push(block);
                        }
                    }
                    return;
                }
                [_, len, ..] if *len >= 2 && usize::from(*len) <= options.len() => {
                    options = &options[usize::from(*len)..];
                }
                _ => return,
            }
        }
    }

    /// Cuts off the end of a packet if the peer has it; false if nothing is left.
    pub(super) fn trim(&self, packet: &mut Bytes) -> bool {
        if self.blocks.is_empty() {
            return true;
        }
        let segment = ipv4::payload(packet);
        let start = number(segment, 4);
        let headers = packet.len() - segment.len() + header_len(segment);
        let data = packet.len().saturating_sub(headers);
        let special = tcp::flag::SYN | tcp::flag::FIN | tcp::flag::RST;
        if data == 0 || tcp::flags(segment).is_none_or(|flags| flags & special != 0) {
            return true;
        }
        let end = start.wrapping_add(data as u32);
        let holds = |(from, to): &&(u32, u32)| is_after(end, *from) && !is_after(end, *to);
        let Some((from, _)) = self.blocks.iter().find(holds) else { return true };
        if !is_after(*from, start) {
            return false;
        }
        *packet = shortened(packet, headers + from.wrapping_sub(start) as usize);
        true
    }
}

/// The beginning of a packet, with lengths and checksums that are right for it.
fn shortened(packet: &Bytes, len: usize) -> Bytes {
    let (src, dst) = (ipv4::src(packet), ipv4::dst(packet));
    let (bytes, ()) = Bytes::build(len, |out| {
        out.copy_from_slice(&packet[..len]);
        let mut ip = smoltcp::wire::Ipv4Packet::new_unchecked(&mut *out);
        ip.set_total_len(len as u16);
        ip.fill_checksum();
        let header = usize::from(ip.header_len());
        tcp::fill_checksum(&mut out[header..], src, dst);
    });
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_round() {
        assert!(is_after(5, u32::MAX - 5));
        assert!(!is_after(u32::MAX - 5, 5) && !is_after(7, 7));
    }

    #[test]
    fn what_is_acknowledged_is_forgotten() {
        let mut board = Scoreboard { blocks: vec![(100, 200), (300, 400)] };
        let mut segment = [0; 20];
        segment[8..12].copy_from_slice(&200_u32.to_be_bytes());
        segment[12] = 5 << 4;
        board.note(&segment);
        assert_eq!(board.blocks, [(300, 400)]);
    }

    #[test]
    fn blocks_are_read_behind_a_time_stamp() {
        let mut segment = vec![0; 40];
        segment[12] = 10 << 4;
        segment[20..22].copy_from_slice(&[1, 1]);
        segment[22..24].copy_from_slice(&[5, 10]);
        segment[24..28].copy_from_slice(&50_u32.to_be_bytes());
        segment[28..32].copy_from_slice(&60_u32.to_be_bytes());
        let mut board = Scoreboard::default();
        board.note(&segment);
        assert_eq!(board.blocks, [(50, 60)]);
    }
}
