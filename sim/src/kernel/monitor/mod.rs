//! What `ip monitor` and `conntrack -E` hear: changes, told to whoever has asked in this namespace.

mod tell;

use std::collections::VecDeque;

use super::id::{LinkId, Task};
use super::ip::fib::FibRoute;
use super::ip::neighbor::view::NeighborView;
use super::link::IfAddr;
use super::link::view::FdbView;
use super::netfilter::conntrack::ConntrackEvent;
use crate::wire::{Ipv4Addr, MacAddr};

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Monitored {
    /// A device was made or changed.
    Link {
        /// The device.
        link: LinkId,
    },
    /// A device is gone.
    LinkGone(Gone),
    /// An address came or went.
    Address {
        /// Its device.
        link: LinkId,
        /// The address.
        address: IfAddr,
        /// Whether it went.
        gone: bool,
    },
    /// A route came or went.
    Route {
        /// Its table.
        table: u32,
        /// The route.
        route: FibRoute,
        /// Whether it went.
        gone: bool,
    },
    /// A neighbour entry changed.
    Neighbor {
        /// As it is now.
        view: NeighborView,
        /// Whether it went.
        gone: bool,
    },
    /// An entry of a forwarding database came, changed or went.
    Fdb {
        /// As it is now.
        view: FdbView,
        /// Whether it went.
        gone: bool,
    },
    /// A VXLAN device has no host for a MAC address.
    L2Miss {
        /// The device.
        link: LinkId,
        /// The address.
        mac: MacAddr,
    },
    /// A VXLAN device has no MAC address for an IP address.
    L3Miss {
        /// The device.
        link: LinkId,
        /// The address.
        ip: Ipv4Addr,
    },
    /// A connection came, changed or went.
    Conntrack(Box<ConntrackEvent>),
}

/// What there is to say of a device that is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Gone {
    pub ifindex: u32,
    pub name: String,
    pub mac: MacAddr,
    pub mtu: u32,
}

/// One who listens. What nobody fetches is kept up to a limit.
#[derive(Debug)]
pub struct Listener {
    /// Its number.
    pub id: u32,
    /// Whether it listens to connections, and to nothing else.
    pub hears_connections: bool,
    /// Who is woken.
    pub task: Option<Task>,
    /// What was not fetched yet.
    pub queue: VecDeque<Monitored>,
}
