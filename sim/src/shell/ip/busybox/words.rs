//! The words of command lines, and what is said of those that make no sense.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::kernel::{Errno, LinkId, NetlinkError};
use crate::shell::args::{Args, Failure, Result, abbreviates, unsigned};
use crate::shell::ip::Tool;
use crate::shell::ip::prefix::parse_ipv4;
use crate::wire::{Ipv4Addr, Ipv6Addr};

pub fn failure(sentence: impl std::fmt::Display) -> Failure {
    Failure::new(format_args!("ip: {sentence}"), 1)
}

pub fn invalid(word: &str, option: &str) -> Failure {
    failure(format_args!("invalid argument '{word}' to '{option}'"))
}

pub fn garbage(option: &str, word: &str) -> Failure {
    failure(format_args!("either \"{option}\" is duplicate, or \"{word}\" is garbage"))
}

/// What the kernel said: only its number is translated.
pub fn refused(error: impl Into<NetlinkError>) -> Failure {
    let errno: Errno = error.into().errno();
    Failure::new(format_args!("ip: RTNETLINK answers: {errno}"), 2)
}

pub fn is_one_of(word: &str, names: &[&str]) -> bool {
    names.iter().any(|name| abbreviates(word, name))
}

/// The value of an option.
pub fn value<'a>(args: &mut Args<'a>) -> Result<&'a str> {
    args.next().ok_or_else(|| failure("command line is not complete, try \"help\""))
}

pub fn number(args: &mut Args, option: &str) -> Result<u32> {
    let word = value(args)?;
    let number = unsigned(word, u64::from(u32::MAX));
    number.map(|number| number as u32).ok_or_else(|| invalid(word, option))
}

pub fn device(tool: &Tool, name: &str) -> Result<LinkId> {
    let missing = || failure(format_args!("can't find device '{name}'"));
    tool.proc.sys(|sys| sys.link_named(name)).ok_or_else(missing)
}

pub fn address(word: &str) -> Result<Ipv4Addr> {
    let wrong = || failure(format_args!("an inet address is expected rather than \"{word}\""));
    parse_ipv4(word).ok_or_else(wrong)
}

/// An address with the length of its prefix, if one was said.
pub fn prefix(word: &str) -> Result<(Ipv4Addr, Option<u8>)> {
    if matches!(word, "default" | "any" | "all") {
        return Ok((Ipv4Addr::UNSPECIFIED, Some(0)));
    }
    let (address, length) = match word.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (word, None),
    };
    let wrong = || failure(format_args!("an inet prefix is expected rather than \"{address}\""));
    let length = match length.map(|length| (length, length.parse::<u8>())) {
        None => None,
        Some((_, Ok(length))) if length <= 32 => Some(length),
        Some((mask, _)) => {
            let mask =
                u32::from(parse_ipv4(mask).filter(|_| mask.contains('.')).ok_or_else(wrong)?);
            let length = mask.leading_ones();
            if length != mask.count_ones() {
                return Err(wrong());
            }
            Some(length as u8)
        }
    };
    Ok((parse_ipv4(address).ok_or_else(wrong)?, length))
}

/// The same of either family, as a destination.
pub fn any_network(word: &str) -> Result<IpNet> {
    match word.contains(':') {
        true => network6(word).map(IpNet::V6),
        false => network(word).map(IpNet::V4),
    }
}

/// An IPv6 prefix; an address without a length is a host.
pub fn network6(word: &str) -> Result<Ipv6Net> {
    if matches!(word, "default" | "any" | "all") {
        return Ok(Ipv6Net::default());
    }
    let host = || word.parse::<Ipv6Addr>().map(Ipv6Net::from);
    let net = word.parse().or_else(|_| host());
    let address = word.split('/').next().unwrap_or_default();
    net.map_err(|_| failure(format_args!("an inet6 prefix is expected rather than \"{address}\"")))
}

/// The same, as a destination.
pub fn network(word: &str) -> Result<Ipv4Net> {
    let (address, length) = prefix(word)?;
    Ok(Ipv4Net::new(address, length.unwrap_or(32)).expect("a length up to 32"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_may_have_a_mask() {
        assert_eq!(prefix("10.0.0.1"), Ok((Ipv4Addr::new(10, 0, 0, 1), None)));
        assert_eq!(network("10.0.0.0/255.255.0.0"), Ok("10.0.0.0/16".parse().unwrap()));
        assert_eq!(network("default"), Ok(Ipv4Net::default()));
        assert_eq!(
            prefix("10.3.0.3/34").unwrap_err().text,
            "ip: an inet prefix is expected rather than \"10.3.0.3\"\n"
        );
    }
}
