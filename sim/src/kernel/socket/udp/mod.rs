//! UDP sockets: smoltcp's queues and checksums, our choice of the socket.

mod calls;

use smoltcp::iface::{SocketHandle, SocketSet};
use smoltcp::socket::udp::{self as smol, PacketBuffer, PacketMetadata, UdpMetadata};
use smoltcp::wire::{IpEndpoint, IpListenEndpoint};

use crate::wire::Ipv4Addr;

/// Datagrams and bytes that may wait to be read (`rmem_default` in spirit).
const QUEUE: usize = 256;
const BUFFER: usize = 212_992;
/// The largest payload of a datagram.
const MAX_PAYLOAD: usize = 65_507;

/// A UDP socket.
pub struct UdpSocket {
    /// The address, if it is not for all.
    pub(in crate::kernel) address: Option<Ipv4Addr>,
    /// The port.
    pub(in crate::kernel) port: u16,
    /// The peer, if it is connected.
    pub(in crate::kernel) peer: Option<(Ipv4Addr, u16)>,
    /// Whether it may send to broadcast addresses.
    pub(in crate::kernel) broadcast: bool,
    set: SocketSet<'static>,
    handle: SocketHandle,
}

impl std::fmt::Debug for UdpSocket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "UdpSocket({:?}:{})", self.address, self.port)
    }
}

/// A datagram that was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Datagram {
    /// Its payload.
    pub data: Vec<u8>,
    /// Who sent it.
    pub from: (Ipv4Addr, u16),
    /// To which of our addresses.
    pub to: Ipv4Addr,
}

impl UdpSocket {
    fn smol(&mut self) -> &mut smol::Socket<'static> {
        self.set.get_mut(self.handle)
    }

    /// Bytes that wait to be read.
    pub(in crate::kernel) fn recv_queue(&self) -> usize {
        self.set.get::<smol::Socket>(self.handle).recv_queue()
    }
}

impl UdpSocket {
    /// Puts a datagram into smoltcp's outgoing queue, which is replaced if it is too small.
    fn queue(&mut self, data: &[u8], to: (Ipv4Addr, u16), from: Ipv4Addr) -> bool {
        let mut meta = UdpMetadata::from(IpEndpoint::new(to.0.into(), to.1));
        meta.local_address = Some(from.into());
        if self.smol().payload_send_capacity() < data.len() {
            self.grow(data.len().next_power_of_two().min(MAX_PAYLOAD));
        }
        self.smol().send_slice(data, meta).is_ok()
    }

    fn grow(&mut self, capacity: usize) {
        let port = self.port;
        let mut waiting = Vec::new();
        while let Ok((data, meta)) = self.smol().recv() {
            waiting.push((data.to_vec(), meta));
        }
        let buffer = |packets, bytes| {
            PacketBuffer::new(vec![PacketMetadata::EMPTY; packets], vec![0; bytes])
        };
        let mut rx = buffer(QUEUE, BUFFER);
        for (data, meta) in waiting {
            if let Ok(slot) = rx.enqueue(data.len(), meta) {
                slot.copy_from_slice(&data);
            }
        }
        let mut socket = smol::Socket::new(rx, buffer(2, capacity));
        // The port was free for this socket before.
        let _ = socket.bind(IpListenEndpoint { addr: None, port });
        self.set.remove(self.handle);
        self.handle = self.set.add(socket);
    }
}
