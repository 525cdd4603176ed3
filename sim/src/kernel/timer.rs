//! When the kernel's timers fire (`kernel/time/timer.c`).
//!
//! A timer sits in a wheel of slots, and the farther away it is, the coarser are the slots: 4 ms, then
//! 32 ms from a quarter of a second on, 256 ms from two seconds on, and so forth. It fires at the end
//! of its slot, never early: a timer of one second fires after 1.024 s. Waits of programs are exact.

use crate::engine::{Span, Time};

/// The finest slot (`HZ` is 250).
const TICK: Span = Span::millis(4);
/// Slots of one level of the wheel, and levels.
const SLOTS: u64 = 64;
const LEVELS: u32 = 8;
/// Each level has slots that are so many times coarser than those below.
const COARSER: u32 = 3;

/// What lies between two timers of one slot. Differs: real ones fire in the reverse order of being
/// set; here those that are [`early`] come first.
const APART: Span = Span::micros(1);

/// The same, before the others of its slot.
pub fn early(now: Time, delay: Span) -> Time {
    Time::ZERO + (expiry(now, delay) - Time::ZERO).saturating_sub(APART)
}

/// When a timer that is set now for a delay fires.
pub fn expiry(now: Time, delay: Span) -> Time {
    let start = now.as_nanos() / TICK.as_nanos();
    let ticks = delay.as_nanos().div_ceil(TICK.as_nanos());
    let begins = |level: &u32| *level > 0 && ticks >= (SLOTS - 1) << ((level - 1) * COARSER);
    let level = (0..=LEVELS).filter(begins).max().unwrap_or(0);
    let slot = 1_u64 << (level * COARSER);
    let end = (start.saturating_add(ticks).saturating_add(slot)) / slot * slot;
    Time::ZERO + TICK * end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fires_after(delay: Span) -> Span {
        expiry(Time::ZERO, delay) - Time::ZERO
    }

    #[test]
    fn a_second_takes_a_little_longer() {
        assert_eq!(fires_after(Span::secs(1)), Span::millis(1024));
        let first = expiry(Time::ZERO, Span::secs(1));
        assert_eq!(expiry(first, Span::secs(1)) - first, Span::millis(1024));
        assert_eq!(fires_after(Span::millis(1)), Span::millis(8));
        assert_eq!(fires_after(Span::secs(5)), Span::millis(5120));
    }

    #[test]
    fn no_timer_fires_early() {
        for millis in [0, 1, 3, 250, 252, 999, 2015, 2016, 16_000, 600_000] {
            let (now, delay) = (Time::ZERO + Span::millis(7), Span::millis(millis));
            assert!(expiry(now, delay) > now + delay, "{delay}");
        }
        assert!(expiry(Time::ZERO, Span::MAX) > Time::ZERO);
    }
}
