//! ICMPv6 that this stack makes and understands (`net/ipv6/icmp.c`, RFC 4443).

use crate::engine::Span;
use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::id::NamespaceId;
use crate::kernel::ip::{Packet, PacketType};
use crate::kernel::step::{Cause, Delivery, DropReason, Step};
use crate::wire::{Ipv6Addr, icmpv6, ipv6};

use super::path::Path6;
use super::route::Flow6Query;

/// For how long the MTU of a path is remembered (`mtu_expires`).
const PATH_LIFETIME: Span = Span::secs(600);

impl Kernel {
    /// Reports `error` about a packet to its sender (`icmp6_send`), unless the rules forbid it: no
    /// errors about errors, groups, or to nobody, and not too many.
    pub(in crate::kernel) fn icmp6_error(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        error: icmpv6::Error,
        packet: &Packet,
    ) {
        let (src, dst) = (ipv6::src(&packet.bytes), ipv6::dst(&packet.bytes));
        let too_big = matches!(error, icmpv6::Error::PacketTooBig { .. });
        let about_group = dst.is_multicast() || packet.kind != PacketType::Host;
        let to_nobody = src.is_multicast() || src.is_unspecified();
        let about_error = ipv6::transport(&packet.bytes).is_none_or(|(protocol, at)| {
            protocol == ipv6::next_header::ICMPV6 && icmpv6::is_error(&packet.bytes[at..])
        });
        if (about_group && !too_big) || to_nobody || about_error {
            return;
        }
        let own = Some(dst).filter(|dst| self.is_local_address6(ns, *dst));
        let near = ipv6::is_link_local(src);
        let output = packet.input.filter(|_| near);
        let query = Flow6Query { dst: src, src: own, output };
        let Ok(route) = self.route6_output(ns, &query, cx.now) else { return };
        if !too_big && !self.links[route.link].is_loopback() {
            let namespace = &mut self.namespaces[ns];
            let (sysctl, limits) = (&namespace.sysctl, &mut namespace.icmp6_limits);
            let (per_second, burst) = (sysctl.icmp_msgs_per_sec, sysctl.icmp_msgs_burst);
            // Far destinations may be told more rarely than those of one's own subnet.
            let shift = u32::from(128 - route.prefix_len) >> 5;
            let interval = Span::nanos(sysctl.icmp6_ratelimit.as_nanos() >> shift);
            if !limits.allow_global(per_second, burst, cx.now)
                || !limits.allow(src, interval, cx.now)
            {
                return;
            }
        }
        cx.note(packet.id, ns, packet.input, Step::Reported6(error));
        let message = icmpv6::error_message(error, &packet.bytes);
        let outer = cx.set_cause(Cause::Packet(packet.id));
        self.icmp6_send(cx, ns, (route.src, src), message, &query);
        cx.set_cause(outer);
    }

    /// Sends a message of the kernel.
    fn icmp6_send(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        (src, dst): (Ipv6Addr, Ipv6Addr),
        mut message: crate::wire::Bytes,
        query: &Flow6Query,
    ) {
        let Ok(route) = self.route6_output(ns, query, cx.now) else { return };
        icmpv6::seal(&mut message, src, dst);
        let header = ipv6::Header {
            flow: self.flow_label(src, dst),
            next_header: ipv6::next_header::ICMPV6,
            hop_limit: self.links[route.link].conf.ipv6.hop_limit,
            src,
            dst,
        };
        ipv6::push_header(&mut message, &header);
        let packet = Packet::local(cx.new_packet(ns), message);
        if packet.bytes.len() > route.mtu as usize {
            return cx.drop(packet.id, ns, Some(route.link), DropReason::FragmentNotOnIpv6);
        }
        let _ = self.ip6_local_out(cx, ns, packet, &route);
    }

    /// An ICMPv6 message for this namespace; `at` is where it begins.
    pub(super) fn icmp6_receive(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        packet: &Packet,
        at: usize,
    ) {
        let message = &packet.bytes[at..];
        match message.first().copied().unwrap_or(0) {
            icmpv6::kind::ECHO_REQUEST => self.echo6_receive(cx, ns, packet, at),
            icmpv6::kind::ECHO_REPLY => {
                // Whoever pinged has a raw socket, which has its copy by now.
                if !self.namespaces[ns].sockets.has_raw6() {
                    cx.drop(packet.id, ns, packet.input, DropReason::UnexpectedIcmp);
                }
            }
            icmpv6::kind::NEIGHBOR_SOLICITATION | icmpv6::kind::NEIGHBOR_ADVERTISEMENT => {
                self.ndp_receive(cx, ns, packet, at);
            }
            // Nobody here is a router that gives out addresses, or counts listeners.
            icmpv6::kind::ROUTER_SOLICITATION
            | icmpv6::kind::ROUTER_ADVERTISEMENT
            | icmpv6::kind::LISTENER_REPORT => {
                cx.drop(packet.id, ns, packet.input, DropReason::UnexpectedIcmp);
            }
            _ => match icmpv6::parse_error(message) {
                Some(error) => self.icmp6_error_receive(cx, ns, packet, at, error),
                None => cx.drop(packet.id, ns, packet.input, DropReason::UnexpectedIcmp),
            },
        }
    }

    fn echo6_receive(&mut self, cx: &mut Context, ns: NamespaceId, packet: &Packet, at: usize) {
        let (asker, asked) = (ipv6::src(&packet.bytes), ipv6::dst(&packet.bytes));
        cx.note(packet.id, ns, packet.input, Step::Delivered(Delivery::Endpoint));
        let body = &packet.bytes[at..];
        let Some((ident, seq)) = icmpv6::echo_fields(body) else { return };
        let data = &body[icmpv6::HEADER_LEN..];
        let answer = icmpv6::echo(icmpv6::kind::ECHO_REPLY, ident, seq, data);
        let own = Some(asked).filter(|asked| !asked.is_multicast());
        let output = packet.input.filter(|_| ipv6::is_link_local(asker));
        let query = Flow6Query { dst: asker, src: own, output };
        let Ok(route) = self.route6_output(ns, &query, cx.now) else { return };
        self.icmp6_send(cx, ns, (route.src, asker), answer, &query);
    }

    /// Somebody reports trouble with a packet of ours: the MTU of its path is remembered.
    fn icmp6_error_receive(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        packet: &Packet,
        at: usize,
        error: icmpv6::Error,
    ) {
        let quoted = &packet.bytes[at + icmpv6::HEADER_LEN..];
        if quoted.len() < ipv6::HEADER_LEN {
            return cx.drop(packet.id, ns, packet.input, DropReason::TransportMalformed);
        }
        if let icmpv6::Error::PacketTooBig { mtu } = error {
            let path = Path6 { mtu: mtu.max(ipv6::MIN_MTU), expires: cx.now + PATH_LIFETIME };
            self.namespaces[ns].pmtu6.insert(ipv6::dst(quoted), path);
        }
        cx.note(packet.id, ns, packet.input, Step::Delivered(Delivery::IcmpError));
        self.raw6_error(cx, ns, packet, at, error);
    }
}
