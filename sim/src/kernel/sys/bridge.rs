//! Bridges and their ports (`ip link set … type bridge`, `bridge link`, `bridge vlan`).

use crate::engine::Span;
use crate::kernel::errno::{Errno, NetlinkError};
use crate::kernel::id::LinkId;
use crate::kernel::link::bridge::{PortFlags, PortVlans};
use crate::kernel::link::fdb::Origin;
use crate::kernel::link::stp::PortState;

use super::Sys;

/// A setting of a bridge (`ip link set … type bridge …`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum BridgeChange {
    AgeingTime(Span),
    ForwardDelay(Span),
    HelloTime(Span),
    MaxAge(Span),
    StpState(bool),
    Priority(u16),
    VlanFiltering(bool),
    VlanDefaultPvid(u16),
    GroupFwdMask(u16),
    McastSnooping(bool),
    NfCallIptables(bool),
    /// Forgets all stations that were learnt.
    FdbFlush,
}

/// A setting of a bridge port (`bridge link set`, `ip link set … type bridge_slave …`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum PortChange {
    Hairpin(bool),
    Guard(bool),
    RootBlock(bool),
    Fastleave(bool),
    Learning(bool),
    Flood(bool),
    McastFlood(bool),
    BcastFlood(bool),
    McastToUnicast(bool),
    NeighSuppress(bool),
    VlanTunnel(bool),
    Isolated(bool),
    Locked(bool),
    Cost(u32),
    Priority(u16),
    /// The number of a state, as `BR_STATE_*`.
    State(u8),
    /// Forgets the stations that were learnt behind it.
    FdbFlush,
}

impl PortChange {
    /// The flag that it changes, for those that are flags.
    fn apply(self, flags: &mut PortFlags) {
        match self {
            PortChange::Hairpin(on) => flags.hairpin = on,
            PortChange::Guard(on) => flags.guard = on,
            PortChange::RootBlock(on) => flags.root_block = on,
            PortChange::Fastleave(on) => flags.fastleave = on,
            PortChange::Learning(on) => flags.learning = on,
            PortChange::Flood(on) => flags.flood = on,
            PortChange::McastFlood(on) => flags.mcast_flood = on,
            PortChange::BcastFlood(on) => flags.bcast_flood = on,
            PortChange::McastToUnicast(on) => flags.mcast_to_unicast = on,
            PortChange::NeighSuppress(on) => flags.neigh_suppress = on,
            PortChange::VlanTunnel(on) => flags.vlan_tunnel = on,
            PortChange::Isolated(on) => flags.isolated = on,
            PortChange::Locked(on) => flags.locked = on,
            PortChange::Cost(_)
            | PortChange::Priority(_)
            | PortChange::State(_)
            | PortChange::FdbFlush => {}
        }
    }

    fn words(self) -> String {
        let (name, on) = match self {
            PortChange::Hairpin(on) => ("hairpin", on),
            PortChange::Guard(on) => ("guard", on),
            PortChange::RootBlock(on) => ("root_block", on),
            PortChange::Fastleave(on) => ("fastleave", on),
            PortChange::Learning(on) => ("learning", on),
            PortChange::Flood(on) => ("flood", on),
            PortChange::McastFlood(on) => ("mcast_flood", on),
            PortChange::BcastFlood(on) => ("bcast_flood", on),
            PortChange::McastToUnicast(on) => ("mcast_to_unicast", on),
            PortChange::NeighSuppress(on) => ("neigh_suppress", on),
            PortChange::VlanTunnel(on) => ("vlan_tunnel", on),
            PortChange::Isolated(on) => ("isolated", on),
            PortChange::Locked(on) => ("locked", on),
            PortChange::Cost(cost) => return format!("cost {cost}"),
            PortChange::Priority(priority) => return format!("priority {priority}"),
            PortChange::State(state) => return format!("state {state}"),
            PortChange::FdbFlush => return "fdb_flush".to_owned(),
        };
        format!("{name} {}", if on { "on" } else { "off" })
    }
}

type Result<T> = std::result::Result<T, NetlinkError>;

impl Sys<'_> {
    /// Changes a bridge.
    pub fn bridge_set(&mut self, id: LinkId, change: BridgeChange) -> Result<()> {
        self.demand_admin()?;
        let Some(bridge) = self.kernel.links[id].as_bridge_mut() else {
            return Err(Errno::EOPNOTSUPP.into());
        };
        let ticks = |span: Span| span.as_millis() / 10;
        let words = match change {
            BridgeChange::AgeingTime(span) => {
                bridge.ageing = span;
                if span == Span::ZERO {
                    bridge.fdb.retain(|_, entry| entry.origin != Origin::Learnt);
                }
                format!("ageing_time {}", ticks(span))
            }
            BridgeChange::ForwardDelay(span) => {
                if bridge.stp.enabled && !(Span::secs(2)..=Span::secs(30)).contains(&span) {
                    return Err(Errno::ERANGE.into());
                }
                bridge.stp.own_times.forward_delay = span;
                format!("forward_delay {}", ticks(span))
            }
            BridgeChange::HelloTime(span) => {
                if !(Span::secs(1)..=Span::secs(10)).contains(&span) {
                    return Err(Errno::ERANGE.into());
                }
                bridge.stp.own_times.hello = span;
                format!("hello_time {}", ticks(span))
            }
            BridgeChange::MaxAge(span) => {
                if !(Span::secs(6)..=Span::secs(40)).contains(&span) {
                    return Err(Errno::ERANGE.into());
                }
                bridge.stp.own_times.max_age = span;
                format!("max_age {}", ticks(span))
            }
            BridgeChange::StpState(on) => format!("stp_state {}", u8::from(on)),
            BridgeChange::Priority(priority) => {
                bridge.stp.priority = priority;
                format!("priority {priority}")
            }
            BridgeChange::VlanFiltering(on) => {
                bridge.vlan_filtering = on;
                format!("vlan_filtering {}", u8::from(on))
            }
            BridgeChange::VlanDefaultPvid(pvid) => {
                bridge.default_pvid = pvid;
                format!("vlan_default_pvid {pvid}")
            }
            BridgeChange::GroupFwdMask(mask) => {
                // Bits 0 to 2 stay local: STP, pause, LACP.
                if mask & 7 != 0 {
                    return Err(Errno::EINVAL.into());
                }
                bridge.group_fwd_mask = mask;
                format!("group_fwd_mask {mask}")
            }
            BridgeChange::McastSnooping(on) => {
                bridge.mcast_snooping = on;
                format!("mcast_snooping {}", u8::from(on))
            }
            BridgeChange::NfCallIptables(on) => {
                bridge.nf_call_iptables = on;
                format!("nf_call_iptables {}", u8::from(on))
            }
            BridgeChange::FdbFlush => {
                bridge.fdb.retain(|_, entry| !comes_and_goes(entry.origin));
                "fdb_flush".to_owned()
            }
        };
        match change {
            BridgeChange::StpState(on) => self.kernel.stp_restart(self.cx, id, on),
            BridgeChange::ForwardDelay(_)
            | BridgeChange::HelloTime(_)
            | BridgeChange::MaxAge(_)
            | BridgeChange::Priority(_) => self.kernel.stp_times_changed(self.cx, id),
            _ => {}
        }
        self.record_link(id, &format!("type bridge {words}"));
        Ok(())
    }

    /// Changes a bridge port.
    pub fn port_set(&mut self, id: LinkId, change: PortChange) -> Result<()> {
        self.demand_admin()?;
        let Some(port) = self.kernel.links[id].port_mut() else {
            return Err(Errno::EOPNOTSUPP.into());
        };
        match change {
            PortChange::Cost(cost) if (1..=65535).contains(&cost) => port.cost = cost,
            PortChange::Priority(priority) if priority < 64 => {
                self.kernel.stp_set_port_priority(self.cx, id, priority as u8);
            }
            PortChange::Cost(_) | PortChange::Priority(_) => return Err(Errno::ERANGE.into()),
            PortChange::State(state) => self.port_set_state(id, state)?,
            PortChange::FdbFlush => {
                let bridge = port.bridge;
                let table = self.kernel.links[bridge].as_bridge_mut().expect("a port has a bridge");
                table
                    .fdb
                    .retain(|_, entry| !comes_and_goes(entry.origin) || entry.place.device() != id);
            }
            flag => flag.apply(&mut port.flags),
        }
        let name = self.link_name(id);
        self.record(|_| format!("bridge link set dev {name} {}", change.words()));
        Ok(())
    }

    /// Sets the state of a port by hand, where no spanning tree does (`br_set_port_state`).
    fn port_set_state(&mut self, id: LinkId, number: u8) -> Result<()> {
        const STATES: [PortState; 5] = [
            PortState::Disabled,
            PortState::Listening,
            PortState::Learning,
            PortState::Forwarding,
            PortState::Blocking,
        ];
        let state = match *STATES.get(usize::from(number)).ok_or(Errno::EINVAL)? {
            // Without a spanning tree nothing keeps a port blocked.
            PortState::Blocking => PortState::Forwarding,
            state => state,
        };
        let link = &self.kernel.links[id];
        let bridge = link.bridge().ok_or(Errno::EOPNOTSUPP)?;
        if self.kernel.links[bridge].as_bridge().is_some_and(|bridge| bridge.stp.enabled) {
            return Err(Errno::EBUSY.into());
        }
        if !link.up || (!link.carrier && state != PortState::Disabled) {
            return Err(Errno::ENETDOWN.into());
        }
        if let Some(port) = self.kernel.links[id].port_mut() {
            port.state = state;
        }
        self.kernel.update_carrier(self.cx, bridge);
        Ok(())
    }

    /// Says whether bridges that are made from now on, in any namespace, snoop multicast groups.
    pub fn snoop_on_new_bridges(&mut self, on: bool) {
        self.kernel.bridges_snoop = on;
    }

    /// Makes a port, or the bridge itself, member of a VLAN (`bridge vlan add`).
    pub fn vlan_add(&mut self, id: LinkId, vlan: u16, pvid: bool, untagged: bool) -> Result<()> {
        self.demand_admin()?;
        let vlans = self.vlans_mut(id).ok_or(Errno::EOPNOTSUPP)?;
        vlans.members.insert(vlan, untagged);
        if pvid {
            vlans.pvid = Some(vlan);
        } else if vlans.pvid == Some(vlan) {
            vlans.pvid = None;
        }
        Ok(())
    }

    /// Ends membership in a VLAN (`bridge vlan del`).
    pub fn vlan_del(&mut self, id: LinkId, vlan: u16) -> Result<()> {
        self.demand_admin()?;
        let vlans = self.vlans_mut(id).ok_or(Errno::EOPNOTSUPP)?;
        vlans.members.remove(&vlan).ok_or(Errno::ENOENT)?;
        if vlans.pvid == Some(vlan) {
            vlans.pvid = None;
        }
        Ok(())
    }

    fn vlans_mut(&mut self, id: LinkId) -> Option<&mut PortVlans> {
        let link = &mut self.kernel.links[id];
        if link.bridge().is_some() {
            return link.port_mut().map(|port| &mut port.vlans);
        }
        link.as_bridge_mut().map(|bridge| &mut bridge.vlans)
    }
}

/// Whether an entry is neither the bridge's own nor meant to stay.
fn comes_and_goes(origin: Origin) -> bool {
    matches!(origin, Origin::Learnt | Origin::Dynamic)
}
