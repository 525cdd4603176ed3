//! Devices, addresses, bridge ports and forwarding entries as JSON.

use serde_json::Value;

use super::Object;
use crate::kernel::LinkId;
use crate::kernel::link::IfAddr;
use crate::kernel::sys::If6Addr;
use crate::kernel::sys::dump::{KindView, LinkView, PeerView};
use crate::kernel::sys::fdb::FdbView;
use crate::shell::ip::link::print::{self, Command};
use crate::shell::ip::names::Naming;
use crate::shell::ip::{Family, Tool, addr6, netns};

/// How long an address lives that does not expire.
const FOREVER: u32 = u32::MAX;

/// The device behind the `@`, then the name.
fn put_names(object: &mut Object, tool: &Tool, link: &LinkView) -> bool {
    let full = print::full_name(tool, link);
    if let Some((_, other)) = full.text.split_once('@') {
        let number = link.peer.map_or(0, |peer| peer.ifindex);
        if other == format!("if{number}") {
            object.put("link_index", number);
        } else {
            object.put("link", other);
        }
    }
    object.put("ifname", link.name.as_str());
    full.lower_is_down
}

fn flags(link: &LinkView, lower_is_down: bool) -> Value {
    let words = print::flags(link, lower_is_down);
    let words = words.trim_matches(['<', '>']).split(',');
    words.filter(|word| !word.is_empty()).collect()
}

/// A device, without addresses.
pub fn describe(tool: &Tool, link: &LinkView, command: Command, family: Family) -> Object {
    let mut object = Object::default();
    object.put("ifindex", link.ifindex);
    let lower_is_down = put_names(&mut object, tool, link);
    object.put("flags", flags(link, lower_is_down)).put("mtu", link.mtu).put("qdisc", link.qdisc);
    object.put_some("master", link.master.map(|master| tool.device_name(master)));
    object.put("operstate", link.state.name());
    if command == Command::Link {
        object.put("linkmode", "DEFAULT");
    }
    object.put("group", tool.name_of(Naming::Group, link.settings.group));
    object.put_some("txqlen", Some(link.tx_queue_len).filter(|length| *length > 0));
    if matches!(family, Family::Any | Family::Link) {
        let is_loopback = matches!(link.kind, KindView::Loopback);
        let broadcast = if is_loopback { link.mac.to_string() } else { "ff:ff:ff:ff:ff:ff".into() };
        object.put("link_type", if is_loopback { "loopback" } else { "ether" });
        object.put("address", link.mac.to_string()).put("broadcast", broadcast);
    }
    if let Some(nsid) = link.peer.and_then(|peer| peer.nsid) {
        match netns::name_of_nsid(tool, nsid) {
            Some(name) => object.put("link_netns", name),
            None => object.put("link_netnsid", nsid),
        };
    }
    if command == Command::Link && !link.settings.alias.is_empty() {
        object.put("ifalias", link.settings.alias.as_str());
    }
    if command == Command::Link && tool.options.statistics > 0 {
        object.put("stats64", statistics(link));
    }
    object
}

fn statistics(link: &LinkView) -> Object {
    let counters = &link.counters;
    let (mut received, mut sent) = (Object::default(), Object::default());
    received.put("bytes", counters.rx_bytes).put("packets", counters.rx_packets);
    received.put("errors", counters.rx_errors).put("dropped", counters.rx_dropped);
    received.put("over_errors", 0).put("multicast", counters.rx_multicast);
    sent.put("bytes", counters.tx_bytes).put("packets", counters.tx_packets);
    sent.put("errors", counters.tx_errors).put("dropped", counters.tx_dropped);
    sent.put("carrier_errors", counters.tx_carrier).put("collisions", 0);
    let mut object = Object::default();
    object.put("rx", received).put("tx", sent);
    object
}

/// A device in brief.
pub fn brief(tool: &Tool, link: &LinkView, family: Family) -> Object {
    let mut object = Object::default();
    let lower_is_down = put_names(&mut object, tool, link);
    object.put("operstate", link.state.name());
    if family == Family::Link {
        object.put("address", link.mac.to_string()).put("flags", flags(link, lower_is_down));
    }
    object
}

/// An address.
pub fn address(tool: &Tool, address: &IfAddr) -> Object {
    let mut object = Object::default();
    let brief = tool.options.brief;
    if !brief {
        object.put("family", "inet");
    }
    object.put("local", address.local.to_string());
    let peer = Some(address.peer).filter(|peer| *peer != address.local);
    object.put_some("address", peer.map(|peer| peer.to_string()));
    object.put("prefixlen", address.prefix_len);
    object.put_some("metric", Some(address.metric).filter(|metric| *metric > 0));
    if brief {
        return object;
    }
    object.put_some("broadcast", address.broadcast.map(|broadcast| broadcast.to_string()));
    let scope = u32::from(address.scope.number());
    object.put("scope", tool.name_of(Naming::Scope, scope));
    object.put_some("secondary", address.secondary.then_some(true));
    object.put_some("noprefixroute", address.noprefixroute.then_some(true));
    object.put("label", address.label.as_str());
    object.put("valid_life_time", FOREVER).put("preferred_life_time", FOREVER);
    object
}

/// An IPv6 address.
pub fn address6(tool: &Tool, address: &If6Addr) -> Object {
    let mut object = Object::default();
    let brief = tool.options.brief;
    if !brief {
        object.put("family", "inet6");
    }
    object.put("local", address.local.to_string()).put("prefixlen", address.prefix_len);
    object.put_some("metric", Some(address.metric).filter(|metric| *metric > 0));
    if brief {
        return object;
    }
    object.put("scope", address.scope.name());
    for flag in addr6::flags(address) {
        object.put(flag, true);
    }
    object.put("valid_life_time", FOREVER).put("preferred_life_time", FOREVER);
    object
}

/// A port of a bridge. The number of its other end is looked up in this namespace, wherever that is.
pub fn port(tool: &Tool, link: &LinkView) -> Object {
    let here = tool.proc.ns();
    let peer = link.peer.map(|peer| PeerView { ns: here, nsid: None, ..peer });
    let link = LinkView { peer, ..link.clone() };
    let mut object = Object::default();
    object.put("ifindex", link.ifindex);
    let lower_is_down = put_names(&mut object, tool, &link);
    object.put("flags", flags(&link, lower_is_down)).put("mtu", link.mtu);
    if let Some(port) = &link.port {
        object.put("master", tool.device_name(port.bridge)).put("state", port.state.name());
        object.put("priority", port.priority).put("cost", port.cost);
    }
    object
}

/// An entry of a forwarding database.
pub fn station(tool: &Tool, view: &FdbView, with_device: bool) -> Object {
    let name = |id: LinkId| tool.device_name(id);
    let mut object = Object::default();
    object.put("mac", view.mac.to_string());
    object.put_some("ifname", with_device.then(|| name(view.link)));
    object.put_some("dst", view.remote.map(|remote| remote.ip.to_string()));
    object.put_some("vlan", view.vlan);
    if let Some(remote) = view.remote {
        object.put_some("port", remote.port).put_some("vni", remote.vni);
        object.put_some("viaIf", remote.via.map(name));
    }
    if tool.options.statistics > 0 && (view.remote.is_some() || view.master.is_some()) {
        object.put("used", view.ages.0).put("updated", view.ages.1);
    }
    let own: &[&str] = if view.master.is_some() { &[] } else { &["self"] };
    object.put("flags", own.iter().copied().collect::<Value>());
    object.put_some("master", view.master.map(name));
    object.put("state", view.state);
    object
}
