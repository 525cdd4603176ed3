//! The event queue. Order is (time, sequence): what was scheduled first happens first when the times
//! are equal, so a run repeats exactly.
//!
//! Most events are frames that cross a device and wait the same short time. Those arrive already in
//! order and go through a plain FIFO, the *lane*; the heap holds timers and cables. Timers are never
//! cancelled: their owner keeps its deadline and ignores one that fires early.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};

use super::time::{Span, Time};

/// Events of type `E` in the order in which they will happen.
#[derive(Debug)]
pub struct Queue<E> {
    heap: BinaryHeap<Entry<E>>,
    lane: VecDeque<Entry<E>>,
    next_seq: u64,
    now: Time,
}

#[derive(Debug)]
struct Entry<E> {
    at: Time,
    seq: u64,
    event: E,
}

impl<E> Entry<E> {
    fn key(&self) -> (Time, u64) {
        (self.at, self.seq)
    }
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<E> Eq for Entry<E> {}

impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> Ord for Entry<E> {
    /// Reversed: `BinaryHeap` gives its greatest entry first, we want the earliest.
    fn cmp(&self, other: &Self) -> Ordering {
        other.key().cmp(&self.key())
    }
}

impl<E> Default for Queue<E> {
    fn default() -> Self {
        Queue { heap: BinaryHeap::new(), lane: VecDeque::new(), next_seq: 0, now: Time::ZERO }
    }
}

impl<E> Queue<E> {
    /// An empty queue at time zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// Schedules `event`. An instant in the past means now: the clock never goes back.
    pub fn push(&mut self, at: Time, event: E) {
        let at = at.max(self.now);
        let seq = self.next_seq;
        self.next_seq += 1;
        let entry = Entry { at, seq, event };
        let in_reach = at <= self.now + LANE_REACH;
        let keeps_order = self.lane.back().is_none_or(|last| last.at <= at);
        if in_reach && keeps_order {
            self.lane.push_back(entry);
        } else {
            self.heap.push(entry);
        }
    }

    /// Takes the next event and moves the clock to it.
    pub fn pop(&mut self) -> Option<(Time, E)> {
        let from_lane = match (self.lane.front(), self.heap.peek()) {
            (Some(lane), Some(heap)) => lane.key() < heap.key(),
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => return None,
        };
        let entry = if from_lane { self.lane.pop_front() } else { self.heap.pop() }?;
        assert!(entry.at >= self.now, "the event queue never goes back in time");
        self.now = entry.at;
        Some((entry.at, entry.event))
    }

    /// When the next event happens.
    pub fn peek_time(&self) -> Option<Time> {
        let lane = self.lane.front().map(|entry| entry.at);
        let heap = self.heap.peek().map(|entry| entry.at);
        match (lane, heap) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// The current instant: that of the event taken last.
    pub fn now(&self) -> Time {
        self.now
    }

    /// Moves the clock forward to `at` without an event; not past the next one.
    pub fn advance(&mut self, at: Time) {
        let limit = self.peek_time().unwrap_or(Time::MAX).min(at);
        self.now = self.now.max(limit);
    }

    /// How many events wait.
    pub fn len(&self) -> usize {
        self.lane.len() + self.heap.len()
    }

    /// Whether nothing will happen any more.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Events within this span of now may use the lane, if they keep its order. A far timer in the lane
/// would push everything behind it onto the heap.
const LANE_REACH: Span = Span::micros(50);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn equal_times_keep_their_order() {
        let mut queue = Queue::new();
        for n in 0..10 {
            queue.push(Time::from_nanos(5), n);
        }
        let order: Vec<i32> = std::iter::from_fn(|| queue.pop().map(|(_, n)| n)).collect();
        assert_eq!(order, (0..10).collect::<Vec<_>>());
    }

    #[test]
    fn the_past_means_now() {
        let mut queue = Queue::new();
        queue.push(Time::from_nanos(100), "first");
        queue.pop();
        queue.push(Time::from_nanos(1), "late");
        assert_eq!(queue.pop(), Some((Time::from_nanos(100), "late")));
    }

    proptest! {
        #[test]
        fn any_schedule_comes_out_by_time_then_sequence(delays in prop::collection::vec(0u64..200_000, 1..200)) {
            let mut queue = Queue::new();
            let mut expected = Vec::new();
            for (n, delay) in delays.iter().enumerate() {
                queue.push(Time::ZERO + Span::nanos(*delay), n);
                expected.push((*delay, n));
            }
            expected.sort_unstable();
            let got: Vec<(u64, usize)> =
                std::iter::from_fn(|| queue.pop().map(|(at, n)| (at.as_nanos(), n))).collect();
            prop_assert_eq!(got, expected);
        }
    }
}
