//! ICMP that this stack makes and understands (`net/ipv4/icmp.c`, RFC 792, RFC 1812 section 4.3).

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::id::NamespaceId;
use crate::kernel::link::Scope;
use crate::kernel::step::{Cause, Delivery, DropReason, Step};
use crate::wire::{Ipv4Addr, checksum, icmp, ipv4};

use super::fib::RouteKind;
use super::route::FlowQuery;
use super::{Packet, PacketType};

/// Precedence "internetwork control" of errors.
const CONTROL_TOS: u8 = 0xc0;

impl Kernel {
    /// Reports `error` about a packet to its sender (`icmp_send`), unless the rules forbid it: no
    /// errors about errors, broadcasts, later fragments, or too many.
    pub(in crate::kernel) fn icmp_error(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        error: icmp::Error,
        packet: &Packet,
    ) {
        let (src, dst) = (ipv4::src(&packet.bytes), ipv4::dst(&packet.bytes));
        let about_group = packet.kind != PacketType::Host
            || !ipv4::is_zeronet(dst)
                && matches!(
                    self.address_kind(ns, dst),
                    RouteKind::Broadcast | RouteKind::Multicast
                );
        let about_error = ipv4::protocol_of(&packet.bytes) == ipv4::protocol::ICMP
            && icmp::is_error(ipv4::payload(&packet.bytes));
        if about_group || about_error || ipv4::is_later_fragment(&packet.bytes) {
            return;
        }
        let is_local = self.is_local_address(ns, dst);
        let inbound = self.namespaces[ns].sysctl.icmp_errors_use_inbound_ifaddr;
        let from = match packet.input {
            _ if is_local => Some(dst),
            Some(input) if inbound => self.select_address(ns, input, Some(src), Scope::Link),
            _ => None,
        };
        let tos = (ipv4::tos(&packet.bytes) & 0x1e) | CONTROL_TOS;
        let query = FlowQuery {
            dst: src,
            src: from,
            tos,
            protocol: ipv4::protocol::ICMP,
            ..FlowQuery::default()
        };
        let Ok(route) = self.route_output(ns, &query, cx.now) else { return };
        let limited = !matches!(error, icmp::Error::FragmentationNeeded { .. })
            && self.namespaces[ns].sysctl.icmp_ratemask >> error.type_and_code().0 & 1 == 1;
        if limited && !self.links[route.link].is_loopback() {
            let namespace = &mut self.namespaces[ns];
            let (sysctl, limits) = (&namespace.sysctl, &mut namespace.icmp_limits);
            let (per_second, burst) = (sysctl.icmp_msgs_per_sec, sysctl.icmp_msgs_burst);
            if !limits.allow_global(per_second, burst, cx.now)
                || !limits.allow(src, sysctl.icmp_ratelimit, cx.now)
            {
                return;
            }
        }
        cx.note(packet.id, ns, packet.input, Step::Reported(error));
        let mut bytes = icmp::error_message(error, &packet.bytes);
        let header = ipv4::Header {
            tos,
            ident: self.namespaces[ns].next_ident(cx),
            dont_fragment: false,
            ttl: self.namespaces[ns].sysctl.default_ttl,
            protocol: ipv4::protocol::ICMP,
            src: route.src,
            dst: src,
        };
        ipv4::push_header(&mut bytes, &header);
        let outer = cx.set_cause(Cause::Packet(packet.id));
        let id = cx.new_packet(ns);
        let mut message = Packet::local(id, bytes);
        message.ct = self.namespaces[ns].conntrack.related_to(packet.ct);
        let _ = self.ip_local_out(cx, ns, message, route);
        cx.set_cause(outer);
    }

    /// Tells a sender of a better first hop (`ip_rt_send_redirect`), ever more rarely.
    pub(in crate::kernel) fn icmp_redirect(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        gateway: Ipv4Addr,
        packet: &Packet,
    ) {
        let src = ipv4::src(&packet.bytes);
        if !self.namespaces[ns].icmp_limits.allow_redirect(src, cx.now) {
            return;
        }
        self.icmp_error(cx, ns, icmp::Error::Redirect(gateway), packet);
    }

    /// An ICMP message for this namespace.
    pub(in crate::kernel) fn icmp_receive(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        packet: Packet,
        kind: RouteKind,
    ) {
        let message = ipv4::payload(&packet.bytes);
        if message.len() < icmp::HEADER_LEN || checksum::sum(message) != 0xffff {
            return cx.drop(packet.id, ns, packet.input, DropReason::TransportMalformed);
        }
        let sysctl = &self.namespaces[ns].sysctl;
        match message[0] {
            icmp::kind::ECHO_REQUEST => {
                if sysctl.icmp_echo_ignore_all {
                    return cx.drop(packet.id, ns, packet.input, DropReason::EchoIgnored);
                }
                if kind != RouteKind::Local && sysctl.icmp_echo_ignore_broadcasts {
                    return cx.drop(packet.id, ns, packet.input, DropReason::BroadcastIgnored);
                }
                cx.note(packet.id, ns, packet.input, Step::Delivered(Delivery::Endpoint));
                self.echo_receive(cx, ns, &packet, kind);
            }
            icmp::kind::ECHO_REPLY => {
                // Whoever pinged has a raw socket, which has its copy by now.
                if !self.namespaces[ns].sockets.has_raw(&packet.bytes) {
                    cx.drop(packet.id, ns, packet.input, DropReason::UnexpectedIcmp);
                }
            }
            _ => match icmp::parse_error(message) {
                Some(error) => self.icmp_error_receive(cx, ns, &packet, error),
                None => cx.drop(packet.id, ns, packet.input, DropReason::UnexpectedIcmp),
            },
        }
    }

    /// Somebody reports trouble with a packet of ours: path MTU and redirects are remembered here,
    /// the rest is the flow's business.
    fn icmp_error_receive(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        packet: &Packet,
        error: icmp::Error,
    ) {
        let message = ipv4::payload(&packet.bytes);
        let quoted = &message[icmp::HEADER_LEN..];
        if quoted.len() < ipv4::HEADER_LEN {
            return cx.drop(packet.id, ns, packet.input, DropReason::TransportMalformed);
        }
        let destination = ipv4::dst(quoted);
        match error {
            icmp::Error::FragmentationNeeded { mtu } => {
                match self.namespaces[ns].sysctl.ip_no_pmtu_disc {
                    0 => self.learn_path_mtu(cx, ns, destination, u32::from(mtu)),
                    // What the router says is not believed.
                    1 => self.learn_path_mtu(cx, ns, destination, 0),
                    _ => {
                        return cx.drop(packet.id, ns, packet.input, DropReason::UnexpectedIcmp);
                    }
                }
            }
            icmp::Error::Redirect(gateway) => {
                self.redirect_receive(cx, ns, packet, destination, gateway);
            }
            _ => {}
        }
        if error == icmp::Error::REASSEMBLY_TIMEOUT {
            // Linux tells no socket that a receiver missed a fragment.
            return cx.drop(packet.id, ns, packet.input, DropReason::UnexpectedIcmp);
        }
        cx.note(packet.id, ns, packet.input, Step::Delivered(Delivery::IcmpError));
        self.sockets_icmp_error(cx, ns, packet, error);
    }

    /// A redirect is believed only from the current gateway, and only to a neighbour (RFC 1122
    /// section 3.2.2.2, `__ip_do_redirect`). One whose hardware address is not known yet is asked for;
    /// then the next redirect counts.
    fn redirect_receive(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        packet: &Packet,
        destination: Ipv4Addr,
        gateway: Ipv4Addr,
    ) {
        let Some(input) = packet.input else { return };
        let (namespace, device) = (&self.namespaces[ns], &self.links[input]);
        if !namespace.accepts_redirects(&device.conf) {
            return;
        }
        let query = FlowQuery { dst: destination, ..FlowQuery::default() };
        let Ok(route) = self.route_output(ns, &query, cx.now) else { return };
        let old = ipv4::src(&packet.bytes);
        if route.gateway != Some(old) || gateway == old || route.link != input {
            return;
        }
        let believed = if device.conf.ipv4.shared_media {
            self.address_kind(ns, gateway) == RouteKind::Unicast
        } else {
            device.addrs.iter().any(|a| a.contains(gateway) && a.contains(old))
        };
        if !believed {
            return;
        }
        if self.neighbor_is_known(cx, ns, input, gateway) {
            self.learn_gateway(cx, ns, destination, input, gateway);
        }
    }
}
