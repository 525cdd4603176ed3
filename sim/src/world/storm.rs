//! The end of endless loops. A frame that circles through bridges without a spanning tree never dies;
//! on real machines it eats a processor until somebody pulls a cable. Here it is counted, and
//! stopped with a reason that says so.

use crate::wire::PacketId;

/// A packet may cross this many devices. What a TTL ends crosses a thousand, a flood in a big lab more.
const CROSSINGS: u32 = 50_000;
/// After this many nobody writes down any more where it is: its own laps would push all else out of the
/// trace, its beginning, too.
const TOLD: u32 = 5_000;
/// Counters; packets whose numbers agree in the last bits share one.
const COUNTERS: usize = 1024;

/// What becomes of a frame that is about to arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It arrives, and its steps are kept.
    Passes,
    /// It arrives, but it has circled so often that its steps are no longer kept.
    Circles,
    /// It ends here.
    Stops,
}

/// Counts how often packets cross from device to device, roughly: a counter belongs to the packet that
/// uses it most.
#[derive(Debug)]
pub struct StormGuard {
    counters: Vec<(PacketId, u32)>,
    /// How many packets were stopped.
    pub stopped: u64,
}

impl Default for StormGuard {
    fn default() -> StormGuard {
        StormGuard { counters: vec![(PacketId::new(0, 0), 0); COUNTERS], stopped: 0 }
    }
}

impl StormGuard {
    /// A frame of this packet is about to arrive.
    pub fn judge(&mut self, packet: PacketId) -> Verdict {
        let place = packet.number() as usize % COUNTERS;
        let (owner, count) = &mut self.counters[place];
        if *owner != packet {
            if *count > 1 {
                *count -= 1;
            } else {
                (*owner, *count) = (packet, 1);
            }
            return Verdict::Passes;
        }
        if *count < CROSSINGS {
            *count += 1;
            if *count == CROSSINGS {
                self.stopped += 1;
            }
        }
        match *count {
            ..TOLD => Verdict::Passes,
            TOLD..CROSSINGS => Verdict::Circles,
            CROSSINGS.. => Verdict::Stops,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_packet_that_circles_is_stopped() {
        let mut guard = StormGuard::default();
        let circling = PacketId::new(0, 1);
        let passed = (0..2 * CROSSINGS).filter(|_| guard.judge(circling) != Verdict::Stops).count();
        assert_eq!(passed, CROSSINGS as usize - 1);
        assert_eq!(guard.stopped, 1);
        assert!((2..100).all(|n| guard.judge(PacketId::new(0, n)) == Verdict::Passes));
        assert!(guard.judge(PacketId::new(0, 1 + COUNTERS as u64)) == Verdict::Passes);
    }

    #[test]
    fn the_laps_of_a_loop_are_told_only_at_first() {
        let mut guard = StormGuard::default();
        let circling = PacketId::new(0, 1);
        let told = (0..CROSSINGS).filter(|_| guard.judge(circling) == Verdict::Passes).count();
        assert_eq!(told, TOLD as usize - 1);
    }

    #[test]
    fn a_counter_goes_to_the_packet_that_needs_it() {
        let mut guard = StormGuard::default();
        let (old, circling) = (PacketId::new(0, 1), PacketId::new(1, 1));
        assert!((0..10).all(|_| guard.judge(old) == Verdict::Passes));
        assert!((0..3 * CROSSINGS).any(|_| guard.judge(circling) == Verdict::Stops));
    }
}
