//! A TCP socket that listens.

use std::collections::VecDeque;

use crate::kernel::id::SocketId;
use crate::wire::Ipv4Addr;

/// A TCP socket that listens.
#[derive(Debug)]
pub struct Listener {
    /// The address, if it is not for all.
    pub(in crate::kernel) address: Option<Ipv4Addr>,
    /// The port.
    pub(in crate::kernel) port: u16,
    /// How many connections may wait to be accepted.
    pub(in crate::kernel) backlog: usize,
    /// Open connections that wait to be accepted.
    pub(in crate::kernel) ready: VecDeque<SocketId>,
    /// Connections whose handshake is not over.
    pub(in crate::kernel) half_open: Vec<SocketId>,
}
