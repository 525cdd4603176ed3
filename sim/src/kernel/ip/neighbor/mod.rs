//! The neighbour table (`net/core/neighbour.c`): IP addresses to hardware addresses, with the states
//! of RFC 4861 section 7.3.2 that Linux uses for ARP, too (NUD).
//!
//! This file owns the entries and their state machine, for both families of addresses. What a packet or
//! a change needs is in `output` and `consequence`; where the families differ, they say so in
//! [`family`]. Asking and answering on the wire is in `arp` and in `ip6`.

mod consequence;
pub mod family;
mod output;
pub mod view;

use std::collections::VecDeque;
use std::hash::Hash;

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use crate::engine::{Rng, Span, Time};
use crate::kernel::id::LinkId;
use crate::kernel::sysctl::NeighConf;
use crate::kernel::timer::expiry;
use crate::wire::{Ipv4Addr, MacAddr};

use super::Packet;

/// Packets that may wait for one answer (`unres_qlen`).
const QUEUE_LEN: usize = 101;
/// An answer that comes this soon after the last change is not believed (`locktime`).
const LOCK_TIME: Span = Span::secs(1);

/// The state of an entry (`NUD_*`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Nud {
    /// Asked, not yet answered.
    Incomplete,
    /// Known, and known to answer.
    Reachable,
    /// Known, not confirmed lately.
    Stale,
    /// Used while stale: a confirmation may come from above.
    Delay,
    /// Being asked again, directly.
    Probe,
    /// Did not answer.
    Failed,
    /// Put there by an administrator; never changes by itself.
    Permanent,
    /// The same, but not shown as permanent.
    NoArp,
}

impl Nud {
    /// As `ip neigh` prints it.
    pub fn name(self) -> &'static str {
        match self {
            Nud::Incomplete => "INCOMPLETE",
            Nud::Reachable => "REACHABLE",
            Nud::Stale => "STALE",
            Nud::Delay => "DELAY",
            Nud::Probe => "PROBE",
            Nud::Failed => "FAILED",
            Nud::Permanent => "PERMANENT",
            Nud::NoArp => "NOARP",
        }
    }

    /// Whether the address may be used without asking.
    pub fn is_connected(self) -> bool {
        matches!(self, Nud::Reachable | Nud::Permanent | Nud::NoArp)
    }

    /// Whether the entry has an address.
    pub fn is_valid(self) -> bool {
        !matches!(self, Nud::Incomplete | Nud::Failed)
    }
}

/// One entry.
#[derive(Debug)]
pub struct Neighbor {
    /// Its state.
    pub state: Nud,
    /// Its hardware address, once known.
    pub mac: Option<MacAddr>,
    /// Packets that wait for it.
    pub queue: VecDeque<Packet>,
    /// When it was last known to answer; `None` means long ago.
    pub confirmed: Option<Time>,
    /// When it was last used while not connected.
    pub used: Time,
    /// When it last changed.
    pub updated: Time,
    /// Questions sent since the state began.
    pub probes: u32,
    /// Whether it said that it is a router, which only IPv6 asks.
    pub router: bool,
    /// When its state has to be looked at.
    deadline: Option<Time>,
    /// How long a confirmation holds for this entry.
    reachable_time: Span,
    /// Whether it changed so that listeners have to be told.
    is_news: bool,
}

/// What an event asks of the caller.
#[derive(Debug)]
#[must_use]
pub enum Action {
    /// Nothing.
    None,
    /// Send a question: to all, or to the known address.
    Solicit(Option<MacAddr>),
    /// The address is known now: these packets go there.
    Flush(MacAddr, VecDeque<Packet>),
    /// Nobody answered: these packets are lost.
    Fail(VecDeque<Packet>),
}

/// What the table says about the next hop of a packet.
#[derive(Debug)]
#[must_use]
pub enum Resolution {
    /// Send it there.
    Known(MacAddr),
    /// It waits; perhaps a question has to be sent, perhaps the oldest waiting packet had to go.
    Queued {
        /// Whether this packet is the first to wait.
        solicit: bool,
        /// The packet that had to make room.
        overflow: Option<Box<Packet>>,
    },
}

/// Who tells of an address (flags of `neigh_update`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authority {
    /// A packet, which may replace a known address or not.
    Packet {
        /// Whether it may.
        overrides: bool,
    },
    /// An administrator.
    Admin,
}

/// The table of one namespace, for one family of addresses.
#[derive(Debug)]
pub struct Neighbors<A = Ipv4Addr> {
    entries: IndexMap<(LinkId, A), Neighbor, FxBuildHasher>,
    /// Addresses for which questions are answered in somebody else's name (`ip neigh add proxy`).
    pub proxies: Vec<(A, Option<LinkId>)>,
    /// The timer that is under way.
    timer_at: Option<Time>,
    /// An earlier one that has to be set.
    wanted: Option<Time>,
}

impl<A> Default for Neighbors<A> {
    fn default() -> Self {
        let entries = IndexMap::default();
        Neighbors { entries, proxies: Vec::new(), timer_at: None, wanted: None }
    }
}

impl<A: Copy + Eq + Hash> Neighbors<A> {
    /// The hardware address of a connected entry.
    pub fn hardware_address(&self, link: LinkId, ip: A) -> Option<MacAddr> {
        self.entries.get(&(link, ip)).filter(|n| n.state.is_connected()).and_then(|n| n.mac)
    }

    /// Whether there is an entry, in whatever state.
    pub fn contains(&self, link: LinkId, ip: A) -> bool {
        self.entries.contains_key(&(link, ip))
    }

    /// An entry.
    pub fn get(&self, link: LinkId, ip: A) -> Option<&Neighbor> {
        self.entries.get(&(link, ip))
    }

    /// All entries, in order of creation.
    pub fn iter(&self) -> impl Iterator<Item = ((LinkId, A), &Neighbor)> {
        self.entries.iter().map(|(key, neighbor)| (*key, neighbor))
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Asks for the next hop of a packet (`neigh_resolve_output`, `__neigh_event_send`). A packet that
    /// is not answered at once is moved into the queue.
    pub fn resolve(
        &mut self,
        link: LinkId,
        ip: A,
        packet: &mut Option<Packet>,
        conf: &NeighConf,
        now: Time,
        rng: &mut Rng,
    ) -> Resolution {
        let confirms = packet.as_ref().is_some_and(|p| p.confirms);
        let entry = self.entries.entry((link, ip)).or_insert_with(|| Neighbor::new(conf, now, rng));
        if confirms {
            entry.confirmed = Some(now);
        }
        if entry.state.is_connected()
            && let Some(mac) = entry.mac
        {
            return Resolution::Known(mac);
        }
        entry.used = now;
        if entry.state == Nud::Stale {
            entry.enter(Nud::Delay, now, Some(expiry(now, conf.delay_first_probe_time)));
        }
        if matches!(entry.state, Nud::Delay | Nud::Probe)
            && let Some(mac) = entry.mac
        {
            let deadline = entry.deadline;
            self.track(deadline);
            return Resolution::Known(mac);
        }
        let mut solicit = false;
        if entry.state == Nud::Failed {
            // Also the state of a new entry.
            entry.probes = conf.ucast_solicit;
            entry.enter(Nud::Incomplete, now, Some(expiry(now, conf.retrans_time)));
            solicit = true;
        }
        let overflow = if entry.queue.len() >= QUEUE_LEN { entry.queue.pop_front() } else { None };
        entry.queue.extend(packet.take());
        let deadline = entry.deadline;
        self.track(deadline);
        Resolution::Queued { solicit, overflow: overflow.map(Box::new) }
    }

    /// The number of questions sent grows by one.
    pub fn count_probe(&mut self, link: LinkId, ip: A) {
        if let Some(entry) = self.entries.get_mut(&(link, ip)) {
            entry.probes += 1;
        }
    }

    /// Something was heard of an address (`__neigh_update`). `create` makes the entry if it is not
    /// there.
    #[allow(clippy::too_many_arguments)]
    pub fn update(
        &mut self,
        link: LinkId,
        ip: A,
        mac: Option<MacAddr>,
        new: Nud,
        authority: Authority,
        create: bool,
        conf: &NeighConf,
        now: Time,
        rng: &mut Rng,
    ) -> Action {
        if create && !self.entries.contains_key(&(link, ip)) {
            self.entries.insert((link, ip), Neighbor::new(conf, now, rng));
        }
        let Some(entry) = self.entries.get_mut(&(link, ip)) else { return Action::None };
        let action = entry.update(mac, new, authority, conf, now);
        let deadline = entry.deadline;
        self.track(deadline);
        action
    }

    /// It says that it is a router, or not.
    pub fn set_router(&mut self, link: LinkId, ip: A, router: bool) {
        if let Some(entry) = self.entries.get_mut(&(link, ip)) {
            entry.router = router;
        }
    }

    /// Whether an answer may replace what is known: not right after it changed.
    pub fn may_override(&self, link: LinkId, ip: A, now: Time) -> bool {
        self.entries.get(&(link, ip)).is_none_or(|entry| now > entry.updated + LOCK_TIME)
    }

    /// The state of an entry whose time has come (`neigh_timer_handler`).
    pub fn expire(&mut self, link: LinkId, ip: A, conf: &NeighConf, now: Time) -> Action {
        let Some(entry) = self.entries.get_mut(&(link, ip)) else { return Action::None };
        let action = entry.expire(conf, now);
        let deadline = entry.deadline;
        self.track(deadline);
        action
    }

    /// Entries whose time has come; none if this is a timer that an earlier one has replaced.
    pub fn due(&mut self, now: Time) -> Vec<(LinkId, A)> {
        if self.timer_at.is_none_or(|at| at > now) {
            return Vec::new();
        }
        self.timer_at = None;
        let due = |entry: &Neighbor| entry.deadline.is_some_and(|at| at <= now);
        let next = self.entries.values().filter(|e| !due(e)).filter_map(|e| e.deadline).min();
        self.track(next);
        self.entries.iter().filter(|(_, entry)| due(entry)).map(|(key, _)| *key).collect()
    }

    /// The timer that has to be set now, if an earlier one is not already under way.
    pub fn take_timer(&mut self) -> Option<Time> {
        self.wanted.take()
    }

    fn track(&mut self, deadline: Option<Time>) {
        if let Some(deadline) = deadline
            && self.timer_at.is_none_or(|at| deadline < at)
        {
            self.timer_at = Some(deadline);
            self.wanted = Some(deadline);
        }
    }

    /// Whether an entry changed since this was asked last, so that listeners have to be told.
    pub fn take_news(&mut self, link: LinkId, ip: A) -> bool {
        let entry = self.entries.get_mut(&(link, ip));
        entry.is_some_and(|entry| std::mem::take(&mut entry.is_news))
    }

    /// Removes an entry.
    pub fn remove(&mut self, link: LinkId, ip: A) -> Option<Neighbor> {
        self.entries.shift_remove(&(link, ip))
    }

    /// Removes the entries for which `doomed` holds; their waiting packets come back.
    pub fn remove_all(
        &mut self,
        mut doomed: impl FnMut(LinkId, A, &Neighbor) -> bool,
    ) -> Vec<Packet> {
        let mut lost = Vec::new();
        self.entries.retain(|(link, ip), entry| {
            let gone = doomed(*link, *ip, entry);
            if gone {
                lost.extend(entry.queue.drain(..));
            }
            !gone
        });
        lost
    }
}

impl Neighbor {
    fn new(conf: &NeighConf, now: Time, rng: &mut Rng) -> Neighbor {
        let base = conf.base_reachable_time;
        Neighbor {
            state: Nud::Failed,
            mac: None,
            queue: VecDeque::new(),
            confirmed: None,
            used: now,
            updated: now,
            probes: 0,
            router: false,
            deadline: None,
            // RFC 4861 section 6.3.2: between a half and one and a half of the base.
            reachable_time: rng.span(base / 2, base + base / 2),
            is_news: false,
        }
    }

    fn enter(&mut self, state: Nud, now: Time, deadline: Option<Time>) {
        self.state = state;
        self.updated = now;
        self.deadline = deadline;
    }

    fn update(
        &mut self,
        mac: Option<MacAddr>,
        new: Nud,
        authority: Authority,
        conf: &NeighConf,
        now: Time,
    ) -> Action {
        let old = self.state;
        let mut new = new;
        let by_admin = authority == Authority::Admin;
        if !by_admin && matches!(old, Nud::NoArp | Nud::Permanent) {
            return Action::None;
        }
        if !new.is_valid() {
            self.is_news |= old.is_valid();
            self.enter(new, now, None);
            return match (old, new) {
                (Nud::Incomplete | Nud::Probe, Nud::Failed) => {
                    Action::Fail(std::mem::take(&mut self.queue))
                }
                _ => Action::None,
            };
        }
        let Some(mac) = mac.or(self.mac.filter(|_| old.is_valid())) else { return Action::None };
        if new.is_connected() {
            self.confirmed = Some(now);
        }
        let changes = self.mac != Some(mac) || !old.is_valid();
        if old.is_valid() {
            let may_replace =
                by_admin || matches!(authority, Authority::Packet { overrides: true });
            if changes && !may_replace {
                return Action::None;
            }
            if !changes && new == Nud::Stale && !by_admin {
                new = old;
            }
        }
        if new != old || changes {
            self.updated = now;
            self.is_news = true;
        }
        if new != old {
            if new == Nud::Probe {
                self.probes = 0;
            }
            self.state = new;
            self.deadline = match new {
                Nud::Reachable => Some(expiry(now, self.reachable_time)),
                Nud::Delay => Some(expiry(now, conf.delay_first_probe_time)),
                Nud::Probe | Nud::Incomplete => Some(now),
                _ => None,
            };
        }
        if changes {
            self.mac = Some(mac);
            if !new.is_connected() {
                self.confirmed = None;
            }
        }
        if !old.is_valid() && !self.queue.is_empty() {
            return Action::Flush(mac, std::mem::take(&mut self.queue));
        }
        Action::None
    }

    fn expire(&mut self, conf: &NeighConf, now: Time) -> Action {
        if self.deadline.is_none_or(|at| at > now) {
            return Action::None;
        }
        let confirmed_within = |span: Span| self.confirmed.is_some_and(|at| now < at + span);
        match self.state {
            Nud::Reachable => {
                if confirmed_within(self.reachable_time) {
                    self.deadline = self.confirmed.map(|at| at + self.reachable_time);
                } else if now <= self.used + conf.delay_first_probe_time {
                    self.enter(Nud::Delay, now, Some(expiry(now, conf.delay_first_probe_time)));
                } else {
                    self.is_news = true;
                    self.enter(Nud::Stale, now, None);
                }
                return Action::None;
            }
            Nud::Delay => {
                if self.confirmed.is_some_and(|at| now <= at + conf.delay_first_probe_time) {
                    let until = self.confirmed.map(|at| at + self.reachable_time);
                    self.is_news = true;
                    self.enter(Nud::Reachable, now, until);
                    return Action::None;
                }
                self.probes = 0;
                self.enter(Nud::Probe, now, Some(expiry(now, conf.retrans_time)));
            }
            Nud::Probe | Nud::Incomplete => self.deadline = Some(expiry(now, conf.retrans_time)),
            _ => {
                self.deadline = None;
                return Action::None;
            }
        }
        let limit = match self.state {
            Nud::Probe => conf.ucast_solicit,
            _ => conf.ucast_solicit + conf.mcast_solicit,
        };
        if self.probes >= limit {
            self.is_news = true;
            self.enter(Nud::Failed, now, None);
            return Action::Fail(std::mem::take(&mut self.queue));
        }
        let to = if self.state == Nud::Probe { self.mac } else { None };
        Action::Solicit(to)
    }
}
