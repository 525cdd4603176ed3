//! 802.1Q sub-interfaces (`net/8021q`): `eth0.50` sends with a tag and receives without.

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::id::LinkId;
use crate::kernel::step::{DropReason, Step};
use crate::wire::{Frame, vlan};

use super::{LinkKind, Sent};

impl Kernel {
    /// A tagged frame came in on a device with sub-interfaces.
    pub(super) fn vlan_receive(&mut self, cx: &mut Context, parent: LinkId, mut frame: Frame) {
        let id = vlan::id(&frame.bytes).unwrap_or(0);
        let ns = self.links[parent].ns;
        let child = self.links[parent].vlans.iter().copied().find(
            |child| matches!(&self.links[*child].kind, LinkKind::Vlan(vlan) if vlan.id == id),
        );
        let Some(child) = child else {
            return cx.drop(frame.packet, ns, Some(parent), DropReason::NoVlanDevice);
        };
        if !self.links[child].up {
            return cx.drop(frame.packet, ns, Some(child), DropReason::LinkDown);
        }
        vlan::pop(&mut frame.bytes);
        cx.note(frame.packet, self.links[child].ns, Some(child), Step::Untagged(id));
        self.links[child].counters.count_rx_upper(&frame.bytes);
        self.receive_on(cx, child, frame);
    }

    /// Sends a frame with a tag through the parent.
    pub(super) fn vlan_transmit(&mut self, cx: &mut Context, id: LinkId, mut frame: Frame) -> Sent {
        let link = &mut self.links[id];
        let LinkKind::Vlan(state) = link.kind else { return Sent::Ok };
        link.counters.count_tx(&frame.bytes);
        vlan::push(&mut frame.bytes, state.id);
        cx.note(frame.packet, link.ns, Some(id), Step::Tagged(state.id));
        self.transmit(cx, state.parent, frame)
    }
}
