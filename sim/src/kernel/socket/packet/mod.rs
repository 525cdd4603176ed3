//! Packet sockets (`AF_PACKET`): whole frames, as `tcpdump` and `arping` see them.

mod calls;

use std::collections::VecDeque;

use crate::engine::Time;
use crate::kernel::context::Direction;
use crate::kernel::id::LinkId;
use crate::wire::Bytes;

/// Frames that may wait to be read.
const QUEUE: usize = 4096;
/// `ETH_P_ALL`.
pub const ALL_PROTOCOLS: u16 = 3;

/// A packet socket.
#[derive(Debug)]
pub struct PacketSocket {
    /// The device on which it listens; `None` for all.
    pub(in crate::kernel) link: Option<LinkId>,
    /// The Ethernet type that it hears, or [`ALL_PROTOCOLS`].
    pub(in crate::kernel) protocol: u16,
    queue: VecDeque<Sniffed>,
    /// Frames that found the queue full.
    pub(in crate::kernel) dropped: u64,
}

/// A frame that a packet socket heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sniffed {
    /// When.
    pub at: Time,
    /// On which device.
    pub link: LinkId,
    /// Which way it went.
    pub direction: Direction,
    /// The frame.
    pub bytes: Bytes,
}
