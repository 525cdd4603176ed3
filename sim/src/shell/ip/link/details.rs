//! What `ip -d` adds to a device: its limits, its kind with all settings, its place in a bridge.

use super::super::Tool;
use super::name::{Command, name};
use crate::kernel::link::bridge::PortFlags;
use crate::kernel::link::stp::BridgeId;
use crate::kernel::link::vxlan::{TunnelDf, VxlanConfig};
use crate::kernel::sys::dump::{BridgeView, KindView, LinkView, PortView};

/// All details, beginning behind the hardware address.
pub fn describe(tool: &Tool, link: &LinkView, command: Command) -> String {
    let newline = tool.newline();
    let (smallest, largest) = mtu_limits(&link.kind);
    let mut text = format!(
        " promiscuity {}  allmulti {} minmtu {smallest} maxmtu {largest} ",
        link.promiscuity, link.allmulti
    );
    if let Some(kind) = link.kind.name() {
        text += &format!("{newline}    {kind} {}", kind_details(tool, &link.kind));
    }
    if let Some(port) = &link.port {
        text += &format!("{newline}    bridge_slave {}", port_details(port));
    }
    if command == Command::Link {
        text += "addrgenmode eui64 ";
    }
    let queues = if matches!(link.kind, KindView::Veth) { 2 } else { 1 };
    text += &format!("numtxqueues {queues} numrxqueues {queues} ");
    text += "gso_max_size 65536 gso_max_segs 65535 ";
    text += &format!("tso_max_size {} tso_max_segs 65535 ", largest_segment(tool, link));
    text + "gro_max_size 65536 "
}

/// Smallest and largest MTU of a kind of device.
fn mtu_limits(kind: &KindView) -> (u32, u32) {
    match kind {
        KindView::Loopback | KindView::Dummy => (0, 0),
        KindView::Vlan(_) => (0, 65535),
        _ => (68, 65535),
    }
}

/// The largest piece of TCP that a device takes at once: children have that of their parents, a bridge
/// the smallest of its ports'.
fn largest_segment(tool: &Tool, link: &LinkView) -> u32 {
    const PLAIN: u32 = 65536;
    const LARGE: u32 = 524_280;
    let of =
        |id| tool.proc.sys(|sys| sys.link(id)).map_or(PLAIN, |other| largest_segment(tool, &other));
    match &link.kind {
        KindView::Nic => PLAIN,
        KindView::Vxlan(config) => config.device.map_or(PLAIN, of),
        KindView::Bridge(bridge) => {
            bridge.ports.iter().map(|port| of(*port)).min().unwrap_or(PLAIN)
        }
        KindView::Macvlan(macvlan) => of(macvlan.parent),
        KindView::Ipvlan(ipvlan) => of(ipvlan.parent),
        KindView::Vlan(vlan) => of(vlan.parent),
        KindView::Loopback | KindView::Veth | KindView::Dummy => LARGE,
    }
}

fn kind_details(tool: &Tool, kind: &KindView) -> String {
    match kind {
        KindView::Bridge(bridge) => bridge_details(bridge),
        KindView::Vxlan(config) => vxlan_details(tool, config),
        KindView::Macvlan(macvlan) => {
            format!("mode {} bcqueuelen 1000 usedbcqueuelen 1000 ", macvlan.mode.name())
        }
        KindView::Ipvlan(ipvlan) => {
            format!(" mode {} {} ", ipvlan.mode.name(), ipvlan.flag.name())
        }
        KindView::Vlan(vlan) => format!("protocol 802.1Q id {} <REORDER_HDR> ", vlan.id),
        KindView::Loopback | KindView::Nic | KindView::Veth | KindView::Dummy => String::new(),
    }
}

/// A bridge in the tree: its address is printed without leading zeros.
pub fn bridge_id(id: BridgeId) -> String {
    let mac = id.mac;
    format!(
        "{:04x}.{:x}:{:x}:{:x}:{:x}:{:x}:{:x}",
        id.priority, mac.0, mac.1, mac.2, mac.3, mac.4, mac.5
    )
}

fn bridge_details(bridge: &BridgeView) -> String {
    let mut text = format!(
        "forward_delay {} hello_time {} max_age {} ageing_time {} stp_state {} priority {} \
         vlan_filtering {} ",
        bridge.forward_delay,
        bridge.hello_time,
        bridge.max_age,
        bridge.ageing_time,
        u8::from(bridge.stp_enabled),
        bridge.priority,
        u8::from(bridge.vlan_filtering),
    );
    if bridge.vlan_filtering {
        text += "vlan_protocol 802.1Q ";
    }
    // The real tool, too, prints the bridge's own id as that of the root.
    let own = bridge_id(bridge.id);
    text += &format!(
        "bridge_id {own} designated_root {own} root_port {} root_path_cost {} \
         topology_change {} topology_change_detected {} ",
        bridge.root_port,
        bridge.root_path_cost,
        u8::from(bridge.topology_change),
        u8::from(bridge.topology_change_detected),
    );
    text += &timer("hello_timer", bridge.hello_timer);
    text += &timer("tcn_timer", bridge.tcn_timer);
    text += &timer("topology_change_timer", bridge.topology_change_timer);
    text += &timer("gc_timer", bridge.gc_timer);
    if bridge.vlan_filtering {
        text += &format!(
            "vlan_default_pvid {} vlan_stats_enabled 0 vlan_stats_per_port 0 ",
            bridge.default_pvid
        );
    }
    text += &format!(
        "group_fwd_mask {} group_address 01:80:c2:00:00:00 mcast_snooping {} ",
        hexadecimal(u32::from(bridge.group_fwd_mask)),
        u8::from(bridge.mcast_snooping),
    );
    // Multicast is not tracked: these are the defaults of the kernel, which nothing here can change.
    text += "no_linklocal_learn 0 mcast_vlan_snooping 0 mcast_router 1 mcast_query_use_ifaddr 0 \
             mcast_querier 0 mcast_hash_elasticity 16 mcast_hash_max 4096 \
             mcast_last_member_count 2 mcast_startup_query_count 2 \
             mcast_last_member_interval 100 mcast_membership_interval 26000 \
             mcast_querier_interval 25500 mcast_query_interval 12500 \
             mcast_query_response_interval 1000 mcast_startup_query_interval 3124 \
             mcast_stats_enabled 0 mcast_igmp_version 2 mcast_mld_version 1 ";
    text += &format!("nf_call_iptables {} ", u8::from(bridge.nf_call_iptables));
    text + "nf_call_ip6tables 0 nf_call_arptables 0 "
}

/// Seconds left, to a hundredth.
fn timer(name: &str, seconds: f64) -> String {
    let hundredths = (seconds * 100.0) as u64;
    format!("{name} {:>4}.{:02} ", hundredths / 100, hundredths % 100)
}

/// As C's `%#x` has it.
fn hexadecimal(value: u32) -> String {
    if value == 0 { "0".to_owned() } else { format!("{value:#x}") }
}

fn on_off(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

/// A list of flags with their states.
pub fn flag_list(flags: &[(&str, bool)]) -> String {
    flags.iter().map(|(name, on)| format!("{name} {} ", on_off(*on))).collect()
}

fn port_details(port: &PortView) -> String {
    let PortFlags {
        hairpin,
        guard,
        root_block,
        fastleave,
        learning,
        flood,
        mcast_flood,
        bcast_flood,
        mcast_to_unicast,
        neigh_suppress,
        vlan_tunnel,
        isolated,
        locked,
    } = port.flags;
    let mut text =
        format!("state {} priority {} cost {} ", port.state.name(), port.priority, port.cost);
    text += &flag_list(&[
        ("hairpin", hairpin),
        ("guard", guard),
        ("root_block", root_block),
        ("fastleave", fastleave),
        ("learning", learning),
        ("flood", flood),
    ]);
    text += &format!(
        "port_id {:#x} port_no {:#x} designated_port {} designated_cost {} \
         designated_bridge {} designated_root {} ",
        port.id,
        port.number,
        port.designated_port,
        port.designated_cost,
        bridge_id(port.designated_bridge),
        bridge_id(port.designated_root),
    );
    text += &timer("hold_timer", 0.0);
    text += &timer("message_age_timer", port.message_age_timer);
    text += &timer("forward_delay_timer", port.forward_delay_timer);
    text += "topology_change_ack 0 config_pending 0 proxy_arp off proxy_arp_wifi off \
             mcast_router 1 ";
    text += &flag_list(&[
        ("mcast_fast_leave", fastleave),
        ("mcast_flood", mcast_flood),
        ("bcast_flood", bcast_flood),
        ("mcast_to_unicast", mcast_to_unicast),
        ("neigh_suppress", neigh_suppress),
    ]);
    text += "group_fwd_mask 0 group_fwd_mask_str 0x0 ";
    text + &flag_list(&[("vlan_tunnel", vlan_tunnel), ("isolated", isolated), ("locked", locked)])
}

fn vxlan_details(tool: &Tool, config: &VxlanConfig) -> String {
    let mut text = format!("id {} ", config.vni);
    if let Some(remote) = config.remote {
        let word = if remote.is_multicast() { "group" } else { "remote" };
        text += &format!("{word} {remote} ");
    }
    if let Some(local) = config.local {
        text += &format!("local {local} ");
    }
    if config.device.is_some() {
        text += &format!("dev {} ", name(tool, config.device));
    }
    let (low, high) = config.source_ports;
    text += &format!("srcport {low} {high} dstport {} ", config.port);
    let flags = [
        (!config.learning, "nolearning "),
        (config.proxy, "proxy "),
        (config.l2miss, "l2miss "),
        (config.l3miss, "l3miss "),
    ];
    text.extend(flags.iter().filter(|(on, _)| *on).map(|(_, word)| *word));
    match config.tos {
        0 => {}
        1 => text += "tos inherit ",
        tos => text += &format!("tos {tos:#x} "),
    }
    match config.ttl {
        0 => text += "ttl auto ",
        ttl => text += &format!("ttl {ttl} "),
    }
    match config.df {
        TunnelDf::Unset => {}
        TunnelDf::Set => text += "df set ",
        TunnelDf::Inherit => text += "df inherit ",
    }
    text += &format!("ageing {} ", config.ageing.as_secs());
    if config.max_addresses > 0 {
        text += &format!("maxaddr {} ", config.max_addresses);
    }
    let checksum = if config.udp_checksum { "" } else { "no" };
    text + &format!("{checksum}udpcsum noudp6zerocsumtx noudp6zerocsumrx ")
}
