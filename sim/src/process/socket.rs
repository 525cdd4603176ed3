//! Sockets as programs use them: calls that wait, and handles that close when they are dropped.

use std::rc::Rc;
use std::task::Poll;

use crate::kernel::socket::raw::RawSend;
use crate::kernel::socket::udp::Datagram;
use crate::kernel::socket::{Raw6Message, Raw6Send, RawMessage, Sniffed, SocketError};
use crate::kernel::sys::Sys;
use crate::kernel::{Errno, LinkId, NamespaceId, SocketId};
use crate::wire::{Bytes, Ipv4Addr, Ipv6Addr};

use super::proc::Proc;

type Result<T> = std::result::Result<T, Errno>;

/// Connections that wait at a listener that does not say how many may (`net.core.somaxconn`).
const SOMAXCONN: usize = 4096;

/// Bytes that one read takes.
const READ_MAX: usize = 65_536;

/// An open socket; closed when the last handle is gone.
#[derive(Clone)]
struct Handle(Rc<Open>);

struct Open {
    proc: Proc,
    ns: NamespaceId,
    id: SocketId,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.proc.runtime.closes.borrow_mut().push((self.ns, self.id));
    }
}

impl Handle {
    fn new(proc: &Proc, ns: NamespaceId, id: SocketId) -> Handle {
        let name = proc.argv().first().cloned().unwrap_or_default();
        let name = name.rsplit('/').next().unwrap_or_default().to_owned();
        // A socket that was just made is there.
        let _ = proc.sys_in(ns, |sys| sys.set_owner(id, proc.pid().0, &name));
        Handle(Rc::new(Open { proc: proc.clone(), ns, id }))
    }

    /// A call with the socket; its namespace may be gone, and the socket with it.
    fn sys<R>(&self, call: impl FnOnce(&mut Sys, SocketId) -> Result<R>) -> Result<R> {
        let open = &*self.0;
        open.proc.runtime.with_sys(Some(open.ns), "", |sys| {
            if sys.netns_exists(open.ns) { call(sys, open.id) } else { Err(Errno::EBADF) }
        })
    }

    /// Waits until `attempt` gives something.
    async fn wait_for<R>(
        &self,
        mut attempt: impl FnMut(&mut Sys, SocketId) -> Result<Option<R>>,
    ) -> Result<R> {
        let task = || self.0.proc.task();
        std::future::poll_fn(|_| {
            let task = task();
            let found = self.sys(|sys, id| {
                let found = attempt(sys, id)?;
                if found.is_none() {
                    sys.socket_wait(id, task);
                }
                Ok(found)
            });
            found.transpose().map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}

/// A TCP connection.
#[derive(Clone)]
pub struct Tcp {
    handle: Handle,
    /// The other end.
    pub peer: (Ipv4Addr, u16),
}

impl Tcp {
    /// Opens a connection from the namespace of `proc`.
    pub async fn connect(proc: &Proc, to: (Ipv4Addr, u16)) -> Result<Tcp> {
        Tcp::connect_from(proc, proc.ns(), (None, 0), to, None).await
    }

    /// Opens a connection from a namespace, an address, a port, a device.
    pub async fn connect_from(
        proc: &Proc,
        ns: NamespaceId,
        from: (Option<Ipv4Addr>, u16),
        to: (Ipv4Addr, u16),
        device: Option<LinkId>,
    ) -> Result<Tcp> {
        let id = proc.sys_in(ns, |sys| sys.tcp_connect(from, to, device))?;
        let handle = Handle::new(proc, ns, id);
        handle.wait_for(|sys, id| Ok(sys.tcp_connected(id)?.then_some(()))).await?;
        Ok(Tcp { handle, peer: to })
    }

    /// Its own end.
    pub fn local(&self) -> Result<(Ipv4Addr, u16)> {
        let (address, port) = self.handle.sys(|sys, id| sys.local_address(id))?;
        Ok((address.unwrap_or(Ipv4Addr::UNSPECIFIED), port))
    }

    /// Sends all of it.
    pub async fn send(&self, data: &[u8]) -> Result<()> {
        let mut sent = 0;
        while sent < data.len() {
            sent += self
                .handle
                .wait_for(|sys, id| {
                    let n = sys.tcp_send(id, &data[sent..])?;
                    Ok((n > 0).then_some(n))
                })
                .await?;
        }
        Ok(())
    }

    /// Receives some bytes; empty at the end.
    pub async fn recv(&self) -> Result<Vec<u8>> {
        self.handle.wait_for(|sys, id| sys.tcp_recv(id, READ_MAX)).await
    }

    /// Sends no more.
    pub fn shutdown(&self) {
        // A connection that is already broken needs no goodbye.
        let _ = self.handle.sys(|sys, id| sys.tcp_shutdown(id));
    }
}

/// A TCP socket that listens.
pub struct Listener {
    handle: Handle,
}

impl Listener {
    /// Listens in the namespace of `proc`.
    pub fn bind(proc: &Proc, address: Option<Ipv4Addr>, port: u16) -> Result<Listener> {
        Listener::bind_in(proc, proc.ns(), address, port)
    }

    /// Listens in another namespace.
    pub fn bind_in(
        proc: &Proc,
        ns: NamespaceId,
        address: Option<Ipv4Addr>,
        port: u16,
    ) -> Result<Listener> {
        Listener::open(proc, ns, address, port, SOMAXCONN)
    }

    /// Listens, but lets no more than so many connections wait.
    pub fn bind_with_backlog(
        proc: &Proc,
        address: Option<Ipv4Addr>,
        port: u16,
        backlog: usize,
    ) -> Result<Listener> {
        Listener::open(proc, proc.ns(), address, port, backlog)
    }

    fn open(
        proc: &Proc,
        ns: NamespaceId,
        address: Option<Ipv4Addr>,
        port: u16,
        backlog: usize,
    ) -> Result<Listener> {
        let id = proc.sys_in(ns, |sys| sys.tcp_listen(address, port, backlog))?;
        Ok(Listener { handle: Handle::new(proc, ns, id) })
    }

    /// Listens by IPv6 only, on all addresses of another namespace.
    pub fn bind_ipv6(proc: &Proc, ns: NamespaceId, port: u16) -> Result<Listener> {
        let id = proc.sys_in(ns, |sys| sys.tcp_listen_ipv6(port, SOMAXCONN))?;
        Ok(Listener { handle: Handle::new(proc, ns, id) })
    }

    /// Becomes the socket of a server that knows IPv6, on all addresses: shown as `:::80`.
    pub fn into_dual_stack(self) -> Result<Listener> {
        self.handle.sys(|sys, id| sys.set_dual_stack(id))?;
        Ok(self)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.handle.sys(|sys, id| sys.local_address(id)).map_or(0, |(_, port)| port)
    }

    /// Takes the next connection.
    pub async fn accept(&self) -> Result<Tcp> {
        let (id, peer) = self.handle.wait_for(|sys, id| sys.tcp_accept(id)).await?;
        let open = &self.handle.0;
        Ok(Tcp { handle: Handle::new(&open.proc, open.ns, id), peer })
    }
}

/// A UDP socket.
#[derive(Clone)]
pub struct Udp {
    handle: Handle,
}

impl Udp {
    /// Opens one in the namespace of `proc`; port 0 takes a free one.
    pub fn bind(proc: &Proc, address: Option<Ipv4Addr>, port: u16) -> Result<Udp> {
        Udp::bind_in(proc, proc.ns(), address, port)
    }

    /// Opens one in another namespace.
    pub fn bind_in(
        proc: &Proc,
        ns: NamespaceId,
        address: Option<Ipv4Addr>,
        port: u16,
    ) -> Result<Udp> {
        let id = proc.sys_in(ns, |sys| sys.udp_bind(address, port))?;
        Ok(Udp { handle: Handle::new(proc, ns, id) })
    }

    /// Opens one for IPv6 only, on all addresses of another namespace.
    pub fn bind_ipv6(proc: &Proc, ns: NamespaceId, port: u16) -> Result<Udp> {
        let id = proc.sys_in(ns, |sys| sys.udp_bind_ipv6(port))?;
        Ok(Udp { handle: Handle::new(proc, ns, id) })
    }

    /// Fixes the peer.
    pub fn connect(&self, peer: (Ipv4Addr, u16)) -> Result<()> {
        self.handle.sys(|sys, id| sys.udp_connect(id, peer))
    }

    /// Its own end.
    pub fn local(&self) -> (Option<Ipv4Addr>, u16) {
        self.handle.sys(|sys, id| sys.local_address(id)).unwrap_or((None, 0))
    }

    /// Sends a datagram.
    pub fn send(&self, to: Option<(Ipv4Addr, u16)>, data: &[u8]) -> Result<()> {
        self.handle.sys(|sys, id| sys.udp_send(id, to, data))
    }

    /// Waits for a datagram.
    pub async fn recv(&self) -> Result<Datagram> {
        self.handle.wait_for(|sys, id| sys.udp_recv(id)).await
    }

    /// Waits for a datagram or a queued error.
    pub async fn recv_event(&self) -> Result<UdpEvent> {
        self.handle
            .wait_for(|sys, id| {
                if let Some(error) = sys.socket_error(id)? {
                    return Ok(Some(UdpEvent::Error(error)));
                }
                Ok(sys.udp_recv(id)?.map(UdpEvent::Datagram))
            })
            .await
    }

    /// Waits for a datagram and leaves it there.
    pub async fn peek(&self) -> Result<Datagram> {
        self.handle.wait_for(|sys, id| sys.udp_peek(id)).await
    }

    /// Changes an option.
    pub fn option(&self, set: impl FnOnce(&mut Sys, SocketId) -> Result<()>) -> Result<()> {
        self.handle.sys(set)
    }

    /// Lets it send to broadcast addresses.
    pub fn allow_broadcast(&self) -> Result<()> {
        self.handle.sys(|sys, id| sys.set_broadcast(id))
    }

    /// Takes a queued error.
    pub fn error(&self) -> Option<SocketError> {
        self.handle.sys(|sys, id| sys.socket_error(id)).ok().flatten()
    }
}

/// What a UDP socket that hears of errors received.
#[derive(Debug)]
pub enum UdpEvent {
    /// A datagram.
    Datagram(Datagram),
    /// An error about a datagram that was sent.
    Error(SocketError),
}

/// A raw IP socket.
#[derive(Clone)]
pub struct Raw {
    handle: Handle,
}

/// What a raw socket that hears of errors received.
#[derive(Debug)]
pub enum RawEvent {
    /// A packet.
    Message(RawMessage),
    /// An error about a packet that was sent.
    Error(SocketError),
}

impl Raw {
    /// Opens one in the namespace of `proc`.
    pub fn open(proc: &Proc, protocol: u8) -> Result<Raw> {
        let ns = proc.ns();
        let id = proc.sys_in(ns, |sys| sys.raw_open(protocol))?;
        Ok(Raw { handle: Handle::new(proc, ns, id) })
    }

    /// Opens one that can do no more than ping, which everybody may.
    pub fn open_ping(proc: &Proc) -> Raw {
        let ns = proc.ns();
        let id = proc.sys_in(ns, |sys| sys.ping_open());
        Raw { handle: Handle::new(proc, ns, id) }
    }

    /// Sends.
    pub fn send(&self, send: RawSend) -> Result<()> {
        self.handle.sys(|sys, id| sys.raw_send(id, send))
    }

    /// Waits for a packet.
    pub async fn recv(&self) -> Result<RawMessage> {
        self.handle.wait_for(|sys, id| sys.raw_recv(id)).await
    }

    /// Waits for a packet or a queued error.
    pub async fn recv_event(&self) -> Result<RawEvent> {
        self.handle
            .wait_for(|sys, id| {
                if let Some(error) = sys.socket_error(id)? {
                    return Ok(Some(RawEvent::Error(error)));
                }
                Ok(sys.raw_recv(id)?.map(RawEvent::Message))
            })
            .await
    }

    /// Lets it send to broadcast addresses.
    pub fn allow_broadcast(&self) -> Result<()> {
        self.handle.sys(|sys, id| sys.set_broadcast(id))
    }

    /// Gives it an address.
    pub fn bind(&self, address: Ipv4Addr) -> Result<()> {
        self.handle.sys(|sys, id| sys.raw_bind(id, address))
    }

    /// Changes an option.
    pub fn option(&self, set: impl FnOnce(&mut Sys, SocketId) -> Result<()>) -> Result<()> {
        self.handle.sys(set)
    }
}

/// A raw socket over ICMPv6.
#[derive(Clone)]
pub struct Raw6 {
    handle: Handle,
}

impl Raw6 {
    /// Opens one in the namespace of `proc`.
    pub fn open(proc: &Proc) -> Raw6 {
        let ns = proc.ns();
        let id = proc.sys_in(ns, |sys| sys.raw6_open());
        Raw6 { handle: Handle::new(proc, ns, id) }
    }

    /// Sends.
    pub fn send(&self, send: Raw6Send) -> Result<()> {
        self.handle.sys(|sys, id| sys.raw6_send(id, send))
    }

    /// Waits for a packet or an error.
    pub async fn recv(&self) -> Result<Raw6Message> {
        self.handle.wait_for(|sys, id| sys.raw6_recv(id)).await
    }

    /// Gives it an address.
    pub fn bind(&self, address: Ipv6Addr) -> Result<()> {
        self.handle.sys(|sys, id| sys.raw6_bind(id, address))
    }

    /// Changes an option.
    pub fn option(&self, set: impl FnOnce(&mut Sys, SocketId) -> Result<()>) -> Result<()> {
        self.handle.sys(set)
    }
}

/// A packet socket.
#[derive(Clone)]
pub struct Packet {
    handle: Handle,
}

impl Packet {
    /// Opens one on a device, or on all, in the namespace of `proc`.
    pub fn open(proc: &Proc, link: Option<LinkId>, protocol: u16) -> Result<Packet> {
        let ns = proc.ns();
        let id = proc.sys_in(ns, |sys| sys.packet_open(link, protocol))?;
        Ok(Packet { handle: Handle::new(proc, ns, id) })
    }

    /// Sends a frame.
    pub fn send(&self, frame: Bytes) -> Result<()> {
        self.handle.sys(|sys, id| sys.packet_send(id, frame))
    }

    /// Waits for a frame.
    pub async fn recv(&self) -> Result<Sniffed> {
        self.handle.wait_for(|sys, id| sys.packet_recv(id)).await
    }
}
