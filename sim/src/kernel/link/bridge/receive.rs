//! Frames that come in by a port or from the bridge's own device (`net/bridge/br_input.c`): learn,
//! decide, and send on.

use crate::engine::Span;
use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::id::LinkId;
use crate::kernel::link::fdb::{Learning, Station};
use crate::kernel::link::stp::PortState;
use crate::kernel::step::{Delivery, DropReason, Forwarding, Step};
use crate::wire::{Frame, MacAddr, ethernet, is_valid_station_mac};

use super::decide::{FloodKind, Target};
use super::vlan::{egress_tag, ingress_vlan};

impl Kernel {
    /// A frame came in by a bridge port (`br_handle_frame`).
    pub(in crate::kernel::link) fn bridge_receive(
        &mut self,
        cx: &mut Context,
        port_id: LinkId,
        frame: Frame,
    ) {
        let ns = self.links[port_id].ns;
        let Some(port) = self.links[port_id].port() else { return };
        let (bridge_id, state) = (port.bridge, port.state);
        let dst = ethernet::dst(&frame.bytes);
        if !is_valid_station_mac(ethernet::src(&frame.bytes)) {
            return cx.drop(frame.packet, ns, Some(port_id), DropReason::BadSourceMac);
        }
        if is_link_local_group(dst) {
            let bridge = self.links[bridge_id].as_bridge().expect("a port belongs to a bridge");
            let forwarded = bridge.group_fwd_mask >> dst.5 & 1 == 1;
            match dst.5 {
                0 if !bridge.stp.enabled || forwarded => {}
                0 => {
                    cx.note(frame.packet, ns, Some(port_id), Step::Bridge(Forwarding::LinkLocal));
                    cx.note(
                        frame.packet,
                        ns,
                        Some(port_id),
                        Step::Delivered(Delivery::SpanningTree),
                    );
                    return self.stp_receive(cx, port_id, &frame.bytes);
                }
                _ if forwarded => {}
                1 => return cx.drop(frame.packet, ns, Some(port_id), DropReason::LinkLocalGroup),
                _ => {
                    // For the host's own protocols on the port (LLDP and the like): nobody here.
                    return cx.drop(frame.packet, ns, Some(port_id), DropReason::LinkLocalGroup);
                }
            }
        }
        match state {
            PortState::Forwarding | PortState::Learning => {}
            _ => return cx.drop(frame.packet, ns, Some(port_id), DropReason::PortBlocked),
        }
        if self.bridge_netfilter_applies(bridge_id, &frame) {
            return self.bridge_netfilter_prerouting(cx, bridge_id, port_id, frame);
        }
        self.bridge_receive_finish(cx, bridge_id, port_id, frame);
    }

    /// Learn, decide, forward (`br_handle_frame_finish`).
    pub(in crate::kernel) fn bridge_receive_finish(
        &mut self,
        cx: &mut Context,
        bridge_id: LinkId,
        port_id: LinkId,
        frame: Frame,
    ) {
        let now = cx.now;
        let ns = self.links[bridge_id].ns;
        let Some(port) = self.links[port_id].port() else { return };
        let (flags, state) = (port.flags, port.state);
        let filtering = self.links[bridge_id].as_bridge().is_some_and(|b| b.vlan_filtering);
        let vlan = match filtering.then(|| ingress_vlan(&port.vlans, &frame)) {
            None => 0,
            Some(Some(vlan)) => vlan,
            Some(None) => {
                return cx.drop(frame.packet, ns, Some(port_id), DropReason::VlanFiltered);
            }
        };
        let bridge = self.links[bridge_id].as_bridge_mut().expect("a port belongs to a bridge");
        if flags.learning && bridge.ageing != Span::ZERO {
            let source = Station { mac: ethernet::src(&frame.bytes), vlan };
            if bridge.fdb.learn(source, port_id, now) == Learning::Learnt {
                cx.note(frame.packet, ns, Some(port_id), Step::Learned(source.mac));
                let entry = bridge.fdb.get(source).copied().expect("just learnt");
                self.monitor_station(bridge_id, source, &entry, false);
            }
        }
        let bridge = self.links[bridge_id].as_bridge_mut().expect("a port belongs to a bridge");
        if state == PortState::Learning {
            return cx.drop(frame.packet, ns, Some(port_id), DropReason::PortBlocked);
        }
        let target = bridge.decide(Station { mac: ethernet::dst(&frame.bytes), vlan }, now);
        match target {
            Target::Local => {
                cx.note(frame.packet, ns, Some(bridge_id), Step::Bridge(Forwarding::Local));
                self.bridge_pass_up(cx, bridge_id, frame, vlan);
            }
            Target::Port(out) => {
                if let Some(reason) = self.refusal(Some(port_id), out, vlan, filtering) {
                    return cx.drop(frame.packet, ns, Some(out), reason);
                }
                cx.note(frame.packet, ns, Some(bridge_id), Step::Bridge(Forwarding::To(out)));
                self.bridge_forward(cx, bridge_id, port_id, out, frame, vlan);
            }
            Target::Flood(kind) => {
                let for_us = kind != FloodKind::Unicast || self.links[bridge_id].promiscuity > 0;
                let copy = for_us.then(|| frame.clone());
                self.bridge_flood(cx, bridge_id, Some(port_id), frame, kind, vlan);
                if let Some(copy) = copy {
                    self.bridge_pass_up(cx, bridge_id, copy, vlan);
                }
            }
        }
    }

    /// The bridge's own device sends a frame (`br_dev_xmit`).
    pub(in crate::kernel::link) fn bridge_transmit(
        &mut self,
        cx: &mut Context,
        bridge_id: LinkId,
        frame: Frame,
    ) {
        let ns = self.links[bridge_id].ns;
        let now = cx.now;
        let bridge = self.links[bridge_id].as_bridge_mut().expect("the caller saw a bridge");
        let filtering = bridge.vlan_filtering;
        let vlan = match filtering.then(|| ingress_vlan(&bridge.vlans, &frame)) {
            None => 0,
            Some(Some(vlan)) => vlan,
            Some(None) => {
                return cx.drop(frame.packet, ns, Some(bridge_id), DropReason::VlanFiltered);
            }
        };
        match bridge.decide(Station { mac: ethernet::dst(&frame.bytes), vlan }, now) {
            Target::Port(out) => {
                if let Some(reason) = self.refusal(None, out, vlan, filtering) {
                    return cx.drop(frame.packet, ns, Some(out), reason);
                }
                cx.note(frame.packet, ns, Some(bridge_id), Step::Bridge(Forwarding::To(out)));
                self.bridge_leave(cx, bridge_id, out, frame, vlan);
            }
            // A frame of the host to its own address never reaches the bridge; one that does (a port's
            // address) has no port to go to.
            Target::Local => cx.drop(frame.packet, ns, Some(bridge_id), DropReason::NoEgressPort),
            Target::Flood(kind) => self.bridge_flood(cx, bridge_id, None, frame, kind, vlan),
        }
    }

    /// The frame is for the host: it goes on as if the bridge's own device had received it, which is a
    /// member of VLANs like any port (`br_pass_frame_up`).
    pub(in crate::kernel) fn bridge_pass_up(
        &mut self,
        cx: &mut Context,
        bridge_id: LinkId,
        mut frame: Frame,
        vlan: u16,
    ) {
        let link = &mut self.links[bridge_id];
        if !link.up {
            return cx.drop(frame.packet, link.ns, Some(bridge_id), DropReason::LinkDown);
        }
        if let Some(bridge) = link.as_bridge().filter(|bridge| bridge.vlan_filtering) {
            if !bridge.vlans.members.contains_key(&vlan) {
                return cx.drop(frame.packet, link.ns, Some(bridge_id), DropReason::VlanFiltered);
            }
            egress_tag(&bridge.vlans, vlan, &mut frame);
        }
        let payload = &frame.bytes[ethernet::HEADER_LEN..];
        link.counters.rx_packets += 1;
        link.counters.rx_bytes += payload.len() as u64;
        cx.note(frame.packet, link.ns, Some(bridge_id), Step::Received);
        self.receive_on(cx, bridge_id, frame);
    }
}

/// `01:80:c2:00:00:00` to `…:0f`: frames that a bridge keeps to one cable (IEEE 802.1D table 7-10).
fn is_link_local_group(mac: MacAddr) -> bool {
    (mac.0, mac.1, mac.2, mac.3, mac.4) == (0x01, 0x80, 0xc2, 0, 0) && mac.5 & 0xf0 == 0
}
