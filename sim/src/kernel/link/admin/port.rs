//! Devices become ports of a bridge and cease to be (`net/bridge/br_if.c`).

use std::collections::BTreeSet;

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::errno::{Errno, NetlinkError};
use crate::kernel::id::LinkId;
use crate::kernel::link::bridge::{PortFlags, PortVlans};
use crate::kernel::link::fdb::Place;
use crate::kernel::link::stp::{Designated, PortState};
use crate::kernel::link::{BridgePort, LinkKind, Role};

/// Ports that a bridge can have.
const MAX_PORTS: u16 = 1023;

impl Kernel {
    /// Makes a device a port of a bridge (`br_add_if`).
    pub(in crate::kernel) fn link_set_master(
        &mut self,
        cx: &mut Context,
        id: LinkId,
        bridge_id: LinkId,
    ) -> Result<(), NetlinkError> {
        let link = &self.links[id];
        if self.links[bridge_id].as_bridge().is_none() {
            return Err(Errno::EOPNOTSUPP.into());
        }
        if link.bridge() == Some(bridge_id) {
            return Ok(());
        }
        if link.as_bridge().is_some() {
            return Err(NetlinkError::explained(
                Errno::ELOOP,
                "Can not enslave a bridge to a bridge",
            ));
        }
        if link.is_loopback() {
            return Err(Errno::EINVAL.into());
        }
        if let LinkKind::Ipvlan(_) = link.kind {
            return Err(NetlinkError::explained(
                Errno::EOPNOTSUPP,
                "Device does not allow enslaving to a bridge",
            ));
        }
        match link.role {
            Role::Plain => {}
            Role::BridgePort(_) => self.link_release(cx, id),
            Role::MacvlanParent(_) | Role::IpvlanParent(_) => return Err(Errno::EBUSY.into()),
        }
        let cost = if matches!(self.links[id].kind, LinkKind::Vxlan(_)) { 100 } else { 2 };
        let own = self.bridge_id(bridge_id);
        let (number, pvid) = {
            let bridge = self.links[bridge_id].as_bridge().expect("just seen");
            let taken: BTreeSet<u16> = bridge
                .ports
                .iter()
                .filter_map(|port| self.links[*port].port().map(|p| p.number))
                .collect();
            let number = (1..=MAX_PORTS).find(|n| !taken.contains(n)).ok_or(Errno::EXDEV)?;
            (number, bridge.default_pvid)
        };
        let designated = Designated {
            root: own,
            cost: 0,
            bridge: own,
            port: 0x8000 | number,
            message_age_until: None,
            forward_delay_until: None,
            topology_change_ack: false,
        };
        self.links[id].role = Role::BridgePort(Box::new(BridgePort {
            bridge: bridge_id,
            number,
            priority: 0x80 >> 2,
            cost,
            state: PortState::Disabled,
            flags: PortFlags::default(),
            vlans: PortVlans::with_pvid(pvid),
            designated,
        }));
        self.links[id].promiscuity += 1;
        self.links[bridge_id].as_bridge_mut().expect("just seen").ports.insert(0, id);
        self.bridge_add_own_entry(cx, bridge_id, id);
        self.bridge_update_mac(cx, bridge_id);
        self.bridge_adjust_mtu(bridge_id);
        if self.links[id].is_running() && self.links[bridge_id].up {
            self.stp_enable_port(cx, bridge_id, id);
        }
        Ok(())
    }

    /// Takes a port out of its bridge (`br_del_if`).
    pub(in crate::kernel) fn link_release(&mut self, cx: &mut Context, id: LinkId) {
        let Some(bridge_id) = self.links[id].bridge() else { return };
        if self.links[id].port().is_some_and(|port| port.state != PortState::Disabled) {
            self.stp_disable_port(cx, bridge_id, id);
        }
        self.links[id].role = Role::Plain;
        self.links[id].promiscuity = self.links[id].promiscuity.saturating_sub(1);
        let bridge = self.links[bridge_id].as_bridge_mut().expect("a port belongs to a bridge");
        bridge.ports.retain(|port| *port != id);
        bridge.fdb.retain(|_, entry| match entry.place {
            Place::Port(port) | Place::Local(port) => port != id,
        });
        self.bridge_update_mac(cx, bridge_id);
        self.bridge_own_entries(cx, bridge_id);
        self.bridge_adjust_mtu(bridge_id);
        self.update_carrier(cx, bridge_id);
    }
}
