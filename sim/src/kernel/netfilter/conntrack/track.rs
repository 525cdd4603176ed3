//! Packets and their connections: finding, making, confirming an entry (`nf_conntrack_in`,
//! `__nf_conntrack_confirm`), and what a packet does to it.

use crate::engine::{Span, Time};
use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::ip::Packet;
use crate::kernel::netfilter::is_icmp_error;
use crate::kernel::step::{CtState, DropReason, Step};
use crate::wire::{FlowKey, Ipv4Addr, flow::Ports, icmp, ipv4, tcp};

use super::tcp_state::{TcpState, Transition, is_sane, transition};
use super::{Conn, ConnId, Conntrack, ConntrackEventKind, CtRef, Direction};

impl Kernel {
    /// Finds or makes the connection of a packet (`nf_conntrack_in`).
    pub(in crate::kernel::netfilter) fn conntrack_in(
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
        self.conntrack_tell_gone(cx, ns, None);
        match ct {
            Some(ct) => {
                packet.ct = Some(ct);
                let entry = ct.conn.unwrap_or(0);
                cx.note(packet.id, ns, packet.input, Step::Conntrack { entry, state: ct.state });
            }
            None => {
                self.namespaces[ns].conntrack.stats.invalid += 1;
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
        let conn = conntrack.entry(id);
        let state = match direction {
            Direction::Reply => CtState::Established,
            Direction::Original if conn.seen_reply => CtState::Established,
            Direction::Original => CtState::New,
        };
        if direction == Direction::Reply && !conn.seen_reply {
            conn.seen_reply = true;
            // Of a connection that ends with its first answer only rules still see that.
            conn.changed = !conn.dying;
        }
        Ok(Some(CtRef { conn: Some(id), direction, state }))
    }

    /// A packet gets through: if it is the first of its connection, the entry is in the table from now
    /// on (`nf_conntrack_confirm`). Listeners hear what is new.
    pub(in crate::kernel::netfilter) fn conntrack_confirm(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        packet: &mut Packet,
    ) -> Result<(), DropReason> {
        let conntrack = &mut self.namespaces[ns].conntrack;
        let Some(ct) = packet.ct else { return Ok(()) };
        let Some(conn) = conntrack.get_mut(ct) else { return Ok(()) };
        let id = conn.id;
        if !conn.confirmed && ct.state != CtState::Related {
            if !conntrack.confirm(id, cx.now) {
                return Err(DropReason::ConntrackClash);
            }
            self.conntrack_tell(cx, ns, id, ConntrackEventKind::New);
        } else if std::mem::take(&mut conn.changed) && conn.confirmed && !conn.dying {
            self.conntrack_tell(cx, ns, id, ConntrackEventKind::Update);
        }
        Ok(())
    }

    /// A packet that began a connection is dropped: there is none.
    pub(in crate::kernel::netfilter) fn conntrack_forget_unconfirmed(
        &mut self,
        ns: NamespaceId,
        packet: &Packet,
    ) {
        let conntrack = &mut self.namespaces[ns].conntrack;
        if let Some(conn) = packet.ct.and_then(|ct| conntrack.get(ct))
            && !conn.confirmed
        {
            let id = conn.id;
            conntrack.remove(id);
        }
    }

    /// Connections that have an address of a device by `MASQUERADE` end with the device, or with the
    /// address.
    pub(in crate::kernel) fn masquerade_forget(
        &mut self,
        cx: &mut Context,
        id: LinkId,
        address: Option<Ipv4Addr>,
    ) {
        let ns = self.links[id].ns;
        self.namespaces[ns].conntrack.remove_all(|conn| {
            conn.masquerade == Some(id) && address.is_none_or(|address| conn.reply.dst == address)
        });
        self.conntrack_tell_gone(cx, ns, None);
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
        match self.entry(id).original.protocol {
            ipv4::protocol::TCP => return self.advance_tcp(id, direction, packet, now),
            ipv4::protocol::UDP => {
                let conn = self.entry(id);
                // A stream: answered, and still going after two seconds.
                if !conn.assured && conn.seen_reply && now > conn.created + Span::secs(2) {
                    conn.assured = true;
                    conn.changed = true;
                }
            }
            _ => {}
        }
        self.refresh(id, direction, packet, now);
        Advance::Fits
    }

    /// `nf_conntrack_tcp_packet`, without its windows.
    fn advance_tcp(
        &mut self,
        id: ConnId,
        direction: Direction,
        packet: &Packet,
        now: Time,
    ) -> Advance {
        let flags = tcp::flags(ipv4::payload(&packet.bytes)).unwrap_or(0);
        if !is_sane(flags) {
            return Advance::Invalid;
        }
        let conn = self.entry(id);
        let before = conn.tcp;
        let state = match transition(before, direction, flags) {
            Transition::Invalid => return Advance::Invalid,
            Transition::Reopen => return Advance::Reopen,
            Transition::Ignore => return Advance::Fits,
            Transition::To(state) => state,
        };
        conn.tcp = state;
        if !conn.seen_reply && flags & tcp::flag::RST != 0 {
            // Only a reset has come back: there never was a connection.
            conn.count(direction, packet);
            self.kill(id);
            return Advance::Fits;
        }
        conn.changed |= state != before;
        let was_open = matches!(before, TcpState::SynRecv | TcpState::Established);
        conn.assured |= conn.seen_reply && was_open && state == TcpState::Established;
        self.refresh(id, direction, packet, now);
        Advance::Fits
    }

    /// A packet is counted, and the time of the entry begins anew (`nf_ct_refresh_acct`).
    fn refresh(&mut self, id: ConnId, direction: Direction, packet: &Packet, now: Time) {
        let timeout = self.conns[&id].timeout(&self.times);
        let conn = self.entry(id);
        conn.count(direction, packet);
        if conn.confirmed {
            conn.expires = now + timeout;
        }
    }
}

impl Conn {
    fn count(&mut self, direction: Direction, packet: &Packet) {
        if let Some(counters) = &mut self.counters {
            let (packets, bytes) = &mut counters[direction as usize];
            *packets += 1;
            *bytes += packet.bytes.len() as u64;
        }
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
