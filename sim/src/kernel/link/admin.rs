//! Making, changing, moving and removing devices (`net/core/rtnetlink.c` and the drivers' `newlink`).
//!
//! What is wrong is found before anything changes; errors are those of the kernel, sentence by
//! sentence.

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::errno::{Errno, NetlinkError};
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::step::DropReason;
use crate::wire::{Ipv4Addr, MacAddr, is_valid_station_mac};

use super::fdb::Place;
use super::stp::{Designated, PortState};
use super::vxlan::{Remote, TunnelDf, VxlanConfig, VxlanEntry, VxlanFdb, VxlanState};
use super::{
    Bridge, BridgePort, Counters, Ipvlan, IpvlanMode, Link, LinkKind, LinkSettings, Macvlan,
    MacvlanMode, Role, Vlan, Vxlan, bridge, ipvlan,
};

/// Longest name of a device, in bytes.
pub const NAME_LEN: usize = 15;
/// Ports that a bridge can have.
const MAX_PORTS: u16 = 1023;

/// A device to be made: what `ip link add` takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkSpec {
    /// Its name; `None` or a pattern with `%d` lets the kernel number it.
    pub name: Option<String>,
    /// Where it shall be.
    pub ns: NamespaceId,
    /// Its hardware address; `None` makes a random one.
    pub mac: Option<MacAddr>,
    /// Its MTU; `None` takes that of the kind.
    pub mtu: Option<u32>,
    /// `txqueuelen`.
    pub tx_queue_len: u32,
    /// Its number; `None` takes the next.
    pub ifindex: Option<u32>,
    /// Whether to set it up at once.
    pub up: bool,
    /// What it is.
    pub kind: KindSpec,
}

/// The kind of a device to be made, with its settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KindSpec {
    /// A virtual cable; the box is the other end.
    Veth(Box<LinkSpec>),
    /// A bridge.
    Bridge,
    /// A VXLAN tunnel end.
    Vxlan(VxlanSpec),
    /// A macvlan child.
    Macvlan {
        /// Its parent.
        parent: Option<LinkId>,
        /// Its mode.
        mode: MacvlanMode,
    },
    /// An ipvlan child.
    Ipvlan {
        /// Its parent.
        parent: Option<LinkId>,
        /// Its mode.
        mode: IpvlanMode,
        /// Whether it talks to its siblings.
        flag: ipvlan::IpvlanFlag,
    },
    /// An 802.1Q sub-interface.
    Vlan {
        /// Its parent.
        parent: Option<LinkId>,
        /// VLAN identifier.
        id: u16,
    },
    /// A device that swallows everything.
    Dummy,
}

impl KindSpec {
    /// The module that makes such devices, if it is one that a kernel may lack.
    fn module(&self) -> Option<&'static str> {
        match self {
            KindSpec::Vxlan(_) => Some("vxlan"),
            KindSpec::Macvlan { .. } => Some("macvlan"),
            KindSpec::Ipvlan { .. } => Some("ipvlan"),
            KindSpec::Vlan { .. } => Some("8021q"),
            KindSpec::Dummy => Some("dummy"),
            KindSpec::Veth(_) | KindSpec::Bridge => None,
        }
    }
}

/// The settings of a VXLAN device to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, clippy::struct_excessive_bools)]
pub struct VxlanSpec {
    pub vni: u32,
    pub local: Option<Ipv4Addr>,
    pub remote: Option<Ipv4Addr>,
    pub device: Option<LinkId>,
    pub source_ports: (u16, u16),
    pub port: u16,
    pub tos: u8,
    pub ttl: u8,
    pub df: TunnelDf,
    pub ageing: crate::engine::Span,
    pub learning: bool,
    pub proxy: bool,
    pub l2miss: bool,
    pub l3miss: bool,
    /// Largest number of addresses that it knows; zero for no limit.
    pub max_addresses: u32,
    pub udp_checksum: bool,
}

impl VxlanSpec {
    /// The defaults of `ip link add … type vxlan id VNI`.
    pub fn new(vni: u32) -> VxlanSpec {
        VxlanSpec {
            vni,
            local: None,
            remote: None,
            device: None,
            source_ports: (0, 0),
            // What the kernel had before IANA assigned 4789.
            port: 8472,
            tos: 0,
            ttl: 0,
            df: TunnelDf::Unset,
            ageing: crate::engine::Span::secs(300),
            learning: true,
            proxy: false,
            l2miss: false,
            l3miss: false,
            max_addresses: 0,
            udp_checksum: true,
        }
    }
}

impl LinkSpec {
    /// A device of this kind in this namespace, all else by default.
    pub fn new(ns: NamespaceId, name: &str, kind: KindSpec) -> LinkSpec {
        LinkSpec {
            name: Some(name.to_owned()),
            ns,
            mac: None,
            mtu: None,
            tx_queue_len: 1000,
            ifindex: None,
            up: false,
            kind,
        }
    }
}

/// Whether a device may have this name (`dev_valid_name`).
pub fn is_valid_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= NAME_LEN
        && name != "."
        && name != ".."
        && !name.contains(['/', ':'])
        && !name.contains(char::is_whitespace)
}

impl Kernel {
    /// Makes a device; both ends, for a virtual cable. `creator` is the namespace whose request it is:
    /// tunnels send their datagrams there.
    pub(in crate::kernel) fn link_add(
        &mut self,
        cx: &mut Context,
        creator: NamespaceId,
        spec: &LinkSpec,
    ) -> Result<LinkId, NetlinkError> {
        if let KindSpec::Veth(peer) = &spec.kind {
            return self.veth_add(cx, spec, peer);
        }
        if self.missing_modules.iter().any(|name| Some(name.as_str()) == spec.kind.module()) {
            return Err(NetlinkError::explained(Errno::EOPNOTSUPP, "Unknown device type"));
        }
        let name = self.choose_name(spec)?;
        let (kind, mtu) = self.build_kind(creator, spec)?;
        let mac = self.choose_mac(cx, spec);
        let id = self.insert_link(spec, name, mac, mtu, kind);
        match self.links[id].kind {
            LinkKind::Bridge(_) => {
                let set = spec.mac.is_some();
                let state = self.links[id].as_bridge_mut().expect("just made");
                state.mac_is_set = set;
                state.mtu_is_set = spec.mtu.is_some();
                let own = self.bridge_id(id);
                self.links[id].as_bridge_mut().expect("just made").stp.root = Some(own);
                self.bridge_own_entries(cx, id);
            }
            LinkKind::Vxlan(_) => self.vxlan_added(id),
            LinkKind::Macvlan(macvlan) => self.adopt(macvlan.parent, id),
            LinkKind::Ipvlan(ipvlan) => self.adopt(ipvlan.parent, id),
            LinkKind::Vlan(vlan) => self.links[vlan.parent].vlans.push(id),
            _ => {}
        }
        self.update_carrier(cx, id);
        self.monitor_link(id);
        if spec.up {
            self.link_up(cx, id)?;
        }
        Ok(id)
    }

    /// Makes a device that is there from the start: `lo`, or a network card.
    pub(in crate::kernel) fn link_install(
        &mut self,
        ns: NamespaceId,
        name: &str,
        mac: MacAddr,
        kind: LinkKind,
    ) -> LinkId {
        let mtu = if matches!(kind, LinkKind::Loopback) { 65536 } else { 1500 };
        let spec = LinkSpec::new(ns, name, KindSpec::Dummy);
        self.insert_link(&spec, name.to_owned(), mac, mtu, kind)
    }

    fn choose_name(&self, spec: &LinkSpec) -> Result<String, NetlinkError> {
        let pattern = match &spec.name {
            Some(name) => name.clone(),
            None => match &spec.kind {
                KindSpec::Veth(_) => "veth%d".to_owned(),
                KindSpec::Bridge => "bridge%d".to_owned(),
                KindSpec::Vxlan(_) => "vxlan%d".to_owned(),
                KindSpec::Macvlan { .. } => "macvlan%d".to_owned(),
                KindSpec::Ipvlan { .. } => "ipvlan%d".to_owned(),
                KindSpec::Vlan { .. } => "vlan%d".to_owned(),
                KindSpec::Dummy => "dummy%d".to_owned(),
            },
        };
        if pattern.len() > NAME_LEN {
            return Err(NetlinkError::explained(
                Errno::ERANGE,
                "Attribute failed policy validation",
            ));
        }
        let name = self.number_name(spec.ns, &pattern);
        if !is_valid_name(&name) {
            return Err(Errno::EINVAL.into());
        }
        let is_taken = |index| self.namespaces[spec.ns].links.contains_key(&index);
        if self.link_by_name(spec.ns, &name).is_some() || spec.ifindex.is_some_and(is_taken) {
            return Err(Errno::EEXIST.into());
        }
        Ok(name)
    }

    /// Replaces `%d` by the first free number.
    pub(in crate::kernel) fn number_name(&self, ns: NamespaceId, pattern: &str) -> String {
        if !pattern.contains("%d") {
            return pattern.to_owned();
        }
        (0_u32..)
            .map(|n| pattern.replacen("%d", &n.to_string(), 1))
            .find(|name| self.link_by_name(ns, name).is_none())
            .expect("a kernel has fewer devices than there are numbers")
    }

    fn choose_mac(&self, cx: &mut Context, spec: &LinkSpec) -> MacAddr {
        let parent_mac = |parent: &Option<LinkId>| {
            parent.map(|parent| self.links[parent].mac).expect("build_kind checked the parent")
        };
        match &spec.kind {
            KindSpec::Ipvlan { parent, .. } => parent_mac(parent),
            KindSpec::Macvlan { parent, mode: MacvlanMode::Passthru } => parent_mac(parent),
            KindSpec::Vlan { parent, .. } if spec.mac.is_none() => parent_mac(parent),
            _ => spec.mac.unwrap_or_else(|| random_mac(cx)),
        }
    }

    fn insert_link(
        &mut self,
        spec: &LinkSpec,
        name: String,
        mac: MacAddr,
        mtu: u32,
        kind: LinkKind,
    ) -> LinkId {
        let namespace = &mut self.namespaces[spec.ns];
        let ifindex = match spec.ifindex {
            Some(wanted) if !namespace.links.contains_key(&wanted) => wanted,
            _ => namespace.take_ifindex(),
        };
        let conf = namespace.sysctl.default_link_conf.clone();
        let arrival = self.next_arrival();
        let id = self.links.insert(Link {
            name,
            ifindex,
            ns: spec.ns,
            mac,
            mtu,
            up: false,
            carrier: false,
            addrs: Vec::new(),
            kind,
            role: Role::Plain,
            vlans: Vec::new(),
            counters: Counters::default(),
            conf,
            qdisc: None,
            tx_queue_len: spec.tx_queue_len,
            captured: false,
            taps: 0,
            groups: Vec::new(),
            promiscuity: 0,
            extra_addresses: Vec::new(),
            settings: LinkSettings::default(),
            opened: false,
            arrival,
        });
        self.namespaces[spec.ns].links.insert(ifindex, id);
        self.link_born(id);
        id
    }

    fn veth_add(
        &mut self,
        cx: &mut Context,
        spec: &LinkSpec,
        peer: &LinkSpec,
    ) -> Result<LinkId, NetlinkError> {
        // The peer is registered first: it gets the lower number, and the first free name.
        let peer_name = match (&peer.name, &spec.name) {
            (None, Some(name)) => self.free_veth_name(peer.ns, spec.ns, name),
            (None, None) => self.number_name(peer.ns, "veth%d"),
            _ => self.choose_name(peer)?,
        };
        let name = match &spec.name {
            None => self.free_veth_name(spec.ns, peer.ns, &peer_name),
            Some(_) => self.choose_name(spec)?,
        };
        let same_place = peer.ns == spec.ns;
        let same_index = peer.ifindex.is_some() && peer.ifindex == spec.ifindex;
        if same_place && (peer_name == name || same_index) {
            return Err(Errno::EEXIST.into());
        }
        let mtu = spec.mtu.unwrap_or(1500);
        check_mtu(mtu)?;
        let peer_mtu = peer.mtu.unwrap_or(mtu);
        check_mtu(peer_mtu)?;
        let placeholder = LinkKind::Dummy;
        let peer_mac = peer.mac.unwrap_or_else(|| random_mac(cx));
        let peer_id = self.insert_link(peer, peer_name, peer_mac, peer_mtu, placeholder);
        let mac = spec.mac.unwrap_or_else(|| random_mac(cx));
        let id = self.insert_link(spec, name, mac, mtu, LinkKind::Veth { peer: peer_id });
        self.links[peer_id].kind = LinkKind::Veth { peer: id };
        // Both lose the carrier with which every device is born.
        self.links[id].counters.carrier_changes += 1;
        self.links[peer_id].counters.carrier_changes += 1;
        self.number_namespaces_around(peer_id);
        self.monitor_link(peer_id);
        self.monitor_link(id);
        if peer.up {
            self.link_up(cx, peer_id)?;
        }
        if spec.up {
            self.link_up(cx, id)?;
        }
        Ok(id)
    }

    fn free_veth_name(&self, ns: NamespaceId, other_ns: NamespaceId, other: &str) -> String {
        (0_u32..)
            .map(|n| format!("veth{n}"))
            .find(|name| self.link_by_name(ns, name).is_none() && (ns != other_ns || name != other))
            .expect("a kernel has fewer devices than there are numbers")
    }

    /// The state of the new device and its MTU; everything that can be wrong with them.
    fn build_kind(
        &self,
        creator: NamespaceId,
        spec: &LinkSpec,
    ) -> Result<(LinkKind, u32), NetlinkError> {
        if let Some(mac) = spec.mac
            && !is_valid_station_mac(mac)
        {
            return Err(Errno::EADDRNOTAVAIL.into());
        }
        if let Some(mtu) = spec.mtu {
            check_mtu(mtu)?;
        }
        let parent_of = |parent: Option<LinkId>| {
            parent.filter(|parent| self.links.contains_key(*parent)).ok_or(Errno::EINVAL)
        };
        let (kind, mtu) = match &spec.kind {
            KindSpec::Veth(_) => unreachable!("link_add makes virtual cables itself"),
            KindSpec::Bridge => {
                let bridge = Bridge { mcast_snooping: self.bridges_snoop, ..Bridge::default() };
                (LinkKind::Bridge(Box::new(bridge)), 1500)
            }
            KindSpec::Dummy => (LinkKind::Dummy, 1500),
            KindSpec::Vxlan(vxlan) => self.build_vxlan(creator, vxlan)?,
            KindSpec::Macvlan { parent, mode } => {
                let parent = parent_of(*parent)?;
                self.check_macvlan_parent(parent, *mode)?;
                let parent = self.macvlan_root(parent);
                let macvlan = Macvlan { parent, mode: *mode, parent_mac: self.links[parent].mac };
                (LinkKind::Macvlan(macvlan), self.links[parent].mtu)
            }
            KindSpec::Ipvlan { parent, mode, flag } => {
                let parent = parent_of(*parent)?;
                match &self.links[parent].role {
                    Role::Plain | Role::IpvlanParent(_) => {}
                    _ => return Err(Errno::EBUSY.into()),
                }
                if self.links[parent].is_loopback() {
                    return Err(Errno::EINVAL.into());
                }
                let ipvlan = Ipvlan { parent, mode: *mode, flag: *flag };
                (LinkKind::Ipvlan(ipvlan), self.links[parent].mtu)
            }
            KindSpec::Vlan { parent, id } => {
                let parent = parent_of(*parent)?;
                let taken = self.links[parent].vlans.iter().any(|other| {
                    matches!(&self.links[*other].kind, LinkKind::Vlan(vlan) if vlan.id == *id)
                });
                if taken {
                    return Err(Errno::EEXIST.into());
                }
                if self.links[parent].is_loopback() {
                    return Err(NetlinkError::explained(
                        Errno::EOPNOTSUPP,
                        "VLANs not supported on device",
                    ));
                }
                (LinkKind::Vlan(Vlan { parent, id: *id }), self.links[parent].mtu)
            }
        };
        Ok((kind, spec.mtu.unwrap_or(mtu)))
    }

    /// A child of a macvlan child is a child of its parent (`macvlan_common_newlink`).
    fn macvlan_root(&self, parent: LinkId) -> LinkId {
        match self.links[parent].kind {
            LinkKind::Macvlan(macvlan) => macvlan.parent,
            _ => parent,
        }
    }

    fn check_macvlan_parent(&self, parent: LinkId, mode: MacvlanMode) -> Result<(), NetlinkError> {
        let parent = self.macvlan_root(parent);
        if self.links[parent].is_loopback() {
            return Err(Errno::EINVAL.into());
        }
        match &self.links[parent].role {
            Role::Plain => Ok(()),
            Role::MacvlanParent(children) => {
                let has_passthru = children.iter().any(|child| {
                    matches!(&self.links[*child].kind,
                        LinkKind::Macvlan(macvlan) if macvlan.mode == MacvlanMode::Passthru)
                });
                if mode == MacvlanMode::Passthru || has_passthru {
                    return Err(Errno::EINVAL.into());
                }
                Ok(())
            }
            Role::BridgePort(_) | Role::IpvlanParent(_) => Err(Errno::EBUSY.into()),
        }
    }

    fn build_vxlan(
        &self,
        creator: NamespaceId,
        spec: &VxlanSpec,
    ) -> Result<(LinkKind, u32), NetlinkError> {
        let taken =
            self.vxlans.iter().filter_map(|id| self.links.get(*id)?.as_vxlan()).any(|other| {
                other.config.underlay == creator
                    && other.config.vni == spec.vni
                    && other.config.port == spec.port
            });
        // The default port 8472 and 0 mean the same device.
        let taken_by_default =
            self.vxlans.iter().filter_map(|id| self.links.get(*id)?.as_vxlan()).any(|other| {
                other.config.underlay == creator
                    && other.config.vni == spec.vni
                    && spec.port == 0
                    && other.config.port == 8472
            });
        if taken || taken_by_default {
            return Err(NetlinkError::explained(
                Errno::EEXIST,
                "A VXLAN device with the specified VNI already exists",
            ));
        }
        let is_group = spec.remote.is_some_and(|remote| remote.is_multicast());
        if is_group && spec.device.is_none() {
            return Err(NetlinkError::explained(
                Errno::EINVAL,
                "Local interface required for multicast remote destination",
            ));
        }
        let config = VxlanConfig {
            vni: spec.vni,
            underlay: creator,
            local: spec.local,
            remote: spec.remote,
            device: spec.device,
            source_ports: spec.source_ports,
            port: if spec.port == 0 { 8472 } else { spec.port },
            tos: spec.tos,
            ttl: spec.ttl,
            df: spec.df,
            ageing: spec.ageing,
            learning: spec.learning,
            proxy: spec.proxy,
            l2miss: spec.l2miss,
            l3miss: spec.l3miss,
            max_addresses: spec.max_addresses,
            udp_checksum: spec.udp_checksum,
        };
        let lower = spec.device.map(|device| self.links[device].mtu);
        let mtu = lower.map_or(1500, |mtu| mtu.saturating_sub(crate::wire::vxlan::OVERHEAD as u32));
        let vxlan = Vxlan { config, fdb: VxlanFdb::default(), next_scan: None };
        Ok((LinkKind::Vxlan(Box::new(vxlan)), mtu))
    }

    /// The default destination becomes the entry of the all-zero address.
    fn vxlan_added(&mut self, id: LinkId) {
        self.vxlans.push(id);
        let vxlan = self.links[id].as_vxlan_mut().expect("just made");
        let config = vxlan.config;
        if let Some(ip) = config.remote {
            let remote = Remote { ip, port: None, vni: None, via: config.device };
            let entry = VxlanEntry {
                remotes: vec![remote],
                state: VxlanState::Permanent,
                updated: crate::engine::Time::ZERO,
                used: crate::engine::Time::ZERO,
            };
            vxlan.fdb.insert(crate::wire::ZERO_MAC, entry);
        }
    }

    fn adopt(&mut self, parent: LinkId, child: LinkId) {
        let is_macvlan = matches!(self.links[child].kind, LinkKind::Macvlan(_));
        match &mut self.links[parent].role {
            Role::MacvlanParent(children) | Role::IpvlanParent(children) => children.push(child),
            role if is_macvlan => *role = Role::MacvlanParent(vec![child]),
            role => *role = Role::IpvlanParent(vec![child]),
        }
    }

    /// Somebody here wants frames for a group.
    pub(in crate::kernel) fn join_group(&mut self, id: LinkId, group: Ipv4Addr) {
        let groups = &mut self.links[id].groups;
        match groups.iter_mut().find(|(joined, _)| *joined == group) {
            Some((_, users)) => *users += 1,
            None => groups.push((group, 1)),
        }
    }

    /// One user of a group less.
    pub(in crate::kernel) fn leave_group(&mut self, id: LinkId, group: Ipv4Addr) {
        if let Some(link) = self.links.get_mut(id) {
            link.groups.iter_mut().filter(|(joined, _)| *joined == group).for_each(|g| g.1 -= 1);
            link.groups.retain(|(_, users)| *users > 0);
        }
    }

    /// Removes a device, its other end, and its children (`rtnl_dellink`).
    pub(in crate::kernel) fn link_del(
        &mut self,
        cx: &mut Context,
        id: LinkId,
    ) -> Result<(), NetlinkError> {
        if matches!(self.links[id].kind, LinkKind::Loopback | LinkKind::Nic) {
            return Err(Errno::EOPNOTSUPP.into());
        }
        self.link_unregister(cx, id);
        Ok(())
    }

    /// Takes a device out of everything that refers to it.
    pub(in crate::kernel) fn link_unregister(&mut self, cx: &mut Context, id: LinkId) {
        if !self.links.contains_key(id) {
            return;
        }
        self.link_down(cx, id);
        let mut children = self.links[id].vlans.clone();
        if let Role::MacvlanParent(more) | Role::IpvlanParent(more) = &self.links[id].role {
            children.extend(more);
        }
        for child in children {
            self.link_unregister(cx, child);
        }
        self.link_release(cx, id);
        if let Some(bridge) = self.links[id].as_bridge() {
            for port in bridge.ports.clone() {
                self.link_release(cx, port);
            }
        }
        self.monitor_link_gone(id);
        self.leave_namespace(cx, id);
        match self.links[id].kind {
            LinkKind::Vxlan(_) => self.vxlans.retain(|other| *other != id),
            LinkKind::Macvlan(macvlan) => {
                self.disown(macvlan.parent, id);
                let (parent, mac) = (macvlan.parent, macvlan.parent_mac);
                let is_passthru = macvlan.mode == MacvlanMode::Passthru;
                if is_passthru && self.links.get(parent).is_some_and(|link| link.mac != mac) {
                    self.link_set_mac(cx, parent, mac);
                }
            }
            LinkKind::Ipvlan(ipvlan) => self.disown(ipvlan.parent, id),
            LinkKind::Vlan(vlan) => {
                if let Some(parent) = self.links.get_mut(vlan.parent) {
                    parent.vlans.retain(|other| *other != id);
                }
            }
            _ => {}
        }
        self.link_died(id);
        let gone = self.links.remove(id);
        if let Some(LinkKind::Veth { peer }) = gone.map(|link| link.kind) {
            self.link_unregister(cx, peer);
        }
    }

    fn disown(&mut self, parent: LinkId, child: LinkId) {
        let Some(parent) = self.links.get_mut(parent) else { return };
        if let Role::MacvlanParent(children) | Role::IpvlanParent(children) = &mut parent.role {
            children.retain(|other| *other != child);
            if children.is_empty() {
                parent.role = Role::Plain;
            }
        }
    }

    /// Addresses, routes and neighbours do not leave a namespace with a device.
    fn leave_namespace(&mut self, cx: &mut Context, id: LinkId) {
        self.neighbors_flush_link(cx, id, false, DropReason::DeviceGone);
        self.forget_routes(id, true);
        let link = &mut self.links[id];
        link.addrs.clear();
        let (ns, ifindex) = (link.ns, link.ifindex);
        self.namespaces[ns].links.remove(&ifindex);
        self.namespaces[ns].sockets.device_gone(id);
    }

    /// Moves a device to another namespace (`dev_change_net_namespace`): it arrives down and bare.
    pub(in crate::kernel) fn link_set_ns(
        &mut self,
        cx: &mut Context,
        id: LinkId,
        ns: NamespaceId,
        new_name: Option<&str>,
    ) -> Result<(), NetlinkError> {
        if self.links[id].ns == ns {
            return Ok(());
        }
        if self.links[id].is_loopback() || self.links[id].as_bridge().is_some() {
            return Err(NetlinkError::explained(Errno::EINVAL, "The interface netns is immutable"));
        }
        let name = new_name.unwrap_or(&self.links[id].name).to_owned();
        if self.link_by_name(ns, &name).is_some() {
            return Err(NetlinkError::explained(
                Errno::EEXIST,
                "An interface with the same name exists in the target netns",
            ));
        }
        self.link_down(cx, id);
        self.link_release(cx, id);
        self.monitor_link_gone(id);
        self.leave_namespace(cx, id);
        let (old_ns, wanted) = (self.links[id].ns, self.links[id].ifindex);
        let arrival = self.next_arrival();
        let target = &mut self.namespaces[ns];
        let ifindex =
            if target.links.contains_key(&wanted) { target.take_ifindex() } else { wanted };
        target.links.insert(ifindex, id);
        let conf = target.sysctl.default_link_conf.clone();
        let link = &mut self.links[id];
        link.ns = ns;
        link.name = name;
        link.ifindex = ifindex;
        link.conf = conf;
        link.opened = false;
        link.arrival = arrival;
        self.link_born(id);
        self.namespaces[old_ns].nsid_of(ns);
        self.number_namespaces_around(id);
        self.monitor_link(id);
        Ok(())
    }

    /// The next place in the order of arrival.
    fn next_arrival(&mut self) -> u64 {
        self.arrivals += 1;
        self.arrivals
    }

    /// A device and the one behind it learn a number for each other's namespace, since both are announced
    /// (`rtnl_fill_link_netnsid`).
    fn number_namespaces_around(&mut self, id: LinkId) {
        let link = &self.links[id];
        let other_ns = match &link.kind {
            LinkKind::Vxlan(vxlan) => Some(vxlan.config.underlay),
            _ => self.lower_of(id).and_then(|lower| self.links.get(lower)).map(|lower| lower.ns),
        };
        let ns = link.ns;
        let is_cable = matches!(link.kind, LinkKind::Veth { .. });
        let Some(other_ns) = other_ns.filter(|other| *other != ns) else { return };
        self.namespaces[ns].nsid_of(other_ns);
        if is_cable {
            self.namespaces[other_ns].nsid_of(ns);
        }
    }

    /// Renames a device.
    pub(in crate::kernel) fn link_rename(
        &mut self,
        id: LinkId,
        name: &str,
    ) -> Result<(), NetlinkError> {
        let ns = self.links[id].ns;
        let name = self.number_name(ns, name);
        if !is_valid_name(&name) {
            return Err(Errno::EINVAL.into());
        }
        if self.links[id].name == name {
            return Ok(());
        }
        if self.link_by_name(ns, &name).is_some() {
            return Err(Errno::EEXIST.into());
        }
        let link = &mut self.links[id];
        for address in &mut link.addrs {
            if let Some(rest) = address.label.strip_prefix(&link.name) {
                address.label = format!("{name}{rest}");
            }
        }
        link.name = name;
        self.link_born(id);
        Ok(())
    }

    /// Changes the MTU of a device.
    pub(in crate::kernel) fn link_set_mtu(
        &mut self,
        id: LinkId,
        mtu: u32,
    ) -> Result<(), NetlinkError> {
        let link = &self.links[id];
        if !link.is_loopback() {
            check_mtu(mtu)?;
        }
        match &link.kind {
            LinkKind::Vxlan(vxlan) => {
                let lower = vxlan.config.device.and_then(|device| self.links.get(device));
                let room = lower.map(|l| l.mtu.saturating_sub(crate::wire::vxlan::OVERHEAD as u32));
                if room.is_some_and(|room| mtu > room) {
                    return Err(Errno::EINVAL.into());
                }
            }
            LinkKind::Macvlan(Macvlan { parent, .. })
            | LinkKind::Ipvlan(Ipvlan { parent, .. })
            | LinkKind::Vlan(Vlan { parent, .. })
                if mtu > self.links[*parent].mtu =>
            {
                let errno = match link.kind {
                    LinkKind::Vlan(_) => Errno::ERANGE,
                    _ => Errno::EINVAL,
                };
                return Err(errno.into());
            }
            _ => {}
        }
        let ns = link.ns;
        let old = std::mem::replace(&mut self.links[id].mtu, mtu);
        self.namespaces[ns].pmtu.device_changed(id, old, mtu);
        if let Some(state) = self.links[id].as_bridge_mut() {
            state.mtu_is_set = true;
        }
        // Children follow a parent that shrinks.
        let mut uppers = self.links[id].vlans.clone();
        if let Role::MacvlanParent(children) = &self.links[id].role {
            uppers.extend(children);
        }
        for upper in uppers {
            self.links[upper].mtu = self.links[upper].mtu.min(mtu);
        }
        if let Some(bridge) = self.links[id].bridge() {
            self.bridge_adjust_mtu(bridge);
        }
        Ok(())
    }

    /// Makes a device a port of a bridge (`br_add_if`).
    pub(in crate::kernel) fn link_set_master(
        &mut self,
        cx: &mut Context,
        id: LinkId,
        bridge_id: LinkId,
    ) -> Result<(), NetlinkError> {
        let link = &self.links[id];
        if self.links[bridge_id].as_bridge().is_none() {
            return Err(Errno::EOPNOTSUPP.into());
        }
        if link.bridge() == Some(bridge_id) {
            return Ok(());
        }
        if link.as_bridge().is_some() {
            return Err(NetlinkError::explained(
                Errno::ELOOP,
                "Can not enslave a bridge to a bridge",
            ));
        }
        if link.is_loopback() {
            return Err(Errno::EINVAL.into());
        }
        if let LinkKind::Ipvlan(_) = link.kind {
            return Err(NetlinkError::explained(
                Errno::EOPNOTSUPP,
                "Device does not allow enslaving to a bridge",
            ));
        }
        match link.role {
            Role::Plain => {}
            Role::BridgePort(_) => self.link_release(cx, id),
            Role::MacvlanParent(_) | Role::IpvlanParent(_) => return Err(Errno::EBUSY.into()),
        }
        let cost = if matches!(self.links[id].kind, LinkKind::Vxlan(_)) { 100 } else { 2 };
        let own = self.bridge_id(bridge_id);
        let (number, pvid) = {
            let bridge = self.links[bridge_id].as_bridge().expect("just seen");
            let taken: Vec<u16> = bridge
                .ports
                .iter()
                .filter_map(|port| self.links[*port].port().map(|p| p.number))
                .collect();
            let number = (1..=MAX_PORTS).find(|n| !taken.contains(n)).ok_or(Errno::EXDEV)?;
            (number, bridge.default_pvid)
        };
        let designated = Designated {
            root: own,
            cost: 0,
            bridge: own,
            port: 0x8000 | number,
            message_age_until: None,
            forward_delay_until: None,
            topology_change_ack: false,
        };
        self.links[id].role = Role::BridgePort(Box::new(BridgePort {
            bridge: bridge_id,
            number,
            priority: 0x80 >> 2,
            cost,
            state: PortState::Disabled,
            flags: bridge::PortFlags::default(),
            vlans: bridge::PortVlans::with_pvid(pvid),
            designated,
        }));
        self.links[id].promiscuity += 1;
        self.links[bridge_id].as_bridge_mut().expect("just seen").ports.insert(0, id);
        self.bridge_own_entries(cx, bridge_id);
        self.bridge_update_mac(cx, bridge_id);
        self.bridge_adjust_mtu(bridge_id);
        if self.links[id].is_running() && self.links[bridge_id].up {
            self.stp_enable_port(cx, bridge_id, id);
        }
        Ok(())
    }

    /// Takes a port out of its bridge (`br_del_if`).
    pub(in crate::kernel) fn link_release(&mut self, cx: &mut Context, id: LinkId) {
        let Some(bridge_id) = self.links[id].bridge() else { return };
        if self.links[id].port().is_some_and(|port| port.state != PortState::Disabled) {
            self.stp_disable_port(cx, bridge_id, id);
        }
        self.links[id].role = Role::Plain;
        self.links[id].promiscuity = self.links[id].promiscuity.saturating_sub(1);
        let bridge = self.links[bridge_id].as_bridge_mut().expect("a port belongs to a bridge");
        bridge.ports.retain(|port| *port != id);
        bridge.fdb.retain(|_, entry| match entry.place {
            Place::Port(port) | Place::Local(port) => port != id,
        });
        self.bridge_update_mac(cx, bridge_id);
        self.bridge_own_entries(cx, bridge_id);
        self.bridge_adjust_mtu(bridge_id);
        self.update_carrier(cx, bridge_id);
    }

    /// A bridge whose MTU nobody set has the smallest of its ports'.
    fn bridge_adjust_mtu(&mut self, id: LinkId) {
        let bridge = self.links[id].as_bridge().expect("called with a bridge");
        if !bridge.mtu_is_set {
            let smallest = bridge.ports.iter().map(|port| self.links[*port].mtu).min();
            self.links[id].mtu = smallest.unwrap_or(1500);
        }
    }
}

fn check_mtu(mtu: u32) -> Result<(), NetlinkError> {
    if mtu < 68 {
        return Err(NetlinkError::explained(Errno::EINVAL, "mtu less than device minimum"));
    }
    if mtu > 65535 {
        return Err(NetlinkError::explained(Errno::EINVAL, "mtu greater than device maximum"));
    }
    Ok(())
}

/// A random address, locally administered and not a group (`eth_random_addr`).
pub fn random_mac(cx: &mut Context) -> MacAddr {
    let bytes: [u8; 6] = cx.rng.bytes();
    let [first, rest @ ..] = bytes;
    MacAddr::new(first & 0xfe | 0x02, rest[0], rest[1], rest[2], rest[3], rest[4])
}
