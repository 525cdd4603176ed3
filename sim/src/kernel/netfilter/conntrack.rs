//! Connection tracking (`net/netfilter/nf_conntrack_core.c`): which conversation a packet belongs to,
//! and what is known of it.
//!
//! An entry comes with the first packet, is confirmed when that packet leaves or is delivered, and
//! expires by itself; expiry is looked at when an entry is used or shown.

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use crate::engine::{Span, Time};
use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::ip::Packet;
use crate::kernel::monitor::Monitored;
use crate::kernel::step::{CtState, DropReason, Step};
use crate::wire::{FlowKey, flow::Ports, icmp, ipv4, tcp};

use super::is_icmp_error;
use super::matches::status;
use super::tcp_state::{TcpState, Transition, transition};

/// The two directions of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// That of the first packet.
    Original,
    /// That of the answers.
    Reply,
}

impl Direction {
    /// The other one.
    pub fn opposite(self) -> Direction {
        match self {
            Direction::Original => Direction::Reply,
            Direction::Reply => Direction::Original,
        }
    }
}

/// The number of an entry, never used twice.
pub type ConnId = u32;

/// What a packet knows of its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CtRef {
    /// Which entry; none for untracked packets.
    pub conn: Option<ConnId>,
    /// In which direction the packet goes.
    pub direction: Direction,
    /// The state that rules see.
    pub state: CtState,
}

impl CtRef {
    /// A packet that a rule exempted.
    pub fn untracked() -> CtRef {
        CtRef { conn: None, direction: Direction::Original, state: CtState::Untracked }
    }
}

/// How one end of a connection is translated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NatStatus {
    /// Not decided yet.
    #[default]
    Undecided,
    /// Decided: not translated.
    Unchanged,
    /// Translated.
    Translated,
}

/// One connection.
#[derive(Debug, Clone, PartialEq)]
pub struct Conn {
    /// Its number.
    pub id: ConnId,
    /// The flow of its first packet, as it came.
    pub original: FlowKey,
    /// The flow of its answers, as they come.
    pub reply: FlowKey,
    /// Whether an answer has been seen.
    pub seen_reply: bool,
    /// Whether it is worth keeping when the table is full.
    pub assured: bool,
    /// Whether it is in the table.
    pub confirmed: bool,
    /// What TCP is at.
    pub tcp: TcpState,
    /// When it ends if nothing more comes.
    pub expires: Time,
    /// When it began.
    pub created: Time,
    /// Its mark.
    pub mark: u32,
    /// Its source.
    pub src_nat: NatStatus,
    /// Its destination.
    pub dst_nat: NatStatus,
    /// The device whose address it has, if by `MASQUERADE`.
    pub masquerade: Option<LinkId>,
    /// Packets and bytes, by direction.
    pub counters: [(u64, u64); 2],
}

impl Conn {
    /// The flow of a direction.
    pub fn flow(&self, direction: Direction) -> FlowKey {
        match direction {
            Direction::Original => self.original,
            Direction::Reply => self.reply,
        }
    }

    /// Whether its source is translated.
    pub fn has_src_nat(&self) -> bool {
        self.src_nat == NatStatus::Translated
    }

    /// Whether its destination is translated.
    pub fn has_dst_nat(&self) -> bool {
        self.dst_nat == NatStatus::Translated
    }

    /// The bits of `--ctstatus`.
    pub fn status_bits(&self) -> u8 {
        let bit = |set, bit| if set { bit } else { 0 };
        bit(self.seen_reply, status::SEEN_REPLY)
            | bit(self.assured, status::ASSURED)
            | bit(self.confirmed, status::CONFIRMED)
    }

    fn timeout(&self, times: &ConntrackTimes) -> Span {
        match self.original.protocol {
            ipv4::protocol::TCP => match self.tcp {
                TcpState::Established => times.tcp_established,
                TcpState::TimeWait => times.tcp_time_wait,
                TcpState::CloseWait => times.tcp_close_wait,
                TcpState::FinWait => times.tcp_fin_wait,
                TcpState::SynSent => times.tcp_syn_sent,
                state => state.timeout(),
            },
            ipv4::protocol::UDP if self.assured => times.udp_stream,
            ipv4::protocol::UDP => times.udp,
            ipv4::protocol::ICMP => times.icmp,
            _ => times.generic,
        }
    }
}

/// The timeouts that a sysctl can change (`net.netfilter.nf_conntrack_*`).
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct ConntrackTimes {
    pub tcp_established: Span,
    pub tcp_time_wait: Span,
    pub tcp_close_wait: Span,
    pub tcp_fin_wait: Span,
    pub tcp_syn_sent: Span,
    pub udp: Span,
    pub udp_stream: Span,
    pub icmp: Span,
    pub generic: Span,
}

impl Default for ConntrackTimes {
    fn default() -> Self {
        ConntrackTimes {
            tcp_established: TcpState::Established.timeout(),
            tcp_time_wait: TcpState::TimeWait.timeout(),
            tcp_close_wait: TcpState::CloseWait.timeout(),
            tcp_fin_wait: TcpState::FinWait.timeout(),
            tcp_syn_sent: TcpState::SynSent.timeout(),
            udp: Span::secs(30),
            udp_stream: Span::secs(120),
            icmp: Span::secs(30),
            generic: Span::secs(600),
        }
    }
}

/// What the table has done (`conntrack -S`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs)]
pub struct ConntrackStats {
    pub found: u64,
    pub invalid: u64,
    pub insert: u64,
    pub insert_failed: u64,
    pub drop: u64,
    pub early_drop: u64,
    pub error: u64,
}

/// The connections of a namespace.
#[derive(Debug)]
pub struct Conntrack {
    conns: IndexMap<ConnId, Conn, FxBuildHasher>,
    index: IndexMap<FlowKey, (ConnId, Direction), FxBuildHasher>,
    unconfirmed: Vec<ConnId>,
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
            unconfirmed: Vec::new(),
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
        let mut live: Vec<&Conn> =
            self.conns.values().filter(|conn| conn.confirmed && conn.expires > now).collect();
        live.sort_unstable_by_key(|conn| conn.id);
        live
    }

    /// Number of confirmed entries.
    pub fn count(&self) -> usize {
        self.conns.len() - self.unconfirmed.len()
    }

    fn expire(&mut self, now: Time) {
        let gone: Vec<ConnId> = self
            .conns
            .values()
            .filter(|conn| conn.confirmed && conn.expires <= now)
            .map(|conn| conn.id)
            .collect();
        for id in gone {
            self.remove(id);
        }
    }

    /// Removes an entry.
    pub fn remove(&mut self, id: ConnId) -> Option<Conn> {
        let conn = self.conns.swap_remove(&id)?;
        for flow in [conn.original, conn.reply] {
            if self.index.get(&flow).is_some_and(|(other, _)| *other == id) {
                self.index.swap_remove(&flow);
            }
        }
        self.unconfirmed.retain(|other| *other != id);
        Some(conn)
    }

    /// Removes all entries for which `doomed` holds.
    pub fn remove_all(&mut self, doomed: impl Fn(&Conn) -> bool) -> Vec<Conn> {
        let mut ids: Vec<ConnId> =
            self.conns.values().filter(|conn| doomed(conn)).map(|conn| conn.id).collect();
        ids.sort_unstable();
        ids.into_iter().filter_map(|id| self.remove(id)).collect()
    }

    /// Entries whose first packet never got through are forgotten.
    fn forget_unconfirmed(&mut self, now: Time) {
        let stale: Vec<ConnId> = self
            .unconfirmed
            .iter()
            .copied()
            .filter(|id| self.conns.get(id).is_none_or(|conn| conn.created < now))
            .collect();
        for id in stale {
            self.remove(id);
        }
    }

    fn make(&mut self, original: FlowKey, reply: FlowKey, now: Time) -> ConnId {
        self.forget_unconfirmed(now);
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
            tcp: TcpState::None,
            expires: now + Span::secs(60),
            created: now,
            mark: 0,
            src_nat: NatStatus::Undecided,
            dst_nat: NatStatus::Undecided,
            masquerade: None,
            counters: [(0, 0); 2],
        };
        self.conns.insert(id, conn);
        self.unconfirmed.push(id);
        id
    }

    /// Room for one more, if need be at the cost of an entry that nobody would miss (`early_drop`).
    fn make_room(&mut self, now: Time) -> bool {
        if self.count() < self.max as usize {
            return true;
        }
        self.expire(now);
        if self.count() < self.max as usize {
            return true;
        }
        let victim = self.conns.values().find(|conn| conn.confirmed && !conn.assured);
        match victim.map(|conn| conn.id) {
            Some(id) => {
                self.stats.early_drop += 1;
                self.remove(id);
                true
            }
            None => false,
        }
    }
}

impl Kernel {
    /// Finds or makes the connection of a packet (`nf_conntrack_in`).
    pub(super) fn conntrack_in(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        packet: &mut Packet,
    ) -> Result<(), DropReason> {
        if packet.ct.is_some() {
            return Ok(());
        }
        let now = cx.now;
        let ct = if is_icmp_error(&packet.bytes) {
            self.conntrack_error(ns, packet, now)
        } else {
            self.conntrack_packet(ns, packet, now)?
        };
        let conntrack = &mut self.namespaces[ns].conntrack;
        match ct {
            Some(ct) => {
                packet.ct = Some(ct);
                let entry = ct.conn.unwrap_or(0);
                cx.note(packet.id, ns, packet.input, Step::Conntrack { entry, state: ct.state });
            }
            None => {
                conntrack.stats.invalid += 1;
                let state = CtState::Invalid;
                cx.note(packet.id, ns, packet.input, Step::Conntrack { entry: 0, state });
            }
        }
        Ok(())
    }

    /// An ICMP error belongs to the connection whose packet it quotes.
    fn conntrack_error(&mut self, ns: NamespaceId, packet: &Packet, now: Time) -> Option<CtRef> {
        let quoted = ipv4::payload(&packet.bytes).get(icmp::HEADER_LEN..)?;
        // Redirects and the like do not count.
        if !matches!(ipv4::payload(&packet.bytes)[0], 3 | 4 | 11 | 12 | 5) {
            return None;
        }
        let flow = FlowKey::of(quoted)?.inverse()?;
        let (id, direction) = self.namespaces[ns].conntrack.find(flow, now)?;
        // The error travels against the quoted packet.
        Some(CtRef { conn: Some(id), direction, state: CtState::Related })
    }

    fn conntrack_packet(
        &mut self,
        ns: NamespaceId,
        packet: &Packet,
        now: Time,
    ) -> Result<Option<CtRef>, DropReason> {
        let Some(flow) = FlowKey::of(&packet.bytes) else { return Ok(None) };
        let Some(inverse) = flow.inverse() else { return Ok(None) };
        let conntrack = &mut self.namespaces[ns].conntrack;
        let (id, direction) = match conntrack.find(flow, now) {
            Some(found) => found,
            None => {
                if !may_begin(packet, flow, conntrack.tcp_loose) {
                    return Ok(None);
                }
                if !conntrack.make_room(now) {
                    conntrack.stats.drop += 1;
                    return Err(DropReason::ConntrackFull);
                }
                (conntrack.make(flow, inverse, now), Direction::Original)
            }
        };
        match conntrack.advance(id, direction, packet, now) {
            Advance::Fits => {}
            Advance::Invalid => return Ok(None),
            Advance::Reopen => {
                conntrack.remove(id);
                return self.conntrack_packet(ns, packet, now);
            }
        }
        let conn = &mut conntrack.conns[&id];
        let length = packet.bytes.len() as u64;
        let counters = &mut conn.counters[direction as usize];
        counters.0 += 1;
        counters.1 += length;
        let state = match direction {
            Direction::Reply => {
                conn.seen_reply = true;
                CtState::Established
            }
            Direction::Original if conn.seen_reply => CtState::Established,
            Direction::Original => CtState::New,
        };
        Ok(Some(CtRef { conn: Some(id), direction, state }))
    }

    /// The first packet of a connection gets through: the entry is in the table from now on
    /// (`__nf_conntrack_confirm`).
    pub(super) fn conntrack_confirm(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        packet: &mut Packet,
    ) -> Result<(), DropReason> {
        let conntrack = &mut self.namespaces[ns].conntrack;
        let Some(ct) = packet.ct else { return Ok(()) };
        let Some(conn) = conntrack.get(ct) else { return Ok(()) };
        if conn.confirmed || ct.state == CtState::Related {
            return Ok(());
        }
        let (id, original, reply) = (conn.id, conn.original, conn.reply);
        let now = cx.now;
        if conntrack.is_taken(original, id, now) || conntrack.is_taken(reply, id, now) {
            conntrack.stats.insert_failed += 1;
            conntrack.remove(id);
            return Err(DropReason::ConntrackClash);
        }
        let conn = &mut conntrack.conns[&id];
        conn.confirmed = true;
        conn.expires = now + conn.timeout(&conntrack.times);
        conntrack.unconfirmed.retain(|other| *other != id);
        conntrack.index.insert(original, (id, Direction::Original));
        conntrack.index.insert(reply, (id, Direction::Reply));
        conntrack.stats.insert += 1;
        self.monitor(ns, Monitored::Conntrack { entry: id });
        Ok(())
    }

    /// A packet that began a connection is dropped: there is none.
    pub(super) fn conntrack_forget_unconfirmed(&mut self, ns: NamespaceId, packet: &Packet) {
        let conntrack = &mut self.namespaces[ns].conntrack;
        if let Some(conn) = packet.ct.and_then(|ct| conntrack.get(ct))
            && !conn.confirmed
        {
            let id = conn.id;
            conntrack.remove(id);
        }
    }

    /// Connections that have the address of a device by `MASQUERADE` end with the device.
    pub(in crate::kernel) fn masquerade_forget(&mut self, id: LinkId) {
        let ns = self.links[id].ns;
        self.namespaces[ns].conntrack.remove_all(|conn| conn.masquerade == Some(id));
    }
}

enum Advance {
    Fits,
    Invalid,
    Reopen,
}

impl Conntrack {
    /// Takes the protocol of a connection one packet further.
    fn advance(&mut self, id: ConnId, direction: Direction, packet: &Packet, now: Time) -> Advance {
        let conn = &mut self.conns[&id];
        if conn.original.protocol == ipv4::protocol::TCP {
            let flags = tcp::flags(ipv4::payload(&packet.bytes)).unwrap_or(0);
            match transition(conn.tcp, direction, flags) {
                Transition::Invalid => return Advance::Invalid,
                Transition::Reopen => return Advance::Reopen,
                Transition::Ignore => {}
                Transition::To(state) => {
                    // A reset before any answer ends it at once (the entry, not only the state).
                    conn.tcp = state;
                    if state == TcpState::Established && conn.seen_reply {
                        conn.assured = true;
                    }
                }
            }
        } else if conn.original.protocol == ipv4::protocol::UDP
            && conn.seen_reply
            && direction == Direction::Original
            && now >= conn.created + Span::secs(2)
        {
            // A stream: answered, and still going after two seconds.
            conn.assured = true;
        }
        if conn.confirmed {
            conn.expires = now + conn.timeout(&self.times);
        }
        Advance::Fits
    }
}

/// Whether a packet may begin a connection.
fn may_begin(packet: &Packet, flow: FlowKey, tcp_loose: bool) -> bool {
    match flow.ports {
        // Only requests begin something.
        Ports::Icmp { kind, .. } => matches!(kind, 8 | 13 | 15 | 17),
        _ if flow.protocol == ipv4::protocol::TCP => {
            let flags = tcp::flags(ipv4::payload(&packet.bytes)).unwrap_or(0);
            match transition(TcpState::None, Direction::Original, flags) {
                Transition::To(TcpState::SynSent) => true,
                Transition::To(_) => tcp_loose,
                _ => false,
            }
        }
        _ => true,
    }
}
