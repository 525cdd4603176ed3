//! Sockets and where they are found.

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use slotmap::SlotMap;

use super::endpoint::Endpoint;
use super::error::SocketError;
use super::packet::PacketSocket;
use super::raw::RawSocket;
use super::raw6::Raw6Socket;
use super::tcp::{Listener, TcpKey, TcpSocket};
use super::udp::UdpSocket;
use crate::kernel::context::Context;
use crate::kernel::errno::Errno;
use crate::kernel::id::{LinkId, SocketId, Task};
use crate::kernel::ip::route::OutputRoute;
use crate::wire::ipv4;

/// A socket.
#[derive(Debug)]
pub struct Socket {
    /// What kind it is.
    pub(in crate::kernel) kind: SocketKind,
    /// Tasks that wait for something to happen to it.
    pub(in crate::kernel) waiters: Vec<Task>,
    /// An error that the next call returns (`SO_ERROR`).
    pub(in crate::kernel) error: Option<Errno>,
    /// The device to which it is bound (`SO_BINDTODEVICE`).
    pub(in crate::kernel) device: Option<LinkId>,
    /// Time to live of what it sends; `None` takes the sysctl.
    pub(in crate::kernel) ttl: Option<u8>,
    /// Type of service of what it sends.
    pub(in crate::kernel) tos: u8,
    /// Firewall mark of what it sends (`SO_MARK`).
    pub(in crate::kernel) mark: u32,
    /// Whether it may fragment, must not, or does not care (`IP_MTU_DISCOVER`).
    pub(in crate::kernel) pmtu: PmtuDiscovery,
    /// Whether ICMP errors are queued for it (`IP_RECVERR`).
    pub(in crate::kernel) wants_errors: bool,
    /// Queued errors.
    pub(in crate::kernel) errors: Vec<SocketError>,
    /// Who opened it, for `ss -p`: process number and name.
    pub(in crate::kernel) owner: Option<(u32, String)>,
    /// Whether its program has closed it; it lives on until TCP is done.
    pub(in crate::kernel) orphan: bool,
    /// Whether it is an IPv6 socket that takes IPv4, too (stored: only views show it).
    pub(in crate::kernel) dual_stack: bool,
    /// Whether it is an IPv6 socket that takes nothing else (`IPV6_V6ONLY`).
    pub(in crate::kernel) only_ipv6: bool,
}

/// The kinds of socket.
#[derive(Debug)]
pub enum SocketKind {
    /// A TCP connection.
    Tcp(Box<TcpSocket>),
    /// A TCP socket that listens.
    Listener(Box<Listener>),
    /// UDP.
    Udp(Box<UdpSocket>),
    /// `SOCK_RAW` over IP.
    Raw(Box<RawSocket>),
    /// `SOCK_RAW` over ICMPv6.
    Raw6(Box<Raw6Socket>),
    /// `AF_PACKET`.
    Packet(Box<PacketSocket>),
}

/// `IP_MTU_DISCOVER`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PmtuDiscovery {
    /// DF where it fits, fragments where it does not.
    #[default]
    Want,
    /// Never DF.
    Dont,
    /// Always DF: what does not fit is an error.
    Do,
}

impl PmtuDiscovery {
    /// Whether a packet is sent with DF (`ip_dont_fragment`). `off` is `ip_no_pmtu_disc`.
    pub(in crate::kernel) fn dont_fragment(self, off: u8, route: &OutputRoute, fits: bool) -> bool {
        match self {
            PmtuDiscovery::Want => fits && off == 0 && !route.mtu_locked,
            PmtuDiscovery::Dont => false,
            PmtuDiscovery::Do => true,
        }
    }
}

/// The sockets of a namespace.
#[derive(Debug, Default)]
pub struct Sockets {
    pub(in crate::kernel) endpoint: Option<Box<Endpoint>>,
    pub(in crate::kernel) table: SlotMap<SocketId, Socket>,
    pub(in crate::kernel) connections: IndexMap<TcpKey, SocketId, FxBuildHasher>,
    pub(in crate::kernel) listeners: IndexMap<u16, Vec<SocketId>, FxBuildHasher>,
    pub(in crate::kernel) udp: IndexMap<u16, Vec<SocketId>, FxBuildHasher>,
    pub(in crate::kernel) raw: Vec<SocketId>,
    pub(in crate::kernel) raw6: Vec<SocketId>,
    pub(in crate::kernel) packet: Vec<SocketId>,
    pub(in crate::kernel) next_port: u16,
}

impl Sockets {
    /// Whether a raw socket takes packets of this protocol.
    pub(in crate::kernel) fn has_raw(&self, packet: &[u8]) -> bool {
        let protocol = ipv4::protocol_of(packet);
        self.raw.iter().any(|id| match &self.table[*id].kind {
            SocketKind::Raw(raw) => raw.protocol == protocol,
            _ => false,
        })
    }

    /// Whether there is a raw socket over ICMPv6.
    pub(in crate::kernel) fn has_raw6(&self) -> bool {
        !self.raw6.is_empty()
    }

    /// A device is gone: sockets that are bound to it hear nothing more.
    pub(in crate::kernel) fn device_gone(&mut self, link: LinkId) {
        for socket in self.table.values_mut() {
            if socket.device == Some(link) {
                socket.error = Some(Errno::ENODEV);
            }
        }
    }

    /// A socket, or `EBADF`.
    pub(in crate::kernel) fn get(&self, id: SocketId) -> Result<&Socket, Errno> {
        self.table.get(id).ok_or(Errno::EBADF)
    }

    /// A socket for changing, or `EBADF`.
    pub(in crate::kernel) fn get_mut(&mut self, id: SocketId) -> Result<&mut Socket, Errno> {
        self.table.get_mut(id).ok_or(Errno::EBADF)
    }

    /// Wakes whoever waits for a socket.
    pub(in crate::kernel) fn wake(&mut self, cx: &mut Context, id: SocketId) {
        if let Some(socket) = self.table.get_mut(id) {
            for task in socket.waiters.drain(..) {
                cx.wake(task);
            }
        }
    }
}

impl Socket {
    pub(in crate::kernel) fn new(kind: SocketKind) -> Socket {
        Socket {
            kind,
            waiters: Vec::new(),
            error: None,
            device: None,
            ttl: None,
            tos: 0,
            mark: 0,
            pmtu: PmtuDiscovery::default(),
            wants_errors: false,
            errors: Vec::new(),
            owner: None,
            orphan: false,
            dual_stack: false,
            only_ipv6: false,
        }
    }
}
