//! What a rule looks at. A packet and what is known around it in, yes or no out.
//!
//! [`ip`] is what every rule can look at; the extensions (`-m`) are the variants of [`Match`], the
//! larger ones in [`transport`], [`conntrack`], [`limit`] and [`u32`](mod@u32).

mod around;
pub mod conntrack;
mod holds;
pub mod ip;
pub mod limit;
mod maybe;
pub mod transport;
pub mod u32;

use crate::kernel::ip::{PacketType, fib::RouteKind};
use crate::kernel::step::CtState;
use crate::wire::MacAddr;

pub(super) use around::Around;
pub use conntrack::{ConntrackMatch, CtStates};
pub use ip::{IP_PARTS, IpMatch, name_fits};
pub use limit::{Hashlimit, HashlimitMode, HashlimitOptions, Limit, Quota, Rate, Statistic};
pub use maybe::{AddressRange, Maybe, PortRange};
pub use transport::{IcmpType, MultiportMatch, PortsOf, TcpMatch, UdpMatch};
pub use u32::{U32, U32Step, U32Test};

/// The extensions (`-m`).
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Match {
    Tcp(TcpMatch),
    Udp(UdpMatch),
    Icmp(Maybe<IcmpType>),
    AddrType(AddrTypeMatch),
    Conntrack(Box<ConntrackMatch>),
    /// The old name of `--ctstate`.
    State(Maybe<Vec<CtState>>),
    Multiport(MultiportMatch),
    /// The mark, and which of its bits count.
    Mark(Maybe<(u32, u32)>),
    Connmark(Maybe<(u32, u32)>),
    Comment(String),
    Physdev(PhysdevMatch),
    Mac(Maybe<MacAddr>),
    Limit(Limit),
    Hashlimit(Box<Hashlimit>),
    Statistic(Statistic),
    IpRange(IpRangeMatch),
    Set(SetMatch),
    U32(Maybe<U32>),
    Quota(Quota),
    Length(Maybe<(u16, u16)>),
    Ttl(Compare, u8),
    /// The type of service, and which of its bits count.
    Tos(Maybe<(u8, u8)>),
    Dscp(Maybe<u8>),
    PktType(Maybe<PacketType>),
    Policy(PolicyMatch),
    Owner(OwnerMatch),
}

/// Options of `-m addrtype`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AddrTypeMatch {
    /// `--src-type`.
    pub src: Option<Maybe<AddrTypes>>,
    /// `--dst-type`.
    pub dst: Option<Maybe<AddrTypes>>,
    /// `--limit-iface-in`, `--limit-iface-out`: addresses of that device only.
    pub limit: Option<Way>,
}

/// Kinds of addresses, as bits: the number of a kind is that of its route (`RTN_*`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AddrTypes(pub u16);

impl AddrTypes {
    pub(super) fn contain(self, kind: RouteKind) -> bool {
        let number = match kind {
            RouteKind::Unicast => 1,
            RouteKind::Local => 2,
            RouteKind::Broadcast => 3,
            RouteKind::Anycast => 4,
            RouteKind::Multicast => 5,
            RouteKind::Blackhole => 6,
            RouteKind::Unreachable => 7,
            RouteKind::Prohibit => 8,
            RouteKind::Throw => 9,
        };
        self.0 & (1 << number) != 0
    }
}

/// In or out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// In.
    In,
    /// Out.
    Out,
}

/// Options of `-m physdev`: the bridge ports of a bridged packet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(missing_docs)]
pub struct PhysdevMatch {
    pub input: Option<Maybe<String>>,
    pub output: Option<Maybe<String>>,
    /// Whether it came in by a port.
    pub is_in: Option<bool>,
    /// Whether it leaves by a port.
    pub is_out: Option<bool>,
    pub is_bridged: Option<bool>,
}

/// Options of `-m iprange`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(missing_docs)]
pub struct IpRangeMatch {
    pub src: Option<Maybe<AddressRange>>,
    pub dst: Option<Maybe<AddressRange>>,
}

/// Options of `-m set`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetMatch {
    /// The set.
    pub name: Maybe<String>,
    /// Which addresses and ports are looked up; true means source.
    pub directions: Vec<bool>,
}

/// Options of `-m policy` (`IPsec`): nothing here is ever encrypted, so only `--pol none` holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PolicyMatch {
    /// `--dir`.
    pub direction: Way,
    /// `--pol none`.
    pub none: bool,
}

/// Options of `-m owner`. Every program here runs as root.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(missing_docs)]
pub struct OwnerMatch {
    /// `--socket-exists`: whether there must be one.
    pub socket: Option<bool>,
    pub uid: Option<Maybe<(u32, u32)>>,
    pub gid: Option<Maybe<(u32, u32)>>,
}

/// How a number is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Compare {
    Equal,
    NotEqual,
    Less,
    Greater,
}

impl Compare {
    pub(super) fn holds(self, have: u8, wanted: u8) -> bool {
        match self {
            Compare::Equal => have == wanted,
            Compare::NotEqual => have != wanted,
            Compare::Less => have < wanted,
            Compare::Greater => have > wanted,
        }
    }
}

impl Match {
    /// Whether it only works on tracked connections.
    pub fn needs_tracking(&self) -> bool {
        matches!(self, Match::Conntrack(_) | Match::State(_) | Match::Connmark(_))
    }

    /// Whether it asks the same, whatever either remembers (buckets, quotas, counts).
    pub fn is_like(&self, other: &Match) -> bool {
        match (self, other) {
            (Match::Limit(a), Match::Limit(b)) => a.is_like(b),
            (Match::Hashlimit(a), Match::Hashlimit(b)) => a.options == b.options,
            (Match::Statistic(a), Match::Statistic(b)) => a.is_like(*b),
            (Match::Quota(a), Match::Quota(b)) => (a.bytes, a.not) == (b.bytes, b.not),
            (a, b) => a == b,
        }
    }
}
