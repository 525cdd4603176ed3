//! Raw sockets over ICMPv6: `ping -6` builds its own messages, whose checksum the kernel fills in, and
//! hears everything of its protocol.

mod calls;

use std::collections::VecDeque;

use crate::engine::Time;
use crate::kernel::id::LinkId;
use crate::wire::{Bytes, Ipv6Addr, icmpv6};

/// Messages that may wait to be read.
const QUEUE: usize = 512;

/// A raw socket over ICMPv6.
#[derive(Debug, Default)]
pub struct Raw6Socket {
    /// Its own address, if it is bound.
    address: Option<Ipv6Addr>,
    queue: VecDeque<Raw6Message>,
}

/// What a raw socket over ICMPv6 hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Raw6Message {
    /// A packet.
    Packet {
        /// Who sent it.
        from: Ipv6Addr,
        /// By which device it came; one that was sent here to here has none.
        input: Option<LinkId>,
        /// How many routers might still have forwarded it.
        hop_limit: u8,
        /// From the ICMPv6 header on.
        message: Bytes,
        /// When it came.
        at: Time,
    },
    /// An error about a message of this socket.
    Error {
        /// Who reports it; `None` for this host's own call.
        offender: Option<(Ipv6Addr, Option<LinkId>)>,
        /// What it is.
        error: icmpv6::Error,
        /// The message, as far as it was quoted.
        quoted: Vec<u8>,
    },
}

/// A message to be sent by a raw socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raw6Send {
    /// Where to.
    pub dst: Ipv6Addr,
    /// By which device, if the address says so.
    pub zone: Option<LinkId>,
    /// The message.
    pub message: Bytes,
}
