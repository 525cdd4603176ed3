//! `bridge fdb add`, `append`, `replace`, `delete` and `flush`.

use super::super::super::args::{Args, Failure, Result, abbreviates, leading_number, unsigned};
use super::super::super::ip::{Tool, prefix};
use super::super::device::existing;
use super::entry::{Tables, mac, take_address, vni};
use crate::kernel::link::vxlan::{Remote, VxlanState};
use crate::kernel::sys::dump::KindView;
use crate::kernel::sys::fdb::{FdbMode, FdbView};
use crate::kernel::{Errno, LinkId, NetlinkError};
use crate::wire::{Ipv4Addr, MacAddr};

/// What a command says of an entry.
#[derive(Debug)]
struct Request {
    device: LinkId,
    mac: MacAddr,
    tables: Tables,
    state: &'static str,
    vlan: Option<u16>,
    remote: Option<Ipv4Addr>,
    port: Option<u16>,
    vni: Option<u32>,
    via: Option<LinkId>,
}

fn parse(tool: &Tool, mut args: Args) -> Result<Request> {
    let (mut device, mut address, mut vlan) = (None, None, None);
    let (mut remote, mut port, mut network, mut via) = (None, None, None, None);
    let mut tables = Tables::default();
    // Bits add up in the real tool: `permanent` wins over anything, `dynamic` over `static`.
    let (mut permanent, mut reachable, mut dynamic) = (false, false, false);
    while let Some(word) = args.next() {
        match word {
            "dev" => device = Some(args.value()?),
            "dst" => {
                let value = args.value()?;
                let ip = prefix::address(value, tool.options.family)?;
                if remote.replace(ip).is_some() {
                    return Err(Failure::garbage("dst", value));
                }
            }
            "port" => port = Some(udp_port(args.value()?)?),
            "vni" => network = Some(vni(args.value()?)?),
            "via" => via = Some(tool.existing_device(args.value()?)?),
            "nhid" | "src_vni" => return Err(not_simulated(word)),
            "self" => tables.own = true,
            _ if abbreviates(word, "master") => tables.master = true,
            _ if abbreviates(word, "router") => return Err(not_simulated(word)),
            _ if abbreviates(word, "local") || abbreviates(word, "permanent") => permanent = true,
            _ if abbreviates(word, "temp") || abbreviates(word, "static") => reachable = true,
            _ if abbreviates(word, "dynamic") => dynamic = true,
            _ if abbreviates(word, "vlan") => {
                if vlan.is_some() {
                    return Err(Failure::garbage("vlan", word));
                }
                vlan = Some(leading_number(args.value()?) as u16);
            }
            _ if ["use", "extern_learn", "sticky"].iter().any(|full| abbreviates(word, full)) => {
                return Err(not_simulated(word));
            }
            _ => take_address(&mut address, word, &mut args)?,
        }
    }
    let (Some(device), Some(address)) = (device, address) else {
        return Err(Failure::new("Device and address are required arguments.", 255));
    };
    if !tables.master {
        tables.own = true;
    }
    let state = match (permanent, dynamic, reachable) {
        (false, true, _) => "dynamic",
        (false, false, true) => "static",
        _ => "permanent",
    };
    let mac = mac(address)?;
    let device = tool.existing_device(device)?;
    if vlan.is_some_and(|vlan| vlan == 0 || vlan >= 4095) {
        let text = "RTM_NEWNEIGH with invalid vlan id";
        return Err(NetlinkError::explained(Errno::EINVAL, text).into());
    }
    Ok(Request { device, mac, tables, state, vlan, remote, port, vni: network, via })
}

fn udp_port(word: &str) -> Result<u16> {
    let port = unsigned(word, 0xffff).or_else(|| (word == "vxlan").then_some(4789));
    port.map(|port| port as u16).ok_or_else(|| Failure::wrong(word, "invalid port\n"))
}

fn not_simulated(option: &str) -> Failure {
    Failure::not_simulated(format_args!("bridge fdb: option {option}"))
}

/// `bridge fdb add`, `append` and `replace`.
pub fn add(tool: &Tool, mode: FdbMode, args: Args) -> Result<()> {
    let request = parse(tool, args)?;
    let Request { device, mac, tables, state, vlan, .. } = request;
    let is_port = is_port(tool, device);
    if tables.master && is_port {
        let vlan = vlan.unwrap_or(0);
        tool.proc.sys(|sys| sys.fdb_add_to_bridge(device, mac, vlan, state, mode))?;
    }
    if !tables.own {
        return if is_port { Ok(()) } else { Err(NetlinkError::from(Errno::EOPNOTSUPP).into()) };
    }
    match kind(tool, device) {
        KindView::Vxlan(config) => {
            let ip = request.remote.ok_or(NetlinkError::from(Errno::EINVAL))?;
            let remote = Remote {
                ip,
                port: request.port.filter(|port| *port != 0 && *port != config.port),
                vni: request.vni.filter(|vni| *vni != config.vni),
                via: request.via,
            };
            let state = match state {
                "permanent" => VxlanState::Permanent,
                "static" => VxlanState::Static,
                _ => VxlanState::Learnt,
            };
            tool.proc.sys(|sys| sys.fdb_add_to_vxlan(device, mac, remote, state, mode))?;
        }
        KindView::Bridge(_) => {
            let vlan = vlan.unwrap_or(0);
            tool.proc.sys(|sys| sys.fdb_add_to_bridge(device, mac, vlan, state, mode))?;
        }
        _ => {
            if state != "permanent" || vlan.is_some() {
                return Err(NetlinkError::from(Errno::EINVAL).into());
            }
            match tool.proc.sys(|sys| sys.fdb_add_to_device(device, mac)) {
                // Only `add` minds that it is there.
                Err(error) if error.errno() == Errno::EEXIST && mode != FdbMode::Add => {}
                added => added?,
            }
        }
    }
    Ok(())
}

/// `bridge fdb delete`.
pub fn delete(tool: &Tool, args: Args) -> Result<()> {
    let request = parse(tool, args)?;
    let Request { device, mac, tables, .. } = request;
    let vlan = request.vlan.unwrap_or(0);
    let is_port = is_port(tool, device);
    if tables.master && is_port {
        tool.proc.sys(|sys| sys.fdb_del_from_bridge(device, mac, vlan))?;
    }
    if !tables.own {
        return if is_port { Ok(()) } else { Err(NetlinkError::from(Errno::EOPNOTSUPP).into()) };
    }
    match kind(tool, device) {
        KindView::Vxlan(config) => {
            let remote = request.remote.map(|ip| Remote {
                ip,
                port: request.port.filter(|port| *port != 0 && *port != config.port),
                vni: request.vni.filter(|vni| *vni != config.vni),
                via: request.via,
            });
            tool.proc.sys(|sys| sys.fdb_del_from_vxlan(device, mac, remote))?;
        }
        KindView::Bridge(_) => {
            tool.proc.sys(|sys| sys.fdb_del_from_bridge(device, mac, vlan))?;
        }
        _ => tool.proc.sys(|sys| sys.fdb_del_from_device(device, mac))?,
    }
    Ok(())
}

fn is_port(tool: &Tool, device: LinkId) -> bool {
    tool.proc.sys(|sys| sys.link(device)).is_some_and(|link| link.port.is_some())
}

fn kind(tool: &Tool, device: LinkId) -> KindView {
    let view = tool.proc.sys(|sys| sys.link(device));
    view.map_or(KindView::Loopback, |link| link.kind)
}

/// Which entries a flush takes; `None` where it does not matter.
#[derive(Debug, Default)]
struct Doomed {
    permanent: Option<bool>,
    fixed: Option<bool>,
    port: Option<LinkId>,
    vlan: Option<u16>,
}

/// `bridge fdb flush`.
pub fn flush(tool: &Tool, mut args: Args) -> Result<()> {
    let (mut device, mut port) = (None, None);
    let mut tables = Tables::default();
    let mut doomed = Doomed::default();
    while let Some(word) = args.next() {
        match word {
            "dev" => device = Some(args.value()?),
            "master" => tables.master = true,
            "self" => tables.own = true,
            "permanent" => doomed.permanent = Some(true),
            "nopermanent" => doomed.permanent = Some(false),
            "static" => {
                doomed.fixed = Some(true);
                doomed.permanent = Some(doomed.permanent == Some(true));
            }
            "nostatic" => doomed.fixed = Some(false),
            "dynamic" => {
                doomed.fixed = Some(false);
                doomed.permanent = Some(doomed.permanent == Some(true));
            }
            "nodynamic" => doomed.fixed = Some(true),
            "brport" => {
                let value = args.value()?;
                if port.replace(value).is_some() {
                    return Err(Failure::garbage("brport", value));
                }
            }
            "vlan" => {
                let value = args.value()?;
                if doomed.vlan.replace(leading_number(value) as u16).is_some() {
                    return Err(Failure::garbage("vlan", value));
                }
            }
            _ => {
                let plain = word.strip_prefix("no").unwrap_or(word);
                if ["added_by_user", "extern_learn", "sticky", "offloaded"].contains(&plain) {
                    return Err(not_simulated(word));
                }
            }
        }
    }
    let Some(name) = device else {
        return Err(Failure::new("Device is a required argument.", 255));
    };
    let device = existing(tool, name, "bridge device")?;
    doomed.port = port.map(|name| existing(tool, name, "bridge port device")).transpose()?;
    if let Some(vlan) = doomed.vlan.filter(|vlan| *vlan >= 4096) {
        return Err(Failure::new(format_args!("Invalid VLAN ID \"{vlan}\""), 255));
    }
    let target = match tool.proc.sys(|sys| sys.link(device)).and_then(|link| link.port) {
        Some(port) if tables.master => port.bridge,
        _ if tables.master && !tables.own => {
            return Err(NetlinkError::from(Errno::EOPNOTSUPP).into());
        }
        _ => device,
    };
    tool.proc.sys(|sys| sys.fdb_flush(target, |view| doomed.has(view)))?;
    Ok(())
}

impl Doomed {
    fn has(&self, view: &FdbView) -> bool {
        self.permanent.is_none_or(|wanted| (view.state == "permanent") == wanted)
            // What is permanent is static, too.
            && self.fixed.is_none_or(|wanted| view.state.is_empty() != wanted)
            && self.port.is_none_or(|port| view.link == port)
            && self.vlan.is_none_or(|vlan| view.vlan == Some(vlan))
    }
}
