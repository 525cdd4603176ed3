//! Bridges (`net/bridge`): a switch made of software. Learning, flooding, the flags of a port, VLAN
//! filtering, and the way into netfilter when `bridge-nf-call-iptables` asks for it.
//!
//! Here is the state of a bridge, in `port` that of a port. A frame comes in by `receive`, `decide` says
//! where it goes, and it leaves by `forward` or `flood`. The spanning tree is in [`super::stp`], the
//! table of stations in [`super::fdb`].

mod decide;
mod flood;
mod forward;
mod port;
mod receive;
mod vlan;

use crate::engine::{Span, Time};
use crate::kernel::id::LinkId;
use crate::wire::MacAddr;

use super::fdb::Fdb;
use super::stp::Stp;

pub use port::{BridgePort, PortFlags};
pub use vlan::PortVlans;

/// `01:80:c2:00:00:00`, to which the spanning tree speaks.
pub const STP_GROUP: MacAddr = MacAddr(0x01, 0x80, 0xc2, 0, 0, 0);

/// The state of a bridge.
#[derive(Debug)]
pub struct Bridge {
    /// Its ports, the newest first: the order in which it floods.
    pub ports: Vec<LinkId>,
    /// Who is behind which port.
    pub fdb: Fdb,
    /// How long a station is remembered; zero makes a hub.
    pub ageing: Span,
    /// Whether somebody set the MAC address; otherwise it is the lowest of the ports'.
    pub mac_is_set: bool,
    /// Whether somebody set the MTU; otherwise it is the smallest of the ports'.
    pub mtu_is_set: bool,
    /// The spanning tree.
    pub stp: Stp,
    /// Whether VLANs are kept apart.
    pub vlan_filtering: bool,
    /// The VLAN of untagged frames on a new port.
    pub default_pvid: u16,
    /// VLANs of the bridge itself.
    pub vlans: PortVlans,
    /// Which of the link-local groups are forwarded nevertheless.
    pub group_fwd_mask: u16,
    /// Whether IGMP is listened to.
    pub mcast_snooping: bool,
    /// The flag of this bridge that does what the sysctl does for all.
    pub nf_call_iptables: bool,
    /// Since when it is up: its table is swept from then on.
    pub up_since: Option<Time>,
}

impl Default for Bridge {
    fn default() -> Self {
        Bridge {
            ports: Vec::new(),
            fdb: Fdb::default(),
            ageing: Span::secs(300),
            mac_is_set: false,
            mtu_is_set: false,
            stp: Stp::default(),
            vlan_filtering: false,
            default_pvid: 1,
            vlans: PortVlans::with_pvid(1),
            group_fwd_mask: 0,
            mcast_snooping: true,
            nf_call_iptables: false,
            up_since: None,
        }
    }
}
