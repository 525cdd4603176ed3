//! ARP and RARP (RFC 826, RFC 903).

use super::Printer;
use super::bytes::{address_at, mac, u16_at};

impl Printer {
    pub(super) fn arp(&mut self, packet: &[u8]) -> String {
        self.arp_text(packet).unwrap_or_else(|| "[|arp]".to_owned())
    }

    fn arp_text(&mut self, packet: &[u8]) -> Option<String> {
        let operation = u16_at(packet, 6)?;
        let (sender_mac, sender) = (mac(packet.get(8..14)?), address_at(packet, 14)?);
        let (target_mac, target) = (packet.get(18..24)?, address_at(packet, 24)?);
        let (sender, target) = (self.host(sender), self.host(target));
        let known =
            if target_mac == [0; 6] { String::new() } else { format!(" ({})", mac(target_mac)) };
        let what = match operation {
            1 => format!("Request who-has {target}{known} tell {sender}"),
            2 => format!("Reply {sender} is-at {sender_mac}"),
            3 => format!("Reverse Request who-is {} tell {sender_mac}", mac(target_mac)),
            4 => format!("Reverse Reply {} at {target}", mac(target_mac)),
            other => format!("Unknown ({other})"),
        };
        let kinds = if self.style.verbose > 0 { "Ethernet (len 6), IPv4 (len 4), " } else { "" };
        Some(format!("{kinds}{what}, length {}", packet.len()))
    }
}
