//! Queueing disciplines: `tc qdisc add dev … root netem …` (delay, loss, duplicates, reordering, rate).
//! A device without one sends at once, as `noqueue` does.

use crate::engine::{Span, Time};
use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::event::KernelEvent;
use crate::kernel::id::LinkId;
use crate::kernel::step::{DropReason, Step};
use crate::wire::Frame;

use super::Sent;

/// The settings and state of `netem` (`net/sched/sch_netem.c`).
#[derive(Debug, Clone, PartialEq)]
pub struct Netem {
    /// Its name: the number before the colon. Zero asks for the next free one.
    pub handle: u16,
    /// Added to every frame.
    pub delay: Span,
    /// Added or taken away at random, evenly.
    pub jitter: Span,
    /// Probability of loss, 0 to 1.
    pub loss: f64,
    /// Probability that a frame is sent twice.
    pub duplicate: f64,
    /// Probability that a frame does not wait.
    pub reorder: f64,
    /// Probability that one bit of a frame changes.
    pub corrupt: f64,
    /// Bits per second; zero for no limit.
    pub rate: u64,
    /// Frames that may wait.
    pub limit: u32,
    /// When the device is free again, under a rate.
    pub busy_until: Time,
    /// How many wait.
    pub waiting: u32,
    /// How many were lost or refused.
    pub dropped: u64,
    /// How many were sent.
    pub sent: (u64, u64),
}

impl Default for Netem {
    fn default() -> Self {
        Netem {
            handle: 0,
            delay: Span::ZERO,
            jitter: Span::ZERO,
            loss: 0.0,
            duplicate: 0.0,
            reorder: 0.0,
            corrupt: 0.0,
            rate: 0,
            limit: 1000,
            busy_until: Time::ZERO,
            waiting: 0,
            dropped: 0,
            sent: (0, 0),
        }
    }
}

impl Netem {
    /// When a frame of `len` bytes that comes now leaves.
    fn departure(&mut self, cx: &mut Context, len: usize) -> Time {
        let mut wait = self.delay;
        if self.jitter != Span::ZERO {
            let low = self.delay.saturating_sub(self.jitter);
            wait = cx.rng.span(low, self.delay + self.jitter);
        }
        if self.reorder > 0.0 && cx.rng.chance(self.reorder) {
            wait = Span::ZERO;
        }
        let ready = cx.now + wait;
        if self.rate == 0 {
            return ready;
        }
        let serialisation = Span::nanos(len as u64 * 8 * 1_000_000_000 / self.rate);
        self.busy_until = ready.max(self.busy_until) + serialisation;
        self.busy_until
    }
}

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
