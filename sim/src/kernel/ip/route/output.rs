//! The way of packets that are made here, and the MTU of a way.

use crate::engine::Time;
use crate::kernel::Kernel;
use crate::kernel::errno::Errno;
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::ip::fib::{FibRoute, RouteKind};
use crate::kernel::link::Scope;
use crate::wire::{Ipv4Addr, ipv4};

use super::{FlowQuery, OutputRoute};

impl Kernel {
    /// The way of a packet that is made here (`ip_route_output_key_hash_rcu`).
    pub(in crate::kernel) fn route_output(
        &self,
        ns: NamespaceId,
        query: &FlowQuery,
        now: Time,
    ) -> Result<OutputRoute, Errno> {
        let namespace = &self.namespaces[ns];
        let lo = namespace.loopback;
        if let Some(src) = query.src {
            if ipv4::is_multicast_or_broadcast(src) || ipv4::is_zeronet(src) {
                return Err(Errno::EINVAL);
            }
            if !query.any_source && !self.is_local_address(ns, src) {
                return Err(Errno::ENETUNREACH);
            }
        }
        let mut query = *query;
        if query.dst.is_unspecified() {
            query.dst = query.src.unwrap_or(Ipv4Addr::LOCALHOST);
            query.output = None;
        }
        if let Some(output) = query.output {
            let Some(link) = self.links.get(output) else { return Err(Errno::ENODEV) };
            if !link.up {
                return Err(Errno::ENETUNREACH);
            }
            if ipv4::is_multicast_or_broadcast(query.dst) || query.protocol == ipv4::protocol::IGMP
            {
                let kind = if query.dst.is_multicast() {
                    RouteKind::Multicast
                } else {
                    RouteKind::Broadcast
                };
                let src = query.src.or_else(|| self.select_address(ns, output, None, Scope::Link));
                let src = src.unwrap_or(Ipv4Addr::UNSPECIFIED);
                return Ok(OutputRoute::direct(kind, output, src, link.mtu));
            }
        }
        let route = match self.fib_lookup(&namespace.fib, &query, None) {
            Ok(route) => route,
            // A device was named and no table knows better: the destination is taken to be on the link.
            Err(_) if query.output.is_some() => {
                let link = query.output.expect("just seen");
                let src = query.src.or_else(|| self.select_address(ns, link, None, Scope::Link));
                let (src, mtu) = (src.unwrap_or(Ipv4Addr::UNSPECIFIED), self.links[link].mtu);
                return Ok(OutputRoute::direct(RouteKind::Unicast, link, src, mtu));
            }
            Err(errno) => return Err(errno),
        };
        if route.kind == RouteKind::Local {
            let src = query.src.or(route.prefsrc).unwrap_or(query.dst);
            return Ok(OutputRoute::direct(RouteKind::Local, lo, src, self.links[lo].mtu));
        }
        let link = route.link.ok_or(Errno::ENETUNREACH)?;
        let src = match query.src.or(route.prefsrc) {
            Some(src) => src,
            None => self
                .select_address(ns, link, route.gateway, Scope::from_number(route.scope))
                .unwrap_or(Ipv4Addr::UNSPECIFIED),
        };
        let localnet = self.namespaces[ns].route_localnet(&self.links[link].conf);
        if src.is_loopback() && !self.links[link].is_loopback() && !localnet {
            return Err(Errno::EINVAL);
        }
        let kind = match route.kind {
            _ if query.dst.is_broadcast() => RouteKind::Broadcast,
            _ if query.dst.is_multicast() => RouteKind::Multicast,
            kind => kind,
        };
        let (mtu, mtu_locked) = self.path_mtu(ns, route, link, query.dst, now);
        let learnt = self.namespaces[ns].pmtu.get(query.dst, now);
        let gateway = match kind {
            RouteKind::Broadcast => None,
            RouteKind::Multicast if route.dst.prefix_len() < 4 => None,
            _ => learnt.and_then(|path| path.gateway).or(route.gateway),
        };
        let prefix = Some(route.dst);
        Ok(OutputRoute { kind, link, gateway, src, mtu, mtu_locked, prefix })
    }

    /// The largest packet for a path, and whether it may be fragmented.
    pub(super) fn path_mtu(
        &self,
        ns: NamespaceId,
        route: &FibRoute,
        link: LinkId,
        dst: Ipv4Addr,
        now: Time,
    ) -> (u32, bool) {
        let mtu = route.mtu.unwrap_or(self.links[link].mtu);
        match self.namespaces[ns].pmtu.get(dst, now) {
            Some(path) if !route.mtu_locked => {
                (path.mtu.map_or(mtu, |learnt| learnt.min(mtu)), path.locked)
            }
            _ => (mtu, route.mtu_locked),
        }
    }
}
