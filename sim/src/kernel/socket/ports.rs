//! Ports: who may bind which, and which one a socket gets that does not care.

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::errno::Errno;
use crate::kernel::id::{NamespaceId, SocketId};
use crate::wire::Ipv4Addr;

use super::SocketKind;

/// Which transport a port belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

impl Kernel {
    /// Whether an address may be bound in this namespace.
    pub(super) fn check_bind_address(
        &self,
        ns: NamespaceId,
        address: Option<Ipv4Addr>,
    ) -> Result<(), Errno> {
        match address {
            None => Ok(()),
            Some(_) if self.namespaces[ns].sysctl.ip_nonlocal_bind => Ok(()),
            Some(address) => {
                use crate::kernel::ip::fib::RouteKind::{Broadcast, Local, Multicast};
                match self.address_kind(ns, address) {
                    Local | Broadcast | Multicast => Ok(()),
                    _ => Err(Errno::EADDRNOTAVAIL),
                }
            }
        }
    }

    /// Whether a port is free for this address: a wildcard clashes with everything.
    pub(super) fn port_is_free(
        &self,
        ns: NamespaceId,
        transport: Transport,
        address: Option<Ipv4Addr>,
        port: u16,
    ) -> bool {
        let sockets = &self.namespaces[ns].sockets;
        let clashes = |other: Option<Ipv4Addr>| match (address, other) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        };
        let takes_ipv4 = |id: &SocketId| !sockets.table[*id].only_ipv6;
        match transport {
            Transport::Tcp => {
                let there = sockets.listeners.get(&port).into_iter().flatten();
                let listening = there.filter(|id| takes_ipv4(id)).any(|id| {
                    matches!(&sockets.table[*id].kind,
                        SocketKind::Listener(listener) if clashes(listener.address))
                });
                // A connection that came in by a listener does not keep its port busy for another
                // listener (SO_REUSEADDR, which servers set).
                let connected =
                    sockets.connections.keys().any(|(own, own_port, _, _)| {
                        *own_port == port && clashes(Some(*own)) && !listening
                    }) && sockets.connections.iter().any(|((own, own_port, _, _), id)| {
                        *own_port == port
                            && clashes(Some(*own))
                            && matches!(&sockets.table[*id].kind,
                            SocketKind::Tcp(tcp) if !tcp.accepted && !tcp.is_closing())
                    });
                !listening && !connected
            }
            Transport::Udp => {
                let there = sockets.udp.get(&port).into_iter().flatten();
                !there.filter(|id| takes_ipv4(id)).any(|id| {
                    matches!(&sockets.table[*id].kind,
                        SocketKind::Udp(udp) if clashes(udp.address))
                })
            }
        }
    }

    /// Whether no other socket takes what comes to this port by IPv6.
    pub(in crate::kernel) fn ipv6_port_is_free(
        &self,
        ns: NamespaceId,
        transport: Transport,
        port: u16,
    ) -> bool {
        let sockets = &self.namespaces[ns].sockets;
        let there = match transport {
            Transport::Tcp => sockets.listeners.get(&port),
            Transport::Udp => sockets.udp.get(&port),
        };
        there.into_iter().flatten().all(|id| !sockets.table[*id].dual_stack)
    }

    /// Whether nothing at all has a port on this address: a program that does not set `SO_REUSEADDR`
    /// may not even take that of a connection in TIME-WAIT.
    pub(super) fn port_is_unused(
        &self,
        ns: NamespaceId,
        address: Option<Ipv4Addr>,
        port: u16,
    ) -> bool {
        let connections = &self.namespaces[ns].sockets.connections;
        let busy = connections.keys().any(|(own, own_port, ..)| {
            *own_port == port && address.is_none_or(|address| address == *own)
        });
        !busy && self.port_is_free(ns, Transport::Tcp, address, port)
    }

    /// A free port of the ephemeral range (`inet_csk_get_port`, `udp_lib_get_port`): from a random
    /// start, upward.
    pub(super) fn ephemeral_port(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        transport: Transport,
        address: Option<Ipv4Addr>,
        is_usable: impl Fn(&Kernel, u16) -> bool,
    ) -> Result<u16, Errno> {
        let (low, high) = self.namespaces[ns].sysctl.local_port_range;
        let size = u32::from(high - low) + 1;
        if self.namespaces[ns].sockets.next_port == 0 {
            self.namespaces[ns].sockets.next_port = low + cx.rng.below(u64::from(size)) as u16;
        }
        let start = self.namespaces[ns].sockets.next_port.clamp(low, high) - low;
        for n in 0..size {
            let port = low + ((u32::from(start) + n) % size) as u16;
            if self.port_is_free(ns, transport, address, port) && is_usable(self, port) {
                // Linux takes every other port for connections, so that binds find some.
                self.namespaces[ns].sockets.next_port = port.saturating_add(2).max(1);
                return Ok(port);
            }
        }
        Err(Errno::EADDRNOTAVAIL)
    }
}
