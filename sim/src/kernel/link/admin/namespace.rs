//! Devices move from namespace to namespace (`dev_change_net_namespace`), and namespaces learn numbers
//! for each other.

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::errno::{Errno, NetlinkError};
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::link::LinkKind;
use crate::kernel::step::DropReason;

impl Kernel {
    /// Moves a device to another namespace (`dev_change_net_namespace`): it arrives down and bare.
    pub(in crate::kernel) fn link_set_ns(
        &mut self,
        cx: &mut Context,
        id: LinkId,
        ns: NamespaceId,
        new_name: Option<&str>,
    ) -> Result<(), NetlinkError> {
        if self.links[id].ns == ns {
            return Ok(());
        }
        if self.links[id].is_loopback() || self.links[id].as_bridge().is_some() {
            return Err(NetlinkError::explained(Errno::EINVAL, "The interface netns is immutable"));
        }
        let name = new_name.unwrap_or(&self.links[id].name).to_owned();
        if self.link_by_name(ns, &name).is_some() {
            return Err(NetlinkError::explained(
                Errno::EEXIST,
                "An interface with the same name exists in the target netns",
            ));
        }
        self.link_down(cx, id);
        self.link_release(cx, id);
        self.monitor_link_gone(id);
        self.leave_namespace(cx, id);
        let (old_ns, wanted) = (self.links[id].ns, self.links[id].ifindex);
        let arrival = self.next_arrival();
        let target = &mut self.namespaces[ns];
        let ifindex =
            if target.links.contains_key(&wanted) { target.take_ifindex() } else { wanted };
        target.links.insert(ifindex, id);
        let conf = target.sysctl.default_link_conf.clone();
        let link = &mut self.links[id];
        link.ns = ns;
        link.name = name;
        link.ifindex = ifindex;
        link.conf = conf;
        link.opened = false;
        link.arrival = arrival;
        self.link_born(id);
        self.ipv6_link_arrives(id);
        self.namespaces[old_ns].nsid_of(ns);
        self.number_namespaces_around(id);
        self.monitor_link(id);
        Ok(())
    }

    /// Addresses, routes and neighbours do not leave a namespace with a device.
    pub(super) fn leave_namespace(&mut self, cx: &mut Context, id: LinkId) {
        self.neighbors_flush_link(cx, id, false, DropReason::DeviceGone);
        self.forget_routes(id, true);
        self.ipv6_link_down(id);
        let link = &mut self.links[id];
        link.addrs.clear();
        let (ns, ifindex) = (link.ns, link.ifindex);
        self.namespaces[ns].links.remove(&ifindex);
        self.namespaces[ns].sockets.device_gone(id);
    }

    /// The next place in the order of arrival.
    pub(super) fn next_arrival(&mut self) -> u64 {
        self.arrivals += 1;
        self.arrivals
    }

    /// A device and the one behind it learn a number for each other's namespace, since both are announced
    /// (`rtnl_fill_link_netnsid`).
    pub(super) fn number_namespaces_around(&mut self, id: LinkId) {
        let link = &self.links[id];
        let other_ns = match &link.kind {
            LinkKind::Vxlan(vxlan) => Some(vxlan.config.underlay),
            _ => self.lower_of(id).and_then(|lower| self.links.get(lower)).map(|lower| lower.ns),
        };
        let ns = link.ns;
        let is_cable = matches!(link.kind, LinkKind::Veth { .. });
        let Some(other_ns) = other_ns.filter(|other| *other != ns) else { return };
        self.namespaces[ns].nsid_of(other_ns);
        if is_cable {
            self.namespaces[other_ns].nsid_of(ns);
        }
    }
}
