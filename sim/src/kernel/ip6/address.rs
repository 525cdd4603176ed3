//! IPv6 addresses of a device (`net/ipv6/addrconf.c`), with the routes and groups that come and go with
//! them.

use ipnet::Ipv6Net;

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::errno::{Errno, NetlinkError};
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::ip::fib::{RouteKind, table};
use crate::kernel::link::Scope;
use crate::wire::{Ipv6Addr, ipv6};

use super::fib::Fib6Route;
use super::ifaddr::{DadState, If6Addr, multicast_route};

impl Kernel {
    /// Adds an address (`inet6_addr_add`).
    pub(in crate::kernel) fn address6_add(
        &mut self,
        cx: &mut Context,
        link: LinkId,
        address: If6Addr,
    ) -> Result<(), NetlinkError> {
        let invalid = |why| Err(NetlinkError::explained(Errno::EINVAL, why));
        if !self.has_ipv6(link) {
            let why = "ipv6: IPv6 is disabled on this device";
            return Err(NetlinkError::explained(Errno::EACCES, why));
        }
        if address.local.is_multicast() || address.local.is_unspecified() {
            return Err(Errno::EADDRNOTAVAIL.into());
        }
        if address.local.is_loopback() && !self.links[link].is_loopback() {
            return invalid("ipv6: Cannot assign loopback address on this device");
        }
        if self.links[link].inet6.addrs.iter().any(|known| known.local == address.local) {
            return Err(NetlinkError::explained(Errno::EEXIST, "ipv6: address already assigned"));
        }
        let up = self.links[link].up;
        if up && !self.links[link].is_loopback() {
            self.insert_route6(link, multicast_route(link));
        }
        let local = address.local;
        let addrs = &mut self.links[link].inet6.addrs;
        let at = addrs.iter().position(|known| known.reach() <= address.reach());
        addrs.insert(at.unwrap_or(addrs.len()), address);
        if !self.links[link].is_loopback() {
            self.ipv6_join(cx, link, ipv6::solicited_node(local));
        }
        self.address6_readmit(cx, link, local);
        Ok(())
    }

    /// The routes and the check of an address whose device is up.
    fn address6_readmit(&mut self, cx: &mut Context, link: LinkId, local: Ipv6Addr) {
        let Some(address) = self.address6_mut(link, local).map(|address| address.clone()) else {
            return;
        };
        if !self.links[link].up {
            return;
        }
        if !address.noprefixroute && !self.links[link].is_loopback() {
            let kind = RouteKind::Unicast;
            let mut route = Fib6Route::of_kernel(table::MAIN, address.network(), kind, link);
            if address.metric > 0 {
                route.metric = address.metric;
            }
            self.insert_route6(link, route);
        }
        self.dad_start(cx, link, local);
    }

    /// The device works from now on: what it had before gets its routes and is checked.
    pub(super) fn ipv6_readmit(&mut self, cx: &mut Context, link: LinkId) {
        for address in self.links[link].inet6.addrs.clone() {
            if address.dad == DadState::Tentative {
                self.address6_readmit(cx, link, address.local);
            }
        }
    }

    /// The address that a device makes of its own hardware address.
    pub(super) fn ipv6_give_link_local(&mut self, cx: &mut Context, link: LinkId) {
        let device = &self.links[link];
        if device.conf.ipv6.addr_gen_mode == 0 {
            // It may be there, put by an administrator.
            let _ = self.address6_add(cx, link, If6Addr::new(ipv6::link_local(device.mac), 64));
        }
    }

    /// `::1`.
    pub(super) fn ipv6_configure_loopback(&mut self, cx: &mut Context, link: LinkId) {
        if !std::mem::replace(&mut self.links[link].inet6.ready, true) {
            // The device is a loopback device without addresses.
            let _ = self.address6_add(cx, link, If6Addr::new(Ipv6Addr::LOCALHOST, 128));
        }
    }

    /// An address is unique: packets to it are for this host from now on.
    pub(super) fn address6_is_ours(&mut self, cx: &mut Context, link: LinkId, address: &If6Addr) {
        let own = Ipv6Net::from(address.local);
        self.insert_route6(link, Fib6Route::of_kernel(table::LOCAL, own, RouteKind::Local, link));
        let ns = self.links[link].ns;
        if self.forwards6(ns, link) {
            self.set_anycast(cx, ns, link, address, true);
        }
    }

    /// A router also listens to the first address of each subnet (RFC 4291 section 2.6.1).
    pub(super) fn set_anycast(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        link: LinkId,
        address: &If6Addr,
        wanted: bool,
    ) {
        let first = address.network().network();
        if address.prefix_len >= 127 || self.links[link].is_loopback() {
            return;
        }
        let (host, kind) = (Ipv6Net::from(first), RouteKind::Anycast);
        let route = Fib6Route::of_kernel(table::LOCAL, host, kind, link);
        if wanted {
            self.insert_route6(link, route);
            self.ipv6_join(cx, link, ipv6::solicited_node(first));
        } else if self.namespaces[ns].fib6.remove(|other| other.is_like(&route)).is_some() {
            self.ipv6_leave(cx, link, ipv6::solicited_node(first));
        }
    }

    pub(super) fn insert_route6(&mut self, link: LinkId, route: Fib6Route) {
        let ns = self.links[link].ns;
        self.namespaces[ns].fib6.insert(route);
    }

    /// Removes an address (`inet6_addr_del`).
    pub(in crate::kernel) fn address6_del(
        &mut self,
        cx: &mut Context,
        link: LinkId,
        local: Ipv6Addr,
        prefix_len: u8,
    ) -> Result<If6Addr, NetlinkError> {
        let ns = self.links[link].ns;
        let known = |address: &If6Addr| (address.local, address.prefix_len) == (local, prefix_len);
        let Some(at) = self.links[link].inet6.addrs.iter().position(known) else {
            return Err(NetlinkError::explained(Errno::EADDRNOTAVAIL, "ipv6: address not found"));
        };
        let gone = self.links[link].inet6.addrs.remove(at);
        let (own, subnet) = (Ipv6Net::from(local), gone.network());
        let has_others = self.links[link].inet6.addrs.iter().any(|one| one.network() == subnet);
        let fib = &mut self.namespaces[ns].fib6;
        fib.remove_all(|route| {
            let is_own = route.kind == RouteKind::Local && route.dst == own;
            let is_subnet = !has_others
                && route.dst == subnet
                && route.table == table::MAIN
                && route.protocol == crate::kernel::ip::fib::protocol::KERNEL;
            route.link == link && (is_own || is_subnet)
        });
        if !has_others {
            self.set_anycast(cx, ns, link, &gone, false);
        }
        self.ipv6_leave(cx, link, ipv6::solicited_node(local));
        Ok(gone)
    }

    /// The address by which a device speaks on its link, once it is sure.
    pub(in crate::kernel) fn link_local_of(&self, link: LinkId) -> Option<Ipv6Addr> {
        let addrs = &self.links.get(link)?.inet6.addrs;
        addrs
            .iter()
            .find(|known| known.scope == Scope::Link && known.is_usable())
            .map(|known| known.local)
    }

    /// Whether `address` is one of this namespace's own.
    pub(in crate::kernel) fn is_local_address6(&self, ns: NamespaceId, address: Ipv6Addr) -> bool {
        let found = self.namespaces[ns].fib6.lookup(table::LOCAL, address, None);
        found.is_some_and(|route| matches!(route.kind, RouteKind::Local | RouteKind::Anycast))
    }
}
