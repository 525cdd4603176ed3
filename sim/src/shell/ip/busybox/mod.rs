//! `ip` of busybox, which containers have: fewer objects and options, other words.

mod addr;
mod link;
mod neigh;
mod route;
mod route6;
mod rule;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::prefix::parse_ipv4;
use super::{Family, Options, Tool, takes_inet6};
use crate::kernel::{Errno, LinkId, NetlinkError};
use crate::process::Proc;
use crate::shell::args::{Args, Failure, Result, abbreviated, abbreviates};
use crate::wire::{Ipv4Addr, Ipv6Addr};

const USAGE: &str = include_str!("../usage/busybox.txt");

/// The first line of every applet's usage.
const BANNER: &str = "BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) multi-call binary.\n\n";

#[derive(Debug, Clone, Copy)]
enum Object {
    Address,
    Route,
    Link,
    Tunnel,
    Neighbor,
    Rule,
}

const OBJECTS: &[(&str, Object)] = &[
    ("address", Object::Address),
    ("route", Object::Route),
    ("link", Object::Link),
    ("tunnel", Object::Tunnel),
    ("tunl", Object::Tunnel),
    ("rule", Object::Rule),
    ("neigh", Object::Neighbor),
];

/// `ip`, in a container.
pub async fn ip(proc: Proc) -> i32 {
    let words = proc.args();
    match run(&proc, &words) {
        Ok(()) => 0,
        Err(failure) => {
            proc.eprint(&failure.text);
            failure.status
        }
    }
}

fn run(proc: &Proc, words: &[String]) -> Result<()> {
    if matches!(words, [word] if word == "--help") {
        return Err(Failure { status: 0, ..usage() });
    }
    let mut args = Args::new(words);
    let tool = Tool { proc: proc.clone(), options: parse_options(&mut args)? };
    let object = args.next().and_then(|word| abbreviated(word, OBJECTS)).ok_or_else(usage)?;
    match object {
        Object::Address => addr::run(&tool, args),
        Object::Route if takes_inet6(&tool, &args) => route6::run(&tool, args),
        Object::Route => route::run(&tool, args),
        Object::Link => link::run(&tool, args),
        Object::Neighbor => neigh::run(&tool, args),
        Object::Rule => rule::run(&tool, args),
        Object::Tunnel => match args.next() {
            // There are no such devices.
            None => Ok(()),
            Some(word) if is_one_of(word, &["show", "list", "lst"]) => Ok(()),
            Some(word) if is_one_of(word, &["add", "change", "delete"]) => {
                Err(Failure::not_simulated(format_args!("ip tunnel {word}")))
            }
            Some(word) => Err(invalid(word, "ip")),
        },
    }
}

fn parse_options(args: &mut Args) -> Result<Options> {
    let mut options = Options::default();
    while let Some(word) = args.peek().filter(|word| word.starts_with('-')) {
        args.next();
        let name = word.trim_start_matches('-');
        match name {
            "4" => options.family = Family::Inet,
            "6" => options.family = Family::Inet6,
            "0" => options.family = Family::Link,
            "" => return Err(usage()),
            _ if abbreviates(name, "oneline") => options.oneline = true,
            _ if abbreviates(name, "family") => {
                let value = value(args)?;
                options.family = match value {
                    "inet" | "inet6" | "link" => Family::named(value).unwrap_or_default(),
                    _ => return Err(invalid(value, "family")),
                };
            }
            _ => return Err(usage()),
        }
    }
    Ok(options)
}

fn usage() -> Failure {
    Failure { text: format!("{BANNER}{USAGE}"), status: 1 }
}

fn failure(sentence: impl std::fmt::Display) -> Failure {
    Failure::new(format_args!("ip: {sentence}"), 1)
}

fn invalid(word: &str, option: &str) -> Failure {
    failure(format_args!("invalid argument '{word}' to '{option}'"))
}

fn garbage(option: &str, word: &str) -> Failure {
    failure(format_args!("either \"{option}\" is duplicate, or \"{word}\" is garbage"))
}

/// What the kernel said: only its number is translated.
fn refused(error: impl Into<NetlinkError>) -> Failure {
    let errno: Errno = error.into().errno();
    Failure::new(format_args!("ip: RTNETLINK answers: {errno}"), 2)
}

fn is_one_of(word: &str, names: &[&str]) -> bool {
    names.iter().any(|name| abbreviates(word, name))
}

/// The value of an option.
fn value<'a>(args: &mut Args<'a>) -> Result<&'a str> {
    args.next().ok_or_else(|| failure("command line is not complete, try \"help\""))
}

fn number(args: &mut Args, option: &str) -> Result<u32> {
    let word = value(args)?;
    let number = crate::shell::args::unsigned(word, u64::from(u32::MAX));
    number.map(|number| number as u32).ok_or_else(|| invalid(word, option))
}

fn device(tool: &Tool, name: &str) -> Result<LinkId> {
    let missing = || failure(format_args!("can't find device '{name}'"));
    tool.proc.sys(|sys| sys.link_named(name)).ok_or_else(missing)
}

fn address(word: &str) -> Result<Ipv4Addr> {
    let wrong = || failure(format_args!("an inet address is expected rather than \"{word}\""));
    parse_ipv4(word).ok_or_else(wrong)
}

/// An address with the length of its prefix, if one was said.
fn prefix(word: &str) -> Result<(Ipv4Addr, Option<u8>)> {
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
fn any_network(word: &str) -> Result<IpNet> {
    match word.contains(':') {
        true => network6(word).map(IpNet::V6),
        false => network(word).map(IpNet::V4),
    }
}

/// An IPv6 prefix; an address without a length is a host.
fn network6(word: &str) -> Result<Ipv6Net> {
    if matches!(word, "default" | "any" | "all") {
        return Ok(Ipv6Net::default());
    }
    let host = || word.parse::<Ipv6Addr>().map(Ipv6Net::from);
    let net = word.parse().or_else(|_| host());
    let address = word.split('/').next().unwrap_or_default();
    net.map_err(|_| failure(format_args!("an inet6 prefix is expected rather than \"{address}\"")))
}

/// The same, as a destination.
fn network(word: &str) -> Result<Ipv4Net> {
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

    #[test]
    fn options_may_be_shortened() {
        let words = ["-o".to_owned(), "-fam".to_owned(), "inet".to_owned(), "a".to_owned()];
        let mut args = Args::new(&words);
        let options = parse_options(&mut args).unwrap();
        assert!(options.oneline);
        assert_eq!(options.family, Family::Inet);
        assert_eq!(args.next(), Some("a"));
        let words = ["-s".to_owned()];
        assert_eq!(parse_options(&mut Args::new(&words)).unwrap_err(), usage());
    }
}
