//! The forwarding database of a bridge (`net/bridge/br_fdb.c`): which port is a MAC address behind?
//!
//! Learnt entries age; that is checked when an entry is used or shown, so ageing needs no timer.

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use crate::engine::{Span, Time};
use crate::kernel::id::LinkId;
use crate::wire::MacAddr;

/// An address in a VLAN (0 where the bridge does not filter VLANs).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Station {
    /// The address.
    pub mac: MacAddr,
    /// Its VLAN.
    pub vlan: u16,
}

/// Where a station is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FdbEntry {
    /// The port, or the bridge itself.
    pub place: Place,
    /// How it came here.
    pub origin: Origin,
    /// When it was last seen as a source.
    pub updated: Time,
    /// When a frame was last sent to it.
    pub used: Time,
}

/// Where frames to a station go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Out of this port.
    Port(LinkId),
    /// It is an address of this port (or of the bridge): for the host itself.
    Local(LinkId),
}

impl Place {
    /// The device with which `bridge fdb` shows the entry.
    pub fn device(self) -> LinkId {
        match self {
            Place::Port(link) | Place::Local(link) => link,
        }
    }
}

/// How an entry came into the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Seen as the source of a frame; ages.
    Learnt,
    /// `bridge fdb add … static`: does not age, may not move.
    Static,
    /// An address of the bridge or of a port.
    Own,
    /// `bridge fdb add … permanent`: never leaves the host.
    Permanent,
    /// `bridge fdb add … dynamic`: ages like a learnt one.
    Dynamic,
}

impl Origin {
    fn ages(self) -> bool {
        matches!(self, Origin::Learnt | Origin::Dynamic)
    }
}

/// What learning an address changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Learning {
    /// Known there already.
    Refreshed,
    /// New, or moved to another port.
    Learnt,
    /// A fixed entry says otherwise; nothing changed.
    Refused,
}

/// The table, in order of insertion.
#[derive(Debug, Default)]
pub struct Fdb {
    entries: IndexMap<Station, FdbEntry, FxBuildHasher>,
}

impl Fdb {
    /// Where a station is; an entry older than `ageing` is as good as none.
    pub fn lookup(&self, station: Station, now: Time, ageing: Span) -> Option<&FdbEntry> {
        self.entries.get(&station).filter(|entry| !is_expired(entry, now, ageing))
    }

    /// Notes that a frame goes to a station.
    pub fn touch(&mut self, station: Station, now: Time) {
        if let Some(entry) = self.entries.get_mut(&station) {
            entry.used = now;
        }
    }

    /// A frame from `station` came in by `port` (`br_fdb_update`).
    pub fn learn(&mut self, station: Station, port: LinkId, now: Time) -> Learning {
        let fresh =
            FdbEntry { place: Place::Port(port), origin: Origin::Learnt, updated: now, used: now };
        let Some(entry) = self.entries.get_mut(&station) else {
            self.entries.insert(station, fresh);
            return Learning::Learnt;
        };
        match entry.place {
            Place::Local(_) => return Learning::Refused,
            Place::Port(_) if matches!(entry.origin, Origin::Static | Origin::Permanent) => {
                return Learning::Refused;
            }
            Place::Port(_) => {}
        }
        let moved = entry.place != Place::Port(port);
        entry.place = Place::Port(port);
        entry.updated = now;
        if moved { Learning::Learnt } else { Learning::Refreshed }
    }

    /// Adds or replaces an entry.
    pub fn insert(&mut self, station: Station, entry: FdbEntry) {
        self.entries.insert(station, entry);
    }

    /// The entry of a station, old or not.
    pub fn get(&self, station: Station) -> Option<&FdbEntry> {
        self.entries.get(&station)
    }

    /// Removes the entry of a station.
    pub fn remove(&mut self, station: Station) -> Option<FdbEntry> {
        self.entries.shift_remove(&station)
    }

    /// Keeps the entries that `keep` says.
    pub fn retain(&mut self, mut keep: impl FnMut(Station, &FdbEntry) -> bool) {
        self.entries.retain(|station, entry| keep(*station, entry));
    }

    /// Drops what has aged and returns the rest, in order of insertion.
    pub fn live(&mut self, now: Time, ageing: Span) -> impl Iterator<Item = (Station, &FdbEntry)> {
        self.entries.retain(|_, entry| !is_expired(entry, now, ageing));
        self.entries.iter().map(|(station, entry)| (*station, entry))
    }
}

/// Whether a learnt entry has not been seen for the ageing time.
pub fn is_expired(entry: &FdbEntry, now: Time, ageing: Span) -> bool {
    entry.origin.ages() && now - entry.updated >= ageing && now > entry.updated
}

#[cfg(test)]
mod tests {
    use super::*;
    use slotmap::SlotMap;

    fn station(last: u8) -> Station {
        Station { mac: MacAddr(2, 0, 0, 0, 0, last), vlan: 0 }
    }

    #[test]
    fn a_station_that_moves_is_followed_and_one_that_is_silent_forgotten() {
        let mut ids: SlotMap<LinkId, ()> = SlotMap::with_key();
        let (p1, p2) = (ids.insert(()), ids.insert(()));
        let mut fdb = Fdb::default();
        let ageing = Span::secs(300);
        assert_eq!(fdb.learn(station(1), p1, Time::ZERO), Learning::Learnt);
        assert_eq!(fdb.learn(station(1), p1, Time::ZERO), Learning::Refreshed);
        assert_eq!(fdb.learn(station(1), p2, Time::ZERO), Learning::Learnt);
        let place = fdb.lookup(station(1), Time::ZERO, ageing).map(|entry| entry.place);
        assert_eq!(place, Some(Place::Port(p2)));
        assert!(fdb.lookup(station(1), Time::ZERO + ageing, ageing).is_none());
    }

    #[test]
    fn fixed_entries_do_not_move() {
        let mut ids: SlotMap<LinkId, ()> = SlotMap::with_key();
        let (p1, p2) = (ids.insert(()), ids.insert(()));
        let mut fdb = Fdb::default();
        let entry = FdbEntry {
            place: Place::Port(p1),
            origin: Origin::Static,
            updated: Time::ZERO,
            used: Time::ZERO,
        };
        fdb.insert(station(1), entry);
        assert_eq!(fdb.learn(station(1), p2, Time::ZERO), Learning::Refused);
        assert!(fdb.lookup(station(1), Time::ZERO + Span::secs(9999), Span::secs(1)).is_some());
    }
}
