//! What programs do with a connection: send, receive, close.

use smoltcp::socket::tcp::State;

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::errno::Errno;
use crate::kernel::id::{NamespaceId, SocketId};
use crate::kernel::socket::SocketKind;

impl Kernel {
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
        tcp.spend_first_window(data.len());
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
    pub(in crate::kernel::socket) fn tcp_close(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        id: SocketId,
    ) {
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
}
