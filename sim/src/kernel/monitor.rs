//! What `ip monitor` and `conntrack -E` hear: changes, told to whoever has asked in this namespace.

use std::collections::VecDeque;

use crate::wire::{Ipv4Addr, MacAddr};

use super::Kernel;
use super::id::{LinkId, NamespaceId, Task};

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Monitored {
    /// A neighbour entry changed.
    Neighbor {
        /// Its device.
        link: LinkId,
        /// Its address.
        ip: Ipv4Addr,
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
    /// A connection was entered into the table.
    Conntrack {
        /// Its number.
        entry: u32,
    },
    /// A ready-made line: entries that are gone, changes of other tables.
    Line {
        /// What it is about: `link`, `address`, `route`, `neigh`, `fdb`.
        topic: &'static str,
        /// As the tool prints it.
        text: String,
    },
}

/// One who listens. What nobody fetches is kept up to a limit.
#[derive(Debug)]
pub struct Listener {
    /// Its number.
    pub id: u32,
    /// Who is woken.
    pub task: Option<Task>,
    /// What was not fetched yet.
    pub queue: VecDeque<Monitored>,
}

/// Changes that wait for a slow listener.
const QUEUE_LEN: usize = 4096;

impl Kernel {
    /// Tells the listeners of a namespace.
    pub(in crate::kernel) fn monitor(&mut self, ns: NamespaceId, change: Monitored) {
        for listener in &mut self.namespaces[ns].listeners {
            if listener.queue.len() < QUEUE_LEN {
                listener.queue.push_back(change.clone());
            }
            self.woken.extend(listener.task);
        }
    }
}
