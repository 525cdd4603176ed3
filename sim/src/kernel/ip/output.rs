//! The way out (`net/ipv4/ip_output.c`): `ip_local_out` for what is made here, `ip_output` for
//! everything, `ip_finish` at the end.

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::errno::Errno;
use crate::kernel::id::NamespaceId;
use crate::kernel::link::Sent;
use crate::kernel::netfilter::{Hook, HookVerdict, Passed};
use crate::kernel::step::{Cause, DropReason, Step};
use crate::wire::{fragment, icmp, ipv4};

use super::Packet;
use super::fib::RouteKind;
use super::route::{FlowQuery, OutputRoute};

impl Kernel {
    /// Sends a packet that was made here: OUTPUT, a new way if that changed the destination, and out.
    /// Errors are those that the sender's system call returns.
    pub(in crate::kernel) fn ip_local_out(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        mut packet: Packet,
        mut route: OutputRoute,
    ) -> Result<(), Errno> {
        if self.namespaces[ns].netfilter.is_active(Hook::Output) {
            let before = (ipv4::src(&packet.bytes), ipv4::dst(&packet.bytes), packet.mark);
            let verdict = self.run_hook(cx, ns, Hook::Output, &mut packet, None, Some(route.link));
            if verdict == HookVerdict::Gone {
                return Err(Errno::EPERM);
            }
            let after = (ipv4::src(&packet.bytes), ipv4::dst(&packet.bytes), packet.mark);
            if before != after {
                // ip_route_me_harder: the packet may have to leave another way now.
                let query = FlowQuery {
                    dst: after.1,
                    src: Some(after.0),
                    mark: packet.mark,
                    tos: ipv4::tos(&packet.bytes),
                    any_source: true,
                    ..FlowQuery::default()
                };
                match self.route_output(ns, &query, cx.now) {
                    Ok(new) => route = new,
                    Err(errno) => {
                        cx.drop(packet.id, ns, None, DropReason::NoRoute);
                        return Err(errno);
                    }
                }
            }
        }
        cx.note(packet.id, ns, Some(route.link), Step::Route(route.step()));
        self.ip_output(cx, ns, packet, route)
    }

    /// Every packet that leaves, its own or forwarded (`ip_output`): POSTROUTING. Groups that this
    /// namespace listens to get their copy first (`ip_mc_output`).
    pub(in crate::kernel) fn ip_output(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        mut packet: Packet,
        route: OutputRoute,
    ) -> Result<(), Errno> {
        if !self.namespaces[ns].netfilter.is_active(Hook::Postrouting) {
            return self.ip_finish(cx, ns, packet, route, Passed::not_active());
        }
        let input = packet.input;
        match self.run_hook(cx, ns, Hook::Postrouting, &mut packet, input, Some(route.link)) {
            HookVerdict::Passed(passed) => self.ip_finish(cx, ns, packet, route, passed),
            HookVerdict::Gone => Err(Errno::EPERM),
        }
    }

    /// Fragments if it must, finds the next hop, sends. The token says that POSTROUTING was passed.
    pub(in crate::kernel) fn ip_finish(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        packet: Packet,
        route: OutputRoute,
        _passed: Passed,
    ) -> Result<(), Errno> {
        let mtu = route.mtu as usize;
        let must_split = packet.bytes.len() > mtu || packet.fragment_size.is_some();
        if !must_split {
            return self.ip_send(cx, ns, packet, route);
        }
        let size = packet.fragment_size.map_or(mtu, usize::from).min(mtu);
        let may_not = ipv4::view(&packet.bytes).dont_frag()
            && packet.fragment_size.is_none_or(|size| usize::from(size) > mtu);
        if may_not {
            let error = icmp::Error::FragmentationNeeded { mtu: mtu.min(65535) as u16 };
            self.icmp_error(cx, ns, error, &packet);
            cx.drop(packet.id, ns, Some(route.link), DropReason::FragmentationNeeded);
            return Err(Errno::EMSGSIZE);
        }
        let parts = fragment::split(&packet.bytes, size);
        if parts.len() > 1 {
            let count = parts.len() as u16;
            cx.note(packet.id, ns, Some(route.link), Step::Fragmented { count, mtu: size as u16 });
        }
        let mut result = Ok(());
        for bytes in parts {
            let part = Packet { bytes, fragment_size: None, ..packet.clone() };
            result = self.ip_send(cx, ns, part, route);
            if result.is_err() {
                break;
            }
        }
        result
    }

    fn ip_send(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        packet: Packet,
        route: OutputRoute,
    ) -> Result<(), Errno> {
        let next_hop = route.next_hop(ipv4::dst(&packet.bytes));
        let outer = cx.set_cause(Cause::Packet(packet.id));
        if matches!(route.kind, RouteKind::Broadcast | RouteKind::Multicast)
            && packet.input.is_none()
        {
            self.loop_back_group(cx, ns, &packet, &route);
        }
        if self.links.get(route.link).is_some_and(crate::kernel::link::Link::is_loopback) {
            self.namespaces[ns].netfilter.carry_over_loopback(&packet);
        }
        let sent = self.neighbor_output(cx, ns, route.link, next_hop, route.kind, packet);
        cx.set_cause(outer);
        match sent {
            Sent::Ok => Ok(()),
            Sent::NoBuffer => Err(Errno::ENOBUFS),
        }
    }

    /// A broadcast or a group of this namespace is heard here, too.
    fn loop_back_group(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        packet: &Packet,
        route: &OutputRoute,
    ) {
        let dst = ipv4::dst(&packet.bytes);
        let wanted = match route.kind {
            RouteKind::Broadcast => true,
            _ => {
                self.links[route.link].is_member(dst)
                    || dst == std::net::Ipv4Addr::new(224, 0, 0, 1)
            }
        };
        if !wanted || self.links[route.link].is_loopback() {
            return;
        }
        let mut copy = packet.clone();
        copy.input = Some(route.link);
        copy.kind = match route.kind {
            RouteKind::Broadcast => super::PacketType::Broadcast,
            _ => super::PacketType::Multicast,
        };
        self.ip_deliver(cx, ns, copy, route.kind);
    }
}
