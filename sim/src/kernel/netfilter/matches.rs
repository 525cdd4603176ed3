//! What a rule looks at. All pure: a packet and what is known around it in, yes or no out.

use ipnet::Ipv4Net;

use crate::engine::{Span, Time};
use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::ip::{Packet, PacketType, fib::RouteKind};
use crate::kernel::step::CtState;
use crate::wire::{Ipv4Addr, MacAddr, ipv4, tcp, udp};

use super::conntrack::Direction;
use super::{Hook, state_of};

/// A value and whether the rule wants its opposite (`!`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Maybe<T> {
    /// `!` stands before it.
    pub not: bool,
    /// The value.
    pub value: T,
}

impl<T> Maybe<T> {
    /// Without `!`.
    pub fn is(value: T) -> Maybe<T> {
        Maybe { not: false, value }
    }

    fn holds(&self, test: impl FnOnce(&T) -> bool) -> bool {
        test(&self.value) != self.not
    }
}

fn all_hold<T>(option: Option<&Maybe<T>>, test: impl FnOnce(&T) -> bool) -> bool {
    option.is_none_or(|wanted| wanted.holds(test))
}

/// What every rule can look at: `-s -d -i -o -p -f`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IpMatch {
    /// `-s`.
    pub src: Option<Maybe<Ipv4Net>>,
    /// `-d`.
    pub dst: Option<Maybe<Ipv4Net>>,
    /// `-i`: a name, or the beginning of one with `+` behind it.
    pub input: Option<Maybe<String>>,
    /// `-o`.
    pub output: Option<Maybe<String>>,
    /// `-p`.
    pub protocol: Option<Maybe<u8>>,
    /// `-f`: later fragments only.
    pub fragment: Option<Maybe<()>>,
}

/// An inclusive range of ports.
pub type PortRange = (u16, u16);

/// The extensions (`-m`).
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub enum Match {
    Tcp {
        sport: Option<Maybe<PortRange>>,
        dport: Option<Maybe<PortRange>>,
        /// Which flags are looked at, and which of them must be set.
        flags: Option<Maybe<(u8, u8)>>,
        option: Option<Maybe<u8>>,
    },
    Udp {
        sport: Option<Maybe<PortRange>>,
        dport: Option<Maybe<PortRange>>,
    },
    /// Type, and the range of codes.
    Icmp(Maybe<(u8, u8, u8)>),
    AddrType {
        src: Option<Maybe<Vec<RouteKind>>>,
        dst: Option<Maybe<Vec<RouteKind>>>,
        limit_iface_in: bool,
        limit_iface_out: bool,
    },
    Conntrack(Box<ConntrackMatch>),
    /// The old name of `--ctstate`.
    State(Maybe<Vec<CtState>>),
    Multiport {
        kind: PortsOf,
        ports: Maybe<Vec<PortRange>>,
    },
    Mark(Maybe<(u32, u32)>),
    Connmark(Maybe<(u32, u32)>),
    Comment(String),
    Physdev {
        input: Option<Maybe<String>>,
        output: Option<Maybe<String>>,
        is_in: Option<bool>,
        is_out: Option<bool>,
        is_bridged: Option<bool>,
    },
    Mac(Maybe<MacAddr>),
    Limit(Limit),
    Hashlimit(Box<Hashlimit>),
    Statistic(Statistic),
    IpRange {
        src: Option<Maybe<(Ipv4Addr, Ipv4Addr)>>,
        dst: Option<Maybe<(Ipv4Addr, Ipv4Addr)>>,
    },
    Set {
        name: Maybe<String>,
        directions: Vec<bool>,
    },
    U32(Maybe<U32>),
    Quota {
        quota: u64,
        used: u64,
        not: bool,
    },
    Length(Maybe<PortRange>),
    Ttl {
        compare: Compare,
        value: u8,
    },
    Tos(Maybe<(u8, u8)>),
    Dscp(Maybe<u8>),
    PktType(Maybe<PacketType>),
    /// IPsec policy: nothing here is ever encrypted, so only `--pol none` holds.
    Policy {
        inbound: bool,
        none: bool,
    },
    Owner {
        uid: Option<Maybe<u32>>,
    },
}

/// Which ports `multiport` looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortsOf {
    /// Source.
    Src,
    /// Destination.
    Dst,
    /// Either.
    Either,
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
    /// `--ctdir REPLY`.
    pub reply_direction: Option<bool>,
    /// `--ctstatus`, as bits of [`status`].
    pub status: Option<Maybe<u8>>,
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

/// Bits of `--ctstatus`.
pub mod status {
    /// Announced by a helper.
    pub const EXPECTED: u8 = 1;
    /// Packets have been seen in both directions.
    pub const SEEN_REPLY: u8 = 2;
    /// Worth keeping when the table is full.
    pub const ASSURED: u8 = 4;
    /// The first packet has left.
    pub const CONFIRMED: u8 = 8;
}

/// Options and state of `-m limit`: a token bucket.
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    /// So many …
    pub rate: u32,
    /// … in this time.
    pub per: Span,
    /// Depth of the bucket.
    pub burst: u32,
    bucket: Bucket,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Bucket {
    /// Tokens spent, in units of time.
    credit: Option<Span>,
    at: Time,
}

impl Bucket {
    fn allow(&mut self, rate: u32, per: Span, burst: u32, now: Time) -> bool {
        let cost = per / u64::from(rate.max(1));
        let full = cost * u64::from(burst);
        let have = self.credit.map_or(full, |credit| (credit + (now - self.at)).min(full));
        self.at = now;
        let enough = have >= cost;
        self.credit = Some(if enough { have.saturating_sub(cost) } else { have });
        enough
    }
}

impl Limit {
    /// A full bucket.
    pub fn new(rate: u32, per: Span, burst: u32) -> Limit {
        Limit { rate, per, burst, bucket: Bucket::default() }
    }
}

/// Options and state of `-m hashlimit`: a bucket for each source, destination or pair.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct Hashlimit {
    pub name: String,
    pub rate: u32,
    pub per: Span,
    pub burst: u32,
    pub above: bool,
    /// `srcip`, `dstip`, `srcport`, `dstport`.
    pub mode: Vec<String>,
    buckets: Vec<(String, Bucket)>,
}

impl Hashlimit {
    /// No bucket yet.
    pub fn new(
        name: &str,
        rate: u32,
        per: Span,
        burst: u32,
        above: bool,
        mode: Vec<String>,
    ) -> Hashlimit {
        Hashlimit { name: name.to_owned(), rate, per, burst, above, mode, buckets: Vec::new() }
    }

    fn allow(&mut self, packet: &Packet, now: Time) -> bool {
        const MAX_BUCKETS: usize = 1024;
        let (sport, dport) = udp::ports(ipv4::payload(&packet.bytes)).unwrap_or((0, 0));
        let parts: Vec<String> = self
            .mode
            .iter()
            .map(|mode| match mode.as_str() {
                "srcip" => ipv4::src(&packet.bytes).to_string(),
                "dstip" => ipv4::dst(&packet.bytes).to_string(),
                "srcport" => sport.to_string(),
                _ => dport.to_string(),
            })
            .collect();
        let key = parts.join(",");
        let at = match self.buckets.iter().position(|(other, _)| *other == key) {
            Some(at) => at,
            None => {
                if self.buckets.len() >= MAX_BUCKETS {
                    self.buckets.remove(0);
                }
                self.buckets.push((key, Bucket::default()));
                self.buckets.len() - 1
            }
        };
        self.buckets[at].1.allow(self.rate, self.per, self.burst, now) != self.above
    }
}

/// Options and state of `-m statistic`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Statistic {
    /// With this probability.
    Random {
        /// 0 to 1.
        probability: f64,
        /// `!`.
        not: bool,
    },
    /// One packet of so many.
    Nth {
        /// Of how many.
        every: u32,
        /// Which one.
        packet: u32,
        /// How many have come.
        count: u32,
        /// `!`.
        not: bool,
    },
}

/// The program of `-m u32`: tests joined by `&&`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct U32(pub Vec<U32Test>);

/// One test: walk to a place, take a word, compare it with ranges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct U32Test {
    /// Where the first word is read.
    pub start: u32,
    /// What is done then, in order.
    pub steps: Vec<U32Step>,
    /// Ranges of values that match.
    pub values: Vec<(u32, u32)>,
}

/// A step of a `u32` walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum U32Step {
    /// `&`.
    And(u32),
    /// `<<`.
    Left(u32),
    /// `>>`.
    Right(u32),
    /// `@`: the value is an offset to go on from, then this is added and a word read.
    At(u32),
}

impl U32 {
    fn holds(&self, packet: &[u8]) -> bool {
        self.0.iter().all(|test| test.holds(packet))
    }
}

impl U32Test {
    fn holds(&self, packet: &[u8]) -> bool {
        let word = |at: usize| {
            let bytes = packet.get(at..at.checked_add(4)?)?;
            Some(u32::from_be_bytes(bytes.try_into().expect("four bytes")))
        };
        let mut base = 0_usize;
        let Some(mut value) = word(self.start as usize) else { return false };
        for step in &self.steps {
            match *step {
                U32Step::And(mask) => value &= mask,
                U32Step::Left(bits) => value = value.checked_shl(bits).unwrap_or(0),
                U32Step::Right(bits) => value = value.checked_shr(bits).unwrap_or(0),
                U32Step::At(offset) => {
                    base = base.saturating_add(value as usize);
                    let Some(next) = word(base.saturating_add(offset as usize)) else {
                        return false;
                    };
                    value = next;
                }
            }
        }
        self.values.iter().any(|(low, high)| (*low..=*high).contains(&value))
    }
}

/// What is known around a packet while a table is walked.
pub(super) struct Around<'a> {
    pub kernel: &'a Kernel,
    pub ns: NamespaceId,
    pub hook: Hook,
    pub input: Option<LinkId>,
    pub output: Option<LinkId>,
}

impl Around<'_> {
    pub(super) fn name(&self, link: Option<LinkId>) -> &str {
        link.and_then(|link| self.kernel.links.get(link)).map_or("", |link| link.name.as_str())
    }
}

/// Whether a device name fits a pattern: `eth+` fits all that begin with `eth`.
pub fn name_fits(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('+') {
        Some(beginning) => name.starts_with(beginning) && !name.is_empty(),
        None => name == pattern,
    }
}

fn in_range(range: &PortRange, value: u16) -> bool {
    (range.0..=range.1).contains(&value)
}

impl IpMatch {
    /// The first part that does not fit, counted from zero; `None` if all fit.
    pub(super) fn failure(&self, around: &Around<'_>, packet: &Packet) -> Option<u8> {
        let bytes = &packet.bytes;
        let later = ipv4::is_later_fragment(bytes);
        let fits = [
            all_hold(self.src.as_ref(), |net| net.contains(&ipv4::src(bytes))),
            all_hold(self.dst.as_ref(), |net| net.contains(&ipv4::dst(bytes))),
            all_hold(self.input.as_ref(), |name| name_fits(name, around.name(around.input))),
            all_hold(self.output.as_ref(), |name| name_fits(name, around.name(around.output))),
            all_hold(self.protocol.as_ref(), |p| *p == 0 || *p == ipv4::protocol_of(bytes)),
            all_hold(self.fragment.as_ref(), |()| later),
        ];
        fits.iter().position(|fits| !fits).map(|n| n as u8)
    }
}

/// Parts of [`IpMatch`], in the order of [`IpMatch::failure`].
pub const IP_PARTS: [&str; 6] = ["-s", "-d", "-i", "-o", "-p", "-f"];

impl Match {
    /// Whether it only works on tracked connections.
    pub fn needs_tracking(&self) -> bool {
        matches!(self, Match::Conntrack(_) | Match::State(_) | Match::Connmark(_))
    }

    /// Whether it fits. Matches with a memory (limits, quotas) change it.
    pub(super) fn holds(&mut self, around: &Around<'_>, cx: &mut Context, packet: &Packet) -> bool {
        let bytes = &packet.bytes;
        let payload = ipv4::payload(bytes);
        let later = ipv4::is_later_fragment(bytes);
        match self {
            Match::Tcp { sport, dport, flags, option } => {
                let Some(have) = tcp::flags(payload).filter(|_| !later) else { return false };
                let Some((src, dst)) = udp::ports(payload) else { return false };
                all_hold(sport.as_ref(), |range| in_range(range, src))
                    && all_hold(dport.as_ref(), |range| in_range(range, dst))
                    && all_hold(flags.as_ref(), |(mask, set)| have & mask == *set)
                    && all_hold(option.as_ref(), |kind| has_tcp_option(payload, *kind))
            }
            Match::Udp { sport, dport } => {
                let Some((src, dst)) = udp::ports(payload).filter(|_| !later) else { return false };
                all_hold(sport.as_ref(), |range| in_range(range, src))
                    && all_hold(dport.as_ref(), |range| in_range(range, dst))
            }
            Match::Icmp(wanted) => {
                let Some(header) = payload.get(..2).filter(|_| !later) else { return false };
                wanted.holds(|(kind, low, high)| {
                    *kind == 255 || (header[0] == *kind && (*low..=*high).contains(&header[1]))
                })
            }
            Match::AddrType { src, dst, .. } => {
                let kind = |address| around.kernel.address_kind(around.ns, address);
                all_hold(src.as_ref(), |kinds| kinds.contains(&kind(ipv4::src(bytes))))
                    && all_hold(dst.as_ref(), |kinds| kinds.contains(&kind(ipv4::dst(bytes))))
            }
            Match::Conntrack(wanted) => conntrack_holds(wanted, around, packet),
            Match::State(wanted) => wanted.holds(|states| states.contains(&state_of(packet))),
            Match::Multiport { kind, ports } => {
                let Some((src, dst)) = udp::ports(payload).filter(|_| !later) else { return false };
                let any = |port: u16, list: &[PortRange]| list.iter().any(|r| in_range(r, port));
                ports.holds(|list| match kind {
                    PortsOf::Src => any(src, list),
                    PortsOf::Dst => any(dst, list),
                    PortsOf::Either => any(src, list) || any(dst, list),
                })
            }
            Match::Mark(wanted) => wanted.holds(|(mark, mask)| packet.mark & mask == *mark),
            Match::Connmark(wanted) => {
                let conntrack = &around.kernel.namespaces[around.ns].conntrack;
                let Some(conn) = packet.ct.and_then(|ct| conntrack.get(ct)) else { return false };
                wanted.holds(|(mark, mask)| conn.mark & mask == *mark)
            }
            Match::Comment(_) => true,
            Match::Physdev { input, output, is_in, is_out, is_bridged } => {
                let (port_in, port_out) = packet.bridge_ports;
                let bridged = port_in.is_some() && port_out.is_some();
                is_in.is_none_or(|wanted| port_in.is_some() == wanted)
                    && is_out.is_none_or(|wanted| port_out.is_some() == wanted)
                    && is_bridged.is_none_or(|wanted| bridged == wanted)
                    && all_hold(input.as_ref(), |name| name_fits(name, around.name(port_in)))
                    && all_hold(output.as_ref(), |name| name_fits(name, around.name(port_out)))
            }
            Match::Mac(wanted) => {
                packet.input.is_some() && wanted.holds(|mac| *mac == packet.source_mac)
            }
            Match::Limit(limit) => limit.bucket.allow(limit.rate, limit.per, limit.burst, cx.now),
            Match::Hashlimit(limit) => limit.allow(packet, cx.now),
            Match::Statistic(Statistic::Random { probability, not }) => {
                cx.rng.chance(*probability) != *not
            }
            Match::Statistic(Statistic::Nth { every, packet: wanted, count, not }) => {
                let hit = *count == *wanted;
                *count = (*count + 1) % (*every).max(1);
                hit != *not
            }
            Match::IpRange { src, dst } => {
                let within = |range: &(Ipv4Addr, Ipv4Addr), a| (range.0..=range.1).contains(&a);
                all_hold(src.as_ref(), |range| within(range, ipv4::src(bytes)))
                    && all_hold(dst.as_ref(), |range| within(range, ipv4::dst(bytes)))
            }
            Match::Set { name, directions } => {
                let sets = &around.kernel.namespaces[around.ns].netfilter.sets;
                name.holds(|name| sets.test_packet(name, directions, bytes, cx.now))
            }
            Match::U32(program) => program.holds(|program| program.holds(bytes)),
            Match::Quota { quota, used, not } => {
                let fits = *used + bytes.len() as u64 <= *quota;
                *used = if fits { *used + bytes.len() as u64 } else { *quota };
                fits != *not
            }
            Match::Length(wanted) => wanted.holds(|range| in_range(range, bytes.len() as u16)),
            Match::Ttl { compare, value } => {
                let ttl = ipv4::view(bytes).hop_limit();
                match compare {
                    Compare::Equal => ttl == *value,
                    Compare::NotEqual => ttl != *value,
                    Compare::Less => ttl < *value,
                    Compare::Greater => ttl > *value,
                }
            }
            Match::Tos(wanted) => wanted.holds(|(tos, mask)| ipv4::tos(bytes) & mask == *tos),
            Match::Dscp(wanted) => wanted.holds(|dscp| ipv4::tos(bytes) >> 2 == *dscp),
            Match::PktType(wanted) => wanted.holds(|kind| *kind == packet.kind),
            Match::Policy { none, .. } => *none,
            // Every program here runs as root.
            Match::Owner { uid } => {
                matches!(around.hook, Hook::Output | Hook::Postrouting)
                    && packet.socket.is_some()
                    && all_hold(uid.as_ref(), |uid| *uid == 0)
            }
        }
    }
}

fn has_tcp_option(segment: &[u8], wanted: u8) -> bool {
    let header_len = usize::from(segment[12] >> 4) * 4;
    let mut at = tcp::HEADER_LEN;
    while at < header_len.min(segment.len()) {
        if segment[at] == wanted {
            return true;
        }
        at += match segment[at] {
            0 | 1 => 1,
            _ => usize::from(segment.get(at + 1).copied().unwrap_or(2)).max(2),
        };
    }
    false
}

fn conntrack_holds(wanted: &ConntrackMatch, around: &Around<'_>, packet: &Packet) -> bool {
    let conntrack = &around.kernel.namespaces[around.ns].conntrack;
    let conn = packet.ct.and_then(|ct| conntrack.get(ct));
    let state = state_of(packet);
    let state_fits = all_hold(wanted.state.as_ref(), |states| {
        states.states.contains(&state)
            || conn.is_some_and(|conn| {
                (states.snat && conn.has_src_nat()) || (states.dnat && conn.has_dst_nat())
            })
    });
    if !state_fits {
        return false;
    }
    let Some(conn) = conn else {
        // Nothing but the state can be said of a packet without a connection.
        return ConntrackMatch { state: None, ..wanted.clone() } == ConntrackMatch::default();
    };
    let (orig, reply) = (conn.original, conn.reply);
    all_hold(wanted.protocol.as_ref(), |p| *p == orig.protocol)
        && all_hold(wanted.orig_src.as_ref(), |net| net.contains(&orig.src))
        && all_hold(wanted.orig_dst.as_ref(), |net| net.contains(&orig.dst))
        && all_hold(wanted.reply_src.as_ref(), |net| net.contains(&reply.src))
        && all_hold(wanted.reply_dst.as_ref(), |net| net.contains(&reply.dst))
        && all_hold(wanted.orig_src_port.as_ref(), |r| in_range(r, orig.src_port()))
        && all_hold(wanted.orig_dst_port.as_ref(), |r| in_range(r, orig.dst_port()))
        && all_hold(wanted.reply_src_port.as_ref(), |r| in_range(r, reply.src_port()))
        && all_hold(wanted.reply_dst_port.as_ref(), |r| in_range(r, reply.dst_port()))
        && wanted.reply_direction.is_none_or(|reply| {
            packet.ct.is_some_and(|ct| (ct.direction == Direction::Reply) == reply)
        })
        && all_hold(wanted.status.as_ref(), |bits| conn.status_bits() & bits != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plus_stands_for_any_ending() {
        assert!(name_fits("eth+", "eth0"));
        assert!(!name_fits("eth+", "veth0"));
        assert!(name_fits("eth0", "eth0"));
        assert!(!name_fits("eth0", "eth01"));
        assert!(!name_fits("+", ""));
    }

    #[test]
    fn docker_finds_a_vni_with_u32() {
        // 0>>22&0x3C@12&0xFFFFFF00=4097*256: the VNI behind IP, UDP and VXLAN headers.
        let test = U32Test {
            start: 0,
            steps: vec![
                U32Step::Right(22),
                U32Step::And(0x3c),
                U32Step::At(12),
                U32Step::And(0xffff_ff00),
            ],
            values: vec![(4097 * 256, 4097 * 256)],
        };
        let mut packet = vec![0; 44];
        packet[0] = 0x45;
        packet[32..36].copy_from_slice(&(4097_u32 * 256).to_be_bytes());
        assert!(U32(vec![test.clone()]).holds(&packet));
        packet[34] = 0;
        assert!(!U32(vec![test]).holds(&packet));
    }

    #[test]
    fn a_bucket_starts_full_and_refills() {
        let mut limit = Limit::new(1, Span::secs(1), 3);
        let mut allow =
            |at: u64| limit.bucket.allow(limit.rate, limit.per, limit.burst, Time::from_nanos(at));
        assert_eq!([allow(0), allow(0), allow(0), allow(0)], [true, true, true, false]);
        assert!(allow(1_000_000_000));
        assert!(!allow(1_000_000_000));
    }
}
