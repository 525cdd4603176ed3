//! Routes (`net/ipv6/ip6_fib.c`): one list for all tables of a namespace, in the order in which they are
//! shown. A namespace has a few routes for each device, so that a search may look at all of them.

use std::cmp::Ordering;

use ipnet::Ipv6Net;

use crate::kernel::id::LinkId;
use crate::kernel::ip::fib::{RouteKind, protocol, table};
use crate::wire::Ipv6Addr;

/// The metric of routes that come with addresses.
pub const KERNEL_METRIC: u32 = 256;
/// The metric of routes that an administrator makes.
pub const DEFAULT_METRIC: u32 = 1024;

/// One route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fib6Route {
    /// The table in which it is.
    pub table: u32,
    /// Destination.
    pub dst: Ipv6Net,
    /// Among equal destinations the smallest wins.
    pub metric: u32,
    /// What it does.
    pub kind: RouteKind,
    /// Who made it.
    pub protocol: u8,
    /// Source address for packets that have none.
    pub prefsrc: Option<Ipv6Addr>,
    /// Out of this device.
    pub link: LinkId,
    /// To this next hop.
    pub gateway: Option<Ipv6Addr>,
    /// `mtu` given with the route.
    pub mtu: Option<u32>,
}

impl Fib6Route {
    /// A route that comes with an address: to its own host, or to its subnet.
    pub fn of_kernel(table: u32, dst: Ipv6Net, kind: RouteKind, link: LinkId) -> Fib6Route {
        let metric = match kind {
            RouteKind::Local | RouteKind::Anycast => 0,
            _ => KERNEL_METRIC,
        };
        let protocol = protocol::KERNEL;
        Fib6Route {
            table,
            dst,
            metric,
            kind,
            protocol,
            prefsrc: None,
            link,
            gateway: None,
            mtu: None,
        }
    }

    /// A unicast route in the main table, as `ip -6 route add` makes it.
    pub fn unicast(dst: Ipv6Net, gateway: Option<Ipv6Addr>, link: LinkId) -> Fib6Route {
        Fib6Route {
            metric: DEFAULT_METRIC,
            protocol: protocol::BOOT,
            gateway,
            ..Fib6Route::of_kernel(table::MAIN, dst, RouteKind::Unicast, link)
        }
    }

    /// Whether there cannot be both.
    pub fn is_like(&self, other: &Fib6Route) -> bool {
        let key = |r: &Fib6Route| (r.table, r.dst, r.metric, r.kind, r.link, r.gateway);
        key(self) == key(other)
    }
}

/// The order of the kernel's tree, walked from the leaves: what lies inside a prefix comes before it.
fn order(a: &Fib6Route, b: &Fib6Route) -> Ordering {
    let by_prefix = if a.dst.contains(&b.dst) || b.dst.contains(&a.dst) {
        b.dst.prefix_len().cmp(&a.dst.prefix_len())
    } else {
        a.dst.network().cmp(&b.dst.network())
    };
    by_prefix.then(a.metric.cmp(&b.metric))
}

/// The routes of a namespace.
#[derive(Debug, Clone, Default)]
pub struct Fib6 {
    routes: Vec<Fib6Route>,
}

impl Fib6 {
    /// All routes as `ip -6 route` lists them.
    pub fn iter(&self) -> impl Iterator<Item = &Fib6Route> {
        self.routes.iter()
    }

    /// The best route of a table: longest prefix, then smallest metric, then the older one.
    pub fn lookup(&self, table: u32, dst: Ipv6Addr, output: Option<LinkId>) -> Option<&Fib6Route> {
        let fits = |route: &&Fib6Route| {
            route.table == table
                && route.dst.contains(&dst)
                && output.is_none_or(|link| link == route.link || !route.kind.has_device())
        };
        let fitting = self.routes.iter().filter(fits);
        fitting.min_by_key(|route| (std::cmp::Reverse(route.dst.prefix_len()), route.metric))
    }

    /// Adds a route behind those that stand before it; whether it was not there yet.
    pub fn insert(&mut self, route: Fib6Route) -> bool {
        if self.routes.iter().any(|other| other.is_like(&route)) {
            return false;
        }
        let first_after = self.routes.iter().position(|other| order(other, &route).is_gt());
        let at = first_after.unwrap_or(self.routes.len());
        self.routes.insert(at, route);
        true
    }

    /// Removes the first route for which `matches` holds.
    pub fn remove(&mut self, matches: impl Fn(&Fib6Route) -> bool) -> Option<Fib6Route> {
        let at = self.routes.iter().position(matches)?;
        Some(self.routes.remove(at))
    }

    /// Removes all routes for which `doomed` holds; how many there were.
    pub fn remove_all(&mut self, doomed: impl Fn(&Fib6Route) -> bool) -> usize {
        let before = self.routes.len();
        self.routes.retain(|route| !doomed(route));
        before - self.routes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slotmap::SlotMap;

    fn table_of(prefixes: &[&str]) -> Fib6 {
        let link = SlotMap::<LinkId, ()>::with_key().insert(());
        let mut fib = Fib6::default();
        for prefix in prefixes {
            assert!(fib.insert(Fib6Route::unicast(prefix.parse().unwrap(), None, link)));
        }
        fib
    }

    #[test]
    fn routes_are_listed_as_the_kernel_walks_its_tree() {
        let fib = table_of(&["::/0", "fe80::/64", "2001:db8::/32", "2001:db8:1::/64"]);
        let listed: Vec<String> = fib.iter().map(|route| route.dst.to_string()).collect();
        assert_eq!(listed, ["2001:db8:1::/64", "2001:db8::/32", "fe80::/64", "::/0"]);
    }

    #[test]
    fn the_longest_prefix_wins_and_nothing_is_there_twice() {
        let mut fib = table_of(&["::/0", "2001:db8::/32", "2001:db8:1::/64"]);
        let to = |dst: &str| fib.lookup(table::MAIN, dst.parse().unwrap(), None).unwrap().dst;
        assert_eq!(to("2001:db8:1::5").prefix_len(), 64);
        assert_eq!(to("2001:db8:2::5").prefix_len(), 32);
        assert_eq!(to("fd00::1").prefix_len(), 0);
        let again = fib.iter().next().cloned().unwrap();
        assert!(!fib.insert(again));
        assert!(fib.lookup(table::LOCAL, "fd00::1".parse().unwrap(), None).is_none());
        assert_eq!(fib.remove_all(|route| route.dst.prefix_len() > 0), 2);
    }
}
