//! What is done with raw sockets over ICMPv6.

use super::{QUEUE, Raw6Message, Raw6Send, Raw6Socket};
use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::errno::Errno;
use crate::kernel::id::{NamespaceId, SocketId};
use crate::kernel::ip::Packet;
use crate::kernel::ip::fib::RouteKind;
use crate::kernel::ip6::route::Flow6Query;
use crate::kernel::socket::{PmtuDiscovery, Socket, SocketKind};
use crate::kernel::step::{Delivery, DropReason, Step};
use crate::wire::{Ipv6Addr, icmpv6, ipv6};

impl Kernel {
    /// Opens a raw socket over ICMPv6.
    pub(in crate::kernel) fn raw6_open(&mut self, ns: NamespaceId) -> SocketId {
        let sockets = &mut self.namespaces[ns].sockets;
        let kind = SocketKind::Raw6(Box::default());
        let id = sockets.table.insert(Socket::new(kind));
        sockets.raw6.push(id);
        id
    }

    fn raw6(&mut self, ns: NamespaceId, id: SocketId) -> Result<&mut Raw6Socket, Errno> {
        match &mut self.namespaces[ns].sockets.get_mut(id)?.kind {
            SocketKind::Raw6(raw) => Ok(raw),
            _ => Err(Errno::EOPNOTSUPP),
        }
    }

    /// Gives a raw socket an address of its own.
    pub(in crate::kernel) fn raw6_bind(
        &mut self,
        ns: NamespaceId,
        id: SocketId,
        address: Ipv6Addr,
    ) -> Result<(), Errno> {
        if !self.is_local_address6(ns, address) {
            return Err(Errno::EADDRNOTAVAIL);
        }
        self.raw6(ns, id)?.address = Some(address);
        Ok(())
    }

    /// Sends a message.
    pub(in crate::kernel) fn raw6_send(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        id: SocketId,
        send: Raw6Send,
    ) -> Result<(), Errno> {
        let socket = self.namespaces[ns].sockets.get_mut(id)?;
        let (device, hop_limit, pmtu) = (socket.device, socket.ttl, socket.pmtu);
        let src = self.raw6(ns, id)?.address;
        let query = Flow6Query { dst: send.dst, src, output: send.zone.or(device) };
        let route = self.route6_output(ns, &query, cx.now)?;
        let mut bytes = send.message;
        if bytes.len() + ipv6::HEADER_LEN > route.mtu as usize {
            return self.raw6_too_long(cx, ns, id, &bytes, route.mtu, pmtu);
        }
        icmpv6::seal(&mut bytes, route.src, send.dst);
        let hop_limit = hop_limit.unwrap_or(match route.kind {
            RouteKind::Multicast => 1,
            _ => self.links[route.link].conf.ipv6.hop_limit,
        });
        let header = ipv6::Header {
            flow: self.flow_label(route.src, send.dst),
            next_header: ipv6::next_header::ICMPV6,
            hop_limit,
            src: route.src,
            dst: send.dst,
        };
        ipv6::push_header(&mut bytes, &header);
        let mut packet = Packet::local(cx.new_packet(ns), bytes);
        packet.socket = Some(id);
        self.ip6_local_out(cx, ns, packet, &route)
    }

    /// A message that does not fit: the kernel would cut it into fragments, which netsim does not have.
    fn raw6_too_long(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        id: SocketId,
        message: &[u8],
        mtu: u32,
        pmtu: PmtuDiscovery,
    ) -> Result<(), Errno> {
        if pmtu != PmtuDiscovery::Do {
            let packet = cx.new_packet(ns);
            cx.drop(packet, ns, None, DropReason::FragmentNotOnIpv6);
        }
        let quoted = message.to_vec();
        let error = icmpv6::Error::PacketTooBig { mtu };
        let told = Raw6Message::Error { offender: None, error, quoted };
        self.raw6(ns, id)?.queue.push_back(told);
        Err(Errno::EMSGSIZE)
    }

    /// Takes what a raw socket heard; `None` if there is nothing.
    pub(in crate::kernel) fn raw6_recv(
        &mut self,
        ns: NamespaceId,
        id: SocketId,
    ) -> Result<Option<Raw6Message>, Errno> {
        Ok(self.raw6(ns, id)?.queue.pop_front())
    }

    /// Every raw socket hears a message that is delivered here; `at` is where it begins.
    pub(in crate::kernel) fn raw6_receive(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        packet: &Packet,
        at: usize,
    ) {
        let (src, dst) = (ipv6::src(&packet.bytes), ipv6::dst(&packet.bytes));
        let heard = Raw6Message::Packet {
            from: src,
            input: packet.input,
            hop_limit: ipv6::hop_limit(&packet.bytes),
            message: packet.bytes.slice(at, packet.bytes.len()),
            at: cx.now,
        };
        // Sockets are woken for what they wait for: replies. The rest is the kernel's business.
        if packet.bytes.get(at) == Some(&icmpv6::kind::ECHO_REPLY) {
            self.raw6_tell(cx, ns, packet, &heard, |own| own == dst || dst.is_multicast());
        }
    }

    /// An error about a packet of a raw socket.
    pub(in crate::kernel) fn raw6_error(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        packet: &Packet,
        at: usize,
        error: icmpv6::Error,
    ) {
        let quoted = &packet.bytes[at + icmpv6::HEADER_LEN..];
        let src = ipv6::src(quoted);
        let Some((ipv6::next_header::ICMPV6, begins)) = ipv6::transport(quoted) else { return };
        let offender = Some((ipv6::src(&packet.bytes), packet.input));
        let told = Raw6Message::Error { offender, error, quoted: quoted[begins..].to_vec() };
        self.raw6_tell(cx, ns, packet, &told, |own| own == src);
    }

    fn raw6_tell(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        packet: &Packet,
        told: &Raw6Message,
        concerns: impl Fn(Ipv6Addr) -> bool,
    ) {
        for id in self.namespaces[ns].sockets.raw6.clone() {
            let socket = &mut self.namespaces[ns].sockets.table[id];
            let SocketKind::Raw6(raw) = &mut socket.kind else { continue };
            if raw.address.is_some_and(|own| !concerns(own)) || raw.queue.len() >= QUEUE {
                continue;
            }
            raw.queue.push_back(told.clone());
            if let Raw6Message::Packet { .. } = told {
                cx.note(packet.id, ns, packet.input, Step::Delivered(Delivery::Socket(id)));
            }
            self.namespaces[ns].sockets.wake(cx, id);
        }
    }
}
