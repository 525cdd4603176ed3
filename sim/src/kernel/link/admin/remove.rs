//! Removing devices: everything that refers to one forgets it (`unregister_netdevice`).

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::errno::{Errno, NetlinkError};
use crate::kernel::id::LinkId;
use crate::kernel::link::{LinkKind, MacvlanMode, Role};

impl Kernel {
    /// Removes a device, its other end, and its children (`rtnl_dellink`).
    pub(in crate::kernel) fn link_del(
        &mut self,
        cx: &mut Context,
        id: LinkId,
    ) -> Result<(), NetlinkError> {
        if matches!(self.links[id].kind, LinkKind::Loopback | LinkKind::Nic) {
            return Err(Errno::EOPNOTSUPP.into());
        }
        self.link_unregister(cx, id);
        Ok(())
    }

    /// Takes a device out of everything that refers to it.
    pub(in crate::kernel) fn link_unregister(&mut self, cx: &mut Context, id: LinkId) {
        if !self.links.contains_key(id) {
            return;
        }
        self.link_down(cx, id);
        let mut children = self.links[id].vlans.clone();
        if let Role::MacvlanParent(more) | Role::IpvlanParent(more) = &self.links[id].role {
            children.extend(more);
        }
        for child in children {
            self.link_unregister(cx, child);
        }
        self.link_release(cx, id);
        if let Some(bridge) = self.links[id].as_bridge() {
            for port in bridge.ports.clone() {
                self.link_release(cx, port);
            }
        }
        self.monitor_link_gone(id);
        self.leave_namespace(cx, id);
        match self.links[id].kind {
            LinkKind::Vxlan(_) => self.vxlans.retain(|other| *other != id),
            LinkKind::Macvlan(macvlan) => {
                self.disown(macvlan.parent, id);
                let (parent, mac) = (macvlan.parent, macvlan.parent_mac);
                let is_passthru = macvlan.mode == MacvlanMode::Passthru;
                if is_passthru && self.links.get(parent).is_some_and(|link| link.mac != mac) {
                    self.link_set_mac(cx, parent, mac);
                }
            }
            LinkKind::Ipvlan(ipvlan) => self.disown(ipvlan.parent, id),
            LinkKind::Vlan(vlan) => {
                if let Some(parent) = self.links.get_mut(vlan.parent) {
                    parent.vlans.retain(|other| *other != id);
                }
            }
            _ => {}
        }
        self.link_died(id);
        let gone = self.links.remove(id);
        if let Some(LinkKind::Veth { peer }) = gone.map(|link| link.kind) {
            self.link_unregister(cx, peer);
        }
    }

    fn disown(&mut self, parent: LinkId, child: LinkId) {
        let Some(parent) = self.links.get_mut(parent) else { return };
        if let Role::MacvlanParent(children) | Role::IpvlanParent(children) = &mut parent.role {
            children.retain(|other| *other != child);
            if children.is_empty() {
                parent.role = Role::Plain;
            }
        }
    }
}
