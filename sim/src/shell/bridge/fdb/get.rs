//! `bridge fdb get`: one entry.

use super::super::super::args::{Args, Failure, Result, abbreviates, leading_number};
use super::super::super::ip::Tool;
use super::super::device::existing;
use super::entry::{Tables, mac, take_address, vni};
use super::show::describe;
use crate::kernel::LinkId;
use crate::kernel::sys::dump::{KindView, LinkView};
use crate::kernel::{Errno, NetlinkError};

/// `bridge fdb get`.
pub fn run(tool: &Tool, mut args: Args) -> Result<()> {
    let (mut device, mut bridge, mut address, mut vlan) = (None, None, None, None);
    let (mut tables, mut hides_permanent) = (Tables::default(), false);
    while let Some(word) = args.next() {
        match word {
            "brport" | "dev" => device = Some(args.value()?),
            "br" => bridge = Some(args.value()?),
            "vni" => drop(vni(args.value()?)?),
            "self" => tables.own = true,
            _ if abbreviates(word, "master") => tables.master = true,
            _ if abbreviates(word, "vlan") => {
                let value = args.value()?;
                if vlan.replace(leading_number(value) as u16).is_some() {
                    return Err(Failure::garbage("vlan", value));
                }
            }
            _ if abbreviates(word, "dynamic") => hides_permanent = true,
            _ => take_address(&mut address, word, &mut args)?,
        }
    }
    let Some(address) = address.filter(|_| device.is_some() || bridge.is_some()) else {
        let line = "Device or master and address are required arguments.";
        return Err(Failure::new(line, 255));
    };
    let mac = mac(address)?;
    let device = device.map(|name| existing(tool, name, "device")).transpose()?;
    let bridge = bridge.map(|name| existing(tool, name, "bridge device")).transpose()?;
    let holder = holder(tool, device, bridge, tables).map_err(refused)?;
    let found = tool.proc.sys(|sys| {
        sys.fdb().into_iter().find(|view| {
            let is_here = match holder {
                Holder::Bridge(bridge) => view.master == Some(bridge),
                Holder::Vxlan(link) => view.link == link && view.remote.is_some(),
            };
            is_here && view.mac == mac && view.vlan.unwrap_or(0) == vlan.unwrap_or(0)
        })
    });
    let missing = || NetlinkError::explained(Errno::ENOENT, "Fdb entry not found");
    let view = found.ok_or_else(missing).map_err(refused)?;
    if !(hides_permanent && view.state == "permanent") {
        tool.print(&describe(tool, &view, true));
    }
    Ok(())
}

/// Whose table is asked.
#[derive(Debug, Clone, Copy)]
enum Holder {
    Bridge(LinkId),
    Vxlan(LinkId),
}

fn holder(
    tool: &Tool,
    device: Option<LinkId>,
    bridge: Option<LinkId>,
    tables: Tables,
) -> std::result::Result<Holder, NetlinkError> {
    let view = |id: LinkId| tool.proc.sys(|sys| sys.link(id));
    let asks_bridge = tables.master || !tables.own;
    let asked: Option<LinkView> = match device {
        Some(device) if asks_bridge => {
            let port = view(device).and_then(|link| link.port);
            let no_port = || NetlinkError::explained(Errno::EINVAL, "Device is not a bridge port");
            view(port.ok_or_else(no_port)?.bridge)
        }
        Some(device) => view(device),
        None => bridge.and_then(view),
    };
    match asked {
        Some(LinkView { id, kind: KindView::Bridge(_), .. }) => Ok(Holder::Bridge(id)),
        Some(LinkView { id, kind: KindView::Vxlan(_), .. }) => Ok(Holder::Vxlan(id)),
        _ => {
            let text = "Fdb get operation not supported by device";
            Err(NetlinkError::explained(Errno::EOPNOTSUPP, text))
        }
    }
}

/// The one command of this tool that leaves with -2.
fn refused(error: NetlinkError) -> Failure {
    Failure { status: 254, ..error.into() }
}
