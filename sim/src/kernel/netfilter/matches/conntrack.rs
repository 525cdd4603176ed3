//! What rules can look at in the connection of a packet: `conntrack`, and its older form `state`.

use ipnet::Ipv4Net;

use crate::kernel::netfilter::conntrack::Direction;
use crate::kernel::step::CtState;

use super::maybe::{Maybe, PortRange};

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
    pub(super) fn asks_only_for_state(&self) -> bool {
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
}
