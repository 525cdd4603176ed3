//! `bridge vlan`: which port takes part in which VLAN.

use super::super::args::{Args, Failure, Result, abbreviated, abbreviates, leading_number};
use super::super::ip::Tool;
use super::device::existing;
use crate::kernel::link::stp::PortState;
use crate::kernel::sys::dump::{KindView, LinkView};
use crate::kernel::{Errno, NetlinkError};

const USAGE: &str = include_str!("usage/vlan.txt");

#[derive(Debug, Clone, Copy)]
enum Command {
    Add,
    Delete,
    Show,
    TunnelShow,
    Set,
    Global,
    Help,
}

const COMMANDS: &[(&str, Command)] = &[
    ("add", Command::Add),
    ("delete", Command::Delete),
    ("show", Command::Show),
    ("lst", Command::Show),
    ("list", Command::Show),
    ("tunnelshow", Command::TunnelShow),
    ("set", Command::Set),
    ("global", Command::Global),
    ("help", Command::Help),
];

/// `bridge vlan`.
pub fn run(tool: &Tool, mut args: Args) -> Result<()> {
    let Some(word) = args.next() else { return show(tool, args) };
    match abbreviated(word, COMMANDS) {
        Some(Command::Add) => modify(tool, args, true),
        Some(Command::Delete) => modify(tool, args, false),
        Some(Command::Show) => show(tool, args),
        Some(Command::TunnelShow) => {
            parse_filter(tool, args)?;
            tool.print("port              vlan-id    tunnel-id\n");
            Ok(())
        }
        Some(Command::Set) => Err(Failure::not_simulated("bridge vlan set")),
        Some(Command::Global) => Err(Failure::not_simulated("bridge vlan global")),
        Some(Command::Help) => Err(Failure::usage(USAGE)),
        None => Err(Failure::unknown_command(word, "bridge vlan help")),
    }
}

/// `bridge vlan add` and `del`.
fn modify(tool: &Tool, mut args: Args, adds: bool) -> Result<()> {
    let (mut device, mut range) = (None, None);
    let (mut pvid, mut untagged) = (false, false);
    let (mut on_itself, mut on_master) = (false, false);
    while let Some(word) = args.next() {
        match word {
            "dev" => device = Some(args.value()?),
            "vid" => {
                let value = args.value()?;
                range = Some(match value.split_once('-') {
                    Some((first, last)) => (leading_number(first), Some(leading_number(last))),
                    None => (leading_number(value), None),
                });
            }
            "self" => on_itself = true,
            "master" => on_master = true,
            "pvid" => pvid = true,
            "untagged" => untagged = true,
            "tunnel_info" => {
                return Err(Failure::not_simulated("bridge vlan: option tunnel_info"));
            }
            _ if abbreviates(word, "help") => drop(args.value()?),
            _ => {}
        }
    }
    let (Some(device), Some((first, last))) = (device, range) else {
        return Err(Failure::new("Device and VLAN ID are required arguments.", 255));
    };
    let id = existing(tool, device, "bridge device")?;
    if first >= 4096 {
        return Err(Failure::new(format_args!("Invalid VLAN ID \"{first}\""), 255));
    }
    if let Some(last) = last {
        if last >= 4096 || first >= last {
            return Err(Failure::new(format_args!("Invalid VLAN range \"{first}-{last}\""), 255));
        }
        if pvid {
            return Err(Failure::new("pvid cannot be configured for a vlan range", 255));
        }
    }
    let last = last.unwrap_or(first);
    if first < 1 || last > 4094 {
        return Err(NetlinkError::from(Errno::EINVAL).into());
    }
    let view = tool.proc.sys(|sys| sys.link(id));
    let is_bridge = matches!(&view, Some(LinkView { kind: KindView::Bridge(_), .. }));
    let is_port = view.is_some_and(|link| link.port.is_some());
    // A port is reached through its bridge, a bridge only as itself.
    let reached = if is_port { on_master || !on_itself } else { is_bridge && on_itself };
    if !reached {
        return Err(NetlinkError::from(Errno::EOPNOTSUPP).into());
    }
    for vlan in first as u16..=last as u16 {
        tool.proc.sys(|sys| match adds {
            true => sys.vlan_add(id, vlan, pvid, untagged),
            false => sys.vlan_del(id, vlan),
        })?;
    }
    Ok(())
}

/// `dev` and `vid`.
fn parse_filter<'a>(tool: &Tool, mut args: Args<'a>) -> Result<(Option<LinkView>, u16)> {
    let (mut device, mut vlan) = (None::<&'a str>, 0);
    while let Some(word) = args.next() {
        match word {
            "dev" => {
                let value = args.value()?;
                if device.replace(value).is_some() {
                    return Err(Failure::duplicate("dev", value));
                }
            }
            "vid" => {
                let value = args.value()?;
                if vlan != 0 {
                    return Err(Failure::duplicate("vid", value));
                }
                vlan = leading_number(value) as u16;
            }
            _ => {}
        }
    }
    let device = device.map(|name| tool.existing_device(name)).transpose()?;
    Ok((device.and_then(|id| tool.proc.sys(|sys| sys.link(id))), vlan))
}

fn show(tool: &Tool, args: Args) -> Result<()> {
    let (device, vlan) = parse_filter(tool, args)?;
    let mut links = tool.proc.sys(|sys| sys.links());
    // In the order in which they came into the namespace.
    links.sort_by_key(|link| link.arrival);
    let mut text = match tool.options.statistics {
        0 => "port              vlan-id  \n".to_owned(),
        _ => "port              vlan-id\n".to_owned(),
    };
    for link in &links {
        if device.as_ref().is_none_or(|device| device.id == link.id) {
            text += &describe(tool, link, vlan);
        }
    }
    tool.print(&text);
    Ok(())
}

/// VLANs in a row that have everything in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Row {
    first: u16,
    last: u16,
    pvid: bool,
    untagged: bool,
}

/// The VLANs of one device. A bridge that does not filter has none, nor have its ports.
fn describe(tool: &Tool, link: &LinkView, only: u16) -> String {
    let (vlans, state) = match (&link.kind, &link.port) {
        (_, Some(port)) if filters(tool, port.bridge) => (&port.vlans, port.state),
        (KindView::Bridge(bridge), _) if bridge.vlan_filtering => {
            (&bridge.vlans, PortState::Forwarding)
        }
        _ => return String::new(),
    };
    let mut rows: Vec<Row> = Vec::new();
    for (vlan, untagged) in &vlans.members {
        let row =
            Row { first: *vlan, last: *vlan, pvid: vlans.pvid == Some(*vlan), untagged: *untagged };
        match rows.last_mut() {
            Some(before) if tool.options.compresses_vlans && joins(*before, row) => {
                before.last = row.last;
            }
            _ => rows.push(row),
        }
    }
    rows.retain(|row| only == 0 || (row.first..=row.last).contains(&only));
    let mut text = String::new();
    for (position, row) in rows.iter().enumerate() {
        let name = if position == 0 { link.name.as_str() } else { "" };
        text += &format!("{name:16}  {}", row.first);
        if row.last != row.first {
            text += &format!("-{}", row.last);
        }
        text += if row.pvid { " PVID" } else { "" };
        text += if row.untagged { " Egress Untagged" } else { "" };
        text += tool.newline();
        if tool.options.details {
            text += &format!("{:20}state {} {}", "", state.name(), tool.newline());
        }
    }
    text
}

fn joins(before: Row, row: Row) -> bool {
    before.last + 1 == row.first && !before.pvid && !row.pvid && before.untagged == row.untagged
}

fn filters(tool: &Tool, bridge: crate::kernel::LinkId) -> bool {
    let view = tool.proc.sys(|sys| sys.link(bridge));
    matches!(view, Some(LinkView { kind: KindView::Bridge(bridge), .. }) if bridge.vlan_filtering)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_join_only_if_all_is_the_same() {
        let row = |vlan, pvid, untagged| Row { first: vlan, last: vlan, pvid, untagged };
        assert!(joins(row(2, false, true), row(3, false, true)));
        assert!(!joins(row(2, false, true), row(4, false, true)));
        assert!(!joins(row(2, false, true), row(3, false, false)));
        assert!(!joins(row(2, true, true), row(3, false, true)));
    }
}
