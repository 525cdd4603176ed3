//! The forwarding database of a VXLAN device: which host has which MAC addresses, learnt or told.

use crate::engine::{Span, Time};
use crate::kernel::step::DropReason;
use crate::wire::{Ipv4Addr, MacAddr, ZERO_MAC, is_valid_station_mac};

use super::Vxlan;
use super::entry::{Remote, VxlanEntry, VxlanState};

/// How long entries are not looked at when none is about to age (`FDB_AGE_INTERVAL`).
const SCAN_INTERVAL: Span = Span::secs(10);

impl Vxlan {
    /// Whether no more addresses may be entered (`maxaddress`).
    pub fn is_full(&self) -> bool {
        let limit = self.config.max_addresses as usize;
        limit > 0 && self.fdb.len() >= limit
    }

    /// Drops what had aged by the last scan (`vxlan_cleanup`). An entry that is made after one scan
    /// lives at least until the next, even if it ages faster.
    pub fn age(&mut self, now: Time) {
        let ageing = self.config.ageing;
        while let Some(at) = self.next_scan.filter(|at| *at <= now) {
            let mut next = at + SCAN_INTERVAL;
            self.fdb.retain(|_, entry| {
                let end = entry.updated + ageing;
                let stays = entry.state.is_fixed() || end > at;
                if stays && !entry.state.is_fixed() {
                    next = next.min(end);
                }
                stays
            });
            self.next_scan = Some(next);
        }
    }

    /// The device was set up or down: scans begin, or what was learnt is forgotten.
    pub(super) fn opened_or_closed(&mut self, up: bool, now: Time) {
        let ages = up && self.config.ageing > Span::ZERO;
        self.next_scan = ages.then(|| now + SCAN_INTERVAL);
        if !up {
            self.fdb.retain(|_, entry| entry.state.is_fixed());
        }
    }

    /// The entry for a destination: its own, else the default one.
    pub(super) fn lookup(&mut self, mac: MacAddr, now: Time) -> Option<&mut VxlanEntry> {
        self.age(now);
        let key = if self.fdb.contains_key(&mac) { mac } else { ZERO_MAC };
        self.fdb.get_mut(&key)
    }

    /// `vxlan_snoop`: learn that `mac` is behind `source`. Whether that is news, or why the frame is
    /// refused.
    pub(super) fn snoop(
        &mut self,
        mac: MacAddr,
        source: Ipv4Addr,
        now: Time,
    ) -> Result<bool, DropReason> {
        if !is_valid_station_mac(mac) {
            return Err(DropReason::BadSourceMac);
        }
        let remote = Remote { ip: source, port: None, vni: None, via: None };
        self.age(now);
        let is_full = self.is_full();
        match self.fdb.get_mut(&mac) {
            Some(entry) => {
                entry.updated = now;
                if entry.remotes.first().is_some_and(|known| known.ip == source) {
                    return Ok(false);
                }
                if entry.state.is_fixed() {
                    return Err(DropReason::VxlanStaticSource);
                }
                entry.remotes = vec![remote];
            }
            None if is_full => return Ok(false),
            None => {
                let state = VxlanState::Learnt;
                let entry = VxlanEntry { remotes: vec![remote], state, updated: now, used: now };
                self.fdb.insert(mac, entry);
            }
        }
        Ok(true)
    }
}
