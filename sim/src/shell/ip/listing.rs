//! `ip link show` and `ip addr show`, which are one command with two faces: the filter, and the list.

use std::net::IpAddr;

use ipnet::IpNet;

use super::link::print::{self, Command};
use super::link::statistics;
use super::names::{Naming, scope_filter};
use super::{Family, Tool, addr4, addr6, json, prefix, usage};
use crate::kernel::LinkId;
use crate::kernel::link::IfAddr;
use crate::kernel::sys::If6Addr;
use crate::kernel::sys::dump::LinkView;
use crate::shell::args::{Args, Failure, Result, abbreviates};
use crate::shell::sh::pattern;

/// Which devices and addresses are wanted.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of this family.
    pub family: Family,
    /// Only this device.
    pub device: Option<LinkId>,
    up: bool,
    group: Option<u32>,
    /// Inside, `None` means those without a master.
    master: Option<Option<LinkId>>,
    kind: Option<String>,
    port_kind: Option<String>,
    label: Option<String>,
    scope: Option<u8>,
    to: Option<IpNet>,
    /// Whether addresses have to be secondary, or must not be.
    pub secondary: Option<bool>,
    /// Flags that only IPv6 addresses have, and whether an address must have each.
    flags6: Vec<(String, bool)>,
    /// A flag that no address has, or that every address lacks: nothing, or all, fits.
    impossible: bool,
}

/// What a flag of addresses says about IPv4 addresses that never expire.
enum Flag {
    Secondary,
    Permanent,
    NoPrefixRoute,
    /// Only IPv6 addresses have it.
    Never,
}

fn flag(word: &str) -> Option<Flag> {
    Some(match word {
        "secondary" | "temporary" => Flag::Secondary,
        "permanent" => Flag::Permanent,
        "noprefixroute" => Flag::NoPrefixRoute,
        "nodad" | "optimistic" | "dadfailed" | "home" | "deprecated" | "tentative"
        | "mngtmpaddr" | "autojoin" | "stable-privacy" => Flag::Never,
        _ => return None,
    })
}

impl Filter {
    /// Reads a filter.
    pub fn parse(tool: &Tool, family: Family, mut args: Args) -> Result<Filter> {
        let mut filter = Filter { family, ..Filter::default() };
        let mut device = None;
        while let Some(word) = args.next() {
            match word {
                "to" => {
                    let prefix = prefix::prefix(args.value()?, filter.family)?;
                    filter.to = prefix.net().filter(|_| prefix.address.is_some());
                    if filter.family == Family::Any && prefix.address.is_some() {
                        let is_inet = matches!(filter.to, Some(IpNet::V4(_)));
                        filter.family = if is_inet { Family::Inet } else { Family::Inet6 };
                    }
                }
                "scope" => filter.scope = scope_filter(tool, args.value()?)?,
                "up" => filter.up = true,
                _ if filter.take_flag(word) => {}
                "label" => filter.label = Some(args.value()?.to_owned()),
                "group" => {
                    let value = args.value()?;
                    let group = tool.number_of(Naming::Group, value);
                    let why = "Invalid \"group\" value\n";
                    filter.group = Some(group.ok_or_else(|| Failure::wrong(value, why))?);
                }
                "master" => filter.master = Some(Some(tool.device_value(&mut args)?)),
                "nomaster" => filter.master = Some(None),
                "vrf" => {
                    return Err(Failure::wrong(args.value()?, "Not a valid VRF name\n"));
                }
                "type" => {
                    let kind = args.value()?;
                    match kind.strip_suffix("_slave") {
                        Some(kind) => filter.port_kind = Some(kind.to_owned()),
                        None => filter.kind = Some(kind.to_owned()),
                    }
                }
                _ => {
                    let name = match word {
                        "dev" => args.value()?,
                        word if abbreviates(word, "help") => {
                            return Err(Failure::usage(usage::ADDRESS));
                        }
                        word => word,
                    };
                    if device.replace(name).is_some() {
                        return Err(Failure::garbage("dev", name));
                    }
                }
            }
        }
        if let Some(name) = device {
            let missing = || Failure::new(format_args!("Device \"{name}\" does not exist."), 1);
            filter.device = Some(tool.device(name).ok_or_else(missing)?);
        }
        Ok(filter)
    }

    fn take_flag(&mut self, word: &str) -> bool {
        let (negated, word) = match word.strip_prefix('-') {
            Some(word) => (true, word),
            None => (false, word),
        };
        let (negated, word) = match word {
            "dynamic" => (!negated, "permanent"),
            "primary" => (!negated, "secondary"),
            word => (negated, word),
        };
        match flag(word) {
            Some(Flag::Secondary) => self.secondary = Some(!negated),
            Some(Flag::Permanent) => self.impossible |= negated,
            Some(Flag::Never) => self.flags6.push((word.to_owned(), !negated)),
            Some(Flag::NoPrefixRoute) => self.impossible |= !negated,
            None => return false,
        }
        true
    }

    fn fits_link(&self, link: &LinkView) -> bool {
        let kind_fits = |kind: &String| link.kind.name() == Some(kind.as_str());
        let master_fits = match self.master {
            None => true,
            Some(master) => link.master == master,
        };
        let port_fits = match &self.port_kind {
            None => true,
            Some(kind) => link.port.is_some() && kind == "bridge",
        };
        self.device.is_none_or(|device| link.id == device)
            && (!self.up || link.up)
            && self.group.is_none_or(|group| link.settings.group == group)
            && master_fits
            && port_fits
            && self.kind.as_ref().is_none_or(kind_fits)
    }

    /// Whether an address is wanted.
    pub fn fits_address(&self, address: &IfAddr) -> bool {
        self.family.has_inet()
            && !self.impossible
            && !self.flags6.iter().any(|(_, wanted)| *wanted)
            && self.scope.is_none_or(|scope| address.scope.number() == scope)
            && self.secondary.is_none_or(|secondary| address.secondary == secondary)
            && self.to.is_none_or(|net| net.contains(&IpAddr::V4(address.local)))
            && self.label.as_ref().is_none_or(|label| pattern::fits(label, &address.label))
    }

    /// Whether an IPv6 address is wanted.
    pub fn fits_address6(&self, address: &If6Addr) -> bool {
        let flags = addr6::flags(address);
        let has = |word: &str| flags.contains(&word);
        self.family.has_inet6()
            && !self.impossible
            && self.scope.is_none_or(|scope| address.scope.number() == scope)
            && self.secondary != Some(true)
            && self.flags6.iter().all(|(word, wanted)| has(word) == *wanted)
            && self.to.is_none_or(|net| net.contains(&IpAddr::V6(address.local)))
            && self.label.is_none()
    }

    /// Whether a device has an address that is wanted, or none at all (`ipaddr_filter`).
    fn keeps(&self, link: &LinkView) -> bool {
        if link.addrs.is_empty() && link.addrs6.is_empty() {
            return matches!(self.family, Family::Any | Family::Link);
        }
        link.addrs.iter().any(|address| self.fits_address(address))
            || link.addrs6.iter().any(|address| self.fits_address6(address))
    }
}

/// `ip link show`.
pub fn list_links(tool: &Tool, args: Args) -> Result<()> {
    let filter = Filter::parse(tool, Family::Link, args).map_err(|failure| {
        if failure.text == usage::ADDRESS { Failure::usage(usage::LINK) } else { failure }
    })?;
    let links = tool.proc.sys(|sys| sys.links());
    let wanted = links.iter().filter(|link| filter.label.is_none() && filter.fits_link(link));
    if tool.options.json {
        json::refuse_details(tool)?;
        let describe = |link| match tool.options.brief {
            true => json::link::brief(tool, link, Family::Link),
            false => json::link::describe(tool, link, Command::Link, Family::Link),
        };
        json::print(tool, wanted.map(describe).collect());
        return Ok(());
    }
    let describe = |link| match tool.options.brief {
        true => print::brief(tool, link, Family::Link),
        false => print::describe(tool, link, Command::Link, Family::Link),
    };
    tool.print(&wanted.map(describe).collect::<String>());
    Ok(())
}

/// `ip addr show`.
pub fn list_addresses(tool: &Tool, args: Args) -> Result<()> {
    let filter = Filter::parse(tool, tool.options.family, args)?;
    let only_links = filter.family == Family::Link;
    if tool.options.json {
        json::refuse_details(tool)?;
        json::print(tool, json_addresses(tool, &filter, only_links));
        return Ok(());
    }
    let mut text = String::new();
    for link in tool.proc.sys(|sys| sys.links()) {
        if !filter.fits_link(&link) || !(only_links || filter.keeps(&link)) {
            continue;
        }
        let shows_link = tool.options.brief || only_links || !tool.options.oneline;
        if shows_link && filter.label.is_none() {
            text += &if tool.options.brief {
                print::brief(tool, &link, filter.family)
            } else {
                let command = match filter.device {
                    None if tool.options.family == Family::Inet6 => Command::Address6,
                    _ => Command::Address,
                };
                print::describe(tool, &link, command, filter.family)
            };
        }
        if only_links {
            continue;
        }
        for address in link.addrs.iter().filter(|address| filter.fits_address(address)) {
            text += &addr4::describe(tool, &link, address, false);
        }
        for address in link.addrs6.iter().filter(|address| filter.fits_address6(address)) {
            text += &addr6::describe(tool, &link, address, false);
        }
        if tool.options.brief {
            text.push('\n');
        } else if tool.options.statistics > 0 && !tool.options.oneline && filter.label.is_none() {
            text += &statistics::describe(tool, &link);
            text += tool.newline();
        }
    }
    tool.print(&text);
    Ok(())
}

fn json_addresses(tool: &Tool, filter: &Filter, only_links: bool) -> Vec<json::Object> {
    let links = tool.proc.sys(|sys| sys.links());
    let wanted =
        links.iter().filter(|link| filter.fits_link(link) && (only_links || filter.keeps(link)));
    let describe = |link: &LinkView| {
        let mut object = if tool.options.brief {
            json::link::brief(tool, link, filter.family)
        } else {
            json::link::describe(tool, link, Command::Address, filter.family)
        };
        if !only_links {
            let addresses = link.addrs.iter().filter(|address| filter.fits_address(address));
            let addresses6 = link.addrs6.iter().filter(|address| filter.fits_address6(address));
            let list = addresses
                .map(|address| json::link::address(tool, address).into())
                .chain(addresses6.map(|address| json::link::address6(tool, address).into()));
            object.put("addr_info", list.collect::<Vec<serde_json::Value>>());
        }
        object
    };
    wanted.map(describe).collect()
}
