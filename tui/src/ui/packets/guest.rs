//! Packets that were sent on a copy of the machines: what a screen needs of them, without the copy. They
//! stand in the list in place of the student's own until that is closed.

use std::collections::BTreeMap;

use netsim_sim::engine::Time;
use netsim_sim::reach::Cell;
use netsim_sim::trace::HostId;
use netsim_sim::trace::packets::PacketView;
use netsim_sim::trace::telling::Detail;
use netsim_sim::world::World;

use super::list::Entry;
use super::way::Way;

/// The packets of one answer.
pub struct Guest {
    /// The answer.
    pub cell: Cell,
    /// The moment at which they were sent.
    pub at: Time,
    /// They, the oldest first.
    pub sights: Vec<Sight>,
    /// Which one is chosen.
    pub chosen: usize,
}

/// One packet.
pub struct Sight {
    /// As it stands in the list.
    pub entry: Entry,
    /// Its way without and with the rules that did not match.
    ways: [Way; 2],
}

impl Guest {
    /// The packets of an answer.
    pub fn new(cell: Cell, at: Time, sights: Vec<Sight>) -> Guest {
        // What was lost tells most.
        let lost = sights.iter().position(|sight| sight.entry.is_lost);
        Guest { cell, at, chosen: lost.unwrap_or(0), sights }
    }

    /// The way of the chosen one.
    pub fn way(&self, detail: Detail) -> Option<&Way> {
        let [plain, with_rules] = &self.sights.get(self.chosen)?.ways;
        Some(if detail == Detail::Rules { with_rules } else { plain })
    }
}

impl Sight {
    /// Reads a packet.
    pub fn read(
        view: &PacketView,
        world: &World,
        lines: &BTreeMap<(HostId, u32), String>,
    ) -> Option<Sight> {
        let way = |detail| Way::read(view, world, lines, detail);
        let ways = [way(Detail::Way)?, way(Detail::Rules)?];
        Some(Sight { entry: Entry::of(view, world, None), ways })
    }
}
