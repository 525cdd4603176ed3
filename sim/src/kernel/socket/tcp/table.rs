//! Connections in the table of sockets.

use crate::kernel::Kernel;
use crate::kernel::errno::Errno;
use crate::kernel::id::{NamespaceId, SocketId};
use crate::kernel::socket::{Socket, SocketKind};

use super::TcpSocket;

impl Kernel {
    pub(super) fn tcp(&mut self, ns: NamespaceId, id: SocketId) -> Result<&mut TcpSocket, Errno> {
        match &mut self.namespaces[ns].sockets.get_mut(id)?.kind {
            SocketKind::Tcp(tcp) => Ok(tcp),
            _ => Err(Errno::EOPNOTSUPP),
        }
    }

    /// Takes a connection out of the table by which segments find it.
    pub(super) fn tcp_unlink(&mut self, ns: NamespaceId, id: SocketId) {
        let sockets = &mut self.namespaces[ns].sockets;
        if let Some(Socket { kind: SocketKind::Tcp(tcp), .. }) = sockets.table.get(id)
            && sockets.connections.get(&tcp.key) == Some(&id)
        {
            sockets.connections.swap_remove(&tcp.key);
        }
    }

    pub(super) fn tcp_remove(&mut self, ns: NamespaceId, id: SocketId) {
        self.tcp_unlink(ns, id);
        self.namespaces[ns].sockets.table.remove(id);
    }
}
