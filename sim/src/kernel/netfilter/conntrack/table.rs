//! [`Conntrack`]: the connections of a namespace.

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use crate::engine::{Span, Time};
use crate::kernel::step::CtState;
use crate::wire::FlowKey;

use super::tcp_state::TcpState;
use super::{Conn, ConnId, ConntrackStats, ConntrackTimes, CtRef, Direction, NatStatus};

/// The connections of a namespace.
#[derive(Debug, Clone)]
pub struct Conntrack {
    pub(super) conns: IndexMap<ConnId, Conn, FxBuildHasher>,
    index: IndexMap<FlowKey, (ConnId, Direction), FxBuildHasher>,
    /// Entries that are not in the table: not yet, or no more.
    outside: Vec<ConnId>,
    /// Entries that are gone and of which nobody has been told, while somebody listens.
    pub(super) gone: Vec<Conn>,
    /// Whether somebody listens.
    pub(in crate::kernel) is_watched: bool,
    /// When listeners are told of expired entries next.
    pub(super) tells_at: Option<Time>,
    next_id: ConnId,
    /// When expired entries are thrown out next.
    collect_at: Time,
    /// Largest number of entries (`nf_conntrack_max`).
    pub max: u32,
    /// Whether connections are picked up in the middle (`nf_conntrack_tcp_loose`).
    pub tcp_loose: bool,
    /// Whether packets and bytes are counted (`nf_conntrack_acct`).
    pub accounting: bool,
    /// Timeouts.
    pub times: ConntrackTimes,
    /// Statistics.
    pub stats: ConntrackStats,
}

impl Default for Conntrack {
    fn default() -> Self {
        Conntrack {
            conns: IndexMap::default(),
            index: IndexMap::default(),
            outside: Vec::new(),
            gone: Vec::new(),
            is_watched: false,
            tells_at: None,
            next_id: 0,
            collect_at: Time::ZERO,
            max: 262_144,
            tcp_loose: true,
            accounting: false,
            times: ConntrackTimes::default(),
            stats: ConntrackStats::default(),
        }
    }
}

impl Conntrack {
    /// The entry with this number.
    pub fn by_id(&self, id: ConnId) -> Option<&Conn> {
        self.conns.get(&id)
    }

    /// The entry of a packet.
    pub fn get(&self, ct: CtRef) -> Option<&Conn> {
        self.conns.get(&ct.conn?)
    }

    /// The entry of a packet, for changing.
    pub fn get_mut(&mut self, ct: CtRef) -> Option<&mut Conn> {
        self.conns.get_mut(&ct.conn?)
    }

    /// The confirmed entry to which a flow belongs.
    pub fn find(&self, flow: FlowKey, now: Time) -> Option<(ConnId, Direction)> {
        let (id, direction) = *self.index.get(&flow)?;
        self.conns.get(&id).filter(|conn| conn.expires > now).map(|_| (id, direction))
    }

    /// Whether a flow is in use by another connection than `except`.
    pub fn is_taken(&self, flow: FlowKey, except: ConnId, now: Time) -> bool {
        self.find(flow, now).is_some_and(|(id, _)| id != except)
    }

    /// What an ICMP error about this packet belongs to.
    pub fn related_to(&self, ct: Option<CtRef>) -> Option<CtRef> {
        let ct = ct.filter(|ct| ct.conn.is_some())?;
        Some(CtRef { direction: ct.direction.opposite(), state: CtState::Related, ..ct })
    }

    /// What an answer to this packet belongs to.
    pub fn reply_to(&self, ct: Option<CtRef>) -> Option<CtRef> {
        let ct = ct.filter(|ct| ct.conn.is_some())?;
        Some(CtRef { direction: ct.direction.opposite(), state: CtState::Established, ..ct })
    }

    /// The confirmed entries that have not expired, in order of creation.
    pub fn live(&self, now: Time) -> Vec<&Conn> {
        let mut live: Vec<&Conn> = self.conns.values().filter(|conn| conn.is_live(now)).collect();
        live.sort_unstable_by_key(|conn| conn.id);
        live
    }

    /// Number of confirmed entries.
    pub fn count(&self) -> usize {
        self.conns.len() - self.outside.len()
    }

    /// Throws out what has expired.
    pub(in crate::kernel) fn expire(&mut self, now: Time) {
        let expired = |conn: &&Conn| conn.confirmed && !conn.dying && conn.expires <= now;
        let mut gone: Vec<ConnId> =
            self.conns.values().filter(expired).map(|conn| conn.id).collect();
        gone.sort_unstable();
        for id in gone {
            self.remove(id);
        }
    }

    /// When the next entry expires.
    pub(super) fn next_expiry(&self) -> Option<Time> {
        self.conns.values().filter(|conn| conn.confirmed).map(|conn| conn.expires).min()
    }

    /// Takes an entry out of the table; the packet that ends it is still translated by it.
    pub(super) fn kill(&mut self, id: ConnId) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        conn.dying = true;
        if self.is_watched {
            self.gone.push(conn.clone());
        }
        self.outside.push(id);
        self.forget_flows(id);
    }

    fn forget_flows(&mut self, id: ConnId) {
        let Some(conn) = self.conns.get(&id) else { return };
        for flow in [conn.original, conn.reply] {
            if self.index.get(&flow).is_some_and(|(other, _)| *other == id) {
                self.index.swap_remove(&flow);
            }
        }
    }

    /// Removes an entry.
    pub fn remove(&mut self, id: ConnId) -> Option<Conn> {
        self.forget_flows(id);
        let conn = self.conns.swap_remove(&id)?;
        if self.is_watched && conn.confirmed && !conn.dying {
            self.gone.push(conn.clone());
        }
        self.outside.retain(|other| *other != id);
        Some(conn)
    }

    /// Removes all entries for which `doomed` holds.
    pub fn remove_all(&mut self, doomed: impl Fn(&Conn) -> bool) -> Vec<Conn> {
        let mut ids: Vec<ConnId> =
            self.conns.values().filter(|conn| doomed(conn)).map(|conn| conn.id).collect();
        ids.sort_unstable();
        ids.into_iter().filter_map(|id| self.remove(id)).collect()
    }

    /// Entries whose first packet never got through are forgotten, and those whose last one has.
    fn forget_outside(&mut self, now: Time) {
        let is_over = |conn: &Conn| conn.dying || conn.created < now;
        let stale: Vec<ConnId> = self
            .outside
            .iter()
            .copied()
            .filter(|id| self.conns.get(id).is_none_or(is_over))
            .collect();
        for id in stale {
            self.remove(id);
        }
    }

    pub(super) fn make(&mut self, original: FlowKey, reply: FlowKey, now: Time) -> ConnId {
        self.forget_outside(now);
        if now >= self.collect_at {
            self.collect_at = now + Span::secs(1);
            self.expire(now);
        }
        self.next_id += 1;
        let id = self.next_id;
        let conn = Conn {
            id,
            original,
            reply,
            seen_reply: false,
            assured: false,
            confirmed: false,
            dying: false,
            changed: false,
            tcp: TcpState::None,
            expires: now + Span::secs(60),
            created: now,
            mark: 0,
            src_nat: NatStatus::Undecided,
            dst_nat: NatStatus::Undecided,
            masquerade: None,
            counters: self.accounting.then_some([(0, 0); 2]),
        };
        self.conns.insert(id, conn);
        self.outside.push(id);
        id
    }

    /// Room for one more, if need be at the cost of an entry that nobody would miss (`early_drop`).
    pub(super) fn make_room(&mut self, now: Time) -> bool {
        if self.count() < self.max as usize {
            return true;
        }
        self.expire(now);
        if self.count() < self.max as usize {
            return true;
        }
        let victim = self.conns.values().find(|conn| conn.is_live(now) && !conn.assured);
        match victim.map(|conn| conn.id) {
            Some(id) => {
                self.stats.early_drop += 1;
                self.remove(id);
                true
            }
            None => false,
        }
    }

    /// Enters an entry into the table; false if another one has one of its flows.
    pub(super) fn confirm(&mut self, id: ConnId, now: Time) -> bool {
        let Some(conn) = self.conns.get(&id) else { return false };
        let (original, reply) = (conn.original, conn.reply);
        if self.is_taken(original, id, now) || self.is_taken(reply, id, now) {
            self.stats.insert_failed += 1;
            self.remove(id);
            return false;
        }
        let conn = &mut self.conns[&id];
        conn.confirmed = true;
        conn.changed = false;
        conn.expires = now + conn.timeout(&self.times);
        self.outside.retain(|other| *other != id);
        self.index.insert(original, (id, Direction::Original));
        self.index.insert(reply, (id, Direction::Reply));
        true
    }

    /// An entry that is known to be there.
    pub(super) fn entry(&mut self, id: ConnId) -> &mut Conn {
        &mut self.conns[&id]
    }

    /// Sets the counters of all entries to zero.
    pub(in crate::kernel) fn zero(&mut self) {
        for counters in self.conns.values_mut().filter_map(|conn| conn.counters.as_mut()) {
            *counters = [(0, 0); 2];
        }
    }
}
