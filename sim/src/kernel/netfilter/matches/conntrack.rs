//! What rules can look at in the connection of a packet: `conntrack`, and its older form `state`.

use ipnet::Ipv4Net;

use crate::kernel::ip::Packet;
use crate::kernel::netfilter::conntrack::Direction;
use crate::kernel::step::CtState;

use super::around::Around;
use super::maybe::{Maybe, PortRange, all_hold, in_range};

/// Options of `-m conntrack`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(missing_docs)]
pub struct ConntrackMatch {
    pub state: Option<Maybe<CtStates>>,
    pub protocol: Option<Maybe<u8>>,
    pub orig_src: Option<Maybe<Ipv4Net>>,
    pub orig_dst: Option<Maybe<Ipv4Net>>,
    pub reply_src: Option<Maybe<Ipv4Net>>,
    pub reply_dst: Option<Maybe<Ipv4Net>>,
    pub orig_src_port: Option<Maybe<PortRange>>,
    pub orig_dst_port: Option<Maybe<PortRange>>,
    pub reply_src_port: Option<Maybe<PortRange>>,
    pub reply_dst_port: Option<Maybe<PortRange>>,
    /// `--ctstatus`, as bits of [`super::super::conntrack::status`].
    pub status: Option<Maybe<u8>>,
    /// `--ctexpire`: the seconds that are left.
    pub expires: Option<Maybe<(u32, u32)>>,
    /// `--ctdir`.
    pub direction: Option<Direction>,
}

/// The states of `--ctstate`: those of a connection, and whether it is translated.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CtStates {
    /// States.
    pub states: Vec<CtState>,
    /// `SNAT`.
    pub snat: bool,
    /// `DNAT`.
    pub dnat: bool,
}

impl ConntrackMatch {
    fn asks_only_for_state(&self) -> bool {
        let ends = [&self.orig_src, &self.orig_dst, &self.reply_src, &self.reply_dst];
        let ports =
            [&self.orig_src_port, &self.orig_dst_port, &self.reply_src_port, &self.reply_dst_port];
        ends.into_iter().all(Option::is_none)
            && ports.into_iter().all(Option::is_none)
            && self.protocol.is_none()
            && self.status.is_none()
            && self.expires.is_none()
            && self.direction.is_none()
    }

    pub(super) fn holds(&self, around: &Around<'_>, packet: &Packet) -> bool {
        let conntrack = &around.kernel.namespaces[around.ns].conntrack;
        let conn = packet.ct.and_then(|ct| conntrack.get(ct));
        let state = packet.ct_state();
        let state_fits = all_hold(self.state.as_ref(), |wanted| {
            wanted.states.contains(&state)
                || conn.is_some_and(|conn| {
                    (wanted.snat && conn.has_src_nat()) || (wanted.dnat && conn.has_dst_nat())
                })
        });
        if !state_fits {
            return false;
        }
        let Some(conn) = conn else {
            // Nothing but the state can be said of a packet without a connection.
            return self.asks_only_for_state();
        };
        let (orig, reply) = (conn.original, conn.reply);
        // Nobody has set the clock of a connection before its first packet is through.
        let left = if conn.confirmed { (conn.expires - around.now).as_secs() as u32 } else { 0 };
        all_hold(self.protocol.as_ref(), |p| *p == orig.protocol)
            && all_hold(self.orig_src.as_ref(), |net| net.contains(&orig.src))
            && all_hold(self.orig_dst.as_ref(), |net| net.contains(&orig.dst))
            && all_hold(self.reply_src.as_ref(), |net| net.contains(&reply.src))
            && all_hold(self.reply_dst.as_ref(), |net| net.contains(&reply.dst))
            && all_hold(self.orig_src_port.as_ref(), |r| in_range(*r, orig.src_port()))
            && all_hold(self.orig_dst_port.as_ref(), |r| in_range(*r, orig.dst_port()))
            && all_hold(self.reply_src_port.as_ref(), |r| in_range(*r, reply.src_port()))
            && all_hold(self.reply_dst_port.as_ref(), |r| in_range(*r, reply.dst_port()))
            && all_hold(self.status.as_ref(), |bits| conn.status_bits() & bits != 0)
            && all_hold(self.expires.as_ref(), |(low, high)| (*low..=*high).contains(&left))
            && self
                .direction
                .is_none_or(|wanted| packet.ct.is_some_and(|ct| ct.direction == wanted))
    }
}
