//! The way out of every port (`br_flood`).

use crate::kernel::Kernel;
use crate::kernel::context::{Context, Tracing};
use crate::kernel::event::KernelEvent;
use crate::kernel::id::LinkId;
use crate::kernel::link::{HOP, LinkKind};
use crate::kernel::step::{DropReason, Forwarding, Step};
use crate::wire::{Frame, ethernet, vlan};

use super::decide::FloodKind;

impl Kernel {
    /// Out of every port that may carry it (`br_flood`). Virtual cables all take one hop, so their
    /// far ends receive in one event.
    pub(super) fn bridge_flood(
        &mut self,
        cx: &mut Context,
        bridge_id: LinkId,
        from: Option<LinkId>,
        frame: Frame,
        kind: FloodKind,
        vlan: u16,
    ) {
        let ns = self.links[bridge_id].ns;
        let bridge = self.links[bridge_id].as_bridge().expect("the caller saw a bridge");
        let filtering = bridge.vlan_filtering;
        let through_netfilter = self.bridge_netfilter_applies(bridge_id, &frame);
        let ports = self.flood_ports(bridge_id, from, kind, vlan, filtering);
        if ports.is_empty() {
            // A broadcast is also for the host; that copy is told of where it is delivered.
            if kind == FloodKind::Unicast || from.is_none() {
                cx.drop(frame.packet, ns, Some(bridge_id), DropReason::NoEgressPort);
            }
            return;
        }
        let count = ports.len() as u16;
        cx.note(
            frame.packet,
            ns,
            Some(bridge_id),
            Step::Bridge(Forwarding::Flood { ports: count }),
        );
        if through_netfilter || filtering || ports.len() == 1 {
            for out in ports {
                match from {
                    Some(from) => {
                        self.bridge_forward(cx, bridge_id, from, out, frame.clone(), vlan);
                    }
                    None => self.bridge_leave(cx, bridge_id, out, frame.clone(), vlan),
                }
            }
            return;
        }
        let mut far_ends = Vec::with_capacity(ports.len());
        for out in ports {
            let is_watched = cx.tracing == Tracing::Full;
            match self.simple_cable(out, frame.bytes.len()).filter(|_| !is_watched) {
                Some(peer) => {
                    let link = &mut self.links[out];
                    link.counters.count_tx(&frame.bytes);
                    cx.note(frame.packet, link.ns, Some(out), Step::Transmitted);
                    far_ends.push(peer);
                }
                None => self.bridge_leave(cx, bridge_id, out, frame.clone(), vlan),
            }
        }
        if !far_ends.is_empty() {
            cx.after(HOP, KernelEvent::Flood { links: far_ends, frame });
        }
    }

    /// The ports that a flood leaves by, the newest first.
    fn flood_ports(
        &self,
        bridge_id: LinkId,
        from: Option<LinkId>,
        kind: FloodKind,
        vlan: u16,
        filtering: bool,
    ) -> Vec<LinkId> {
        let bridge = self.links[bridge_id].as_bridge().expect("the caller saw a bridge");
        let allowed = |out: &LinkId| {
            self.links[*out].port().is_some_and(|port| kind.is_allowed(&port.flags))
                && self.refusal(from, *out, vlan, filtering).is_none()
        };
        bridge.ports.iter().copied().filter(allowed).collect()
    }

    /// The far end of a port that is a plain virtual cable which takes a frame of this length and
    /// that nobody watches; anything else goes the long way.
    fn simple_cable(&self, out: LinkId, len: usize) -> Option<LinkId> {
        let link = &self.links[out];
        let LinkKind::Veth { peer } = link.kind else { return None };
        let fits = |mtu: u32| len <= mtu as usize + ethernet::HEADER_LEN + vlan::TAG_LEN;
        let plain = link.is_running() && link.qdisc.is_none() && !link.captured && link.taps == 0;
        let unwatched = self.taps_on_any == 0;
        (plain && unwatched && fits(link.mtu) && fits(self.links[peer].mtu)).then_some(peer)
    }
}
