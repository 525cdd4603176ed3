//! What becomes of packets that come in: for this host, sent on, refused, or dropped as impossible.

use crate::engine::Time;
use crate::kernel::Kernel;
use crate::kernel::errno::Errno;
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::ip::fib::RouteKind;
use crate::kernel::ip::{Packet, PacketType};
use crate::kernel::step::DropReason;
use crate::wire::{Ipv4Addr, ipv4};

use super::{FlowQuery, InputRoute, OutputRoute};

impl Kernel {
    /// What becomes of a packet that came in by `input`.
    pub(in crate::kernel) fn route_input(
        &self,
        ns: NamespaceId,
        packet: &Packet,
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
            InputRoute::Forward { .. } if packet.kind != PacketType::Host => {
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
}
