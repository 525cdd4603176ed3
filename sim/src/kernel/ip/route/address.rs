//! What an address is to a namespace, and which of its own one it speaks by.

use crate::kernel::Kernel;
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::ip::fib::{FibKey, RouteKind};
use crate::kernel::link::Scope;
use crate::wire::{Ipv4Addr, ipv4};

impl Kernel {
    /// Whether `address` is one of this namespace's own.
    pub fn is_local_address(&self, ns: NamespaceId, address: Ipv4Addr) -> bool {
        let key = FibKey::to(address);
        self.namespaces[ns]
            .fib
            .local
            .lookup(&key)
            .is_some_and(|route| route.kind == RouteKind::Local)
    }

    /// What kind of address this is for the namespace (`inet_addr_type`).
    pub(in crate::kernel) fn address_kind(&self, ns: NamespaceId, address: Ipv4Addr) -> RouteKind {
        self.address_kind_at(ns, address, None)
    }

    /// The same, for one of its devices (`inet_dev_addr_type`).
    pub(in crate::kernel) fn address_kind_at(
        &self,
        ns: NamespaceId,
        address: Ipv4Addr,
        device: Option<LinkId>,
    ) -> RouteKind {
        if ipv4::is_zeronet(address) || address.is_broadcast() {
            return RouteKind::Broadcast;
        }
        if address.is_multicast() {
            return RouteKind::Multicast;
        }
        let key = FibKey::to(address);
        match self.namespaces[ns].fib.local.lookup(&key) {
            Some(route) if device.is_none() || device == route.link => route.kind,
            _ => RouteKind::Unicast,
        }
    }

    /// A source address for packets that leave by `link` (`inet_select_addr`): a primary one whose
    /// subnet holds `dst`, else the first, else one of another device.
    pub(in crate::kernel) fn select_address(
        &self,
        ns: NamespaceId,
        link: LinkId,
        dst: Option<Ipv4Addr>,
        max_scope: Scope,
    ) -> Option<Ipv4Addr> {
        let device = self.links.get(link)?;
        let localnet = self.namespaces[ns].route_localnet(&device.conf);
        let mut first = None;
        for address in &device.addrs {
            // With route_localnet, host addresses (127.0.0.1) count as link addresses.
            let scope = if localnet { address.scope.min(Scope::Link) } else { address.scope };
            if address.secondary || scope > max_scope {
                continue;
            }
            if dst.is_none_or(|dst| address.contains(dst)) {
                return Some(address.local);
            }
            first = first.or(Some(address.local));
        }
        if first.is_some() {
            return first;
        }
        let others = self.namespaces[ns].links.values().filter(|other| **other != link);
        others
            .flat_map(|other| &self.links[*other].addrs)
            .find(|a| !a.secondary && a.scope != Scope::Link && a.scope <= max_scope)
            .map(|address| address.local)
    }
}
