//! What is done with packet sockets.

use super::{ALL_PROTOCOLS, PacketSocket, QUEUE, Sniffed};
use crate::kernel::Kernel;
use crate::kernel::context::{Context, Direction};
use crate::kernel::errno::Errno;
use crate::kernel::id::{LinkId, NamespaceId, SocketId};
use crate::kernel::socket::{Socket, SocketKind};
use crate::wire::{Bytes, Frame, ethernet, vlan};
use std::collections::VecDeque;

impl Kernel {
    /// Opens a packet socket.
    pub(in crate::kernel) fn packet_open(
        &mut self,
        ns: NamespaceId,
        link: Option<LinkId>,
        protocol: u16,
    ) -> SocketId {
        match link {
            Some(link) => self.links[link].taps += 1,
            None => self.taps_on_any += 1,
        }
        let packet = PacketSocket { link, protocol, queue: VecDeque::new(), dropped: 0 };
        let sockets = &mut self.namespaces[ns].sockets;
        let id = sockets.table.insert(Socket::new(SocketKind::Packet(Box::new(packet))));
        sockets.packet.push(id);
        id
    }

    /// Takes a frame that a packet socket heard; `None` if there is none.
    pub(in crate::kernel) fn packet_recv(
        &mut self,
        ns: NamespaceId,
        id: SocketId,
    ) -> Result<Option<Sniffed>, Errno> {
        match &mut self.namespaces[ns].sockets.get_mut(id)?.kind {
            SocketKind::Packet(packet) => Ok(packet.queue.pop_front()),
            _ => Err(Errno::EOPNOTSUPP),
        }
    }

    /// Sends a frame as it is.
    pub(in crate::kernel) fn packet_send(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        id: SocketId,
        bytes: Bytes,
    ) -> Result<(), Errno> {
        let SocketKind::Packet(packet) = &self.namespaces[ns].sockets.get(id)?.kind else {
            return Err(Errno::EOPNOTSUPP);
        };
        let link =
            packet.link.filter(|link| self.links.contains_key(*link)).ok_or(Errno::ENODEV)?;
        let device = &self.links[link];
        if !device.up {
            return Err(Errno::ENETDOWN);
        }
        if bytes.len() < ethernet::HEADER_LEN {
            return Err(Errno::EINVAL);
        }
        if bytes.len() > device.mtu as usize + ethernet::HEADER_LEN + vlan::TAG_LEN {
            return Err(Errno::EMSGSIZE);
        }
        let packet = cx.new_packet(ns);
        let _ = self.transmit(cx, link, Frame { packet, bytes });
        Ok(())
    }

    /// Shows a frame to the packet sockets of a namespace. What a socket sends itself it does not
    /// hear, but `tcpdump` on another socket does.
    pub(in crate::kernel) fn packet_sockets_receive(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        link: LinkId,
        direction: Direction,
        frame: &Frame,
    ) {
        let ethertype = ethernet::ethertype(&frame.bytes);
        for id in self.namespaces[ns].sockets.packet.clone() {
            let SocketKind::Packet(packet) = &mut self.namespaces[ns].sockets.table[id].kind else {
                continue;
            };
            let everything = packet.protocol == ALL_PROTOCOLS;
            let hears = packet.link.is_none_or(|own| own == link)
                && (everything || (packet.protocol == ethertype && direction == Direction::In));
            if !hears {
                continue;
            }
            if packet.queue.len() >= QUEUE {
                packet.dropped += 1;
                continue;
            }
            packet.queue.push_back(Sniffed {
                at: cx.now,
                link,
                direction,
                bytes: frame.bytes.clone(),
            });
            self.namespaces[ns].sockets.wake(cx, id);
        }
    }
}
