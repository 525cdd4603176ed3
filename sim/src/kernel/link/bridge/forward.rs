//! The way out of one port (`net/bridge/br_forward.c`): what it refuses, and what it passes.

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::id::LinkId;
use crate::kernel::link::stp::PortState;
use crate::kernel::step::DropReason;
use crate::wire::{Frame, ethernet, vlan};

use super::vlan::egress_tag;

impl Kernel {
    /// From port to port, by way of the FORWARD hook if the bridge calls iptables.
    pub(super) fn bridge_forward(
        &mut self,
        cx: &mut Context,
        bridge_id: LinkId,
        from: LinkId,
        out: LinkId,
        frame: Frame,
        vlan: u16,
    ) {
        if self.bridge_netfilter_applies(bridge_id, &frame) {
            return self.bridge_netfilter_forward(cx, bridge_id, from, out, frame, vlan);
        }
        self.bridge_leave(cx, bridge_id, out, frame, vlan);
    }

    /// Out of a port (`br_dev_queue_push_xmit`).
    pub(in crate::kernel) fn bridge_leave(
        &mut self,
        cx: &mut Context,
        bridge_id: LinkId,
        out: LinkId,
        mut frame: Frame,
        vlan: u16,
    ) {
        let filtering = self.links[bridge_id].as_bridge().is_some_and(|b| b.vlan_filtering);
        let Some(port) = self.links[out].port() else { return };
        if filtering {
            egress_tag(&port.vlans, vlan, &mut frame);
        }
        let link = &self.links[out];
        if frame.bytes.len() > link.mtu as usize + ethernet::HEADER_LEN + vlan::TAG_LEN {
            return cx.drop(frame.packet, link.ns, Some(out), DropReason::TooBigForPort);
        }
        let _ = self.transmit(cx, out, frame);
    }

    /// Why a frame from `from` may not leave by `out` (`should_deliver`).
    pub(super) fn refusal(
        &self,
        from: Option<LinkId>,
        out: LinkId,
        vlan: u16,
        filtering: bool,
    ) -> Option<DropReason> {
        let port = self.links.get(out)?.port()?;
        if port.state != PortState::Forwarding {
            return Some(DropReason::PortBlocked);
        }
        if filtering && !port.vlans.members.contains_key(&vlan) {
            return Some(DropReason::VlanFiltered);
        }
        let from = from?;
        if from == out && !port.flags.hairpin {
            return Some(DropReason::SamePort);
        }
        let from_isolated = self.links[from].port().is_some_and(|p| p.flags.isolated);
        (from_isolated && port.flags.isolated).then_some(DropReason::Isolated)
    }

    /// Whether frames on this bridge pass the hooks of iptables (`br_netfilter`).
    pub(super) fn bridge_netfilter_applies(&self, bridge_id: LinkId, frame: &Frame) -> bool {
        let link = &self.links[bridge_id];
        let by_sysctl = self.namespaces[link.ns].sysctl.bridge_nf_call_iptables;
        let asked = by_sysctl || link.as_bridge().is_some_and(|b| b.nf_call_iptables);
        asked && ethernet::ethertype(&frame.bytes) == ethernet::ETHERTYPE_IPV4
    }
}
