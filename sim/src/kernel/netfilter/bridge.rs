//! Bridged frames and iptables (`br_netfilter`): with `bridge-nf-call-iptables` a frame that only
//! crosses a bridge passes PREROUTING, FORWARD and POSTROUTING as if it were routed.

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::id::LinkId;
use crate::kernel::ip::route::InputRoute;
use crate::kernel::ip::{Packet, PacketType};
use crate::kernel::step::{DropReason, NeighborAnswer, Step};
use crate::wire::{Bytes, Frame, ethernet, ipv4};

use super::state::Carried;
use super::{Hook, HookVerdict};

impl Kernel {
    /// A frame came in by a port: PREROUTING, then the bridge goes on.
    pub(in crate::kernel) fn bridge_netfilter_prerouting(
        &mut self,
        cx: &mut Context,
        bridge_id: LinkId,
        port_id: LinkId,
        frame: Frame,
    ) {
        let ns = self.links[bridge_id].ns;
        let (header, mut packet) = self.as_packet(bridge_id, &frame);
        if ipv4::check(&mut packet.bytes).is_err() {
            return cx.drop(frame.packet, ns, Some(port_id), DropReason::IpMalformed);
        }
        packet.bridge_ports = (Some(port_id), None);
        let before = ipv4::dst(&packet.bytes);
        let verdict = self.run_hook(cx, ns, Hook::Prerouting, &mut packet, Some(bridge_id), None);
        if verdict == HookVerdict::Gone {
            return;
        }
        self.carry(&packet, true);
        let id = packet.id;
        if ipv4::dst(&packet.bytes) == before {
            let frame = rebuild(&header, packet);
            self.bridge_receive_finish(cx, bridge_id, port_id, frame);
        } else {
            self.bridge_translated(cx, bridge_id, port_id, packet);
        }
        self.namespaces[ns].netfilter.carried.retain(|(other, _)| *other != id);
    }

    /// A destination was translated before the bridge looked at it. If the new one is behind this
    /// bridge, the frame gets its hardware address and crosses the bridge, unrouted; else it goes to the
    /// bridge's own device, which routes it.
    ///
    /// Differs: one whose hardware address is unknown is routed, too, while ARP asks.
    fn bridge_translated(
        &mut self,
        cx: &mut Context,
        bridge_id: LinkId,
        port_id: LinkId,
        packet: Packet,
    ) {
        let ns = self.links[bridge_id].ns;
        let dst = ipv4::dst(&packet.bytes);
        let own = self.links[bridge_id].mac;
        let route = match self.route_input(ns, &packet, bridge_id, cx.now) {
            InputRoute::Forward { route, .. } => Some(route),
            InputRoute::Drop(reason) => return cx.drop(packet.id, ns, Some(port_id), reason),
            _ => None,
        };
        let next_hop = route.filter(|route| route.link == bridge_id).map(|r| r.next_hop(dst));
        let mac = next_hop.and_then(|hop| {
            let neighbor = self.namespaces[ns].neighbors.get(bridge_id, hop)?;
            neighbor.mac.filter(|_| neighbor.state.is_valid())
        });
        let mut frame = Frame { packet: packet.id, bytes: packet.bytes };
        let to = mac.unwrap_or(own);
        ethernet::push_header(&mut frame.bytes, to, packet.source_mac, ethernet::ETHERTYPE_IPV4);
        match (mac, next_hop) {
            (Some(mac), Some(ip)) => {
                let answer = NeighborAnswer::Known(mac);
                cx.note(packet.id, ns, Some(bridge_id), Step::Neighbor { ip, answer });
                self.bridge_receive_finish(cx, bridge_id, port_id, frame);
            }
            _ => {
                let vlan = self.links[port_id].port().and_then(|port| port.vlans.pvid);
                self.bridge_pass_up(cx, bridge_id, frame, vlan.unwrap_or(0));
            }
        }
    }

    /// From port to port: FORWARD and POSTROUTING, then out.
    #[allow(clippy::too_many_arguments)]
    pub(in crate::kernel) fn bridge_netfilter_forward(
        &mut self,
        cx: &mut Context,
        bridge_id: LinkId,
        from: LinkId,
        out: LinkId,
        frame: Frame,
        vlan: u16,
    ) {
        let ns = self.links[bridge_id].ns;
        let (header, mut packet) = self.as_packet(bridge_id, &frame);
        let netfilter = &self.namespaces[ns].netfilter;
        if let Some((_, carried)) = netfilter.carried.iter().find(|(id, _)| *id == frame.packet) {
            packet.ct = carried.ct;
            packet.mark = carried.mark;
        }
        packet.bridge_ports = (Some(from), Some(out));
        let (input, output) = (Some(bridge_id), Some(bridge_id));
        for hook in [Hook::Forward, Hook::Postrouting] {
            if !self.namespaces[ns].netfilter.is_active(hook) {
                continue;
            }
            let input = if hook == Hook::Forward { input } else { None };
            let verdict = self.run_hook(cx, ns, hook, &mut packet, input, output);
            if verdict == HookVerdict::Gone {
                return;
            }
        }
        let frame = rebuild(&header, packet);
        self.bridge_leave(cx, bridge_id, out, frame, vlan);
    }

    fn as_packet(&self, bridge_id: LinkId, frame: &Frame) -> (Bytes, Packet) {
        // What somebody else's frame carries counts as the host's own while rules look at it.
        let kind = match self.links[bridge_id].packet_type(frame) {
            PacketType::OtherHost => PacketType::Host,
            kind => kind,
        };
        let header = frame.bytes.slice(0, ethernet::HEADER_LEN);
        (header, Packet::from_frame(frame.clone(), bridge_id, kind))
    }

    fn carry(&mut self, packet: &Packet, prerouted: bool) {
        let Some(input) = packet.input else { return };
        let ns = self.links[input].ns;
        let carried =
            Carried { ct: packet.ct, mark: packet.mark, prerouted, ports: packet.bridge_ports };
        self.namespaces[ns].netfilter.carried.push((packet.id, carried));
    }
}

/// The frame again, with what the hooks changed.
fn rebuild(header: &Bytes, packet: Packet) -> Frame {
    let mut bytes = packet.bytes;
    ethernet::push_header(
        &mut bytes,
        ethernet::dst(header),
        ethernet::src(header),
        ethernet::ETHERTYPE_IPV4,
    );
    Frame { packet: packet.id, bytes }
}
