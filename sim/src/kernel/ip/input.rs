//! The way in (`net/ipv4/ip_input.c`): `ip_receive` checks a packet and decides, `ip_deliver` hands it
//! to whoever it is for.

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::netfilter::{Hook, HookVerdict};
use crate::kernel::step::{self, Cause, Delivery, DropReason, Step};
use crate::wire::{Frame, icmp, ipv4, udp};

use super::Packet;
use super::fib::RouteKind;
use super::route::InputRoute;

impl Kernel {
    /// A packet came in by a device (`ip_rcv`): checks, PREROUTING, then the decision.
    pub(in crate::kernel) fn ip_receive(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        mut packet: Packet,
    ) {
        let input = packet.input.expect("a received packet has a device");
        if let Err(malformed) = ipv4::check(&mut packet.bytes) {
            let reason = match malformed {
                ipv4::Malformed::BadChecksum => DropReason::BadChecksum,
                ipv4::Malformed::Truncated | ipv4::Malformed::BadHeader => DropReason::IpMalformed,
            };
            return cx.drop(packet.id, ns, Some(input), reason);
        }
        let netfilter = &mut self.namespaces[ns].netfilter;
        let seen_by_bridge = netfilter.take_carried(&mut packet);
        if !seen_by_bridge && netfilter.is_active(Hook::Prerouting) {
            let verdict = self.run_hook(cx, ns, Hook::Prerouting, &mut packet, Some(input), None);
            if verdict == HookVerdict::Gone {
                return;
            }
        }
        self.ip_receive_finish(cx, ns, packet);
    }

    /// Where to? (`ip_rcv_finish`)
    pub(in crate::kernel) fn ip_receive_finish(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        packet: Packet,
    ) {
        let input = packet.input.expect("a received packet has a device");
        match self.route_input(ns, &packet, input, cx.now) {
            InputRoute::Local(kind) => {
                let step = match kind {
                    RouteKind::Broadcast => step::Route::Broadcast,
                    RouteKind::Multicast => step::Route::Multicast,
                    _ => step::Route::Local,
                };
                cx.note(packet.id, ns, Some(input), Step::Route(step));
                self.ip_deliver(cx, ns, packet, kind);
            }
            InputRoute::Forward { route, redirect } => {
                cx.note(packet.id, ns, Some(input), Step::Route(route.step()));
                self.ip_forward(cx, ns, packet, route, redirect);
            }
            InputRoute::Refused(errno) => self.ip_refuse(cx, ns, &packet, errno),
            InputRoute::Drop(reason) => cx.drop(packet.id, ns, Some(input), reason),
        }
    }

    /// For this namespace (`ip_local_deliver`): reassembly, INPUT, then the protocol.
    pub(in crate::kernel) fn ip_deliver(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        packet: Packet,
        kind: RouteKind,
    ) {
        let Some(mut packet) = self.reassemble(cx, ns, packet) else { return };
        if self.namespaces[ns].netfilter.is_active(Hook::Input) {
            let input = packet.input;
            let verdict = self.run_hook(cx, ns, Hook::Input, &mut packet, input, None);
            if verdict == HookVerdict::Gone {
                return;
            }
        }
        let outer = cx.set_cause(Cause::Packet(packet.id));
        self.raw_sockets_receive(cx, ns, &packet);
        match ipv4::protocol_of(&packet.bytes) {
            ipv4::protocol::ICMP => self.icmp_receive(cx, ns, packet, kind),
            ipv4::protocol::UDP => self.udp_receive(cx, ns, packet, kind),
            ipv4::protocol::TCP if kind == RouteKind::Local => self.tcp_receive(cx, ns, packet),
            // Nobody opens a connection to a group.
            ipv4::protocol::TCP => cx.drop(packet.id, ns, packet.input, DropReason::NoListener),
            _ => {
                if !self.namespaces[ns].sockets.has_raw(&packet.bytes) {
                    if kind == RouteKind::Local {
                        self.icmp_error(cx, ns, icmp::Error::PROTOCOL_UNREACHABLE, &packet);
                    }
                    cx.drop(packet.id, ns, packet.input, DropReason::UnknownTransport);
                }
            }
        }
        cx.set_cause(outer);
    }

    /// A datagram for this namespace: for a tunnel, or for a socket.
    fn udp_receive(&mut self, cx: &mut Context, ns: NamespaceId, packet: Packet, kind: RouteKind) {
        let (src, dst) = (ipv4::src(&packet.bytes), ipv4::dst(&packet.bytes));
        let datagram = ipv4::payload(&packet.bytes);
        let Some((_, port)) = udp::ports(datagram) else {
            return cx.drop(packet.id, ns, packet.input, DropReason::TransportMalformed);
        };
        let Some(payload) = udp::checked_payload(datagram, src, dst) else {
            return cx.drop(packet.id, ns, packet.input, DropReason::TransportMalformed);
        };
        if !self.vxlans.is_empty()
            && let Some(device) = self.vxlan_for(ns, port, payload)
        {
            let is_vxlan = crate::wire::vxlan::vni(payload).is_some();
            return match device {
                Some(device) => self.tunnel_receive(cx, ns, device, src, packet),
                None if is_vxlan => {
                    cx.drop(packet.id, ns, packet.input, DropReason::VxlanUnknownVni);
                }
                None => cx.drop(packet.id, ns, packet.input, DropReason::VxlanBadHeader),
            };
        }
        self.udp_socket_receive(cx, ns, packet, kind);
    }

    fn tunnel_receive(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        device: LinkId,
        source: crate::wire::Ipv4Addr,
        packet: Packet,
    ) {
        cx.note(packet.id, ns, packet.input, Step::Delivered(Delivery::Tunnel(device)));
        let header_len = usize::from(ipv4::view(&packet.bytes).header_len());
        let mut bytes = packet.bytes;
        bytes.pull_front(header_len);
        self.vxlan_receive(cx, device, source, Frame { packet: packet.id, bytes });
    }
}
