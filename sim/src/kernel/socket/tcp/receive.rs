//! Segments and errors from the network, smoltcp's work on them, and what follows for the program.

use smoltcp::socket::tcp::State;

use crate::engine::Span;
use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::errno::Errno;
use crate::kernel::id::{NamespaceId, SocketId};
use crate::kernel::ip::Packet;
use crate::kernel::ip::route::FlowQuery;
use crate::kernel::socket::{Socket, SocketKind, dialect, errno_of};
use crate::kernel::step::{Cause, Delivery, DropReason, Step};
use crate::wire::{icmp, ipv4, tcp, udp};

/// How long a program holds its socket while it sends: errors that come meanwhile wait.
const RELEASE_TIME: Span = Span::micros(20);

impl Kernel {
    /// A segment for this namespace.
    pub(in crate::kernel) fn tcp_receive(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        packet: Packet,
    ) {
        let (src, dst) = (ipv4::src(&packet.bytes), ipv4::dst(&packet.bytes));
        let segment = ipv4::payload(&packet.bytes);
        let (Some((src_port, dst_port)), Some(flags)) = (udp::ports(segment), tcp::flags(segment))
        else {
            return cx.drop(packet.id, ns, packet.input, DropReason::TransportMalformed);
        };
        let key = (dst, dst_port, src, src_port);
        let sockets = &self.namespaces[ns].sockets;
        if let Some(id) = sockets.connections.get(&key).copied() {
            let reused = flags & tcp::flag::SYN != 0
                && matches!(&sockets.table[id].kind,
                    SocketKind::Tcp(tcp) if tcp.state() == State::TimeWait);
            if !reused {
                cx.note(packet.id, ns, packet.input, Step::Delivered(Delivery::Socket(id)));
                return self.tcp_poll(cx, ns, id, Some(&packet));
            }
            // A new connection may take the place of one in TIME-WAIT (RFC 9293 section 3.6.1).
            self.tcp_remove(ns, id);
        }
        let is_open_request =
            flags & (tcp::flag::SYN | tcp::flag::ACK | tcp::flag::RST) == tcp::flag::SYN;
        match self.listener_for(ns, dst, dst_port) {
            Some(listener) if is_open_request => self.tcp_open(cx, ns, listener, key, &packet),
            _ => {
                cx.drop(packet.id, ns, packet.input, DropReason::NoListener);
                self.endpoint_refuse(cx, ns, &packet);
            }
        }
    }

    /// Lets smoltcp work on a connection: takes a segment in, sends what is to be sent, and looks at
    /// what has changed.
    pub(in crate::kernel) fn tcp_poll(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        id: SocketId,
        packet: Option<&Packet>,
    ) {
        let now = cx.now;
        let mut endpoint = self.take_endpoint(cx, ns);
        let Ok(tcp) = self.tcp(ns, id) else {
            self.namespaces[ns].sockets.endpoint = Some(endpoint);
            return;
        };
        match cx.cause() {
            Cause::Kernel => cx.set_cause(tcp.cause),
            cause => std::mem::replace(&mut tcp.cause, cause),
        };
        let before = tcp.state();
        let bytes = packet.map(|p| p.bytes.clone());
        let mut again = endpoint.poll(tcp.mtu, &mut tcp.set, bytes, now);
        if tcp.resend_at.is_some_and(|at| at <= now) {
            tcp.resend_at = None;
            if tcp.smol().send_queue() > 0
                && let Some(later) = again
            {
                again = endpoint.hurry(tcp.mtu, &mut tcp.set, later);
            }
        }
        let after = tcp.state();
        let flags = packet.and_then(|p| tcp::flags(ipv4::payload(&p.bytes)));
        if flags.is_some_and(|flags| flags & tcp::flag::ACK != 0) {
            tcp.progress = true;
        }
        if let Some(packet) = packet {
            tcp.sacked.note(ipv4::payload(&packet.bytes));
        }
        if let Some(packet) = packet.filter(|_| flags.is_some_and(|f| f & tcp::flag::SYN != 0)) {
            tcp.scaled = dialect::scales(ipv4::payload(&packet.bytes));
        }
        let mut segments = endpoint.sent();
        self.tcp_state_changed(cx, ns, id, before, after, flags);
        for mut segment in segments.drain(..) {
            if self.is_early_syn_retry(ns, id, &segment, now) {
                continue;
            }
            if self.tcp(ns, id).is_ok_and(|tcp| !tcp.sacked.trim(&mut segment)) {
                continue;
            }
            // Lost or refused below is lost: TCP repeats it.
            let _ = self.endpoint_output(cx, ns, Some(id), segment, None);
        }
        endpoint.recycle(segments);
        self.namespaces[ns].sockets.endpoint = Some(endpoint);
        self.tcp_arm(cx, ns, id, again);
        let finished = after == State::Closed
            && self.namespaces[ns].sockets.table.get(id).is_some_and(|socket| socket.orphan);
        if finished {
            self.tcp_remove(ns, id);
        } else {
            self.namespaces[ns].sockets.wake(cx, id);
        }
    }

    /// Lets smoltcp finish an aborted connection without its reset: nobody has answered.
    pub(super) fn tcp_poll_quietly(&mut self, cx: &mut Context, ns: NamespaceId, id: SocketId) {
        let mut endpoint = self.take_endpoint(cx, ns);
        if let Ok(tcp) = self.tcp(ns, id) {
            endpoint.poll(tcp.mtu, &mut tcp.set, None, cx.now);
        }
        let mut segments = endpoint.sent();
        segments.clear();
        endpoint.recycle(segments);
        self.namespaces[ns].sockets.endpoint = Some(endpoint);
        if self.namespaces[ns].sockets.table.get(id).is_some_and(|socket| socket.orphan) {
            self.tcp_remove(ns, id);
        } else {
            self.tcp_unlink(ns, id);
            self.namespaces[ns].sockets.wake(cx, id);
        }
    }

    /// What a new state means for the program: an error, a connection to accept, an end.
    fn tcp_state_changed(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        id: SocketId,
        before: State,
        after: State,
        flags: Option<u8>,
    ) {
        if before == after {
            return;
        }
        let was_reset = flags.is_some_and(|flags| flags & tcp::flag::RST != 0);
        let Ok(tcp) = self.tcp(ns, id) else { return };
        let is_open = matches!(after, State::Established | State::CloseWait);
        tcp.last_state = after;
        if is_open {
            tcp.was_open = true;
            tcp.syn = None;
        }
        let (was_open, parent) = (tcp.was_open, tcp.parent);
        let sockets = &mut self.namespaces[ns].sockets;
        if after == State::Closed && before != State::TimeWait && before != State::LastAck {
            let errno = match (was_reset, was_open) {
                (true, true) => Some(Errno::ECONNRESET),
                (true, false) => Some(Errno::ECONNREFUSED),
                (false, true) if flags.is_none() && !sockets.table[id].orphan => {
                    Some(Errno::ETIMEDOUT)
                }
                _ => None,
            };
            if sockets.table[id].error.is_none() {
                sockets.table[id].error = errno;
            }
        }
        let Some(parent) = parent else {
            if after == State::Closed {
                self.tcp_unlink(ns, id);
            }
            return;
        };
        let Some(Socket { kind: SocketKind::Listener(listener), .. }) =
            sockets.table.get_mut(parent)
        else {
            return;
        };
        if is_open && before == State::SynReceived {
            listener.half_open.retain(|other| *other != id);
            listener.ready.push_back(id);
            sockets.wake(cx, parent);
        } else if after == State::Closed || after == State::Listen {
            // The handshake failed, or the peer went away before it was accepted.
            listener.half_open.retain(|other| *other != id);
            if !listener.ready.contains(&id) {
                sockets.table[id].orphan = true;
                if after == State::Listen {
                    self.tcp_remove(ns, id);
                }
            }
        }
    }

    /// An ICMP error about a segment (`tcp_v4_err`): it ends a connection that is being opened, and
    /// makes an open one take smaller segments.
    pub(in crate::kernel::socket) fn tcp_icmp_error(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        id: SocketId,
        error: icmp::Error,
    ) {
        if let icmp::Error::FragmentationNeeded { .. } = error {
            return self.tcp_path_changed(cx, ns, id);
        }
        if matches!(error, icmp::Error::Redirect(_)) {
            return;
        }
        let Ok(tcp) = self.tcp(ns, id) else { return };
        if tcp.state() != State::SynSent {
            // A soft error: an open connection goes on trying.
            return;
        }
        tcp.syn = None;
        tcp.smol().abort();
        self.namespaces[ns].sockets.table[id].error.get_or_insert(errno_of(error));
        self.tcp_poll_quietly(cx, ns, id);
    }

    /// The path got narrower: segments shrink, and what was lost is sent again (`tcp_simple_retransmit`)
    /// as soon as the program that sends has left the socket. smoltcp has no call for that: its timer
    /// is made to run out.
    fn tcp_path_changed(&mut self, cx: &mut Context, ns: NamespaceId, id: SocketId) {
        let Ok(tcp) = self.tcp(ns, id) else { return };
        let (own, _, other, _) = tcp.key;
        let query = FlowQuery { dst: other, src: Some(own), ..FlowQuery::default() };
        let Ok(route) = self.route_output(ns, &query, cx.now) else { return };
        let Ok(tcp) = self.tcp(ns, id) else { return };
        if route.mtu >= tcp.mtu {
            return;
        }
        tcp.mtu = route.mtu;
        tcp.resend_at = Some(cx.now + RELEASE_TIME);
        self.tcp_poll(cx, ns, id, None);
    }
}
