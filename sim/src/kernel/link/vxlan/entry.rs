//! What a VXLAN device knows of where addresses are.

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use crate::engine::Time;
use crate::kernel::id::LinkId;
use crate::wire::{Ipv4Addr, MacAddr};

/// Where a host is that owns some MAC addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remote {
    /// Its address, or a multicast group.
    pub ip: Ipv4Addr,
    /// Its port, if not that of the device.
    pub port: Option<u16>,
    /// The network identifier to use, if not that of the device.
    pub vni: Option<u32>,
    /// The device by which to reach it.
    pub via: Option<LinkId>,
}

/// One entry of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VxlanEntry {
    /// Where frames go; several for the all-zero address (head-end replication).
    pub remotes: Vec<Remote>,
    /// How it came here.
    pub state: VxlanState,
    /// When it was last seen or changed.
    pub updated: Time,
    /// When it was last used for sending.
    pub used: Time,
}

/// How an entry came into the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VxlanState {
    /// Seen as the source of a frame; ages.
    Learnt,
    /// `bridge fdb add`; stays and may not move.
    Permanent,
    /// `bridge fdb add … static`; stays and may not move.
    Static,
}

impl VxlanState {
    pub(super) fn is_fixed(self) -> bool {
        self != VxlanState::Learnt
    }
}

/// The database, in order of insertion.
pub type VxlanFdb = IndexMap<MacAddr, VxlanEntry, FxBuildHasher>;
