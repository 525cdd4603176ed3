//! [`Link`]: a network device, and what kinds there are.

use crate::engine::Span;
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::ip::PacketType;
use crate::kernel::ip6::Inet6;
use crate::kernel::sysctl::LinkConf;
use crate::wire::{Frame, MacAddr, ethernet};

use super::bridge::{Bridge, BridgePort};
use super::ifaddr::IfAddr;
use super::netem::Netem;
use super::state::{Counters, LinkSettings, OperState};
use super::upper::{Ipvlan, IpvlanMode, Macvlan, Vlan};
use super::vxlan::Vxlan;

/// What every crossing from device to device costs at least, so that time always advances and a
/// loop becomes a visible storm instead of a hang.
pub const HOP: Span = Span::micros(1);

/// A network device.
#[derive(Debug)]
pub struct Link {
    /// Its name, unique in its namespace, at most 15 bytes.
    pub(in crate::kernel) name: String,
    /// Its number, unique in its namespace.
    pub(in crate::kernel) ifindex: u32,
    /// Where it is.
    pub(in crate::kernel) ns: NamespaceId,
    /// Its hardware address.
    pub(in crate::kernel) mac: MacAddr,
    /// Largest IP packet, in bytes.
    pub(in crate::kernel) mtu: u32,
    /// Whether an administrator set it up.
    pub(in crate::kernel) up: bool,
    /// Whether the layer below works; kept by [`carrier`].
    pub(in crate::kernel) carrier: bool,
    /// IPv4 addresses, primaries first.
    pub(in crate::kernel) addrs: Vec<IfAddr>,
    /// What kind of device it is.
    pub(in crate::kernel) kind: LinkKind,
    /// What else hangs on it.
    pub(in crate::kernel) role: Role,
    /// 802.1Q sub-interfaces on it.
    pub(in crate::kernel) vlans: Vec<LinkId>,
    /// Frames and bytes.
    pub(in crate::kernel) counters: Counters,
    /// `conf.NAME` and `neigh.NAME` of `net.ipv4` and `net.ipv6`.
    pub(in crate::kernel) conf: LinkConf,
    /// Queueing discipline, when it is not the default.
    pub(in crate::kernel) qdisc: Option<Box<Netem>>,
    /// `txqueuelen`; zero for devices without a queue.
    pub(in crate::kernel) tx_queue_len: u32,
    /// Whether the world captures its frames.
    pub(in crate::kernel) captured: bool,
    /// Packet sockets (tcpdump, arping) that listen on it.
    pub(in crate::kernel) taps: u32,
    /// Multicast groups that somebody here has joined, with their number of users.
    pub(in crate::kernel) groups: Vec<(std::net::Ipv4Addr, u32)>,
    /// How often it was made promiscuous.
    pub(in crate::kernel) promiscuity: u32,
    /// Other addresses for which it takes frames.
    pub(in crate::kernel) extra_addresses: Vec<MacAddr>,
    /// What an administrator said about it.
    pub(in crate::kernel) settings: LinkSettings,
    /// Whether it was ever up in this namespace: then it has a queueing discipline.
    pub(in crate::kernel) opened: bool,
    /// Grows with each device that comes into a namespace: some lists are in this order.
    pub(in crate::kernel) arrival: u64,
    /// IPv6 addresses and groups.
    pub(in crate::kernel) inet6: Inet6,
}

/// The kinds of device.
#[derive(Debug)]
pub enum LinkKind {
    /// `lo`.
    Loopback,
    /// A network card: the end of a cable.
    Nic,
    /// One end of a virtual cable.
    Veth {
        /// The other end.
        peer: LinkId,
    },
    /// A software switch.
    Bridge(Box<Bridge>),
    /// A tunnel end (RFC 7348).
    Vxlan(Box<Vxlan>),
    /// A second card on the same wire, with an address of its own.
    Macvlan(Macvlan),
    /// A second card on the same wire, with the address of its parent.
    Ipvlan(Ipvlan),
    /// An 802.1Q sub-interface.
    Vlan(Vlan),
    /// A device that swallows everything.
    Dummy,
}

/// What takes the frames of a device before its own protocols do (Linux calls it the receive
/// handler): there can be only one.
#[derive(Debug, Default)]
pub enum Role {
    /// Nothing.
    #[default]
    Plain,
    /// It is a port of a bridge.
    BridgePort(Box<BridgePort>),
    /// It is the parent of macvlan devices.
    MacvlanParent(Vec<LinkId>),
    /// It is the parent of ipvlan devices.
    IpvlanParent(Vec<LinkId>),
}

/// Whether a device took a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Sent {
    /// Yes, or it was lost without the sender being told.
    Ok,
    /// No, and the sender is told `ENOBUFS`.
    NoBuffer,
}

impl Link {
    /// The bridge of which this is a port.
    pub fn bridge(&self) -> Option<LinkId> {
        match &self.role {
            Role::BridgePort(port) => Some(port.bridge),
            _ => None,
        }
    }

    /// Whether it takes frames: up, and somebody at the other end.
    pub fn is_running(&self) -> bool {
        self.up && self.carrier
    }

    /// Whether it has no link layer of its own to speak of: no ARP on it.
    pub fn has_no_arp(&self) -> bool {
        match &self.kind {
            _ if !self.settings.arp => true,
            LinkKind::Loopback | LinkKind::Dummy => true,
            LinkKind::Ipvlan(ipvlan) => ipvlan.mode != IpvlanMode::L2,
            _ => false,
        }
    }

    /// Whether it is `lo`.
    pub fn is_loopback(&self) -> bool {
        matches!(self.kind, LinkKind::Loopback)
    }

    /// Whether somebody here has joined this group.
    pub fn is_member(&self, group: std::net::Ipv4Addr) -> bool {
        self.groups.iter().any(|(joined, _)| *joined == group)
    }

    /// Its state as a bridge port.
    pub(in crate::kernel) fn port(&self) -> Option<&BridgePort> {
        match &self.role {
            Role::BridgePort(port) => Some(port),
            _ => None,
        }
    }

    /// Its state as a bridge port, for changing.
    pub(in crate::kernel) fn port_mut(&mut self) -> Option<&mut BridgePort> {
        match &mut self.role {
            Role::BridgePort(port) => Some(port),
            _ => None,
        }
    }

    /// Its state as a bridge.
    pub(in crate::kernel) fn as_bridge(&self) -> Option<&Bridge> {
        match &self.kind {
            LinkKind::Bridge(bridge) => Some(bridge),
            _ => None,
        }
    }

    /// Its state as a bridge, for changing.
    pub(in crate::kernel) fn as_bridge_mut(&mut self) -> Option<&mut Bridge> {
        match &mut self.kind {
            LinkKind::Bridge(bridge) => Some(bridge),
            _ => None,
        }
    }

    /// Its state as a VXLAN device.
    pub(in crate::kernel) fn as_vxlan(&self) -> Option<&Vxlan> {
        match &self.kind {
            LinkKind::Vxlan(vxlan) => Some(vxlan),
            _ => None,
        }
    }

    /// Its state as a VXLAN device, for changing.
    pub(in crate::kernel) fn as_vxlan_mut(&mut self) -> Option<&mut Vxlan> {
        match &mut self.kind {
            LinkKind::Vxlan(vxlan) => Some(vxlan),
            _ => None,
        }
    }

    /// The state of a device, given whether the device below it is down.
    pub(in crate::kernel) fn oper_state(&self, lower_is_down: bool) -> OperState {
        let never_tells =
            matches!(self.kind, LinkKind::Loopback | LinkKind::Vxlan(_) | LinkKind::Dummy);
        match (self.up, self.carrier) {
            (false, _) => OperState::Down,
            (true, true) if never_tells => OperState::Unknown,
            (true, true) => OperState::Up,
            (true, false) if lower_is_down => OperState::LowerLayerDown,
            (true, false) => OperState::Down,
        }
    }

    /// For whom a frame is that its bridge passes up: bridged netfilter needs it early.
    pub(in crate::kernel) fn packet_type(&self, frame: &Frame) -> PacketType {
        PacketType::of(ethernet::dst(&frame.bytes), self.mac)
    }
}
