//! What a kernel asks of the world, and what the world tells a kernel. All plain data.

use crate::engine::Time;
use crate::wire::Frame;

use super::id::{LinkId, NamespaceId, SocketId, Task};
use super::step::Cause;

/// Something that happens to one kernel at its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KernelEvent {
    /// A frame reaches a device.
    Arrival {
        /// The device that receives it.
        link: LinkId,
        /// The frame.
        frame: Frame,
    },
    /// The same frame reaches many devices at once: one event for a whole flood.
    Flood {
        /// The devices that receive it, in order.
        links: Vec<LinkId>,
        /// The frame that they share.
        frame: Frame,
    },
    /// A frame appears on a device that did not come by its wire (`netif_rx`); it is not counted.
    Backlog {
        /// The device.
        link: LinkId,
        /// The frame.
        frame: Frame,
    },
    /// A frame leaves a device's queue (`tc netem`, or a rate limit).
    Dequeue {
        /// The device whose queue it is.
        link: LinkId,
        /// The frame.
        frame: Frame,
    },
    /// A neighbour entry may have to change its state.
    NeighborTimer {
        /// The namespace whose table it is.
        ns: NamespaceId,
    },
    /// A socket's TCP has something to do.
    SocketTimer {
        /// The namespace of the socket.
        ns: NamespaceId,
        /// The socket.
        socket: SocketId,
    },
    /// Fragments may have waited too long.
    ReassemblyTimer {
        /// The namespace in which they wait.
        ns: NamespaceId,
    },
    /// Connections may have expired, and somebody wants to hear of it.
    ConntrackTimer {
        /// The namespace that tracks them.
        ns: NamespaceId,
    },
    /// The spanning tree of a bridge has something to do.
    BridgeTimer {
        /// The bridge.
        link: LinkId,
    },
    /// A device has something to do with its IPv6 addresses or groups.
    Ipv6Timer {
        /// The device.
        link: LinkId,
    },
    /// A proxied ARP request has waited its random time (`proxy_delay`).
    ProxyArp {
        /// The device on which the request came.
        link: LinkId,
        /// The request.
        frame: Frame,
    },
}

/// What a kernel wants done outside of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Tell me again at this time.
    At(Time, KernelEvent),
    /// Put this frame on the cable of a network card.
    Emit {
        /// The card.
        link: LinkId,
        /// The frame.
        frame: Frame,
    },
    /// This task may go on.
    Wake(Task, Cause),
    /// The machine boots again.
    Reboot,
}
