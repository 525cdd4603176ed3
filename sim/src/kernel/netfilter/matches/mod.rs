//! What a rule looks at. A packet and what is known around it in, yes or no out.
//!
//! [`ip`] is what every rule can look at; the extensions (`-m`) are the variants of [`Match`], the
//! larger ones in [`transport`], [`conntrack`], [`limit`] and [`u32`](mod@u32).

mod around;
pub mod conntrack;
pub mod ip;
pub mod limit;
mod maybe;
pub mod transport;
pub mod u32;

use crate::kernel::context::Context;
use crate::kernel::ip::{Packet, PacketType, fib::RouteKind};
use crate::kernel::step::CtState;
use crate::wire::{MacAddr, ipv4};

use super::Hook;
use maybe::{all_hold, in_range};

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
    fn contain(self, kind: RouteKind) -> bool {
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
    fn holds(self, have: u8, wanted: u8) -> bool {
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

    /// Whether it fits. Matches with a memory (limits, quotas) change it.
    pub(super) fn holds(&mut self, around: &Around<'_>, cx: &mut Context, packet: &Packet) -> bool {
        let bytes = &packet.bytes;
        match self {
            Match::Tcp(wanted) => wanted.holds(bytes),
            Match::Udp(wanted) => wanted.holds(bytes),
            Match::Icmp(wanted) => wanted.holds(|kind| kind.holds(bytes)),
            Match::AddrType(wanted) => wanted.holds(around, packet),
            Match::Conntrack(wanted) => wanted.holds(around, packet),
            Match::State(wanted) => wanted.holds(|states| states.contains(&packet.ct_state())),
            Match::Multiport(wanted) => wanted.holds(bytes),
            Match::Mark(wanted) => wanted.holds(|(mark, mask)| packet.mark & mask == *mark),
            Match::Connmark(wanted) => {
                let conntrack = &around.kernel.namespaces[around.ns].conntrack;
                let Some(conn) = packet.ct.and_then(|ct| conntrack.get(ct)) else { return false };
                wanted.holds(|(mark, mask)| conn.mark & mask == *mark)
            }
            Match::Comment(_) => true,
            Match::Physdev(wanted) => wanted.holds(around, packet),
            Match::Mac(wanted) => {
                packet.input.is_some() && wanted.holds(|mac| *mac == packet.source_mac)
            }
            Match::Limit(limit) => limit.allow(cx.now),
            Match::Hashlimit(limit) => limit.allow(bytes, cx.now),
            Match::Statistic(statistic) => statistic.holds(&mut cx.rng),
            Match::IpRange(wanted) => {
                let within = |range: &AddressRange, a| (range.0..=range.1).contains(&a);
                all_hold(wanted.src.as_ref(), |range| within(range, ipv4::src(bytes)))
                    && all_hold(wanted.dst.as_ref(), |range| within(range, ipv4::dst(bytes)))
            }
            Match::Set(wanted) => {
                let sets = &around.kernel.namespaces[around.ns].netfilter.sets;
                let directions = &wanted.directions;
                wanted.name.holds(|name| sets.test_packet(name, directions, bytes, cx.now))
            }
            Match::U32(program) => program.holds(|program| program.holds(bytes)),
            Match::Quota(quota) => quota.holds(bytes),
            Match::Length(wanted) => wanted.holds(|range| in_range(*range, bytes.len() as u16)),
            Match::Ttl(compare, value) => compare.holds(ipv4::view(bytes).hop_limit(), *value),
            Match::Tos(wanted) => wanted.holds(|(tos, mask)| ipv4::tos(bytes) & mask == *tos),
            Match::Dscp(wanted) => wanted.holds(|dscp| ipv4::tos(bytes) >> 2 == *dscp),
            Match::PktType(wanted) => wanted.holds(|kind| *kind == packet.kind),
            Match::Policy(wanted) => wanted.none,
            Match::Owner(wanted) => wanted.holds(around, packet),
        }
    }
}

impl AddrTypeMatch {
    fn holds(&self, around: &Around<'_>, packet: &Packet) -> bool {
        let device = match self.limit {
            None => None,
            Some(Way::In) => around.input,
            Some(Way::Out) => around.output,
        };
        let fits = |types: &AddrTypes, address| {
            types.contain(around.kernel.address_kind_at(around.ns, address, device))
        };
        let bytes = &packet.bytes;
        all_hold(self.src.as_ref(), |types| fits(types, ipv4::src(bytes)))
            && all_hold(self.dst.as_ref(), |types| fits(types, ipv4::dst(bytes)))
    }
}

impl PhysdevMatch {
    fn holds(&self, around: &Around<'_>, packet: &Packet) -> bool {
        let (port_in, port_out) = packet.bridge_ports;
        let bridged = port_in.is_some() && port_out.is_some();
        self.is_in.is_none_or(|wanted| port_in.is_some() == wanted)
            && self.is_out.is_none_or(|wanted| port_out.is_some() == wanted)
            && self.is_bridged.is_none_or(|wanted| bridged == wanted)
            && all_hold(self.input.as_ref(), |name| name_fits(name, around.name(port_in)))
            && all_hold(self.output.as_ref(), |name| name_fits(name, around.name(port_out)))
    }
}

impl OwnerMatch {
    fn holds(&self, around: &Around<'_>, packet: &Packet) -> bool {
        const ROOT: u32 = 0;
        let is_leaving = matches!(around.hook, Hook::Output | Hook::Postrouting);
        let is_own = is_leaving && packet.input.is_none();
        // What the kernel answers leaves by a socket of its own (`icmp_sk`, `tcp_sk`), which no user has.
        let by_kernel = is_own && ipv4::protocol_of(&packet.bytes) != ipv4::protocol::IGMP;
        let has_socket = is_own && packet.socket.is_some();
        if !has_socket {
            // Then of users only what is denied holds.
            let denied = |option: &Option<Maybe<(u32, u32)>>| option.is_none_or(|o| o.not);
            let is_right = self.socket.is_none_or(|wanted| wanted == by_kernel);
            return is_right && denied(&self.uid) && denied(&self.gid);
        }
        let is_root = |range: &(u32, u32)| (range.0..=range.1).contains(&ROOT);
        self.socket != Some(false)
            && all_hold(self.uid.as_ref(), is_root)
            && all_hold(self.gid.as_ref(), is_root)
    }
}
