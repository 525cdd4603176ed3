//! Routing decisions: which way a packet goes, and from which address.
//!
//! Decisions are values; the callers note them in the trace and then act.

use ipnet::Ipv4Net;

use crate::engine::Time;
use crate::kernel::Kernel;
use crate::kernel::errno::Errno;
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::link::Scope;
use crate::kernel::step::{self, DropReason};
use crate::wire::{Ipv4Addr, ipv4};

use super::fib::{Fib, FibKey, FibRoute, FibRule, FibTable, RouteKind, RuleAction, table};

/// What is known of a packet that needs a way (`flowi4`).
#[derive(Debug, Clone, Copy)]
pub struct FlowQuery {
    /// Destination.
    pub dst: Ipv4Addr,
    /// Source, if it has one already.
    pub src: Option<Ipv4Addr>,
    /// Device to which its socket is bound.
    pub output: Option<LinkId>,
    /// Type of service.
    pub tos: u8,
    /// Firewall mark.
    pub mark: u32,
    /// Protocol.
    pub protocol: u8,
    /// Whether any source will do (raw packets with a foreign source).
    pub any_source: bool,
}

impl Default for FlowQuery {
    fn default() -> Self {
        FlowQuery {
            dst: Ipv4Addr::UNSPECIFIED,
            src: None,
            output: None,
            tos: 0,
            mark: 0,
            protocol: 0,
            any_source: false,
        }
    }
}

/// The way of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutputRoute {
    /// What kind of destination it is.
    pub kind: RouteKind,
    /// The device.
    pub link: LinkId,
    /// The next hop, if it is not the destination itself.
    pub gateway: Option<Ipv4Addr>,
    /// The source address.
    pub src: Ipv4Addr,
    /// Largest packet, by the route, the device or the path.
    pub mtu: u32,
    /// Whether packets may be fragmented rather than look for the MTU of the path.
    pub mtu_locked: bool,
    /// The destination of the route that matched, if one did.
    pub prefix: Option<Ipv4Net>,
}

impl OutputRoute {
    /// Straight out of a device, without a route of a table.
    pub fn direct(kind: RouteKind, link: LinkId, src: Ipv4Addr, mtu: u32) -> OutputRoute {
        OutputRoute { kind, link, gateway: None, src, mtu, mtu_locked: false, prefix: None }
    }

    /// The address whose hardware address is needed.
    pub fn next_hop(&self, dst: Ipv4Addr) -> Ipv4Addr {
        self.gateway.unwrap_or(dst)
    }

    /// As a step of the trace.
    pub fn step(&self) -> step::Route {
        match self.kind {
            RouteKind::Local => step::Route::Local,
            RouteKind::Broadcast => step::Route::Broadcast,
            RouteKind::Multicast => step::Route::Multicast,
            _ => step::Route::Via { link: self.link, gateway: self.gateway, prefix: self.prefix },
        }
    }
}

/// What becomes of a packet that came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum InputRoute {
    /// It is for this namespace.
    Local(RouteKind),
    /// It goes on.
    Forward {
        /// The way.
        route: OutputRoute,
        /// Whether its sender should have sent it there directly (an ICMP redirect is due).
        redirect: bool,
    },
    /// It is refused with an error to its sender.
    Refused(Errno),
    /// It is swallowed.
    Drop(DropReason),
}

impl Kernel {
    /// The longest match over the rules and tables of a namespace (`fib_lookup`). Refusing routes and
    /// rules come back as the error that they mean.
    pub(in crate::kernel) fn fib_lookup<'a>(
        &'a self,
        fib: &'a Fib,
        query: &FlowQuery,
        input: Option<LinkId>,
    ) -> Result<&'a FibRoute, Errno> {
        self.fib_lookup_with_table(fib, query, input).map(|(_, route)| route)
    }

    /// The same, with the number of the table. As long as the rules are those of the start, the kernel
    /// keeps own addresses in the main table, too.
    pub(in crate::kernel) fn fib_lookup_with_table<'a>(
        &'a self,
        fib: &'a Fib,
        query: &FlowQuery,
        input: Option<LinkId>,
    ) -> Result<(u32, &'a FibRoute), Errno> {
        let (output, avoid) = (query.output, fib.avoided.as_slice());
        let key = FibKey { dst: query.dst, tos: query.tos, output, scope: 0, avoid };
        if fib.rules_are_default {
            let found = fib.local.lookup(&key).or_else(|| fib.main.lookup(&key));
            let found = found
                .map(|route| (table::MAIN, route))
                .or_else(|| Some((table::DEFAULT, fib.others.get(&table::DEFAULT)?.lookup(&key)?)));
            return match found.map(|found| (found, found.1.kind)) {
                None | Some((_, RouteKind::Throw)) => Err(Errno::ENETUNREACH),
                Some((_, RouteKind::Blackhole)) => Err(Errno::EINVAL),
                Some((_, RouteKind::Unreachable)) => Err(Errno::EHOSTUNREACH),
                Some((_, RouteKind::Prohibit)) => Err(Errno::EACCES),
                Some((found, _)) => Ok(found),
            };
        }
        for rule in &fib.rules {
            if !self.rule_matches(rule, query, input) {
                continue;
            }
            let found = match rule.action {
                RuleAction::Table(number) => {
                    let table: Option<&FibTable> = fib.table(number);
                    table.and_then(|table| Some((number, table.lookup(&key)?)))
                }
                RuleAction::Blackhole => return Err(Errno::EINVAL),
                RuleAction::Unreachable => return Err(Errno::ENETUNREACH),
                RuleAction::Prohibit => return Err(Errno::EACCES),
            };
            match found.map(|found| (found, found.1.kind)) {
                None | Some((_, RouteKind::Throw)) => {}
                Some((_, RouteKind::Blackhole)) => return Err(Errno::EINVAL),
                Some((_, RouteKind::Unreachable)) => return Err(Errno::EHOSTUNREACH),
                Some((_, RouteKind::Prohibit)) => return Err(Errno::EACCES),
                Some((found, _)) => return Ok(found),
            }
        }
        Err(Errno::ENETUNREACH)
    }

    fn rule_matches(&self, rule: &FibRule, query: &FlowQuery, input: Option<LinkId>) -> bool {
        let src = query.src.unwrap_or(Ipv4Addr::UNSPECIFIED);
        let name_of = |link: Option<LinkId>| {
            link.and_then(|link| self.links.get(link)).map(|link| link.name.as_str())
        };
        // Packets made here come from `lo` as far as rules are concerned.
        let input_name = name_of(input).or(Some("lo"));
        let matches = (rule.from.prefix_len() == 0 || rule.from.contains(&src))
            && (rule.to.prefix_len() == 0 || rule.to.contains(&query.dst))
            && rule.input.as_deref().is_none_or(|name| input_name == Some(name))
            && rule.output.as_deref().is_none_or(|name| name_of(query.output) == Some(name))
            && rule.mark.is_none_or(|(mark, mask)| query.mark & mask == mark & mask)
            && (rule.tos == 0 || rule.tos == query.tos & 0x1c);
        matches != rule.not
    }

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
    fn path_mtu(
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

    /// What becomes of a packet that came in by `input`.
    pub(in crate::kernel) fn route_input(
        &self,
        ns: NamespaceId,
        packet: &super::Packet,
        input: LinkId,
        now: Time,
    ) -> InputRoute {
        let query = FlowQuery {
            dst: ipv4::dst(&packet.bytes),
            src: Some(ipv4::src(&packet.bytes)),
            tos: ipv4::tos(&packet.bytes),
            mark: packet.mark,
            ..FlowQuery::default()
        };
        match self.input_route(ns, &query, input, now) {
            InputRoute::Forward { .. } if packet.kind != super::PacketType::Host => {
                InputRoute::Drop(DropReason::NotAddressed)
            }
            route => route,
        }
    }

    /// What becomes of packets that come in by `input` (`ip_route_input_slow`).
    pub(in crate::kernel) fn input_route(
        &self,
        ns: NamespaceId,
        query: &FlowQuery,
        input: LinkId,
        now: Time,
    ) -> InputRoute {
        let namespace = &self.namespaces[ns];
        let conf = &self.links[input].conf;
        let (src, dst) = (query.src.unwrap_or(Ipv4Addr::UNSPECIFIED), query.dst);
        let localnet = namespace.route_localnet(conf);
        let is_lo = self.links[input].is_loopback();
        if ipv4::is_multicast_or_broadcast(src) {
            return InputRoute::Drop(DropReason::MartianSource);
        }
        if dst.is_multicast() {
            let member = dst == Ipv4Addr::new(224, 0, 0, 1) || self.links[input].is_member(dst);
            return match member {
                true => InputRoute::Local(RouteKind::Multicast),
                false => InputRoute::Drop(DropReason::NoMulticastMember),
            };
        }
        if dst.is_broadcast() || (src.is_unspecified() && dst.is_unspecified()) {
            return InputRoute::Local(RouteKind::Broadcast);
        }
        if ipv4::is_zeronet(src) {
            return InputRoute::Drop(DropReason::MartianSource);
        }
        if ipv4::is_zeronet(dst) {
            return InputRoute::Drop(DropReason::MartianDestination);
        }
        if !is_lo && !localnet {
            if dst.is_loopback() {
                return InputRoute::Drop(DropReason::MartianDestination);
            }
            if src.is_loopback() {
                return InputRoute::Drop(DropReason::MartianSource);
            }
        }
        let route = match self.fib_lookup(&namespace.fib, query, Some(input)) {
            Ok(route) => route,
            Err(_) if !namespace.forwards(conf) => {
                return InputRoute::Drop(DropReason::ForwardingOff);
            }
            Err(errno) => return InputRoute::Refused(errno),
        };
        match route.kind {
            RouteKind::Broadcast if namespace.forwards_broadcasts(conf) => {}
            RouteKind::Broadcast => {
                return match self.validate_source(ns, query, input, now) {
                    Ok(_) => InputRoute::Local(RouteKind::Broadcast),
                    Err(reason) => InputRoute::Drop(reason),
                };
            }
            RouteKind::Local => {
                return match self.validate_source(ns, query, input, now) {
                    Ok(_) => InputRoute::Local(RouteKind::Local),
                    Err(reason) => InputRoute::Drop(reason),
                };
            }
            _ => {}
        }
        if route.kind != RouteKind::Broadcast && !namespace.forwards(conf) {
            return InputRoute::Drop(DropReason::ForwardingOff);
        }
        let on_link = match self.validate_source(ns, query, input, now) {
            Ok(on_link) => on_link,
            Err(reason) => return InputRoute::Drop(reason),
        };
        let Some(link) = route.link else { return InputRoute::Refused(Errno::ENETUNREACH) };
        let gateway_on_source_net = || {
            let next = route.gateway.unwrap_or(dst);
            self.links[link].addrs.iter().any(|a| a.contains(src) && a.contains(next))
        };
        let redirect = link == input
            && on_link
            && namespace.sends_redirects(conf)
            && (conf.ipv4.shared_media || gateway_on_source_net());
        let (mtu, mtu_locked) = self.path_mtu(ns, route, link, dst, now);
        let (kind, gateway, prefix) = (route.kind, route.gateway, Some(route.dst));
        let route = OutputRoute { kind, link, gateway, src, mtu, mtu_locked, prefix };
        InputRoute::Forward { route, redirect }
    }

    /// Whether an answer to `query.src` would leave by `input` (`fib_validate_source`). `Ok(true)` if
    /// the source is on that very link.
    fn validate_source(
        &self,
        ns: NamespaceId,
        query: &FlowQuery,
        input: LinkId,
        _now: Time,
    ) -> Result<bool, DropReason> {
        let namespace = &self.namespaces[ns];
        let conf = &self.links[input].conf;
        let src = query.src.unwrap_or(Ipv4Addr::UNSPECIFIED);
        if self.links[input].is_loopback() {
            return Ok(false);
        }
        if src.is_unspecified() {
            return Ok(false);
        }
        let mode = namespace.rp_filter(conf);
        if self.is_local_address(ns, src) && !namespace.accepts_local(conf) {
            return Err(DropReason::MartianSource);
        }
        let back = FlowQuery {
            dst: src,
            src: Some(query.dst),
            output: None,
            tos: query.tos,
            mark: 0,
            protocol: query.protocol,
            any_source: true,
        };
        let Ok(route) = self.fib_lookup(&namespace.fib, &back, Some(input)) else {
            return if mode == 0 { Ok(false) } else { Err(DropReason::RpFilter) };
        };
        if route.kind != RouteKind::Unicast {
            return if mode == 0 { Ok(false) } else { Err(DropReason::MartianSource) };
        }
        if route.link == Some(input) {
            return Ok(route.gateway.is_none());
        }
        if mode == 1 { Err(DropReason::RpFilter) } else { Ok(false) }
    }

    /// Whether `address` is one of this namespace's own.
    pub(in crate::kernel) fn is_local_address(&self, ns: NamespaceId, address: Ipv4Addr) -> bool {
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
