//! Whether a rule fits a packet.

use crate::kernel::context::Context;
use crate::kernel::ip::Packet;
use crate::kernel::netfilter::Hook;
use crate::wire::ipv4;

use super::around::Around;
use super::maybe::{AddressRange, Maybe, all_hold, in_range};
use super::{
    AddrTypeMatch, AddrTypes, ConntrackMatch, IpMatch, Match, OwnerMatch, PhysdevMatch, Way,
    name_fits,
};

impl Match {
    /// Whether it fits. Matches with a memory (limits, quotas) change it.
    pub(in crate::kernel::netfilter) fn holds(
        &mut self,
        around: &Around<'_>,
        cx: &mut Context,
        packet: &Packet,
    ) -> bool {
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

impl ConntrackMatch {
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

impl IpMatch {
    /// The first part that does not fit, counted from zero; `None` if all fit.
    pub(in crate::kernel::netfilter) fn failure(
        &self,
        around: &Around<'_>,
        packet: &Packet,
    ) -> Option<u8> {
        let bytes = &packet.bytes;
        let device_fits = |wanted: Option<&Maybe<String>>, link| {
            all_hold(wanted, |name| name_fits(name, around.name(link)))
        };
        let protocol_fits = |wanted: &u8| *wanted == 0 || *wanted == ipv4::protocol_of(bytes);
        // One after the other: most rules fail at the first.
        if !all_hold(self.src.as_ref(), |net| net.contains(&ipv4::src(bytes))) {
            Some(0)
        } else if !all_hold(self.dst.as_ref(), |net| net.contains(&ipv4::dst(bytes))) {
            Some(1)
        } else if !device_fits(self.input.as_ref(), around.input) {
            Some(2)
        } else if !device_fits(self.output.as_ref(), around.output) {
            Some(3)
        } else if !all_hold(self.protocol.as_ref(), protocol_fits) {
            Some(4)
        } else if !all_hold(self.fragment.as_ref(), |()| ipv4::is_later_fragment(bytes)) {
            Some(5)
        } else {
            None
        }
    }
}
