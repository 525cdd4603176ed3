//! Virtual cables (`drivers/net/veth.c`): what goes in at one end comes out at the other, after one
//! hop.

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::event::KernelEvent;
use crate::kernel::id::LinkId;
use crate::kernel::step::DropReason;
use crate::wire::{Frame, ethernet, vlan};

use super::{HOP, Sent};

impl Kernel {
    /// `veth_xmit`: the frame is on its way, unless the other end cannot take it (then the sender
    /// learns it, as from `dev_forward_skb`).
    pub(super) fn veth_transmit(
        &mut self,
        cx: &mut Context,
        id: LinkId,
        peer: LinkId,
        frame: Frame,
    ) -> Sent {
        let other = &mut self.links[peer];
        let limit = other.mtu as usize + ethernet::HEADER_LEN + vlan::TAG_LEN;
        if frame.bytes.len() > limit {
            other.counters.rx_dropped += 1;
            let link = &mut self.links[id];
            link.counters.tx_dropped += 1;
            cx.drop(frame.packet, link.ns, Some(id), DropReason::TooBigForPeer);
            return Sent::NoBuffer;
        }
        self.links[id].counters.count_tx(&frame.bytes);
        cx.after(HOP, KernelEvent::Arrival { link: peer, frame });
        Sent::Ok
    }
}
