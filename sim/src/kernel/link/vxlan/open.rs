//! A VXLAN device goes up or down.

use crate::engine::Time;
use crate::kernel::Kernel;
use crate::kernel::id::LinkId;
use crate::wire::Ipv4Addr;

impl Kernel {
    /// Ageing begins or ends; while a VXLAN device is up, its underlay listens to the group to which it floods.
    pub(in crate::kernel::link) fn vxlan_opened_or_closed(&mut self, id: LinkId, now: Time) {
        let link = &mut self.links[id];
        let up = link.up;
        let Some(vxlan) = link.as_vxlan_mut() else { return };
        vxlan.opened_or_closed(up, now);
        let config = vxlan.config;
        let group = config.remote.filter(Ipv4Addr::is_multicast);
        let (Some(device), Some(group)) = (config.device, group) else { return };
        if up {
            self.join_group(device, group);
        } else {
            self.leave_group(device, group);
        }
    }
}
