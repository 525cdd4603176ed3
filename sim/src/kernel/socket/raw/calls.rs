//! What is done with raw sockets.

use super::{QUEUE, RawMessage, RawSend, RawSocket};
use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::errno::Errno;
use crate::kernel::id::{NamespaceId, SocketId};
use crate::kernel::ip::Packet;
use crate::kernel::ip::fib::RouteKind;
use crate::kernel::ip::route::FlowQuery;
use crate::kernel::socket::{Offender, PmtuDiscovery, Socket, SocketError, SocketKind, errno_of};
use crate::kernel::step::{Delivery, Step};
use crate::wire::{Ipv4Addr, icmp, ipv4};
use std::collections::VecDeque;

impl Kernel {
    /// Opens a raw socket.
    pub(in crate::kernel) fn raw_open(&mut self, ns: NamespaceId, protocol: u8) -> SocketId {
        let raw = RawSocket { protocol, address: None, broadcast: false, queue: VecDeque::new() };
        let sockets = &mut self.namespaces[ns].sockets;
        let id = sockets.table.insert(Socket::new(SocketKind::Raw(Box::new(raw))));
        sockets.raw.push(id);
        id
    }

    fn raw(&mut self, ns: NamespaceId, id: SocketId) -> Result<&mut RawSocket, Errno> {
        match &mut self.namespaces[ns].sockets.get_mut(id)?.kind {
            SocketKind::Raw(raw) => Ok(raw),
            _ => Err(Errno::EOPNOTSUPP),
        }
    }

    /// Gives a raw socket an address of its own.
    pub(in crate::kernel) fn raw_bind(
        &mut self,
        ns: NamespaceId,
        id: SocketId,
        address: Ipv4Addr,
    ) -> Result<(), Errno> {
        self.check_bind_address(ns, Some(address))?;
        self.raw(ns, id)?.address = Some(address);
        Ok(())
    }

    /// Allows a raw socket to send to broadcast addresses.
    pub(in crate::kernel) fn raw_allow_broadcast(
        &mut self,
        ns: NamespaceId,
        id: SocketId,
    ) -> Result<(), Errno> {
        self.raw(ns, id)?.broadcast = true;
        Ok(())
    }

    /// Sends a packet.
    pub(in crate::kernel) fn raw_send(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        id: SocketId,
        send: RawSend,
    ) -> Result<(), Errno> {
        let socket = self.namespaces[ns].sockets.get_mut(id)?;
        let (device, ttl, tos, pmtu) = (socket.device, socket.ttl, socket.tos, socket.pmtu);
        let mark = socket.mark;
        let raw = self.raw(ns, id)?;
        let (protocol, address, broadcast) = (raw.protocol, raw.address, raw.broadcast);
        if send.payload.len() + ipv4::HEADER_LEN > usize::from(u16::MAX) {
            return Err(Errno::EMSGSIZE);
        }
        let query = FlowQuery {
            dst: send.dst,
            src: address,
            output: device,
            tos,
            mark,
            protocol,
            ..FlowQuery::default()
        };
        let route = self.route_output(ns, &query, cx.now)?;
        if route.kind == RouteKind::Broadcast && !broadcast {
            return Err(Errno::EACCES);
        }
        let total = send.payload.len() + ipv4::HEADER_LEN;
        let fits = total <= route.mtu as usize;
        if pmtu == PmtuDiscovery::Do && !fits {
            let socket = self.namespaces[ns].sockets.get_mut(id)?;
            if socket.wants_errors {
                socket.errors.push(SocketError {
                    errno: Errno::EMSGSIZE,
                    icmp: None,
                    offender: None,
                    ttl: 0,
                    mtu: route.mtu,
                    quoted: Vec::new(),
                    destination: (send.dst, 0),
                });
            }
            return Err(Errno::EMSGSIZE);
        }
        let ttl = match (ttl, route.kind) {
            (Some(ttl), _) => ttl,
            (None, RouteKind::Multicast) => 1,
            (None, _) => self.namespaces[ns].sysctl.default_ttl,
        };
        let header = ipv4::Header {
            tos,
            // Who may not be fragmented needs no identification.
            ident: match pmtu {
                PmtuDiscovery::Do => 0,
                _ => self.namespaces[ns].next_ident(cx),
            },
            dont_fragment: pmtu.dont_fragment(
                self.namespaces[ns].sysctl.ip_no_pmtu_disc,
                &route,
                fits,
            ),
            ttl,
            protocol,
            src: route.src,
            dst: send.dst,
        };
        let mut bytes = send.payload;
        ipv4::push_header(&mut bytes, &header);
        let packet_id = cx.new_packet(ns);
        let mut packet = Packet::local(packet_id, bytes);
        packet.socket = Some(id);
        packet.mark = mark;
        packet.confirms = send.confirm;
        self.ip_local_out(cx, ns, packet, route)
    }

    /// Takes a packet that a raw socket heard; `None` if there is none.
    pub(in crate::kernel) fn raw_recv(
        &mut self,
        ns: NamespaceId,
        id: SocketId,
    ) -> Result<Option<RawMessage>, Errno> {
        Ok(self.raw(ns, id)?.queue.pop_front())
    }

    /// Every raw socket of its protocol hears a packet that is delivered here.
    pub(in crate::kernel) fn raw_sockets_receive(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        packet: &Packet,
    ) {
        if self.namespaces[ns].sockets.raw.is_empty() {
            return;
        }
        let protocol = ipv4::protocol_of(&packet.bytes);
        let (src, dst) = (ipv4::src(&packet.bytes), ipv4::dst(&packet.bytes));
        for id in self.namespaces[ns].sockets.raw.clone() {
            let socket = &mut self.namespaces[ns].sockets.table[id];
            let device = socket.device;
            let SocketKind::Raw(raw) = &mut socket.kind else { continue };
            let hears = raw.protocol == protocol
                && raw.address.is_none_or(|own| own == dst || dst.is_multicast() || own == src)
                && device.is_none_or(|device| packet.input == Some(device));
            if !hears || raw.queue.len() >= QUEUE {
                continue;
            }
            raw.queue.push_back(RawMessage {
                packet: packet.bytes.clone(),
                at: cx.now,
                input: packet.input,
            });
            cx.note(packet.id, ns, packet.input, Step::Delivered(Delivery::Socket(id)));
            self.namespaces[ns].sockets.wake(cx, id);
        }
    }

    /// An ICMP error about a packet of a raw socket. A redirect is no error for the socket; it hears
    /// it only as a packet.
    pub(in crate::kernel::socket) fn raw_icmp_error(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        quoted: &[u8],
        offender: Offender,
        error: icmp::Error,
    ) {
        if matches!(error, icmp::Error::Redirect(_)) {
            return;
        }
        let protocol = ipv4::protocol_of(quoted);
        let (src, dst) = (ipv4::src(quoted), ipv4::dst(quoted));
        for id in self.namespaces[ns].sockets.raw.clone() {
            let socket = &mut self.namespaces[ns].sockets.table[id];
            let SocketKind::Raw(raw) = &socket.kind else { continue };
            let is_ours = raw.protocol == protocol && raw.address.is_none_or(|own| own == src);
            if !is_ours || !socket.wants_errors {
                continue;
            }
            let mtu = match error {
                icmp::Error::FragmentationNeeded { mtu } => u32::from(mtu),
                _ => 0,
            };
            socket.errors.push(SocketError {
                errno: errno_of(error),
                icmp: Some(error),
                offender: Some(offender.address),
                ttl: offender.ttl,
                mtu,
                quoted: ipv4::payload(quoted).to_vec(),
                destination: (dst, 0),
            });
            self.namespaces[ns].sockets.wake(cx, id);
        }
    }
}
