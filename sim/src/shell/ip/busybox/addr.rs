//! `ip addr` of busybox.

use std::net::IpAddr;

use ipnet::IpNet;

use super::super::{Family, Tool};
use super::link;
use super::words::{
    address, any_network, device, failure, garbage, invalid, network6, prefix, refused, value,
};
use crate::kernel::link::{IfAddr, Scope};
use crate::kernel::sys::dump::LinkView;
use crate::kernel::sys::{DadState, If6Addr};
use crate::kernel::{Errno, LinkId};
use crate::shell::args::{Args, Failure, Result, abbreviated};
use crate::wire::Ipv4Addr;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Command {
    Add,
    Change,
    Delete,
    Show,
    Flush,
}

const COMMANDS: &[(&str, Command)] = &[
    ("add", Command::Add),
    ("change", Command::Change),
    ("chg", Command::Change),
    ("replace", Command::Change),
    ("delete", Command::Delete),
    ("show", Command::Show),
    ("lst", Command::Show),
    ("list", Command::Show),
    ("flush", Command::Flush),
];

/// `ip addr`.
pub fn run(tool: &Tool, mut args: Args) -> Result<()> {
    let Some(word) = args.next() else { return show(tool, args) };
    match abbreviated(word, COMMANDS) {
        Some(Command::Show) => show(tool, args),
        Some(Command::Flush) => flush(tool, args),
        Some(command) => modify(tool, command, args),
        None => Err(invalid(word, "ip")),
    }
}

/// Which addresses are wanted.
#[derive(Debug, Default)]
struct Filter {
    family: Family,
    up: bool,
    scope: Option<Scope>,
    to: Option<IpNet>,
    label: Option<String>,
    device: Option<LinkId>,
}

impl Filter {
    fn parse(tool: &Tool, mut args: Args) -> Result<Filter> {
        let mut filter = Filter { family: tool.options.family, ..Filter::default() };
        let mut name = None;
        while let Some(word) = args.next() {
            match word {
                "to" => {
                    let to = any_network(value(&mut args)?)?;
                    let is_inet = matches!(to, IpNet::V4(_));
                    filter.family = if is_inet { Family::Inet } else { Family::Inet6 };
                    filter.to = Some(to);
                }
                "scope" => {
                    let word = value(&mut args)?;
                    filter.scope = match word {
                        "all" => None,
                        _ => Some(scope(word)?),
                    };
                }
                "up" => filter.up = true,
                "label" => filter.label = Some(value(&mut args)?.to_owned()),
                _ => {
                    let word = if word == "dev" { value(&mut args)? } else { word };
                    if name.replace(word).is_some() {
                        return Err(garbage("dev", word));
                    }
                }
            }
        }
        filter.device = name.map(|name| device(tool, name)).transpose()?;
        Ok(filter)
    }

    fn wants(&self, address: &IfAddr) -> bool {
        self.family.has_inet()
            && self.scope.is_none_or(|scope| scope == address.scope)
            && self.holds(address.local.into(), address.prefix_len)
            && self.label.as_ref().is_none_or(|label| matches_label(label, &address.label))
    }
}

impl Filter {
    fn wants6(&self, address: &If6Addr) -> bool {
        self.family.has_inet6()
            && self.scope.is_none_or(|scope| scope == address.scope)
            && self.holds(address.local.into(), address.prefix_len)
            && self.label.is_none()
    }

    fn holds(&self, address: IpAddr, length: u8) -> bool {
        self.to.is_none_or(|to| to.contains(&address) && to.prefix_len() <= length)
    }
}

/// A label, or the beginning of one with an asterisk.
fn matches_label(pattern: &str, label: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => label.starts_with(start),
        None => label == pattern,
    }
}

fn scope(word: &str) -> Result<Scope> {
    Ok(match word {
        "global" => Scope::Universe,
        "link" => Scope::Link,
        "host" => Scope::Host,
        _ => {
            let number = crate::shell::args::unsigned(word, 255);
            let number = number.ok_or_else(|| invalid(word, "scope"))?;
            Scope::from_number(number as u8)
        }
    })
}

fn show(tool: &Tool, args: Args) -> Result<()> {
    let filter = Filter::parse(tool, args)?;
    let links = tool.proc.sys(|sys| sys.links());
    let is_wanted = |link: &&LinkView| {
        filter.device.is_none_or(|device| link.id == device) && (!filter.up || link.up)
    };
    let text: String =
        links.iter().filter(is_wanted).map(|link| describe(tool, &filter, link)).collect();
    tool.print(&text);
    Ok(())
}

fn describe(tool: &Tool, filter: &Filter, link: &LinkView) -> String {
    let wanted: Vec<&IfAddr> = link.addrs.iter().filter(|address| filter.wants(address)).collect();
    let wanted6: Vec<&If6Addr> =
        link.addrs6.iter().filter(|address| filter.wants6(address)).collect();
    let shows_hardware = matches!(filter.family, Family::Any | Family::Link);
    if wanted.is_empty() && wanted6.is_empty() && (!shows_hardware || filter.label.is_some()) {
        return String::new();
    }
    let oneline = tool.options.oneline;
    let mut text = String::new();
    if !oneline || filter.family == Family::Link {
        text += &link::describe(tool, link, filter.family);
    }
    for address in wanted {
        if oneline {
            text += &format!("{}: {}", link.ifindex, link.name);
        }
        text += &format!("    inet {}", address.local);
        if address.peer != address.local {
            text += &format!(" peer {}", address.peer);
        }
        text += &format!("/{} ", address.prefix_len);
        if let Some(broadcast) = address.broadcast {
            text += &format!("brd {broadcast} ");
        }
        let secondary = if address.secondary { "secondary " } else { "" };
        text += &format!("scope {} {secondary}{}", address.scope.name(), address.label);
        text += tool.newline();
        text += "       valid_lft forever preferred_lft forever\n";
    }
    for address in wanted6 {
        if oneline {
            text += &format!("{}: {}", link.ifindex, link.name);
        }
        text += &format!("    inet6 {}/{} ", address.local, address.prefix_len);
        text += &format!("scope {} {}", address.scope.name(), flags6(address));
        text += tool.newline();
        text += "       valid_lft forever preferred_lft forever\n";
    }
    text
}

/// The flags that have names, and the sum of the others.
fn flags6(address: &If6Addr) -> String {
    let tentative = if address.dad == DadState::Unique { "" } else { "tentative " };
    let others = [(address.nodad, 0x2), (address.dad == DadState::Failed, 0x8)];
    let others: u32 = others.iter().filter(|(on, _)| *on).map(|(_, bit)| bit).sum();
    match others {
        0 => tentative.to_owned(),
        others => format!("{tentative}flags {others:02x} "),
    }
}

fn flush(tool: &Tool, args: Args) -> Result<()> {
    if args.is_empty() {
        return Err(failure("flush requires an argument"));
    }
    let filter = Filter::parse(tool, args)?;
    let links = tool.proc.sys(|sys| sys.links());
    let mut missing = false;
    for link in &links {
        let is_wanted =
            filter.device.is_none_or(|device| link.id == device) && (!filter.up || link.up);
        for address in link.addrs.iter().filter(|address| is_wanted && filter.wants(address)) {
            let same = |other: &IfAddr| other.local == address.local;
            // A secondary address may have gone with its primary one, which is an error here.
            missing |= tool.proc.sys(|sys| sys.addr_del(link.id, same)).is_err();
        }
        for address in link.addrs6.iter().filter(|address| is_wanted && filter.wants6(address)) {
            let (local, length) = (address.local, address.prefix_len);
            missing |= tool.proc.sys(|sys| sys.addr6_del(link.id, local, length)).is_err();
        }
    }
    match missing {
        true => Err(failure("can't send flush request: Cannot assign requested address")),
        false => Ok(()),
    }
}

fn modify(tool: &Tool, command: Command, mut args: Args) -> Result<()> {
    let (mut local, mut local6, mut peer, mut broadcast) = (None, None, None, None);
    let (mut name, mut label, mut wanted_scope) = (None, None, None);
    while let Some(word) = args.next() {
        match word {
            "peer" | "remote" => peer = Some(prefix(value(&mut args)?)?),
            "broadcast" | "brd" => broadcast = Some(value(&mut args)?),
            "scope" => wanted_scope = Some(scope(value(&mut args)?)?),
            "dev" => name = Some(value(&mut args)?),
            "label" => label = Some(value(&mut args)?),
            "anycast" => return Err(Failure::not_simulated("ip addr: option anycast")),
            _ => {
                let word = if word == "local" { value(&mut args)? } else { word };
                if local.is_some() || local6.is_some() {
                    return Err(garbage("local", word));
                }
                if word.contains(':') {
                    local6 = Some(network6(word)?);
                } else {
                    local = Some(prefix(word)?);
                }
            }
        }
    }
    let Some(name) = name else { return Err(failure("need \"dev IFACE\"")) };
    if let Some(label) = label.filter(|label| !label.starts_with(name)) {
        return Err(failure(format_args!("\"dev\" ({name}) must match \"label\" ({label})")));
    }
    let id = device(tool, name)?;
    if let Some(net) = local6 {
        let (local, length) = (net.addr(), net.prefix_len());
        return match command {
            Command::Delete => tool.proc.sys(|sys| sys.addr6_del(id, local, length)),
            _ => tool.proc.sys(|sys| sys.addr6_add(id, If6Addr::new(local, length))),
        }
        .map_err(refused);
    }
    let Some((local, length)) = local else { return Err(refused(Errno::EOPNOTSUPP)) };
    if command == Command::Change {
        return Err(refused(Errno::EINVAL));
    }
    let (peer, length) = match peer {
        Some((peer, own)) => (peer, own.unwrap_or(32)),
        None => (local, length.unwrap_or(32)),
    };
    if command == Command::Delete {
        let fits = |known: &IfAddr| {
            known.local == local
                && (known.peer, known.prefix_len) == (peer, length)
                && label.is_none_or(|label| known.label == label)
        };
        return tool.proc.sys(|sys| sys.addr_del(id, fits)).map(drop).map_err(refused);
    }
    let fresh = IfAddr::new(local, length, label.unwrap_or(name));
    let scope = wanted_scope.unwrap_or(match local.is_loopback() {
        true => Scope::Host,
        false => Scope::Universe,
    });
    let fresh = IfAddr { peer, scope, ..fresh };
    let broadcast = broadcast.map(|word| broadcast_address(word, &fresh)).transpose()?;
    let fresh = IfAddr { broadcast, ..fresh };
    tool.proc.sys(|sys| sys.addr_add(id, fresh)).map_err(refused)
}

/// `+` sets the bits that are the host's, `-` clears them.
fn broadcast_address(word: &str, own: &IfAddr) -> Result<Ipv4Addr> {
    match word {
        "+" | "-" if own.prefix_len > 30 => Err(invalid(word, "broadcast")),
        "+" => Ok(own.subnet_broadcast()),
        "-" => Ok(own.network().network()),
        _ => address(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_may_be_patterns() {
        assert!(matches_label("ea*", "ea:1"));
        assert!(!matches_label("ea", "ea:1"));
        assert!(matches_label("ea:1", "ea:1"));
    }
}
