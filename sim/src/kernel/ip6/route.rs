//! Routing decisions, and the choice of a source address (RFC 6724, `ipv6_dev_get_saddr`).

use std::cmp::Reverse;

use crate::engine::Time;
use crate::kernel::Kernel;
use crate::kernel::errno::Errno;
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::ip::fib::{RouteKind, table};
use crate::kernel::step;
use crate::wire::{Ipv6Addr, ipv6};

use super::fib::Fib6Route;

/// What is known of a packet that needs a way (`flowi6`).
#[derive(Debug, Clone, Copy)]
pub struct Flow6Query {
    /// Destination.
    pub dst: Ipv6Addr,
    /// Source, if it has one already.
    pub src: Option<Ipv6Addr>,
    /// Device to which its socket is bound, or that its address names.
    pub output: Option<LinkId>,
}

impl Flow6Query {
    /// Only the destination counts.
    pub fn to(dst: Ipv6Addr) -> Flow6Query {
        Flow6Query { dst, src: None, output: None }
    }
}

/// The way of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Output6Route {
    /// What kind of destination it is.
    pub kind: RouteKind,
    /// The device.
    pub link: LinkId,
    /// The next hop, if it is not the destination itself.
    pub gateway: Option<Ipv6Addr>,
    /// The source address.
    pub src: Ipv6Addr,
    /// Largest packet, by the route, the device or the path.
    pub mtu: u32,
    /// Length of the prefix of the route.
    pub prefix_len: u8,
}

impl Output6Route {
    /// The address whose hardware address is needed.
    pub fn next_hop(&self, dst: Ipv6Addr) -> Ipv6Addr {
        self.gateway.unwrap_or(dst)
    }

    /// As a step of the trace.
    pub fn step(&self) -> step::Route6 {
        match self.kind {
            RouteKind::Local | RouteKind::Anycast => step::Route6::Local,
            RouteKind::Multicast => step::Route6::Multicast,
            _ => step::Route6::Via {
                link: self.link,
                by_gateway: self.gateway.is_some(),
                prefix_len: self.prefix_len,
            },
        }
    }
}

impl Kernel {
    /// The route for a destination: first among own addresses, then in the main table.
    pub(in crate::kernel) fn fib6_lookup(
        &self,
        ns: NamespaceId,
        dst: Ipv6Addr,
        output: Option<LinkId>,
    ) -> Option<&Fib6Route> {
        let fib = &self.namespaces[ns].fib6;
        // An own address is local whichever device is named, unless it holds on one link only.
        let strictly = output.filter(|_| ipv6::is_link_local(dst));
        fib.lookup(table::LOCAL, dst, strictly).or_else(|| fib.lookup(table::MAIN, dst, output))
    }

    /// The way of a packet that is made here (`ip6_route_output`).
    pub(in crate::kernel) fn route6_output(
        &self,
        ns: NamespaceId,
        query: &Flow6Query,
        now: Time,
    ) -> Result<Output6Route, Errno> {
        let dst = if query.dst.is_unspecified() { Ipv6Addr::LOCALHOST } else { query.dst };
        if let Some(src) = query.src
            && !self.is_local_address6(ns, src)
        {
            return Err(Errno::EADDRNOTAVAIL);
        }
        let route = self.fib6_lookup(ns, dst, query.output).ok_or(Errno::ENETUNREACH)?;
        match route.kind {
            RouteKind::Blackhole => return Err(Errno::EINVAL),
            RouteKind::Prohibit => return Err(Errno::EACCES),
            RouteKind::Unreachable | RouteKind::Throw => return Err(Errno::EHOSTUNREACH),
            _ => {}
        }
        let is_local = matches!(route.kind, RouteKind::Local | RouteKind::Anycast);
        let link = if is_local { self.namespaces[ns].loopback } else { route.link };
        let source =
            query.src.or(route.prefsrc).or_else(|| self.select_address6(ns, route.link, dst));
        let src = source.ok_or(Errno::EADDRNOTAVAIL)?;
        Ok(Output6Route {
            kind: route.kind,
            link,
            gateway: route.gateway,
            src,
            mtu: self.path_mtu6(ns, route, link, dst, now),
            prefix_len: route.dst.prefix_len(),
        })
    }

    /// The largest packet for a path.
    pub(super) fn path_mtu6(
        &self,
        ns: NamespaceId,
        route: &Fib6Route,
        link: LinkId,
        dst: Ipv6Addr,
        now: Time,
    ) -> u32 {
        let mtu = route.mtu.unwrap_or(self.links[link].mtu).min(self.links[link].mtu);
        let learnt = self.namespaces[ns].pmtu6.get(&dst).filter(|path| path.expires > now);
        learnt.map_or(mtu, |path| path.mtu.min(mtu))
    }

    /// A source address for packets to `dst` that leave by `link`: of the nearest scope that reaches
    /// it, rather of that device, rather like the destination.
    pub(in crate::kernel) fn select_address6(
        &self,
        ns: NamespaceId,
        link: LinkId,
        dst: Ipv6Addr,
    ) -> Option<Ipv6Addr> {
        let reach = match ipv6::multicast_scope(dst) {
            Some(scope) => scope.clamp(2, 14),
            None if ipv6::is_link_local(dst) || dst.is_loopback() => 2,
            None => 14,
        };
        let only_own = dst.is_multicast() || ipv6::is_link_local(dst);
        let devices = self.namespaces[ns].links.values();
        let candidates = devices
            .filter(|device| !only_own || **device == link)
            .flat_map(|device| self.links[*device].inet6.addrs.iter().map(move |a| (*device, a)))
            .filter(|(_, address)| address.is_usable());
        let best = candidates.min_by_key(|(device, address)| {
            let own = address.reach();
            // Near scopes before far ones, as long as they reach.
            let misses = if own >= reach { own - reach } else { 100 - own };
            let common = ipv6::common_bits(address.local, dst).min(u32::from(address.prefix_len));
            (address.local != dst, misses, *device != link, Reverse(common))
        });
        best.map(|(_, address)| address.local)
    }
}
