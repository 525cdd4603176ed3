//! What is known of one packet: its stops in words, its frames taken apart. Read once and kept until it
//! goes on, because a screen is drawn far more often.

use std::collections::BTreeMap;

use netsim_sim::engine::Time;
use netsim_sim::kernel::{Cause, Direction, Step};
use netsim_sim::trace::HostId;
use netsim_sim::trace::journey::{Journey, Stop};
use netsim_sim::trace::packets::PacketView;
use netsim_sim::trace::telling::{Detail, Names, Told, tell};
use netsim_sim::wire::PacketId;
use netsim_sim::wire::dissect::{Header, Name, dissect, wrapping};
use netsim_sim::world::World;
use netsim_sim::world::remedy::Lost;

/// The way of a packet.
#[derive(Debug, Clone)]
pub struct Way {
    /// Which packet.
    pub packet: PacketId,
    /// Its last record when this was read.
    last: u64,
    detail: Detail,
    /// Why it was made, in words.
    pub made_by: String,
    /// Its stops in words.
    pub told: Vec<Told>,
    /// The time of each of these.
    pub times: Vec<Time>,
    /// The name of the place of each of these.
    pub places: Vec<String>,
    /// Its frames at the devices that it passed.
    pub frames: Vec<Passed>,
    /// The record of the loss that matters.
    pub lost: Option<u64>,
    /// What is known where it was lost, by the number of the record.
    losses: Vec<(u64, Lost)>,
}

/// A frame at a device.
#[derive(Debug, Clone)]
pub struct Passed {
    /// The number of the record that came next.
    pub seq: u64,
    /// When.
    pub at: Time,
    /// On which host.
    pub host: HostId,
    /// Which way.
    pub direction: Direction,
    /// `test2:eth0`.
    pub place: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its headers.
    pub headers: Vec<Header>,
}

impl Passed {
    /// Bytes that are wrapped around the innermost frame.
    pub fn wrapping(&self) -> usize {
        wrapping(&self.headers)
    }
}

/// A field that differs from what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its header.
    pub header: &'static str,
    /// Its name.
    pub field: Name,
    /// What it was.
    pub before: String,
    /// What it is.
    pub after: String,
}

impl Way {
    /// Reads the way of a packet.
    pub fn read(
        view: &PacketView,
        world: &World,
        lines: &BTreeMap<(HostId, u32), String>,
        detail: Detail,
    ) -> Option<Way> {
        let journey = view.journey(&world.trace)?;
        let names = world.names();
        let told = tell(&journey, &names, detail);
        let stop_of = |told: &Told| journey.stops.iter().find(|stop| stop.seq == told.seq);
        let times = told.iter().map(|told| stop_of(told).map_or(Time::ZERO, |stop| stop.at));
        let times = times.collect();
        let places = told.iter().map(|told| names.namespace(told.host, told.ns)).collect();
        let losses =
            journey.stops.iter().filter_map(|stop| Some((stop.seq, lost(&journey, stop)?)));
        let frames = journey.frames.iter().map(|seen| Passed {
            seq: seen.seq,
            at: seen.at,
            host: seen.host,
            direction: seen.direction,
            place: world.place_of(seen.host, seen.link),
            headers: dissect(&seen.frame.bytes),
            bytes: seen.frame.bytes.to_vec(),
        });
        Some(Way {
            packet: view.packet,
            last: view.last,
            detail,
            made_by: made_by(view, world, lines),
            times,
            places,
            frames: frames.collect(),
            lost: view.dropped.map(|(seq, ..)| seq),
            losses: losses.collect(),
            told,
        })
    }

    /// How much is told.
    pub fn detail(&self) -> Detail {
        self.detail
    }

    /// Whether this is all there is to know of a packet.
    pub fn is_of(&self, view: &PacketView, detail: Detail) -> bool {
        (self.packet, self.last, self.detail) == (view.packet, view.last, detail)
    }

    /// What is known of it where it was lost, if it was lost at this stop.
    pub fn lost_at(&self, seq: u64) -> Option<&Lost> {
        self.losses.iter().find(|(at, _)| *at == seq).map(|(_, lost)| lost)
    }

    /// The frame that was seen when this stop happened: the place in `frames`.
    pub fn frame_of(&self, told: &Told) -> Option<usize> {
        self.frames.iter().position(|passed| passed.seq == told.seq && passed.host == told.host)
    }

    /// What differs between a frame and the same packet at another place.
    pub fn changes(&self, frame: usize, other: usize) -> Vec<Change> {
        match (self.frames.get(other), self.frames.get(frame)) {
            (Some(before), Some(after)) => changes(&before.headers, &after.headers),
            _ => Vec::new(),
        }
    }
}

fn lost(journey: &Journey, stop: &Stop) -> Option<Lost> {
    match stop.note.step {
        Step::Dropped(_) => Lost::at(journey, stop),
        _ => None,
    }
}

/// The program that made it, or the packet that it answers.
fn made_by(view: &PacketView, world: &World, lines: &BTreeMap<(HostId, u32), String>) -> String {
    match view.cause {
        Cause::Process(pid) => {
            if let Some(line) = lines.get(&(view.host, pid)) {
                return line.clone();
            }
            let list = world.host(view.host).processes.list();
            let found = list.into_iter().find(|process| process.pid.0 == pid);
            found.map_or_else(|| format!("process {pid}"), |process| process.argv.join(" "))
        }
        Cause::Packet(packet) => format!("packet {packet}"),
        Cause::Kernel => "kernel".to_owned(),
    }
}

/// The header that stands for another one in another frame of the same packet: of the same name, at the
/// same distance from the innermost one of this name.
pub fn counterpart<'a>(header: &Header, of: &[Header], among: &'a [Header]) -> Option<&'a Header> {
    let behind = of.iter().filter(|it| it.name == header.name && it.start > header.start).count();
    let mut alike = among.iter().rev().filter(|it| it.name == header.name);
    alike.nth(behind)
}

/// The fields that have another value, in the order of the bytes.
pub fn changes(before: &[Header], after: &[Header]) -> Vec<Change> {
    let mut changes = Vec::new();
    for header in after {
        let Some(old) = counterpart(header, after, before) else { continue };
        for field in &header.fields {
            let same = old.fields.iter().find(|it| {
                it.name == field.name && it.start - old.start == field.start - header.start
            });
            if let Some(old) = same.filter(|old| old.value != field.value) {
                changes.push(Change {
                    header: header.name,
                    field: field.name,
                    before: old.value.clone(),
                    after: field.value.clone(),
                });
            }
        }
    }
    changes
}
