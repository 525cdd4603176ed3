//! Tells the listeners of a namespace what has changed.

use super::{Gone, Monitored};
use crate::kernel::Kernel;
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::ip::fib::FibRoute;
use crate::kernel::link::IfAddr;
use crate::kernel::link::fdb::{FdbEntry, Station};
use crate::kernel::link::view::{bridge_entry_view, vxlan_entry_view};
use crate::kernel::link::vxlan::{Remote, VxlanState};
use crate::wire::MacAddr;

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
