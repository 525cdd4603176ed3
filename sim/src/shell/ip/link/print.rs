//! What `ip link` and `ip addr` print of a device itself: its first two lines, or its line in brief.

use super::super::names::Naming;
use super::super::netns;
use super::super::{Family, Tool};
pub use super::name::{Command, full_name};
use super::{details, statistics};
use crate::kernel::sys::dump::{KindView, LinkView};

/// `<BROADCAST,MULTICAST,UP,LOWER_UP>`.
pub fn flags(link: &LinkView, lower_is_down: bool) -> String {
    let is_loopback = matches!(link.kind, KindView::Loopback);
    let settings = &link.settings;
    let has_no_arp = !settings.arp || matches!(link.kind, KindView::Dummy);
    let flags = [
        (link.up && !link.carrier, "NO-CARRIER"),
        (is_loopback, "LOOPBACK"),
        (!is_loopback, "BROADCAST"),
        (!is_loopback && !matches!(link.kind, KindView::Dummy) && settings.multicast, "MULTICAST"),
        (has_no_arp, "NOARP"),
        (settings.allmulti, "ALLMULTI"),
        (settings.promisc, "PROMISC"),
        (link.up, "UP"),
        (link.up && link.carrier, "LOWER_UP"),
        (lower_is_down, "M-DOWN"),
    ];
    let words: Vec<&str> = flags.iter().filter(|(on, _)| *on).map(|(_, word)| *word).collect();
    format!("<{}>", words.join(","))
}

/// All that is printed of a device, with its final line feed, but without addresses.
pub fn describe(tool: &Tool, link: &LinkView, command: Command, family: Family) -> String {
    let newline = tool.newline();
    if command == Command::Address6 {
        return describe6(tool, link);
    }
    let name = full_name(tool, link);
    let mut text = format!("{}: {}: ", link.ifindex, name.text);
    text += &format!("{} mtu {} ", flags(link, name.lower_is_down), link.mtu);
    text += &format!("qdisc {} ", link.qdisc);
    if let Some(master) = link.master {
        text += &format!("master {} ", tool.device_name(master));
    }
    text += &format!("state {} ", link.state.name());
    if command == Command::Link {
        text += "mode DEFAULT ";
    }
    text += &format!("group {} ", tool.name_of(Naming::Group, link.settings.group));
    if link.tx_queue_len > 0 {
        text += &format!("qlen {}", link.tx_queue_len);
    }
    if matches!(family, Family::Any | Family::Link) || tool.options.details {
        text += &format!("{newline}    {}", hardware(link));
    }
    text += &namespace_of_peer(tool, link);
    if tool.options.details {
        text += &details::describe(tool, link, command);
    }
    let alias = &link.settings.alias;
    if !alias.is_empty() && (command == Command::Link || tool.options.details) {
        text += &format!("{newline}    alias {alias}");
    }
    if command == Command::Link && tool.options.statistics > 0 {
        text += newline;
        text += &statistics::describe(tool, link);
    }
    text + "\n"
}

/// A device as the kernel's IPv6 tells of it: without its queue, its master and its group.
fn describe6(tool: &Tool, link: &LinkView) -> String {
    let other = link.peer.filter(|peer| peer.ifindex != link.ifindex);
    let here = |number| tool.proc.sys(|sys| Some(sys.link_name(sys.link_at(sys.ns(), number)?)));
    let name = match other {
        None => link.name.clone(),
        Some(other) => {
            let found = here(other.ifindex).unwrap_or_else(|| format!("if{}", other.ifindex));
            format!("{}@{found}", link.name)
        }
    };
    let mut text = format!("{}: {name}: {} mtu {} ", link.ifindex, flags(link, false), link.mtu);
    text += &format!("state {} ", link.state.name());
    if link.tx_queue_len > 0 {
        text += &format!("qlen {}", link.tx_queue_len);
    }
    text + "\n"
}

/// A device as `ip monitor` tells of it.
pub fn event(tool: &Tool, link: &LinkView) -> String {
    // The length of the queue goes unsaid there.
    let quiet = LinkView { tx_queue_len: 0, ..link.clone() };
    describe(tool, &quiet, Command::Address, Family::Any)
}

/// The type of the link layer, and the addresses on it.
fn hardware(link: &LinkView) -> String {
    match link.kind {
        KindView::Loopback => format!("link/loopback {} brd {}", link.mac, link.mac),
        _ => format!("link/ether {} brd ff:ff:ff:ff:ff:ff", link.mac),
    }
}

/// Where the device behind the `@` is, if it is elsewhere.
fn namespace_of_peer(tool: &Tool, link: &LinkView) -> String {
    match link.peer.and_then(|peer| peer.nsid) {
        None => String::new(),
        Some(nsid) => match netns::name_of_nsid(tool, nsid) {
            Some(name) => format!(" link-netns {name}"),
            None => format!(" link-netnsid {nsid}"),
        },
    }
}

/// The beginning of a line of `ip -br`.
pub fn brief(tool: &Tool, link: &LinkView, family: Family) -> String {
    let name = full_name(tool, link);
    let mut text = format!("{:<16} {:<14} ", name.text, link.state.name());
    if family == Family::Link {
        text += &format!("{} {} \n", link.mac, flags(link, name.lower_is_down));
    }
    text
}
