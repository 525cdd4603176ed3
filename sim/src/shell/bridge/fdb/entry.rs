//! What commands on forwarding databases say of an entry.

use crate::kernel::sys::fdb::FdbView;
use crate::shell::args::{Args, Failure, Result, abbreviates, unsigned};
use crate::shell::ip::prefix;
use crate::wire::MacAddr;

pub const USAGE: &str = include_str!("../usage/fdb.txt");

/// Where an entry is: in the table of a device itself, in that of its bridge, or in both.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tables {
    pub own: bool,
    pub master: bool,
}

/// The address that a command is about; a later one is an error.
pub fn take_address<'a>(
    address: &mut Option<&'a str>,
    word: &'a str,
    args: &mut Args<'a>,
) -> Result<()> {
    let word = if word == "to" { args.value()? } else { word };
    if abbreviates(word, "help") {
        return Err(Failure::usage(USAGE));
    }
    match address.replace(word) {
        Some(_) => Err(Failure::garbage("to", word)),
        None => Ok(()),
    }
}

/// Six hexadecimal numbers; what follows them does not matter.
pub fn mac(word: &str) -> Result<MacAddr> {
    let invalid = || Failure::new(format_args!("Invalid mac address {word}"), 255);
    let bytes = word.splitn(6, ':').map(|part| {
        let digits = part.len().min(2);
        let digits = part.get(..digits).unwrap_or_default();
        let digits = digits.trim_end_matches(|letter: char| !letter.is_ascii_hexdigit());
        u8::from_str_radix(digits, 16).ok()
    });
    let bytes: Option<Vec<u8>> = bytes.collect();
    bytes.and_then(|bytes| prefix::mac_of(&bytes)).ok_or_else(invalid)
}

/// A VXLAN network identifier.
pub fn vni(word: &str) -> Result<u32> {
    let fitting = unsigned(word, 0xff_ffff);
    fitting.map(|vni| vni as u32).ok_or_else(|| Failure::wrong(word, "invalid VNI\n"))
}

/// The bits that the kernel uses for the state of an entry (`NUD_…`).
pub mod bits {
    pub const REACHABLE: u64 = 0x02;
    pub const STALE: u64 = 0x04;
    pub const NOARP: u64 = 0x40;
    pub const PERMANENT: u64 = 0x80;
}

/// Those of one entry.
pub fn state_bits(view: &FdbView) -> u64 {
    match (view.state, view.remote) {
        ("permanent", Some(_)) => bits::PERMANENT | bits::NOARP,
        ("permanent", None) => bits::PERMANENT,
        ("static", _) => bits::NOARP,
        _ => bits::REACHABLE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_loosely_as_scanf_reads_them() {
        assert_eq!(mac("2:0:0:0:A:1"), Ok(MacAddr(2, 0, 0, 0, 10, 1)));
        assert_eq!(mac("02:00:00:00:0a:01x"), Ok(MacAddr(2, 0, 0, 0, 10, 1)));
        assert_eq!(mac("zz").unwrap_err().text, "Invalid mac address zz\n");
        assert!(mac("02:00:00:00:0a").is_err());
    }

    #[test]
    fn network_identifiers_have_24_bits() {
        assert_eq!(vni("0xffffff"), Ok(0xff_ffff));
        assert!(vni("0x1000000").is_err());
    }
}
