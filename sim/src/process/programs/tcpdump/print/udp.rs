//! UDP (RFC 768), and VXLAN (RFC 7348) with the frame inside.

use crate::process::programs::services::Transport;
use crate::wire::ipv4::protocol;
use crate::wire::{Ipv4Addr, checksum, dns, vxlan};

use super::Printer;
use super::bytes::{u8_at, u16_at, u32_at};

/// The header of a datagram.
const HEADER_LEN: usize = 8;

impl Printer {
    pub(super) fn udp(
        &mut self,
        datagram: &[u8],
        ends: (Ipv4Addr, Ipv4Addr),
        is_whole: bool,
    ) -> String {
        self.udp_text(datagram, ends, is_whole)
            .unwrap_or_else(|| format!("{} > {}: [|udp]", self.host(ends.0), self.host(ends.1)))
    }

    fn udp_text(
        &mut self,
        datagram: &[u8],
        (src, dst): (Ipv4Addr, Ipv4Addr),
        is_whole: bool,
    ) -> Option<String> {
        let (sport, dport) = (u16_at(datagram, 0)?, u16_at(datagram, 2)?);
        let len = usize::from(u16_at(datagram, 4)?).checked_sub(HEADER_LEN)?;
        let data = datagram.get(HEADER_LEN..)?;
        let ends = format!(
            "{}.{} > {}.{}: ",
            self.host(src),
            self.port(sport, Transport::Udp),
            self.host(dst),
            self.port(dport, Transport::Udp)
        );
        if self.style.quick {
            return Some(format!("{ends}UDP, length {len}"));
        }
        let mut text = ends;
        if self.style.verbose > 1 && is_whole {
            text += &checksum_text(datagram, src, dst)?;
        }
        if dport == vxlan::PORT && data.len() >= vxlan::HEADER_LEN {
            return Some(text + &self.vxlan(data)?);
        }
        let is_dns = sport == dns::PORT || dport == dns::PORT;
        let message = self.dns(data).filter(|_| is_dns);
        Some(text + &message.unwrap_or_else(|| format!("UDP, length {len}")))
    }

    fn vxlan(&mut self, data: &[u8]) -> Option<String> {
        let flags = u8_at(data, 0)?;
        let letter = if flags & 8 == 0 { '.' } else { 'I' };
        let network = u32_at(data, 4)? >> 8;
        let inner = data.get(vxlan::HEADER_LEN..)?;
        let inner = self.frame(inner, inner.len());
        Some(format!("VXLAN, flags [{letter}] (0x{flags:02x}), vni {network}\n{inner}"))
    }
}

fn checksum_text(datagram: &[u8], src: Ipv4Addr, dst: Ipv4Addr) -> Option<String> {
    let told = u16_at(datagram, 6)?;
    if told == 0 {
        return Some("[no cksum] ".to_owned());
    }
    let pseudo = checksum::pseudo_header(src, dst, protocol::UDP, datagram.len());
    let sum = checksum::add(pseudo, checksum::sum(datagram));
    Some(if sum == 0xffff {
        "[udp sum ok] ".to_owned()
    } else {
        let right = !checksum::add(sum, !told);
        format!("[bad udp cksum 0x{told:04x} -> 0x{right:04x}!] ")
    })
}
