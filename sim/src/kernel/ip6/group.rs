//! A multicast group that a device has joined.

use crate::wire::{Ipv6Addr, ipv6};

/// How often a change is reported (`mldv2` robustness variable).
pub(super) const ROBUSTNESS: u8 = 2;

/// A group that a device listens to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The group.
    pub address: Ipv6Addr,
    /// How many want it.
    pub users: u32,
    /// Whether it was joined before the device came up first: hardware addresses are in this order.
    pub(super) is_early: bool,
    /// How often it is still to be reported.
    pub(super) pending: u8,
}

impl Group {
    /// A group about which nothing has to be reported yet.
    pub(super) fn silent(address: Ipv6Addr) -> Group {
        Group { address, users: 1, is_early: true, pending: 0 }
    }
}

/// Groups of the interface are nobody else's business, and all nodes are in their group.
pub(super) fn is_reported(group: Ipv6Addr) -> bool {
    group != ipv6::ALL_NODES && ipv6::multicast_scope(group).is_some_and(|scope| scope >= 2)
}
