//! What goes into the endpoint of a namespace, and what comes out of it.

use super::Endpoint;
use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::id::{NamespaceId, SocketId};
use crate::kernel::ip::fib::RouteKind;
use crate::kernel::ip::route::FlowQuery;
use crate::kernel::ip::{Packet, PacketType};
use crate::kernel::link::Scope;
use crate::kernel::socket::{PmtuDiscovery, SocketKind, dialect};
use crate::kernel::step::DropReason;
use crate::wire::rewrite::{self, End};
use crate::wire::{Bytes, ipv4, tcp};
use smoltcp::iface::SocketSet;

/// The MTU for packets that belong to no connection: nothing is cut or refused inside.
const ANY_MTU: u32 = 65_535;

impl Kernel {
    /// Takes the endpoint of a namespace out while its sockets are borrowed.
    // The box goes back where it was.
    #[allow(clippy::unnecessary_box_returns)]
    pub(in crate::kernel::socket) fn take_endpoint(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
    ) -> Box<Endpoint> {
        match self.namespaces[ns].sockets.endpoint.take() {
            Some(endpoint) => endpoint,
            None => Box::new(Endpoint::new(cx.rng.u64())),
        }
    }

    /// An echo request for this namespace: smoltcp answers. One to a broadcast address or a group is
    /// answered from an address of the device by which it came.
    pub(in crate::kernel) fn echo_receive(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        packet: &Packet,
        kind: RouteKind,
    ) {
        let mut bytes = packet.bytes.clone();
        if kind != RouteKind::Local {
            let src = ipv4::src(&bytes);
            let own = packet
                .input
                .and_then(|input| self.select_address(ns, input, Some(src), Scope::Link));
            let Some(own) = own else { return };
            rewrite::set_end(bytes.make_mut(), End::Dst, own, None);
        }
        let tos = ipv4::tos(&bytes);
        self.endpoint_answer(cx, ns, bytes, tos, packet);
    }

    /// A segment for a port on which nobody listens: smoltcp answers with a reset.
    pub(in crate::kernel) fn endpoint_refuse(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        packet: &Packet,
    ) {
        self.endpoint_answer(cx, ns, packet.bytes.clone(), 0, packet);
    }

    /// Shows a packet to an endpoint without sockets and sends what it answers.
    fn endpoint_answer(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        bytes: Bytes,
        tos: u8,
        packet: &Packet,
    ) {
        let mut endpoint = self.take_endpoint(cx, ns);
        let mut nobody = SocketSet::new(Vec::new());
        endpoint.poll(ANY_MTU, &mut nobody, Some(bytes), cx.now);
        let mut answers = endpoint.sent();
        let output = packet.input.filter(|_| packet.kind != PacketType::Host);
        for mut answer in answers.drain(..) {
            if tos != 0 {
                rewrite::set_tos(answer.make_mut(), tos);
            }
            let _ = self.endpoint_output(cx, ns, None, answer, output);
        }
        endpoint.recycle(answers);
        self.namespaces[ns].sockets.endpoint = Some(endpoint);
    }

    /// Sends a packet that smoltcp made.
    pub(in crate::kernel) fn endpoint_output(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        socket: Option<SocketId>,
        mut bytes: Bytes,
        device: Option<crate::kernel::id::LinkId>,
    ) -> Result<(), crate::kernel::errno::Errno> {
        let (src, dst) = (ipv4::src(&bytes), ipv4::dst(&bytes));
        let protocol = ipv4::protocol_of(&bytes);
        let state = socket.and_then(|id| self.namespaces[ns].sockets.table.get(id));
        let default_ttl = self.namespaces[ns].sysctl.default_ttl;
        let mark = state.map_or(0, |state| state.mark);
        let kind = state.map(|state| &state.kind);
        let scaled = matches!(kind, Some(SocketKind::Tcp(tcp)) if tcp.scaled);
        let (ttl, tos, pmtu, bound) = match state {
            Some(state) => {
                (state.ttl.unwrap_or(default_ttl), Some(state.tos), state.pmtu, state.device)
            }
            None => (default_ttl, None, PmtuDiscovery::Want, device),
        };
        let query = FlowQuery {
            dst,
            src: Some(src),
            output: bound,
            tos: tos.unwrap_or(0),
            mark,
            protocol,
            ..FlowQuery::default()
        };
        let id = cx.new_packet(ns);
        let route = match self.route_output(ns, &query, cx.now) {
            Ok(route) => route,
            Err(errno) => {
                let own = self.is_local_address(ns, src);
                let reason = if own { DropReason::NoRoute } else { DropReason::SourceNotLocal };
                cx.drop(id, ns, None, reason);
                return Err(errno);
            }
        };
        let fits = bytes.len() <= route.mtu as usize;
        let (ident, dont_fragment) = match protocol {
            ipv4::protocol::TCP => (self.tcp_ident(cx, ns, socket, &bytes), !route.mtu_locked),
            ipv4::protocol::ICMP => (self.namespaces[ns].next_ident(cx), false),
            _ => {
                let off = self.namespaces[ns].sysctl.ip_no_pmtu_disc;
                (self.namespaces[ns].next_ident(cx), pmtu.dont_fragment(off, &route, fits))
            }
        };
        let raw = bytes.make_mut();
        if protocol == ipv4::protocol::TCP {
            dialect::adapt(&mut raw[ipv4::HEADER_LEN..], scaled);
        }
        rewrite::set_ident(raw, ident, dont_fragment);
        if raw[8] != ttl {
            rewrite::set_ttl(raw, ttl);
        }
        if let Some(tos) = tos.filter(|tos| *tos != 0) {
            rewrite::set_tos(raw, tos);
        }
        let mut packet = Packet::local(id, bytes);
        packet.socket = socket;
        packet.mark = mark;
        packet.confirms = self.tcp_confirms(ns, socket);
        self.ip_local_out(cx, ns, packet, route)
    }

    /// The identification of a segment: that of its connection, counting; zero for SYN-ACKs and for
    /// resets that belong to no connection.
    fn tcp_ident(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        socket: Option<SocketId>,
        packet: &[u8],
    ) -> u16 {
        let flags = tcp::flags(ipv4::payload(packet)).unwrap_or(0);
        let is_syn_ack =
            flags & (tcp::flag::SYN | tcp::flag::ACK) == tcp::flag::SYN | tcp::flag::ACK;
        let Some(socket) = socket.filter(|_| !is_syn_ack) else { return 0 };
        match self.namespaces[ns].sockets.table.get_mut(socket).map(|socket| &mut socket.kind) {
            Some(SocketKind::Tcp(tcp)) => {
                if tcp.ident == 0 {
                    tcp.ident = cx.rng.u32() as u16;
                }
                tcp.ident = tcp.ident.wrapping_add(1).max(1);
                tcp.ident
            }
            _ => 0,
        }
    }

    /// Whether a connection has just heard from its peer: its next hop answers, too.
    fn tcp_confirms(&mut self, ns: NamespaceId, socket: Option<SocketId>) -> bool {
        let socket = socket.and_then(|id| self.namespaces[ns].sockets.table.get_mut(id));
        match socket.map(|socket| &mut socket.kind) {
            Some(SocketKind::Tcp(tcp)) => std::mem::take(&mut tcp.progress),
            _ => false,
        }
    }
}
