//! `ip link` of busybox.

use super::super::prefix as parse;
use super::super::{Family, Tool};
use super::words::{device, failure, garbage, invalid, number, refused, value};
use crate::kernel::link::MacvlanMode;
use crate::kernel::link::admin::{KindSpec, LinkSpec};
use crate::kernel::sys::dump::{KindView, LinkView};
use crate::kernel::sys::link::LinkChange;
use crate::kernel::{Errno, LinkId, NetlinkError};
use crate::process::Pid;
use crate::shell::args::{Args, Failure, Result, abbreviated};
use crate::wire::MacAddr;

#[derive(Debug, Clone, Copy)]
enum Command {
    Add,
    Delete,
    Set,
    Show,
}

const COMMANDS: &[(&str, Command)] = &[
    ("add", Command::Add),
    ("delete", Command::Delete),
    ("set", Command::Set),
    ("show", Command::Show),
    ("lst", Command::Show),
    ("list", Command::Show),
];

/// `ip link`: nearly all its errors have status 2.
pub fn run(tool: &Tool, mut args: Args) -> Result<()> {
    let result = match args.next() {
        None => show(tool, args),
        Some(word) => match abbreviated(word, COMMANDS) {
            Some(Command::Add) => add(tool, args),
            Some(Command::Delete) => delete(tool, args),
            Some(Command::Set) => set(tool, args),
            Some(Command::Show) => show(tool, args),
            None => Err(invalid(word, "ip")),
        },
    };
    result.map_err(|failure| match failure.text.contains("lladdr") || failure.text.is_empty() {
        true => failure,
        false => Failure { status: 2, ..failure },
    })
}

fn show(tool: &Tool, mut args: Args) -> Result<()> {
    let (mut name, mut only_up) = (None, false);
    while let Some(word) = args.next() {
        if word == "up" {
            only_up = true;
            continue;
        }
        let word = if word == "dev" { value(&mut args)? } else { word };
        if name.replace(word).is_some() {
            return Err(garbage("dev", word));
        }
    }
    let wanted = name.map(|name| device(tool, name)).transpose()?;
    let links = tool.proc.sys(|sys| sys.links());
    let shown = links
        .iter()
        .filter(|link| wanted.is_none_or(|wanted| link.id == wanted) && (!only_up || link.up));
    let text: String = shown.map(|link| describe(tool, link, Family::Any)).collect();
    tool.print(&text);
    Ok(())
}

/// A device, as it is described in front of its addresses of a family.
pub fn describe(tool: &Tool, link: &LinkView, family: Family) -> String {
    let mut text = format!("{}: {}", link.ifindex, link.name);
    let mut lower_is_down = false;
    if let Some(peer) = link.peer.filter(|peer| peer.nsid.is_some() || peer.ifindex != link.ifindex)
    {
        // The number of the other end is looked up here, wherever that end is.
        let other = tool.proc.sys(|sys| sys.link_at(sys.ns(), peer.ifindex).map(|id| sys.link(id)));
        let other = other.flatten();
        lower_is_down = other.as_ref().is_none_or(|other| !other.up);
        text += &match other {
            Some(other) => format!("@{}", other.name),
            None => format!("@if{}", peer.ifindex),
        };
    }
    text += &format!(": <{}> mtu {} ", flags(link, lower_is_down), link.mtu);
    // What the kernel's IPv6 tells of a device is less.
    if family != Family::Inet6 {
        text += &format!("qdisc {} ", link.qdisc);
        if let Some(master) = link.master {
            text += &format!("master {} ", tool.device_name(master));
        }
    }
    if link.tx_queue_len != 0 {
        text += &format!("qlen {}", link.tx_queue_len);
    }
    if matches!(family, Family::Any | Family::Link) {
        let (kind, broadcast) = match link.kind {
            KindView::Loopback => ("loopback", MacAddr(0, 0, 0, 0, 0, 0)),
            _ => ("ether", MacAddr(255, 255, 255, 255, 255, 255)),
        };
        text += &format!("{}    link/{kind} {} brd {broadcast}", tool.newline(), link.mac);
    }
    text + "\n"
}

/// The flags that have names, and the sum of the others.
fn flags(link: &LinkView, lower_is_down: bool) -> String {
    let is_loopback = matches!(link.kind, KindView::Loopback);
    let settings = &link.settings;
    let named = [
        (link.up && !link.carrier, "NO-CARRIER"),
        (is_loopback, "LOOPBACK"),
        (!is_loopback, "BROADCAST"),
        (!is_loopback && settings.multicast, "MULTICAST"),
        (!settings.arp, "NOARP"),
        (link.up, "UP"),
        (link.up && link.carrier, "LOWER_UP"),
    ];
    let words: Vec<&str> = named.iter().filter(|(on, _)| *on).map(|(_, word)| *word).collect();
    let mut text = words.join(",");
    let others = [(settings.promisc, 0x100), (settings.allmulti, 0x200)];
    let others: u32 = others.iter().filter(|(on, _)| *on).map(|(_, bit)| bit).sum();
    if others != 0 {
        text += &format!("{others:x}");
    }
    text + if lower_is_down { ",M-DOWN" } else { "" }
}

/// What `set` asks for, in the order in which it is done.
#[derive(Debug, Default)]
struct Request<'a> {
    name: Option<&'a str>,
    up: Option<bool>,
    new_name: Option<&'a str>,
    mac: Option<&'a str>,
    broadcast: Option<&'a str>,
    mtu: Option<u32>,
    queue_len: Option<u32>,
    switches: Vec<LinkChange>,
    master: Option<Option<&'a str>>,
    pid: Option<Pid>,
}

fn set(tool: &Tool, mut args: Args) -> Result<()> {
    let mut request = Request::default();
    while let Some(word) = args.next() {
        match word {
            "up" => request.up = Some(true),
            "down" => request.up = Some(false),
            "name" => request.new_name = Some(value(&mut args)?),
            "mtu" => {
                if request.mtu.is_some() {
                    return Err(garbage("mtu", value(&mut args)?));
                }
                request.mtu = Some(number(&mut args, "mtu")?);
            }
            "qlen" => {
                if request.queue_len.is_some() {
                    return Err(garbage("qlen", value(&mut args)?));
                }
                request.queue_len = Some(number(&mut args, "qlen")?);
            }
            "multicast" => request.switches.push(LinkChange::Multicast(on_off(&mut args, word)?)),
            "arp" => request.switches.push(LinkChange::Arp(on_off(&mut args, word)?)),
            "promisc" => request.switches.push(LinkChange::Promisc(on_off(&mut args, word)?)),
            "address" | "addr" => request.mac = Some(value(&mut args)?),
            "broadcast" | "brd" => request.broadcast = Some(value(&mut args)?),
            "master" => request.master = Some(Some(value(&mut args)?)),
            "nomaster" => request.master = Some(None),
            "netns" => {
                let word = value(&mut args)?;
                let pid = word.parse().map_err(|_| invalid(word, "netns"))?;
                request.pid = Some(Pid(pid));
            }
            _ => {
                let word = if word == "dev" { value(&mut args)? } else { word };
                if request.name.replace(word).is_some() {
                    return Err(garbage("dev", word));
                }
            }
        }
    }
    request.apply(tool)
}

fn on_off(args: &mut Args, option: &str) -> Result<bool> {
    match value(args)? {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(failure(format_args!("argument of \"{option}\" must be \"on\" or \"off\""))),
    }
}

/// An error of one of the old calls by which this tool works.
fn call_failed(call: &str, error: impl Into<NetlinkError>) -> Failure {
    failure(format_args!("{call}: {}", error.into().errno()))
}

impl Request<'_> {
    fn apply(self, tool: &Tool) -> Result<()> {
        let Some(name) = self.name else {
            return Err(failure("\"dev\" requires an argument"));
        };
        let sys = &tool.proc;
        // What goes by netlink comes first, and knows the reproach of a missing device.
        if let Some(master) = self.master {
            let master = master.map(|master| device(tool, master)).transpose()?;
            let id = device(tool, name)?;
            match master {
                Some(master) => {
                    sys.sys(|sys| sys.link_set_master(id, master)).map_err(refused)?;
                }
                None => sys.sys(|sys| sys.link_set_nomaster(id)).map_err(refused)?,
            }
        }
        if let Some(pid) = self.pid {
            let id = device(tool, name)?;
            let ns = sys.ns_of(pid).ok_or_else(|| refused(Errno::ESRCH))?;
            sys.sys(|sys| sys.link_set_ns(id, ns, None)).map_err(refused)?;
        }
        if self.broadcast.is_some() {
            return Err(Failure::not_simulated("ip link: option broadcast"));
        }
        let mac = self.mac.map(hardware_address).transpose()?;
        let find = |call: &str| {
            let id = sys.sys(|sys| sys.link_named(name));
            id.ok_or_else(|| call_failed(call, Errno::ENODEV))
        };
        if let Some(mac) = mac {
            let id = find("SIOCSIFHWADDR")?;
            sys.sys(|sys| sys.link_set_mac(id, mac))
                .map_err(|error| call_failed("SIOCSIFHWADDR", error))?;
        }
        if let Some(new_name) = self.new_name {
            let id = find("SIOCSIFNAME")?;
            sys.sys(|sys| sys.link_rename(id, new_name))
                .map_err(|error| call_failed("SIOCSIFNAME", error))?;
        }
        // From here on it is known by its new name.
        let name = self.new_name.unwrap_or(name);
        let find = |call: &str| {
            let id = sys.sys(|sys| sys.link_named(name));
            id.ok_or_else(|| call_failed(call, Errno::ENODEV))
        };
        if let Some(len) = self.queue_len {
            let id = find("SIOCSIFTXQLEN")?;
            sys.sys(|sys| sys.link_set_tx_queue_len(id, len))
                .map_err(|error| call_failed("SIOCSIFTXQLEN", error))?;
        }
        if let Some(mtu) = self.mtu {
            let id = find("SIOCSIFMTU")?;
            sys.sys(|sys| sys.link_set_mtu(id, mtu))
                .map_err(|error| call_failed("SIOCSIFMTU", error))?;
        }
        if self.up.is_some() || !self.switches.is_empty() {
            let id = find("SIOCGIFFLAGS")?;
            for change in self.switches {
                sys.sys(|sys| sys.link_set(id, change))
                    .map_err(|error| call_failed("SIOCSIFFLAGS", error))?;
            }
            match self.up {
                Some(true) => sys
                    .sys(|sys| sys.link_up(id))
                    .map_err(|error| call_failed("SIOCSIFFLAGS", error))?,
                Some(false) => sys
                    .sys(|sys| sys.link_down(id))
                    .map_err(|error| call_failed("SIOCSIFFLAGS", error))?,
                None => {}
            }
        }
        Ok(())
    }
}

fn hardware_address(word: &str) -> Result<MacAddr> {
    let wrong = || Failure::new(format_args!("ip: \"{word}\" is invalid lladdr"), 1);
    parse::mac(word).map_err(|_| wrong())
}

fn add(tool: &Tool, mut args: Args) -> Result<()> {
    let (mut name, mut kind, mut parent, mut mac) = (None, None, None, None);
    while let Some(word) = args.next() {
        match word {
            "type" => {
                kind = Some(value(&mut args)?);
                break;
            }
            "link" => parent = Some(value(&mut args)?),
            "address" | "addr" => mac = Some(hardware_address(value(&mut args)?)?),
            _ => {
                let word = if matches!(word, "dev" | "name") { value(&mut args)? } else { word };
                if name.replace(word).is_some() {
                    return Err(garbage("name", word));
                }
            }
        }
    }
    let parent = parent.map(|name| device(tool, name)).transpose()?;
    let ns = tool.proc.ns();
    let kind = match kind {
        Some("bridge") => KindSpec::Bridge,
        Some("dummy") => KindSpec::Dummy,
        Some("veth") => KindSpec::Veth(Box::new(veth_peer(tool, &mut args)?)),
        Some("vlan") => vlan(parent, &mut args)?,
        Some("macvlan") => KindSpec::Macvlan { parent, mode: MacvlanMode::Vepa },
        _ => return Err(refused(Errno::EOPNOTSUPP)),
    };
    if let Some(word) = args.next() {
        return Err(invalid(word, "type"));
    }
    let spec = LinkSpec { name: name.map(str::to_owned), mac, ..LinkSpec::new(ns, "", kind) };
    tool.proc.sys(|sys| sys.link_add(&spec)).map(drop).map_err(refused)
}

fn veth_peer(tool: &Tool, args: &mut Args) -> Result<LinkSpec> {
    let mut peer = LinkSpec::new(tool.proc.ns(), "", KindSpec::Dummy);
    peer.name = None;
    if args.eat("peer") {
        if args.eat("name") {
            peer.name = Some(value(args)?.to_owned());
        } else if let Some(word) = args.next() {
            peer.name = Some(word.to_owned());
        }
    }
    Ok(peer)
}

fn vlan(parent: Option<LinkId>, args: &mut Args) -> Result<KindSpec> {
    let mut id = None;
    while let Some(word) = args.next() {
        match word {
            "id" => id = Some(number(args, "id")?),
            _ => return Err(Failure::not_simulated(format_args!("ip link: vlan option {word}"))),
        }
    }
    match (parent, id) {
        (Some(_), Some(id @ 0..=4094)) => Ok(KindSpec::Vlan { parent, id: id as u16 }),
        _ => Err(refused(Errno::EINVAL)),
    }
}

fn delete(tool: &Tool, mut args: Args) -> Result<()> {
    let mut name = None;
    while let Some(word) = args.next() {
        match word {
            "type" => {
                value(&mut args)?;
            }
            _ => {
                let word = if matches!(word, "dev" | "name") { value(&mut args)? } else { word };
                if name.replace(word).is_some() {
                    return Err(garbage("name", word));
                }
            }
        }
    }
    let Some(name) = name else { return Err(Failure::silent(1)) };
    let id = device(tool, name)?;
    tool.proc.sys(|sys| sys.link_del(id)).map_err(refused)
}
