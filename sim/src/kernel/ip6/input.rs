//! The way in (`net/ipv6/ip6_input.c`): `ip6_receive` checks a packet and decides, `ip6_deliver` hands
//! it to whoever it is for.

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::id::NamespaceId;
use crate::kernel::ip::Packet;
use crate::kernel::ip::fib::{RouteKind, table};
use crate::kernel::step::{Cause, DropReason, Route6, Step};
use crate::wire::{icmpv6, ipv6};

impl Kernel {
    /// A packet came in by a device (`ipv6_rcv`).
    pub(in crate::kernel) fn ip6_receive(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        mut packet: Packet,
    ) {
        let input = packet.input.expect("a received packet has a device");
        let drop = |cx: &mut Context, reason| cx.drop(packet.id, ns, Some(input), reason);
        if !self.has_ipv6(input) {
            return drop(cx, DropReason::Ipv6Disabled);
        }
        if !ipv6::check(&mut packet.bytes) {
            return drop(cx, DropReason::IpMalformed);
        }
        let (src, dst) = (ipv6::src(&packet.bytes), ipv6::dst(&packet.bytes));
        let on_wire = !self.links[input].is_loopback();
        if src.is_multicast() || (on_wire && src.is_loopback()) {
            return drop(cx, DropReason::MartianSource);
        }
        let inside = dst.is_loopback() || matches!(ipv6::multicast_scope(dst), Some(0 | 1));
        if dst.is_unspecified() || (on_wire && inside) {
            return drop(cx, DropReason::MartianDestination);
        }
        if dst.is_multicast() {
            if !self.links[input].inet6.is_member(dst) {
                return drop(cx, DropReason::NoMulticastMember);
            }
            cx.note(packet.id, ns, Some(input), Step::Route6(Route6::Multicast));
            return self.ip6_deliver(cx, ns, packet);
        }
        let strictly = Some(input).filter(|_| on_wire && ipv6::is_link_local(dst));
        let own = self.namespaces[ns].fib6.lookup(table::LOCAL, dst, strictly);
        if own.is_some_and(|own| matches!(own.kind, RouteKind::Local | RouteKind::Anycast)) {
            cx.note(packet.id, ns, Some(input), Step::Route6(Route6::Local));
            return self.ip6_deliver(cx, ns, packet);
        }
        let is_tentative = |address: &super::If6Addr| address.local == dst;
        if self.links[input].inet6.addrs.iter().any(is_tentative) {
            return drop(cx, DropReason::TentativeAddress);
        }
        self.ip6_forward(cx, ns, packet);
    }

    /// For this namespace (`ip6_input`): the protocol gets it.
    pub(super) fn ip6_deliver(&mut self, cx: &mut Context, ns: NamespaceId, packet: Packet) {
        let outer = cx.set_cause(Cause::Packet(packet.id));
        self.ip6_deliver_to_protocol(cx, ns, &packet);
        cx.set_cause(outer);
    }

    fn ip6_deliver_to_protocol(&mut self, cx: &mut Context, ns: NamespaceId, packet: &Packet) {
        let drop = |cx: &mut Context, reason| cx.drop(packet.id, ns, packet.input, reason);
        let Some((protocol, at)) = ipv6::transport(&packet.bytes) else {
            return drop(cx, DropReason::IpMalformed);
        };
        match protocol {
            ipv6::next_header::ICMPV6 => {
                let (src, dst) = (ipv6::src(&packet.bytes), ipv6::dst(&packet.bytes));
                if !icmpv6::is_sound(&packet.bytes[at..], src, dst) {
                    return drop(cx, DropReason::TransportMalformed);
                }
                self.raw6_receive(cx, ns, packet, at);
                self.icmp6_receive(cx, ns, packet, at);
            }
            ipv6::next_header::TCP | ipv6::next_header::UDP => {
                drop(cx, DropReason::TransportNotOnIpv6);
            }
            ipv6::next_header::FRAGMENT => drop(cx, DropReason::FragmentNotOnIpv6),
            // Linux names the bad byte: that of the number.
            _ => {
                self.icmp6_error(cx, ns, icmpv6::Error::ParameterProblem(1, 6), packet);
                drop(cx, DropReason::UnknownTransport);
            }
        }
    }
}
