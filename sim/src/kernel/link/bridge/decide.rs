//! Where the destination of a frame says that it goes: to one port, to the host, or to all.

use crate::engine::Time;
use crate::kernel::id::LinkId;
use crate::kernel::link::fdb::{Place, Station};
use crate::wire::{BROADCAST_MAC, is_multicast_mac};

use super::Bridge;
use super::port::PortFlags;

/// How a frame leaves a bridge, as far as its destination says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Port(LinkId),
    Local,
    Flood(FloodKind),
}

/// Which flag of a port allows a flood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FloodKind {
    Unicast,
    Multicast,
    Broadcast,
}

impl FloodKind {
    pub(super) fn is_allowed(self, flags: &PortFlags) -> bool {
        match self {
            FloodKind::Unicast => flags.flood,
            FloodKind::Multicast => flags.mcast_flood,
            FloodKind::Broadcast => flags.bcast_flood,
        }
    }
}

impl Bridge {
    /// Looks up the destination; an entry that is found has been used.
    pub(super) fn decide(&mut self, station: Station, now: Time) -> Target {
        if station.mac == BROADCAST_MAC {
            return Target::Flood(FloodKind::Broadcast);
        }
        if is_multicast_mac(station.mac) {
            return Target::Flood(FloodKind::Multicast);
        }
        match self.fdb.lookup(station, now, self.ageing).map(|entry| entry.place) {
            Some(Place::Local(_)) => return Target::Local,
            Some(Place::Port(port)) => {
                self.fdb.touch(station, now);
                return Target::Port(port);
            }
            None => {}
        }
        // Own addresses are in every VLAN of the bridge itself.
        let own = Station { mac: station.mac, vlan: 0 };
        let is_member = station.vlan == 0 || self.vlans.members.contains_key(&station.vlan);
        match self.fdb.get(own).map(|entry| entry.place) {
            Some(Place::Local(_)) if is_member => Target::Local,
            _ => Target::Flood(FloodKind::Unicast),
        }
    }
}
