//! Connection tracking (`net/netfilter/nf_conntrack_core.c`): which conversation a packet belongs to,
//! and what is known of it.
//!
//! An entry comes with the first packet, is confirmed when that packet leaves or is delivered, and
//! expires by itself; expiry is looked at when an entry is used or shown. The entries are in [`table`],
//! packets meet them in [`track`].

mod direction;
mod event;
pub mod status;
pub mod table;
pub mod tcp_state;
mod tell;
pub mod track;

use crate::engine::{Span, Time};
use crate::kernel::id::LinkId;
use crate::kernel::step::CtState;
use crate::wire::{FlowKey, ipv4};

pub use direction::Direction;
pub use event::{ConntrackEvent, ConntrackEventKind};
pub use table::Conntrack;
pub use tcp_state::TcpState;

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
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// Whether it has been taken out of the table, while its last packet is still on its way.
    pub dying: bool,
    /// Whether nobody has been told of its last change yet.
    pub(super) changed: bool,
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
    /// Packets and bytes, by direction; if they were counted when it began (`nf_conntrack_acct`).
    pub counters: Option<[(u64, u64); 2]>,
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

    /// Whether it is in the table, and has not expired.
    pub fn is_live(&self, now: Time) -> bool {
        self.confirmed && !self.dying && self.expires > now
    }

    /// The bits of `--ctstatus`.
    pub fn status_bits(&self) -> u8 {
        let bit = |set, bit| if set { bit } else { 0 };
        bit(self.seen_reply, status::SEEN_REPLY)
            | bit(self.assured, status::ASSURED)
            | bit(self.confirmed, status::CONFIRMED)
    }

    fn timeout(&self, times: &ConntrackTimes) -> Span {
        /// An open connection of which only one side is heard (`nf_conntrack_tcp_timeout_unacknowledged`).
        const UNACKNOWLEDGED: Span = Span::secs(300);
        match self.original.protocol {
            ipv4::protocol::TCP => match self.tcp {
                TcpState::Established if self.seen_reply => times.tcp_established,
                TcpState::Established => times.tcp_established.min(UNACKNOWLEDGED),
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
