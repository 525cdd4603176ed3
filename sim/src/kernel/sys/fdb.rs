//! Forwarding databases (`bridge fdb`): those of bridges and of VXLAN devices.

use crate::kernel::errno::{Errno, NetlinkError};
use crate::kernel::id::LinkId;
use crate::kernel::link::fdb::{FdbEntry, Origin, Place, Station};
use crate::kernel::link::stp::PortState;
pub use crate::kernel::link::view::FdbView;
use crate::kernel::link::view::{bridge_entry_view, vxlan_entry_view};
use crate::kernel::link::vxlan::{Remote, VxlanEntry, VxlanState};
use crate::wire::{MacAddr, ZERO_MAC, is_multicast_mac};

use super::Sys;

/// What to do if the entry is there, or is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FdbMode {
    /// `bridge fdb add`.
    Add,
    /// `bridge fdb append`: one more remote.
    Append,
    /// `bridge fdb replace`.
    Replace,
}

type Result<T> = std::result::Result<T, NetlinkError>;

impl Sys<'_> {
    /// Puts an address behind a port, into the table of its bridge (`bridge fdb add … master`).
    pub fn fdb_add_to_bridge(
        &mut self,
        port: LinkId,
        mac: MacAddr,
        vlan: u16,
        state: &str,
        mode: FdbMode,
    ) -> Result<()> {
        self.demand_admin()?;
        let now = self.cx.now;
        let (bridge, is_port) = match self.kernel.links[port].bridge() {
            Some(bridge) => (bridge, true),
            None if self.kernel.links[port].as_bridge().is_some() => (port, false),
            None => return Err(Errno::EOPNOTSUPP.into()),
        };
        if mac == ZERO_MAC {
            return Err(Errno::EINVAL.into());
        }
        let learns = self.kernel.links[port]
            .port()
            .is_none_or(|port| matches!(port.state, PortState::Learning | PortState::Forwarding));
        if state == "dynamic" && !learns {
            return Err(Errno::EPERM.into());
        }
        let station = Station { mac, vlan };
        let table = self.kernel.links[bridge].as_bridge_mut().expect("just found");
        if vlan != 0 && !table.vlan_filtering {
            return Err(Errno::EINVAL.into());
        }
        if mode == FdbMode::Add && table.fdb.get(station).is_some() {
            return Err(Errno::EEXIST.into());
        }
        let (place, origin) = match state {
            "permanent" => (Place::Local(port), Origin::Permanent),
            "static" => (Place::Port(port), Origin::Static),
            _ => (Place::Port(port), Origin::Dynamic),
        };
        let place = if is_port { place } else { Place::Local(port) };
        let entry = FdbEntry { place, origin, updated: now, used: now };
        table.fdb.insert(station, entry);
        self.kernel.monitor_station(bridge, station, &entry, false);
        let name = self.link_name(port);
        self.record(|_| format!("bridge fdb add {mac} dev {name} master {state}"));
        Ok(())
    }

    /// Removes an address from the table of a bridge.
    pub fn fdb_del_from_bridge(&mut self, port: LinkId, mac: MacAddr, vlan: u16) -> Result<()> {
        self.demand_admin()?;
        let bridge = self.kernel.links[port].bridge().unwrap_or(port);
        let is_fitting = |entry: &FdbEntry| entry.place.device() == port;
        let Some(table) = self.kernel.links[bridge].as_bridge_mut() else {
            return Err(Errno::EOPNOTSUPP.into());
        };
        let station = Station { mac, vlan };
        let Some(entry) = table.fdb.get(station).copied().filter(is_fitting) else {
            return Err(Errno::ENOENT.into());
        };
        table.fdb.remove(station);
        self.kernel.monitor_station(bridge, station, &entry, true);
        let name = self.link_name(port);
        self.record(|_| format!("bridge fdb del {mac} dev {name} master"));
        Ok(())
    }

    /// Says that an address is behind a host (`bridge fdb add … dev vxlan0 dst …`).
    pub fn fdb_add_to_vxlan(
        &mut self,
        link: LinkId,
        mac: MacAddr,
        remote: Remote,
        state: VxlanState,
        mode: FdbMode,
    ) -> Result<()> {
        self.demand_admin()?;
        let now = self.cx.now;
        let Some(vxlan) = self.kernel.links[link].as_vxlan_mut() else {
            return Err(Errno::EOPNOTSUPP.into());
        };
        let floods = is_multicast_mac(mac) || mac == ZERO_MAC;
        if mode == FdbMode::Replace && floods {
            return Err(Errno::EOPNOTSUPP.into());
        }
        let is_full = vxlan.is_full();
        let fresh = VxlanEntry { remotes: vec![remote], state, updated: now, used: now };
        let mut is_news = true;
        match (vxlan.fdb.get_mut(&mac), mode) {
            (None, _) if is_full => return Err(Errno::ENOSPC.into()),
            (None, _) => {
                vxlan.fdb.insert(mac, fresh);
            }
            (Some(_), FdbMode::Add) => return Err(Errno::EEXIST.into()),
            (Some(entry), FdbMode::Append) => {
                // Only floods go to several hosts.
                is_news = floods && !entry.remotes.contains(&remote);
                if is_news {
                    entry.remotes.push(remote);
                }
            }
            (Some(entry), FdbMode::Replace) => {
                is_news = (&entry.remotes, entry.state) != (&fresh.remotes, fresh.state);
                *entry = fresh;
            }
        }
        if is_news {
            self.kernel.monitor_remote(link, mac, remote, state, false);
        }
        let name = self.link_name(link);
        self.record(|_| {
            let verb = match mode {
                FdbMode::Append => "append",
                FdbMode::Replace => "replace",
                FdbMode::Add => "add",
            };
            format!("bridge fdb {verb} {mac} dev {name} dst {} self permanent", remote.ip)
        });
        Ok(())
    }

    /// Removes an address of a VXLAN device: from one host, or wholly.
    pub fn fdb_del_from_vxlan(
        &mut self,
        link: LinkId,
        mac: MacAddr,
        remote: Option<Remote>,
    ) -> Result<()> {
        self.demand_admin()?;
        let Some(vxlan) = self.kernel.links[link].as_vxlan_mut() else {
            return Err(Errno::EOPNOTSUPP.into());
        };
        let Some(entry) = vxlan.fdb.get_mut(&mac) else { return Err(Errno::ENOENT.into()) };
        // To remove a host that is not there is no error.
        let is_doomed = |other: &mut Remote| remote.is_none_or(|remote| *other == remote);
        let gone: Vec<Remote> = entry.remotes.extract_if(.., is_doomed).collect();
        let state = entry.state;
        if entry.remotes.is_empty() {
            vxlan.fdb.shift_remove(&mac);
        }
        for remote in gone {
            self.kernel.monitor_remote(link, mac, remote, state, true);
        }
        let name = self.link_name(link);
        self.record(|_| format!("bridge fdb del {mac} dev {name} self"));
        Ok(())
    }

    /// Has a device take frames for one more address (`bridge fdb add … dev eth0 self`).
    pub fn fdb_add_to_device(&mut self, id: LinkId, mac: MacAddr) -> Result<()> {
        self.demand_admin()?;
        let taken = self.kernel.foreign_addresses(id).contains(&mac)
            || self.kernel.links[id].extra_addresses.contains(&mac);
        if taken {
            return Err(Errno::EEXIST.into());
        }
        self.kernel.links[id].extra_addresses.push(mac);
        let name = self.link_name(id);
        self.record(|_| format!("bridge fdb add {mac} dev {name} self"));
        Ok(())
    }

    /// Ends that.
    pub fn fdb_del_from_device(&mut self, id: LinkId, mac: MacAddr) -> Result<()> {
        self.demand_admin()?;
        let extra = &mut self.kernel.links[id].extra_addresses;
        let at = extra.iter().position(|known| *known == mac).ok_or(Errno::ENOENT)?;
        extra.remove(at);
        let name = self.link_name(id);
        self.record(|_| format!("bridge fdb del {mac} dev {name} self"));
        Ok(())
    }

    /// Removes the entries of a bridge, or of a VXLAN device, for which `doomed` holds.
    pub fn fdb_flush(&mut self, id: LinkId, doomed: impl Fn(&FdbView) -> bool) -> Result<()> {
        self.demand_admin()?;
        let is_vxlan = self.kernel.links[id].as_vxlan().is_some();
        if !is_vxlan && self.kernel.links[id].as_bridge().is_none() {
            return Err(Errno::EOPNOTSUPP.into());
        }
        let holder = if is_vxlan { None } else { Some(id) };
        for view in self.fdb().into_iter().filter(|view| view.master == holder && doomed(view)) {
            match view.remote {
                Some(_) if view.link != id => {}
                Some(remote) => self.fdb_del_from_vxlan(id, view.mac, Some(remote))?,
                None if is_vxlan => {}
                None => self.fdb_del_from_bridge(view.link, view.mac, view.vlan.unwrap_or(0))?,
            }
        }
        Ok(())
    }

    /// Everything that `bridge fdb show` lists, device by device.
    pub fn fdb(&mut self) -> Vec<FdbView> {
        let ids: Vec<LinkId> = self.link_ids().collect();
        ids.into_iter().flat_map(|id| self.fdb_of(id)).collect()
    }

    /// What is listed for one device: a port's entries in its bridge, then its own; for a bridge the
    /// other way round.
    fn fdb_of(&mut self, id: LinkId) -> Vec<FdbView> {
        let own = self.own_entries(id);
        let link = &self.kernel.links[id];
        let is_bridge = link.as_bridge().is_some();
        let bridge = link.bridge().or(is_bridge.then_some(id));
        let in_bridge = bridge.map(|bridge| self.bridge_entries(id, bridge)).unwrap_or_default();
        match is_bridge {
            true => own.into_iter().chain(in_bridge).collect(),
            false => in_bridge.into_iter().chain(own).collect(),
        }
    }

    fn bridge_entries(&mut self, id: LinkId, bridge: LinkId) -> Vec<FdbView> {
        let now = self.cx.now;
        let Some(state) = self.kernel.links[bridge].as_bridge_mut() else { return Vec::new() };
        let ageing = state.ageing;
        let filtering = state.vlan_filtering;
        let mut entries: Vec<FdbView> = state
            .fdb
            .live(now, ageing)
            .filter(|(_, entry)| entry.place.device() == id)
            .map(|(station, entry)| {
                let ages = ((now - entry.used).as_secs(), (now - entry.updated).as_secs());
                bridge_entry_view(bridge, filtering, station, entry, ages)
            })
            .collect();
        // The newest first, as the kernel's list has them.
        entries.reverse();
        entries
    }

    /// A device's own entries: the hosts of a VXLAN device, the groups of any other.
    fn own_entries(&mut self, id: LinkId) -> Vec<FdbView> {
        let now = self.cx.now;
        if let Some(vxlan) = self.kernel.links[id].as_vxlan_mut() {
            vxlan.age(now);
            // The newest first.
            return vxlan
                .fdb
                .iter()
                .rev()
                .flat_map(|(mac, entry)| {
                    let ages = ((now - entry.used).as_secs(), (now - entry.updated).as_secs());
                    let state = entry.state;
                    entry
                        .remotes
                        .iter()
                        .map(move |remote| vxlan_entry_view(id, *mac, *remote, state, ages))
                })
                .collect();
        }
        self.kernel
            .foreign_addresses(id)
            .into_iter()
            .chain(self.kernel.hardware_groups(id))
            .map(|mac| FdbView {
                mac,
                link: id,
                master: None,
                vlan: None,
                remote: None,
                state: "permanent",
                ages: (0, 0),
            })
            .collect()
    }
}
