//! The end of endless loops. A frame that circles through bridges without a spanning tree never dies;
//! on real machines it eats a processor until somebody pulls a cable. Here it is counted, and
//! stopped with a reason that says so.

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use crate::engine::{Span, Time};
use crate::wire::PacketId;

/// A window of simulated time …
const WINDOW: Span = Span::millis(10);
/// … in which more events than this are suspicious. A busy lab has a few thousand.
const BUSY: u32 = 100_000;
/// A suspected packet may cross this many devices more.
const CROSSINGS: u32 = 20_000;

/// Counts events, and packets once there are too many.
#[derive(Debug, Default)]
pub struct StormGuard {
    window: Time,
    events: u32,
    crossings: IndexMap<PacketId, u32, FxBuildHasher>,
    /// How many packets were stopped.
    pub stopped: u64,
}

impl StormGuard {
    /// A frame of this packet is about to arrive; false if it may not.
    pub fn allows(&mut self, now: Time, packet: PacketId) -> bool {
        if now - self.window > WINDOW {
            self.window = now;
            self.events = 0;
            if !self.crossings.is_empty() {
                self.crossings.clear();
            }
        }
        self.events += 1;
        if self.events < BUSY {
            return true;
        }
        let count = self.crossings.entry(packet).or_insert(0);
        *count += 1;
        if *count == CROSSINGS {
            self.stopped += 1;
        }
        *count < CROSSINGS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_packet_that_circles_is_stopped() {
        let mut guard = StormGuard::default();
        let (circling, other) = (PacketId::new(0, 1), PacketId::new(0, 2));
        let mut at = Time::ZERO;
        let mut passed = 0;
        while guard.allows(at, circling) {
            at += Span::nanos(10);
            passed += 1;
            assert!(passed < 1_000_000);
        }
        assert!(passed >= BUSY);
        assert!(guard.allows(at, other));
        assert_eq!(guard.stopped, 1);
        assert!(guard.allows(at + Span::secs(1), circling));
    }
}
