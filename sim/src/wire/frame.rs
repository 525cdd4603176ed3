//! [`Frame`]: bytes on a link, and the packet they belong to.

use std::fmt;

use super::bytes::Bytes;

/// The identity of a packet. It survives forwarding, NAT, fragmentation and VXLAN encapsulation
/// (the same journey with more headers); an answer is a new packet.
///
/// The upper bits name the host on which it was made, so that hosts need not share a counter.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct PacketId(u64);

impl PacketId {
    const HOST_SHIFT: u32 = 40;

    /// The `n`th packet made on the host with this number.
    pub fn new(host: u16, n: u64) -> PacketId {
        PacketId(u64::from(host) << Self::HOST_SHIFT | n)
    }

    /// The number of the host on which the packet was made.
    pub fn host(self) -> u16 {
        (self.0 >> Self::HOST_SHIFT) as u16
    }

    /// The number of the packet among those of its host.
    pub fn number(self) -> u64 {
        self.0 & ((1 << Self::HOST_SHIFT) - 1)
    }
}

impl fmt::Display for PacketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.host(), self.number())
    }
}

impl fmt::Debug for PacketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PacketId({self})")
    }
}

/// A frame: it starts with an Ethernet header on every link but none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Which packet this is.
    pub packet: PacketId,
    /// The frame, from the Ethernet header on.
    pub bytes: Bytes,
}
