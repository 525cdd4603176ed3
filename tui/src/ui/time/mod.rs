//! Time: stepping, looking back, breakpoints. One looks back over what was recorded, so that a step back
//! costs nothing; machines are set back only when a command is typed there (see [`fork`]).

pub mod breakpoints;
pub mod fork;
pub mod history;
pub mod strip;

use netsim_sim::engine::Time;
use netsim_sim::kernel::Step;
use netsim_sim::kernel::step::RuleOutcome;
use netsim_sim::trace::Record;
use netsim_sim::trace::breakpoint::Breakpoint;
use netsim_sim::trace::packets::Packets as Index;
use netsim_sim::wire::PacketId;
use netsim_sim::world::Role;

use super::session::{BUDGET, Pace, Session};

/// How far one step goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stride {
    /// To the next thing that happens to a packet.
    Event,
    /// Until a frame has reached the next device.
    Hop,
}

impl Stride {
    /// Whether a step ends at a record.
    fn ends_at(self, record: &Record) -> bool {
        match (self, record.note.step) {
            (_, Step::Rule { outcome: RuleOutcome::Failed(_), .. } | Step::Created { .. }) => false,
            (Stride::Event, _) => true,
            (Stride::Hop, step) => matches!(step, Step::Received | Step::Dropped(_)),
        }
    }
}

impl Session<'_> {
    /// The record before which one looks, and its time; those of now if one does not look back.
    pub fn moment(&self) -> (u64, Time) {
        let trace = &self.world().trace;
        let record = self.looking.and_then(|seq| Some((seq, trace.get(seq.checked_sub(1)?)?.at)));
        record.unwrap_or_else(|| (trace.next_seq(), self.world().now()))
    }

    /// Looks at what happened before a record. What lies behind the last one is now.
    pub fn look_at(&mut self, seq: u64) {
        let trace = &self.world().trace;
        let seq = seq.max(trace.first_seq() + 1);
        self.looking = (seq < trace.next_seq()).then_some(seq);
        self.pace = Pace::Paused;
    }

    /// Looks back by one step.
    pub fn step_back(&mut self) {
        const FAR: u64 = 5000;
        let (seq, _) = self.moment();
        let trace = &self.world().trace;
        let before = trace.since(seq.saturating_sub(FAR)).take_while(|(n, _)| n + 1 < seq);
        let last = before.filter(|(_, record)| Stride::Event.ends_at(record)).last();
        let to = last.map_or(trace.first_seq() + 1, |(n, _)| n + 1);
        self.look_at(to);
    }

    /// Goes on by one step: over what was recorded, then with the machines themselves.
    pub fn step_on(&mut self, stride: Stride) {
        self.pace = Pace::Paused;
        let (from, _) = self.moment();
        let mut at = from;
        for _ in 0..BUDGET {
            let trace = &self.world().trace;
            let next = trace.since(at).find(|(_, record)| stride.ends_at(record));
            if let Some((seq, _)) = next {
                // A step that the machines just took is now, not the past.
                match self.looking {
                    Some(_) => self.look_at(seq + 1),
                    None => self.looking = None,
                }
                return;
            }
            at = trace.next_seq();
            self.looking = None;
            if !self.step() {
                return;
            }
        }
    }

    /// Goes on until a packet has arrived or is lost.
    pub fn follow(&mut self, packet: PacketId, index: &mut Index) {
        self.pace = Pace::Paused;
        for _ in 0..BUDGET {
            index.update(&self.world().trace);
            let Some(view) = index.get(packet) else { return };
            if view.has_arrived || view.is_lost() {
                if self.looking.is_some() {
                    let last = view.last;
                    self.look_at(last + 1);
                }
                return;
            }
            self.looking = None;
            if !self.step() {
                return;
            }
        }
    }

    /// Sets a breakpoint, or takes away the one that reads so.
    pub fn toggle_breakpoint(&mut self, text: &str) -> Result<bool, String> {
        let hosts = self.world().hosts().filter(|(_, host)| host.role != Role::Switch);
        let names: Vec<&str> = hosts.map(|(_, host)| host.name.as_str()).collect();
        let breakpoint = Breakpoint::parse(text, &names)?;
        self.breakpoints.checked = self.world().trace.next_seq();
        let list = &mut self.breakpoints.list;
        match list.iter().position(|other| *other == breakpoint) {
            Some(at) => {
                list.remove(at);
                Ok(false)
            }
            None => {
                list.push(breakpoint);
                Ok(true)
            }
        }
    }

    /// Looks whether a breakpoint was reached since the last time; then time stands still.
    pub(super) fn is_at_breakpoint(&mut self) -> bool {
        let next = self.player.world.trace.next_seq();
        if self.breakpoints.list.is_empty() || next == self.breakpoints.checked {
            return false;
        }
        let (from, world) = (self.breakpoints.checked, &self.player.world);
        let names = world.names();
        let hits = self.breakpoints.list.iter().filter_map(|breakpoint| {
            Some((breakpoint.text.clone(), breakpoint.hit(&world.trace, from, &names)?))
        });
        self.breakpoints.hit = hits.min_by_key(|(_, seq)| *seq);
        self.breakpoints.checked = next;
        if self.breakpoints.hit.is_some() {
            self.pace = Pace::Paused;
        }
        self.breakpoints.hit.is_some()
    }

    /// The breakpoint that was reached and the packet, told once.
    pub fn take_hit(&mut self) -> Option<(String, PacketId)> {
        let (text, seq) = self.breakpoints.hit.take()?;
        let trace = &self.world().trace;
        // A frame is seen before the record that tells of it.
        let record = trace.get(seq).or_else(|| trace.get(seq.checked_sub(1)?))?;
        Some((text, record.note.packet))
    }
}
