//! What every rule can look at: `-s -d -i -o -p -f`.

use ipnet::Ipv4Net;

use crate::kernel::ip::Packet;
use crate::wire::ipv4;

use super::around::Around;
use super::maybe::{Maybe, all_hold};

/// Addresses, devices, protocol.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IpMatch {
    /// `-s`.
    pub src: Option<Maybe<Ipv4Net>>,
    /// `-d`.
    pub dst: Option<Maybe<Ipv4Net>>,
    /// `-i`: a name, or the beginning of one with `+` behind it.
    pub input: Option<Maybe<String>>,
    /// `-o`.
    pub output: Option<Maybe<String>>,
    /// `-p`.
    pub protocol: Option<Maybe<u8>>,
    /// `-f`: later fragments only.
    pub fragment: Option<Maybe<()>>,
}

/// Parts of [`IpMatch`], in the order of [`IpMatch::failure`].
pub const IP_PARTS: [&str; 6] = ["-s", "-d", "-i", "-o", "-p", "-f"];

impl IpMatch {
    /// The first part that does not fit, counted from zero; `None` if all fit.
    pub(in crate::kernel::netfilter) fn failure(
        &self,
        around: &Around<'_>,
        packet: &Packet,
    ) -> Option<u8> {
        let bytes = &packet.bytes;
        let device_fits = |wanted: Option<&Maybe<String>>, link| {
            all_hold(wanted, |name| name_fits(name, around.name(link)))
        };
        let protocol_fits = |wanted: &u8| *wanted == 0 || *wanted == ipv4::protocol_of(bytes);
        // One after the other: most rules fail at the first.
        if !all_hold(self.src.as_ref(), |net| net.contains(&ipv4::src(bytes))) {
            Some(0)
        } else if !all_hold(self.dst.as_ref(), |net| net.contains(&ipv4::dst(bytes))) {
            Some(1)
        } else if !device_fits(self.input.as_ref(), around.input) {
            Some(2)
        } else if !device_fits(self.output.as_ref(), around.output) {
            Some(3)
        } else if !all_hold(self.protocol.as_ref(), protocol_fits) {
            Some(4)
        } else if !all_hold(self.fragment.as_ref(), |()| ipv4::is_later_fragment(bytes)) {
            Some(5)
        } else {
            None
        }
    }
}

/// Whether a device name fits a pattern: `eth+` fits all that begin with `eth`.
pub fn name_fits(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('+') {
        Some(beginning) => name.starts_with(beginning) && !name.is_empty(),
        None => name == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plus_stands_for_any_ending() {
        assert!(name_fits("eth+", "eth0"));
        assert!(!name_fits("eth+", "veth0"));
        assert!(name_fits("eth0", "eth0"));
        assert!(!name_fits("eth0", "eth01"));
        assert!(!name_fits("+", ""));
    }
}
