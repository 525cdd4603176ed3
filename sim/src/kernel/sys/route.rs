//! Routes and rules (`ip route`, `ip rule`).

use std::time::Duration;

use ipnet::Ipv4Net;

use crate::kernel::errno::{Errno, NetlinkError};
use crate::kernel::id::LinkId;
use crate::kernel::ip::exceptions::Exception;
use crate::kernel::ip::fib::{
    FibKey, FibRoute, FibRule, RouteKind, RuleAction, protocol, scope, table,
};
use crate::kernel::ip::route::{FlowQuery, OutputRoute};
use crate::wire::Ipv4Addr;

use super::Sys;

/// What to do if there is a route like it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteMode {
    /// `ip route add`: it is an error.
    Add,
    /// `ip route replace`: it is replaced.
    Replace,
    /// `ip route change`: it is replaced, and must be there.
    Change,
    /// `ip route append`: it stays, the new one comes behind.
    Append,
    /// `ip route prepend`: it stays, the new one comes before.
    Prepend,
}

/// A route to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteSpec {
    /// Into this table.
    pub table: u32,
    /// The route. A scope of [`scope::NOWHERE`] lets the kernel choose.
    pub route: FibRoute,
}

impl RouteSpec {
    /// A unicast route in the main table, as `ip route add` makes it.
    pub fn unicast(dst: Ipv4Net, gateway: Option<Ipv4Addr>, link: Option<LinkId>) -> RouteSpec {
        RouteSpec {
            table: table::MAIN,
            route: FibRoute {
                dst,
                tos: 0,
                metric: 0,
                kind: RouteKind::Unicast,
                scope: if gateway.is_some() { scope::UNIVERSE } else { scope::LINK },
                protocol: protocol::BOOT,
                prefsrc: None,
                link,
                gateway,
                onlink: false,
                mtu: None,
                mtu_locked: false,
                advmss: None,
            },
        }
    }
}

/// What `ip route get` asks.
#[derive(Debug, Clone, Copy, Default)]
pub struct RouteQuery {
    /// The flow.
    pub flow: FlowQuery,
    /// The device by which it came in, for a forwarded packet.
    pub input: Option<LinkId>,
}

/// What `ip route get` answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RouteAnswer {
    /// The way.
    pub route: OutputRoute,
    /// The table in which it was found, if it was in one.
    pub table: Option<u32>,
    /// The type of service for which the route is; 0 for any.
    pub tos: u8,
    /// What was learnt about this very destination.
    pub learnt: Option<PathView>,
    /// Whether the sender would be told of a better way.
    pub redirects: bool,
    /// Whether the destination is a group that the device has joined.
    pub joined: bool,
    /// The `mtu` of the route itself, and whether it is locked.
    pub mtu: Option<(u32, bool)>,
}

/// What was learnt about one destination (`ip route show cache`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathView {
    /// What was learnt.
    pub path: Exception,
    /// For how long it still counts.
    pub left: Duration,
}

type Result<T> = std::result::Result<T, NetlinkError>;

impl Sys<'_> {
    /// Makes a route (`ip route add|replace|change|append|prepend`).
    pub fn route_add(&mut self, spec: &RouteSpec, mode: RouteMode) -> Result<()> {
        self.demand_admin()?;
        let mut route = spec.route.clone();
        if route.dst.trunc() != route.dst {
            return Err(NetlinkError::explained(
                Errno::EINVAL,
                "Invalid prefix for given prefix length",
            ));
        }
        self.check_kind(&route)?;
        if route.kind.has_device() {
            self.check_next_hop(&mut route, spec.table)?;
        }
        if let Some(prefsrc) = route.prefsrc
            && self.kernel.address_kind(self.ns, prefsrc) != RouteKind::Local
        {
            return Err(NetlinkError::explained(Errno::EINVAL, "Invalid prefsrc address"));
        }
        let is_like = |other: &FibRoute| (other.tos, other.metric) == (route.tos, route.metric);
        let fib = self.kernel.namespaces[self.ns].fib.table_mut(spec.table);
        let routes = fib.with_destination(route.dst);
        let like = routes.iter().position(is_like);
        let same = routes.iter().position(|other| *other == route);
        match mode {
            RouteMode::Add if like.is_some() => return Err(Errno::EEXIST.into()),
            RouteMode::Change if like.is_none() => return Err(Errno::ENOENT.into()),
            // The first of those like it is replaced: not by one that stands behind it already.
            RouteMode::Replace | RouteMode::Change if like.is_some() => match same {
                Some(_) if same == like => return Ok(()),
                Some(_) => return Err(Errno::EEXIST.into()),
                None => {
                    fib.remove(route.dst, is_like);
                    fib.insert(route.clone(), true);
                }
            },
            RouteMode::Append | RouteMode::Prepend => {
                if same.is_some() {
                    return Err(Errno::EEXIST.into());
                }
                fib.insert(route.clone(), mode == RouteMode::Prepend);
            }
            _ => fib.insert(route.clone(), false),
        }
        self.kernel.monitor_route(self.ns, spec.table, &route, false);
        self.kernel.namespaces[self.ns].pmtu.clear();
        self.record(|kernel| {
            let mut command = format!("ip route add {}", destination(&route));
            if let Some(gateway) = route.gateway {
                command += &format!(" via {gateway}");
            }
            if let Some(link) = route.link.and_then(|link| kernel.links.get(link)) {
                command += &format!(" dev {}", link.name);
            }
            command
        });
        Ok(())
    }

    /// Whether a new route makes sense in itself (the first half of `fib_create_info`).
    fn check_kind(&self, route: &FibRoute) -> Result<()> {
        let invalid = |why| Err(NetlinkError::explained(Errno::EINVAL, why));
        let nearest = match route.kind {
            RouteKind::Local => scope::HOST,
            RouteKind::Broadcast => scope::LINK,
            _ => scope::UNIVERSE,
        };
        if route.scope < nearest || route.scope > scope::HOST {
            return invalid("Invalid scope");
        }
        if !route.kind.has_device() && (route.gateway.is_some() || route.link.is_some()) {
            return invalid(
                "Gateway, device and multipath can not be specified for this route type",
            );
        }
        if route.kind.has_device() && route.scope == scope::HOST && route.gateway.is_some() {
            return invalid("Route with host scope can not have a gateway");
        }
        Ok(())
    }

    /// Whether the next hop of a new route can be reached (`fib_check_nh`).
    fn check_next_hop(&mut self, route: &mut FibRoute, table: u32) -> Result<()> {
        let invalid = || NetlinkError::explained(Errno::ENETUNREACH, "Nexthop has invalid gateway");
        let Some(gateway) = route.gateway else {
            if route.onlink {
                return Err(NetlinkError::explained(
                    Errno::EINVAL,
                    "Invalid flags for nexthop - PERVASIVE and ONLINK can not be set",
                ));
            }
            let Some(link) = route.link else { return Err(Errno::ENODEV.into()) };
            if route.scope != scope::HOST && !self.kernel.links[link].up {
                return Err(NetlinkError::explained(
                    Errno::ENETDOWN,
                    "Device for nexthop is not up",
                ));
            }
            return Ok(());
        };
        if route.onlink {
            if route.scope >= scope::LINK {
                return Err(NetlinkError::explained(Errno::EINVAL, "Nexthop has invalid scope"));
            }
            let Some(link) = route.link else {
                let why = "Nexthop device required for onlink";
                return Err(NetlinkError::explained(Errno::ENODEV, why));
            };
            if !self.kernel.links[link].up {
                return Err(NetlinkError::explained(Errno::ENETDOWN, "Nexthop device is not up"));
            }
            if self.kernel.address_kind(self.ns, gateway) != RouteKind::Unicast {
                return Err(invalid());
            }
            return Ok(());
        }
        let key = FibKey {
            dst: gateway,
            tos: 0,
            output: route.link,
            scope: route.scope.saturating_add(1).max(scope::LINK),
            avoid: &[],
        };
        let fib = &self.kernel.namespaces[self.ns].fib;
        let own_table = fib.table(table).filter(|_| table != table::MAIN);
        let found = own_table
            .and_then(|table| table.lookup(&key))
            .or_else(|| fib.local.lookup(&FibKey { output: None, ..key }))
            .or_else(|| fib.main.lookup(&key));
        match found {
            Some(found) if matches!(found.kind, RouteKind::Unicast | RouteKind::Local) => {
                let out = if found.kind == RouteKind::Local {
                    // A route by one's own address leaves by the device that has it.
                    route.link.or(found.link)
                } else {
                    found.link
                };
                route.link = out;
                Ok(())
            }
            _ => Err(invalid()),
        }
    }

    /// Removes a route (`ip route del`).
    pub fn route_del(
        &mut self,
        number: u32,
        dst: Ipv4Net,
        matches: impl Fn(&FibRoute) -> bool,
    ) -> Result<()> {
        self.demand_admin()?;
        let gone = self.kernel.namespaces[self.ns].fib.table_mut(number).remove(dst, matches);
        let Some(gone) = gone else { return Err(Errno::ESRCH.into()) };
        self.kernel.monitor_route(self.ns, number, &gone, true);
        self.kernel.namespaces[self.ns].pmtu.clear();
        self.record(|_| format!("ip route del {}", destination(&gone)));
        Ok(())
    }

    /// Removes all routes that fit; how many there were.
    pub fn route_flush(
        &mut self,
        number: u32,
        doomed: impl Fn(&FibRoute) -> bool,
    ) -> Result<usize> {
        self.demand_admin()?;
        let gone = self.kernel.namespaces[self.ns].fib.table_mut(number).remove_all(doomed);
        self.kernel.namespaces[self.ns].pmtu.clear();
        for route in &gone {
            self.kernel.monitor_route(self.ns, number, route, true);
        }
        Ok(gone.len())
    }

    /// Forgets what was learnt about paths (`ip route flush cache`).
    pub fn route_flush_cache(&mut self) {
        self.kernel.namespaces[self.ns].pmtu.clear();
    }

    /// The routes of a table, as `ip route` lists them; `None` if there is no such table.
    pub fn routes(&self, number: u32) -> Option<Vec<FibRoute>> {
        let table = self.kernel.namespaces[self.ns].fib.table(number)?;
        Some(table.sorted().into_iter().cloned().collect())
    }

    /// The numbers of all tables that have routes.
    pub fn route_tables(&self) -> Vec<u32> {
        let fib = &self.kernel.namespaces[self.ns].fib;
        let others = fib.others.iter().filter(|(_, table)| !table.is_empty()).map(|(n, _)| *n);
        let mut tables: Vec<u32> = others.chain([table::MAIN, table::LOCAL]).collect();
        // The kernel's list is a hash table of 256 places.
        tables.sort_by_key(|number| (number & 0xff, *number));
        tables
    }

    /// Which way a packet would go (`ip route get`).
    pub fn route_get(&self, query: &RouteQuery) -> std::result::Result<RouteAnswer, Errno> {
        let (route, redirects) = match query.input {
            None => (self.kernel.route_output(self.ns, &query.flow, self.cx.now)?, false),
            Some(input) => self.route_get_forwarded(query, input)?,
        };
        let fib = &self.kernel.namespaces[self.ns].fib;
        let found = self.kernel.fib_lookup_with_table(fib, &query.flow, query.input);
        let pmtu = &self.kernel.namespaces[self.ns].pmtu;
        let learnt = pmtu.get(query.flow.dst, self.cx.now);
        let mtu = found.ok().and_then(|(_, found)| Some((found.mtu?, found.mtu_locked)));
        let dst = query.flow.dst;
        let all_hosts = dst == Ipv4Addr::new(224, 0, 0, 1);
        Ok(RouteAnswer {
            route,
            redirects,
            joined: dst.is_multicast()
                && (all_hosts || self.kernel.links[route.link].is_member(dst)),
            table: found.ok().map(|(number, _)| number),
            tos: found.map_or(0, |(_, route)| route.tos),
            learnt: learnt.map(|path| self.path_view(path)),
            mtu,
        })
    }

    fn path_view(&self, path: &Exception) -> PathView {
        let left = path.expires - self.cx.now;
        PathView { path: *path, left: Duration::from_nanos(left.as_nanos()) }
    }

    /// What was learnt about single destinations, with the route behind each (`ip route show cache`).
    pub fn route_cache(&self) -> Vec<(Ipv4Addr, PathView, Option<FibRoute>)> {
        let learnt = self.kernel.namespaces[self.ns].pmtu.sorted(self.cx.now);
        let fib = &self.kernel.namespaces[self.ns].fib;
        let route_to = |dst| {
            let query = FlowQuery { dst, ..FlowQuery::default() };
            self.kernel.fib_lookup(fib, &query, None).ok().cloned()
        };
        learnt.into_iter().map(|(dst, path)| (dst, self.path_view(&path), route_to(dst))).collect()
    }

    fn route_get_forwarded(
        &self,
        query: &RouteQuery,
        input: LinkId,
    ) -> std::result::Result<(OutputRoute, bool), Errno> {
        use crate::kernel::ip::route::InputRoute;
        let flow = FlowQuery { protocol: 0, ..query.flow };
        match self.kernel.input_route(self.ns, &flow, input, self.cx.now) {
            InputRoute::Forward { route, redirect } => Ok((route, redirect)),
            InputRoute::Local(kind) => {
                let lo = self.kernel.namespaces[self.ns].loopback;
                Ok((OutputRoute::direct(kind, lo, query.flow.dst, 65536), false))
            }
            InputRoute::Refused(errno) => Err(errno),
            InputRoute::Drop(crate::kernel::DropReason::ForwardingOff) => Err(Errno::EHOSTUNREACH),
            InputRoute::Drop(crate::kernel::DropReason::RpFilter) => Err(Errno::EXDEV),
            InputRoute::Drop(_) => Err(Errno::EINVAL),
        }
    }

    /// The rules, in order (`ip rule`).
    pub fn rules(&self) -> &[FibRule] {
        &self.kernel.namespaces[self.ns].fib.rules
    }

    /// Adds a rule; without a priority it comes before all but the first.
    pub fn rule_add(&mut self, mut rule: FibRule, priority: Option<u32>) -> Result<()> {
        self.demand_admin()?;
        let fib = &mut self.kernel.namespaces[self.ns].fib;
        rule.priority = priority.unwrap_or_else(|| fib.free_priority());
        if rule.action == RuleAction::Table(0) {
            // No table is named: a new one is made.
            let free = (1..=u32::MAX).find(|number| fib.table(*number).is_none());
            let number = free.ok_or(Errno::ENOBUFS)?;
            fib.table_mut(number);
            rule.action = RuleAction::Table(number);
        }
        if fib.rules.contains(&rule) {
            return Err(Errno::EEXIST.into());
        }
        fib.add_rule(rule);
        self.kernel.namespaces[self.ns].pmtu.clear();
        Ok(())
    }

    /// Removes the first rule that fits.
    pub fn rule_del(&mut self, matches: impl Fn(&FibRule) -> bool) -> Result<()> {
        self.demand_admin()?;
        let fib = &mut self.kernel.namespaces[self.ns].fib;
        let at = fib.rules.iter().position(matches).ok_or(Errno::ENOENT)?;
        fib.rules.remove(at);
        fib.rules_are_default = false;
        self.kernel.namespaces[self.ns].pmtu.clear();
        Ok(())
    }

    /// Removes all rules but that of the local table (`ip rule flush`).
    pub fn rule_flush(&mut self) -> Result<()> {
        self.demand_admin()?;
        let fib = &mut self.kernel.namespaces[self.ns].fib;
        fib.rules
            .retain(|rule| rule.priority == 0 && rule.action == RuleAction::Table(table::LOCAL));
        fib.rules_are_default = false;
        Ok(())
    }
}

fn destination(route: &FibRoute) -> String {
    match route.dst.prefix_len() {
        0 => "default".to_owned(),
        32 => route.dst.addr().to_string(),
        _ => route.dst.to_string(),
    }
}
