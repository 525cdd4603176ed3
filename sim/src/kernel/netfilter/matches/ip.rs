//! What every rule can look at: `-s -d -i -o -p -f`.

use ipnet::Ipv4Net;

use super::maybe::Maybe;

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
