//! TCP as connection tracking sees it (`net/netfilter/nf_conntrack_proto_tcp.c`): which state a
//! segment leads to, and which segments fit no state.

use crate::engine::Span;
use crate::wire::tcp::flag;

use super::Direction;

/// The state of a connection that passes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TcpState {
    /// Nothing seen.
    #[default]
    None,
    /// SYN seen.
    SynSent,
    /// SYN and ACK seen.
    SynRecv,
    /// Open.
    Established,
    /// One side has closed.
    FinWait,
    /// … and the other has acknowledged it.
    CloseWait,
    /// Both have closed.
    LastAck,
    /// Both have closed and acknowledged.
    TimeWait,
    /// Reset.
    Close,
    /// SYN seen in both directions.
    SynSent2,
}

impl TcpState {
    /// All of them.
    pub const ALL: [TcpState; 10] = [
        TcpState::None,
        TcpState::SynSent,
        TcpState::SynRecv,
        TcpState::Established,
        TcpState::FinWait,
        TcpState::CloseWait,
        TcpState::LastAck,
        TcpState::TimeWait,
        TcpState::Close,
        TcpState::SynSent2,
    ];

    /// As `conntrack -L` prints it.
    pub fn name(self) -> &'static str {
        match self {
            TcpState::None => "NONE",
            TcpState::SynSent => "SYN_SENT",
            TcpState::SynRecv => "SYN_RECV",
            TcpState::Established => "ESTABLISHED",
            TcpState::FinWait => "FIN_WAIT",
            TcpState::CloseWait => "CLOSE_WAIT",
            TcpState::LastAck => "LAST_ACK",
            TcpState::TimeWait => "TIME_WAIT",
            TcpState::Close => "CLOSE",
            TcpState::SynSent2 => "SYN_SENT2",
        }
    }

    /// How long an entry in this state is kept (`nf_conntrack_tcp_timeout_*`).
    pub fn timeout(self) -> Span {
        Span::secs(match self {
            TcpState::SynSent | TcpState::SynSent2 => 120,
            TcpState::SynRecv | TcpState::CloseWait => 60,
            TcpState::Established => 432_000,
            TcpState::FinWait | TcpState::TimeWait => 120,
            TcpState::LastAck => 30,
            TcpState::Close | TcpState::None => 10,
        })
    }
}

/// What a segment does to its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Transition {
    /// It leads to this state.
    To(TcpState),
    /// It says nothing new, and may be a leftover.
    Ignore,
    /// It fits no state.
    Invalid,
    /// It opens a new connection in place of the old one.
    Reopen,
}

/// The kind of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Syn,
    SynAck,
    Fin,
    Ack,
    Rst,
    Odd,
}

fn kind(flags: u8) -> Kind {
    if flags & flag::RST != 0 {
        Kind::Rst
    } else if flags & flag::SYN != 0 {
        if flags & flag::ACK != 0 { Kind::SynAck } else { Kind::Syn }
    } else if flags & flag::FIN != 0 {
        Kind::Fin
    } else if flags & flag::ACK != 0 {
        Kind::Ack
    } else {
        Kind::Odd
    }
}

/// Whether flags can stand together (`tcp_valid_flags`): a FIN without ACK cannot.
pub fn is_sane(flags: u8) -> bool {
    const LOOKED_AT: u8 = flag::FIN | flag::SYN | flag::RST | flag::ACK | flag::URG;
    const SYN_URG: u8 = flag::SYN | flag::URG;
    const SYN_ACK: u8 = flag::SYN | flag::ACK;
    const RST_ACK: u8 = flag::RST | flag::ACK;
    const FIN_ACK: u8 = flag::FIN | flag::ACK;
    const FIN_ACK_URG: u8 = FIN_ACK | flag::URG;
    const ACK_URG: u8 = flag::ACK | flag::URG;
    matches!(
        flags & LOOKED_AT,
        flag::SYN
            | SYN_URG
            | SYN_ACK
            | flag::RST
            | RST_ACK
            | FIN_ACK
            | FIN_ACK_URG
            | flag::ACK
            | ACK_URG
    )
}

/// The state after a segment with these flags in this direction.
pub fn transition(state: TcpState, direction: Direction, flags: u8) -> Transition {
    use TcpState::{
        Close, CloseWait, Established, FinWait, LastAck, None, SynRecv, SynSent, SynSent2, TimeWait,
    };
    use Transition::{Ignore, Invalid, Reopen, To};
    match (direction, kind(flags), state) {
        (_, Kind::Odd, _) => Invalid,
        (Direction::Original, Kind::Syn, None | SynSent) => To(SynSent),
        (Direction::Original, Kind::Syn, TimeWait | Close) => Reopen,
        (Direction::Original, Kind::Syn, SynSent2) => To(SynSent2),
        (Direction::Original, Kind::Syn, _) => Ignore,
        (Direction::Original, Kind::SynAck, SynRecv | SynSent2) => To(SynRecv),
        (Direction::Original, Kind::SynAck, _) => Invalid,
        (Direction::Reply, Kind::Syn, SynSent | SynSent2) => To(SynSent2),
        (Direction::Reply, Kind::Syn, TimeWait) => Reopen,
        (Direction::Reply, Kind::Syn, _) => Invalid,
        (Direction::Reply, Kind::SynAck, None) => Invalid,
        (Direction::Reply, Kind::SynAck, SynSent | SynSent2) => To(SynRecv),
        (Direction::Reply, Kind::SynAck, _) => Ignore,
        (_, Kind::Fin, SynRecv | Established) => To(FinWait),
        (_, Kind::Fin, FinWait | CloseWait | LastAck) => To(LastAck),
        (_, Kind::Fin, TimeWait) => To(TimeWait),
        (_, Kind::Fin, Close) => To(Close),
        (_, Kind::Fin, _) => Invalid,
        // A connection that was open before tracking began is picked up (tcp_loose).
        (Direction::Original, Kind::Ack, None | SynRecv | Established) => To(Established),
        (Direction::Reply, Kind::Ack, SynSent | SynSent2) => Ignore,
        (Direction::Reply, Kind::Ack, SynRecv) => To(SynRecv),
        (Direction::Reply, Kind::Ack, Established) => To(Established),
        (_, Kind::Ack, FinWait | CloseWait) => To(CloseWait),
        (_, Kind::Ack, LastAck | TimeWait) => To(TimeWait),
        (_, Kind::Ack, Close) => To(Close),
        (_, Kind::Ack, _) => Invalid,
        (_, Kind::Rst, None) => Invalid,
        (_, Kind::Rst, _) => To(Close),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handshake_and_a_close() {
        let steps = [
            (Direction::Original, flag::SYN, TcpState::SynSent),
            (Direction::Reply, flag::SYN | flag::ACK, TcpState::SynRecv),
            (Direction::Original, flag::ACK, TcpState::Established),
            (Direction::Reply, flag::ACK | flag::PSH, TcpState::Established),
            (Direction::Original, flag::FIN | flag::ACK, TcpState::FinWait),
            (Direction::Reply, flag::ACK, TcpState::CloseWait),
            (Direction::Reply, flag::FIN | flag::ACK, TcpState::LastAck),
            (Direction::Original, flag::ACK, TcpState::TimeWait),
        ];
        let mut state = TcpState::None;
        for (direction, flags, expected) in steps {
            assert_eq!(transition(state, direction, flags), Transition::To(expected));
            state = expected;
        }
    }

    #[test]
    fn an_acknowledgement_before_the_answer_is_invalid() {
        // A router that saw only the SYN: asymmetric routing.
        let next = transition(TcpState::SynSent, Direction::Original, flag::ACK);
        assert_eq!(next, Transition::Invalid);
    }
}
