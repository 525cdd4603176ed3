//! [`Task`]: what a device does later for its IPv6 addresses and groups.

use crate::wire::Ipv6Addr;

/// What a device does later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Task {
    /// Ask whether somebody has this address.
    AskForDuplicate(Ipv6Addr),
    /// Nobody answered: the address is its own.
    EndOfDad(Ipv6Addr),
    /// Report changes of groups.
    ReportChanges,
    /// Report all groups, once more after the first address.
    ReportAll,
    /// Ask for routers.
    AskForRouters,
}
