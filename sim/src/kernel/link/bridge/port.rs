//! What a device is as a port of a bridge: its number, its flags, its place in the spanning tree.

use crate::kernel::id::LinkId;
use crate::kernel::link::stp::{Designated, PortState};

use super::vlan::PortVlans;

/// The state of a device as a port.
#[derive(Debug)]
pub struct BridgePort {
    /// Its bridge.
    pub bridge: LinkId,
    /// Its number, from 1.
    pub number: u16,
    /// Port priority (upper bits of the port id), 0 to 63.
    pub priority: u8,
    /// Path cost of the spanning tree.
    pub cost: u32,
    /// What the spanning tree lets it do.
    pub state: PortState,
    /// `bridge link set dev … FLAG on|off`.
    pub flags: PortFlags,
    /// VLAN membership.
    pub vlans: PortVlans,
    /// What the spanning tree knows of the other side.
    pub designated: Designated,
}

impl BridgePort {
    /// Priority and number, as the protocol and `ip -d link` have them.
    pub fn id(&self) -> u16 {
        u16::from(self.priority & 0x3f) << 10 | (self.number & 0x3ff)
    }
}

/// Flags of a port (`BR_*` of `if_bridge.h`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, clippy::struct_excessive_bools)]
pub struct PortFlags {
    pub hairpin: bool,
    pub guard: bool,
    pub root_block: bool,
    pub fastleave: bool,
    pub learning: bool,
    pub flood: bool,
    pub mcast_flood: bool,
    pub bcast_flood: bool,
    pub mcast_to_unicast: bool,
    pub neigh_suppress: bool,
    pub vlan_tunnel: bool,
    pub isolated: bool,
    pub locked: bool,
}

impl Default for PortFlags {
    fn default() -> Self {
        PortFlags {
            hairpin: false,
            guard: false,
            root_block: false,
            fastleave: false,
            learning: true,
            flood: true,
            mcast_flood: true,
            bcast_flood: true,
            mcast_to_unicast: false,
            neigh_suppress: false,
            vlan_tunnel: false,
            isolated: false,
            locked: false,
        }
    }
}
