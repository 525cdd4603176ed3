//! VLANs of ports (`net/bridge/br_vlan.c`): who is member, which frames come in, which leave with a tag.

use std::collections::BTreeMap;

use crate::wire::{Frame, vlan};

/// VLAN membership of a port, or of the bridge itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PortVlans {
    /// The VLAN of untagged frames that come in.
    pub pvid: Option<u16>,
    /// Member VLANs; true if their frames leave without a tag.
    pub members: BTreeMap<u16, bool>,
}

impl PortVlans {
    /// Member of one VLAN, which is also that of untagged frames. Zero means none.
    pub fn with_pvid(pvid: u16) -> PortVlans {
        let mut vlans = PortVlans::default();
        if pvid != 0 {
            vlans.pvid = Some(pvid);
            vlans.members.insert(pvid, true);
        }
        vlans
    }
}

/// The VLAN of a frame that comes in; `None` if the port is no member.
pub(super) fn ingress_vlan(vlans: &PortVlans, frame: &Frame) -> Option<u16> {
    match vlan::id(&frame.bytes) {
        None | Some(0) => vlans.pvid,
        Some(vlan) => vlans.members.contains_key(&vlan).then_some(vlan),
    }
}

/// Puts the tag on, or takes it off, as the port wants it.
pub(super) fn egress_tag(vlans: &PortVlans, id: u16, frame: &mut Frame) {
    let untagged = vlans.members.get(&id).copied().unwrap_or(false);
    match (untagged, vlan::id(&frame.bytes)) {
        (true, Some(_)) => vlan::pop(&mut frame.bytes),
        (false, None) => vlan::push(&mut frame.bytes, id),
        _ => {}
    }
}
