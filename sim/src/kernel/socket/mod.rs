//! Sockets: what programs hold of the network.
//!
//! TCP, UDP and echo replies are smoltcp's ([`endpoint`]); which socket a packet is for, ports,
//! backlogs and errors are ours. Each connection and each UDP socket sits in a smoltcp set of its own,
//! so that a packet polls exactly the socket that it is for.
//!
//! Read [`endpoint`], then [`tcp`] and [`udp`]; raw and packet sockets are in [`raw`] and [`packet`].

mod dialect;
pub mod endpoint;
mod error;
pub mod packet;
pub mod ports;
pub mod raw;
pub mod raw6;
mod state;
pub mod tcp;
pub mod udp;

use crate::wire::{FlowKey, flow::Ports, icmp, ipv4};

use super::Kernel;
use super::context::Context;
use super::id::{NamespaceId, SocketId};
use super::ip::Packet;

pub use endpoint::Endpoint;
pub(in crate::kernel) use error::Offender;
pub use error::{SocketError, errno_of};
pub use packet::{PacketSocket, Sniffed};
pub use raw::{RawMessage, RawSocket};
pub use raw6::{Raw6Message, Raw6Send, Raw6Socket};
pub use state::{PmtuDiscovery, Socket, SocketKind, Sockets};
pub use tcp::{Listener, TcpKey, TcpSocket};
pub use udp::UdpSocket;

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
