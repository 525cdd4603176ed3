//! ICMP (RFC 792).

use crate::process::programs::services::Transport;
use crate::wire::checksum;
use crate::wire::ipv4::protocol;

use super::Printer;
use super::bytes::{address_at, u8_at, u16_at, u32_at};

/// The header of an ICMP message.
const HEADER_LEN: usize = 8;

impl Printer {
    /// `len` is the length of the message before it was cut.
    pub(super) fn icmp(&mut self, message: &[u8], is_whole: bool, len: usize) -> String {
        let Some(text) = self.icmp_text(message) else { return "[|icmp]".to_owned() };
        let mut text = format!("ICMP {text}, length {len}");
        let is_error = matches!(message[0], 3 | 4 | 5 | 11 | 12);
        if self.style.verbose > 0 {
            let sum = checksum::sum(message);
            if is_whole && sum != 0xffff {
                let told = u16_at(message, 2).unwrap_or(0);
                let right = !checksum::add(sum, !told);
                text += &format!(" (wrong icmp cksum {told:x} (->{right:x})!)");
            }
            if is_error {
                let name = if self.style.link_level { "" } else { "IP " };
                text += &format!("\n\t{name}{}", self.ip(&message[HEADER_LEN..]));
            }
        }
        text
    }

    fn icmp_text(&mut self, message: &[u8]) -> Option<String> {
        let (kind, code) = (u8_at(message, 0)?, u8_at(message, 1)?);
        let (id, seq) = (u16_at(message, 4)?, u16_at(message, 6)?);
        Some(match kind {
            0 => format!("echo reply, id {id}, seq {seq}"),
            8 => format!("echo request, id {id}, seq {seq}"),
            3 => self.unreachable(message, code)?,
            4 => "source quench".to_owned(),
            5 => {
                let what = match code {
                    0 => "net",
                    1 => "host",
                    2 => "net-tos",
                    _ => "host-tos",
                };
                let (gateway, about) = (address_at(message, 4)?, address_at(message, 24)?);
                let about = self.host(about);
                format!("redirect {about} to {what} {}", self.host(gateway))
            }
            9 => "router advertisement".to_owned(),
            10 => "router solicitation".to_owned(),
            11 => match code {
                0 => "time exceeded in-transit".to_owned(),
                1 => "ip reassembly time exceeded".to_owned(),
                code => format!("time exceeded-#{code}"),
            },
            12 => match code {
                0 => format!("parameter problem - octet {}", u8_at(message, 4)?),
                code => format!("parameter problem - code {code}"),
            },
            13 => format!("time stamp query id {id} seq {seq}"),
            14 => format!(
                "time stamp reply id {id} seq {seq}: org {}, recv {}, xmit {}",
                u32_at(message, 8)?,
                u32_at(message, 12)?,
                u32_at(message, 16)?
            ),
            kind => format!("type-#{kind}"),
        })
    }

    fn unreachable(&mut self, message: &[u8], code: u8) -> Option<String> {
        let quoted = message.get(HEADER_LEN..)?;
        let about = address_at(quoted, 16)?;
        let about = self.host(about);
        Some(match code {
            0 => format!("net {about} unreachable"),
            1 => format!("host {about} unreachable"),
            2 => format!("{about} protocol {} unreachable", u8_at(quoted, 9)?),
            3 => {
                let header = usize::from(u8_at(quoted, 0)? & 15) * 4;
                let port = u16_at(quoted, header + 2)?;
                match u8_at(quoted, 9)? {
                    protocol::TCP => {
                        format!("{about} tcp port {} unreachable", self.port(port, Transport::Tcp))
                    }
                    protocol::UDP => {
                        format!("{about} udp port {} unreachable", self.port(port, Transport::Udp))
                    }
                    number => format!("{about} protocol {number} port {port} unreachable"),
                }
            }
            4 => match u16_at(message, 6)? {
                0 => format!("{about} unreachable - need to frag"),
                mtu => format!("{about} unreachable - need to frag (mtu {mtu})"),
            },
            5 => format!("{about} unreachable - source route failed"),
            6 => format!("net {about} unreachable - unknown"),
            7 => format!("host {about} unreachable - unknown"),
            8 => format!("{about} unreachable - source host isolated"),
            9 => format!("net {about} unreachable - admin prohibited"),
            10 => format!("host {about} unreachable - admin prohibited"),
            11 => format!("net {about} unreachable - tos prohibited"),
            12 => format!("host {about} unreachable - tos prohibited"),
            13 => format!("host {about} unreachable - admin prohibited filter"),
            14 => format!("host {about} unreachable - host precedence violation"),
            15 => format!("host {about} unreachable - precedence cutoff"),
            code => format!("{about} unreachable - #{code}"),
        })
    }
}
