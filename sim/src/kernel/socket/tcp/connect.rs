//! Opening connections.

use smoltcp::socket::tcp::State;
use smoltcp::wire::{IpEndpoint, IpListenEndpoint};

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::errno::Errno;
use crate::kernel::id::{LinkId, NamespaceId, SocketId};
use crate::kernel::ip::fib::RouteKind;
use crate::kernel::ip::route::FlowQuery;
use crate::kernel::socket::ports::Transport;
use crate::kernel::socket::{Socket, SocketKind};
use crate::wire::{Ipv4Addr, ipv4};

use super::{TcpSocket, new_smol_socket};

impl Kernel {
    /// Opens a connection (`connect(2)`, non-blocking). The result comes by [`Kernel::tcp_connected`].
    pub(in crate::kernel) fn tcp_connect(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        local: (Option<Ipv4Addr>, u16),
        remote: (Ipv4Addr, u16),
        device: Option<LinkId>,
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
        if !matches!(route.kind, RouteKind::Unicast | RouteKind::Local) {
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
}
