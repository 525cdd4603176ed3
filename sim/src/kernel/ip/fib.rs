//! The forwarding information base (`net/ipv4/fib_trie.c`, `fib_rules.c`): routing tables, and the
//! rules that say which table is asked.

use indexmap::IndexMap;
use ipnet::Ipv4Net;
use rustc_hash::FxBuildHasher;

use crate::kernel::id::LinkId;
use crate::wire::Ipv4Addr;

/// Table numbers (`rt_tables`).
pub mod table {
    /// Own and broadcast addresses, kept by the kernel.
    pub const LOCAL: u32 = 255;
    /// Where routes go unless told otherwise.
    pub const MAIN: u32 = 254;
    /// Asked last; usually empty.
    pub const DEFAULT: u32 = 253;
}

/// Route scopes (`rtm_scope`): how far the destination is.
pub mod scope {
    /// Anywhere.
    pub const UNIVERSE: u8 = 0;
    /// Inside the site.
    pub const SITE: u8 = 200;
    /// On a link.
    pub const LINK: u8 = 253;
    /// On this host.
    pub const HOST: u8 = 254;
    /// Nowhere.
    pub const NOWHERE: u8 = 255;
}

/// Who made a route (`rtm_protocol`).
pub mod protocol {
    /// The kernel, because of an address.
    pub const KERNEL: u8 = 2;
    /// An administrator, at run time.
    pub const BOOT: u8 = 3;
    /// An administrator, as configuration.
    pub const STATIC: u8 = 4;
}

/// What a route does (`RTN_*`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RouteKind {
    /// Sends on.
    Unicast,
    /// Delivers here.
    Local,
    /// Delivers here and sends as link-layer broadcast.
    Broadcast,
    /// Sends as link-layer multicast.
    Multicast,
    /// Delivers here, as others would (IPv6).
    Anycast,
    /// Swallows silently.
    Blackhole,
    /// Refuses: host unreachable.
    Unreachable,
    /// Refuses: administratively prohibited.
    Prohibit,
    /// Goes on with the next rule.
    Throw,
}

impl RouteKind {
    /// As `ip route` writes it; unicast is not written.
    pub fn name(self) -> &'static str {
        match self {
            RouteKind::Unicast => "unicast",
            RouteKind::Local => "local",
            RouteKind::Broadcast => "broadcast",
            RouteKind::Multicast => "multicast",
            RouteKind::Anycast => "anycast",
            RouteKind::Blackhole => "blackhole",
            RouteKind::Unreachable => "unreachable",
            RouteKind::Prohibit => "prohibit",
            RouteKind::Throw => "throw",
        }
    }

    /// Whether it needs a device.
    pub fn has_device(self) -> bool {
        matches!(
            self,
            RouteKind::Unicast
                | RouteKind::Local
                | RouteKind::Broadcast
                | RouteKind::Multicast
                | RouteKind::Anycast
        )
    }
}

/// One route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FibRoute {
    /// Destination.
    pub dst: Ipv4Net,
    /// Type of service for which it holds; zero for all.
    pub tos: u8,
    /// Among equal destinations the smallest wins.
    pub metric: u32,
    /// What it does.
    pub kind: RouteKind,
    /// How far the destination is.
    pub scope: u8,
    /// Who made it.
    pub protocol: u8,
    /// Source address for packets that have none.
    pub prefsrc: Option<Ipv4Addr>,
    /// Out of this device.
    pub link: Option<LinkId>,
    /// To this next hop.
    pub gateway: Option<Ipv4Addr>,
    /// Whether the next hop is taken to be on the link, whatever the addresses say.
    pub onlink: bool,
    /// `mtu` given with the route.
    pub mtu: Option<u32>,
    /// Whether that MTU stands, whatever path-MTU discovery finds (`mtu lock`).
    pub mtu_locked: bool,
    /// `advmss` given with the route.
    pub advmss: Option<u32>,
}

/// One table: routes by prefix length, longest first.
#[derive(Debug, Clone, Default)]
pub struct FibTable {
    by_length: Vec<(u8, RoutesByPrefix)>,
}

/// Routes whose prefixes are equally long, by prefix.
type RoutesByPrefix = IndexMap<u32, Vec<FibRoute>, FxBuildHasher>;

/// What is asked of a table.
#[derive(Debug, Clone, Copy)]
pub struct FibKey<'a> {
    /// Destination.
    pub dst: Ipv4Addr,
    /// Type of service.
    pub tos: u8,
    /// Only by this device.
    pub output: Option<LinkId>,
    /// Only routes at least this far (the gateway check of a new route).
    pub scope: u8,
    /// Not by these devices.
    pub avoid: &'a [LinkId],
}

impl FibKey<'_> {
    /// Only the destination counts.
    pub fn to(dst: Ipv4Addr) -> Self {
        FibKey { dst, tos: 0, output: None, scope: 0, avoid: &[] }
    }
}

fn network_bits(address: Ipv4Addr, length: u8) -> u32 {
    let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
    u32::from(address) & if length == 0 { 0 } else { mask }
}

impl FibTable {
    /// The best route: longest prefix, then smallest metric. A throw route ends the search.
    pub fn lookup(&self, key: &FibKey) -> Option<&FibRoute> {
        self.by_length.iter().find_map(|(length, routes)| {
            routes.get(&network_bits(key.dst, *length))?.iter().find(|route| {
                (route.tos == 0 || route.tos == key.tos & 0x1c)
                    && route.scope >= key.scope
                    && (key.output.is_none()
                        || !route.kind.has_device()
                        || key.output == route.link)
                    && !route.link.is_some_and(|link| key.avoid.contains(&link))
            })
        })
    }

    /// All routes with this destination.
    pub fn with_destination(&self, dst: Ipv4Net) -> &[FibRoute] {
        self.routes_at(dst).map_or(&[], Vec::as_slice)
    }

    fn routes_at(&self, dst: Ipv4Net) -> Option<&Vec<FibRoute>> {
        let at = self.by_length.iter().position(|(length, _)| *length == dst.prefix_len())?;
        self.by_length[at].1.get(&u32::from(dst.network()))
    }

    /// Adds a route; among those of the same destination it stands by metric, behind equals unless
    /// `first`.
    pub fn insert(&mut self, route: FibRoute, first: bool) {
        let length = route.dst.prefix_len();
        let at = self.by_length.partition_point(|(other, _)| *other > length);
        if self.by_length.get(at).is_none_or(|(other, _)| *other != length) {
            self.by_length.insert(at, (length, IndexMap::default()));
        }
        let routes = self.by_length[at].1.entry(u32::from(route.dst.network())).or_default();
        // Higher TOS first, then lower metric (fib_find_alias).
        let order = |r: &FibRoute| (std::cmp::Reverse(r.tos), r.metric);
        let place = if first {
            routes.partition_point(|other| order(other) < order(&route))
        } else {
            routes.partition_point(|other| order(other) <= order(&route))
        };
        routes.insert(place, route);
    }

    /// Removes the first route for which `matches` holds, among those of this destination.
    pub fn remove(
        &mut self,
        dst: Ipv4Net,
        matches: impl Fn(&FibRoute) -> bool,
    ) -> Option<FibRoute> {
        let at = self.by_length.iter().position(|(length, _)| *length == dst.prefix_len())?;
        let key = u32::from(dst.network());
        let routes = self.by_length[at].1.get_mut(&key)?;
        let found = routes.iter().position(matches)?;
        let route = routes.remove(found);
        if routes.is_empty() {
            self.by_length[at].1.shift_remove(&key);
            if self.by_length[at].1.is_empty() {
                self.by_length.remove(at);
            }
        }
        Some(route)
    }

    /// Removes all routes for which `doomed` holds.
    pub fn remove_all(&mut self, doomed: impl Fn(&FibRoute) -> bool) -> Vec<FibRoute> {
        let mut gone = Vec::new();
        for (_, routes) in &mut self.by_length {
            for list in routes.values_mut() {
                gone.extend(list.extract_if(.., |route| doomed(route)));
            }
            routes.retain(|_, list| !list.is_empty());
        }
        self.by_length.retain(|(_, routes)| !routes.is_empty());
        gone
    }

    /// All routes as `ip route` lists them: by network, then the longer prefix first.
    pub fn sorted(&self) -> Vec<&FibRoute> {
        let mut all: Vec<&FibRoute> =
            self.by_length.iter().flat_map(|(_, routes)| routes.values().flatten()).collect();
        all.sort_by_key(|route| {
            (u32::from(route.dst.network()), std::cmp::Reverse(route.dst.prefix_len()))
        });
        all
    }

    /// Whether there is no route.
    pub fn is_empty(&self) -> bool {
        self.by_length.is_empty()
    }
}

/// What a rule does (`FR_ACT_*`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleAction {
    /// Asks this table.
    Table(u32),
    /// Swallows.
    Blackhole,
    /// Refuses: network unreachable.
    Unreachable,
    /// Refuses: prohibited.
    Prohibit,
}

/// One line of `ip rule`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FibRule {
    /// Smallest first.
    pub priority: u32,
    /// Source of the packet.
    pub from: Ipv4Net,
    /// Destination of the packet.
    pub to: Ipv4Net,
    /// Device by which it came in.
    pub input: Option<String>,
    /// Device to which its socket is bound.
    pub output: Option<String>,
    /// Firewall mark and the bits of it that count.
    pub mark: Option<(u32, u32)>,
    /// Type of service.
    pub tos: u8,
    /// Whether the selector is negated.
    pub not: bool,
    /// What to do.
    pub action: RuleAction,
}

impl FibRule {
    /// A rule for all packets.
    pub fn for_all(priority: u32, action: RuleAction) -> FibRule {
        FibRule {
            priority,
            from: Ipv4Net::default(),
            to: Ipv4Net::default(),
            input: None,
            output: None,
            mark: None,
            tos: 0,
            not: false,
            action,
        }
    }
}

/// The tables and rules of a namespace.
#[derive(Debug, Clone)]
pub struct Fib {
    /// Own and broadcast addresses.
    pub local: FibTable,
    /// The usual routes.
    pub main: FibTable,
    /// All other tables.
    pub others: IndexMap<u32, FibTable>,
    /// In order of priority.
    pub rules: Vec<FibRule>,
    /// Whether the rules are the three that every namespace starts with.
    pub rules_are_default: bool,
    /// Devices without carrier whose routes do not count (`ignore_routes_with_linkdown`).
    pub avoided: Vec<LinkId>,
}

impl Default for Fib {
    fn default() -> Self {
        Fib {
            local: FibTable::default(),
            main: FibTable::default(),
            others: IndexMap::new(),
            rules: vec![
                FibRule::for_all(0, RuleAction::Table(table::LOCAL)),
                FibRule::for_all(32766, RuleAction::Table(table::MAIN)),
                FibRule::for_all(32767, RuleAction::Table(table::DEFAULT)),
            ],
            rules_are_default: true,
            avoided: Vec::new(),
        }
    }
}

impl Fib {
    /// A table, if it exists.
    pub fn table(&self, number: u32) -> Option<&FibTable> {
        match number {
            table::LOCAL => Some(&self.local),
            table::MAIN => Some(&self.main),
            _ => self.others.get(&number),
        }
    }

    /// A table, made if it does not exist.
    pub fn table_mut(&mut self, number: u32) -> &mut FibTable {
        match number {
            table::LOCAL => &mut self.local,
            table::MAIN => &mut self.main,
            _ => self.others.entry(number).or_default(),
        }
    }

    /// All tables, with their numbers.
    pub fn tables_mut(&mut self) -> impl Iterator<Item = (u32, &mut FibTable)> {
        [(table::LOCAL, &mut self.local), (table::MAIN, &mut self.main)]
            .into_iter()
            .chain(self.others.iter_mut().map(|(number, table)| (*number, table)))
    }

    /// Adds a rule, behind those of the same priority.
    pub fn add_rule(&mut self, rule: FibRule) {
        let at = self.rules.partition_point(|other| other.priority <= rule.priority);
        self.rules.insert(at, rule);
        self.rules_are_default = false;
    }

    /// A priority for a rule that was given none: one less than the smallest but the first.
    pub fn free_priority(&self) -> u32 {
        self.rules.get(1).map_or(32765, |second| second.priority.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn route(dst: &str, metric: u32) -> FibRoute {
        FibRoute {
            dst: dst.parse().unwrap(),
            tos: 0,
            metric,
            kind: RouteKind::Unicast,
            scope: scope::LINK,
            protocol: protocol::BOOT,
            prefsrc: None,
            link: None,
            gateway: None,
            onlink: false,
            mtu: None,
            mtu_locked: false,
            advmss: None,
        }
    }

    proptest! {
        #[test]
        fn lookup_agrees_with_a_naive_search(
            routes in prop::collection::vec((any::<u32>(), 0u8..=32, 0u32..4), 0..60),
            // Few distinct bits, so that prefixes really contain each other.
            mask in prop::sample::select(vec![u32::MAX, 0xff00_00ff, 0xc000_0003]),
            dst in any::<u32>(),
        ) {
            let mut table = FibTable::default();
            let mut all = Vec::new();
            for (bits, length, metric) in routes {
                let dst = Ipv4Net::new(Ipv4Addr::from(bits & mask), length).unwrap().trunc();
                let route = FibRoute { dst, ..route("0.0.0.0/0", metric) };
                table.insert(route.clone(), false);
                all.push(route);
            }
            let dst = Ipv4Addr::from(dst & mask);
            let best = all
                .iter()
                .filter(|r| r.dst.contains(&dst))
                .min_by_key(|r| (std::cmp::Reverse(r.dst.prefix_len()), r.metric));
            prop_assert_eq!(table.lookup(&FibKey::to(dst)), best);
        }

        #[test]
        fn what_is_inserted_can_be_removed(
            routes in prop::collection::vec((any::<u32>(), 0u8..=32), 0..40),
        ) {
            let mut table = FibTable::default();
            for (bits, length) in &routes {
                let dst = Ipv4Net::new(Ipv4Addr::from(*bits), *length).unwrap().trunc();
                table.insert(FibRoute { dst, ..route("0.0.0.0/0", 0) }, false);
            }
            for (bits, length) in &routes {
                let dst = Ipv4Net::new(Ipv4Addr::from(*bits), *length).unwrap().trunc();
                prop_assert!(table.remove(dst, |_| true).is_some());
            }
            prop_assert!(table.is_empty());
        }
    }

    #[test]
    fn routes_are_listed_by_network_with_the_longer_prefix_first() {
        let mut table = FibTable::default();
        for dst in ["10.0.0.0/8", "10.0.0.0/24", "0.0.0.0/0", "10.0.0.0/30"] {
            table.insert(route(dst, 0), false);
        }
        let listed: Vec<String> = table.sorted().iter().map(|r| r.dst.to_string()).collect();
        assert_eq!(listed, ["0.0.0.0/0", "10.0.0.0/30", "10.0.0.0/24", "10.0.0.0/8"]);
    }
}
