//! The settings and state of `netem`.

use crate::engine::{Span, Time};
use crate::kernel::context::Context;

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
    pub(super) fn departure(&mut self, cx: &mut Context, len: usize) -> Time {
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
