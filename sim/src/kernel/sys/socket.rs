//! Sockets. Calls never block: where the real one would, they say "nothing yet", and
//! [`Sys::socket_wait`] has a task woken when that changes.

use crate::kernel::credentials::Capability;
use crate::kernel::errno::Errno;
use crate::kernel::id::{LinkId, SocketId, Task};
use crate::kernel::socket::ports::Transport;
use crate::kernel::socket::raw::RawSend;
use crate::kernel::socket::tcp::TcpView;
use crate::kernel::socket::udp::Datagram;
use crate::kernel::socket::{
    PmtuDiscovery, Raw6Message, Raw6Send, RawMessage, Sniffed, SocketError, SocketKind,
};
use crate::wire::{Bytes, Ipv4Addr, Ipv6Addr, ipv4};

use super::Sys;

/// One line of `ss`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketView {
    /// Which socket.
    pub id: SocketId,
    /// What it is and what it does.
    pub kind: SocketKindView,
    /// The process that has it: number and name.
    pub owner: Option<(u32, String)>,
    /// Whether it is an IPv6 socket that takes IPv4, too.
    pub dual_stack: bool,
    /// Whether it is an IPv6 socket that takes nothing else.
    pub only_ipv6: bool,
}

/// The kind of a socket, as `ss` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SocketKindView {
    /// A connection.
    Tcp(TcpView),
    /// A listener: address, port, connections that wait, backlog.
    Listener(Option<Ipv4Addr>, u16, usize, usize),
    /// UDP: address, port, peer, bytes that wait.
    Udp(Option<Ipv4Addr>, u16, Option<(Ipv4Addr, u16)>, usize),
    /// Raw: protocol, address.
    Raw(u8, Option<Ipv4Addr>),
    /// A raw socket over ICMPv6.
    Raw6,
    /// Packet: device, protocol.
    Packet(Option<LinkId>, u16),
}

type Result<T> = std::result::Result<T, Errno>;

impl Sys<'_> {
    /// Opens a TCP connection; see [`Sys::tcp_connected`].
    pub fn tcp_connect(
        &mut self,
        local: (Option<Ipv4Addr>, u16),
        remote: (Ipv4Addr, u16),
        device: Option<LinkId>,
    ) -> Result<SocketId> {
        self.kernel.tcp_connect(self.cx, self.ns, local, remote, device)
    }

    /// Whether a connection is open yet.
    pub fn tcp_connected(&mut self, id: SocketId) -> Result<bool> {
        self.kernel.tcp_connected(self.ns, id)
    }

    /// Listens for TCP connections.
    pub fn tcp_listen(
        &mut self,
        address: Option<Ipv4Addr>,
        port: u16,
        backlog: usize,
    ) -> Result<SocketId> {
        self.kernel.tcp_listen(self.cx, self.ns, address, port, backlog)
    }

    /// Listens for TCP connections by IPv6 only, on all addresses.
    pub fn tcp_listen_ipv6(&mut self, port: u16, backlog: usize) -> Result<SocketId> {
        self.kernel.tcp_listen_ipv6(self.ns, port, backlog)
    }

    /// Takes an open connection from a listener.
    pub fn tcp_accept(&mut self, id: SocketId) -> Result<Option<(SocketId, (Ipv4Addr, u16))>> {
        self.kernel.tcp_accept(self.ns, id)
    }

    /// Sends; how many bytes were taken, zero if the buffer is full.
    pub fn tcp_send(&mut self, id: SocketId, data: &[u8]) -> Result<usize> {
        self.kernel.tcp_send(self.cx, self.ns, id, data)
    }

    /// Receives: `None` if there is nothing yet, empty at the end.
    pub fn tcp_recv(&mut self, id: SocketId, max: usize) -> Result<Option<Vec<u8>>> {
        self.kernel.tcp_recv(self.cx, self.ns, id, max)
    }

    /// Reads and throws away; how many bytes it was.
    pub fn tcp_discard(&mut self, id: SocketId) -> Result<usize> {
        self.kernel.tcp_discard(self.cx, self.ns, id)
    }

    /// Whether a read would return at once.
    pub fn tcp_readable(&mut self, id: SocketId) -> bool {
        self.kernel.tcp_readable(self.ns, id)
    }

    /// Sends no more.
    pub fn tcp_shutdown(&mut self, id: SocketId) -> Result<()> {
        self.kernel.tcp_shutdown(self.cx, self.ns, id)
    }

    /// A UDP socket.
    pub fn udp_bind(&mut self, address: Option<Ipv4Addr>, port: u16) -> Result<SocketId> {
        self.kernel.udp_bind(self.cx, self.ns, address, port)
    }

    /// A UDP socket for IPv6 only, on all addresses.
    pub fn udp_bind_ipv6(&mut self, port: u16) -> Result<SocketId> {
        if !self.kernel.ipv6_port_is_free(self.ns, Transport::Udp, port) {
            return Err(Errno::EADDRINUSE);
        }
        self.kernel.udp_bind_ipv6(self.ns, port)
    }

    /// Fixes the peer of a UDP socket.
    pub fn udp_connect(&mut self, id: SocketId, peer: (Ipv4Addr, u16)) -> Result<()> {
        self.kernel.udp_connect(self.cx, self.ns, id, peer)
    }

    /// Sends a datagram.
    pub fn udp_send(
        &mut self,
        id: SocketId,
        to: Option<(Ipv4Addr, u16)>,
        data: &[u8],
    ) -> Result<()> {
        self.kernel.udp_send(self.cx, self.ns, id, to, data)
    }

    /// Receives a datagram, if there is one.
    pub fn udp_recv(&mut self, id: SocketId) -> Result<Option<Datagram>> {
        self.kernel.udp_recv(self.ns, id)
    }

    /// Looks at the next datagram, which stays.
    pub fn udp_peek(&mut self, id: SocketId) -> Result<Option<Datagram>> {
        self.kernel.udp_peek(self.ns, id)
    }

    /// The address and port of a UDP socket or a listener, or the own end of a connection.
    pub fn local_address(&self, id: SocketId) -> Result<(Option<Ipv4Addr>, u16)> {
        Ok(match &self.kernel.namespaces[self.ns].sockets.get(id)?.kind {
            SocketKind::Udp(udp) => (udp.address, udp.port),
            SocketKind::Listener(listener) => (listener.address, listener.port),
            SocketKind::Tcp(tcp) => (Some(tcp.key.0), tcp.key.1),
            SocketKind::Raw(_) | SocketKind::Raw6(_) | SocketKind::Packet(_) => {
                return Err(Errno::EOPNOTSUPP);
            }
        })
    }

    /// A raw socket for a protocol.
    pub fn raw_open(&mut self, protocol: u8) -> Result<SocketId> {
        self.demand(Capability::NET_RAW)?;
        Ok(self.kernel.raw_open(self.ns, protocol))
    }

    /// A socket for pings only, which needs no privilege (`SOCK_DGRAM` of ICMP).
    pub fn ping_open(&mut self) -> SocketId {
        self.kernel.raw_open(self.ns, ipv4::protocol::ICMP)
    }

    /// Gives a raw socket an address.
    pub fn raw_bind(&mut self, id: SocketId, address: Ipv4Addr) -> Result<()> {
        self.kernel.raw_bind(self.ns, id, address)
    }

    /// Sends by a raw socket.
    pub fn raw_send(&mut self, id: SocketId, send: RawSend) -> Result<()> {
        self.kernel.raw_send(self.cx, self.ns, id, send)
    }

    /// Receives by a raw socket.
    pub fn raw_recv(&mut self, id: SocketId) -> Result<Option<RawMessage>> {
        self.kernel.raw_recv(self.ns, id)
    }

    /// A raw socket over ICMPv6.
    pub fn raw6_open(&mut self) -> SocketId {
        self.kernel.raw6_open(self.ns)
    }

    /// Gives a raw socket over ICMPv6 an address.
    pub fn raw6_bind(&mut self, id: SocketId, address: Ipv6Addr) -> Result<()> {
        self.kernel.raw6_bind(self.ns, id, address)
    }

    /// Sends by a raw socket over ICMPv6.
    pub fn raw6_send(&mut self, id: SocketId, send: Raw6Send) -> Result<()> {
        self.kernel.raw6_send(self.cx, self.ns, id, send)
    }

    /// Receives by a raw socket over ICMPv6.
    pub fn raw6_recv(&mut self, id: SocketId) -> Result<Option<Raw6Message>> {
        self.kernel.raw6_recv(self.ns, id)
    }

    /// A packet socket on a device, or on all.
    pub fn packet_open(&mut self, link: Option<LinkId>, protocol: u16) -> Result<SocketId> {
        self.demand(Capability::NET_RAW)?;
        Ok(self.kernel.packet_open(self.ns, link, protocol))
    }

    /// Sends a frame.
    pub fn packet_send(&mut self, id: SocketId, frame: Bytes) -> Result<()> {
        self.kernel.packet_send(self.cx, self.ns, id, frame)
    }

    /// Receives a frame.
    pub fn packet_recv(&mut self, id: SocketId) -> Result<Option<Sniffed>> {
        self.kernel.packet_recv(self.ns, id)
    }

    /// Binds a socket to a device (`SO_BINDTODEVICE`).
    pub fn set_device(&mut self, id: SocketId, device: Option<LinkId>) -> Result<()> {
        self.kernel.namespaces[self.ns].sockets.get_mut(id)?.device = device;
        Ok(())
    }

    /// Time to live of what a socket sends (`IP_TTL`).
    pub fn set_ttl(&mut self, id: SocketId, ttl: u8) -> Result<()> {
        if ttl == 0 {
            return Err(Errno::EINVAL);
        }
        self.kernel.namespaces[self.ns].sockets.get_mut(id)?.ttl = Some(ttl);
        Ok(())
    }

    /// Type of service of what a socket sends (`IP_TOS`).
    pub fn set_tos(&mut self, id: SocketId, tos: u8) -> Result<()> {
        self.kernel.namespaces[self.ns].sockets.get_mut(id)?.tos = tos;
        Ok(())
    }

    /// Firewall mark of what a socket sends (`SO_MARK`).
    pub fn set_mark(&mut self, id: SocketId, mark: u32) -> Result<()> {
        self.kernel.namespaces[self.ns].sockets.get_mut(id)?.mark = mark;
        Ok(())
    }

    /// Whether what a socket sends may be fragmented (`IP_MTU_DISCOVER`).
    pub fn set_pmtu_discovery(&mut self, id: SocketId, pmtu: PmtuDiscovery) -> Result<()> {
        self.kernel.namespaces[self.ns].sockets.get_mut(id)?.pmtu = pmtu;
        Ok(())
    }

    /// Whether ICMP errors are queued for a socket (`IP_RECVERR`).
    pub fn set_receive_errors(&mut self, id: SocketId, on: bool) -> Result<()> {
        self.kernel.namespaces[self.ns].sockets.get_mut(id)?.wants_errors = on;
        Ok(())
    }

    /// Whether a socket may send to broadcast addresses (`SO_BROADCAST`).
    pub fn set_broadcast(&mut self, id: SocketId) -> Result<()> {
        match &mut self.kernel.namespaces[self.ns].sockets.get_mut(id)?.kind {
            SocketKind::Udp(udp) => udp.broadcast = true,
            SocketKind::Raw(_) => self.kernel.raw_allow_broadcast(self.ns, id)?,
            _ => {}
        }
        Ok(())
    }

    /// Makes it look like an IPv6 socket that takes IPv4, too: what a server opens that does not
    /// care.
    pub fn set_dual_stack(&mut self, id: SocketId) -> Result<()> {
        let (_, port) = self.local_address(id)?;
        if !self.kernel.ipv6_port_is_free(self.ns, Transport::Tcp, port) {
            return Err(Errno::EADDRINUSE);
        }
        self.kernel.namespaces[self.ns].sockets.get_mut(id)?.dual_stack = true;
        Ok(())
    }

    /// Says whose socket it is.
    pub fn set_owner(&mut self, id: SocketId, pid: u32, name: &str) -> Result<()> {
        let socket = self.kernel.namespaces[self.ns].sockets.get_mut(id)?;
        socket.owner = Some((pid, name.to_owned()));
        Ok(())
    }

    /// Takes a queued error (`MSG_ERRQUEUE`).
    pub fn socket_error(&mut self, id: SocketId) -> Result<Option<SocketError>> {
        let socket = self.kernel.namespaces[self.ns].sockets.get_mut(id)?;
        socket.error = None;
        Ok(if socket.errors.is_empty() { None } else { Some(socket.errors.remove(0)) })
    }

    /// Has a task woken when something happens to a socket.
    pub fn socket_wait(&mut self, id: SocketId, task: Task) {
        if let Ok(socket) = self.kernel.namespaces[self.ns].sockets.get_mut(id)
            && !socket.waiters.contains(&task)
        {
            socket.waiters.push(task);
        }
    }

    /// Closes a socket.
    pub fn socket_close(&mut self, id: SocketId) {
        if self.kernel.namespaces.contains_key(self.ns) {
            self.kernel.socket_close(self.cx, self.ns, id);
        }
    }

    /// All sockets of the namespace, and last those that its tunnels have.
    pub fn sockets(&self) -> Vec<SocketView> {
        let table = &self.kernel.namespaces[self.ns].sockets.table;
        let tunnels = self.kernel.vxlan_ports(self.ns).into_iter().map(|port| SocketView {
            id: SocketId::default(),
            owner: None,
            dual_stack: false,
            only_ipv6: false,
            kind: SocketKindView::Udp(None, port, None, 0),
        });
        table
            .iter()
            .map(|(id, socket)| SocketView {
                id,
                owner: socket.owner.clone().filter(|_| !socket.orphan),
                dual_stack: socket.dual_stack,
                only_ipv6: socket.only_ipv6,
                kind: match &socket.kind {
                    SocketKind::Tcp(tcp) => SocketKindView::Tcp(tcp.view()),
                    SocketKind::Listener(l) => {
                        SocketKindView::Listener(l.address, l.port, l.ready.len(), l.backlog)
                    }
                    SocketKind::Udp(udp) => {
                        SocketKindView::Udp(udp.address, udp.port, udp.peer, udp.recv_queue())
                    }
                    SocketKind::Raw(raw) => SocketKindView::Raw(raw.protocol, raw.address),
                    SocketKind::Raw6(_) => SocketKindView::Raw6,
                    SocketKind::Packet(packet) => {
                        SocketKindView::Packet(packet.link, packet.protocol)
                    }
                },
            })
            .chain(tunnels)
            .collect()
    }
}
