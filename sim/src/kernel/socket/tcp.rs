//! TCP sockets: listeners with a backlog, connections on smoltcp.
//!
//! smoltcp's sockets take one connection each and refuse a second SYN. So a connection's socket is
//! made when its SYN comes, from our own table of listeners, and a SYN beyond the backlog is dropped,
//! as on Linux. SYNs are repeated by our clock, which has Linux's schedule.

use std::collections::VecDeque;

use smoltcp::iface::{SocketHandle, SocketSet};
use smoltcp::socket::tcp::{self as smol, CongestionControl, State};
use smoltcp::wire::{IpEndpoint, IpListenEndpoint};

use crate::engine::{Span, Time};
use crate::kernel::context::Context;
use crate::kernel::errno::Errno;
use crate::kernel::event::KernelEvent;
use crate::kernel::id::{NamespaceId, SocketId};
use crate::kernel::ip::Packet;
use crate::kernel::ip::route::FlowQuery;
use crate::kernel::step::{Cause, Delivery, DropReason, Step};
use crate::kernel::{Kernel, timer};
use crate::wire::{Bytes, Ipv4Addr, icmp, ipv4, tcp, udp};

use super::dialect;
use super::endpoint::timestamp;
use super::ports::Transport;
use super::{Socket, SocketKind, TcpKey, errno_of};

/// Bytes that each direction of a connection buffers.
const BUFFER: usize = 65_535;
/// How long unacknowledged data is repeated before the connection is given up (`tcp_retries2`).
const USER_TIMEOUT: Span = Span::secs(924);

/// A TCP connection.
pub struct TcpSocket {
    /// Where it is in the table.
    pub(in crate::kernel) key: TcpKey,
    set: SocketSet<'static>,
    handle: SocketHandle,
    /// Path MTU, from which the segment size follows.
    mtu: u32,
    /// The listener that has not handed it over yet.
    parent: Option<SocketId>,
    /// Whether it came in by a listener.
    pub(in crate::kernel) accepted: bool,
    /// The SYN of a connection that is being opened, to be repeated.
    syn: Option<SynRetry>,
    /// The poll that is under way.
    timer_at: Option<Time>,
    /// Identification of its last packet.
    pub(in crate::kernel) ident: u16,
    /// Whether the peer has acknowledged something since the last packet.
    pub(in crate::kernel) progress: bool,
    /// What its state was when it was last looked at.
    last_state: State,
    /// Whether it ever was open.
    was_open: bool,
    /// Whether both ends scale their windows.
    pub(super) scaled: bool,
    /// Why it last had something to do, for what its timers send.
    cause: Cause,
}

impl std::fmt::Debug for TcpSocket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TcpSocket({:?}, {})", self.key, self.state())
    }
}

#[derive(Debug, Clone)]
struct SynRetry {
    segment: Bytes,
    sent_at: Time,
    next_at: Time,
    interval: Span,
    retries: u32,
}

/// A TCP socket that listens.
#[derive(Debug)]
pub struct Listener {
    /// The address, if it is not for all.
    pub(in crate::kernel) address: Option<Ipv4Addr>,
    /// The port.
    pub(in crate::kernel) port: u16,
    /// How many connections may wait to be accepted.
    pub(in crate::kernel) backlog: usize,
    /// Open connections that wait to be accepted.
    pub(in crate::kernel) ready: VecDeque<SocketId>,
    /// Connections whose handshake is not over.
    pub(in crate::kernel) half_open: Vec<SocketId>,
}

/// What a connection looks like from outside, for `ss` and `netstat`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TcpView {
    /// Own address and port, the other's address and port.
    pub key: TcpKey,
    /// Its state.
    pub state: State,
    /// Bytes received and not read.
    pub recv_queue: usize,
    /// Bytes sent and not acknowledged.
    pub send_queue: usize,
}

impl TcpSocket {
    fn new(key: TcpKey, mtu: u32, ttl: u8, socket: smol::Socket<'static>) -> TcpSocket {
        let mut set = SocketSet::new(Vec::with_capacity(1));
        let mut socket = socket;
        socket.set_hop_limit(Some(ttl));
        let handle = set.add(socket);
        TcpSocket {
            key,
            set,
            handle,
            mtu,
            parent: None,
            accepted: false,
            syn: None,
            timer_at: None,
            ident: 0,
            progress: false,
            last_state: State::Closed,
            was_open: false,
            scaled: false,
            cause: Cause::Kernel,
        }
    }

    fn smol(&mut self) -> &mut smol::Socket<'static> {
        self.set.get_mut(self.handle)
    }

    /// smoltcp's state of it.
    pub(in crate::kernel) fn state(&self) -> State {
        self.set.get::<smol::Socket>(self.handle).state()
    }

    /// Whether it is on its way out.
    pub(in crate::kernel) fn is_closing(&self) -> bool {
        matches!(self.state(), State::TimeWait | State::LastAck | State::Closing | State::Closed)
    }

    /// What `ss` shows.
    pub(in crate::kernel) fn view(&self) -> TcpView {
        let socket = self.set.get::<smol::Socket>(self.handle);
        TcpView {
            key: self.key,
            state: socket.state(),
            recv_queue: socket.recv_queue(),
            send_queue: socket.send_queue(),
        }
    }
}

fn new_smol_socket() -> smol::Socket<'static> {
    let buffer = || smol::SocketBuffer::new(vec![0; BUFFER]);
    let mut socket = smol::Socket::new(buffer(), buffer());
    socket.set_congestion_control(CongestionControl::Cubic);
    socket.set_tsval_generator(Some(timestamp));
    socket.set_timeout(Some(smoltcp::time::Duration::from_micros(USER_TIMEOUT.as_nanos() / 1_000)));
    socket.set_ack_delay(Some(smoltcp::time::Duration::from_millis(40)));
    socket
}

impl Kernel {
    fn tcp(&mut self, ns: NamespaceId, id: SocketId) -> Result<&mut TcpSocket, Errno> {
        match &mut self.namespaces[ns].sockets.get_mut(id)?.kind {
            SocketKind::Tcp(tcp) => Ok(tcp),
            _ => Err(Errno::EOPNOTSUPP),
        }
    }

    /// Opens a connection (`connect(2)`, non-blocking). The result comes by [`Kernel::tcp_connected`].
    pub(in crate::kernel) fn tcp_connect(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        local: (Option<Ipv4Addr>, u16),
        remote: (Ipv4Addr, u16),
        device: Option<crate::kernel::id::LinkId>,
    ) -> Result<SocketId, Errno> {
        self.check_bind_address(ns, local.0)?;
        let query = FlowQuery {
            dst: remote.0,
            src: local.0,
            output: device,
            protocol: ipv4::protocol::TCP,
            ..FlowQuery::default()
        };
        let route = self.route_output(ns, &query, cx.now)?;
        if !matches!(
            route.kind,
            crate::kernel::ip::fib::RouteKind::Unicast | crate::kernel::ip::fib::RouteKind::Local
        ) {
            return Err(Errno::ENETUNREACH);
        }
        let remote_ip = if remote.0.is_unspecified() { route.src } else { remote.0 };
        let free = |kernel: &Kernel, port: u16| {
            let key = (route.src, port, remote_ip, remote.1);
            !kernel.namespaces[ns].sockets.connections.contains_key(&key)
        };
        let port = match local.1 {
            0 => self.ephemeral_port(cx, ns, Transport::Tcp, Some(route.src), free)?,
            port => {
                if !self.port_is_unused(ns, local.0, port) {
                    return Err(Errno::EADDRINUSE);
                }
                port
            }
        };
        let key = (route.src, port, remote_ip, remote.1);
        let mut endpoint = self.take_endpoint(cx, ns);
        let mut socket = new_smol_socket();
        let result = socket.connect(
            endpoint.interface(route.mtu, cx.now).context(),
            IpEndpoint::new(remote_ip.into(), remote.1),
            IpListenEndpoint { addr: Some(route.src.into()), port },
        );
        self.namespaces[ns].sockets.endpoint = Some(endpoint);
        result.map_err(|_| Errno::EADDRNOTAVAIL)?;
        let ttl = self.namespaces[ns].sysctl.default_ttl;
        let tcp = TcpSocket::new(key, route.mtu, ttl, socket);
        let mut socket = Socket::new(SocketKind::Tcp(Box::new(tcp)));
        socket.device = device;
        let sockets = &mut self.namespaces[ns].sockets;
        let id = sockets.table.insert(socket);
        sockets.connections.insert(key, id);
        self.tcp_poll(cx, ns, id, None);
        Ok(id)
    }

    /// Whether a connection is open yet, or why it will not be.
    pub(in crate::kernel) fn tcp_connected(
        &mut self,
        ns: NamespaceId,
        id: SocketId,
    ) -> Result<bool, Errno> {
        let socket = self.namespaces[ns].sockets.get_mut(id)?;
        if let Some(errno) = socket.error.take() {
            return Err(errno);
        }
        let SocketKind::Tcp(tcp) = &socket.kind else { return Err(Errno::EOPNOTSUPP) };
        match tcp.state() {
            State::SynSent | State::SynReceived => Ok(false),
            State::Closed if !tcp.was_open => Err(Errno::ECONNREFUSED),
            _ => Ok(true),
        }
    }

    /// Listens (`bind(2)` and `listen(2)`).
    pub(in crate::kernel) fn tcp_listen(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        address: Option<Ipv4Addr>,
        port: u16,
        backlog: usize,
    ) -> Result<SocketId, Errno> {
        let address = address.filter(|address| !address.is_unspecified());
        self.check_bind_address(ns, address)?;
        let port = match port {
            0 => self.ephemeral_port(cx, ns, Transport::Tcp, address, |_, _| true)?,
            port if self.port_is_free(ns, Transport::Tcp, address, port) => port,
            _ => return Err(Errno::EADDRINUSE),
        };
        let backlog = backlog.min(self.namespaces[ns].sysctl.somaxconn as usize);
        let listener =
            Listener { address, port, backlog, ready: VecDeque::new(), half_open: Vec::new() };
        let sockets = &mut self.namespaces[ns].sockets;
        let id = sockets.table.insert(Socket::new(SocketKind::Listener(Box::new(listener))));
        sockets.listeners.entry(port).or_default().push(id);
        Ok(id)
    }

    /// Takes an open connection from a listener (`accept(2)`); `None` if there is none.
    pub(in crate::kernel) fn tcp_accept(
        &mut self,
        ns: NamespaceId,
        id: SocketId,
    ) -> Result<Option<(SocketId, (Ipv4Addr, u16))>, Errno> {
        let sockets = &mut self.namespaces[ns].sockets;
        let SocketKind::Listener(listener) = &mut sockets.get_mut(id)?.kind else {
            return Err(Errno::EINVAL);
        };
        let Some(connection) = listener.ready.pop_front() else { return Ok(None) };
        let tcp = self.tcp(ns, connection)?;
        tcp.parent = None;
        let (_, _, address, port) = tcp.key;
        Ok(Some((connection, (address, port))))
    }

    /// Sends; how many bytes were taken. Zero means that the buffer is full.
    pub(in crate::kernel) fn tcp_send(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        id: SocketId,
        data: &[u8],
    ) -> Result<usize, Errno> {
        if let Some(errno) = self.namespaces[ns].sockets.get_mut(id)?.error.take() {
            return Err(errno);
        }
        let tcp = self.tcp(ns, id)?;
        if !tcp.smol().may_send() {
            return match tcp.state() {
                State::SynSent | State::SynReceived => Ok(0),
                _ => Err(Errno::EPIPE),
            };
        }
        let sent = tcp.smol().send_slice(data).map_err(|_| Errno::EPIPE)?;
        if sent > 0 {
            self.tcp_poll(cx, ns, id, None);
        }
        Ok(sent)
    }

    /// Receives up to `max` bytes: `None` if there are none yet, empty at the end.
    pub(in crate::kernel) fn tcp_recv(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        id: SocketId,
        max: usize,
    ) -> Result<Option<Vec<u8>>, Errno> {
        let tcp = self.tcp(ns, id)?;
        let socket = tcp.smol();
        if socket.can_recv() {
            let data = socket
                .recv(|data| {
                    let taken = data.len().min(max);
                    (taken, data[..taken].to_vec())
                })
                .map_err(|_| Errno::ENOTCONN)?;
            // Reading opens the window: the peer may have to be told.
            self.tcp_poll(cx, ns, id, None);
            return Ok(Some(data));
        }
        let waiting =
            socket.may_recv() || matches!(socket.state(), State::SynSent | State::SynReceived);
        if let Some(errno) = self.namespaces[ns].sockets.get_mut(id)?.error.take() {
            return Err(errno);
        }
        Ok(if waiting { None } else { Some(Vec::new()) })
    }

    /// Reads and throws away what has come; how many bytes it was.
    pub(in crate::kernel) fn tcp_discard(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        id: SocketId,
    ) -> Result<usize, Errno> {
        let tcp = self.tcp(ns, id)?;
        let socket = tcp.smol();
        let mut total = 0;
        while socket.can_recv() {
            total += socket.recv(|data| (data.len(), data.len())).map_err(|_| Errno::ENOTCONN)?;
        }
        if total > 0 {
            self.tcp_poll(cx, ns, id, None);
        }
        Ok(total)
    }

    /// Whether a connection has data, its end, or an error to read.
    pub(in crate::kernel) fn tcp_readable(&mut self, ns: NamespaceId, id: SocketId) -> bool {
        let Ok(socket) = self.namespaces[ns].sockets.get_mut(id) else { return true };
        let has_error = socket.error.is_some();
        match &mut socket.kind {
            SocketKind::Tcp(tcp) => {
                let open = matches!(tcp.state(), State::SynSent | State::SynReceived);
                has_error || tcp.smol().can_recv() || !(tcp.smol().may_recv() || open)
            }
            SocketKind::Listener(listener) => !listener.ready.is_empty(),
            _ => true,
        }
    }

    /// Sends no more (`shutdown(SHUT_WR)`).
    pub(in crate::kernel) fn tcp_shutdown(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        id: SocketId,
    ) -> Result<(), Errno> {
        self.tcp(ns, id)?.smol().close();
        self.tcp_poll(cx, ns, id, None);
        Ok(())
    }

    /// Closes a connection: with a reset if something was not read (RFC 2525 section 2.17).
    pub(super) fn tcp_close(&mut self, cx: &mut Context, ns: NamespaceId, id: SocketId) {
        let Ok(tcp) = self.tcp(ns, id) else { return };
        let unread = tcp.smol().can_recv();
        // Nobody has answered a SYN: there is nobody to say goodbye to.
        let opening = tcp.state() == State::SynSent;
        if unread || opening {
            tcp.smol().abort();
        } else {
            tcp.smol().close();
        }
        tcp.parent = None;
        tcp.syn = None;
        let socket = &mut self.namespaces[ns].sockets.table[id];
        socket.orphan = true;
        socket.waiters.clear();
        if opening {
            return self.tcp_poll_quietly(cx, ns, id);
        }
        self.tcp_poll(cx, ns, id, None);
    }

    /// Closes a listener; connections that nobody accepted are reset.
    pub(super) fn listener_close(&mut self, cx: &mut Context, ns: NamespaceId, id: SocketId) {
        let sockets = &mut self.namespaces[ns].sockets;
        let Some(Socket { kind: SocketKind::Listener(listener), .. }) = sockets.table.remove(id)
        else {
            return;
        };
        if let Some(list) = sockets.listeners.get_mut(&listener.port) {
            list.retain(|other| *other != id);
            if list.is_empty() {
                sockets.listeners.swap_remove(&listener.port);
            }
        }
        for child in listener.ready.into_iter().chain(listener.half_open) {
            if let Ok(tcp) = self.tcp(ns, child) {
                tcp.smol().abort();
                self.namespaces[ns].sockets.table[child].orphan = true;
                self.tcp_poll(cx, ns, child, None);
            }
        }
    }

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

    /// The listener for an address and port: one on this address before one on all.
    fn listener_for(&self, ns: NamespaceId, address: Ipv4Addr, port: u16) -> Option<SocketId> {
        let sockets = &self.namespaces[ns].sockets;
        let score = |id: &SocketId| match &sockets.table[*id].kind {
            SocketKind::Listener(listener) => match listener.address {
                Some(own) if own == address => Some(1),
                Some(_) => None,
                None => Some(0),
            },
            _ => None,
        };
        let listeners = sockets.listeners.get(&port)?;
        listeners.iter().filter_map(|id| Some((score(id)?, *id))).max().map(|(_, id)| id)
    }

    /// A SYN for a listener: the connection begins.
    fn tcp_open(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        listener_id: SocketId,
        key: TcpKey,
        packet: &Packet,
    ) {
        let (own, own_port, other, _) = key;
        let SocketKind::Listener(listener) = &self.namespaces[ns].sockets.table[listener_id].kind
        else {
            return;
        };
        if listener.ready.len() > listener.backlog {
            return cx.drop(packet.id, ns, packet.input, DropReason::BacklogFull);
        }
        let query = FlowQuery { dst: other, src: Some(own), ..FlowQuery::default() };
        let mtu = self.route_output(ns, &query, cx.now).map_or(1500, |route| route.mtu);
        let mut socket = new_smol_socket();
        let endpoint = IpListenEndpoint { addr: Some(own.into()), port: own_port };
        if socket.listen(endpoint).is_err() {
            return cx.drop(packet.id, ns, packet.input, DropReason::NoListener);
        }
        let ttl = self.namespaces[ns].sysctl.default_ttl;
        let mut tcp = TcpSocket::new(key, mtu, ttl, socket);
        tcp.parent = Some(listener_id);
        tcp.accepted = true;
        let sockets = &mut self.namespaces[ns].sockets;
        let mut socket = Socket::new(SocketKind::Tcp(Box::new(tcp)));
        socket.owner.clone_from(&sockets.table[listener_id].owner);
        socket.dual_stack = sockets.table[listener_id].dual_stack;
        let id = sockets.table.insert(socket);
        sockets.connections.insert(key, id);
        if let SocketKind::Listener(listener) = &mut sockets.table[listener_id].kind {
            listener.half_open.push(id);
        }
        cx.note(packet.id, ns, packet.input, Step::Delivered(Delivery::Socket(id)));
        self.tcp_poll(cx, ns, id, Some(packet));
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
        let again = endpoint.poll(tcp.mtu, &mut tcp.set, packet.map(|p| p.bytes.clone()), now);
        let after = tcp.state();
        let flags = packet.and_then(|p| tcp::flags(ipv4::payload(&p.bytes)));
        if flags.is_some_and(|flags| flags & tcp::flag::ACK != 0) {
            tcp.progress = true;
        }
        if let Some(packet) = packet.filter(|_| flags.is_some_and(|f| f & tcp::flag::SYN != 0)) {
            tcp.scaled = dialect::scales(ipv4::payload(&packet.bytes));
        }
        let mut segments = endpoint.sent();
        self.tcp_state_changed(cx, ns, id, before, after, flags);
        for segment in segments.drain(..) {
            if self.is_early_syn_retry(ns, id, &segment, now) {
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

    /// smoltcp would repeat a SYN by its own clock; ours has Linux's schedule.
    fn is_early_syn_retry(
        &mut self,
        ns: NamespaceId,
        id: SocketId,
        segment: &Bytes,
        now: Time,
    ) -> bool {
        let flags = tcp::flags(ipv4::payload(segment)).unwrap_or(0);
        if flags & (tcp::flag::SYN | tcp::flag::ACK) != tcp::flag::SYN {
            return false;
        }
        let Ok(tcp) = self.tcp(ns, id) else { return false };
        if tcp.syn.is_some() {
            return true;
        }
        let interval = Span::secs(1);
        tcp.syn = Some(SynRetry {
            segment: segment.clone(),
            sent_at: now,
            next_at: timer::early(now, interval),
            interval,
            retries: 0,
        });
        false
    }

    /// Sets the timer of a connection, unless an earlier one is under way.
    fn tcp_arm(&mut self, cx: &mut Context, ns: NamespaceId, id: SocketId, again: Option<Time>) {
        let now = cx.now;
        let Ok(tcp) = self.tcp(ns, id) else { return };
        let opening = tcp.state() == State::SynSent;
        let next = match &tcp.syn {
            Some(retry) if opening => Some(retry.next_at),
            _ => again,
        };
        let Some(next) = next else { return };
        // smoltcp counts microseconds: "now" may lie a fraction of one in the past.
        let next = next.max(now + Span::micros(1));
        if tcp.timer_at.is_none_or(|at| at <= now || at > next) {
            tcp.timer_at = Some(next);
            cx.at(next, KernelEvent::SocketTimer { ns, socket: id });
        }
    }

    /// A connection's timer.
    pub(in crate::kernel) fn socket_timer(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        id: SocketId,
    ) {
        if !self.namespaces.contains_key(ns) {
            return;
        }
        let Ok(tcp) = self.tcp(ns, id) else { return };
        if tcp.timer_at.is_none_or(|at| at > cx.now) {
            return;
        }
        tcp.timer_at = None;
        if tcp.state() == State::SynSent && tcp.syn.is_some() {
            return self.syn_retry(cx, ns, id);
        }
        self.tcp_poll(cx, ns, id, None);
    }

    /// Repeats a SYN, or gives up (`tcp_retransmit_timer`, `tcp_write_timeout`): the first few times
    /// every second (`tcp_syn_linear_timeouts`), then doubling.
    fn syn_retry(&mut self, cx: &mut Context, ns: NamespaceId, id: SocketId) {
        let now = cx.now;
        let sysctl = &self.namespaces[ns].sysctl;
        let limit = u32::from(sysctl.tcp_syn_retries);
        let linear = u32::from(sysctl.tcp_syn_linear_timeouts);
        let Ok(tcp) = self.tcp(ns, id) else { return };
        let Some(retry) = &mut tcp.syn else { return };
        if now < retry.next_at {
            return self.tcp_arm(cx, ns, id, None);
        }
        let patience = Span::secs((2 << limit.min(30)) - 1);
        let waited_too_long = retry.retries > 0 && now - retry.sent_at >= patience;
        if retry.retries >= limit + linear || waited_too_long {
            tcp.syn = None;
            tcp.smol().abort();
            self.namespaces[ns].sockets.table[id].error.get_or_insert(Errno::ETIMEDOUT);
            return self.tcp_poll_quietly(cx, ns, id);
        }
        retry.retries += 1;
        if retry.retries > linear {
            retry.interval = retry.interval * 2;
        }
        retry.next_at = timer::early(now, retry.interval);
        let segment = retry.segment.clone();
        let _ = self.endpoint_output(cx, ns, Some(id), segment, None);
        self.tcp_arm(cx, ns, id, None);
    }

    /// Lets smoltcp finish an aborted connection without its reset: nobody has answered.
    fn tcp_poll_quietly(&mut self, cx: &mut Context, ns: NamespaceId, id: SocketId) {
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

    /// Takes a connection out of the table by which segments find it.
    fn tcp_unlink(&mut self, ns: NamespaceId, id: SocketId) {
        let sockets = &mut self.namespaces[ns].sockets;
        if let Some(Socket { kind: SocketKind::Tcp(tcp), .. }) = sockets.table.get(id)
            && sockets.connections.get(&tcp.key) == Some(&id)
        {
            sockets.connections.swap_remove(&tcp.key);
        }
    }

    fn tcp_remove(&mut self, ns: NamespaceId, id: SocketId) {
        self.tcp_unlink(ns, id);
        self.namespaces[ns].sockets.table.remove(id);
    }

    /// An ICMP error about a segment (`tcp_v4_err`): it ends a connection that is being opened, and
    /// makes an open one take smaller segments.
    pub(super) fn tcp_icmp_error(
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

    /// The path got narrower: segments shrink, and what was lost is sent again at once
    /// (`tcp_simple_retransmit`). smoltcp has no call for that; three duplicate acknowledgements tell
    /// it the same.
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
        self.tcp_poll(cx, ns, id, None);
    }
}
