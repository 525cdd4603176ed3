//! The way out (`net/ipv6/ip6_output.c`): `ip6_local_out` for what is made here, `ip6_finish` for
//! everything.

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::errno::Errno;
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::ip::fib::RouteKind;
use crate::kernel::ip::{Packet, PacketType};
use crate::kernel::link::Sent;
use crate::kernel::step::{Cause, DropReason, Step};
use crate::wire::{Bytes, Frame, Ipv6Addr, ethernet, ipv6};

use super::route::Output6Route;

impl Kernel {
    /// Sends a packet that was made here.
    pub(in crate::kernel) fn ip6_local_out(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        packet: Packet,
        route: &Output6Route,
    ) -> Result<(), Errno> {
        cx.note(packet.id, ns, Some(route.link), Step::Route6(route.step()));
        self.ip6_finish(cx, ns, packet, route)
    }

    /// Finds the next hop and sends. Nothing is fragmented on its way.
    pub(super) fn ip6_finish(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        packet: Packet,
        route: &Output6Route,
    ) -> Result<(), Errno> {
        let dst = ipv6::dst(&packet.bytes);
        let outer = cx.set_cause(Cause::Packet(packet.id));
        if route.kind == RouteKind::Multicast && packet.socket.is_some() {
            self.loop_back_group6(cx, ns, &packet, route.link, dst);
        }
        let next_hop = route.next_hop(dst);
        let sent = self.neighbor_output(cx, ns, route.link, next_hop, route.kind, packet);
        cx.set_cause(outer);
        match sent {
            Sent::Ok => Ok(()),
            Sent::NoBuffer => Err(Errno::ENOBUFS),
        }
    }

    /// A group of this namespace is heard here, too.
    fn loop_back_group6(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        packet: &Packet,
        link: LinkId,
        dst: Ipv6Addr,
    ) {
        if self.links[link].inet6.is_member(dst) && !self.links[link].is_loopback() {
            let copy = Packet { input: Some(link), kind: PacketType::Multicast, ..packet.clone() };
            self.ip6_deliver(cx, ns, copy);
        }
    }

    /// Sends a message of the kernel to a neighbour or a group of a device's link, by no route.
    pub(super) fn send_on_link(
        &mut self,
        cx: &mut Context,
        link: LinkId,
        header: &ipv6::Header,
        mut message: Bytes,
    ) {
        let ns = self.links[link].ns;
        let id = cx.new_packet(ns);
        ipv6::push_header(&mut message, header);
        let packet = Packet::local(id, message);
        if header.dst.is_multicast() {
            let (mac, own) = (ipv6::multicast_mac(header.dst), self.links[link].mac);
            let mut bytes = packet.bytes;
            ethernet::push_header(&mut bytes, mac, own, ethernet::ETHERTYPE_IPV6);
            let _ = self.transmit(cx, link, Frame { packet: id, bytes });
        } else {
            let _ = self.neighbor_output(cx, ns, link, header.dst, RouteKind::Unicast, packet);
        }
    }

    /// A packet that does not fit the next MTU: its sender is told, or gets the error of its call.
    pub(super) fn ip6_too_big(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        packet: &Packet,
        link: LinkId,
        mtu: u32,
    ) {
        self.icmp6_error(cx, ns, crate::wire::icmpv6::Error::PacketTooBig { mtu }, packet);
        cx.drop(packet.id, ns, Some(link), DropReason::FragmentationNeeded);
    }

    /// A label for the packets of a flow (`ip6_make_flowlabel`): the same for all between two addresses.
    pub(in crate::kernel) fn flow_label(&self, src: Ipv6Addr, dst: Ipv6Addr) -> u32 {
        let words = src.octets().into_iter().chain(dst.octets());
        let hash = words.fold(0x811c_9dc5 ^ self.hash_seed, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
        (hash ^ hash >> 20) & 0xf_ffff
    }
}
