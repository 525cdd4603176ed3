//! IPv4 addresses of a device (`net/ipv4/devinet.c`), and the routes that come and go with them
//! (`net/ipv4/fib_frontend.c`).

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::errno::{Errno, NetlinkError};
use crate::kernel::id::LinkId;
use crate::kernel::ip::fib::{FibRoute, RouteKind, protocol, table};
use crate::wire::{Ipv4Addr, ipv4};

use super::ifaddr::{IfAddr, host, kernel_route};

impl Kernel {
    /// Adds an address (`inet_insert_ifa`).
    pub(in crate::kernel) fn address_add(
        &mut self,
        cx: &mut Context,
        id: LinkId,
        mut address: IfAddr,
    ) -> Result<(), NetlinkError> {
        if address.local.is_unspecified() {
            // Accepted, and forgotten.
            return Ok(());
        }
        let link = &mut self.links[id];
        let mut place = 0;
        for (n, other) in link.addrs.iter().enumerate() {
            if !other.secondary && address.scope.number() <= other.scope.number() {
                place = n + 1;
            }
            let same_subnet =
                other.prefix_len == address.prefix_len && other.contains(address.peer);
            if same_subnet {
                if other.local == address.local {
                    return Err(NetlinkError::explained(
                        Errno::EEXIST,
                        "ipv4: Address already assigned",
                    ));
                }
                if other.scope != address.scope {
                    return Err(NetlinkError::explained(
                        Errno::EINVAL,
                        "ipv4: Invalid scope value",
                    ));
                }
                address.secondary = true;
            }
        }
        let at = if address.secondary { link.addrs.len() } else { place };
        link.addrs.insert(at, address.clone());
        self.monitor_address(id, &address, false);
        self.address_routes_add(id, &address);
        self.namespaces[self.links[id].ns].pmtu.clear();
        if self.links[id].up && self.arp_notifies(id) {
            self.announce(cx, id);
        }
        Ok(())
    }

    /// The routes that an address brings (`fib_add_ifaddr`).
    pub(in crate::kernel) fn address_routes_add(&mut self, id: LinkId, address: &IfAddr) {
        if address.local.is_multicast() {
            // It can be no source of packets, so it gets no routes.
            return;
        }
        let link = &self.links[id];
        let (up, is_lo) = (link.up, link.is_loopback());
        let src = self.primary_of(id, address);
        let local = kernel_route(host(address.local), RouteKind::Local, id, src, 0);
        self.add_kernel_route(id, table::LOCAL, local);
        if !up {
            return;
        }
        if let Some(broadcast) = address.broadcast.filter(|b| !b.is_broadcast()) {
            let route = kernel_route(host(broadcast), RouteKind::Broadcast, id, src, 0);
            self.add_kernel_route(id, table::LOCAL, route);
        }
        let network = address.network();
        let is_single = network.network() == address.local && address.prefix_len == 32;
        if ipv4::is_zeronet(network.network()) || address.secondary || is_single {
            return;
        }
        if !address.noprefixroute {
            let (kind, table) = match is_lo {
                true => (RouteKind::Local, table::LOCAL),
                false => (RouteKind::Unicast, table::MAIN),
            };
            let route = kernel_route(network, kind, id, src, address.metric);
            self.add_kernel_route(id, table, route);
        }
        if address.prefix_len < 31 {
            let broadcast = host(network.broadcast());
            let route = kernel_route(broadcast, RouteKind::Broadcast, id, src, 0);
            self.add_kernel_route(id, table::LOCAL, route);
        }
    }

    /// The source of an address's routes: its primary, for a secondary one.
    fn primary_of(&self, id: LinkId, address: &IfAddr) -> Ipv4Addr {
        if !address.secondary {
            return address.local;
        }
        let primary = self.links[id].addrs.iter().find(|other| {
            !other.secondary
                && other.prefix_len == address.prefix_len
                && other.contains(address.peer)
        });
        primary.map_or(address.local, |primary| primary.local)
    }

    fn add_kernel_route(&mut self, id: LinkId, number: u32, route: FibRoute) {
        let ns = self.links[id].ns;
        let table = self.namespaces[ns].fib.table_mut(number);
        let there = table.with_destination(route.dst).iter().any(|other| {
            (other.kind, other.link, other.metric, other.prefsrc)
                == (route.kind, route.link, route.metric, route.prefsrc)
        });
        if !there {
            table.insert(route.clone(), false);
            self.monitor_route(ns, number, &route, false);
        }
    }

    /// Removes the address that `matches` finds (`inet_del_ifa`). Secondaries of a primary go with it,
    /// or take its place if `promote_secondaries` says so.
    pub(in crate::kernel) fn address_del(
        &mut self,
        cx: &mut Context,
        id: LinkId,
        matches: impl Fn(&IfAddr) -> bool,
    ) -> Result<IfAddr, NetlinkError> {
        let Some(at) = self.links[id].addrs.iter().position(matches) else {
            return Err(NetlinkError::explained(Errno::EADDRNOTAVAIL, "ipv4: Address not found"));
        };
        let gone = self.links[id].addrs.remove(at);
        self.monitor_address(id, &gone, true);
        self.address_routes_del(id, &gone);
        if !gone.secondary {
            let promotes =
                self.namespaces[self.links[id].ns].promotes_secondaries(&self.links[id].conf);
            let is_mate = |other: &IfAddr| {
                other.secondary && other.prefix_len == gone.prefix_len && gone.contains(other.peer)
            };
            if promotes {
                if let Some(mate) = self.links[id].addrs.iter_mut().find(|other| is_mate(other)) {
                    mate.secondary = false;
                    let promoted = mate.clone();
                    self.reorder_promoted(id, &promoted);
                    self.address_routes_del(id, &promoted);
                    self.address_routes_add(id, &promoted);
                }
            } else {
                let mates: Vec<IfAddr> =
                    self.links[id].addrs.iter().filter(|other| is_mate(other)).cloned().collect();
                self.links[id].addrs.retain(|other| !is_mate(other));
                for mate in mates {
                    self.monitor_address(id, &mate, true);
                    self.address_routes_del(id, &mate);
                    self.masquerade_forget(cx, id, Some(mate.local));
                }
            }
        }
        let ns = self.links[id].ns;
        self.namespaces[ns].pmtu.clear();
        self.routes_with_source_del(cx, id, gone.local);
        self.masquerade_forget(cx, id, Some(gone.local));
        Ok(gone)
    }

    /// A promoted address stands behind the last primary one.
    fn reorder_promoted(&mut self, id: LinkId, promoted: &IfAddr) {
        let addrs = &mut self.links[id].addrs;
        if let Some(at) = addrs.iter().position(|a| a.local == promoted.local) {
            let address = addrs.remove(at);
            let place = addrs.iter().rposition(|a| !a.secondary).map_or(0, |n| n + 1);
            addrs.insert(place, address);
        }
    }

    /// Removes the routes of an address, unless another address of the device needs them
    /// (`fib_del_ifaddr`).
    fn address_routes_del(&mut self, id: LinkId, gone: &IfAddr) {
        let ns = self.links[id].ns;
        let others = self.links[id].addrs.clone();
        let network = gone.network();
        let another_has_subnet =
            others.iter().any(|other| other.network() == network && !other.secondary);
        let fib = &mut self.namespaces[ns].fib;
        let is_own = |route: &FibRoute| route.link == Some(id);
        let mut removed: Vec<(u32, FibRoute)> = Vec::new();
        if !another_has_subnet && !gone.secondary {
            for number in [table::MAIN, table::LOCAL] {
                let metric = gone.metric;
                let route = fib.table_mut(number).remove(network, |route| {
                    is_own(route)
                        && route.protocol == protocol::KERNEL
                        && route.metric == metric
                        && route.kind != RouteKind::Broadcast
                        && (route.kind == RouteKind::Unicast || route.dst.prefix_len() < 32)
                });
                removed.extend(route.map(|route| (number, route)));
            }
        }
        let broadcasts = [gone.broadcast, (gone.prefix_len < 31).then(|| network.broadcast())];
        for broadcast in broadcasts.into_iter().flatten() {
            let needed = others.iter().any(|other| {
                other.broadcast == Some(broadcast)
                    || (other.prefix_len < 31 && other.subnet_broadcast() == broadcast)
            });
            if !needed {
                let route = fib.local.remove(host(broadcast), |route| {
                    is_own(route) && route.kind == RouteKind::Broadcast
                });
                removed.extend(route.map(|route| (table::LOCAL, route)));
            }
        }
        if !others.iter().any(|other| other.local == gone.local) {
            let route = fib
                .local
                .remove(host(gone.local), |route| is_own(route) && route.kind == RouteKind::Local);
            removed.extend(route.map(|route| (table::LOCAL, route)));
        }
        for (number, route) in removed {
            self.monitor_route(ns, number, &route, true);
        }
    }

    /// Routes whose preferred source has gone go too (`fib_sync_down_addr`), and so do those whose
    /// gateway is no longer on any link.
    fn routes_with_source_del(&mut self, _cx: &mut Context, id: LinkId, gone: Ipv4Addr) {
        let ns = self.links[id].ns;
        if self.is_local_address(ns, gone) {
            return;
        }
        for (_, table) in self.namespaces[ns].fib.tables_mut() {
            table.remove_all(|route| {
                route.prefsrc == Some(gone) && route.protocol != protocol::KERNEL
            });
        }
        // The last address of a device takes all its routes along (fib_disable_ip).
        if self.links[id].addrs.is_empty() {
            for (_, table) in self.namespaces[ns].fib.tables_mut() {
                table.remove_all(|route| route.link == Some(id) && route.kind != RouteKind::Local);
            }
        }
    }
}
