//! Addresses as iproute2 reads them: `10.1` is 10.1.0.0, a prefix may have a dotted mask, `default` and
//! `any` are prefixes; and hardware addresses.

use std::net::{IpAddr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::{Family, Tool};
use crate::shell::args::{Args, Failure, Result, unsigned};
use crate::wire::{Ipv4Addr, MacAddr};

/// A prefix of a command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prefix {
    /// Its address; `None` for `default`, `any` and `all`.
    pub address: Option<IpAddr>,
    /// Its length; that of a whole address if none was given.
    pub length: u8,
    /// Whether the length was given, or the word was `default`.
    pub explicit: bool,
}

impl Prefix {
    /// The IPv4 prefix; everything, for `default` and `any`.
    pub fn inet(&self) -> Result<Ipv4Net> {
        match self.address {
            None => Ok(Ipv4Net::default()),
            Some(IpAddr::V4(address)) => {
                Ok(Ipv4Net::new(address, self.length).expect("the length was checked"))
            }
            Some(IpAddr::V6(_)) => Err(wrong_family("inet")),
        }
    }

    /// The IPv6 prefix; everything, for `default` and `any`.
    pub fn inet6(&self) -> Result<Ipv6Net> {
        match self.address {
            None => Ok(Ipv6Net::default()),
            Some(IpAddr::V6(address)) => {
                Ok(Ipv6Net::new(address, self.length).expect("the length was checked"))
            }
            Some(IpAddr::V4(_)) => Err(wrong_family("inet6")),
        }
    }

    /// The prefix of either family; `None` for `default` and `any`.
    pub fn net(&self) -> Option<IpNet> {
        Some(IpNet::new(self.address?, self.length).expect("the length was checked"))
    }

    /// The prefix as a filter, which `any` is not.
    pub fn filter(&self) -> Result<Option<Ipv4Net>> {
        let restricts = self.address.is_some() || self.explicit;
        restricts.then(|| self.inet()).transpose()
    }
}

/// Addresses of two families do not go together.
fn wrong_family(expected: &str) -> Failure {
    Failure::new(format_args!("Error: an {expected} address is expected here."), 1)
}

/// Reads a prefix.
pub fn prefix(word: &str, family: Family) -> Result<Prefix> {
    if family == Family::Link {
        let line =
            format!("Error: \"{word}\" may be inet prefix, but it is not allowed in this context.");
        return Err(Failure::new(line, 1));
    }
    parse_prefix(word, family).ok_or_else(|| {
        let expected = family.expected();
        Failure::new(
            format_args!("Error: {expected} prefix is expected rather than \"{word}\"."),
            1,
        )
    })
}

fn parse_prefix(word: &str, family: Family) -> Option<Prefix> {
    let (address, length) = match word.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (word, None),
    };
    if matches!(address, "default" | "any" | "all") {
        let prefix = Prefix { address: None, length: 0, explicit: address == "default" };
        return length.is_none().then_some(prefix);
    }
    let address = parse_address(address, family)?;
    let whole = if address.is_ipv4() { 32 } else { 128 };
    let explicit = length.is_some();
    let length = match length {
        Some(length) => prefix_length(length).filter(|length| *length <= whole)?,
        None => whole,
    };
    Some(Prefix { address: Some(address), length: length as u8, explicit })
}

/// A length: a number, or a dotted mask.
fn prefix_length(word: &str) -> Option<u64> {
    if let Some(length) = unsigned(word, 128) {
        return Some(length);
    }
    let mask = parse_ipv4(word).map(u32::from)?;
    (mask.leading_ones() == mask.count_ones()).then(|| u64::from(mask.leading_ones()))
}

/// Reads an IPv4 address.
pub fn address(word: &str, family: Family) -> Result<Ipv4Addr> {
    match any_address(word, family)? {
        IpAddr::V4(address) => Ok(address),
        IpAddr::V6(_) => Err(wrong_family("inet")),
    }
}

/// Reads an address of either family.
pub fn any_address(word: &str, family: Family) -> Result<IpAddr> {
    match parse_address(word, family) {
        Some(address) => Ok(address),
        None if matches!(word, "default" | "any" | "all") => Ok(match family {
            Family::Inet6 => Ipv6Addr::UNSPECIFIED.into(),
            _ => Ipv4Addr::UNSPECIFIED.into(),
        }),
        None => {
            let expected = family.expected();
            let line = format!("Error: {expected} address is expected rather than \"{word}\".");
            Err(Failure::new(line, 1))
        }
    }
}

fn parse_address(word: &str, family: Family) -> Option<IpAddr> {
    if word.contains(':') {
        let address: Ipv6Addr = word.parse().ok()?;
        return matches!(family, Family::Any | Family::Inet6).then_some(IpAddr::V6(address));
    }
    family.has_inet().then(|| parse_ipv4(word).map(IpAddr::V4)).flatten()
}

/// An IPv4 address of which parts may be missing at the end.
pub fn parse_ipv4(word: &str) -> Option<Ipv4Addr> {
    let mut octets = [0; 4];
    for (n, part) in word.split('.').enumerate() {
        *octets.get_mut(n)? = unsigned(part, 255)? as u8;
    }
    Some(octets.into())
}

/// Reads a hardware address: its bytes, which need not be six.
pub fn lladdr(word: &str) -> Result<Vec<u8>> {
    let invalid = |part: &str| Failure::new(format_args!("\"{part}\" is invalid lladdr."), 1);
    if word.contains('.') {
        return parse_ipv4(word).map(|a| a.octets().to_vec()).ok_or_else(|| invalid(word));
    }
    // As many as the longest hardware address has.
    const LONGEST: usize = 32;
    word.split(':')
        .take(LONGEST)
        .map(|part| {
            let digits = part.bytes().take_while(u8::is_ascii_hexdigit).count();
            u8::from_str_radix(&part[..digits], 16).map_err(|_| invalid(part))
        })
        .collect()
}

/// Reads an Ethernet address.
pub fn mac(word: &str) -> Result<MacAddr> {
    let bytes = lladdr(word)?;
    mac_of(&bytes).ok_or_else(|| {
        let len = bytes.len();
        Failure::new(format_args!("Invalid address length {len} - must be 6 bytes"), 1)
    })
}

/// Six bytes as an Ethernet address.
pub fn mac_of(bytes: &[u8]) -> Option<MacAddr> {
    let [a, b, c, d, e, f] = bytes.try_into().ok()?;
    Some(MacAddr(a, b, c, d, e, f))
}

/// Whether a word is an IPv6 address, perhaps with the length of a prefix.
pub fn is_inet6(word: &str) -> bool {
    word.contains(':') && parse_prefix(word, Family::Inet6).is_some()
}

/// An IPv6 prefix as routes are printed: without `/128`, and everything as `default`.
pub fn route_prefix6(net: Ipv6Net) -> String {
    match net.prefix_len() {
        0 if net.addr().is_unspecified() => "default".to_owned(),
        128 => net.addr().to_string(),
        _ => net.to_string(),
    }
}

/// A prefix as routes are printed: without `/32`, and everything as `default`.
pub fn route_prefix(net: Ipv4Net) -> String {
    match net.prefix_len() {
        0 if net.addr().is_unspecified() => "default".to_owned(),
        32 => net.addr().to_string(),
        length => format!("{}/{length}", net.addr()),
    }
}

/// Whether routes of IPv6 are meant: by an option, or by an address.
pub fn takes_inet6(tool: &Tool, args: &Args) -> bool {
    let words = args.rest();
    tool.options.family == Family::Inet6 || words.iter().any(|word| is_inet6(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_parts_of_an_address_are_zero() {
        assert_eq!(parse_ipv4("10.9"), Some(Ipv4Addr::new(10, 9, 0, 0)));
        assert_eq!(parse_ipv4("0x0a.1.2.3"), Some(Ipv4Addr::new(10, 1, 2, 3)));
        assert_eq!(parse_ipv4("10.0.0.300"), None);
        assert_eq!(parse_ipv4("1.2.3.4.5"), None);
        assert_eq!(parse_ipv4("10."), None);
    }

    #[test]
    fn a_mask_may_be_dotted_but_not_holey() {
        let net = |word| prefix(word, Family::Any).and_then(|prefix| prefix.inet());
        assert_eq!(net("10.9.9.9/255.255.0.0"), Ok("10.9.9.9/16".parse().unwrap()));
        assert!(net("10.9.9.9/255.0.255.0").is_err());
        assert!(net("10.0.0.5/33").is_err());
        assert_eq!(net("default"), Ok(Ipv4Net::default()));
        assert!(net("default/8").is_err());
    }

    #[test]
    fn errors_name_the_family() {
        let text = |word, family| prefix(word, family).unwrap_err().text;
        assert_eq!(
            text("x", Family::Any),
            "Error: any valid prefix is expected rather than \"x\".\n"
        );
        assert_eq!(
            text("fe80::1", Family::Inet),
            "Error: inet prefix is expected rather than \"fe80::1\".\n"
        );
        assert_eq!(lladdr("zz:00").unwrap_err().text, "\"zz\" is invalid lladdr.\n");
        assert_eq!(mac("02:00:00").unwrap_err().status, 1);
    }
}
