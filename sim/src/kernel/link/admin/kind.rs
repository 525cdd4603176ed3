//! The state of a device to be made, kind by kind, and what can be wrong with it (`newlink` of the
//! drivers).

use crate::engine::Time;
use crate::kernel::Kernel;
use crate::kernel::errno::{Errno, NetlinkError};
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::link::vxlan::{Remote, VxlanConfig, VxlanEntry, VxlanFdb, VxlanState};
use crate::kernel::link::{Bridge, Ipvlan, LinkKind, Macvlan, MacvlanMode, Role, Vlan, Vxlan};
use crate::wire::{ZERO_MAC, is_valid_station_mac, vxlan};

use super::mtu::check_mtu;
use super::spec::{KindSpec, LinkSpec, VxlanSpec};

impl Kernel {
    /// The state of the new device and its MTU; everything that can be wrong with them.
    pub(super) fn build_kind(
        &self,
        creator: NamespaceId,
        spec: &LinkSpec,
    ) -> Result<(LinkKind, u32), NetlinkError> {
        if let Some(mac) = spec.mac
            && !is_valid_station_mac(mac)
        {
            return Err(Errno::EADDRNOTAVAIL.into());
        }
        if let Some(mtu) = spec.mtu {
            check_mtu(mtu)?;
        }
        let parent_of = |parent: Option<LinkId>| {
            parent.filter(|parent| self.links.contains_key(*parent)).ok_or(Errno::EINVAL)
        };
        let (kind, mtu) = match &spec.kind {
            KindSpec::Veth(_) => unreachable!("link_add makes virtual cables itself"),
            KindSpec::Bridge => {
                let bridge = Bridge { mcast_snooping: self.bridges_snoop, ..Bridge::default() };
                (LinkKind::Bridge(Box::new(bridge)), 1500)
            }
            KindSpec::Dummy => (LinkKind::Dummy, 1500),
            KindSpec::Vxlan(vxlan) => self.build_vxlan(creator, vxlan)?,
            KindSpec::Macvlan { parent, mode } => {
                let parent = parent_of(*parent)?;
                self.check_macvlan_parent(parent, *mode)?;
                let parent = self.macvlan_root(parent);
                let macvlan = Macvlan { parent, mode: *mode, parent_mac: self.links[parent].mac };
                (LinkKind::Macvlan(macvlan), self.links[parent].mtu)
            }
            KindSpec::Ipvlan { parent, mode, flag } => {
                let parent = parent_of(*parent)?;
                match &self.links[parent].role {
                    Role::Plain | Role::IpvlanParent(_) => {}
                    _ => return Err(Errno::EBUSY.into()),
                }
                if self.links[parent].is_loopback() {
                    return Err(Errno::EINVAL.into());
                }
                let ipvlan = Ipvlan { parent, mode: *mode, flag: *flag };
                (LinkKind::Ipvlan(ipvlan), self.links[parent].mtu)
            }
            KindSpec::Vlan { parent, id } => {
                let parent = parent_of(*parent)?;
                let taken = self.links[parent].vlans.iter().any(|other| {
                    matches!(&self.links[*other].kind, LinkKind::Vlan(vlan) if vlan.id == *id)
                });
                if taken {
                    return Err(Errno::EEXIST.into());
                }
                if self.links[parent].is_loopback() {
                    return Err(NetlinkError::explained(
                        Errno::EOPNOTSUPP,
                        "VLANs not supported on device",
                    ));
                }
                (LinkKind::Vlan(Vlan { parent, id: *id }), self.links[parent].mtu)
            }
        };
        Ok((kind, spec.mtu.unwrap_or(mtu)))
    }

    /// A child of a macvlan child is a child of its parent (`macvlan_common_newlink`).
    fn macvlan_root(&self, parent: LinkId) -> LinkId {
        match self.links[parent].kind {
            LinkKind::Macvlan(macvlan) => macvlan.parent,
            _ => parent,
        }
    }

    fn check_macvlan_parent(&self, parent: LinkId, mode: MacvlanMode) -> Result<(), NetlinkError> {
        let parent = self.macvlan_root(parent);
        if self.links[parent].is_loopback() {
            return Err(Errno::EINVAL.into());
        }
        match &self.links[parent].role {
            Role::Plain => Ok(()),
            Role::MacvlanParent(children) => {
                let has_passthru = children.iter().any(|child| {
                    matches!(&self.links[*child].kind,
                        LinkKind::Macvlan(macvlan) if macvlan.mode == MacvlanMode::Passthru)
                });
                if mode == MacvlanMode::Passthru || has_passthru {
                    return Err(Errno::EINVAL.into());
                }
                Ok(())
            }
            Role::BridgePort(_) | Role::IpvlanParent(_) => Err(Errno::EBUSY.into()),
        }
    }

    fn build_vxlan(
        &self,
        creator: NamespaceId,
        spec: &VxlanSpec,
    ) -> Result<(LinkKind, u32), NetlinkError> {
        let taken =
            self.vxlans.iter().filter_map(|id| self.links.get(*id)?.as_vxlan()).any(|other| {
                other.config.underlay == creator
                    && other.config.vni == spec.vni
                    && other.config.port == spec.port
            });
        // The default port 8472 and 0 mean the same device.
        let taken_by_default =
            self.vxlans.iter().filter_map(|id| self.links.get(*id)?.as_vxlan()).any(|other| {
                other.config.underlay == creator
                    && other.config.vni == spec.vni
                    && spec.port == 0
                    && other.config.port == 8472
            });
        if taken || taken_by_default {
            return Err(NetlinkError::explained(
                Errno::EEXIST,
                "A VXLAN device with the specified VNI already exists",
            ));
        }
        let is_group = spec.remote.is_some_and(|remote| remote.is_multicast());
        if is_group && spec.device.is_none() {
            return Err(NetlinkError::explained(
                Errno::EINVAL,
                "Local interface required for multicast remote destination",
            ));
        }
        let config = VxlanConfig {
            vni: spec.vni,
            underlay: creator,
            local: spec.local,
            remote: spec.remote,
            device: spec.device,
            source_ports: spec.source_ports,
            port: if spec.port == 0 { 8472 } else { spec.port },
            tos: spec.tos,
            ttl: spec.ttl,
            df: spec.df,
            ageing: spec.ageing,
            learning: spec.learning,
            proxy: spec.proxy,
            l2miss: spec.l2miss,
            l3miss: spec.l3miss,
            max_addresses: spec.max_addresses,
            udp_checksum: spec.udp_checksum,
        };
        let lower = spec.device.map(|device| self.links[device].mtu);
        let mtu = lower.map_or(1500, |mtu| mtu.saturating_sub(vxlan::OVERHEAD as u32));
        let vxlan = Vxlan { config, fdb: VxlanFdb::default(), next_scan: None };
        Ok((LinkKind::Vxlan(Box::new(vxlan)), mtu))
    }

    /// The default destination becomes the entry of the all-zero address.
    pub(super) fn vxlan_added(&mut self, id: LinkId) {
        self.vxlans.push(id);
        let vxlan = self.links[id].as_vxlan_mut().expect("just made");
        let config = vxlan.config;
        if let Some(ip) = config.remote {
            let remote = Remote { ip, port: None, vni: None, via: config.device };
            let entry = VxlanEntry {
                remotes: vec![remote],
                state: VxlanState::Permanent,
                updated: Time::ZERO,
                used: Time::ZERO,
            };
            vxlan.fdb.insert(ZERO_MAC, entry);
        }
    }
}
