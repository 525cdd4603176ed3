//! Making devices: the name, kind and address are chosen, then the device is there (`rtnl_newlink`).

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::errno::{Errno, NetlinkError};
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::ip6::Inet6;
use crate::kernel::link::{Counters, Link, LinkKind, LinkSettings, MacvlanMode, Role};
use crate::wire::MacAddr;

use super::mtu::check_mtu;
use super::spec::{KindSpec, LinkSpec};

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
            inet6: Inet6::default(),
        });
        self.namespaces[spec.ns].links.insert(ifindex, id);
        self.link_born(id);
        self.ipv6_link_arrives(id);
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

    fn adopt(&mut self, parent: LinkId, child: LinkId) {
        let is_macvlan = matches!(self.links[child].kind, LinkKind::Macvlan(_));
        match &mut self.links[parent].role {
            Role::MacvlanParent(children) | Role::IpvlanParent(children) => children.push(child),
            role if is_macvlan => *role = Role::MacvlanParent(vec![child]),
            role => *role = Role::IpvlanParent(vec![child]),
        }
    }
}

/// A random address, locally administered and not a group (`eth_random_addr`).
fn random_mac(cx: &mut Context) -> MacAddr {
    let bytes: [u8; 6] = cx.rng.bytes();
    let [first, rest @ ..] = bytes;
    MacAddr::new(first & 0xfe | 0x02, rest[0], rest[1], rest[2], rest[3], rest[4])
}
