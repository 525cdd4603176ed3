//! IPv4 (RFC 791).

use crate::wire::checksum;
use crate::wire::ipv4::protocol;

use super::Printer;
use super::bytes::{address_at, u8_at, u16_at};

impl Printer {
    pub(super) fn ip(&mut self, packet: &[u8]) -> String {
        self.ip_text(packet).unwrap_or_else(|| "[|ip]".to_owned())
    }

    fn ip_text(&mut self, packet: &[u8]) -> Option<String> {
        let header = usize::from(u8_at(packet, 0)? & 15) * 4;
        let total = usize::from(u16_at(packet, 2)?);
        let fragment = u16_at(packet, 6)?;
        let number = u8_at(packet, 9)?;
        let (src, dst) = (address_at(packet, 12)?, address_at(packet, 16)?);
        let payload = packet.get(header..total.min(packet.len()))?;
        let details =
            if self.style.verbose > 0 { ip_details(packet, header)? } else { String::new() };
        let offset = usize::from(fragment & 0x1fff) * 8;
        if offset > 0 {
            let ends = format!("{} > {}", self.host(src), self.host(dst));
            return Some(format!("{details}{ends}: ip-proto-{number}"));
        }
        let is_whole = fragment & 0x2000 == 0 && payload.len() == total.saturating_sub(header);
        let ends = (src, dst);
        let text = match number {
            protocol::TCP => self.tcp(payload, ends, is_whole, total - header),
            protocol::UDP => self.udp(payload, ends, is_whole),
            _ => {
                let text = match number {
                    protocol::ICMP => self.icmp(payload, is_whole, total - header),
                    protocol::IGMP => self.igmp(payload),
                    number => format!("{} {}", protocol_text(number), payload.len()),
                };
                format!("{} > {}: {text}", self.host(src), self.host(dst))
            }
        };
        Some(details + &text)
    }
}

fn protocol_text(number: u8) -> String {
    match number {
        protocol::ESP => "ESP,".to_owned(),
        number => format!(" ip-proto-{number}"),
    }
}

/// What `-v` tells of the header.
fn ip_details(packet: &[u8], header: usize) -> Option<String> {
    let fragment = u16_at(packet, 6)?;
    let number = u8_at(packet, 9)?;
    let flags = [(0x8000, "rsvd"), (0x4000, "DF"), (0x2000, "+")];
    let flags: Vec<&str> =
        flags.iter().filter(|(bit, _)| fragment & bit != 0).map(|(_, name)| *name).collect();
    let flags = if flags.is_empty() { "none".to_owned() } else { flags.join(", ") };
    let name = protocol::name(number).unwrap_or("unknown").to_ascii_uppercase();
    let ecn = match u8_at(packet, 1)? & 3 {
        1 => ",ECT(1)",
        2 => ",ECT(0)",
        3 => ",CE",
        _ => "",
    };
    let mut text = format!(
        "(tos 0x{:x}{ecn}, ttl {}, id {}, offset {}, flags [{flags}], proto {name} ({number}), length {}",
        u8_at(packet, 1)?,
        u8_at(packet, 8)?,
        u16_at(packet, 4)?,
        (fragment & 0x1fff) * 8,
        u16_at(packet, 2)?,
    );
    if header > 20 {
        text += &format!(", options ({})", options(packet.get(20..header)?));
    }
    let sum = checksum::sum(packet.get(..header)?);
    if sum != 0xffff {
        let told = u16_at(packet, 10)?;
        let right = !checksum::add(sum, !told);
        text += &format!(", bad cksum {told:x} (->{right:x})!");
    }
    Some(text + ")\n    ")
}

/// The names of IP options.
fn options(mut bytes: &[u8]) -> String {
    let mut names = Vec::new();
    while let Some(&kind) = bytes.first() {
        names.push(match kind {
            0 => "EOL",
            1 => "NOP",
            7 => "RR",
            68 => "TS",
            130 => "SECURITY",
            131 => "LSRR",
            137 => "SSRR",
            148 => "RA",
            _ => "unknown",
        });
        let len = if kind <= 1 { 1 } else { bytes.get(1).map_or(0, |len| usize::from(*len)) };
        if kind == 0 || len == 0 || len > bytes.len() {
            break;
        }
        bytes = &bytes[len..];
    }
    names.join(",")
}
