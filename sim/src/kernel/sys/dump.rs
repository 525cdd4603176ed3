//! Read-only copies for commands, tests and screens.

use crate::engine::Time;
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::ip6::If6Addr;
use crate::kernel::link::bridge::{PortFlags, PortVlans};
use crate::kernel::link::stp::{BridgeId, PortState};
use crate::kernel::link::vxlan::VxlanConfig;
use crate::kernel::link::{
    Counters, IfAddr, Ipvlan, LinkKind, LinkSettings, Macvlan, MacvlanMode, Netem, OperState, Role,
    Vlan,
};
use crate::kernel::{Kernel, Link};
use crate::wire::{Ipv4Addr, Ipv6Addr, MacAddr, ipv6, multicast_mac};

use super::Sys;

/// One device, as `ip -d link` shows it.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct LinkView {
    pub id: LinkId,
    pub ns: NamespaceId,
    pub name: String,
    pub ifindex: u32,
    pub mac: MacAddr,
    pub mtu: u32,
    pub up: bool,
    pub carrier: bool,
    pub state: OperState,
    pub tx_queue_len: u32,
    pub promiscuity: u32,
    /// How often it was told to take all multicast.
    pub allmulti: u32,
    pub settings: LinkSettings,
    /// Its place in the order in which devices came into the namespace.
    pub arrival: u64,
    pub qdisc: &'static str,
    pub netem: Option<Netem>,
    /// The bridge of which it is a port.
    pub master: Option<LinkId>,
    /// The device that is named behind the `@`.
    pub peer: Option<PeerView>,
    pub addrs: Vec<IfAddr>,
    pub addrs6: Vec<If6Addr>,
    pub counters: Counters,
    pub kind: KindView,
    pub port: Option<PortView>,
}

/// The other end, or the parent, of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerView {
    /// Its number where it is.
    pub ifindex: u32,
    /// Where it is.
    pub ns: NamespaceId,
    /// The number of that namespace in the device's own; `None` if they are the same.
    pub nsid: Option<u32>,
}

/// What kind of device it is, with its settings.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub enum KindView {
    Loopback,
    Nic,
    Veth,
    Bridge(BridgeView),
    Vxlan(VxlanConfig),
    Macvlan(Macvlan),
    Ipvlan(Ipvlan),
    Vlan(Vlan),
    Dummy,
}

impl KindView {
    /// As `ip link add … type` takes it; `None` for what cannot be added.
    pub fn name(&self) -> Option<&'static str> {
        match self {
            KindView::Loopback | KindView::Nic => None,
            KindView::Veth => Some("veth"),
            KindView::Bridge(_) => Some("bridge"),
            KindView::Vxlan(_) => Some("vxlan"),
            KindView::Macvlan(_) => Some("macvlan"),
            KindView::Ipvlan(_) => Some("ipvlan"),
            KindView::Vlan(_) => Some("vlan"),
            KindView::Dummy => Some("dummy"),
        }
    }
}

/// The settings of a bridge. Times are in hundredths of a second, as the kernel shows them.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct BridgeView {
    pub forward_delay: u64,
    pub hello_time: u64,
    pub max_age: u64,
    pub ageing_time: u64,
    pub stp_enabled: bool,
    pub priority: u16,
    pub id: BridgeId,
    pub root: BridgeId,
    pub root_port: u16,
    pub root_path_cost: u32,
    pub topology_change: bool,
    pub topology_change_detected: bool,
    pub vlan_filtering: bool,
    pub default_pvid: u16,
    pub vlans: PortVlans,
    pub group_fwd_mask: u16,
    pub mcast_snooping: bool,
    pub nf_call_iptables: bool,
    pub ports: Vec<LinkId>,
    /// Seconds left of the timers; the last one is that of the next cleaning of the table.
    pub hello_timer: f64,
    pub tcn_timer: f64,
    pub topology_change_timer: f64,
    pub gc_timer: f64,
}

/// The settings of a port.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct PortView {
    pub bridge: LinkId,
    pub state: PortState,
    pub number: u16,
    pub id: u16,
    pub priority: u8,
    pub cost: u32,
    pub flags: PortFlags,
    pub vlans: PortVlans,
    pub designated_root: BridgeId,
    pub designated_bridge: BridgeId,
    pub designated_port: u16,
    pub designated_cost: u32,
    /// Seconds left of the timers.
    pub message_age_timer: f64,
    pub forward_delay_timer: f64,
}

impl Sys<'_> {
    /// All devices of the namespace, by number.
    pub fn links(&mut self) -> Vec<LinkView> {
        let ids: Vec<LinkId> = self.link_ids().collect();
        ids.into_iter().filter_map(|id| self.link(id)).collect()
    }

    /// One device, wherever it is.
    pub fn link(&mut self, id: LinkId) -> Option<LinkView> {
        let now = self.cx.now;
        let peer = self.peer_of(id);
        let kernel = &*self.kernel;
        let link = kernel.links.get(id)?;
        let left = |at: Option<Time>| at.map_or(0.0, |at| (at - now).as_secs_f64());
        let kind = match &link.kind {
            LinkKind::Loopback => KindView::Loopback,
            LinkKind::Nic => KindView::Nic,
            LinkKind::Veth { .. } => KindView::Veth,
            LinkKind::Bridge(_) => KindView::Bridge(bridge_view(kernel, id, now)),
            LinkKind::Vxlan(vxlan) => KindView::Vxlan(vxlan.config),
            LinkKind::Macvlan(macvlan) => KindView::Macvlan(*macvlan),
            LinkKind::Ipvlan(ipvlan) => KindView::Ipvlan(*ipvlan),
            LinkKind::Vlan(vlan) => KindView::Vlan(*vlan),
            LinkKind::Dummy => KindView::Dummy,
        };
        let port = link.port().map(|port| PortView {
            bridge: port.bridge,
            state: port.state,
            number: port.number,
            id: port.id(),
            priority: port.priority,
            cost: port.cost,
            flags: port.flags,
            vlans: port.vlans.clone(),
            designated_root: port.designated.root,
            designated_bridge: port.designated.bridge,
            designated_port: port.designated.port,
            designated_cost: port.designated.cost,
            message_age_timer: left(port.designated.message_age_until),
            forward_delay_timer: left(port.designated.forward_delay_until),
        });
        let qdisc = match (&link.qdisc, &link.kind) {
            (Some(_), _) => "netem",
            (None, _) if !link.opened => "noop",
            (None, LinkKind::Nic) => "fq_codel",
            (None, _) => "noqueue",
        };
        Some(LinkView {
            id,
            ns: link.ns,
            name: link.name.clone(),
            ifindex: link.ifindex,
            mac: link.mac,
            mtu: link.mtu,
            up: link.up,
            carrier: link.carrier,
            state: kernel.link_oper_state(id),
            tx_queue_len: link.tx_queue_len,
            promiscuity: link.promiscuity + kernel.needed_promiscuity(id),
            // A bridge wants all multicast from its ports.
            allmulti: u32::from(link.bridge().is_some()) + u32::from(link.settings.allmulti),
            settings: link.settings.clone(),
            arrival: link.arrival,
            qdisc,
            netem: link.qdisc.as_deref().cloned(),
            master: link.bridge(),
            peer,
            addrs: link.addrs.clone(),
            addrs6: link.inet6.addrs.clone(),
            counters: link.counters,
            kind,
            port,
        })
    }

    /// The device behind the `@`. A tunnel names its underlay when that is in another namespace.
    fn peer_of(&mut self, id: LinkId) -> Option<PeerView> {
        let link = self.kernel.links.get(id)?;
        let own_ns = link.ns;
        let (ifindex, ns) = match &link.kind {
            LinkKind::Vxlan(vxlan) => {
                if vxlan.config.underlay == own_ns {
                    return None;
                }
                // A device that was made elsewhere shows its own number there.
                (link.ifindex, vxlan.config.underlay)
            }
            _ => {
                let lower = self.kernel.lower_of(id)?;
                let lower = self.kernel.links.get(lower)?;
                (lower.ifindex, lower.ns)
            }
        };
        let nsid = (ns != own_ns).then(|| self.kernel.namespaces[own_ns].nsid_of(ns));
        Some(PeerView { ifindex, ns, nsid })
    }

    /// The device with this number in a namespace.
    pub fn link_at(&self, ns: NamespaceId, ifindex: u32) -> Option<LinkId> {
        self.kernel.namespaces.get(ns)?.links.get(&ifindex).copied()
    }

    /// The multicast groups of a device (`ip maddr`): hardware addresses, and IPv4 groups.
    pub fn groups(&self, id: LinkId) -> (Vec<MacAddr>, Vec<Ipv4Addr>) {
        let link = &self.kernel.links[id];
        let joined = link.groups.iter().rev().map(|(group, _)| *group);
        let all = joined.chain([Ipv4Addr::new(224, 0, 0, 1)]).filter(|_| link.up).collect();
        (self.kernel.hardware_groups(id), all)
    }
}

impl Sys<'_> {
    /// The IPv6 groups of a device, the newest first, each with its number of users. Every device is in
    /// those of all nodes, even where IPv6 is off.
    pub fn groups6(&self, id: LinkId) -> Vec<(Ipv6Addr, u32)> {
        let groups = self.kernel.links[id].inet6.groups.iter().rev();
        let joined = groups.map(|group| (group.address, group.users));
        joined.chain([(ipv6::ALL_NODES, 1), (ipv6::INTERFACE_NODES, 1)]).collect()
    }

    /// How often a hardware group of IPv6 is wanted on a device (`ip maddress`).
    pub fn hardware_group_users(&self, id: LinkId, mac: MacAddr) -> usize {
        let same = |(group, _): &(Ipv6Addr, u32)| {
            ipv6::multicast_mac(*group) == mac && ipv6::multicast_scope(*group) != Some(1)
        };
        self.groups6(id).iter().filter(|group| same(group)).count().max(1)
    }
}

impl Kernel {
    /// The addresses for which a device has to listen, beside its own: those of its children, and those
    /// that an administrator added.
    pub(in crate::kernel) fn foreign_addresses(&self, id: LinkId) -> Vec<MacAddr> {
        let link = &self.links[id];
        let children = match &link.role {
            Role::MacvlanParent(children) => children.as_slice(),
            _ => &[],
        };
        let children = children.iter().map(|child| &self.links[*child]);
        let listening = children.filter(|child| child.up && !is_passthru(child));
        listening.map(|child| child.mac).chain(link.extra_addresses.iter().copied()).collect()
    }

    /// How often the children of a device make it promiscuous: a virtual cable cannot listen for several
    /// addresses otherwise, and a child that shares its parent's place takes everything.
    fn needed_promiscuity(&self, id: LinkId) -> u32 {
        let link = &self.links[id];
        let takes_all = match &link.role {
            Role::MacvlanParent(children) => children.iter().any(|child| {
                let child = &self.links[*child];
                child.up && is_passthru(child)
            }),
            _ => false,
        };
        let is_cable = matches!(link.kind, LinkKind::Veth { .. });
        u32::from(takes_all) + u32::from(is_cable && !self.foreign_addresses(id).is_empty())
    }

    /// The multicast hardware addresses that a device listens to.
    pub(in crate::kernel) fn hardware_groups(&self, id: LinkId) -> Vec<MacAddr> {
        let link = &self.links[id];
        if link.is_loopback() {
            return Vec::new();
        }
        // The IPv6 group of all nodes is there even where IPv6 is off, and on devices that are down.
        let (mut groups, later) = self.hardware_groups6(id);
        if !link.up {
            return groups;
        }
        if link.as_bridge().is_some_and(|bridge| bridge.mcast_snooping) {
            groups.push(multicast_mac(Ipv4Addr::new(224, 0, 0, 106)));
            groups.push(ipv6::multicast_mac(ipv6::ALL_SNOOPERS));
        }
        groups.push(multicast_mac(Ipv4Addr::new(224, 0, 0, 1)));
        groups.extend(later);
        groups.extend(link.groups.iter().map(|(group, _)| multicast_mac(*group)));
        groups
    }
}

fn is_passthru(link: &Link) -> bool {
    matches!(&link.kind, LinkKind::Macvlan(macvlan) if macvlan.mode == MacvlanMode::Passthru)
}

fn bridge_view(kernel: &Kernel, id: LinkId, now: Time) -> BridgeView {
    let bridge = kernel.links[id].as_bridge().expect("the caller saw a bridge");
    let ticks = |span: crate::engine::Span| span.as_millis() / 10;
    let own = kernel.bridge_id(id);
    let stp = &bridge.stp;
    let root_port = stp.root_port.and_then(|port| kernel.links[port].port());
    let left = |at: Option<Time>| at.map_or(0.0, |at| (at - now).as_secs_f64());
    // The table is swept a tenth of a second after the bridge came up, then once in an ageing time.
    let period = bridge.ageing.as_secs_f64().max(1.0);
    let gc_timer = bridge.up_since.map_or(0.0, |up| {
        let first_left = 0.1 - (now - up).as_secs_f64();
        if first_left > 0.0 { first_left } else { period + first_left % period }
    });
    BridgeView {
        forward_delay: ticks(stp.times.forward_delay),
        hello_time: ticks(stp.times.hello),
        max_age: ticks(stp.times.max_age),
        ageing_time: ticks(bridge.ageing),
        stp_enabled: stp.enabled,
        priority: stp.priority,
        id: own,
        root: if stp.enabled { stp.root.unwrap_or(own) } else { own },
        root_port: root_port.map_or(0, |port| port.number),
        root_path_cost: stp.root_path_cost,
        topology_change: stp.topology_change,
        topology_change_detected: stp.topology_change_detected,
        vlan_filtering: bridge.vlan_filtering,
        default_pvid: bridge.default_pvid,
        vlans: bridge.vlans.clone(),
        group_fwd_mask: bridge.group_fwd_mask,
        mcast_snooping: bridge.mcast_snooping,
        nf_call_iptables: bridge.nf_call_iptables,
        ports: bridge.ports.clone(),
        hello_timer: left(stp.hello_at),
        tcn_timer: left(stp.tcn_at),
        topology_change_timer: left(stp.topology_change_until),
        gc_timer,
    }
}
