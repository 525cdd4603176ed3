//! `REJECT`: what the sender of a refused packet is told (`nf_reject_ipv4.c`).

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::ip::Packet;
use crate::kernel::ip::route::FlowQuery;
use crate::kernel::step::Cause;
use crate::wire::{Bytes, Frame, ethernet, ipv4, tcp};

use super::Hook;
use super::target::RejectWith;

impl Kernel {
    /// Tells the sender that a rule refused its packet.
    pub(super) fn reject(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        hook: Hook,
        packet: &Packet,
        with: RejectWith,
    ) {
        let outer = cx.set_cause(Cause::Packet(packet.id));
        match with.error() {
            None => self.reject_with_reset(cx, ns, packet),
            Some(error) => {
                // The error about a packet of this host goes to this host.
                let mut about = packet.clone();
                if hook == Hook::Output {
                    about.input = None;
                }
                self.icmp_error(cx, ns, error, &about);
            }
        }
        cx.set_cause(outer);
    }

    fn reject_with_reset(&mut self, cx: &mut Context, ns: NamespaceId, packet: &Packet) {
        if ipv4::protocol_of(&packet.bytes) != ipv4::protocol::TCP
            || ipv4::is_later_fragment(&packet.bytes)
        {
            return;
        }
        let (src, dst) = (ipv4::src(&packet.bytes), ipv4::dst(&packet.bytes));
        let Some(mut bytes) = tcp::reset_for(ipv4::payload(&packet.bytes), src, dst) else {
            return;
        };
        let header = ipv4::Header {
            tos: 0,
            ident: 0,
            dont_fragment: true,
            ttl: self.namespaces[ns].sysctl.default_ttl,
            protocol: ipv4::protocol::TCP,
            src: dst,
            dst: src,
        };
        ipv4::push_header(&mut bytes, &header);
        if let Some(port) = packet.bridge_ports.0 {
            return self.reset_through_bridge(cx, ns, packet, port, bytes);
        }
        let query = FlowQuery { dst: src, src: Some(dst), any_source: true, ..Default::default() };
        let Ok(route) = self.route_output(ns, &query, cx.now) else { return };
        let id = cx.new_packet(ns);
        let mut reset = Packet::local(id, bytes);
        reset.ct = self.namespaces[ns].conntrack.reply_to(packet.ct);
        let _ = self.ip_local_out(cx, ns, reset, route);
    }

    /// A reset for what came by a bridge port goes back by that port, as if the one had sent it to whom
    /// the frame was going.
    fn reset_through_bridge(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        packet: &Packet,
        port: LinkId,
        mut bytes: Bytes,
    ) {
        let (to, from) = (packet.source_mac, packet.destination_mac);
        ethernet::push_header(&mut bytes, to, from, ethernet::ETHERTYPE_IPV4);
        let packet = cx.new_packet(ns);
        let _ = self.transmit(cx, port, Frame { packet, bytes });
    }
}
