//! An entry of a forwarding database as those see it who look or listen.

use super::fdb::{FdbEntry, Origin, Place, Station};
use super::vxlan::{Remote, VxlanState};
use crate::kernel::id::LinkId;
use crate::wire::MacAddr;

/// One line of `bridge fdb`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FdbView {
    /// The address.
    pub mac: MacAddr,
    /// The device with which it is shown.
    pub link: LinkId,
    /// The bridge in whose table it is; `None` for a device's own (`self`).
    pub master: Option<LinkId>,
    /// Its VLAN, if the bridge filters.
    pub vlan: Option<u16>,
    /// Of a VXLAN device: where the address is.
    pub remote: Option<Remote>,
    /// `permanent`, `static`, or nothing.
    pub state: &'static str,
    /// Seconds since it was used and seen.
    pub ages: (u64, u64),
}

/// An entry of a bridge's table.
pub(in crate::kernel) fn bridge_entry_view(
    bridge: LinkId,
    filtering: bool,
    station: Station,
    entry: &FdbEntry,
    ages: (u64, u64),
) -> FdbView {
    FdbView {
        mac: station.mac,
        link: entry.place.device(),
        master: Some(bridge),
        vlan: (filtering && station.vlan != 0).then_some(station.vlan),
        remote: None,
        state: match (entry.place, entry.origin) {
            (Place::Local(_), _) | (_, Origin::Permanent) => "permanent",
            (_, Origin::Static) => "static",
            _ => "",
        },
        ages,
    }
}

/// An entry of a VXLAN device, for one of its hosts.
pub(in crate::kernel) fn vxlan_entry_view(
    link: LinkId,
    mac: MacAddr,
    remote: Remote,
    state: VxlanState,
    ages: (u64, u64),
) -> FdbView {
    let state = match state {
        VxlanState::Permanent => "permanent",
        VxlanState::Static => "static",
        VxlanState::Learnt => "",
    };
    FdbView { mac, link, master: None, vlan: None, remote: Some(remote), state, ages }
}
