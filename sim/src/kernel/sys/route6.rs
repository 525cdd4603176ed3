//! IPv6 routes (`ip -6 route`).

use crate::kernel::errno::{Errno, NetlinkError};
use crate::kernel::id::LinkId;
use crate::kernel::ip::fib::RouteKind;
use crate::kernel::ip6::fib::Fib6Route;
use crate::kernel::ip6::route::{Flow6Query, Output6Route};
use crate::wire::{Ipv6Addr, ipv6};

use super::Sys;
use super::route::RouteMode;

/// What is said of a new route: its device may follow from its gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route6Spec {
    /// The route; its device counts only if `link` says none.
    pub route: Fib6Route,
    /// Its device, if one was named.
    pub link: Option<LinkId>,
}

/// What `ip -6 route get` answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route6Answer {
    /// The way.
    pub way: Output6Route,
    /// The route that leads there.
    pub route: Fib6Route,
    /// What was learnt of the MTU of the path, and for how many seconds that holds.
    pub learnt: Option<(u32, u64)>,
}

type Result<T> = std::result::Result<T, NetlinkError>;

impl Sys<'_> {
    /// Makes a route (`ip -6 route add|replace|change|append|prepend`).
    pub fn route6_add(&mut self, spec: &Route6Spec, mode: RouteMode) -> Result<()> {
        self.demand_admin()?;
        let mut route = spec.route.clone();
        // Bits behind the prefix are forgotten.
        route.dst = route.dst.trunc();
        if route.kind.has_device() {
            route.link = self.next_hop6(&route, spec.link)?;
        } else {
            route.link = self.kernel.namespaces[self.ns].loopback;
        }
        let fib = &mut self.kernel.namespaces[self.ns].fib6;
        let same = |other: &Fib6Route| {
            (other.table, other.dst, other.metric) == (route.table, route.dst, route.metric)
        };
        let there = fib.iter().any(same);
        match mode {
            RouteMode::Add if there => return Err(Errno::EEXIST.into()),
            RouteMode::Change if !there => return Err(Errno::ENOENT.into()),
            RouteMode::Change | RouteMode::Replace => {
                fib.remove(same);
            }
            _ => {}
        }
        if !fib.insert(route.clone()) {
            return Err(Errno::EEXIST.into());
        }
        self.kernel.namespaces[self.ns].pmtu6.clear();
        self.record(|kernel| {
            let mut command = format!("ip -6 route add {}", route.dst);
            if let Some(gateway) = route.gateway {
                command += &format!(" via {gateway}");
            }
            command + &format!(" dev {}", kernel.links[route.link].name)
        });
        Ok(())
    }

    /// Where a new route leads (`fib6_nh_init`).
    fn next_hop6(&self, route: &Fib6Route, named: Option<LinkId>) -> Result<LinkId> {
        let explained = |errno, why| Err(NetlinkError::explained(errno, why));
        let Some(gateway) = route.gateway else {
            let Some(link) = named else { return Err(Errno::ENODEV.into()) };
            return self.usable6(link);
        };
        if self.kernel.is_local_address6(self.ns, gateway) {
            return explained(Errno::EINVAL, "Gateway can not be a local address");
        }
        if ipv6::is_link_local(gateway) {
            let Some(link) = named else {
                return explained(Errno::EINVAL, "Egress device not specified");
            };
            return self.usable6(link);
        }
        match self.kernel.fib6_lookup(self.ns, gateway, named) {
            Some(way) if way.kind == RouteKind::Unicast && way.gateway.is_none() => {
                self.usable6(way.link)
            }
            _ => Err(Errno::EHOSTUNREACH.into()),
        }
    }

    fn usable6(&self, link: LinkId) -> Result<LinkId> {
        if !self.kernel.has_ipv6(link) {
            return Err(NetlinkError::explained(
                Errno::EACCES,
                "IPv6 is disabled on nexthop device",
            ));
        }
        if !self.kernel.links[link].up {
            return Err(NetlinkError::explained(Errno::ENETDOWN, "Nexthop device is not up"));
        }
        Ok(link)
    }

    /// Removes a route (`ip -6 route del`).
    pub fn route6_del(&mut self, matches: impl Fn(&Fib6Route) -> bool) -> Result<()> {
        self.demand_admin()?;
        let gone = self.kernel.namespaces[self.ns].fib6.remove(matches);
        let Some(gone) = gone else { return Err(Errno::ESRCH.into()) };
        self.kernel.namespaces[self.ns].pmtu6.clear();
        self.record(|_| format!("ip -6 route del {}", gone.dst));
        Ok(())
    }

    /// Removes all routes that fit; how many there were.
    pub fn route6_flush(&mut self, doomed: impl Fn(&Fib6Route) -> bool) -> Result<usize> {
        self.demand_admin()?;
        self.kernel.namespaces[self.ns].pmtu6.clear();
        Ok(self.kernel.namespaces[self.ns].fib6.remove_all(doomed))
    }

    /// The routes of all tables, as `ip -6 route` lists them.
    pub fn routes6(&self) -> Vec<Fib6Route> {
        self.kernel.namespaces[self.ns].fib6.iter().cloned().collect()
    }

    /// Which way a packet would go (`ip -6 route get`).
    pub fn route6_get(&self, query: &Flow6Query) -> std::result::Result<Route6Answer, Errno> {
        let now = self.cx.now;
        let way = self.kernel.route6_output(self.ns, query, now)?;
        let route = self.kernel.fib6_lookup(self.ns, query.dst, query.output);
        let route = route.cloned().ok_or(Errno::ENETUNREACH)?;
        let path = self.kernel.namespaces[self.ns].pmtu6.get(&query.dst);
        let path = path.filter(|path| path.expires > now);
        let learnt = path.map(|path| (path.mtu, (path.expires - now).as_secs()));
        Ok(Route6Answer { way, route, learnt })
    }

    /// Whether `address` is one of this namespace's own.
    pub fn is_own_address6(&self, address: Ipv6Addr) -> bool {
        self.kernel.is_local_address6(self.ns, address)
    }
}
