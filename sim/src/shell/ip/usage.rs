//! How each object of `ip` is used, word for word as the real tool says it: people search for these lines.

use crate::shell::args::Failure;

/// `ip help`.
pub const IP: &str = include_str!("usage/ip.txt");
/// `ip link help`.
pub const LINK: &str = concat!(include_str!("usage/link.txt"), include_str!("usage/types.txt"));
/// `ip address help`.
pub const ADDRESS: &str =
    concat!(include_str!("usage/address.txt"), include_str!("usage/types.txt"));
/// `ip route help`.
pub const ROUTE: &str = include_str!("usage/route.txt");
/// `ip rule help`.
pub const RULE: &str = include_str!("usage/rule.txt");
/// `ip neigh help`.
pub const NEIGH: &str = include_str!("usage/neigh.txt");
/// `ip netns help`.
pub const NETNS: &str = include_str!("usage/netns.txt");
/// `ip maddress help`.
pub const MADDRESS: &str = include_str!("usage/maddress.txt");
/// `ip monitor help`.
pub const MONITOR: &str = include_str!("usage/monitor.txt");

/// What a type of device takes, for those that are simulated: `ip link help TYPE`.
pub fn of_type(name: &str) -> Option<&'static str> {
    Some(match name {
        "bridge" => include_str!("usage/type_bridge.txt"),
        "bridge_slave" => include_str!("usage/type_bridge_slave.txt"),
        "vxlan" => include_str!("usage/type_vxlan.txt"),
        "dummy" => include_str!("usage/type_dummy.txt"),
        "macvlan" => include_str!("usage/type_macvlan.txt"),
        "ipvlan" => include_str!("usage/type_ipvlan.txt"),
        "vlan" => include_str!("usage/type_vlan.txt"),
        "veth" => include_str!("usage/type_veth.txt"),
        _ => return None,
    })
}

/// How a type is used, after the reproach that a word of it is unknown.
pub fn explain(kind: &str, unknown: Option<(&str, &str)>) -> Failure {
    let reproach = match unknown {
        Some((noun, word)) => format!("{kind}: unknown {noun} \"{word}\"?\n"),
        None => String::new(),
    };
    Failure { text: reproach + of_type(kind).unwrap_or_default(), status: 1 }
}
