//! Queueing disciplines: `tc qdisc add dev … root netem …` (delay, loss, duplicates, reordering, rate).
//! A device without one sends at once, as `noqueue` does.

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::event::KernelEvent;
use crate::kernel::id::LinkId;
use crate::kernel::step::{DropReason, Step};
use crate::wire::Frame;

use super::Sent;

impl Kernel {
    /// A frame enters the queue of a device.
    pub(super) fn enqueue(&mut self, cx: &mut Context, id: LinkId, mut frame: Frame) -> Sent {
        let link = &mut self.links[id];
        let ns = link.ns;
        let Some(netem) = link.qdisc.as_deref_mut() else { return Sent::Ok };
        if cx.rng.chance(netem.loss) {
            netem.dropped += 1;
            cx.drop(frame.packet, ns, Some(id), DropReason::Netem);
            return Sent::Ok;
        }
        if netem.waiting >= netem.limit {
            netem.dropped += 1;
            cx.drop(frame.packet, ns, Some(id), DropReason::QueueFull);
            return Sent::NoBuffer;
        }
        if cx.rng.chance(netem.corrupt) {
            let bit = cx.rng.below(frame.bytes.len() as u64 * 8) as usize;
            frame.bytes.make_mut()[bit / 8] ^= 1 << (bit % 8);
        }
        let copies = if cx.rng.chance(netem.duplicate) { 2 } else { 1 };
        for _ in 0..copies {
            netem.waiting += 1;
            let at = netem.departure(cx, frame.bytes.len());
            cx.note(frame.packet, ns, Some(id), Step::Queued);
            cx.at(at, KernelEvent::Dequeue { link: id, frame: frame.clone() });
        }
        Sent::Ok
    }

    /// A frame leaves the queue of a device.
    pub(in crate::kernel) fn dequeue(&mut self, cx: &mut Context, id: LinkId, frame: Frame) {
        let Some(link) = self.links.get_mut(id) else {
            return cx.drop(frame.packet, self.host_ns, None, DropReason::DeviceGone);
        };
        if let Some(netem) = link.qdisc.as_deref_mut() {
            netem.waiting = netem.waiting.saturating_sub(1);
            netem.sent.0 += 1;
            netem.sent.1 += frame.bytes.len() as u64;
        }
        if !link.is_running() {
            return cx.drop(frame.packet, link.ns, Some(id), DropReason::NoCarrier);
        }
        let _ = self.transmit_now(cx, id, frame);
    }
}
