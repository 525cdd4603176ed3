//! IGMP (RFC 2236, RFC 3376).

use super::Printer;
use super::bytes::{address_at, u8_at, u16_at};

impl Printer {
    pub(super) fn igmp(&mut self, message: &[u8]) -> String {
        self.igmp_text(message).unwrap_or_else(|| "[|igmp]".to_owned())
    }

    fn igmp_text(&mut self, message: &[u8]) -> Option<String> {
        let kind = u8_at(message, 0)?;
        Some(match kind {
            0x11 if message.len() >= 12 => "igmp query v3".to_owned(),
            0x11 => "igmp query v2".to_owned(),
            0x12 | 0x16 => {
                let group = address_at(message, 4)?;
                let version = if kind == 0x12 { 1 } else { 2 };
                format!("igmp v{version} report {}", self.host(group))
            }
            0x17 => {
                let group = address_at(message, 4)?;
                format!("igmp leave {}", self.host(group))
            }
            0x22 => format!("igmp v3 report, {} group record(s)", u16_at(message, 6)?),
            other => format!("igmp-{other}"),
        })
    }
}
