//! What is done with UDP sockets.

use super::{BUFFER, Datagram, MAX_PAYLOAD, QUEUE, UdpSocket};
use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::errno::Errno;
use crate::kernel::id::{NamespaceId, SocketId};
use crate::kernel::ip::Packet;
use crate::kernel::ip::fib::RouteKind;
use crate::kernel::ip::route::FlowQuery;
use crate::kernel::socket::ports::Transport;
use crate::kernel::socket::{Offender, PmtuDiscovery, Socket, SocketError, SocketKind, errno_of};
use crate::kernel::step::{Delivery, DropReason, Step};
use crate::wire::{FlowKey, Ipv4Addr, icmp, ipv4, udp};
use smoltcp::iface::SocketSet;
use smoltcp::socket::udp::{self as smol, PacketBuffer, PacketMetadata, UdpMetadata};
use smoltcp::wire::IpListenEndpoint;

impl Kernel {
    fn udp(&mut self, ns: NamespaceId, id: SocketId) -> Result<&mut UdpSocket, Errno> {
        match &mut self.namespaces[ns].sockets.get_mut(id)?.kind {
            SocketKind::Udp(udp) => Ok(udp),
            _ => Err(Errno::EOPNOTSUPP),
        }
    }

    /// A UDP socket on an address and port; port zero takes a free one.
    pub(in crate::kernel) fn udp_bind(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        address: Option<Ipv4Addr>,
        port: u16,
    ) -> Result<SocketId, Errno> {
        let address = address.filter(|address| !address.is_unspecified());
        self.check_bind_address(ns, address)?;
        let port = match port {
            0 => self.ephemeral_port(cx, ns, Transport::Udp, address, |_, _| true)?,
            port if self.port_is_free(ns, Transport::Udp, address, port) => port,
            _ => return Err(Errno::EADDRINUSE),
        };
        self.udp_new(ns, address, port)
    }

    /// A UDP socket that takes what comes by IPv6, and nothing else.
    pub(in crate::kernel) fn udp_bind_ipv6(
        &mut self,
        ns: NamespaceId,
        port: u16,
    ) -> Result<SocketId, Errno> {
        let id = self.udp_new(ns, None, port)?;
        let socket = self.namespaces[ns].sockets.get_mut(id)?;
        (socket.dual_stack, socket.only_ipv6) = (true, true);
        Ok(id)
    }

    fn udp_new(
        &mut self,
        ns: NamespaceId,
        address: Option<Ipv4Addr>,
        port: u16,
    ) -> Result<SocketId, Errno> {
        let buffer = |packets, bytes| {
            PacketBuffer::new(vec![PacketMetadata::EMPTY; packets], vec![0; bytes])
        };
        // The outgoing queue is emptied at once: one datagram is enough, grown when needed.
        let mut socket = smol::Socket::new(buffer(QUEUE, BUFFER), buffer(1, 0));
        socket.bind(IpListenEndpoint { addr: None, port }).map_err(|_| Errno::EINVAL)?;
        let mut set = SocketSet::new(Vec::with_capacity(1));
        let handle = set.add(socket);
        let udp = UdpSocket { address, port, peer: None, broadcast: false, set, handle };
        let sockets = &mut self.namespaces[ns].sockets;
        let id = sockets.table.insert(Socket::new(SocketKind::Udp(Box::new(udp))));
        sockets.udp.entry(port).or_default().push(id);
        Ok(id)
    }

    /// Fixes the peer (`connect(2)`): only its datagrams are received, and its errors are reported.
    pub(in crate::kernel) fn udp_connect(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        id: SocketId,
        peer: (Ipv4Addr, u16),
    ) -> Result<(), Errno> {
        let socket = self.namespaces[ns].sockets.get(id)?;
        let (device, mark) = (socket.device, socket.mark);
        let src = self.udp(ns, id)?.address;
        let query = FlowQuery {
            dst: peer.0,
            src,
            output: device,
            mark,
            protocol: ipv4::protocol::UDP,
            ..FlowQuery::default()
        };
        let route = self.route_output(ns, &query, cx.now)?;
        let broadcast = self.udp(ns, id)?.broadcast;
        if route.kind == RouteKind::Broadcast && !broadcast {
            return Err(Errno::EACCES);
        }
        let udp = self.udp(ns, id)?;
        udp.peer = Some(peer);
        udp.address = Some(route.src);
        Ok(())
    }

    /// Sends a datagram.
    pub(in crate::kernel) fn udp_send(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        id: SocketId,
        to: Option<(Ipv4Addr, u16)>,
        data: &[u8],
    ) -> Result<(), Errno> {
        let socket = self.namespaces[ns].sockets.get_mut(id)?;
        if let Some(errno) = socket.error.take() {
            return Err(errno);
        }
        let (device, pmtu, wants_errors) = (socket.device, socket.pmtu, socket.wants_errors);
        let mark = socket.mark;
        let udp = self.udp(ns, id)?;
        let to = to.or(udp.peer).ok_or(Errno::ENOTCONN)?;
        if data.len() > MAX_PAYLOAD {
            return Err(Errno::EMSGSIZE);
        }
        let query = FlowQuery {
            dst: to.0,
            src: udp.address,
            output: device,
            mark,
            protocol: ipv4::protocol::UDP,
            ..FlowQuery::default()
        };
        let broadcast = udp.broadcast;
        let route = self.route_output(ns, &query, cx.now)?;
        if route.kind == RouteKind::Broadcast && !broadcast {
            return Err(Errno::EACCES);
        }
        let total = data.len() + udp::HEADER_LEN + ipv4::HEADER_LEN;
        if pmtu == PmtuDiscovery::Do && total > route.mtu as usize {
            if wants_errors {
                self.namespaces[ns].sockets.get_mut(id)?.errors.push(SocketError {
                    errno: Errno::EMSGSIZE,
                    icmp: None,
                    offender: None,
                    ttl: 0,
                    mtu: route.mtu,
                    quoted: Vec::new(),
                    destination: to,
                });
            }
            return Err(Errno::EMSGSIZE);
        }
        let mut endpoint = self.take_endpoint(cx, ns);
        let udp = self.udp(ns, id)?;
        let local = udp.port;
        let mut datagram = crate::wire::Bytes::copy_of(data);
        udp::push_header(&mut datagram, (route.src, local), to);
        let queued = udp.queue(data, to, route.src);
        let mut result = Err(Errno::ENOBUFS);
        if queued {
            endpoint.poll(65_535, &mut udp.set, None, cx.now);
            let mut packets = endpoint.sent();
            result = Ok(());
            for packet in packets.drain(..) {
                result = self.endpoint_output(cx, ns, Some(id), packet, device);
            }
            endpoint.recycle(packets);
        }
        self.namespaces[ns].sockets.endpoint = Some(endpoint);
        result
    }

    /// Receives a datagram; `None` if there is none.
    pub(in crate::kernel) fn udp_recv(
        &mut self,
        ns: NamespaceId,
        id: SocketId,
    ) -> Result<Option<Datagram>, Errno> {
        let socket = self.namespaces[ns].sockets.get_mut(id)?;
        let error = socket.error.take();
        let udp = self.udp(ns, id)?;
        if let Ok((data, meta)) = udp.smol().recv() {
            let datagram = datagram(data, meta);
            // An error stays for the call that finds nothing to read.
            self.namespaces[ns].sockets.get_mut(id)?.error = error;
            return Ok(datagram);
        }
        error.map_or(Ok(None), Err)
    }

    /// Looks at the next datagram, which stays (`MSG_PEEK`).
    pub(in crate::kernel) fn udp_peek(
        &mut self,
        ns: NamespaceId,
        id: SocketId,
    ) -> Result<Option<Datagram>, Errno> {
        if let Some(errno) = self.namespaces[ns].sockets.get_mut(id)?.error.take() {
            return Err(errno);
        }
        let next = self.udp(ns, id)?.smol().peek().ok();
        Ok(next.and_then(|(data, meta)| datagram(data, *meta)))
    }

    /// A datagram for this namespace: the most specific socket gets it; broadcasts and groups go to
    /// every socket on the port.
    pub(in crate::kernel) fn udp_socket_receive(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        packet: Packet,
        kind: RouteKind,
    ) {
        let (src, dst) = (ipv4::src(&packet.bytes), ipv4::dst(&packet.bytes));
        let ports = udp::ports(ipv4::payload(&packet.bytes));
        let (src_port, dst_port) = ports.expect("udp_receive has checked the header");
        let sockets = &self.namespaces[ns].sockets;
        let score = |id: &SocketId| {
            let socket = &sockets.table[*id];
            let SocketKind::Udp(udp) = &socket.kind else { return None };
            let elsewhere = socket.device.is_some_and(|device| packet.input != Some(device));
            if socket.only_ipv6 || elsewhere {
                return None;
            }
            let mut score = 0;
            match udp.peer {
                Some(peer) if peer == (src, src_port) => score += 2,
                Some(_) => return None,
                None => {}
            }
            match udp.address {
                Some(own) if own == dst => score += 1,
                Some(_) => return None,
                None => {}
            }
            Some(score)
        };
        let candidates = sockets.udp.get(&dst_port).map_or(&[][..], Vec::as_slice);
        let receivers: Vec<SocketId> = if kind == RouteKind::Local {
            let best = candidates.iter().filter_map(|id| Some((score(id)?, *id)));
            best.max_by_key(|(score, _)| *score).map(|(_, id)| id).into_iter().collect()
        } else {
            candidates.iter().filter(|id| score(id).is_some()).copied().collect()
        };
        if receivers.is_empty() {
            if kind == RouteKind::Local {
                self.icmp_error(cx, ns, icmp::Error::PORT_UNREACHABLE, &packet);
            }
            return cx.drop(packet.id, ns, packet.input, DropReason::NoListener);
        }
        for id in receivers {
            self.udp_deliver(cx, ns, id, &packet);
        }
    }

    fn udp_deliver(&mut self, cx: &mut Context, ns: NamespaceId, id: SocketId, packet: &Packet) {
        let mut endpoint = self.take_endpoint(cx, ns);
        let Ok(udp) = self.udp(ns, id) else {
            self.namespaces[ns].sockets.endpoint = Some(endpoint);
            return;
        };
        let before = udp.recv_queue();
        let is_empty = ipv4::payload(&packet.bytes).len() == udp::HEADER_LEN;
        let room = udp.smol().packet_recv_capacity() > 0;
        endpoint.poll(65_535, &mut udp.set, Some(packet.bytes.clone()), cx.now);
        let taken = udp.recv_queue() > before || (is_empty && room);
        let mut stray = endpoint.sent();
        stray.clear();
        endpoint.recycle(stray);
        self.namespaces[ns].sockets.endpoint = Some(endpoint);
        if taken {
            cx.note(packet.id, ns, packet.input, Step::Delivered(Delivery::Socket(id)));
        } else {
            cx.drop(packet.id, ns, packet.input, DropReason::SocketBufferFull);
        }
        self.namespaces[ns].sockets.wake(cx, id);
    }

    /// An ICMP error about a datagram of ours.
    pub(in crate::kernel::socket) fn udp_icmp_error(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        flow: FlowKey,
        offender: Offender,
        error: icmp::Error,
        quoted: &[u8],
    ) {
        if matches!(error, icmp::Error::Redirect(_)) {
            return;
        }
        let peer = (flow.dst, flow.dst_port());
        let sockets = &mut self.namespaces[ns].sockets;
        let Some(candidates) = sockets.udp.get(&flow.src_port()).cloned() else { return };
        for id in candidates {
            let socket = &mut sockets.table[id];
            let SocketKind::Udp(udp) = &socket.kind else { continue };
            let is_ours = udp.address.is_none_or(|own| own == flow.src)
                && udp.peer.is_none_or(|connected| connected == peer);
            if !is_ours {
                continue;
            }
            let connected = udp.peer.is_some();
            if socket.wants_errors {
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
                    quoted: ipv4::payload(quoted).get(udp::HEADER_LEN..).unwrap_or(&[]).to_vec(),
                    destination: peer,
                });
            }
            // Only hard errors reach a socket that did not ask for them.
            let hard = matches!(error, icmp::Error::Unreachable(2 | 3 | 9 | 10 | 13));
            if socket.wants_errors || (connected && hard) {
                socket.error = Some(errno_of(error));
            }
            sockets.wake(cx, id);
        }
    }
}

/// A datagram as programs see it.
fn datagram(data: &[u8], meta: UdpMetadata) -> Option<Datagram> {
    let std::net::IpAddr::V4(from) = meta.endpoint.addr.into() else { return None };
    let to = match meta.local_address.map(Into::into) {
        Some(std::net::IpAddr::V4(to)) => to,
        _ => Ipv4Addr::UNSPECIFIED,
    };
    Some(Datagram { data: data.to_vec(), from: (from, meta.endpoint.port), to })
}
