//! TCP (RFC 9293).

use crate::process::programs::services::Transport;
use crate::wire::ipv4::protocol;
use crate::wire::tcp::flag;
use crate::wire::{Ipv4Addr, checksum};

use super::Printer;
use super::bytes::{u8_at, u16_at, u32_at};
use super::text;

/// Ports on which HTTP is spoken.
const HTTP_PORTS: [u16; 3] = [80, 8080, 3128];

/// The numbers from which sequence numbers are counted: those of this direction and of the other.
#[derive(Debug, Clone, Copy, Default)]
struct Bases {
    own: u32,
    other: u32,
}

impl Printer {
    /// `len` is the length of the segment before it was cut.
    pub(super) fn tcp(
        &mut self,
        segment: &[u8],
        ends: (Ipv4Addr, Ipv4Addr),
        is_whole: bool,
        len: usize,
    ) -> String {
        self.tcp_text(segment, ends, is_whole, len)
            .unwrap_or_else(|| format!("{} > {}: [|tcp]", self.host(ends.0), self.host(ends.1)))
    }

    fn tcp_text(
        &mut self,
        segment: &[u8],
        (src, dst): (Ipv4Addr, Ipv4Addr),
        is_whole: bool,
        len: usize,
    ) -> Option<String> {
        let (sport, dport) = (u16_at(segment, 0)?, u16_at(segment, 2)?);
        let (seq, ack) = (u32_at(segment, 4)?, u32_at(segment, 8)?);
        let header = usize::from(u8_at(segment, 12)? >> 4) * 4;
        let flags = u8_at(segment, 13)?;
        let len = len.checked_sub(header)?;
        let ends = format!(
            "{}.{} > {}.{}",
            self.host(src),
            self.port(sport, Transport::Tcp),
            self.host(dst),
            self.port(dport, Transport::Tcp)
        );
        if self.style.quick {
            return Some(format!("{ends}: tcp {len}"));
        }
        let bases = self.bases((src, sport), (dst, dport), seq, ack, flags);
        let mut text = format!("{ends}: Flags [{}]", flags_text(flags));
        if self.style.verbose > 0 && is_whole {
            text += &checksum_text(segment, src, dst)?;
        }
        let seq = seq.wrapping_sub(bases.own);
        let is_marked = flags & (flag::SYN | flag::FIN | flag::RST) != 0;
        if self.style.verbose > 1 || len > 0 || is_marked {
            text += &format!(", seq {seq}");
            if len > 0 {
                text += &format!(":{}", seq.wrapping_add(len as u32));
            }
        }
        if flags & flag::ACK != 0 {
            text += &format!(", ack {}", ack.wrapping_sub(bases.other));
        }
        text += &format!(", win {}", u16_at(segment, 14)?);
        if flags & flag::URG != 0 {
            text += &format!(", urg {}", u16_at(segment, 18)?);
        }
        if header > 20 {
            text += &format!(", options [{}]", options(segment.get(20..header)?, bases));
        }
        text += &format!(", length {len}");
        let payload = segment.get(header..).filter(|payload| !payload.is_empty());
        if let Some(payload) = payload {
            text += &self.payload(payload, sport, dport);
        }
        Some(text)
    }

    /// Remembers a connection when it begins, and tells from where its numbers count.
    fn bases(
        &mut self,
        from: (Ipv4Addr, u16),
        to: (Ipv4Addr, u16),
        seq: u32,
        ack: u32,
        flags: u8,
    ) -> Bases {
        if self.style.absolute || flags & flag::ACK == 0 {
            return Bases::default();
        }
        let is_reversed = from > to;
        let flow = if is_reversed { [to, from] } else { [from, to] };
        let own = (seq, ack.wrapping_sub(1));
        let is_new = flags & flag::SYN != 0 || !self.flows.contains_key(&flow);
        if is_new {
            let bases = if is_reversed { (own.1, own.0) } else { own };
            self.flows.insert(flow, bases);
            return Bases::default();
        }
        let (first, second) = self.flows[&flow];
        if is_reversed {
            Bases { own: second, other: first }
        } else {
            Bases { own: first, other: second }
        }
    }

    fn payload(&self, payload: &[u8], sport: u16, dport: u16) -> String {
        if HTTP_PORTS.iter().any(|port| *port == sport || *port == dport) {
            return format!(": {}", text::http(payload, self.style.verbose > 0));
        }
        let is_dns = sport == 53 || dport == 53;
        match payload.get(2..).filter(|_| is_dns).and_then(|message| self.dns(message)) {
            Some(text) => format!(" {text}"),
            None => String::new(),
        }
    }
}

fn flags_text(flags: u8) -> String {
    const LETTERS: [(u8, char); 8] = [
        (flag::FIN, 'F'),
        (flag::SYN, 'S'),
        (flag::RST, 'R'),
        (flag::PSH, 'P'),
        (flag::ACK, '.'),
        (flag::URG, 'U'),
        (flag::ECE, 'E'),
        (flag::CWR, 'W'),
    ];
    if flags == 0 {
        return "none".to_owned();
    }
    LETTERS.iter().filter(|(bit, _)| flags & bit != 0).map(|(_, letter)| *letter).collect()
}

fn checksum_text(segment: &[u8], src: Ipv4Addr, dst: Ipv4Addr) -> Option<String> {
    let told = u16_at(segment, 16)?;
    let pseudo = checksum::pseudo_header(src, dst, protocol::TCP, segment.len());
    let sum = checksum::add(pseudo, checksum::sum(segment));
    Some(if sum == 0xffff {
        format!(", cksum 0x{told:04x} (correct)")
    } else {
        let right = !checksum::add(sum, !told);
        format!(", cksum 0x{told:04x} (incorrect -> 0x{right:04x})")
    })
}

fn options(mut bytes: &[u8], bases: Bases) -> String {
    let mut texts = Vec::new();
    while let Some(&kind) = bytes.first() {
        let len = if kind <= 1 { 1 } else { bytes.get(1).map_or(0, |len| usize::from(*len)) };
        let Some(option) = bytes.get(..len).filter(|option| !option.is_empty()) else { break };
        texts.push(option_text(kind, option, bases).unwrap_or_else(|| "bad opt".to_owned()));
        if kind == 0 {
            break;
        }
        bytes = &bytes[len..];
    }
    texts.join(",")
}

fn option_text(kind: u8, option: &[u8], bases: Bases) -> Option<String> {
    Some(match kind {
        0 => "eol".to_owned(),
        1 => "nop".to_owned(),
        2 => format!("mss {}", u16_at(option, 2)?),
        3 => format!("wscale {}", u8_at(option, 2)?),
        4 => "sackOK".to_owned(),
        5 => {
            let blocks = option.get(2..)?.chunks_exact(8).map(|block| {
                let edge =
                    |at: usize| u32_at(block, at).unwrap_or_default().wrapping_sub(bases.other);
                format!("{{{}:{}}}", edge(0), edge(4))
            });
            let blocks: Vec<String> = blocks.collect();
            format!("sack {} {}", blocks.len(), blocks.concat())
        }
        8 => format!("TS val {} ecr {}", u32_at(option, 2)?, u32_at(option, 6)?),
        kind => format!("unknown-{kind}"),
    })
}
