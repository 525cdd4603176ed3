//! What `ip monitor` and `conntrack -E` hear: changes, told to whoever has asked in this namespace.

use std::collections::VecDeque;

use crate::wire::{Ipv4Addr, MacAddr};

use super::Kernel;
use super::id::{LinkId, NamespaceId, Task};
use super::ip::fib::FibRoute;
use super::link::IfAddr;
use super::link::fdb::{FdbEntry, Station};
use super::link::vxlan::{Remote, VxlanState};
use super::netfilter::conntrack::ConntrackEvent;
use super::sys::fdb::{FdbView, bridge_entry_view, vxlan_entry_view};
use super::sys::neigh::NeighborView;

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Monitored {
    /// A device was made or changed.
    Link {
        /// The device.
        link: LinkId,
    },
    /// A device is gone.
    LinkGone(Gone),
    /// An address came or went.
    Address {
        /// Its device.
        link: LinkId,
        /// The address.
        address: IfAddr,
        /// Whether it went.
        gone: bool,
    },
    /// A route came or went.
    Route {
        /// Its table.
        table: u32,
        /// The route.
        route: FibRoute,
        /// Whether it went.
        gone: bool,
    },
    /// A neighbour entry changed.
    Neighbor {
        /// As it is now.
        view: NeighborView,
        /// Whether it went.
        gone: bool,
    },
    /// An entry of a forwarding database came, changed or went.
    Fdb {
        /// As it is now.
        view: FdbView,
        /// Whether it went.
        gone: bool,
    },
    /// A VXLAN device has no host for a MAC address.
    L2Miss {
        /// The device.
        link: LinkId,
        /// The address.
        mac: MacAddr,
    },
    /// A VXLAN device has no MAC address for an IP address.
    L3Miss {
        /// The device.
        link: LinkId,
        /// The address.
        ip: Ipv4Addr,
    },
    /// A connection came, changed or went.
    Conntrack(Box<ConntrackEvent>),
}

/// What there is to say of a device that is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Gone {
    pub ifindex: u32,
    pub name: String,
    pub mac: MacAddr,
    pub mtu: u32,
}

/// One who listens. What nobody fetches is kept up to a limit.
#[derive(Debug)]
pub struct Listener {
    /// Its number.
    pub id: u32,
    /// Whether it listens to connections, and to nothing else.
    pub hears_connections: bool,
    /// Who is woken.
    pub task: Option<Task>,
    /// What was not fetched yet.
    pub queue: VecDeque<Monitored>,
}

/// Changes that wait for a slow listener.
const QUEUE_LEN: usize = 4096;

impl Kernel {
    /// Tells the listeners of a namespace, if there are any.
    pub(in crate::kernel) fn monitor_with(
        &mut self,
        ns: NamespaceId,
        change: impl FnOnce(&Kernel) -> Option<Monitored>,
    ) {
        if self.namespaces.get(ns).is_some_and(|namespace| !namespace.listeners.is_empty())
            && let Some(change) = change(self)
        {
            self.monitor(ns, change);
        }
    }

    /// Tells that a device was made or changed.
    pub(in crate::kernel) fn monitor_link(&mut self, link: LinkId) {
        let ns = self.links[link].ns;
        self.monitor_with(ns, |_| Some(Monitored::Link { link }));
    }

    /// Tells that a device leaves its namespace.
    pub(in crate::kernel) fn monitor_link_gone(&mut self, link: LinkId) {
        let ns = self.links[link].ns;
        self.monitor_with(ns, |kernel| {
            let link = &kernel.links[link];
            let name = link.name.clone();
            let gone = Gone { ifindex: link.ifindex, name, mac: link.mac, mtu: link.mtu };
            Some(Monitored::LinkGone(gone))
        });
    }

    /// Tells that a device got or lost an address.
    pub(in crate::kernel) fn monitor_address(
        &mut self,
        link: LinkId,
        address: &IfAddr,
        gone: bool,
    ) {
        let ns = self.links[link].ns;
        self.monitor_with(ns, |_| {
            Some(Monitored::Address { link, address: address.clone(), gone })
        });
    }

    /// Tells that a route came or went.
    pub(in crate::kernel) fn monitor_route(
        &mut self,
        ns: NamespaceId,
        table: u32,
        route: &FibRoute,
        gone: bool,
    ) {
        self.monitor_with(ns, |_| Some(Monitored::Route { table, route: route.clone(), gone }));
    }

    /// Tells of an entry of a bridge's table.
    pub(in crate::kernel) fn monitor_station(
        &mut self,
        bridge: LinkId,
        station: Station,
        entry: &FdbEntry,
        gone: bool,
    ) {
        let ns = self.links[bridge].ns;
        self.monitor_with(ns, |kernel| {
            let filters = kernel.links[bridge].as_bridge().is_some_and(|b| b.vlan_filtering);
            let view = bridge_entry_view(bridge, filters, station, entry, (0, 0));
            Some(Monitored::Fdb { view, gone })
        });
    }

    /// Tells of an entry of a VXLAN device.
    pub(in crate::kernel) fn monitor_remote(
        &mut self,
        link: LinkId,
        mac: MacAddr,
        remote: Remote,
        state: VxlanState,
        gone: bool,
    ) {
        let ns = self.links[link].ns;
        self.monitor_with(ns, |_| {
            let view = vxlan_entry_view(link, mac, remote, state, (0, 0));
            Some(Monitored::Fdb { view, gone })
        });
    }

    /// Tells the listeners of a namespace.
    pub(in crate::kernel) fn monitor(&mut self, ns: NamespaceId, change: Monitored) {
        let of_connection = matches!(change, Monitored::Conntrack(_));
        let listeners = &mut self.namespaces[ns].listeners;
        for listener in listeners.iter_mut().filter(|one| one.hears_connections == of_connection) {
            if listener.queue.len() < QUEUE_LEN {
                listener.queue.push_back(change.clone());
            }
            self.woken.extend(listener.task);
        }
    }
}
