//! The way of one packet: across namespaces, hosts and headers.
//!
//! A packet keeps its identity through forwarding, translation, tunnels and fragments, so its journey is
//! all records with its id. What it caused (an ARP question, an answer, an ICMP error) are journeys of
//! their own that name it.

use rustc_hash::FxHashMap;

use super::{HostId, Seen, Trace};
use crate::engine::Time;
use crate::kernel::{Cause, DropReason, Note, Step};
use crate::wire::PacketId;

/// The way of a packet.
#[derive(Debug, Clone)]
pub struct Journey<'a> {
    /// Which packet.
    pub packet: PacketId,
    /// Why it was made.
    pub cause: Cause,
    /// When it was made.
    pub at: Time,
    /// What happened to it, in order.
    pub stops: Vec<Stop>,
    /// What it looked like at the devices that it passed; only with full tracing.
    pub frames: Vec<&'a Seen>,
}

/// One step at its place and time.
#[derive(Debug, Clone, Copy)]
pub struct Stop {
    /// The number of its record.
    pub seq: u64,
    /// When.
    pub at: Time,
    /// On which host.
    pub host: HostId,
    /// What.
    pub note: Note,
}

impl Journey<'_> {
    /// Why copies of it were dropped, in order.
    pub fn drops(&self) -> impl Iterator<Item = DropReason> {
        self.stops.iter().filter_map(|stop| match stop.note.step {
            Step::Dropped(reason) => Some(reason),
            _ => None,
        })
    }

    /// The frame as it was when this stop happened, if it was seen.
    pub fn frame_at(&self, stop: &Stop) -> Option<&Seen> {
        self.frames
            .iter()
            .find(|seen| {
                seen.host == stop.host && Some(seen.link) == stop.note.link && seen.at == stop.at
            })
            .copied()
    }
}

/// The journeys of the packets that a process caused, in the order in which they were made: those that
/// it or its children sent, and all that were made because of those.
pub fn caused_by(trace: &Trace, since: u64, host: HostId, pid: u32) -> Vec<Journey<'_>> {
    journeys(trace, since, |cause, on, known| match cause {
        Cause::Process(other) => on == host && other == pid,
        Cause::Packet(packet) => known(packet),
        Cause::Kernel => false,
    })
}

/// The journey of one packet whose records lie between these two, the last one included.
pub fn of(trace: &Trace, packet: PacketId, first: u64, last: u64) -> Option<Journey<'_>> {
    let records = trace.since(first).take_while(|(seq, _)| *seq <= last);
    let stops: Vec<Stop> = records
        .filter(|(_, record)| record.note.packet == packet)
        .map(|(seq, record)| Stop { seq, at: record.at, host: record.host, note: record.note })
        .collect();
    let made = stops.first()?;
    let cause = match made.note.step {
        Step::Created { cause } => cause,
        // The record of its making is no longer kept.
        _ => Cause::Kernel,
    };
    let seen = trace.frames_since(first).take_while(|seen| seen.seq <= last + 1);
    let frames = seen.filter(|seen| seen.frame.packet == packet).collect();
    Some(Journey { packet, cause, at: made.at, stops, frames })
}

/// The journeys of all packets that were made since a record.
pub fn all(trace: &Trace, since: u64) -> Vec<Journey<'_>> {
    journeys(trace, since, |_, _, _| true)
}

/// The journeys of packets that are wanted by their cause and host; what is known already can be asked.
fn journeys(
    trace: &Trace,
    since: u64,
    wanted: impl Fn(Cause, HostId, &dyn Fn(PacketId) -> bool) -> bool,
) -> Vec<Journey<'_>> {
    let mut index: FxHashMap<PacketId, usize> = FxHashMap::default();
    let mut found: Vec<Journey> = Vec::new();
    for (seq, record) in trace.since(since) {
        let packet = record.note.packet;
        if let Step::Created { cause } = record.note.step
            && wanted(cause, record.host, &|other| index.contains_key(&other))
        {
            index.insert(packet, found.len());
            found.push(Journey {
                packet,
                cause,
                at: record.at,
                stops: Vec::new(),
                frames: Vec::new(),
            });
        }
        if let Some(at) = index.get(&packet) {
            let stop = Stop { seq, at: record.at, host: record.host, note: record.note };
            found[*at].stops.push(stop);
        }
    }
    for seen in trace.frames_since(since) {
        if let Some(at) = index.get(&seen.frame.packet) {
            found[*at].frames.push(seen);
        }
    }
    found
}
