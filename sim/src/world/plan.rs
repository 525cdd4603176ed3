//! What there is, for maps: machines, their namespaces, the devices in them, and what each device hangs
//! on. A copy as of now; nothing is changed by looking.

use super::{End, Role, World};
use crate::docker::places::{networks, overlay_in, places};
use crate::kernel::link::Counters;
use crate::kernel::sys::dump::{KindView, LinkView};
use crate::kernel::{LinkId, NamespaceId};
use crate::trace::HostId;
use crate::wire::Ipv4Addr;

/// Everything on the map.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Computers and routers, in the order of the topology.
    pub machines: Vec<Machine>,
    /// LAN segments.
    pub segments: Vec<Segment>,
}

/// A LAN segment: its switch.
#[derive(Debug, Clone)]
pub struct Segment {
    /// The switch.
    pub host: HostId,
    /// Its name.
    pub name: String,
}

/// A machine.
#[derive(Debug, Clone)]
pub struct Machine {
    /// Which.
    pub host: HostId,
    /// Its name.
    pub name: String,
    /// Whether it is a router.
    pub is_router: bool,
    /// Its namespaces: containers, other namespaces, hidden ones of overlay networks, its own last.
    pub spaces: Vec<Space>,
}

/// What people see in a namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SpaceKind {
    /// A container, or several that share it.
    Container,
    /// Made by `ip netns add`.
    Named,
    /// Where the bridge and the tunnel of an overlay network are.
    Overlay,
    /// The machine's own.
    Host,
}

/// A namespace.
#[derive(Debug, Clone)]
pub struct Space {
    /// Which.
    pub ns: NamespaceId,
    /// What it is.
    pub kind: SpaceKind,
    /// What people call it.
    pub name: String,
    /// Its devices without `lo`, by number.
    pub devices: Vec<Device>,
}

/// What a device hangs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joint {
    /// Nothing: a bridge, a dummy.
    None,
    /// The other end of a virtual cable.
    Peer(LinkId),
    /// A cable of the world, to a device of another machine.
    Cable(usize, End),
    /// The device on whose wire it is.
    Parent(LinkId),
    /// The namespace in which its datagrams travel.
    Underlay(NamespaceId),
}

/// A device.
#[derive(Debug, Clone)]
pub struct Device {
    /// Which.
    pub link: LinkId,
    /// Its name.
    pub name: String,
    /// What kind it is, as `ip link add` calls it; `nic` for a network card.
    pub kind: &'static str,
    /// What tells it from others of its kind: the network of a tunnel, the mode of a macvlan.
    pub detail: String,
    /// Whether it is up and its other end is there.
    pub is_running: bool,
    /// Whether an administrator set it up.
    pub is_up: bool,
    /// Its addresses.
    pub addresses: Vec<(Ipv4Addr, u8)>,
    /// Its hardware address.
    pub mac: String,
    /// Its MTU.
    pub mtu: u32,
    /// The bridge of which it is a port.
    pub master: Option<LinkId>,
    /// What it hangs on.
    pub joint: Joint,
    /// The network of Docker that it carries.
    pub network: Option<String>,
    /// Frames and bytes.
    pub counters: Counters,
}

impl World {
    /// What there is now.
    pub fn plan(&mut self) -> Plan {
        let mut plan = Plan::default();
        let hosts: Vec<(HostId, Role, String)> =
            self.hosts().map(|(id, host)| (id, host.role, host.name.clone())).collect();
        for (host, role, name) in hosts {
            if role == Role::Switch {
                plan.segments.push(Segment { host, name });
                continue;
            }
            let is_router = role == Role::Router;
            plan.machines.push(Machine { host, name, is_router, spaces: self.spaces(host) });
        }
        plan
    }

    fn spaces(&mut self, host: HostId) -> Vec<Space> {
        let machine = self.host(host);
        let root = machine.namespace();
        let mut spaces: Vec<Space> = Vec::new();
        for place in places(&machine.processes) {
            match spaces.iter_mut().find(|space| space.ns == place.ns) {
                Some(shared) => shared.name += &format!(" + {}", place.name),
                // Containers with the network of the host have nothing of their own to show.
                None if place.ns == root => {}
                None => spaces.push(Space {
                    ns: place.ns,
                    kind: SpaceKind::Container,
                    name: place.name,
                    devices: Vec::new(),
                }),
            }
        }
        for ns in machine.kernel().namespace_ids() {
            if spaces.iter().any(|space| space.ns == ns) {
                continue;
            }
            let overlay = overlay_in(&machine.processes, ns);
            let (kind, name) = match overlay {
                _ if ns == root => (SpaceKind::Host, machine.name.clone()),
                Some(network) => (SpaceKind::Overlay, network),
                None => (SpaceKind::Named, machine.kernel().name_of_namespace(ns).to_owned()),
            };
            spaces.push(Space { ns, kind, name, devices: Vec::new() });
        }
        spaces.sort_by_key(|space| space.kind);
        let docker = networks(&machine.processes);
        for space in &mut spaces {
            let links = self.sys_in(host, space.ns, "reader", |sys| {
                let links = sys.links();
                let peers = links
                    .iter()
                    .map(|link| link.peer.and_then(|peer| sys.link_at(peer.ns, peer.ifindex)));
                let peers: Vec<Option<LinkId>> = peers.collect();
                links.into_iter().zip(peers).collect::<Vec<_>>()
            });
            let links =
                links.into_iter().filter(|(link, _)| !matches!(link.kind, KindView::Loopback));
            space.devices = links.map(|(link, peer)| self.device(host, link, peer)).collect();
            for device in &mut space.devices {
                let is_of = |network: &&crate::docker::places::NetworkView| {
                    network.devices.contains(&device.link)
                        || space.kind == SpaceKind::Host
                            && network.bridge.as_ref() == Some(&device.name)
                };
                device.network = docker.iter().find(is_of).map(|network| network.name.clone());
            }
        }
        spaces
    }

    fn device(&self, host: HostId, link: LinkView, peer: Option<LinkId>) -> Device {
        let joint = match &link.kind {
            KindView::Nic => self.cable_of(End { host, link: link.id }),
            KindView::Veth => peer.map_or(Joint::None, Joint::Peer),
            KindView::Vxlan(config) => Joint::Underlay(config.underlay),
            KindView::Macvlan(macvlan) => Joint::Parent(macvlan.parent),
            KindView::Ipvlan(ipvlan) => Joint::Parent(ipvlan.parent),
            KindView::Vlan(vlan) => Joint::Parent(vlan.parent),
            KindView::Bridge(_) | KindView::Loopback | KindView::Dummy => Joint::None,
        };
        let detail = match &link.kind {
            KindView::Vxlan(config) => format!("vni {}", config.vni),
            KindView::Macvlan(macvlan) => macvlan.mode.name().to_owned(),
            KindView::Vlan(vlan) => format!("id {}", vlan.id),
            _ => String::new(),
        };
        Device {
            link: link.id,
            kind: link.kind.name().unwrap_or("nic"),
            detail,
            is_running: link.up && link.carrier,
            is_up: link.up,
            addresses: link.addrs.iter().map(|it| (it.local, it.prefix_len)).collect(),
            mac: link.mac.to_string(),
            mtu: link.mtu,
            master: link.master,
            joint,
            network: None,
            counters: link.counters,
            name: link.name,
        }
    }

    fn cable_of(&self, own: End) -> Joint {
        let mut cables = self.cables().iter().enumerate();
        match cables.find(|(_, cable)| cable.ends.contains(&own)) {
            Some((number, cable)) => {
                let other = if cable.ends[0] == own { cable.ends[1] } else { cable.ends[0] };
                Joint::Cable(number, other)
            }
            None => Joint::None,
        }
    }
}
