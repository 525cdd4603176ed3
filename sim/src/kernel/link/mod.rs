//! Network devices: [`Link`] and what each kind does with a frame.
//!
//! `receive` and `transmit` below are the two tables of contents: one `match` each, over a closed set
//! of kinds. A frame goes from device to device by an event and never by a direct call, except where
//! the kernel does the same: a bridge port and its bridge, a sub-interface and its parent.
//!
//! Read this file, then [`bridge`], [`vxlan`], [`macvlan`]. Creating and changing devices is in
//! [`admin`], addresses are in [`address`].

pub mod address;
pub mod admin;
pub mod bridge;
pub mod carrier;
pub mod fdb;
pub mod ipvlan;
pub mod macvlan;
pub mod qdisc;
pub mod state;
pub mod stp;
pub mod veth;
pub mod view;
pub mod vlan;
pub mod vxlan;

use crate::engine::Span;
use crate::wire::{Frame, MacAddr, ethernet};

use super::Kernel;
use super::context::{Context, Direction, Tracing};
use super::event::KernelEvent;
use super::id::{LinkId, NamespaceId};
use super::ip::{Packet, PacketType};
use super::ip6::Inet6;
use super::step::{DropReason, Step};
use super::sysctl::LinkConf;

pub use address::{IfAddr, Scope};
pub use bridge::{Bridge, BridgePort};
pub use ipvlan::{Ipvlan, IpvlanMode};
pub use macvlan::{Macvlan, MacvlanMode};
pub use qdisc::Netem;
pub use state::{Counters, LinkSettings, OperState};
pub use vlan::Vlan;
pub use vxlan::Vxlan;

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
}

impl Kernel {
    /// A frame comes in from the wire (`__netif_receive_skb`).
    pub(in crate::kernel) fn receive(&mut self, cx: &mut Context, id: LinkId, frame: Frame) {
        let Some(link) = self.links.get_mut(id) else {
            return cx.drop(frame.packet, self.host_ns, None, DropReason::DeviceGone);
        };
        if !link.up {
            link.counters.rx_dropped += 1;
            return cx.drop(frame.packet, link.ns, Some(id), DropReason::LinkDown);
        }
        if frame.bytes.len() < ethernet::HEADER_LEN {
            link.counters.rx_errors += 1;
            return cx.drop(frame.packet, link.ns, Some(id), DropReason::Runt);
        }
        match link.kind {
            LinkKind::Macvlan(_) => link.counters.count_rx_upper(&frame.bytes),
            _ => link.counters.count_rx(&frame.bytes),
        }
        cx.note(frame.packet, link.ns, Some(id), Step::Received);
        self.receive_on(cx, id, frame);
    }

    /// A frame is on this device, from the wire or from a device below it: taps see it, then whoever
    /// hangs on the device takes it, then the protocols.
    pub(in crate::kernel) fn receive_on(&mut self, cx: &mut Context, id: LinkId, frame: Frame) {
        self.tap(cx, id, Direction::In, &frame);
        let Some(link) = self.links.get(id) else { return };
        if !link.vlans.is_empty() && ethernet::ethertype(&frame.bytes) == ethernet::ETHERTYPE_VLAN {
            return self.vlan_receive(cx, id, frame);
        }
        match link.role {
            Role::Plain => self.protocols_receive(cx, id, frame),
            Role::BridgePort(_) => self.bridge_receive(cx, id, frame),
            Role::MacvlanParent(_) => self.macvlan_receive(cx, id, frame),
            Role::IpvlanParent(_) => self.ipvlan_receive(cx, id, frame),
        }
    }

    /// The frame is for the protocols of this namespace: ARP, IPv4 or IPv6, or nobody.
    pub(in crate::kernel) fn protocols_receive(
        &mut self,
        cx: &mut Context,
        id: LinkId,
        frame: Frame,
    ) {
        let Some(link) = self.links.get(id) else { return };
        let (ns, mac) = (link.ns, link.mac);
        let kind = PacketType::of(ethernet::dst(&frame.bytes), mac);
        let reason = match ethernet::ethertype(&frame.bytes) {
            _ if kind == PacketType::OtherHost => DropReason::OtherHost,
            ethernet::ETHERTYPE_ARP => return self.arp_receive(cx, id, kind, frame),
            ethernet::ETHERTYPE_IPV4 => {
                let packet = Packet::from_frame(frame, id, kind);
                return self.ip_receive(cx, ns, packet);
            }
            ethernet::ETHERTYPE_IPV6 => {
                let packet = Packet::from_frame(frame, id, kind);
                return self.ip6_receive(cx, ns, packet);
            }
            ethernet::ETHERTYPE_VLAN => DropReason::NoVlanDevice,
            _ => DropReason::UnknownProtocol,
        };
        cx.drop(frame.packet, ns, Some(id), reason);
    }

    /// Sends a frame out of a device (`__dev_queue_xmit`).
    pub(in crate::kernel) fn transmit(
        &mut self,
        cx: &mut Context,
        id: LinkId,
        frame: Frame,
    ) -> Sent {
        let Some(link) = self.links.get_mut(id) else {
            cx.drop(frame.packet, self.host_ns, None, DropReason::DeviceGone);
            return Sent::Ok;
        };
        if !link.is_running() {
            // The queueing discipline of a device without carrier is `noop`: it drops silently.
            link.counters.tx_dropped += 1;
            let reason = if link.up { DropReason::NoCarrier } else { DropReason::LinkDown };
            cx.drop(frame.packet, link.ns, Some(id), reason);
            return Sent::Ok;
        }
        if link.qdisc.is_some() {
            return self.enqueue(cx, id, frame);
        }
        self.transmit_now(cx, id, frame)
    }

    /// Hands a frame to the driver of a device (`dev_hard_start_xmit`).
    pub(in crate::kernel) fn transmit_now(
        &mut self,
        cx: &mut Context,
        id: LinkId,
        frame: Frame,
    ) -> Sent {
        self.tap(cx, id, Direction::Out, &frame);
        let Some(link) = self.links.get_mut(id) else { return Sent::Ok };
        cx.note(frame.packet, link.ns, Some(id), Step::Transmitted);
        match &link.kind {
            LinkKind::Veth { peer } => {
                let peer = *peer;
                return self.veth_transmit(cx, id, peer, frame);
            }
            LinkKind::Nic => {
                link.counters.count_tx(&frame.bytes);
                cx.emit(id, frame);
            }
            LinkKind::Loopback => {
                link.counters.count_tx(&frame.bytes);
                cx.after(HOP, KernelEvent::Arrival { link: id, frame });
            }
            LinkKind::Bridge(_) => {
                link.counters.count_tx(&frame.bytes);
                self.bridge_transmit(cx, id, frame);
            }
            LinkKind::Vxlan(_) => self.vxlan_transmit(cx, id, frame),
            LinkKind::Macvlan(_) => return self.macvlan_transmit(cx, id, frame),
            LinkKind::Ipvlan(_) => return self.ipvlan_transmit(cx, id, frame),
            LinkKind::Vlan(_) => return self.vlan_transmit(cx, id, frame),
            LinkKind::Dummy => {
                link.counters.count_tx(&frame.bytes);
                cx.drop(frame.packet, link.ns, Some(id), DropReason::Swallowed);
            }
        }
        Sent::Ok
    }

    /// Shows a frame to the captures of the world and to packet sockets.
    fn tap(&mut self, cx: &mut Context, id: LinkId, direction: Direction, frame: &Frame) {
        let Some(link) = self.links.get(id) else { return };
        if link.captured || cx.tracing == Tracing::Full {
            cx.capture(id, direction, frame, link.captured);
        }
        let ns = link.ns;
        if link.taps > 0 || self.taps_on_any > 0 {
            self.packet_sockets_receive(cx, ns, id, direction, frame);
        }
    }
}
