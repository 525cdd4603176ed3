//! The MTU of a device: what the kinds allow, and who follows when it changes.

use crate::kernel::Kernel;
use crate::kernel::errno::{Errno, NetlinkError};
use crate::kernel::id::LinkId;
use crate::kernel::link::{Ipvlan, LinkKind, Macvlan, Role, Vlan};
use crate::wire::vxlan;

impl Kernel {
    /// Changes the MTU of a device.
    pub(in crate::kernel) fn link_set_mtu(
        &mut self,
        id: LinkId,
        mtu: u32,
    ) -> Result<(), NetlinkError> {
        let link = &self.links[id];
        if !link.is_loopback() {
            check_mtu(mtu)?;
        }
        match &link.kind {
            LinkKind::Vxlan(vxlan) => {
                let lower = vxlan.config.device.and_then(|device| self.links.get(device));
                let room = lower.map(|l| l.mtu.saturating_sub(vxlan::OVERHEAD as u32));
                if room.is_some_and(|room| mtu > room) {
                    return Err(Errno::EINVAL.into());
                }
            }
            LinkKind::Macvlan(Macvlan { parent, .. })
            | LinkKind::Ipvlan(Ipvlan { parent, .. })
            | LinkKind::Vlan(Vlan { parent, .. })
                if mtu > self.links[*parent].mtu =>
            {
                let errno = match link.kind {
                    LinkKind::Vlan(_) => Errno::ERANGE,
                    _ => Errno::EINVAL,
                };
                return Err(errno.into());
            }
            _ => {}
        }
        let ns = link.ns;
        let old = std::mem::replace(&mut self.links[id].mtu, mtu);
        self.namespaces[ns].pmtu.device_changed(id, old, mtu);
        if let Some(state) = self.links[id].as_bridge_mut() {
            state.mtu_is_set = true;
        }
        // Children follow a parent that shrinks.
        let mut uppers = self.links[id].vlans.clone();
        if let Role::MacvlanParent(children) = &self.links[id].role {
            uppers.extend(children);
        }
        for upper in uppers {
            self.links[upper].mtu = self.links[upper].mtu.min(mtu);
        }
        if let Some(bridge) = self.links[id].bridge() {
            self.bridge_adjust_mtu(bridge);
        }
        Ok(())
    }

    /// A bridge whose MTU nobody set has the smallest of its ports'.
    pub(super) fn bridge_adjust_mtu(&mut self, id: LinkId) {
        let bridge = self.links[id].as_bridge().expect("called with a bridge");
        if !bridge.mtu_is_set {
            let smallest = bridge.ports.iter().map(|port| self.links[*port].mtu).min();
            self.links[id].mtu = smallest.unwrap_or(1500);
        }
    }
}

pub(super) fn check_mtu(mtu: u32) -> Result<(), NetlinkError> {
    if mtu < 68 {
        return Err(NetlinkError::explained(Errno::EINVAL, "mtu less than device minimum"));
    }
    if mtu > 65535 {
        return Err(NetlinkError::explained(Errno::EINVAL, "mtu greater than device maximum"));
    }
    Ok(())
}
