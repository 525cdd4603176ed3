//! `ip address`: adding, changing, removing and flushing; the list is in [`listing`].

use std::net::IpAddr;

use super::addr6::{self, Verb};
use super::listing::{self, Filter};
use super::names::Naming;
use super::prefix::{self, Prefix};
use super::{Family, Tool, addr4, usage};
use crate::kernel::link::{IfAddr, Scope};
use crate::kernel::sys::If6Addr;
use crate::kernel::sys::dump::LinkView;
use crate::kernel::{Errno, LinkId, NetlinkError};
use crate::shell::args::{Args, Failure, Result, abbreviated, abbreviates, unsigned};
use crate::wire::Ipv4Addr;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Command {
    Modify(Verb),
    Show,
    Flush,
    Help,
    NotSimulated(&'static str),
}

const COMMANDS: &[(&str, Command)] = &[
    ("add", Command::Modify(Verb::Add)),
    ("change", Command::Modify(Verb::Replace)),
    ("chg", Command::Modify(Verb::Replace)),
    ("replace", Command::Modify(Verb::Replace)),
    ("delete", Command::Modify(Verb::Delete)),
    ("list", Command::Show),
    ("show", Command::Show),
    ("lst", Command::Show),
    ("flush", Command::Flush),
    ("save", Command::NotSimulated("ip address save")),
    ("showdump", Command::NotSimulated("ip address showdump")),
    ("restore", Command::NotSimulated("ip address restore")),
    ("help", Command::Help),
];

/// `ip address`.
pub fn run(tool: &Tool, mut args: Args) -> Result<()> {
    let Some(word) = args.next() else { return listing::list_addresses(tool, args) };
    match abbreviated(word, COMMANDS) {
        Some(Command::Modify(verb)) => modify(tool, verb, args),
        Some(Command::Show) => listing::list_addresses(tool, args),
        Some(Command::Flush) => flush(tool, args),
        Some(Command::Help) => Err(Failure::usage(usage::ADDRESS)),
        Some(Command::NotSimulated(what)) => Err(Failure::not_simulated(what)),
        None => Err(Failure::unknown_command(word, "ip address help")),
    }
}

/// What is said about an address.
#[derive(Debug, Default)]
struct Request<'a> {
    local: Option<(&'a str, Prefix)>,
    peer: Option<Prefix>,
    broadcast: Option<Broadcast>,
    scope: Option<Scope>,
    label: Option<&'a str>,
    metric: u32,
    noprefixroute: bool,
    nodad: bool,
    device: Option<&'a str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Broadcast {
    /// This one.
    Given(Ipv4Addr),
    /// The last one of the subnet.
    Last,
    /// The first one of the subnet.
    First,
}

impl<'a> Request<'a> {
    fn parse(tool: &Tool, args: &mut Args<'a>) -> Result<Request<'a>> {
        let mut request = Request::default();
        while let Some(word) = args.next() {
            request.take(tool, word, args)?;
        }
        Ok(request)
    }

    fn take(&mut self, tool: &Tool, word: &'a str, args: &mut Args<'a>) -> Result<()> {
        let family = tool.options.family;
        match word {
            "peer" | "remote" => {
                let value = args.value()?;
                if self.peer.is_some() {
                    return Err(Failure::duplicate("peer", value));
                }
                self.peer = Some(prefix::prefix(value, family)?);
            }
            _ if word == "brd" || abbreviates(word, "broadcast") => {
                let value = args.value()?;
                if self.broadcast.is_some() {
                    return Err(Failure::duplicate("broadcast", value));
                }
                self.broadcast = Some(match value {
                    "+" => Broadcast::Last,
                    "-" => Broadcast::First,
                    value => Broadcast::Given(prefix::address(value, family)?),
                });
            }
            "anycast" => return Err(Failure::not_simulated("ip address: anycast")),
            "scope" => {
                let value = args.value()?;
                let number = tool
                    .number_of(Naming::Scope, value)
                    .ok_or_else(|| Failure::wrong(value, "invalid scope value."))?;
                let scope = Scope::from_number(number as u8);
                if u32::from(scope.number()) != number {
                    let what = format!("ip address: scope {value}");
                    return Err(Failure::not_simulated(what));
                }
                self.scope = Some(scope);
            }
            "dev" => self.device = Some(args.value()?),
            "label" => self.label = Some(args.value()?),
            _ if ["metric", "priority", "preference"].iter().any(|f| abbreviates(word, f)) => {
                let max = u64::from(u32::MAX);
                self.metric = args.number(max, "\"metric\" value is invalid\n")? as u32;
            }
            _ if abbreviates(word, "valid_lft") => lifetime("valid_lft", args)?,
            _ if abbreviates(word, "preferred_lft") => lifetime("preferred_lft", args)?,
            "noprefixroute" => self.noprefixroute = true,
            "secondary" | "temporary" | "dadfailed" | "deprecated" | "tentative" | "permanent"
            | "stable-privacy" => {
                tool.eprint(&format!("Warning: {word} option is not mutable from userspace\n"));
            }
            "nodad" if self.is_inet6(family) => self.nodad = true,
            "optimistic" | "home" | "mngtmpaddr" if self.is_inet6(family) => {
                return Err(Failure::not_simulated(format_args!("ip address: {word}")));
            }
            "nodad" | "optimistic" | "home" | "mngtmpaddr" => {
                let line = "option can be set only for IPv6 addresses";
                tool.eprint(&format!("Warning: {word} {line}\n"));
            }
            "autojoin" => return Err(Failure::new("autojoin needs multicast address", 1)),
            _ => {
                let value = if word == "local" { args.value()? } else { word };
                if abbreviates(value, "help") {
                    return Err(Failure::usage(usage::ADDRESS));
                }
                if self.local.is_some() {
                    return Err(Failure::garbage("local", value));
                }
                self.local = Some((value, prefix::prefix(value, family)?));
            }
        }
        Ok(())
    }

    /// The address itself; without one, the kernel does not know of which family it should be.
    fn local(&self) -> Result<Option<Ipv4Addr>> {
        match self.local.and_then(|(_, prefix)| prefix.address) {
            Some(IpAddr::V4(address)) => Ok(Some(address)),
            Some(IpAddr::V6(_)) | None => Ok(None),
        }
    }

    /// Whether it is about an IPv6 address, as far as was said.
    fn is_inet6(&self, family: Family) -> bool {
        family == Family::Inet6 || self.local6().is_some()
    }

    fn local6(&self) -> Option<addr6::Request> {
        let (_, prefix) = self.local?;
        let IpAddr::V6(local) = prefix.address? else { return None };
        let Request { nodad, noprefixroute, metric, .. } = *self;
        Some(addr6::Request { local, prefix, nodad, noprefixroute, metric })
    }

    /// The other end, and the length of the prefix.
    fn peer(&self) -> Result<(Option<Ipv4Addr>, u8)> {
        let Some(peer) = self.peer else {
            return Ok((None, self.local.map_or(0, |(_, prefix)| prefix.length)));
        };
        Ok((Some(peer.inet()?.addr()), peer.length))
    }
}

/// Addresses do not expire here, so a lifetime has to be endless.
fn lifetime(option: &str, args: &mut Args) -> Result<()> {
    let value = args.value()?;
    match (option, value) {
        (_, "forever") => Ok(()),
        ("valid_lft", "0") => Err(Failure::new("valid_lft is zero", 1)),
        _ if unsigned(value, u64::from(u32::MAX)).is_none() => {
            Err(Failure::wrong(value, format_args!("{option} value")))
        }
        _ => Err(Failure::not_simulated(format_args!("ip address: {option} {value}"))),
    }
}

fn modify(tool: &Tool, verb: Verb, mut args: Args) -> Result<()> {
    let request = Request::parse(tool, &mut args)?;
    let Some(device) = request.device else {
        return Err(Failure::new("Not enough information: \"dev\" argument is required.", 1));
    };
    let explicit = request.local.is_none_or(|(_, prefix)| prefix.explicit);
    let request6 = request.local6();
    let is_wildcard =
        verb == Verb::Delete && request.peer.is_none() && !explicit && request6.is_none();
    if let (true, Some((word, _))) = (is_wildcard, request.local) {
        tool.eprint(&format!(
            "Warning: Executing wildcard deletion to stay compatible with old scripts.\n         \
             Explicitly specify the prefix length ({word}/32) to avoid this warning.\n         \
             This special behaviour is likely to disappear in further releases,\n         \
             fix your scripts!\n"
        ));
    }
    let id = tool.existing_device(device)?;
    if let Some(request) = request6 {
        return addr6::modify(tool, verb, id, &request);
    }
    let Some(local) = request.local()? else {
        // There is no address family to which an empty request could go.
        return Err(NetlinkError::from(Errno::EOPNOTSUPP).into());
    };
    if verb == Verb::Delete {
        return delete(tool, id, &request, local, is_wildcard);
    }
    let address = request.build(&tool.device_name(id), local)?;
    let replaces = verb == Verb::Replace;
    let is_same = |other: &IfAddr| {
        (other.local, other.prefix_len, other.network())
            == (address.local, address.prefix_len, address.network())
    };
    let exists =
        || tool.proc.sys(|sys| sys.link(id)).is_some_and(|link| link.addrs.iter().any(is_same));
    if replaces && exists() {
        // What could change are lifetime and metric; both stay.
        return Ok(());
    }
    Ok(tool.proc.sys(|sys| sys.addr_add(id, address.clone()))?)
}

impl Request<'_> {
    fn build(&self, device: &str, local: Ipv4Addr) -> Result<IfAddr> {
        const LABEL_LEN: usize = 15;
        let (peer, length) = self.peer()?;
        let label = self.label.unwrap_or(device);
        if label.len() > LABEL_LEN {
            let why = "Attribute failed policy validation";
            return Err(NetlinkError::explained(Errno::ERANGE, why).into());
        }
        let mut address = IfAddr::new(local, length, label);
        address.peer = peer.unwrap_or(local);
        address.scope = self.scope.unwrap_or(address.scope);
        address.metric = self.metric;
        address.noprefixroute = self.noprefixroute;
        address.broadcast = match self.broadcast {
            Some(Broadcast::Given(broadcast)) => Some(broadcast),
            Some(Broadcast::Last) if length <= 30 => Some(address.subnet_broadcast()),
            Some(Broadcast::First) if length <= 30 => Some(address.network().network()),
            _ => None,
        };
        Ok(address)
    }
}

fn delete(
    tool: &Tool,
    id: LinkId,
    request: &Request,
    local: Ipv4Addr,
    is_wildcard: bool,
) -> Result<()> {
    let (peer, length) = request.peer()?;
    let peer = peer.unwrap_or(local);
    tool.proc.sys(|sys| {
        sys.addr_del(id, |address| {
            address.local == local
                && request.label.is_none_or(|label| address.label == label)
                && (is_wildcard || (address.prefix_len == length && address.contains(peer)))
        })
    })?;
    Ok(())
}

/// `ip addr flush`: removes all that fits, in rounds, since deletions bring deletions along.
fn flush(tool: &Tool, args: Args) -> Result<()> {
    if args.is_empty() {
        return Err(Failure::new("Flush requires arguments.", 1));
    }
    let filter = Filter::parse(tool, tool.options.family, args)?;
    let is_loud = tool.options.statistics > 0;
    let mut round = 0;
    loop {
        let found = matching(tool, &filter);
        let found6 = matching6(tool, &filter);
        if found.is_empty() && found6.is_empty() {
            break;
        }
        round += 1;
        for (link, address) in &found {
            if tool.options.statistics > 1 {
                tool.print(&addr4::describe(tool, link, address, true));
            }
            // One that is gone already went with its primary.
            let _ = tool.proc.sys(|sys| sys.addr_del(link.id, |other| other == address));
        }
        for (link, address) in &found6 {
            if tool.options.statistics > 1 {
                tool.print(&addr6::describe(tool, link, address, true));
            }
            // It was just listed.
            let _ = tool.proc.sys(|sys| sys.addr6_del(link.id, address.local, address.prefix_len));
        }
        if is_loud {
            let count = found.len() + found6.len();
            tool.print(&format!("\n*** Round {round}, deleting {count} addresses ***\n"));
        }
        if filter.secondary == Some(false) {
            break;
        }
    }
    if is_loud && round == 0 {
        tool.print("Nothing to flush.\n");
    } else if is_loud {
        let plural = if round > 1 { "s" } else { "" };
        tool.print(&format!("*** Flush is complete after {round} round{plural} ***\n"));
    }
    Ok(())
}

fn matching6(tool: &Tool, filter: &Filter) -> Vec<(LinkView, If6Addr)> {
    let links = tool.proc.sys(|sys| sys.links()).into_iter();
    let wanted = links.filter(|link| filter.device.is_none_or(|device| link.id == device));
    let all = wanted.flat_map(|link| {
        let addresses = link.addrs6.clone();
        addresses.into_iter().map(move |address| (link.clone(), address))
    });
    all.filter(|(_, address)| filter.fits_address6(address)).collect()
}

fn matching(tool: &Tool, filter: &Filter) -> Vec<(LinkView, IfAddr)> {
    let links = tool.proc.sys(|sys| sys.links());
    let wanted = links
        .into_iter()
        .filter(|link| filter.device.is_none_or(|device| link.id == device))
        .flat_map(|link| {
            let addresses = link.addrs.clone();
            addresses.into_iter().map(move |address| (link.clone(), address))
        });
    wanted.filter(|(_, address)| filter.fits_address(address)).collect()
}
