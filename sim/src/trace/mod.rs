//! What happened to which packet, and why: a bounded ring of records, and what can be read from it.
//!
//! Nobody subscribes. Screens, tests, lessons and captures *pull*: they keep a cursor and ask what is
//! new. Read [`packets`] for the list of all packets, [`journey`] for the way of one, [`telling`] for its
//! words, [`breakpoint`] for what somebody waits for, [`pcap`] for files.

pub mod breakpoint;
pub mod digest;
pub mod journey;
pub mod packets;
pub mod pcap;
pub mod telling;

use std::collections::VecDeque;

use crate::engine::Time;
use crate::kernel::{Direction, LinkId, Note, Outbox};
use crate::wire::Frame;

/// A host, by its number in the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostId(pub u16);

/// One step of one packet, with its place and time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    /// When.
    pub at: Time,
    /// On which host.
    pub host: HostId,
    /// What.
    pub note: Note,
}

/// A frame as it passed a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The number of the record that came next.
    pub seq: u64,
    /// When.
    pub at: Time,
    /// On which host.
    pub host: HostId,
    /// At which device.
    pub link: LinkId,
    /// Which way.
    pub direction: Direction,
    /// The frame.
    pub frame: Frame,
}

/// Records that are kept unless told otherwise: 2^18 of 64 bytes are 16 MiB.
const CAPACITY: usize = 1 << 18;

/// The records of a world, the newest ones.
#[derive(Debug)]
pub struct Trace {
    ring: VecDeque<Record>,
    /// The number of the oldest record that is still there.
    first: u64,
    capacity: usize,
    seen: VecDeque<Seen>,
}

impl Default for Trace {
    fn default() -> Self {
        Trace::with_capacity(CAPACITY)
    }
}

impl Trace {
    /// A trace that keeps this many records.
    pub fn with_capacity(capacity: usize) -> Trace {
        let capacity = capacity.max(1);
        Trace { ring: VecDeque::new(), first: 0, capacity, seen: VecDeque::new() }
    }

    /// Takes the notes of a host.
    pub fn take_notes(&mut self, at: Time, host: HostId, outbox: &mut Outbox) {
        for note in outbox.notes.drain(..) {
            self.push(Record { at, host, note });
        }
    }

    /// Takes one record.
    pub fn push(&mut self, record: Record) {
        if self.ring.len() == self.capacity {
            self.ring.pop_front();
            self.first += 1;
        }
        self.ring.push_back(record);
    }

    /// Keeps a frame.
    pub fn take_frame(&mut self, seen: Seen) {
        while self.seen.front().is_some_and(|old| old.seq < self.first) {
            self.seen.pop_front();
        }
        self.seen.push_back(seen);
    }

    /// The number that the next record will have: a cursor for [`Trace::since`].
    pub fn next_seq(&self) -> u64 {
        self.first + self.ring.len() as u64
    }

    /// The number of the oldest record that is kept.
    pub fn first_seq(&self) -> u64 {
        self.first
    }

    /// The records from this number on, with their numbers.
    pub fn since(&self, seq: u64) -> impl Iterator<Item = (u64, &Record)> {
        let skip = seq.saturating_sub(self.first).min(self.ring.len() as u64) as usize;
        let start = self.first + skip as u64;
        self.ring.range(skip..).enumerate().map(move |(n, record)| (start + n as u64, record))
    }

    /// A record, if it is still kept.
    pub fn get(&self, seq: u64) -> Option<&Record> {
        self.ring.get(usize::try_from(seq.checked_sub(self.first)?).ok()?)
    }

    /// The frames that were seen from this record on; only with full tracing.
    pub fn frames_since(&self, seq: u64) -> impl Iterator<Item = &Seen> {
        let skip = self.seen.partition_point(|seen| seen.seq < seq);
        self.seen.range(skip..)
    }
}
