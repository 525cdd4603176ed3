//! `bridge fdb show`.

use super::super::super::args::{Args, Failure, Result, abbreviated, abbreviates};
use super::super::super::args::{leading_number, unsigned};
use super::super::super::ip::{Tool, json};
use super::super::device::existing;
use super::entry::{USAGE, bits, state_bits};
use crate::kernel::LinkId;
use crate::kernel::link::vxlan::Remote;
use crate::kernel::sys::dump::KindView;
use crate::kernel::sys::fdb::FdbView;

/// What an entry has to be like.
#[derive(Debug, Default)]
struct Filter {
    device: Option<LinkId>,
    bridge: Option<LinkId>,
    vlan: u16,
    state: u64,
    dynamic: bool,
}

/// `bridge fdb show`.
pub fn run(tool: &Tool, args: Args) -> Result<()> {
    let filter = parse(tool, args)?;
    let entries = tool.proc.sys(|sys| sys.fdb());
    let wanted = entries.iter().filter(|view| filter.wants(tool, view));
    if tool.options.json {
        let with_device = filter.device.is_none();
        let objects = wanted.map(|view| json::link::station(tool, view, with_device));
        json::print(tool, objects.collect());
        return Ok(());
    }
    let text: String = wanted.map(|view| describe(tool, view, filter.device.is_none())).collect();
    tool.print(&text);
    Ok(())
}

fn parse(tool: &Tool, mut args: Args) -> Result<Filter> {
    let (mut device, mut bridge) = (None, None);
    let mut filter = Filter::default();
    while let Some(word) = args.next() {
        match word {
            "brport" | "dev" => device = Some(args.value()?),
            "br" => bridge = Some(args.value()?),
            "vlan" => {
                let value = args.value()?;
                if filter.vlan != 0 {
                    return Err(Failure::duplicate("vlan", value));
                }
                filter.vlan = leading_number(value) as u16;
            }
            "state" => {
                let value = args.value()?;
                filter.state |=
                    state(value).ok_or_else(|| Failure::wrong(value, "invalid state"))?;
            }
            "dynamic" => filter.dynamic = true,
            _ if abbreviates(word, "help") => return Err(Failure::usage(USAGE)),
            _ => {}
        }
    }
    filter.bridge = bridge.map(|name| existing(tool, name, "bridge device")).transpose()?;
    filter.device = device.map(|name| tool.existing_device(name)).transpose()?;
    Ok(filter)
}

fn state(word: &str) -> Option<u64> {
    const NAMES: &[(&str, u64)] = &[
        ("permanent", bits::PERMANENT),
        ("static", bits::NOARP),
        ("temp", bits::NOARP),
        ("stale", bits::STALE),
        ("reachable", bits::REACHABLE),
        ("dynamic", bits::REACHABLE),
    ];
    let number = || match word {
        "all" => Some(u64::MAX),
        _ => unsigned(word, u64::from(u32::MAX)),
    };
    abbreviated(word, NAMES).or_else(number)
}

impl Filter {
    fn wants(&self, tool: &Tool, view: &FdbView) -> bool {
        let is_of_bridge = |bridge: LinkId| {
            let master = tool.proc.sys(|sys| sys.link(view.link)?.port.map(|port| port.bridge));
            view.link == bridge || master == Some(bridge)
        };
        self.device.is_none_or(|device| view.link == device)
            && self.bridge.is_none_or(is_of_bridge)
            && (self.vlan == 0 || view.vlan == Some(self.vlan))
            && (self.state == 0 || state_bits(view) & self.state != 0)
            && !(self.dynamic && view.state == "permanent")
    }
}

/// One entry; `with_device` unless it is known from which device it comes.
pub fn describe(tool: &Tool, view: &FdbView, with_device: bool) -> String {
    let mut text = format!("{} ", view.mac);
    if with_device {
        text += &format!("dev {} ", tool.device_name(view.link));
    }
    if let Some(remote) = &view.remote {
        text += &format!("dst {} ", remote.ip);
    }
    if let Some(vlan) = view.vlan {
        text += &format!("vlan {vlan} ");
    }
    if let Some(remote) = &view.remote {
        text += &remote_words(tool, view.link, remote);
    }
    let is_dated = view.remote.is_some() || view.master.is_some();
    if tool.options.statistics > 0 && is_dated {
        text += &format!("used {}/{} ", view.ages.0, view.ages.1);
    }
    text += &match view.master {
        Some(bridge) => format!("master {} ", tool.device_name(bridge)),
        None => "self ".to_owned(),
    };
    text + view.state + "\n"
}

/// How the host behind a VXLAN device is reached, where it is not as the device says.
fn remote_words(tool: &Tool, vxlan: LinkId, remote: &Remote) -> String {
    let mut text = String::new();
    if let Some(port) = remote.port {
        text += &format!("port {port} ");
    }
    if let Some(vni) = remote.vni {
        text += &format!("vni {vni} ");
    }
    let foreign = tool.proc.sys(|sys| match sys.link(vxlan)?.kind {
        KindView::Vxlan(config) if config.underlay != sys.ns() => sys.nsid_of(config.underlay),
        _ => None,
    });
    if let Some(device) = remote.via {
        text += &match foreign {
            Some(_) => {
                let ifindex = tool.proc.sys(|sys| sys.link(device)).map_or(0, |link| link.ifindex);
                format!("via ifindex {ifindex} ")
            }
            None => format!("via {} ", tool.device_name(device)),
        };
    }
    if let Some(nsid) = foreign {
        text += &format!("link-netnsid {nsid} ");
    }
    text
}
