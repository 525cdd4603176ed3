//! What can be chosen on the map, and how much of it is shown.

use netsim_sim::kernel::{LinkId, NamespaceId};
use netsim_sim::trace::HostId;

/// Something on the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Object {
    /// A machine.
    Machine(HostId),
    /// A namespace or container.
    Space(HostId, NamespaceId),
    /// A device in a namespace.
    Device(HostId, NamespaceId, LinkId),
}

/// How much is shown of each machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord)]
pub enum Zoom {
    /// Namespaces by name and address.
    Names,
    /// Also their devices.
    #[default]
    Devices,
    /// Also hardware addresses, MTU and counters.
    Details,
}
