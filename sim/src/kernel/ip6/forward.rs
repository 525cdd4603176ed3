//! A packet for somebody else (`ip6_forward`).

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::id::NamespaceId;
use crate::kernel::ip::Packet;
use crate::kernel::ip::PacketType;
use crate::kernel::ip::fib::RouteKind;
use crate::kernel::step::{DropReason, Step};
use crate::wire::{icmpv6, ipv6};

use super::route::Output6Route;

impl Kernel {
    /// Sends a packet on, if this is a router.
    pub(super) fn ip6_forward(&mut self, cx: &mut Context, ns: NamespaceId, mut packet: Packet) {
        let input = packet.input.expect("a forwarded packet came in");
        let (src, dst) = (ipv6::src(&packet.bytes), ipv6::dst(&packet.bytes));
        let drop = |cx: &mut Context, reason| cx.drop(packet.id, ns, Some(input), reason);
        if self.namespaces[ns].sysctl.all_link_conf.ipv6.forwarding == 0 {
            return drop(cx, DropReason::ForwardingOff);
        }
        if packet.kind != PacketType::Host {
            return drop(cx, DropReason::NotAddressed);
        }
        if src.is_unspecified() || ipv6::is_link_local(src) || ipv6::is_link_local(dst) {
            // Such packets never leave their link.
            return drop(cx, DropReason::BeyondScope);
        }
        let Some(route) = self.fib6_lookup(ns, dst, None).cloned() else {
            self.icmp6_error(cx, ns, icmpv6::Error::NO_ROUTE, &packet);
            return cx.drop(packet.id, ns, Some(input), DropReason::NoRoute);
        };
        let refusal = match route.kind {
            RouteKind::Blackhole => Some((None, DropReason::Blackhole)),
            RouteKind::Prohibit => Some((Some(icmpv6::Error::PROHIBITED), DropReason::Prohibited)),
            RouteKind::Unreachable | RouteKind::Throw => {
                Some((Some(icmpv6::Error::NO_ROUTE), DropReason::Unreachable))
            }
            _ => None,
        };
        if let Some((error, reason)) = refusal {
            if let Some(error) = error {
                self.icmp6_error(cx, ns, error, &packet);
            }
            return cx.drop(packet.id, ns, Some(input), reason);
        }
        let way = Output6Route {
            kind: route.kind,
            link: route.link,
            gateway: route.gateway,
            src,
            mtu: self.path_mtu6(ns, &route, route.link, dst, cx.now),
            prefix_len: route.dst.prefix_len(),
        };
        cx.note(packet.id, ns, Some(input), Step::Route6(way.step()));
        let limit = ipv6::hop_limit(&packet.bytes);
        if limit <= 1 {
            self.icmp6_error(cx, ns, icmpv6::Error::HOP_LIMIT_EXCEEDED, &packet);
            return cx.drop(packet.id, ns, Some(input), DropReason::TtlExceeded);
        }
        if packet.bytes.len() > way.mtu as usize {
            return self.ip6_too_big(cx, ns, &packet, way.link, way.mtu);
        }
        cx.note(packet.id, ns, Some(input), Step::Ttl { from: limit });
        ipv6::decrement_hop_limit(&mut packet.bytes);
        // The sender of a packet that is refused further on was told by whoever refused it.
        let _ = self.ip6_finish(cx, ns, packet, &way);
    }
}
