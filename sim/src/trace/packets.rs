//! All packets of a trace, one entry each: who caused it, what it is, where its records are, how it
//! ended. Kept up to date by reading only what is new, so that a screen can ask at every picture.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use super::journey::{self, Journey};
use super::{HostId, Trace};
use crate::engine::Time;
use crate::kernel::step::Delivery;
use crate::kernel::{Cause, DropReason, Step};
use crate::wire::{PacketId, Protocol};

/// Drops that say nothing: the copies of a flooded frame that strangers get.
pub fn is_of_stranger(reason: DropReason) -> bool {
    matches!(reason, DropReason::OtherHost | DropReason::ArpNotForUs | DropReason::VxlanProxied)
}

/// One packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PacketView {
    /// Which packet.
    pub packet: PacketId,
    /// Why it was made.
    pub cause: Cause,
    /// The process that somebody started and without which it would not be: it or its cause's cause.
    pub root: Option<(HostId, u32)>,
    /// The host on which it was made.
    pub host: HostId,
    /// When.
    pub at: Time,
    /// The number of its first record.
    pub first: u64,
    /// The number of its last record so far.
    pub last: u64,
    /// What it is, as it was made; `None` until a frame of it was seen.
    pub protocol: Option<Protocol>,
    /// Whether it was wrapped on its way.
    pub was_wrapped: bool,
    /// Whether it, or a copy of it, has arrived.
    pub has_arrived: bool,
    /// Where and why it, or a copy of it, was dropped first: record, host, reason. That strangers drop
    /// their copies counts only if nothing else was dropped.
    pub dropped: Option<(u64, HostId, DropReason)>,
}

impl PacketView {
    /// Whether it is gone for good. Of a flooded frame one copy arrives, and strangers drop theirs.
    pub fn is_lost(&self) -> bool {
        self.dropped.is_some() && !self.has_arrived
    }

    /// Its way so far.
    pub fn journey<'a>(&self, trace: &'a Trace) -> Option<Journey<'a>> {
        journey::of(trace, self.packet, self.first, self.last)
    }
}

/// The packets of a trace, in the order in which they were made.
#[derive(Debug, Default)]
pub struct Packets {
    list: VecDeque<PacketView>,
    /// The number of the first packet of the list, counted from the beginning of the trace.
    base: usize,
    places: FxHashMap<PacketId, usize>,
    read: u64,
}

impl Packets {
    /// Takes what has happened since the last time.
    pub fn update(&mut self, trace: &Trace) {
        let next = trace.next_seq();
        if next == self.read {
            return;
        }
        if next < self.read {
            // Another trace: the machines were set back.
            *self = Packets::default();
        }
        for (seq, record) in trace.since(self.read) {
            let packet = record.note.packet;
            if let Step::Created { cause } = record.note.step {
                self.places.insert(packet, self.base + self.list.len());
                self.list.push_back(PacketView {
                    packet,
                    cause,
                    root: self.root_of(cause, record.host),
                    host: record.host,
                    at: record.at,
                    first: seq,
                    last: seq,
                    protocol: None,
                    was_wrapped: false,
                    has_arrived: false,
                    dropped: None,
                });
                continue;
            }
            let Some(view) = self.get_mut(packet) else { continue };
            view.last = seq;
            match record.note.step {
                Step::Encapsulated { .. } => view.was_wrapped = true,
                // A tunnel end is not where it wants to go.
                Step::Delivered(Delivery::Tunnel(_)) => {}
                Step::Delivered(_) | Step::ProxyAnswered { .. } => view.has_arrived = true,
                Step::Dropped(DropReason::VxlanProxied) => {}
                Step::Dropped(reason) => {
                    let known = view.dropped.filter(|(.., known)| !is_of_stranger(*known));
                    view.dropped = known.or(Some((seq, record.host, reason)));
                }
                _ => {}
            }
        }
        for seen in trace.frames_since(self.read) {
            if let Some(view) = self.get_mut(seen.frame.packet)
                && view.protocol.is_none()
            {
                view.protocol = Some(Protocol::of(&seen.frame.bytes));
            }
        }
        self.read = next;
        self.forget(trace.first_seq());
    }

    fn root_of(&self, cause: Cause, host: HostId) -> Option<(HostId, u32)> {
        match cause {
            Cause::Process(pid) => Some((host, pid)),
            Cause::Packet(packet) => self.get(packet)?.root,
            Cause::Kernel => None,
        }
    }

    /// Forgets packets of which no record is kept.
    fn forget(&mut self, first: u64) {
        while let Some(view) = self.list.front()
            && view.last < first
        {
            self.places.remove(&view.packet);
            self.list.pop_front();
            self.base += 1;
        }
    }

    fn get_mut(&mut self, packet: PacketId) -> Option<&mut PacketView> {
        let place = self.places.get(&packet)?.checked_sub(self.base)?;
        self.list.get_mut(place)
    }

    /// One packet.
    pub fn get(&self, packet: PacketId) -> Option<&PacketView> {
        self.list.get(self.places.get(&packet)?.checked_sub(self.base)?)
    }

    /// All packets, the oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &PacketView> {
        self.list.iter()
    }

    /// The packets that were made since a record, the oldest first.
    pub fn since(&self, seq: u64) -> impl DoubleEndedIterator<Item = &PacketView> {
        let from = self.list.partition_point(|view| view.first < seq);
        self.list.range(from..)
    }

    /// The number of the record that is read next.
    pub fn read(&self) -> u64 {
        self.read
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{NamespaceId, Note};
    use crate::trace::Record;

    fn note(trace: &mut Trace, packet: PacketId, step: Step) {
        let note = Note { packet, ns: NamespaceId::default(), link: None, step };
        trace.push(Record { at: Time::ZERO, host: HostId(packet.host()), note });
    }

    fn id(n: u64) -> PacketId {
        PacketId::new(0, n)
    }

    #[test]
    fn an_answer_belongs_to_the_process_that_asked() {
        let mut trace = Trace::default();
        let mut packets = Packets::default();
        note(&mut trace, id(1), Step::Created { cause: Cause::Process(7) });
        packets.update(&trace);
        let answer = PacketId::new(1, 1);
        note(&mut trace, answer, Step::Created { cause: Cause::Packet(id(1)) });
        note(&mut trace, id(2), Step::Created { cause: Cause::Kernel });
        packets.update(&trace);
        assert_eq!(packets.get(answer).and_then(|view| view.root), Some((HostId(0), 7)));
        assert_eq!(packets.get(id(2)).and_then(|view| view.root), None);
        assert_eq!(packets.since(1).count(), 2);
    }

    #[test]
    fn a_packet_with_one_copy_that_arrives_is_not_lost() {
        let mut trace = Trace::default();
        let mut packets = Packets::default();
        note(&mut trace, id(1), Step::Created { cause: Cause::Kernel });
        note(&mut trace, id(1), Step::Dropped(DropReason::ArpNotForUs));
        packets.update(&trace);
        assert!(packets.get(id(1)).is_some_and(PacketView::is_lost));
        note(&mut trace, id(1), Step::Delivered(Delivery::Neighbors));
        packets.update(&trace);
        assert!(packets.get(id(1)).is_some_and(|view| !view.is_lost()));
        let journey = packets.get(id(1)).and_then(|view| view.journey(&trace));
        assert_eq!(journey.map(|journey| journey.stops.len()), Some(3));
    }

    #[test]
    fn what_the_trace_forgets_is_forgotten_here_too() {
        let mut trace = Trace::with_capacity(2);
        let mut packets = Packets::default();
        for n in 0..5 {
            note(&mut trace, id(n), Step::Created { cause: Cause::Kernel });
            packets.update(&trace);
        }
        assert_eq!(packets.iter().map(|view| view.packet).collect::<Vec<_>>(), [id(3), id(4)]);
        assert!(packets.get(id(4)).is_some());
        assert!(packets.get(id(0)).is_none());
    }
}
