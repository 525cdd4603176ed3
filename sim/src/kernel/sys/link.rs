//! Devices: making, changing, removing (`ip link`, `bridge link`, `tc qdisc`).

use crate::engine::Span;
use crate::kernel::Kernel;
use crate::kernel::errno::{Errno, NetlinkError};
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::link::admin::{KindSpec, LinkSpec};
use crate::kernel::link::bridge::PortFlags;
use crate::kernel::link::vxlan::{Remote, TunnelDf, VxlanEntry, VxlanState};
use crate::kernel::link::{LinkKind, MacvlanMode, Netem};
use crate::wire::{Ipv4Addr, MacAddr, ZERO_MAC, is_valid_station_mac};

use super::Sys;

/// A setting of a bridge (`ip link set … type bridge …`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum BridgeChange {
    AgeingTime(Span),
    ForwardDelay(Span),
    HelloTime(Span),
    MaxAge(Span),
    StpState(bool),
    Priority(u16),
    VlanFiltering(bool),
    VlanDefaultPvid(u16),
    GroupFwdMask(u16),
    McastSnooping(bool),
    NfCallIptables(bool),
}

/// A setting of a bridge port (`bridge link set`, `ip link set … type bridge_slave …`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum PortChange {
    Hairpin(bool),
    Guard(bool),
    RootBlock(bool),
    Fastleave(bool),
    Learning(bool),
    Flood(bool),
    McastFlood(bool),
    BcastFlood(bool),
    McastToUnicast(bool),
    NeighSuppress(bool),
    VlanTunnel(bool),
    Isolated(bool),
    Locked(bool),
    Cost(u32),
    Priority(u8),
}

impl PortChange {
    /// The flag that it changes, for those that are flags.
    fn apply(self, flags: &mut PortFlags) {
        match self {
            PortChange::Hairpin(on) => flags.hairpin = on,
            PortChange::Guard(on) => flags.guard = on,
            PortChange::RootBlock(on) => flags.root_block = on,
            PortChange::Fastleave(on) => flags.fastleave = on,
            PortChange::Learning(on) => flags.learning = on,
            PortChange::Flood(on) => flags.flood = on,
            PortChange::McastFlood(on) => flags.mcast_flood = on,
            PortChange::BcastFlood(on) => flags.bcast_flood = on,
            PortChange::McastToUnicast(on) => flags.mcast_to_unicast = on,
            PortChange::NeighSuppress(on) => flags.neigh_suppress = on,
            PortChange::VlanTunnel(on) => flags.vlan_tunnel = on,
            PortChange::Isolated(on) => flags.isolated = on,
            PortChange::Locked(on) => flags.locked = on,
            PortChange::Cost(_) | PortChange::Priority(_) => {}
        }
    }

    fn words(self) -> String {
        let (name, on) = match self {
            PortChange::Hairpin(on) => ("hairpin", on),
            PortChange::Guard(on) => ("guard", on),
            PortChange::RootBlock(on) => ("root_block", on),
            PortChange::Fastleave(on) => ("fastleave", on),
            PortChange::Learning(on) => ("learning", on),
            PortChange::Flood(on) => ("flood", on),
            PortChange::McastFlood(on) => ("mcast_flood", on),
            PortChange::BcastFlood(on) => ("bcast_flood", on),
            PortChange::McastToUnicast(on) => ("mcast_to_unicast", on),
            PortChange::NeighSuppress(on) => ("neigh_suppress", on),
            PortChange::VlanTunnel(on) => ("vlan_tunnel", on),
            PortChange::Isolated(on) => ("isolated", on),
            PortChange::Locked(on) => ("locked", on),
            PortChange::Cost(cost) => return format!("cost {cost}"),
            PortChange::Priority(priority) => return format!("priority {priority}"),
        };
        format!("{name} {}", if on { "on" } else { "off" })
    }
}

/// A setting of a VXLAN device (`ip link set … type vxlan …`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum VxlanChange {
    Remote(Ipv4Addr),
    Local(Ipv4Addr),
    Tos(u8),
    Ttl(u8),
    Df(TunnelDf),
    Learning(bool),
    Proxy(bool),
    L2Miss(bool),
    L3Miss(bool),
    Ageing(Span),
    UdpChecksum(bool),
}

type Result<T> = std::result::Result<T, NetlinkError>;

impl Sys<'_> {
    /// Makes a device (`ip link add`).
    pub fn link_add(&mut self, spec: &LinkSpec) -> Result<LinkId> {
        let id = self.kernel.link_add(self.cx, self.ns, spec)?;
        self.record(|kernel| add_command(kernel, id, spec));
        Ok(id)
    }

    /// Removes a device (`ip link del`).
    pub fn link_del(&mut self, id: LinkId) -> Result<()> {
        let name = self.link_name(id);
        self.kernel.link_del(self.cx, id)?;
        self.record(|_| format!("ip link del {name}"));
        Ok(())
    }

    /// Sets a device up (`ip link set … up`).
    pub fn link_up(&mut self, id: LinkId) -> Result<()> {
        self.kernel.link_up(self.cx, id)?;
        self.record_link(id, "up");
        Ok(())
    }

    /// Sets a device down (`ip link set … down`).
    pub fn link_down(&mut self, id: LinkId) {
        self.kernel.link_down(self.cx, id);
        self.record_link(id, "down");
    }

    /// Moves a device (`ip link set … netns …`), perhaps under another name.
    pub fn link_set_ns(&mut self, id: LinkId, ns: NamespaceId, name: Option<&str>) -> Result<()> {
        let old = self.link_name(id);
        self.kernel.link_set_ns(self.cx, id, ns, name)?;
        self.record(|kernel| {
            let label = &kernel.namespaces[ns].label;
            let rename = name.filter(|name| *name != old).map(|name| format!(" name {name}"));
            format!("ip link set {old} netns {label}{}", rename.unwrap_or_default())
        });
        Ok(())
    }

    /// Renames a device (`ip link set … name …`).
    pub fn link_rename(&mut self, id: LinkId, name: &str) -> Result<()> {
        let old = self.link_name(id);
        self.kernel.link_rename(id, name)?;
        self.record(|_| format!("ip link set {old} name {name}"));
        Ok(())
    }

    /// Changes the hardware address (`ip link set … address …`).
    pub fn link_set_mac(&mut self, id: LinkId, mac: MacAddr) -> Result<()> {
        if !is_valid_station_mac(mac) {
            return Err(Errno::EADDRNOTAVAIL.into());
        }
        if self.kernel.links[id].is_loopback() {
            return Err(Errno::EOPNOTSUPP.into());
        }
        if let Some(bridge) = self.kernel.links[id].as_bridge_mut() {
            bridge.mac_is_set = true;
        }
        self.kernel.link_set_mac(self.cx, id, mac);
        self.record_link(id, &format!("address {mac}"));
        Ok(())
    }

    /// Changes the MTU (`ip link set … mtu …`).
    pub fn link_set_mtu(&mut self, id: LinkId, mtu: u32) -> Result<()> {
        self.kernel.link_set_mtu(id, mtu)?;
        self.record_link(id, &format!("mtu {mtu}"));
        Ok(())
    }

    /// Changes the length of the transmit queue (`ip link set … txqueuelen …`).
    pub fn link_set_tx_queue_len(&mut self, id: LinkId, len: u32) {
        self.kernel.links[id].tx_queue_len = len;
        self.record_link(id, &format!("txqueuelen {len}"));
    }

    /// Makes a device a port of a bridge (`ip link set … master …`).
    pub fn link_set_master(&mut self, id: LinkId, bridge: LinkId) -> Result<()> {
        self.kernel.link_set_master(self.cx, id, bridge)?;
        let bridge = self.link_name(bridge);
        self.record_link(id, &format!("master {bridge}"));
        Ok(())
    }

    /// Takes a port out of its bridge (`ip link set … nomaster`).
    pub fn link_set_nomaster(&mut self, id: LinkId) {
        self.kernel.link_release(self.cx, id);
        self.record_link(id, "nomaster");
    }

    /// Makes a device promiscuous, or not (`ip link set … promisc on|off`).
    pub fn link_set_promisc(&mut self, id: LinkId, on: bool) {
        let promiscuity = &mut self.kernel.links[id].promiscuity;
        *promiscuity = if on { *promiscuity + 1 } else { promiscuity.saturating_sub(1) };
        self.record_link(id, if on { "promisc on" } else { "promisc off" });
    }

    fn record_link(&mut self, id: LinkId, words: &str) {
        let name = self.link_name(id);
        self.record(|_| format!("ip link set {name} {words}"));
    }

    /// Changes a bridge.
    pub fn bridge_set(&mut self, id: LinkId, change: BridgeChange) -> Result<()> {
        let Some(bridge) = self.kernel.links[id].as_bridge_mut() else {
            return Err(Errno::EOPNOTSUPP.into());
        };
        let ticks = |span: Span| span.as_millis() / 10;
        let words = match change {
            BridgeChange::AgeingTime(span) => {
                bridge.ageing = span;
                if span == Span::ZERO {
                    bridge.fdb.retain(|_, e| e.origin != crate::kernel::link::fdb::Origin::Learnt);
                }
                format!("ageing_time {}", ticks(span))
            }
            BridgeChange::ForwardDelay(span) => {
                if bridge.stp.enabled && !(Span::secs(2)..=Span::secs(30)).contains(&span) {
                    return Err(Errno::ERANGE.into());
                }
                bridge.stp.own_times.forward_delay = span;
                format!("forward_delay {}", ticks(span))
            }
            BridgeChange::HelloTime(span) => {
                bridge.stp.own_times.hello = span;
                format!("hello_time {}", ticks(span))
            }
            BridgeChange::MaxAge(span) => {
                bridge.stp.own_times.max_age = span;
                format!("max_age {}", ticks(span))
            }
            BridgeChange::StpState(on) => format!("stp_state {}", u8::from(on)),
            BridgeChange::Priority(priority) => {
                bridge.stp.priority = priority;
                format!("priority {priority}")
            }
            BridgeChange::VlanFiltering(on) => {
                bridge.vlan_filtering = on;
                format!("vlan_filtering {}", u8::from(on))
            }
            BridgeChange::VlanDefaultPvid(pvid) => {
                bridge.default_pvid = pvid;
                format!("vlan_default_pvid {pvid}")
            }
            BridgeChange::GroupFwdMask(mask) => {
                // Bits 0 to 2 stay local: STP, pause, LACP.
                if mask & 7 != 0 {
                    return Err(Errno::EINVAL.into());
                }
                bridge.group_fwd_mask = mask;
                format!("group_fwd_mask {mask}")
            }
            BridgeChange::McastSnooping(on) => {
                bridge.mcast_snooping = on;
                format!("mcast_snooping {}", u8::from(on))
            }
            BridgeChange::NfCallIptables(on) => {
                bridge.nf_call_iptables = on;
                format!("nf_call_iptables {}", u8::from(on))
            }
        };
        match change {
            BridgeChange::StpState(on) => self.kernel.stp_restart(self.cx, id, on),
            BridgeChange::ForwardDelay(_)
            | BridgeChange::HelloTime(_)
            | BridgeChange::MaxAge(_)
            | BridgeChange::Priority(_) => self.kernel.stp_times_changed(self.cx, id),
            _ => {}
        }
        self.record_link(id, &format!("type bridge {words}"));
        Ok(())
    }

    /// Changes a bridge port.
    pub fn port_set(&mut self, id: LinkId, change: PortChange) -> Result<()> {
        let Some(port) = self.kernel.links[id].port_mut() else {
            return Err(Errno::EINVAL.into());
        };
        match change {
            PortChange::Cost(cost) => port.cost = cost,
            PortChange::Priority(priority) if priority < 64 => port.priority = priority,
            PortChange::Priority(_) => return Err(Errno::ERANGE.into()),
            flag => flag.apply(&mut port.flags),
        }
        let name = self.link_name(id);
        self.record(|_| format!("bridge link set dev {name} {}", change.words()));
        Ok(())
    }

    /// Changes a VXLAN device.
    pub fn vxlan_set(&mut self, id: LinkId, change: VxlanChange) -> Result<()> {
        let now = self.cx.now;
        let Some(vxlan) = self.kernel.links[id].as_vxlan_mut() else {
            return Err(Errno::EOPNOTSUPP.into());
        };
        let config = &mut vxlan.config;
        match change {
            VxlanChange::Remote(ip) => {
                config.remote = Some(ip);
                let remote = Remote { ip, port: None, vni: None, via: config.device };
                let entry = VxlanEntry {
                    remotes: vec![remote],
                    state: VxlanState::Permanent,
                    updated: now,
                    used: now,
                };
                vxlan.fdb.insert(ZERO_MAC, entry);
            }
            VxlanChange::Local(ip) => config.local = Some(ip),
            VxlanChange::Tos(tos) => config.tos = tos,
            VxlanChange::Ttl(ttl) => config.ttl = ttl,
            VxlanChange::Df(df) => config.df = df,
            VxlanChange::Learning(on) => config.learning = on,
            VxlanChange::Proxy(on) => config.proxy = on,
            VxlanChange::L2Miss(on) => config.l2miss = on,
            VxlanChange::L3Miss(on) => config.l3miss = on,
            VxlanChange::Ageing(span) => config.ageing = span,
            VxlanChange::UdpChecksum(on) => config.udp_checksum = on,
        }
        Ok(())
    }

    /// Changes the mode of a macvlan device.
    pub fn macvlan_set_mode(&mut self, id: LinkId, mode: MacvlanMode) -> Result<()> {
        let LinkKind::Macvlan(macvlan) = &mut self.kernel.links[id].kind else {
            return Err(Errno::EOPNOTSUPP.into());
        };
        let passthru = MacvlanMode::Passthru;
        if (mode == passthru) != (macvlan.mode == passthru) {
            return Err(Errno::EINVAL.into());
        }
        macvlan.mode = mode;
        self.record_link(id, &format!("type macvlan mode {}", mode.name()));
        Ok(())
    }

    /// Gives a device a queueing discipline, or takes it away (`tc qdisc`).
    pub fn qdisc_set(&mut self, id: LinkId, netem: Option<Netem>) {
        self.kernel.links[id].qdisc = netem.map(Box::new);
    }

    /// Makes a port, or the bridge itself, member of a VLAN (`bridge vlan add`).
    pub fn vlan_add(&mut self, id: LinkId, vlan: u16, pvid: bool, untagged: bool) -> Result<()> {
        let vlans = self.vlans_mut(id).ok_or(Errno::EOPNOTSUPP)?;
        vlans.members.insert(vlan, untagged);
        if pvid {
            vlans.pvid = Some(vlan);
        } else if vlans.pvid == Some(vlan) {
            vlans.pvid = None;
        }
        Ok(())
    }

    /// Ends membership in a VLAN (`bridge vlan del`).
    pub fn vlan_del(&mut self, id: LinkId, vlan: u16) -> Result<()> {
        let vlans = self.vlans_mut(id).ok_or(Errno::EOPNOTSUPP)?;
        vlans.members.remove(&vlan).ok_or(Errno::ENOENT)?;
        if vlans.pvid == Some(vlan) {
            vlans.pvid = None;
        }
        Ok(())
    }

    fn vlans_mut(&mut self, id: LinkId) -> Option<&mut crate::kernel::link::bridge::PortVlans> {
        let link = &mut self.kernel.links[id];
        if link.bridge().is_some() {
            return link.port_mut().map(|port| &mut port.vlans);
        }
        link.as_bridge_mut().map(|bridge| &mut bridge.vlans)
    }
}

/// The command that makes the same device.
fn add_command(kernel: &Kernel, id: LinkId, spec: &LinkSpec) -> String {
    let link = &kernel.links[id];
    let name_of = |link: &Option<LinkId>| {
        link.and_then(|link| kernel.links.get(link)).map_or("?", |link| link.name.as_str())
    };
    let address = spec.mac.map(|mac| format!(" address {mac}")).unwrap_or_default();
    let mtu = spec.mtu.map(|mtu| format!(" mtu {mtu}")).unwrap_or_default();
    let name = &link.name;
    match &spec.kind {
        KindSpec::Veth(_) => {
            let LinkKind::Veth { peer } = link.kind else { return String::new() };
            let peer = &kernel.links[peer];
            format!("ip link add {name}{address}{mtu} type veth peer name {}", peer.name)
        }
        KindSpec::Bridge => format!("ip link add {name}{address}{mtu} type bridge"),
        KindSpec::Dummy => format!("ip link add {name}{address}{mtu} type dummy"),
        KindSpec::Vxlan(vxlan) => {
            let mut command = format!(
                "ip link add {name}{address}{mtu} type vxlan id {} dstport {}",
                vxlan.vni, vxlan.port
            );
            if let Some(local) = vxlan.local {
                command += &format!(" local {local}");
            }
            if let Some(remote) = vxlan.remote {
                let word = if remote.is_multicast() { "group" } else { "remote" };
                command += &format!(" {word} {remote}");
            }
            if vxlan.device.is_some() {
                command += &format!(" dev {}", name_of(&vxlan.device));
            }
            let flags = [
                (!vxlan.learning, " nolearning"),
                (vxlan.proxy, " proxy"),
                (vxlan.l2miss, " l2miss"),
                (vxlan.l3miss, " l3miss"),
            ];
            command.extend(flags.iter().filter(|(on, _)| *on).map(|(_, word)| *word));
            command
        }
        KindSpec::Macvlan { parent, mode } => format!(
            "ip link add {name}{address}{mtu} link {} type macvlan mode {}",
            name_of(parent),
            mode.name()
        ),
        KindSpec::Ipvlan { parent, mode, .. } => format!(
            "ip link add {name}{mtu} link {} type ipvlan mode {}",
            name_of(parent),
            mode.name()
        ),
        KindSpec::Vlan { parent, id } => {
            format!("ip link add {name}{address}{mtu} link {} type vlan id {id}", name_of(parent))
        }
    }
}
