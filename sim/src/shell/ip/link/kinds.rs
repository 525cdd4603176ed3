//! The options behind `type`: those of virtual cables, bridges and their ports, tunnels, sub-interfaces.

use super::super::{Tool, usage};
use super::request::Request;
use super::verb::Verb;
use super::vxlan::VxlanOptions;
use crate::engine::Span;
use crate::kernel::link::ipvlan::IpvlanFlag;
use crate::kernel::link::{IpvlanMode, MacvlanMode};
use crate::kernel::sys::link::{BridgeChange, PortChange};
use crate::shell::args::{Args, Failure, Result, abbreviated, abbreviates};

/// Ticks of a hundredth of a second, in which bridges count.
const TICK: u64 = 10;

/// A type with its options.
#[derive(Debug, Clone)]
pub enum Kind<'a> {
    /// A virtual cable, with what is asked of the other end.
    Veth(Option<Box<Request<'a>>>),
    /// A bridge.
    Bridge(Vec<BridgeChange>),
    /// A port of a bridge.
    Port(Vec<PortChange>),
    /// A tunnel end.
    Vxlan(Box<VxlanOptions>),
    /// A second card on the same wire.
    Macvlan(Option<MacvlanMode>),
    /// The same, with the address of the first.
    Ipvlan(Option<IpvlanMode>, IpvlanFlag),
    /// An 802.1Q sub-interface.
    Vlan(Option<u16>),
    /// A device that swallows everything.
    Dummy,
}

/// Types of the real tool for which there is nothing here.
const NOT_SIMULATED: &[&str] = &[
    "amt",
    "bareudp",
    "bond",
    "bond_slave",
    "dsa",
    "erspan",
    "geneve",
    "gre",
    "gretap",
    "gtp",
    "ifb",
    "ip6erspan",
    "ip6gre",
    "ip6gretap",
    "ip6tnl",
    "ipip",
    "ipoib",
    "ipvtap",
    "macsec",
    "macvtap",
    "netdevsim",
    "nlmon",
    "rmnet",
    "sit",
    "team",
    "team_slave",
    "vcan",
    "vrf",
    "vti",
    "vxcan",
    "wwan",
    "xfrm",
    "virt_wifi",
];

impl<'a> Kind<'a> {
    /// Reads the options of a type; `None` for a type that does not exist at all.
    pub fn parse(
        tool: &Tool,
        verb: Verb,
        name: &str,
        args: &mut Args<'a>,
    ) -> Result<Option<Kind<'a>>> {
        Ok(Some(match name {
            "veth" => Kind::Veth(parse_veth(tool, args)?),
            "bridge" => Kind::Bridge(parse_bridge(args)?),
            "bridge_slave" => Kind::Port(parse_port(args)?),
            "vxlan" => Kind::Vxlan(Box::new(VxlanOptions::parse(tool, verb, args)?)),
            "macvlan" => Kind::Macvlan(parse_macvlan(args)?),
            "ipvlan" => parse_ipvlan(args)?,
            "vlan" => Kind::Vlan(parse_vlan(args)?),
            _ => {
                if NOT_SIMULATED.contains(&name) {
                    return Err(Failure::not_simulated(format_args!("ip link: type {name}")));
                }
                if let Some(word) = args.peek() {
                    if abbreviates(word, "help") {
                        return Err(Failure::usage(usage::LINK));
                    }
                    let line = format!(
                        "Garbage instead of arguments \"{word} ...\". Try \"ip link help\"."
                    );
                    return Err(Failure::new(line, 1));
                }
                return Ok((name == "dummy").then_some(Kind::Dummy));
            }
        }))
    }
}

fn parse_veth<'a>(tool: &Tool, args: &mut Args<'a>) -> Result<Option<Box<Request<'a>>>> {
    if args.is_empty() {
        return Ok(None);
    }
    if !args.eat("peer") {
        // The real tool says this on standard output.
        tool.print(usage::of_type("veth").unwrap_or_default());
        return Err(Failure::silent(1));
    }
    let request = Request::parse(tool, Verb::Add, args)?;
    match request.kind {
        Some(kind) => Err(Failure::duplicate("type", kind)),
        None => Ok(Some(Box::new(request))),
    }
}

type BridgeSetter = fn(u64) -> BridgeChange;

/// The options of a bridge: the largest value, and the setting.
const BRIDGE_OPTIONS: &[(&str, (u64, BridgeSetter))] = &[
    ("forward_delay", (U32, |v| BridgeChange::ForwardDelay(Span::millis(v * TICK)))),
    ("hello_time", (U32, |v| BridgeChange::HelloTime(Span::millis(v * TICK)))),
    ("max_age", (U32, |v| BridgeChange::MaxAge(Span::millis(v * TICK)))),
    ("ageing_time", (U32, |v| BridgeChange::AgeingTime(Span::millis(v * TICK)))),
    ("stp_state", (U32, |v| BridgeChange::StpState(v != 0))),
    ("priority", (U16, |v| BridgeChange::Priority(v as u16))),
    ("vlan_filtering", (U8, |v| BridgeChange::VlanFiltering(v != 0))),
    ("vlan_default_pvid", (U16, |v| BridgeChange::VlanDefaultPvid(v as u16))),
    ("group_fwd_mask", (U16, |v| BridgeChange::GroupFwdMask(v as u16))),
    ("mcast_snooping", (U8, |v| BridgeChange::McastSnooping(v != 0))),
    ("nf_call_iptables", (U8, |v| BridgeChange::NfCallIptables(v != 0))),
];

const U8: u64 = u8::MAX as u64;
const U16: u64 = u16::MAX as u64;
const U32: u64 = u32::MAX as u64;

/// Options of a bridge for which there is nothing here, behind those with the same beginning.
const BRIDGE_NOT_SIMULATED: &[(&str, ())] = &[
    ("vlan_protocol", ()),
    ("group_address", ()),
    ("no_linklocal_learn", ()),
    ("vlan_stats_enabled", ()),
    ("vlan_stats_per_port", ()),
    ("mcast_router", ()),
    ("mcast_vlan_snooping", ()),
    ("mcast_query_use_ifaddr", ()),
    ("mcast_querier", ()),
    ("mcast_hash_elasticity", ()),
    ("mcast_hash_max", ()),
    ("mcast_last_member_count", ()),
    ("mcast_startup_query_count", ()),
    ("mcast_last_member_interval", ()),
    ("mcast_membership_interval", ()),
    ("mcast_querier_interval", ()),
    ("mcast_query_interval", ()),
    ("mcast_query_response_interval", ()),
    ("mcast_startup_query_interval", ()),
    ("mcast_stats_enabled", ()),
    ("mcast_igmp_version", ()),
    ("mcast_mld_version", ()),
    ("nf_call_ip6tables", ()),
    ("nf_call_arptables", ()),
];

/// The settings of a bridge, in the order in which the kernel makes them.
fn parse_bridge(args: &mut Args) -> Result<Vec<BridgeChange>> {
    let mut changes: Vec<(usize, BridgeChange)> = Vec::new();
    while let Some(word) = args.next() {
        let place = BRIDGE_OPTIONS.iter().position(|(full, _)| abbreviates(word, full));
        let Some(place) = place else {
            if abbreviates(word, "fdb_flush") {
                changes.push((BRIDGE_OPTIONS.len(), BridgeChange::FdbFlush));
                continue;
            }
            return Err(match abbreviated(word, BRIDGE_NOT_SIMULATED) {
                Some(()) => Failure::not_simulated(format_args!("ip link: bridge option {word}")),
                None if abbreviates(word, "help") => usage::explain("bridge", None),
                None => usage::explain("bridge", Some(("command", word))),
            });
        };
        let (full, (max, setter)) = BRIDGE_OPTIONS[place];
        let value = args.number(max, format_args!("invalid {full}"))?;
        changes.push((place, setter(value)));
    }
    changes.sort_by_key(|(place, _)| *place);
    Ok(changes.into_iter().map(|(_, change)| change).collect())
}

type FlagSetter = fn(bool) -> PortChange;

/// The flags of a port.
pub const PORT_FLAGS: &[(&str, FlagSetter)] = &[
    ("hairpin", PortChange::Hairpin),
    ("guard", PortChange::Guard),
    ("root_block", PortChange::RootBlock),
    ("fastleave", PortChange::Fastleave),
    ("learning", PortChange::Learning),
    ("flood", PortChange::Flood),
    ("mcast_flood", PortChange::McastFlood),
    ("bcast_flood", PortChange::BcastFlood),
    ("mcast_to_unicast", PortChange::McastToUnicast),
    ("mcast_fast_leave", PortChange::Fastleave),
    ("neigh_suppress", PortChange::NeighSuppress),
    ("vlan_tunnel", PortChange::VlanTunnel),
    ("isolated", PortChange::Isolated),
    ("locked", PortChange::Locked),
];

/// Options of a port for which there is nothing here.
pub const PORT_NOT_SIMULATED: &[&str] = &[
    "proxy_arp",
    "proxy_arp_wifi",
    "mcast_router",
    "group_fwd_mask",
    "backup_port",
    "nobackup_port",
    "learning_sync",
    "hwmode",
];

/// The value of a flag (`parse_on_off`).
pub fn flag_value(flag: &str, args: &mut Args) -> Result<bool> {
    match args.value()? {
        "on" => Ok(true),
        "off" => Ok(false),
        value => {
            let line = format!(
                "Error: argument of \"{flag}\" must be one of \"off\", \"on\", not \"{value}\""
            );
            Err(Failure::new(line, 1))
        }
    }
}

fn parse_port(args: &mut Args) -> Result<Vec<PortChange>> {
    let mut changes = Vec::new();
    while let Some(word) = args.next() {
        changes.push(match word {
            _ if abbreviates(word, "fdb_flush") => PortChange::FdbFlush,
            _ if abbreviates(word, "state") => {
                PortChange::State(args.number(U8, "state is invalid")? as u8)
            }
            _ if abbreviates(word, "priority") => {
                PortChange::Priority(args.number(U16, "priority is invalid")? as u16)
            }
            _ if abbreviates(word, "cost") => {
                PortChange::Cost(args.number(U32, "cost is invalid")? as u32)
            }
            _ => {
                let flag = PORT_FLAGS.iter().find(|(full, _)| abbreviates(word, full));
                match flag {
                    Some((full, setter)) => setter(flag_value(full, args)?),
                    None if PORT_NOT_SIMULATED.iter().any(|full| abbreviates(word, full)) => {
                        let what = format!("ip link: bridge_slave option {word}");
                        return Err(Failure::not_simulated(what));
                    }
                    None if abbreviates(word, "help") => {
                        return Err(usage::explain("bridge_slave", None));
                    }
                    None => return Err(usage::explain("bridge_slave", Some(("option", word)))),
                }
            }
        });
    }
    Ok(changes)
}

fn parse_macvlan(args: &mut Args) -> Result<Option<MacvlanMode>> {
    let mut mode = None;
    while let Some(word) = args.next() {
        if abbreviates(word, "mode") {
            mode = Some(match args.value()? {
                "private" => MacvlanMode::Private,
                "vepa" => MacvlanMode::Vepa,
                "bridge" => MacvlanMode::Bridge,
                "passthru" => MacvlanMode::Passthru,
                "source" => MacvlanMode::Source,
                value => {
                    let line = format!(
                        "Error: argument of \"mode\" must be \"private\", \"vepa\", \"bridge\", \
                         \"passthru\" or \"source\", not \"{value}\""
                    );
                    return Err(Failure::new(line, 1));
                }
            });
            continue;
        }
        let others = ["flag", "macaddr", "nopromisc", "nodst", "bcqueuelen"];
        return Err(if others.iter().any(|full| abbreviates(word, full)) {
            Failure::not_simulated(format_args!("ip link: macvlan option {word}"))
        } else if abbreviates(word, "help") {
            usage::explain("macvlan", None)
        } else {
            usage::explain("macvlan", Some(("option", word)))
        });
    }
    Ok(mode)
}

fn parse_ipvlan<'a>(args: &mut Args<'a>) -> Result<Kind<'a>> {
    let (mut mode, mut flag) = (None, None);
    while let Some(word) = args.next() {
        match word {
            _ if abbreviates(word, "mode") => {
                mode = Some(match args.value()? {
                    "l2" => IpvlanMode::L2,
                    "l3" => IpvlanMode::L3,
                    "l3s" => IpvlanMode::L3s,
                    _ => {
                        let line = "Error: argument of \"mode\" must be either \"l2\", \"l3\" or \
                                    \"l3s\"";
                        return Err(Failure::new(line, 1));
                    }
                });
            }
            _ if abbreviates(word, "private") && flag.is_none() => flag = Some(IpvlanFlag::Private),
            _ if abbreviates(word, "vepa") && flag.is_none() => flag = Some(IpvlanFlag::Vepa),
            _ if abbreviates(word, "bridge") && flag.is_none() => flag = Some(IpvlanFlag::Bridge),
            _ if abbreviates(word, "help") => return Err(usage::explain("ipvlan", None)),
            _ => return Err(usage::explain("ipvlan", Some(("option", word)))),
        }
    }
    Ok(Kind::Ipvlan(mode, flag.unwrap_or(IpvlanFlag::Bridge)))
}

fn parse_vlan(args: &mut Args) -> Result<Option<u16>> {
    let mut id = None;
    while let Some(word) = args.next() {
        match word {
            _ if abbreviates(word, "protocol") => {
                let value = args.value()?;
                if !matches!(value.to_ascii_lowercase().as_str(), "802.1q" | "0x8100") {
                    return Err(Failure::not_simulated(format_args!(
                        "ip link: VLAN protocol {value}"
                    )));
                }
            }
            _ if abbreviates(word, "id") => id = Some(args.number(U16, "id is invalid")? as u16),
            _ if abbreviates(word, "help") => return Err(usage::explain("vlan", None)),
            _ => {
                let others = [
                    "reorder_hdr",
                    "gvrp",
                    "mvrp",
                    "loose_binding",
                    "bridge_binding",
                    "ingress-qos-map",
                    "egress-qos-map",
                ];
                return Err(if others.iter().any(|full| abbreviates(word, full)) {
                    Failure::not_simulated(format_args!("ip link: vlan option {word}"))
                } else {
                    usage::explain("vlan", Some(("command", word)))
                });
            }
        }
    }
    Ok(id)
}
