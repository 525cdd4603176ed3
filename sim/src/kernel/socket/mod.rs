//! Sockets: what programs hold of the network.
//!
//! TCP, UDP and echo replies are smoltcp's ([`endpoint`]); which socket a packet is for, ports,
//! backlogs and errors are ours. Each connection and each UDP socket sits in a smoltcp set of its own,
//! so that a packet polls exactly the socket that it is for.
//!
//! Read [`endpoint`], then [`tcp`] and [`udp`]; raw and packet sockets are in [`raw`] and [`packet`].

mod dialect;
pub mod endpoint;
pub mod packet;
pub mod ports;
pub mod raw;
pub mod raw6;
pub mod tcp;
pub mod udp;

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use slotmap::SlotMap;

use crate::wire::{FlowKey, Ipv4Addr, flow::Ports, icmp, ipv4};

use super::Kernel;
use super::context::Context;
use super::errno::Errno;
use super::id::{LinkId, NamespaceId, SocketId, Task};
use super::ip::Packet;
use super::ip::route::OutputRoute;

pub use endpoint::Endpoint;
pub use packet::{PacketSocket, Sniffed};
pub use raw::{RawMessage, RawSocket};
pub use raw6::{Raw6Message, Raw6Send, Raw6Socket};
pub use tcp::{Listener, TcpSocket};
pub use udp::UdpSocket;

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
    fn dont_fragment(self, off: u8, route: &OutputRoute, fits: bool) -> bool {
        match self {
            PmtuDiscovery::Want => fits && off == 0 && !route.mtu_locked,
            PmtuDiscovery::Dont => false,
            PmtuDiscovery::Do => true,
        }
    }
}

/// Who reported an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::kernel) struct Offender {
    /// Its address.
    address: Ipv4Addr,
    /// The TTL with which the report came.
    ttl: u8,
}

/// An error in a socket's queue (`MSG_ERRQUEUE`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketError {
    /// What the call would return.
    pub errno: Errno,
    /// The ICMP error; `None` for one that this host found itself.
    pub icmp: Option<icmp::Error>,
    /// Who reported it.
    pub offender: Option<Ipv4Addr>,
    /// The TTL with which the report came; zero for an error that this host found itself.
    pub ttl: u8,
    /// The MTU, for a message that was too long.
    pub mtu: u32,
    /// The payload of the packet that it is about, as far as it was quoted.
    pub quoted: Vec<u8>,
    /// Where that packet was sent.
    pub destination: (Ipv4Addr, u16),
}

/// A connection's place in the table: own address and port, the other's address and port.
pub type TcpKey = (Ipv4Addr, u16, Ipv4Addr, u16);

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

impl Kernel {
    /// Closes a socket. A TCP connection goes on closing by itself.
    pub(in crate::kernel) fn socket_close(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        id: SocketId,
    ) {
        let sockets = &mut self.namespaces[ns].sockets;
        let Some(socket) = sockets.table.get_mut(id) else { return };
        match &socket.kind {
            SocketKind::Tcp(_) => return self.tcp_close(cx, ns, id),
            SocketKind::Listener(_) => return self.listener_close(cx, ns, id),
            SocketKind::Udp(udp) => {
                let port = udp.port;
                if let Some(list) = sockets.udp.get_mut(&port) {
                    list.retain(|other| *other != id);
                    if list.is_empty() {
                        sockets.udp.swap_remove(&port);
                    }
                }
            }
            SocketKind::Raw(_) => sockets.raw.retain(|other| *other != id),
            SocketKind::Raw6(_) => sockets.raw6.retain(|other| *other != id),
            SocketKind::Packet(packet) => {
                let link = packet.link;
                sockets.packet.retain(|other| *other != id);
                match link {
                    Some(link) => {
                        if let Some(link) = self.links.get_mut(link) {
                            link.taps = link.taps.saturating_sub(1);
                        }
                    }
                    None => self.taps_on_any = self.taps_on_any.saturating_sub(1),
                }
            }
        }
        self.namespaces[ns].sockets.table.remove(id);
    }

    /// An ICMP error came: the socket whose packet it quotes has to know.
    pub(in crate::kernel) fn sockets_icmp_error(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        packet: &Packet,
        error: icmp::Error,
    ) {
        let offender =
            Offender { address: ipv4::src(&packet.bytes), ttl: ipv4::ttl_of(&packet.bytes) };
        let quoted = &ipv4::payload(&packet.bytes)[icmp::HEADER_LEN..];
        let protocol = ipv4::protocol_of(quoted);
        self.raw_icmp_error(cx, ns, quoted, offender, error);
        let Some(flow) = FlowKey::of(quoted) else { return };
        let Ports::Ports(own_port, other_port) = flow.ports else { return };
        match protocol {
            ipv4::protocol::TCP => {
                let key = (flow.src, own_port, flow.dst, other_port);
                if let Some(id) = self.namespaces[ns].sockets.connections.get(&key).copied() {
                    self.tcp_icmp_error(cx, ns, id, error);
                }
            }
            ipv4::protocol::UDP => self.udp_icmp_error(cx, ns, flow, offender, error, quoted),
            _ => {}
        }
    }
}

/// The error number of an ICMP error (`icmp_err_convert`).
pub fn errno_of(error: icmp::Error) -> Errno {
    match error {
        icmp::Error::Unreachable(0 | 5 | 6 | 9 | 11) => Errno::ENETUNREACH,
        icmp::Error::Unreachable(1 | 7 | 8 | 10 | 12..=15) => Errno::EHOSTUNREACH,
        icmp::Error::Unreachable(2) => Errno::ENOPROTOOPT,
        icmp::Error::Unreachable(3) => Errno::ECONNREFUSED,
        icmp::Error::FragmentationNeeded { .. } => Errno::EMSGSIZE,
        icmp::Error::TimeExceeded(_) => Errno::EHOSTUNREACH,
        icmp::Error::ParameterProblem(_) => Errno::EPROTONOSUPPORT,
        icmp::Error::Unreachable(_) | icmp::Error::Redirect(_) => Errno::EHOSTUNREACH,
    }
}
