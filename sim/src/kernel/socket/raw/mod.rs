//! Raw sockets: `ping` and `traceroute` build their own ICMP and hear everything of their protocol.

mod calls;

use std::collections::VecDeque;

use crate::engine::Time;
use crate::kernel::id::LinkId;
use crate::wire::{Bytes, Ipv4Addr};

/// Packets that may wait to be read.
const QUEUE: usize = 512;

/// A raw socket.
#[derive(Debug)]
pub struct RawSocket {
    /// Which protocol it hears.
    pub(in crate::kernel) protocol: u8,
    /// Its own address, if it is bound.
    pub(in crate::kernel) address: Option<Ipv4Addr>,
    /// Whether it may send to broadcast addresses.
    pub(in crate::kernel) broadcast: bool,
    queue: VecDeque<RawMessage>,
}

/// A packet that a raw socket heard: the whole of it, IP header included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawMessage {
    /// From the IP header on.
    pub packet: Bytes,
    /// When it came.
    pub at: Time,
    /// By which device.
    pub input: Option<LinkId>,
}

/// A packet to be sent by a raw socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawSend {
    /// Where to.
    pub dst: Ipv4Addr,
    /// What follows the IP header.
    pub payload: Bytes,
    /// Whether the next hop is known to answer (`MSG_CONFIRM`).
    pub confirm: bool,
}
