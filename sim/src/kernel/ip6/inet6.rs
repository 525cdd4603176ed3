//! What a device has of IPv6.

use std::collections::BTreeSet;

use super::group::Group;
use super::ifaddr::If6Addr;
use super::task::Task;
use crate::engine::{Span, Time};
use crate::wire::{Ipv6Addr, ipv6};

/// What a device has of IPv6.
#[derive(Debug, Default)]
pub struct Inet6 {
    /// Its addresses, in the order of `ip addr`: those that are known farthest first.
    pub(in crate::kernel) addrs: Vec<If6Addr>,
    /// The groups that it listens to beside the one of all nodes, the oldest first.
    pub(in crate::kernel) groups: Vec<Group>,
    /// Groups that it has just left, and how often that is still to be told.
    pub(in crate::kernel) left: Vec<(Ipv6Addr, u8)>,
    /// Whether it was configured since it came up (`IF_READY`).
    pub(in crate::kernel) ready: bool,
    /// Whether it went down since it was made: its groups came anew then.
    pub(in crate::kernel) reopened: bool,
    /// Reports of changes of groups that are still to be sent.
    pub(super) reports: u8,
    /// How long it waits for a router after its next question.
    pub(super) router_interval: Span,
    /// What it will do, and when.
    pub(super) tasks: BTreeSet<(Time, Task)>,
}

impl Inet6 {
    /// Whether it listens to a group.
    pub fn is_member(&self, group: Ipv6Addr) -> bool {
        group == ipv6::ALL_NODES
            || group == ipv6::INTERFACE_NODES
            || self.groups.iter().any(|joined| joined.address == group)
    }
}
