//! Listeners, and the connections that come in by them.

use std::collections::VecDeque;

use smoltcp::wire::IpListenEndpoint;

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::errno::Errno;
use crate::kernel::id::{NamespaceId, SocketId};
use crate::kernel::ip::Packet;
use crate::kernel::ip::route::FlowQuery;
use crate::kernel::socket::ports::Transport;
use crate::kernel::socket::{Socket, SocketKind, TcpKey};
use crate::kernel::step::{Delivery, DropReason, Step};
use crate::wire::Ipv4Addr;

use super::{Listener, TcpSocket, new_smol_socket};

/// A connection that was accepted, and the address and port of its peer.
type Accepted = (SocketId, (Ipv4Addr, u16));

impl Kernel {
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
        Ok(self.listener_new(ns, address, port, backlog, false))
    }

    /// The same for IPv6 only, on all addresses.
    pub(in crate::kernel) fn tcp_listen_ipv6(
        &mut self,
        ns: NamespaceId,
        port: u16,
        backlog: usize,
    ) -> Result<SocketId, Errno> {
        if !self.ipv6_port_is_free(ns, Transport::Tcp, port) {
            return Err(Errno::EADDRINUSE);
        }
        Ok(self.listener_new(ns, None, port, backlog, true))
    }

    fn listener_new(
        &mut self,
        ns: NamespaceId,
        address: Option<Ipv4Addr>,
        port: u16,
        backlog: usize,
        only_ipv6: bool,
    ) -> SocketId {
        let backlog = backlog.min(self.namespaces[ns].sysctl.somaxconn as usize);
        let listener =
            Listener { address, port, backlog, ready: VecDeque::new(), half_open: Vec::new() };
        let sockets = &mut self.namespaces[ns].sockets;
        let mut socket = Socket::new(SocketKind::Listener(Box::new(listener)));
        (socket.dual_stack, socket.only_ipv6) = (only_ipv6, only_ipv6);
        let id = sockets.table.insert(socket);
        sockets.listeners.entry(port).or_default().push(id);
        id
    }

    /// Takes an open connection from a listener (`accept(2)`); `None` if there is none.
    pub(in crate::kernel) fn tcp_accept(
        &mut self,
        ns: NamespaceId,
        id: SocketId,
    ) -> Result<Option<Accepted>, Errno> {
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

    /// Closes a listener; connections that nobody accepted are reset.
    pub(in crate::kernel::socket) fn listener_close(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        id: SocketId,
    ) {
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

    /// The listener for an address and port: one on this address before one on all.
    pub(super) fn listener_for(
        &self,
        ns: NamespaceId,
        address: Ipv4Addr,
        port: u16,
    ) -> Option<SocketId> {
        let sockets = &self.namespaces[ns].sockets;
        let score = |id: &SocketId| match &sockets.table[*id].kind {
            _ if sockets.table[*id].only_ipv6 => None,
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
    pub(super) fn tcp_open(
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
}
