//! Which packets are listed: those of the last command or all, and of these the ones that a filter lets
//! through. The filter is an expression of tcpdump; a packet passes if one of its frames does, anywhere on
//! its way.

use std::collections::BTreeMap;

use netsim_sim::process::programs::tcpdump::filter::{self, Filter, View};
use netsim_sim::trace::Trace;
use netsim_sim::trace::journey::Journey;
use netsim_sim::trace::packets::{PacketView, Packets as Index};
use netsim_sim::wire::{PacketId, Protocol};
use netsim_sim::world::World;

use crate::text::story;
use crate::ui::session::Latest;

/// Whose packets are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Of {
    /// Those without which the last command would not be what it was.
    #[default]
    Command,
    /// All, also those of daemons and kernels.
    All,
}

/// A packet as it stands in the list.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What it is.
    pub protocol: Protocol,
    /// Whether it was wrapped on its way.
    pub was_wrapped: bool,
    /// Whether it is gone for good.
    pub is_lost: bool,
    /// Whether it has arrived.
    pub has_arrived: bool,
    /// Whether it was sent only later than the moment at which one looks.
    pub is_later: bool,
    /// What it says.
    pub head: String,
}

impl Entry {
    /// Reads a packet, as it was before a record if one looks back.
    pub fn of(view: &PacketView, world: &World, before: Option<u64>) -> Entry {
        let was = |seq: u64| before.is_none_or(|before| seq < before);
        let head = |journey: Journey| story::head(&journey, &world.names());
        Entry {
            protocol: view.protocol.unwrap_or(Protocol::Other),
            was_wrapped: view.was_wrapped,
            is_lost: view.is_lost() && view.dropped.is_none_or(|(seq, ..)| was(seq)),
            has_arrived: view.has_arrived && was(view.last),
            is_later: !was(view.first),
            head: view.journey(&world.trace).map(head).unwrap_or_default(),
        }
    }
}

/// The list, and what is chosen in it.
#[derive(Default)]
pub struct List {
    /// The packets, the oldest first.
    packets: Vec<PacketId>,
    chosen: usize,
    /// Whose packets.
    pub of: Of,
    /// What the filter says; empty for none.
    pub text: String,
    filter: Option<Filter>,
    /// Of the packets that pass the filter, the first record and the id.
    passed: BTreeMap<u64, PacketId>,
    /// The record up to which frames were filtered, and up to which packets were listed.
    filtered: u64,
    listed: u64,
    /// For whose packets the list was made.
    latest: Option<Latest>,
}

impl List {
    /// Takes what has happened.
    pub fn update(&mut self, index: &Index, trace: &Trace, latest: Option<Latest>) {
        if index.read() == self.listed && latest == self.latest {
            return;
        }
        if index.read() < self.listed || latest != self.latest {
            self.begin_anew();
        }
        self.latest = latest;
        if let Some(filter) = &self.filter {
            for seen in trace.frames_since(self.filtered) {
                let bytes = &seen.frame.bytes;
                let view = View {
                    frame: bytes,
                    len: bytes.len(),
                    direction: Some(seen.direction),
                    is_live: true,
                };
                if filter.accepts(&view)
                    && let Some(packet) = index.get(seen.frame.packet)
                {
                    self.passed.insert(packet.first, packet.packet);
                }
            }
            self.filtered = index.read();
            let passed = self.passed.values().filter_map(|packet| index.get(*packet));
            let kept = passed.filter(|view| self.of.wants(view, latest));
            self.packets = kept.map(|view| view.packet).collect();
        } else {
            let since = match (self.of, latest) {
                (Of::Command, Some(latest)) => self.listed.max(latest.since),
                _ => self.listed,
            };
            let new = index.since(since).filter(|view| self.of.wants(view, latest));
            self.packets.extend(new.map(|view| view.packet));
        }
        self.listed = index.read();
        self.chosen = self.chosen.min(self.packets.len().saturating_sub(1));
    }

    fn begin_anew(&mut self) {
        self.packets.clear();
        self.passed.clear();
        (self.filtered, self.listed) = (0, 0);
    }

    /// A new command: its packets are shown from the first.
    pub fn restart(&mut self) {
        self.begin_anew();
        self.chosen = 0;
    }

    /// Lets only these through; the empty text lets all through.
    pub fn set_filter(&mut self, text: &str) -> Result<(), String> {
        let text = text.trim();
        let filter = match text {
            "" => None,
            text => Some(filter::parse(text, &|_| Vec::new())?),
        };
        text.clone_into(&mut self.text);
        self.filter = filter;
        self.restart();
        Ok(())
    }

    /// Those of the command, or all.
    pub fn toggle(&mut self) {
        self.of = if self.of == Of::All { Of::Command } else { Of::All };
        self.restart();
    }

    /// All, without a filter.
    pub fn show_all(&mut self) {
        self.of = Of::All;
        self.filter = None;
        self.text.clear();
        self.restart();
    }

    /// The packets that are listed.
    pub fn packets(&self) -> &[PacketId] {
        &self.packets
    }

    /// The place of the chosen one.
    pub fn place(&self) -> usize {
        self.chosen
    }

    /// The chosen one.
    pub fn chosen(&self) -> Option<PacketId> {
        self.packets.get(self.chosen).copied()
    }

    /// Chooses a place of the list.
    pub fn choose_row(&mut self, n: usize) {
        self.chosen = n.min(self.packets.len().saturating_sub(1));
    }

    /// Chooses a packet; false if it is not listed.
    pub fn open(&mut self, packet: PacketId) -> bool {
        let place = self.packets.iter().position(|other| *other == packet);
        self.chosen = place.unwrap_or(self.chosen);
        place.is_some()
    }
}

impl Of {
    fn wants(self, view: &PacketView, latest: Option<Latest>) -> bool {
        match (self, latest) {
            (Of::All, _) => true,
            (Of::Command, None) => false,
            (Of::Command, Some(latest)) => {
                view.first >= latest.since && view.root == Some((latest.host, latest.pid))
            }
        }
    }
}
