//! `brctl` of bridge-utils 1.7.

use super::super::args::{Args, Failure, Result, finish, leading_number, signed};
use crate::engine::Span;
use crate::kernel::link::admin::{KindSpec, LinkSpec};
use crate::kernel::link::stp::BridgeId;
use crate::kernel::sys::dump::{BridgeView, KindView, LinkView, PortView};
use crate::kernel::sys::link::{BridgeChange, PortChange};
use crate::kernel::{Errno, LinkId, NetlinkError};
use crate::process::Proc;

const USAGE: &str = include_str!("usage/brctl.txt");

/// A command: its name, how many words it wants, and what it does.
struct Command {
    name: &'static str,
    words: usize,
    /// Words that may follow.
    optional: usize,
    run: fn(&Proc, &[&str]) -> Result<()>,
}

const COMMANDS: &[Command] = &[
    Command { name: "addbr", words: 1, optional: 0, run: add_bridge },
    Command { name: "delbr", words: 1, optional: 0, run: delete_bridge },
    Command { name: "addif", words: 2, optional: 64, run: add_ports },
    Command { name: "delif", words: 2, optional: 64, run: delete_ports },
    Command { name: "hairpin", words: 3, optional: 0, run: hairpin },
    Command { name: "setageing", words: 2, optional: 0, run: set_ageing },
    Command { name: "setbridgeprio", words: 2, optional: 0, run: set_priority },
    Command { name: "setfd", words: 2, optional: 0, run: set_forward_delay },
    Command { name: "sethello", words: 2, optional: 0, run: set_hello },
    Command { name: "setmaxage", words: 2, optional: 0, run: set_max_age },
    Command { name: "setpathcost", words: 3, optional: 0, run: set_path_cost },
    Command { name: "setportprio", words: 3, optional: 0, run: set_port_priority },
    Command { name: "show", words: 0, optional: 64, run: show },
    Command { name: "showmacs", words: 1, optional: 0, run: show_macs },
    Command { name: "showstp", words: 1, optional: 0, run: show_stp },
    Command { name: "stp", words: 2, optional: 0, run: stp },
];

/// `brctl`.
pub async fn brctl(proc: Proc) -> i32 {
    finish(&proc, run(&proc))
}

fn run(proc: &Proc) -> Result<()> {
    let words = proc.args();
    let mut args = Args::new(&words);
    let usage = |status| Failure { text: USAGE.to_owned(), status };
    let word = match args.next() {
        Some("-h" | "--help") => return Err(usage(0)),
        Some("-V" | "--version") => {
            proc.print("bridge-utils, 1.7\n");
            return Ok(());
        }
        Some(word) => word,
        None => return Err(usage(1)),
    };
    let Some(command) = COMMANDS.iter().find(|command| command.name == word) else {
        let text = format!("never heard of command [{word}]\n{USAGE}");
        return Err(Failure { text, status: 1 });
    };
    let rest: Vec<&str> = args.rest().iter().map(String::as_str).collect();
    if !(command.words..=command.words + command.optional).contains(&rest.len()) {
        // The line of the usage that is about this command.
        let line = USAGE.lines().find(|line| line.trim_start().starts_with(word)).unwrap_or(word);
        let operands = line.trim_start().trim_start_matches(word).trim_start();
        let text =
            format!("Incorrect number of arguments for command\nUsage: brctl {word} {operands}\n");
        return Err(Failure { text, status: 1 });
    }
    (command.run)(proc, &rest)
}

fn failure(line: impl std::fmt::Display) -> Failure {
    Failure::new(line, 1)
}

fn device(proc: &Proc, name: &str) -> Option<LinkId> {
    proc.sys(|sys| sys.link_named(name))
}

fn view(proc: &Proc, name: &str) -> Option<LinkView> {
    proc.sys(|sys| {
        let id = sys.link_named(name)?;
        sys.link(id)
    })
}

fn bridge_of(link: LinkView) -> Option<BridgeView> {
    match link.kind {
        KindView::Bridge(bridge) => Some(bridge),
        _ => None,
    }
}

fn add_bridge(proc: &Proc, words: &[&str]) -> Result<()> {
    let name = words[0];
    let spec = LinkSpec::new(proc.ns(), name, KindSpec::Bridge);
    proc.sys(|sys| sys.link_add(&spec)).map(drop).map_err(|error| match error.errno() {
        Errno::EEXIST => failure(format_args!(
            "device {name} already exists; can't create bridge with the same name"
        )),
        errno => failure(format_args!("add bridge failed: {errno}")),
    })
}

fn delete_bridge(proc: &Proc, words: &[&str]) -> Result<()> {
    let name = words[0];
    let Some(link) = view(proc, name) else {
        return Err(failure(format_args!("bridge {name} doesn't exist; can't delete it")));
    };
    if link.up && matches!(link.kind, KindView::Bridge(_)) {
        return Err(failure(format_args!("bridge {name} is still up; can't delete it")));
    }
    let id = link.id;
    let result = match bridge_of(link) {
        Some(_) => proc.sys(|sys| sys.link_del(id)),
        None => Err(NetlinkError::from(Errno::EPERM)),
    };
    result.map_err(|error| failure(format_args!("can't delete bridge {name}: {}", error.errno())))
}

fn add_ports(proc: &Proc, words: &[&str]) -> Result<()> {
    let bridge = words[0];
    for port in &words[1..] {
        let Some(id) = device(proc, port) else {
            return Err(failure(format_args!("interface {port} does not exist!")));
        };
        let Some(target) = device(proc, bridge) else {
            return Err(failure(format_args!("bridge {bridge} does not exist!")));
        };
        // The old call does not move a port from one bridge to another.
        let is_port = proc.sys(|sys| sys.link(id)).is_some_and(|link| link.port.is_some());
        let result = match is_port {
            true => Err(NetlinkError::from(Errno::EBUSY)),
            false => proc.sys(|sys| sys.link_set_master(id, target)),
        };
        result.map_err(|error| match error.errno() {
            Errno::EBUSY => failure(format_args!(
                "device {port} is already a member of a bridge; can't add it to bridge {bridge}."
            )),
            Errno::ELOOP => failure(format_args!(
                "device {port} is a bridge device itself; can't add a bridge device to a bridge \
                 device."
            )),
            errno => failure(format_args!("can't add {port} to bridge {bridge}: {errno}")),
        })?;
    }
    Ok(())
}

fn delete_ports(proc: &Proc, words: &[&str]) -> Result<()> {
    let bridge = words[0];
    for name in &words[1..] {
        let Some(link) = view(proc, name) else {
            return Err(failure(format_args!("interface {name} does not exist!")));
        };
        let Some(id) = device(proc, bridge) else {
            return Err(failure(format_args!("bridge {bridge} does not exist!")));
        };
        if link.port.is_none_or(|port| port.bridge != id) {
            return Err(failure(format_args!("device {name} is not a port of {bridge}")));
        }
        proc.sys(|sys| sys.link_set_nomaster(link.id)).map_err(|error| {
            failure(format_args!("can't delete {name} from {bridge}: {}", error.errno()))
        })?;
    }
    Ok(())
}

fn on_off(word: &str) -> Result<bool> {
    match word {
        "on" | "yes" | "1" => Ok(true),
        "off" | "no" | "0" => Ok(false),
        _ => Err(failure("expect on/off for argument")),
    }
}

/// Changes a bridge; `what` is what an error is about.
fn change_bridge(proc: &Proc, name: &str, change: BridgeChange, what: &str) -> Result<()> {
    let id = device(proc, name).ok_or(NetlinkError::from(Errno::ENODEV));
    let result = id.and_then(|id| proc.sys(|sys| sys.bridge_set(id, change)));
    result.map_err(|error| failure(format_args!("set {what} failed: {}", error.errno())))
}

/// Seconds, with a fraction.
fn seconds(word: &str) -> Result<Span> {
    let seconds: f64 = word.parse().map_err(|_| failure(format_args!("bad time value {word}")))?;
    Ok(Span::millis((seconds.max(0.0) * 1000.0) as u64))
}

fn set_ageing(proc: &Proc, words: &[&str]) -> Result<()> {
    change_bridge(proc, words[0], BridgeChange::AgeingTime(seconds(words[1])?), "ageing time")
}

fn set_forward_delay(proc: &Proc, words: &[&str]) -> Result<()> {
    change_bridge(proc, words[0], BridgeChange::ForwardDelay(seconds(words[1])?), "forward delay")
}

fn set_hello(proc: &Proc, words: &[&str]) -> Result<()> {
    change_bridge(proc, words[0], BridgeChange::HelloTime(seconds(words[1])?), "hello timer")
}

fn set_max_age(proc: &Proc, words: &[&str]) -> Result<()> {
    change_bridge(proc, words[0], BridgeChange::MaxAge(seconds(words[1])?), "max age")
}

fn set_priority(proc: &Proc, words: &[&str]) -> Result<()> {
    let bad = || failure("bad priority");
    let priority = signed(words[1]).and_then(|number| u16::try_from(number).ok());
    let priority = priority.ok_or_else(bad)?;
    change_bridge(proc, words[0], BridgeChange::Priority(priority), "bridge priority")
}

fn stp(proc: &Proc, words: &[&str]) -> Result<()> {
    change_bridge(proc, words[0], BridgeChange::StpState(on_off(words[1])?), "stp status")
}

/// Changes a port.
fn change_port(proc: &Proc, words: &[&str], change: PortChange, what: &str) -> Result<()> {
    let (bridge, port) = (device(proc, words[0]), view(proc, words[1]));
    let result = match (bridge, port) {
        (Some(bridge), Some(LinkView { id, port: Some(port), .. })) if port.bridge == bridge => {
            proc.sys(|sys| sys.port_set(id, change))
        }
        (Some(_), Some(_)) => Err(Errno::EINVAL.into()),
        _ => Err(Errno::ENODEV.into()),
    };
    result.map_err(|error| failure(format_args!("set {what} failed: {}", error.errno())))
}

fn hairpin(proc: &Proc, words: &[&str]) -> Result<()> {
    let change = PortChange::Hairpin(on_off(words[2])?);
    let (bridge, name) = (words[0], words[1]);
    if device(proc, bridge).is_none() {
        return Err(failure(format_args!("bridge {bridge} does not exist!")));
    }
    if device(proc, name).is_none() {
        return Err(failure(format_args!("interface {name} does not exist!")));
    }
    change_port(proc, words, change, "hairpin mode")
}

fn set_path_cost(proc: &Proc, words: &[&str]) -> Result<()> {
    let cost = leading_number(words[2]).clamp(0, u32::MAX.into()) as u32;
    change_port(proc, words, PortChange::Cost(cost), "path cost")
}

fn set_port_priority(proc: &Proc, words: &[&str]) -> Result<()> {
    let priority = leading_number(words[2]).clamp(0, u16::MAX.into()) as u16;
    change_port(proc, words, PortChange::Priority(priority), "port priority")
}

/// `8000.0242ac110001`.
fn id_words(id: BridgeId) -> String {
    format!("{:04x}.{}", id.priority, id.mac.to_string().replace(':', ""))
}

fn show(proc: &Proc, words: &[&str]) -> Result<()> {
    let mut links = Vec::new();
    match words {
        [] => {
            links = proc.sys(|sys| sys.links());
            links.sort_by(|left, right| left.name.cmp(&right.name));
        }
        names => {
            for name in names {
                let Some(link) = view(proc, name) else {
                    return Err(failure(format_args!("bridge {name} does not exist!")));
                };
                if !matches!(link.kind, KindView::Bridge(_)) {
                    return Err(failure(format_args!("device {name} is not a bridge!")));
                }
                links.push(link);
            }
        }
    }
    let mut text = "bridge name\tbridge id\t\tSTP enabled\tinterfaces\n".to_owned();
    for link in links {
        let name = link.name.clone();
        let Some(bridge) = bridge_of(link) else { continue };
        let enabled = if bridge.stp_enabled { "yes" } else { "no" };
        text += &format!("{name}\t\t{}\t{enabled}\t\t", id_words(bridge.id));
        let mut ports: Vec<String> =
            bridge.ports.iter().map(|port| proc.sys(|sys| sys.link_name(*port))).collect();
        ports.sort();
        text += &ports.join("\n\t\t\t\t\t\t\t");
        text += "\n";
    }
    proc.print(&text);
    Ok(())
}

fn show_macs(proc: &Proc, words: &[&str]) -> Result<()> {
    let missing = |errno: Errno| failure(format_args!("read of forward table failed: {errno}"));
    let id = device(proc, words[0]).ok_or_else(|| missing(Errno::ENODEV))?;
    let mut rows = Vec::new();
    for entry in proc.sys(|sys| sys.fdb()).iter().filter(|entry| entry.master == Some(id)) {
        let port = proc.sys(|sys| sys.link(entry.link)).and_then(|link| link.port);
        // The address of the bridge itself has no port, and is not listed.
        let Some(port) = port else { continue };
        let is_local = entry.state == "permanent";
        let age = if entry.state.is_empty() { entry.ages.1 } else { 0 };
        rows.push((entry.mac, port.number, is_local, age));
    }
    rows.sort();
    let mut text = "port no\tmac addr\t\tis local?\tageing timer\n".to_owned();
    for (mac, port, is_local, age) in rows {
        let local = if is_local { "yes" } else { "no" };
        text += &format!("{port:3}\t{mac}\t{local}\t\t{age:4}.00\n");
    }
    proc.print(&text);
    Ok(())
}

/// Hundredths of seconds.
fn time(hundredths: u64) -> String {
    format!("{:4}.{:02}", hundredths / 100, hundredths % 100)
}

fn timer(seconds: f64) -> String {
    time((seconds * 100.0) as u64)
}

fn show_stp(proc: &Proc, words: &[&str]) -> Result<()> {
    let name = words[0];
    let bridge = view(proc, name).and_then(bridge_of);
    let Some(bridge) = bridge else {
        return Err(failure(format_args!("{name}: can't get info {}", Errno::ENODEV)));
    };
    let mut text = format!("{name}\n bridge id\t\t{}\n", id_words(bridge.id));
    text += &format!(" designated root\t{}\n", id_words(bridge.root));
    text += &format!(
        " root port\t\t{:4}\t\t\tpath cost\t\t{:4}\n",
        bridge.root_port, bridge.root_path_cost
    );
    for (title, gap, value) in [
        ("max age", "\t\t", bridge.max_age),
        ("hello time", "\t", bridge.hello_time),
        ("forward delay", "\t", bridge.forward_delay),
    ] {
        let value = time(value);
        text += &format!(" {title}\t\t{value}\t\t\tbridge {title}{gap}{value}\n");
    }
    text += &format!(" ageing time\t\t{}\n", time(bridge.ageing_time));
    text += &format!(
        " hello timer\t\t{}\t\t\ttcn timer\t\t{}\n",
        timer(bridge.hello_timer),
        timer(bridge.tcn_timer)
    );
    text += &format!(
        " topology change timer\t{}\t\t\tgc timer\t\t{}\n",
        timer(bridge.topology_change_timer),
        timer(bridge.gc_timer)
    );
    text += " flags\t\t\t";
    if bridge.topology_change {
        text += "TOPOLOGY_CHANGE ";
    }
    if bridge.topology_change_detected {
        text += "TOPOLOGY_CHANGE_DETECTED ";
    }
    text += "\n\n\n";
    let mut ports: Vec<LinkView> =
        bridge.ports.iter().filter_map(|port| proc.sys(|sys| sys.link(*port))).collect();
    ports.sort_by(|left, right| left.name.cmp(&right.name));
    for link in &ports {
        if let Some(port) = &link.port {
            text += &port_words(&link.name, port);
        }
    }
    proc.print(&text);
    Ok(())
}

fn port_words(name: &str, port: &PortView) -> String {
    let mut text = format!("{name} ({})\n", port.number);
    text += &format!(" port id\t\t{:04x}\t\t\tstate\t\t{:>15}\n", port.id, port.state.name());
    text += &format!(
        " designated root\t{}\tpath cost\t\t{:4}\n",
        id_words(port.designated_root),
        port.cost
    );
    text += &format!(
        " designated bridge\t{}\tmessage age timer\t{}\n",
        id_words(port.designated_bridge),
        timer(port.message_age_timer)
    );
    text += &format!(
        " designated port\t{:04x}\t\t\tforward delay timer\t{}\n",
        port.designated_port,
        timer(port.forward_delay_timer)
    );
    text += &format!(
        " designated cost\t{:4}\t\t\thold timer\t\t{}\n flags\t\t\t\n",
        port.designated_cost,
        timer(0.0)
    );
    if port.flags.hairpin {
        text += " hairpin mode\t\t   1\n";
    }
    text + "\n"
}
