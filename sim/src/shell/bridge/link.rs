//! `bridge link`: the ports of bridges.

use super::super::args::{Args, Failure, Result, abbreviated, leading_number};
use super::super::ip::link::details::flag_list;
use super::super::ip::link::kinds::{PORT_FLAGS, PORT_NOT_SIMULATED, flag_value};
use super::super::ip::link::print;
use super::super::ip::{Tool, json};
use super::device::existing;
use crate::kernel::sys::dump::{LinkView, PortView};
use crate::kernel::sys::link::PortChange;
use crate::kernel::{Errno, NetlinkError};

const USAGE: &str = include_str!("usage/link.txt");

#[derive(Debug, Clone, Copy)]
enum Command {
    Set,
    Show,
    Help,
}

const COMMANDS: &[(&str, Command)] = &[
    ("set", Command::Set),
    ("change", Command::Set),
    ("show", Command::Show),
    ("lst", Command::Show),
    ("list", Command::Show),
    ("help", Command::Help),
];

/// `bridge link`.
pub fn run(tool: &Tool, mut args: Args) -> Result<()> {
    let Some(word) = args.next() else { return show(tool, args) };
    match abbreviated(word, COMMANDS) {
        Some(Command::Set) => set(tool, args),
        Some(Command::Show) => show(tool, args),
        Some(Command::Help) => Err(Failure::usage(USAGE)),
        None => Err(Failure::unknown_command(word, "bridge link help")),
    }
}

/// One port, as it is listed.
pub fn describe(tool: &Tool, link: &LinkView) -> String {
    // The kernel does not say in which namespace the other end is: its number is looked up here.
    let here = tool.proc.ns();
    let peer =
        link.peer.map(|peer| crate::kernel::sys::dump::PeerView { ns: here, nsid: None, ..peer });
    let name = print::full_name(tool, &LinkView { peer, ..link.clone() });
    let flags = print::flags(link, name.lower_is_down);
    let mut text = format!("{}: {}: {flags} mtu {} ", link.ifindex, name.text, link.mtu);
    if let Some(port) = &link.port {
        text += &format!("master {} ", tool.device_name(port.bridge));
        text +=
            &format!("state {} priority {} cost {} ", port.state.name(), port.priority, port.cost);
        if tool.options.details {
            text += &details(tool, port);
        }
    }
    text + "\n"
}

fn details(tool: &Tool, port: &PortView) -> String {
    let flags = port.flags;
    let mut text = format!("{}    ", tool.newline());
    text += &flag_list(&[
        ("hairpin", flags.hairpin),
        ("guard", flags.guard),
        ("root_block", flags.root_block),
        ("fastleave", flags.fastleave),
        ("learning", flags.learning),
        ("flood", flags.flood),
        ("mcast_flood", flags.mcast_flood),
        ("bcast_flood", flags.bcast_flood),
    ]);
    text += "mcast_router 1 ";
    text + &flag_list(&[
        ("mcast_to_unicast", flags.mcast_to_unicast),
        ("neigh_suppress", flags.neigh_suppress),
        ("vlan_tunnel", flags.vlan_tunnel),
        ("isolated", flags.isolated),
        ("locked", flags.locked),
    ])
}

fn show(tool: &Tool, mut args: Args) -> Result<()> {
    let mut device = None;
    while let Some(word) = args.next() {
        if word == "dev" {
            let value = args.value()?;
            if device.replace(value).is_some() {
                return Err(Failure::duplicate("dev", value));
            }
        }
    }
    let device = device.map(|name| tool.existing_device(name)).transpose()?;
    let mut links = tool.proc.sys(|sys| sys.links());
    // In the order in which they came into the namespace.
    links.sort_by_key(|link| link.arrival);
    let ports = links.iter().filter(|link| link.port.is_some());
    let wanted = ports.filter(|link| device.is_none_or(|device| link.id == device));
    if tool.options.json {
        json::refuse_details(tool)?;
        json::print(tool, wanted.map(|link| json::link::port(tool, link)).collect());
        return Ok(());
    }
    let text: String = wanted.map(|link| describe(tool, link)).collect();
    tool.print(&text);
    Ok(())
}

fn set(tool: &Tool, mut args: Args) -> Result<()> {
    let (mut device, mut on_itself) = (None, false);
    let mut changes = Vec::new();
    while let Some(word) = args.next() {
        match word {
            "dev" => device = Some(args.value()?),
            "cost" => match leading_number(args.value()?) {
                cost if cost > 0 => changes.push(PortChange::Cost(cost as u32)),
                _ => {}
            },
            "priority" => match leading_number(args.value()?) {
                priority if priority >= 0 => changes.push(PortChange::Priority(priority as u16)),
                _ => {}
            },
            "state" => changes.push(PortChange::State(state(args.value()?)?)),
            "self" => on_itself = true,
            "master" => {}
            _ => match PORT_FLAGS.iter().find(|(full, _)| *full == word) {
                Some((full, setter)) => {
                    // The number of the error, EINVAL, is what this command leaves with.
                    let exit = |failure: Failure| Failure {
                        status: if failure.status == 1 { 234 } else { failure.status },
                        ..failure
                    };
                    changes.push(setter(flag_value(full, &mut args).map_err(exit)?));
                }
                None if PORT_NOT_SIMULATED.contains(&word) => {
                    let what = format!("bridge link: option {word}");
                    return Err(Failure::not_simulated(what));
                }
                None => return Err(Failure::usage(USAGE)),
            },
        }
    }
    let Some(name) = device else {
        return Err(Failure::new("Device is a required argument.", 255));
    };
    let id = existing(tool, name, "bridge device")?;
    if on_itself {
        return Err(NetlinkError::from(Errno::EOPNOTSUPP).into());
    }
    let is_port = tool.proc.sys(|sys| sys.link(id)).is_some_and(|link| link.port.is_some());
    if !is_port {
        return Err(NetlinkError::from(Errno::EOPNOTSUPP).into());
    }
    tool.proc.sys(|sys| changes.iter().try_for_each(|change| sys.port_set(id, *change)))?;
    Ok(())
}

/// The number of a state, or of its name.
fn state(word: &str) -> Result<u8> {
    const NAMES: [&str; 5] = ["disabled", "listening", "learning", "forwarding", "blocking"];
    if let Ok(number) = word.parse() {
        return Ok(number);
    }
    let place = NAMES.iter().position(|name| *name == word);
    let invalid = || Failure::new("Error: invalid STP port state", 255);
    place.map(|place| place as u8).ok_or_else(invalid)
}
