//! What of a frame has to agree with a recording: everything but what differs from run to run
//! (identifications, checksums that are right, ids and times of pings, source ports of tunnels), and
//! of TCP only what does not depend on the stack.

use std::fmt::Write as _;

use netsim_sim::wire::{Ipv4Addr, checksum};

use super::normal6;

const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86dd;
const ICMP: u8 = 1;
const IGMP: u8 = 2;
const TCP: u8 = 6;
const UDP: u8 = 17;
/// UDP ports on which tunnels end.
const VXLAN_PORTS: [u16; 3] = [4789, 8472, 4790];
/// Ports from which tunnels send unless told otherwise.
const TUNNEL_SOURCES: std::ops::RangeInclusive<u16> = 32_768..=60_999;
/// Bytes of a ping that hold its time.
const PING_TIME: usize = 16;

/// What is remembered of the frames of one interface.
#[derive(Debug, Default)]
pub struct Normaliser {
    echo_ids: Vec<u16>,
    marks: String,
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

fn address(bytes: &[u8], at: usize) -> Ipv4Addr {
    Ipv4Addr::new(bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3])
}

fn is_right(bytes: &[u8]) -> bool {
    checksum::sum(bytes) == 0xffff
}

/// Bytes as digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl Normaliser {
    /// The part of a frame that counts; `None` for frames that come at their own times (IGMP, the
    /// spanning tree) and for bare acknowledgements.
    pub fn frame(&mut self, frame: &[u8]) -> Option<String> {
        let mut bytes = frame.to_vec();
        self.marks.clear();
        if bytes.len() < 14 || u16_at(&bytes, 12) < 1536 {
            return (bytes.get(..6) != Some(&[1, 0x80, 0xc2, 0, 0, 0])).then(|| hex(&bytes));
        }
        if u16_at(&bytes, 12) == IPV4 && bytes.len() >= 34 {
            if bytes[23] == IGMP {
                return None;
            }
            if bytes[23] == TCP && u16_at(&bytes, 20) & 0x3fff == 0 {
                return tcp(&bytes);
            }
        }
        if u16_at(&bytes, 12) == IPV6 {
            return normal6::frame(&bytes);
        }
        self.ethernet(&mut bytes, 0);
        Some(format!("{} {}", hex(&bytes), self.marks))
    }

    fn ethernet(&mut self, bytes: &mut [u8], at: usize) {
        if u16_at(bytes, at + 12) == IPV4 {
            self.ip(bytes, at + 14, false);
        }
    }

    fn ip(&mut self, bytes: &mut [u8], at: usize, quoted: bool) {
        if bytes.len() < at + 20 {
            return;
        }
        let header = usize::from(bytes[at] & 15) * 4;
        let total = usize::from(u16_at(bytes, at + 2));
        let fragment = u16_at(bytes, at + 6) & 0x3fff;
        let end = bytes.len().min(at + total);
        let ident = u16_at(bytes, at + 4);
        let sum = if is_right(&bytes[at..at + header]) { "" } else { "bad-ip-sum " };
        self.marks += sum;
        self.marks += if ident == 0 && !quoted { "id=0 " } else { "" };
        bytes[at + 4..at + 6].fill(0);
        bytes[at + 10..at + 12].fill(0);
        let whole = fragment == 0 && !quoted && bytes.len() >= at + total;
        let next = at + header;
        if fragment & 0x1fff != 0 || end < next + 8 {
            return;
        }
        match bytes[at + 9] {
            ICMP => self.icmp(bytes, next, end, whole),
            UDP => self.udp(bytes, at, next, end, whole),
            TCP => hide_tcp(bytes, next, end),
            _ => {}
        }
    }

    fn icmp(&mut self, bytes: &mut [u8], at: usize, end: usize, whole: bool) {
        if whole && !is_right(&bytes[at..end]) {
            self.marks += "bad-icmp-sum ";
        }
        bytes[at + 2..at + 4].fill(0);
        match bytes[at] {
            0 | 8 => {
                let id = u16_at(bytes, at + 4);
                let known = self.echo_ids.iter().position(|other| *other == id);
                let number = known.unwrap_or_else(|| {
                    self.echo_ids.push(id);
                    self.echo_ids.len() - 1
                });
                bytes[at + 4..at + 6].copy_from_slice(&(number as u16).to_be_bytes());
                let data = at + 8;
                if end >= data + PING_TIME || !whole {
                    bytes[data..end.min(data + PING_TIME)].fill(0);
                }
            }
            3 | 5 | 11 | 12 if end >= at + 28 => self.ip(bytes, at + 8, true),
            _ => {}
        }
    }

    fn udp(&mut self, bytes: &mut [u8], ip: usize, at: usize, end: usize, whole: bool) {
        let (source, destination) = (u16_at(bytes, at), u16_at(bytes, at + 2));
        if u16_at(bytes, at + 6) != 0 {
            let (src, dst) = (address(bytes, ip + 12), address(bytes, ip + 16));
            let pseudo = checksum::pseudo_header(src, dst, UDP, end - at);
            if whole && checksum::add(pseudo, checksum::sum(&bytes[at..end])) != 0xffff {
                self.marks += "bad-udp-sum ";
            }
            bytes[at + 6..at + 8].fill(0);
            self.marks += "udp-sum ";
        }
        if VXLAN_PORTS.contains(&destination) && end >= at + 30 && bytes[at + 8] == 8 {
            let expected = TUNNEL_SOURCES.contains(&source);
            self.marks += if expected { "hashed-port " } else { "odd-port " };
            bytes[at..at + 2].fill(0);
            self.ethernet(bytes, at + 16);
        }
    }
}

/// Sequence numbers and time stamps of a segment inside another packet do not count.
fn hide_tcp(bytes: &mut [u8], at: usize, end: usize) {
    bytes[at + 4..end.min(at + 12)].fill(0);
    if end < at + 20 {
        return;
    }
    bytes[at + 16..at + 18].fill(0);
    let options_end = end.min(at + usize::from(bytes[at + 12] >> 4) * 4);
    let mut option = at + 20;
    while option + 1 < options_end {
        match bytes[option] {
            0 => return,
            1 => option += 1,
            kind => {
                let len = usize::from(bytes[option + 1]).max(2);
                let stop = options_end.min(option + len);
                if matches!(kind, 5 | 8) {
                    bytes[(option + 2).min(stop)..stop].fill(0);
                }
                option += len;
            }
        }
    }
}

/// Of a segment count addresses, ports, flags but PSH, the length of its data and its checksums.
fn tcp(bytes: &[u8]) -> Option<String> {
    let ip = 14;
    let at = ip + usize::from(bytes[ip] & 15) * 4;
    let end = bytes.len().min(ip + usize::from(u16_at(bytes, ip + 2)));
    if end < at + 20 {
        return Some(hex(bytes));
    }
    const PSH: u8 = 8;
    const ACK: u8 = 16;
    let flags = bytes[at + 13];
    let data = (end - at).saturating_sub(usize::from(bytes[at + 12] >> 4) * 4);
    if flags == ACK && data == 0 {
        return None;
    }
    let (src, dst) = (address(bytes, ip + 12), address(bytes, ip + 16));
    let pseudo = checksum::pseudo_header(src, dst, TCP, end - at);
    let sum = checksum::add(pseudo, checksum::sum(&bytes[at..end]));
    let right = sum == 0xffff && is_right(&bytes[ip..at]);
    let ends = hex(&bytes[..12]);
    let (from, to) = (u16_at(bytes, at), u16_at(bytes, at + 2));
    let (ttl, flags) = (bytes[ip + 8], flags & !PSH);
    Some(format!("{ends} {src}:{from}>{dst}:{to} ttl {ttl} flags {flags:02x} {data} {right}"))
}
