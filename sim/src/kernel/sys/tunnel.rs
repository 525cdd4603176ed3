//! VXLAN devices that exist already (`ip link set … type vxlan`).

use crate::engine::Span;
use crate::kernel::errno::{Errno, NetlinkError};
use crate::kernel::id::LinkId;
use crate::kernel::link::vxlan::{Remote, TunnelDf, Vxlan, VxlanEntry, VxlanState};
use crate::wire::{Ipv4Addr, ZERO_MAC};

use super::Sys;

/// A setting of a VXLAN device. Some cannot be changed afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum VxlanChange {
    Vni(u32),
    Remote(Ipv4Addr),
    Local(Ipv4Addr),
    Device(LinkId),
    Tos(u8),
    Ttl(u8),
    Learning(bool),
    Ageing(Span),
    Proxy(bool),
    L2Miss(bool),
    L3Miss(bool),
    MaxAddresses(u32),
    SourcePorts(u16, u16),
    Port(u16),
    UdpChecksum(bool),
    Df(TunnelDf),
}

impl VxlanChange {
    /// Its place in the order in which the kernel looks at them.
    fn place(self) -> usize {
        match self {
            VxlanChange::Vni(_) => 0,
            VxlanChange::Remote(_) => 1,
            VxlanChange::Local(_) => 2,
            VxlanChange::Device(_) => 3,
            VxlanChange::Tos(_) => 4,
            VxlanChange::Ttl(_) => 5,
            VxlanChange::Learning(_) => 6,
            VxlanChange::Ageing(_) => 7,
            VxlanChange::Proxy(_) => 8,
            VxlanChange::L2Miss(_) => 9,
            VxlanChange::L3Miss(_) => 10,
            VxlanChange::MaxAddresses(_) => 11,
            VxlanChange::SourcePorts(..) => 12,
            VxlanChange::Port(_) => 13,
            VxlanChange::UdpChecksum(_) => 14,
            VxlanChange::Df(_) => 15,
        }
    }

    /// Why the device cannot be changed so (`vxlan_nl2conf`).
    fn refusal(self, vni: u32) -> Option<&'static str> {
        Some(match self {
            VxlanChange::Vni(other) if other != vni => "Cannot change VNI",
            VxlanChange::Proxy(_) => "vxlan: cannot change PROXY flag",
            VxlanChange::L2Miss(_) => "vxlan: cannot change L2MISS flag",
            VxlanChange::L3Miss(_) => "vxlan: cannot change L3MISS flag",
            VxlanChange::MaxAddresses(_) => "Cannot change limit",
            VxlanChange::SourcePorts(..) => "Cannot change port range",
            VxlanChange::Port(_) => "Cannot change port",
            VxlanChange::UdpChecksum(_) => "Cannot change UDP_CSUM flag",
            _ => return None,
        })
    }
}

impl Sys<'_> {
    /// Changes a VXLAN device: all of it, or nothing.
    pub fn vxlan_set(&mut self, id: LinkId, changes: &[VxlanChange]) -> Result<(), NetlinkError> {
        self.demand_admin()?;
        let now = self.cx.now;
        let Some(vxlan) = self.kernel.links[id].as_vxlan_mut() else {
            return Err(Errno::EOPNOTSUPP.into());
        };
        let mut changes = changes.to_vec();
        changes.sort_by_key(|change| change.place());
        if let Some(why) = changes.iter().find_map(|change| change.refusal(vxlan.config.vni)) {
            return Err(NetlinkError::explained(Errno::EOPNOTSUPP, why));
        }
        let old = default_remote(vxlan);
        for change in changes {
            let config = &mut vxlan.config;
            match change {
                VxlanChange::Remote(ip) => config.remote = Some(ip),
                VxlanChange::Local(ip) => config.local = Some(ip),
                VxlanChange::Device(device) => config.device = Some(device),
                VxlanChange::Tos(tos) => config.tos = tos,
                VxlanChange::Ttl(ttl) => config.ttl = ttl,
                VxlanChange::Df(df) => config.df = df,
                VxlanChange::Learning(on) => config.learning = on,
                VxlanChange::Ageing(span) => config.ageing = span,
                // What is left does not differ, or was refused.
                _ => {}
            }
        }
        let new = default_remote(vxlan);
        if old.map(|remote| remote.ip) == new.map(|remote| remote.ip) {
            return Ok(());
        }
        let fresh =
            VxlanEntry { remotes: vec![], state: VxlanState::Permanent, updated: now, used: now };
        let entry = vxlan.fdb.entry(ZERO_MAC).or_insert(fresh);
        entry.remotes.retain(|remote| Some(*remote) != old);
        entry.remotes.extend(new);
        Ok(())
    }
}

/// Where frames go for which there is no entry.
fn default_remote(vxlan: &Vxlan) -> Option<Remote> {
    let via = vxlan.config.device;
    vxlan.config.remote.map(|ip| Remote { ip, port: None, vni: None, via })
}
