//! What happens when a device goes up or down, gets or loses its carrier, or changes its address:
//! who has to know, in the order of Linux's notifier chains.

use std::collections::BTreeSet;

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::errno::{Errno, NetlinkError};
use crate::kernel::id::LinkId;
use crate::kernel::ip::fib::{RouteKind, scope};
use crate::kernel::step::DropReason;
use crate::wire::{Ipv4Addr, MacAddr, ZERO_MAC};

use super::fdb::{FdbEntry, Origin, Place, Station};
use super::stp::PortState;
use super::{IfAddr, LinkKind, OperState, Role};

impl Kernel {
    /// Sets a device up (`dev_open`).
    pub(in crate::kernel) fn link_up(
        &mut self,
        cx: &mut Context,
        id: LinkId,
    ) -> Result<(), NetlinkError> {
        if self.links[id].up {
            return Ok(());
        }
        if let LinkKind::Vlan(vlan) = self.links[id].kind
            && !self.links[vlan.parent].up
        {
            return Err(Errno::ENETDOWN.into());
        }
        if self.macvlan_address_is_busy(id, self.links[id].mac) {
            return Err(Errno::EADDRINUSE.into());
        }
        self.links[id].up = true;
        self.links[id].opened = true;
        self.vxlan_opened_or_closed(id, cx.now);
        let changes = self.links[id].counters.carrier_changes;
        self.update_carrier(cx, id);
        if self.links[id].is_loopback() && self.links[id].addrs.is_empty() {
            self.links[id].addrs.push(IfAddr::new(Ipv4Addr::LOCALHOST, 8, "lo"));
        }
        if self.links[id].counters.carrier_changes == changes {
            self.monitor_link(id);
        }
        for address in self.links[id].addrs.clone() {
            self.address_routes_add(id, &address);
        }
        if self.links[id].as_bridge().is_some() {
            self.bridge_opened(cx, id);
        }
        self.port_changed(cx, id);
        self.dependents_changed(cx, id);
        self.ipv6_link_up(cx, id);
        if self.arp_notifies(id) {
            self.announce(cx, id);
        }
        Ok(())
    }

    /// Sets a device down (`dev_close`): its routes and neighbours go, its addresses stay.
    pub(in crate::kernel) fn link_down(&mut self, cx: &mut Context, id: LinkId) {
        if !self.links[id].up {
            return;
        }
        self.links[id].up = false;
        self.vxlan_opened_or_closed(id, cx.now);
        self.update_carrier(cx, id);
        self.forget_routes(id, false);
        self.neighbors_flush_link(cx, id, false, DropReason::LinkDown);
        if self.has_ipv6(id) {
            self.ipv6_link_down(id);
        }
        if self.links[id].as_bridge().is_some() {
            self.bridge_closed(cx, id);
        }
        self.port_changed(cx, id);
        // VLAN devices go down with their parent.
        for child in self.links[id].vlans.clone() {
            self.link_down(cx, child);
        }
        self.dependents_changed(cx, id);
        self.masquerade_forget(cx, id, None);
        self.monitor_link(id);
    }

    /// Routes by a device that is down (`fib_sync_down_dev`); with `all`, its own addresses too.
    pub(in crate::kernel) fn forget_routes(&mut self, id: LinkId, all: bool) {
        let ns = self.links[id].ns;
        for (_, table) in self.namespaces[ns].fib.tables_mut() {
            table.remove_all(|route| {
                let is_own_address = route.kind == RouteKind::Local && route.scope == scope::HOST;
                route.link == Some(id) && (all || !is_own_address)
            });
        }
        self.namespaces[ns].pmtu.clear();
    }

    /// Whether the device below works, as the kind of device has it.
    fn computed_carrier(&self, id: LinkId) -> bool {
        let link = &self.links[id];
        match &link.kind {
            LinkKind::Loopback | LinkKind::Dummy | LinkKind::Vxlan(_) => true,
            LinkKind::Nic => link.carrier,
            LinkKind::Veth { peer } => link.up && self.links.get(*peer).is_some_and(|p| p.up),
            LinkKind::Bridge(bridge) => bridge.ports.iter().any(|port| {
                self.links[*port].port().is_some_and(|p| p.state == PortState::Forwarding)
            }),
            LinkKind::Macvlan(macvlan) => self.links[macvlan.parent].is_running(),
            LinkKind::Ipvlan(ipvlan) => self.links[ipvlan.parent].is_running(),
            LinkKind::Vlan(vlan) => self.links[vlan.parent].is_running(),
        }
    }

    /// Recomputes the carrier of a device, and tells who depends on it.
    pub(in crate::kernel) fn update_carrier(&mut self, cx: &mut Context, id: LinkId) {
        let carrier = self.computed_carrier(id);
        if let LinkKind::Veth { peer } = self.links[id].kind {
            self.set_carrier(cx, id, carrier);
            if self.links.contains_key(peer) {
                let other = self.computed_carrier(peer);
                self.set_carrier(cx, peer, other);
            }
            return;
        }
        self.set_carrier(cx, id, carrier);
    }

    /// The carrier of a device came or went: for a network card, the world says so.
    pub(in crate::kernel) fn set_carrier(&mut self, cx: &mut Context, id: LinkId, carrier: bool) {
        if self.links[id].carrier == carrier {
            return;
        }
        self.links[id].carrier = carrier;
        self.links[id].counters.carrier_changes += 1;
        self.refresh_avoided(self.links[id].ns);
        if !carrier && self.links[id].up {
            self.neighbors_flush_link(cx, id, true, DropReason::NoCarrier);
        }
        if self.links[id].up {
            self.monitor_link(id);
        }
        self.port_changed(cx, id);
        self.dependents_changed(cx, id);
        if carrier && self.links[id].opened {
            self.ipv6_link_changed(cx, id);
        }
    }

    /// Devices on top of this one take over its carrier.
    fn dependents_changed(&mut self, cx: &mut Context, id: LinkId) {
        let mut uppers = self.links[id].vlans.clone();
        match &self.links[id].role {
            Role::MacvlanParent(children) | Role::IpvlanParent(children) => uppers.extend(children),
            Role::Plain | Role::BridgePort(_) => {}
        }
        for upper in uppers {
            self.update_carrier(cx, upper);
        }
    }

    /// A bridge port came up or went down.
    fn port_changed(&mut self, cx: &mut Context, id: LinkId) {
        let Some(port) = self.links[id].port() else { return };
        let (bridge, state) = (port.bridge, port.state);
        let usable = self.links[id].is_running() && self.links[bridge].up;
        match (usable, state) {
            (true, PortState::Disabled) => self.stp_enable_port(cx, bridge, id),
            (true, _) | (false, PortState::Disabled) => {}
            (false, _) => self.stp_disable_port(cx, bridge, id),
        }
    }

    fn bridge_opened(&mut self, cx: &mut Context, id: LinkId) {
        let Some(bridge) = self.links[id].as_bridge_mut() else { return };
        bridge.up_since = Some(cx.now);
        let enabled = bridge.stp.enabled;
        self.stp_restart(cx, id, enabled);
        self.bridge_ports_changed(cx, id);
    }

    fn bridge_closed(&mut self, cx: &mut Context, id: LinkId) {
        if let Some(bridge) = self.links[id].as_bridge_mut() {
            bridge.up_since = None;
        }
        self.bridge_ports_changed(cx, id);
    }

    fn bridge_ports_changed(&mut self, cx: &mut Context, id: LinkId) {
        let ports = self.links[id].as_bridge().map(|b| b.ports.clone()).unwrap_or_default();
        for port in ports.into_iter().rev() {
            self.port_changed(cx, port);
        }
    }

    /// The carrier of a bridge follows its ports.
    pub(in crate::kernel) fn update_bridge_carrier(&mut self, cx: &mut Context, id: LinkId) {
        self.update_carrier(cx, id);
    }

    /// The operational state of a device.
    pub(in crate::kernel) fn link_oper_state(&self, id: LinkId) -> OperState {
        let link = &self.links[id];
        let lower = self
            .lower_of(id)
            .filter(|lower| self.links[*lower].ns == link.ns && !self.links[*lower].carrier);
        link.oper_state(lower.is_some())
    }

    /// The device that `ip link` names behind the `@`.
    pub(in crate::kernel) fn lower_of(&self, id: LinkId) -> Option<LinkId> {
        match &self.links[id].kind {
            LinkKind::Veth { peer } => Some(*peer).filter(|peer| self.links.contains_key(*peer)),
            LinkKind::Macvlan(macvlan) => Some(macvlan.parent),
            LinkKind::Ipvlan(ipvlan) => Some(ipvlan.parent),
            LinkKind::Vlan(vlan) => Some(vlan.parent),
            _ => None,
        }
    }

    /// Changes the hardware address of a device.
    pub(in crate::kernel) fn link_set_mac(&mut self, cx: &mut Context, id: LinkId, mac: MacAddr) {
        let old = std::mem::replace(&mut self.links[id].mac, mac);
        self.monitor_link(id);
        self.neighbors_flush_link(cx, id, false, DropReason::DeviceGone);
        if let Some(bridge) = self.links[id].bridge() {
            self.bridge_own_entries(cx, bridge);
            self.bridge_update_mac(cx, bridge);
        }
        if self.links[id].as_bridge().is_some() {
            self.bridge_own_entries(cx, id);
            self.stp_address_changed(cx, id, old);
        }
        // A passthru child and its parent have one address.
        if let LinkKind::Macvlan(macvlan) = self.links[id].kind
            && macvlan.mode == super::MacvlanMode::Passthru
        {
            self.links[macvlan.parent].mac = mac;
        }
        if self.links[id].up && self.arp_notifies(id) {
            self.announce(cx, id);
        }
    }

    /// A bridge whose MAC nobody set has the lowest of its ports'; all zero without ports.
    pub(in crate::kernel) fn bridge_update_mac(&mut self, cx: &mut Context, id: LinkId) {
        let bridge = self.links[id].as_bridge().expect("called with a bridge");
        if bridge.mac_is_set {
            return;
        }
        let lowest = bridge.ports.iter().map(|port| self.links[*port].mac).min();
        let mac = lowest.unwrap_or(ZERO_MAC);
        if self.links[id].mac != mac {
            self.link_set_mac(cx, id, mac);
        }
    }

    /// The table of a bridge has its own address and those of its ports; any of them may have changed.
    pub(in crate::kernel) fn bridge_own_entries(&mut self, cx: &mut Context, id: LinkId) {
        let bridge = self.links[id].as_bridge().expect("called with a bridge");
        let mut devices: Vec<LinkId> = bridge.ports.iter().rev().copied().collect();
        devices.push(id);
        let own: BTreeSet<(MacAddr, LinkId)> =
            devices.iter().map(|device| (self.links[*device].mac, *device)).collect();
        let bridge = self.links[id].as_bridge_mut().expect("called with a bridge");
        let mut old = Vec::new();
        bridge.fdb.retain(|station, entry| {
            let stays =
                entry.origin != Origin::Own || own.contains(&(station.mac, entry.place.device()));
            if !stays {
                old.push((station, *entry));
            }
            stays
        });
        for device in devices {
            self.bridge_add_own_entry(cx, id, device);
        }
        for (station, entry) in old {
            self.monitor_station(id, station, &entry, true);
        }
    }

    /// The address of one device, a port or the bridge itself, is in the table of the bridge.
    pub(super) fn bridge_add_own_entry(&mut self, cx: &mut Context, id: LinkId, device: LinkId) {
        let mac = self.links[device].mac;
        let station = Station { mac, vlan: 0 };
        let bridge = self.links[id].as_bridge_mut().expect("called with a bridge");
        let is_local = |entry: &FdbEntry| matches!(entry.place, Place::Local(_));
        // Two ports (or a port and the bridge) with one address: the first one owns the entry.
        if mac == ZERO_MAC || bridge.fdb.get(station).is_some_and(is_local) {
            return;
        }
        let (place, now) = (Place::Local(device), cx.now);
        let entry = FdbEntry { place, origin: Origin::Own, updated: now, used: now };
        bridge.fdb.insert(station, entry);
        self.monitor_station(id, station, &entry, false);
    }
}
