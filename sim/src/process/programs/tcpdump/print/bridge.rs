//! What bridges tell each other: the spanning tree (IEEE 802.1D) behind LLC (IEEE 802.2).

use super::Printer;
use super::bytes::{mac, u8_at, u16_at, u32_at};

impl Printer {
    pub(super) fn bridge(&self, payload: &[u8]) -> String {
        let (Some(dsap), Some(ssap), Some(control)) =
            (u8_at(payload, 0), u8_at(payload, 1), u8_at(payload, 2))
        else {
            return "[|llc]".to_owned();
        };
        if (dsap, ssap, control) != (0x42, 0x42, 3) {
            return format!("LLC, dsap 0x{dsap:02x}, ssap 0x{ssap:02x}, length {}", payload.len());
        }
        let llc = if self.style.link_level {
            "LLC, dsap STP (0x42) Individual, ssap STP (0x42) Command, ctrl 0x03: "
        } else {
            ""
        };
        let text = self.spanning_tree(&payload[3..]);
        llc.to_owned() + &text.unwrap_or_else(|| "[|stp]".to_owned())
    }

    fn spanning_tree(&self, bpdu: &[u8]) -> Option<String> {
        const CONFIG_LEN: usize = 35;
        if u8_at(bpdu, 3)? == 0x80 {
            return Some("STP 802.1d, Topology Change".to_owned());
        }
        let flags = match u8_at(bpdu, 4)? & 0x81 {
            0 => "none",
            1 => "Topology change",
            0x80 => "Topology change ACK",
            _ => "Topology change, Topology change ACK",
        };
        let bridge = |at: usize| {
            Some(format!("{:04x}.{}", u16_at(bpdu, at)?, mac(bpdu.get(at + 2..at + 8)?)))
        };
        let mut text = format!(
            "STP 802.1d, Config, Flags [{flags}], bridge-id {}.{:04x}, length {CONFIG_LEN}",
            bridge(17)?,
            u16_at(bpdu, 25)?
        );
        if self.style.verbose > 0 {
            let seconds = |at: usize| Some(f64::from(u16_at(bpdu, at)?) / 256.0);
            text += &format!(
                "\n\tmessage-age {:.2}s, max-age {:.2}s, hello-time {:.2}s, forwarding-delay {:.2}s\
                 \n\troot-id {}, root-pathcost {}",
                seconds(27)?,
                seconds(29)?,
                seconds(31)?,
                seconds(33)?,
                bridge(5)?,
                u32_at(bpdu, 13)?
            );
        }
        Some(text)
    }
}
