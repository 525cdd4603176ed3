//! `ip neigh`: who has which hardware address.

use std::net::IpAddr;

use ipnet::IpNet;

use super::prefix;
use super::{Family, Tool, json, usage};
use crate::kernel::ip::neighbor::Nud;
use crate::kernel::sys::neigh::{EntryMode, NeighborView};
use crate::kernel::{Errno, LinkId, NetlinkError};
use crate::shell::args::{Args, Failure, Result, abbreviated, abbreviates, unsigned};
use crate::wire::Ipv4Addr;

#[derive(Debug, Clone, Copy)]
enum Command {
    Modify(Verb),
    Get,
    Show,
    Flush,
    Help,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Set(EntryMode),
    Delete,
}

const COMMANDS: &[(&str, Command)] = &[
    ("add", Command::Modify(Verb::Set(EntryMode::Add))),
    ("change", Command::Modify(Verb::Set(EntryMode::Change))),
    ("chg", Command::Modify(Verb::Set(EntryMode::Change))),
    ("replace", Command::Modify(Verb::Set(EntryMode::Replace))),
    ("delete", Command::Modify(Verb::Delete)),
    ("get", Command::Get),
    ("show", Command::Show),
    ("lst", Command::Show),
    ("list", Command::Show),
    ("flush", Command::Flush),
    ("help", Command::Help),
];

/// `ip neigh`.
pub fn run(tool: &Tool, mut args: Args) -> Result<()> {
    let Some(word) = args.next() else { return show(tool, args) };
    match abbreviated(word, COMMANDS) {
        Some(Command::Modify(verb)) => modify(tool, verb, args),
        Some(Command::Get) => get(tool, args),
        Some(Command::Show) => show(tool, args),
        Some(Command::Flush) => flush(tool, args),
        Some(Command::Help) => Err(Failure::usage(usage::NEIGH)),
        None => Err(Failure::unknown_command(word, "ip neigh help")),
    }
}

/// The state that a word names; inside, `None` is the state of an entry that has none.
fn state(word: &str) -> Option<Option<Nud>> {
    Some(Some(match word {
        _ if abbreviates(word, "permanent") => Nud::Permanent,
        _ if abbreviates(word, "reachable") => Nud::Reachable,
        "noarp" => Nud::NoArp,
        "none" => return Some(None),
        "stale" => Nud::Stale,
        "incomplete" => Nud::Incomplete,
        "delay" => Nud::Delay,
        "probe" => Nud::Probe,
        _ if abbreviates(word, "failed") => Nud::Failed,
        _ => match unsigned(word, 0xff)? {
            0x01 => Nud::Incomplete,
            0x02 => Nud::Reachable,
            0x04 => Nud::Stale,
            0x08 => Nud::Delay,
            0x10 => Nud::Probe,
            0x20 => Nud::Failed,
            0x40 => Nud::NoArp,
            0x80 => Nud::Permanent,
            0 => return Some(None),
            _ => return None,
        },
    }))
}

/// One entry, as it is listed; an unwanted device is left out.
pub fn describe(tool: &Tool, entry: &NeighborView, shows_device: bool) -> String {
    let device = if shows_device { tool.device_name(entry.link) } else { String::new() };
    if tool.options.brief {
        let device = if shows_device { format!("{device:<16} ") } else { device };
        let mac = entry.mac.map(|mac| mac.to_string()).unwrap_or_default();
        return format!("{:<39} {device}{mac}\n", entry.ip);
    }
    let mut text = format!("{} ", entry.ip);
    if shows_device {
        text += &format!("dev {device} ");
    }
    if let Some(mac) = entry.mac {
        text += &format!("lladdr {mac} ");
    }
    if entry.router {
        text += "router ";
    }
    if tool.options.statistics > 0 {
        let (used, confirmed, updated) = entry.ages;
        text += &format!(" used {used}/{confirmed}/{updated}probes {} ", entry.probes);
    }
    text + entry.state.name() + " \n"
}

/// What is said about an entry.
#[derive(Debug, Default)]
struct Request<'a> {
    address: Option<&'a str>,
    device: Option<&'a str>,
    lladdr: Option<&'a str>,
    state: Option<Option<Nud>>,
    is_proxy: bool,
}

impl<'a> Request<'a> {
    fn parse(args: &mut Args<'a>) -> Result<Request<'a>> {
        let mut request = Request::default();
        while let Some(word) = args.next() {
            match word {
                _ if abbreviates(word, "lladdr") => {
                    let value = args.value()?;
                    if request.lladdr.replace(value).is_some() {
                        return Err(Failure::duplicate("lladdr", value));
                    }
                }
                "nud" => {
                    let value = args.value()?;
                    let bad = || Failure::wrong(value, "nud state is bad");
                    request.state = Some(state(value).ok_or_else(bad)?);
                }
                _ if abbreviates(word, "proxy") => {
                    let value = args.value()?;
                    if abbreviates(value, "help") {
                        return Err(Failure::usage(usage::NEIGH));
                    }
                    if request.address.replace(value).is_some() {
                        return Err(Failure::duplicate("address", value));
                    }
                    request.is_proxy = true;
                }
                "dev" => request.device = Some(args.value()?),
                "router" | "use" | "managed" => return Err(not_simulated(word)),
                _ if abbreviates(word, "extern_learn") || abbreviates(word, "protocol") => {
                    return Err(not_simulated(word));
                }
                _ => {
                    let value = if word == "to" { args.value()? } else { word };
                    if abbreviates(value, "help") {
                        // Here the real tool wants one more word, and then takes it for an address.
                        args.value()?;
                    }
                    if request.address.replace(value).is_some() {
                        return Err(Failure::garbage("to", value));
                    }
                }
            }
        }
        Ok(request)
    }
}

fn not_simulated(option: &str) -> Failure {
    Failure::not_simulated(format_args!("ip neigh: option {option}"))
}

fn modify(tool: &Tool, verb: Verb, mut args: Args) -> Result<()> {
    let request = Request::parse(&mut args)?;
    let family = tool.options.family;
    let address = request.address.map(|word| prefix::any_address(word, family)).transpose()?;
    let has_device = request.device.is_some() || request.is_proxy;
    let (Some(ip), true) = (address, has_device) else {
        let line = "Device and destination are required arguments.";
        return Err(Failure::new(line, 255));
    };
    let lladdr = request.lladdr.filter(|word| *word != "null").map(prefix::lladdr).transpose()?;
    let device = request.device.map(|name| tool.existing_device(name)).transpose()?;
    let mac = match lladdr {
        None => None,
        Some(bytes) => Some(
            prefix::mac_of(&bytes)
                .ok_or_else(|| NetlinkError::explained(Errno::EINVAL, "Invalid link address"))?,
        ),
    };
    let proxied = match ip {
        IpAddr::V4(ip) => Some(ip).filter(|_| request.is_proxy),
        IpAddr::V6(_) if request.is_proxy => return Err(not_simulated("proxy of IPv6")),
        IpAddr::V6(_) => None,
    };
    tool.proc.sys(|sys| match (verb, device) {
        (Verb::Delete, _) if let Some(ip) = proxied => sys.proxy_del(ip, device),
        (Verb::Set(_), _) if let Some(ip) = proxied => sys.proxy_add(ip, device),
        (_, None) => Err(NetlinkError::explained(Errno::EINVAL, "No device")),
        (Verb::Delete, Some(device)) => sys.neigh_del(device, ip),
        (Verb::Set(mode), Some(device)) => {
            let state = request.state.unwrap_or(Some(Nud::Permanent)).unwrap_or(Nud::Stale);
            sys.neigh_add(device, ip, mac, state, mode)
        }
    })?;
    Ok(())
}

/// Which entries are wanted.
#[derive(Debug)]
struct Filter {
    device: Option<LinkId>,
    family: Family,
    to: Option<IpNet>,
    /// The bridge of the device; inside, `None` wants devices without one.
    master: Option<Option<LinkId>>,
    states: Vec<Nud>,
    proxies: bool,
}

const ALL_STATES: [Nud; 8] = [
    Nud::Incomplete,
    Nud::Reachable,
    Nud::Stale,
    Nud::Delay,
    Nud::Probe,
    Nud::Failed,
    Nud::Permanent,
    Nud::NoArp,
];

impl Filter {
    fn parse(tool: &Tool, mut args: Args, spares: &[Nud], all_spares: &[Nud]) -> Result<Filter> {
        let but = |spared: &[Nud]| -> Vec<Nud> {
            ALL_STATES.into_iter().filter(|state| !spared.contains(state)).collect()
        };
        let mut filter = Filter {
            device: None,
            to: None,
            master: None,
            states: but(spares),
            proxies: false,
            family: tool.options.family,
        };
        let (mut device, mut state_given) = (None, false);
        while let Some(word) = args.next() {
            match word {
                "dev" => {
                    let value = args.value()?;
                    if device.replace(value).is_some() {
                        return Err(Failure::duplicate("dev", value));
                    }
                }
                "master" => filter.master = Some(Some(tool.device_value(&mut args)?)),
                "nomaster" => filter.master = Some(None),
                "vrf" => return Err(Failure::wrong(args.value()?, "Not a valid VRF name\n")),
                "unused" => return Err(not_simulated(word)),
                "nud" => {
                    let value = args.value()?;
                    if !std::mem::replace(&mut state_given, true) {
                        filter.states.clear();
                    }
                    match state(value) {
                        Some(state) => filter.states.extend(state),
                        None if value == "all" => filter.states = but(all_spares),
                        None => return Err(Failure::wrong(value, "nud state is bad")),
                    }
                }
                "proxy" => filter.proxies = true,
                _ if abbreviates(word, "protocol") => return Err(not_simulated(word)),
                _ => {
                    let value = if word == "to" { args.value()? } else { word };
                    if abbreviates(value, "help") {
                        return Err(Failure::usage(usage::NEIGH));
                    }
                    let prefix = prefix::prefix(value, tool.options.family)?;
                    filter.to = prefix.net();
                }
            }
        }
        filter.device = device.map(|name| tool.existing_device(name)).transpose()?;
        Ok(filter)
    }

    fn wants_family(&self, ip: IpAddr) -> bool {
        if ip.is_ipv4() { self.family.has_inet() } else { self.family.has_inet6() }
    }

    fn fits(&self, tool: &Tool, entry: &NeighborView) -> bool {
        let master = || tool.proc.sys(|sys| sys.link(entry.link)).and_then(|link| link.master);
        self.wants_family(entry.ip)
            && self.device.is_none_or(|device| entry.link == device)
            && self.states.contains(&entry.state)
            && self.to.is_none_or(|net| net.contains(&entry.ip))
            && self.master.is_none_or(|wanted| master() == wanted)
    }
}

fn show(tool: &Tool, args: Args) -> Result<()> {
    let filter = Filter::parse(tool, args, &[Nud::NoArp], &[])?;
    let shows_device = filter.device.is_none();
    if filter.proxies {
        return show_proxies(tool, &filter, shows_device);
    }
    let entries = tool.proc.sys(|sys| sys.neighbors());
    let wanted = entries.iter().filter(|entry| filter.fits(tool, entry));
    if tool.options.json {
        let objects = wanted.map(|entry| json::route::neighbor(tool, entry, shows_device));
        json::print(tool, objects.collect());
        return Ok(());
    }
    let text: String = wanted.map(|entry| describe(tool, entry, shows_device)).collect();
    tool.print(&text);
    Ok(())
}

fn show_proxies(tool: &Tool, filter: &Filter, shows_device: bool) -> Result<()> {
    let proxies: Vec<(Ipv4Addr, Option<LinkId>)> = tool.proc.sys(|sys| sys.proxies().to_vec());
    let mut text = String::new();
    let mut objects = Vec::new();
    for (ip, link) in proxies {
        let fits = filter.device.is_none_or(|device| link == Some(device))
            && filter.to.is_none_or(|net| net.contains(&IpAddr::V4(ip)));
        if !fits || !filter.family.has_inet() {
            continue;
        }
        let mut object = json::Object::default();
        let device = link.filter(|_| shows_device).map(|link| tool.device_name(link));
        object.put("dst", ip.to_string()).put_some("dev", device);
        object.put("proxy", serde_json::Value::Null);
        objects.push(object);
        text += &match link.filter(|_| shows_device) {
            Some(link) => format!("{ip} dev {} proxy \n", tool.device_name(link)),
            None => format!("{ip} proxy \n"),
        };
    }
    if tool.options.json {
        json::print(tool, objects);
        return Ok(());
    }
    tool.print(&text);
    Ok(())
}

fn get(tool: &Tool, mut args: Args) -> Result<()> {
    let (mut address, mut device) = (None, None);
    while let Some(word) = args.next() {
        match word {
            "dev" => device = Some(args.value()?),
            _ if abbreviates(word, "proxy") => return Err(not_simulated("proxy of get")),
            _ => {
                let value = if word == "to" { args.value()? } else { word };
                if abbreviates(value, "help") {
                    return Err(Failure::usage(usage::NEIGH));
                }
                if address.is_some() {
                    return Err(Failure::garbage("to", value));
                }
                address = Some(prefix::any_address(value, tool.options.family)?);
            }
        }
    }
    let (Some(ip), Some(device)) = (address, device) else {
        return Err(Failure::new("Device and address are required arguments.", 1));
    };
    let link = tool.existing_device(device)?;
    let entries = tool.proc.sys(|sys| sys.neighbors());
    let found = entries.iter().find(|entry| (entry.link, entry.ip) == (link, ip));
    let Some(entry) = found else {
        let error = NetlinkError::explained(Errno::ENOENT, "Neighbour entry not found");
        return Err(Failure::new(error, 2));
    };
    tool.print(&describe(tool, entry, true));
    Ok(())
}

/// `ip neigh flush`: entries that somebody put there stay, unless they are asked for by state.
fn flush(tool: &Tool, args: Args) -> Result<()> {
    if args.is_empty() {
        return Err(Failure::new("Flush requires arguments.", 1));
    }
    let spares = [Nud::Permanent, Nud::NoArp];
    let filter = Filter::parse(tool, args, &spares, &[Nud::NoArp])?;
    let entries = tool.proc.sys(|sys| sys.neighbors());
    let doomed: Vec<&NeighborView> =
        entries.iter().filter(|entry| filter.fits(tool, entry)).collect();
    for entry in &doomed {
        if tool.options.statistics > 1 {
            tool.print(&describe(tool, entry, filter.device.is_none()));
        }
        // It was there just now.
        let _ = tool.proc.sys(|sys| sys.neigh_del(entry.link, entry.ip));
    }
    if tool.options.statistics > 0 {
        tool.print(&match doomed.len() {
            0 => "Nothing to flush.\n".to_owned(),
            count => format!(
                "\n*** Round 1, deleting {count} entries ***\n\
                 *** Flush is complete after 1 round ***\n"
            ),
        });
    }
    Ok(())
}
