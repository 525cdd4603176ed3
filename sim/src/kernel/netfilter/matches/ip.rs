//! What every rule can look at: `-s -d -i -o -p -f`.

use ipnet::Ipv4Net;

use crate::kernel::ip::Packet;
use crate::wire::ipv4;

use super::{Around, Maybe, all_hold};

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
        let later = ipv4::is_later_fragment(bytes);
        let fits = [
            all_hold(self.src.as_ref(), |net| net.contains(&ipv4::src(bytes))),
            all_hold(self.dst.as_ref(), |net| net.contains(&ipv4::dst(bytes))),
            all_hold(self.input.as_ref(), |name| name_fits(name, around.name(around.input))),
            all_hold(self.output.as_ref(), |name| name_fits(name, around.name(around.output))),
            all_hold(self.protocol.as_ref(), |p| *p == 0 || *p == ipv4::protocol_of(bytes)),
            all_hold(self.fragment.as_ref(), |()| later),
        ];
        fits.iter().position(|fits| !fits).map(|n| n as u8)
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
