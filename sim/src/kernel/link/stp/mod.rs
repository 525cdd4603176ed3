//! The spanning tree (IEEE 802.1D-1998 clause 8, `net/bridge/br_stp.c`): of a loop of bridges, some
//! ports block, so that exactly one way is left.
//!
//! Times are those of the root bridge; a bridge without the protocol forwards on every port. Here is
//! what a bridge and a port remember. Messages (`bpdu`) come in by `receive` and leave by `transmit`;
//! `election` finds the root port and the designated ones, `port_state` lets ports forward or not,
//! `topology_change` tells the others, `timer` waits, `configure` is what an administrator changes.

mod bpdu;
mod configure;
mod election;
mod port_state;
mod receive;
mod timer;
mod topology_change;
mod transmit;

use crate::engine::{Span, Time};
use crate::kernel::id::LinkId;
use crate::wire::MacAddr;

/// What the spanning tree lets a port do (`BR_STATE_*`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PortState {
    /// The device is down, or has no carrier.
    #[default]
    Disabled,
    /// Waits for the tree to settle.
    Listening,
    /// Learns addresses, does not forward yet.
    Learning,
    /// Works.
    Forwarding,
    /// Would close a loop.
    Blocking,
}

impl PortState {
    /// As `bridge link` prints it.
    pub fn name(self) -> &'static str {
        match self {
            PortState::Disabled => "disabled",
            PortState::Listening => "listening",
            PortState::Learning => "learning",
            PortState::Forwarding => "forwarding",
            PortState::Blocking => "blocking",
        }
    }
}

/// A bridge's name in the tree: the lowest becomes the root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BridgeId {
    /// Priority, a multiple of 4096 by custom.
    pub priority: u16,
    /// MAC address of the bridge.
    pub mac: MacAddr,
}

/// What is known of the segment behind a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Designated {
    /// The root that the segment's bridge believes in.
    pub root: BridgeId,
    /// Its distance from that root.
    pub cost: u32,
    /// The bridge that speaks on the segment.
    pub bridge: BridgeId,
    /// The port by which it speaks.
    pub port: u16,
    /// Until when the other side's word counts; `None` where this bridge itself speaks.
    pub message_age_until: Option<Time>,
    /// When the port goes on to its next state.
    pub forward_delay_until: Option<Time>,
    /// Whether the root shall be told that the topology-change message came.
    pub topology_change_ack: bool,
}

/// The state of a bridge in the tree.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct Stp {
    pub enabled: bool,
    pub priority: u16,
    pub root: Option<BridgeId>,
    pub root_path_cost: u32,
    pub root_port: Option<LinkId>,
    /// As configured here; the root's values are in `times`.
    pub own_times: Times,
    pub times: Times,
    pub topology_change: bool,
    pub topology_change_detected: bool,
    pub hello_at: Option<Time>,
    pub tcn_at: Option<Time>,
    pub topology_change_until: Option<Time>,
    /// The timer event that is under way, so that there is never more than one useful one.
    timer_at: Option<Time>,
}

/// The three times that the root dictates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Times {
    pub max_age: Span,
    pub hello: Span,
    pub forward_delay: Span,
}

impl Default for Times {
    fn default() -> Self {
        Times { max_age: Span::secs(20), hello: Span::secs(2), forward_delay: Span::secs(15) }
    }
}

impl Default for Stp {
    fn default() -> Self {
        Stp {
            enabled: false,
            priority: 0x8000,
            root: None,
            root_path_cost: 0,
            root_port: None,
            own_times: Times::default(),
            times: Times::default(),
            topology_change: false,
            topology_change_detected: false,
            hello_at: None,
            tcn_at: None,
            topology_change_until: None,
            timer_at: None,
        }
    }
}
