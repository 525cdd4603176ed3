//! Network devices: what each kind of [`Link`] does with a frame.
//!
//! `receive` and `transmit` below are the two tables of contents: one `match` each, over a closed set
//! of kinds. A frame goes from device to device by an event and never by a direct call, except where
//! the kernel does the same: a bridge port and its bridge, a sub-interface and its parent.
//!
//! Read [`device`], this file, then [`bridge`], [`vxlan`], [`macvlan`]. Creating and changing devices is in
//! [`admin`], addresses are in [`address`].

pub mod address;
pub mod admin;
pub mod bridge;
pub mod carrier;
pub mod device;
pub mod fdb;
pub mod ifaddr;
pub mod ipvlan;
pub mod macvlan;
pub mod netem;
pub mod qdisc;
pub mod state;
pub mod stp;
pub mod upper;
pub mod veth;
pub mod view;
pub mod vlan;
pub mod vxlan;

use crate::wire::{Frame, ethernet};

use super::Kernel;
use super::context::{Context, Direction, Tracing};
use super::event::KernelEvent;
use super::id::LinkId;
use super::ip::{Packet, PacketType};
use super::step::{DropReason, Step};

pub use bridge::{Bridge, BridgePort};
pub use device::{HOP, Link, LinkKind, Role, Sent};
pub use ifaddr::{IfAddr, Scope};
pub use netem::Netem;
pub use state::{Counters, LinkSettings, OperState};
pub use upper::{Ipvlan, IpvlanMode, Macvlan, MacvlanMode, Vlan};
pub use vxlan::Vxlan;

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
