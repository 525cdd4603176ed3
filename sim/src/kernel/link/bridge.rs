//! Bridges (`net/bridge`): a switch made of software. Learning, flooding, the flags of a port, VLAN
//! filtering, and the way into netfilter when `bridge-nf-call-iptables` asks for it.
//!
//! The spanning tree is in [`super::stp`], the table of stations in [`super::fdb`].

use std::collections::BTreeMap;

use crate::engine::{Span, Time};
use crate::kernel::Kernel;
use crate::kernel::context::{Context, Tracing};
use crate::kernel::event::KernelEvent;
use crate::kernel::id::LinkId;
use crate::kernel::ip::PacketType;
use crate::kernel::step::{Delivery, DropReason, Forwarding, Step};
use crate::wire::{
    BROADCAST_MAC, Frame, MacAddr, ethernet, is_multicast_mac, is_valid_station_mac, vlan,
};

use super::fdb::{Fdb, Learning, Place, Station};
use super::stp::{PortState, Stp};
use super::{HOP, Link, LinkKind, Role};

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

/// The state of a device as a port.
#[derive(Debug)]
pub struct BridgePort {
    /// Its bridge.
    pub bridge: LinkId,
    /// Its number, from 1.
    pub number: u16,
    /// Port priority (upper bits of the port id), 0 to 63.
    pub priority: u8,
    /// Path cost of the spanning tree.
    pub cost: u32,
    /// What the spanning tree lets it do.
    pub state: PortState,
    /// `bridge link set dev … FLAG on|off`.
    pub flags: PortFlags,
    /// VLAN membership.
    pub vlans: PortVlans,
    /// What the spanning tree knows of the other side.
    pub designated: super::stp::Designated,
}

impl BridgePort {
    /// Priority and number, as the protocol and `ip -d link` have them.
    pub fn id(&self) -> u16 {
        u16::from(self.priority & 0x3f) << 10 | (self.number & 0x3ff)
    }
}

/// Flags of a port (`BR_*` of `if_bridge.h`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, clippy::struct_excessive_bools)]
pub struct PortFlags {
    pub hairpin: bool,
    pub guard: bool,
    pub root_block: bool,
    pub fastleave: bool,
    pub learning: bool,
    pub flood: bool,
    pub mcast_flood: bool,
    pub bcast_flood: bool,
    pub mcast_to_unicast: bool,
    pub neigh_suppress: bool,
    pub vlan_tunnel: bool,
    pub isolated: bool,
    pub locked: bool,
}

impl Default for PortFlags {
    fn default() -> Self {
        PortFlags {
            hairpin: false,
            guard: false,
            root_block: false,
            fastleave: false,
            learning: true,
            flood: true,
            mcast_flood: true,
            bcast_flood: true,
            mcast_to_unicast: false,
            neigh_suppress: false,
            vlan_tunnel: false,
            isolated: false,
            locked: false,
        }
    }
}

/// VLAN membership of a port, or of the bridge itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PortVlans {
    /// The VLAN of untagged frames that come in.
    pub pvid: Option<u16>,
    /// Member VLANs; true if their frames leave without a tag.
    pub members: BTreeMap<u16, bool>,
}

impl PortVlans {
    /// Member of one VLAN, which is also that of untagged frames. Zero means none.
    pub fn with_pvid(pvid: u16) -> PortVlans {
        let mut vlans = PortVlans::default();
        if pvid != 0 {
            vlans.pvid = Some(pvid);
            vlans.members.insert(pvid, true);
        }
        vlans
    }
}

/// How a frame leaves a bridge, as far as its destination says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Port(LinkId),
    Local,
    Flood(FloodKind),
}

/// Which flag of a port allows a flood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FloodKind {
    Unicast,
    Multicast,
    Broadcast,
}

impl FloodKind {
    fn is_allowed(self, flags: &PortFlags) -> bool {
        match self {
            FloodKind::Unicast => flags.flood,
            FloodKind::Multicast => flags.mcast_flood,
            FloodKind::Broadcast => flags.bcast_flood,
        }
    }
}

impl Bridge {
    fn decide(&mut self, station: Station, now: Time) -> Target {
        if station.mac == BROADCAST_MAC {
            return Target::Flood(FloodKind::Broadcast);
        }
        if is_multicast_mac(station.mac) {
            return Target::Flood(FloodKind::Multicast);
        }
        match self.fdb.lookup(station, now, self.ageing).map(|entry| entry.place) {
            Some(Place::Local(_)) => return Target::Local,
            Some(Place::Port(port)) => {
                self.fdb.touch(station, now);
                return Target::Port(port);
            }
            None => {}
        }
        // Own addresses are in every VLAN.
        let own = Station { mac: station.mac, vlan: 0 };
        match self.fdb.get(own).map(|entry| entry.place) {
            Some(Place::Local(_)) => Target::Local,
            _ => Target::Flood(FloodKind::Unicast),
        }
    }
}

impl Link {
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
}

impl Kernel {
    /// A frame came in by a bridge port (`br_handle_frame`).
    pub(super) fn bridge_receive(&mut self, cx: &mut Context, port_id: LinkId, frame: Frame) {
        let ns = self.links[port_id].ns;
        let Some(port) = self.links[port_id].port() else { return };
        let (bridge_id, state) = (port.bridge, port.state);
        let dst = ethernet::dst(&frame.bytes);
        if !is_valid_station_mac(ethernet::src(&frame.bytes)) {
            return cx.drop(frame.packet, ns, Some(port_id), DropReason::BadSourceMac);
        }
        if is_link_local_group(dst) {
            let bridge = self.links[bridge_id].as_bridge().expect("a port belongs to a bridge");
            let forwarded = bridge.group_fwd_mask >> dst.5 & 1 == 1;
            match dst.5 {
                0 if !bridge.stp.enabled || forwarded => {}
                0 => {
                    cx.note(frame.packet, ns, Some(port_id), Step::Bridge(Forwarding::LinkLocal));
                    cx.note(
                        frame.packet,
                        ns,
                        Some(port_id),
                        Step::Delivered(Delivery::SpanningTree),
                    );
                    return self.stp_receive(cx, port_id, &frame.bytes);
                }
                _ if forwarded => {}
                1 => return cx.drop(frame.packet, ns, Some(port_id), DropReason::LinkLocalGroup),
                _ => {
                    // For the host's own protocols on the port (LLDP and the like): nobody here.
                    return cx.drop(frame.packet, ns, Some(port_id), DropReason::LinkLocalGroup);
                }
            }
        }
        match state {
            PortState::Forwarding | PortState::Learning => {}
            _ => return cx.drop(frame.packet, ns, Some(port_id), DropReason::PortBlocked),
        }
        if self.bridge_netfilter_applies(bridge_id, &frame) {
            return self.bridge_netfilter_prerouting(cx, bridge_id, port_id, frame);
        }
        self.bridge_receive_finish(cx, bridge_id, port_id, frame);
    }

    /// Learn, decide, forward (`br_handle_frame_finish`).
    pub(in crate::kernel) fn bridge_receive_finish(
        &mut self,
        cx: &mut Context,
        bridge_id: LinkId,
        port_id: LinkId,
        frame: Frame,
    ) {
        let now = cx.now;
        let ns = self.links[bridge_id].ns;
        let Some(port) = self.links[port_id].port() else { return };
        let (flags, state) = (port.flags, port.state);
        let filtering = self.links[bridge_id].as_bridge().is_some_and(|b| b.vlan_filtering);
        let vlan = match filtering.then(|| ingress_vlan(&port.vlans, &frame)) {
            None => 0,
            Some(Some(vlan)) => vlan,
            Some(None) => {
                return cx.drop(frame.packet, ns, Some(port_id), DropReason::VlanFiltered);
            }
        };
        let bridge = self.links[bridge_id].as_bridge_mut().expect("a port belongs to a bridge");
        if flags.learning && bridge.ageing != Span::ZERO {
            let source = Station { mac: ethernet::src(&frame.bytes), vlan };
            if bridge.fdb.learn(source, port_id, now) == Learning::Learnt {
                cx.note(frame.packet, ns, Some(port_id), Step::Learned(source.mac));
                let entry = bridge.fdb.get(source).copied().expect("just learnt");
                self.monitor_station(bridge_id, source, &entry, false);
            }
        }
        let bridge = self.links[bridge_id].as_bridge_mut().expect("a port belongs to a bridge");
        if state == PortState::Learning {
            return cx.drop(frame.packet, ns, Some(port_id), DropReason::PortBlocked);
        }
        let target = bridge.decide(Station { mac: ethernet::dst(&frame.bytes), vlan }, now);
        match target {
            Target::Local => {
                cx.note(frame.packet, ns, Some(bridge_id), Step::Bridge(Forwarding::Local));
                self.bridge_pass_up(cx, bridge_id, frame);
            }
            Target::Port(out) => {
                if let Some(reason) = self.refusal(Some(port_id), out, vlan, filtering) {
                    return cx.drop(frame.packet, ns, Some(out), reason);
                }
                cx.note(frame.packet, ns, Some(bridge_id), Step::Bridge(Forwarding::To(out)));
                self.bridge_forward(cx, bridge_id, port_id, out, frame, vlan);
            }
            Target::Flood(kind) => {
                let for_us = kind != FloodKind::Unicast || self.links[bridge_id].promiscuity > 0;
                let copy = for_us.then(|| frame.clone());
                self.bridge_flood(cx, bridge_id, Some(port_id), frame, kind, vlan);
                if let Some(copy) = copy {
                    self.bridge_pass_up(cx, bridge_id, copy);
                }
            }
        }
    }

    /// The bridge's own device sends a frame (`br_dev_xmit`).
    pub(super) fn bridge_transmit(&mut self, cx: &mut Context, bridge_id: LinkId, frame: Frame) {
        let ns = self.links[bridge_id].ns;
        let now = cx.now;
        let bridge = self.links[bridge_id].as_bridge_mut().expect("the caller saw a bridge");
        let filtering = bridge.vlan_filtering;
        let vlan = match filtering.then(|| ingress_vlan(&bridge.vlans, &frame)) {
            None => 0,
            Some(Some(vlan)) => vlan,
            Some(None) => {
                return cx.drop(frame.packet, ns, Some(bridge_id), DropReason::VlanFiltered);
            }
        };
        match bridge.decide(Station { mac: ethernet::dst(&frame.bytes), vlan }, now) {
            Target::Port(out) => {
                if let Some(reason) = self.refusal(None, out, vlan, filtering) {
                    return cx.drop(frame.packet, ns, Some(out), reason);
                }
                cx.note(frame.packet, ns, Some(bridge_id), Step::Bridge(Forwarding::To(out)));
                self.bridge_leave(cx, bridge_id, out, frame, vlan);
            }
            // A frame of the host to its own address never reaches the bridge; one that does (a port's
            // address) has no port to go to.
            Target::Local => cx.drop(frame.packet, ns, Some(bridge_id), DropReason::NoEgressPort),
            Target::Flood(kind) => self.bridge_flood(cx, bridge_id, None, frame, kind, vlan),
        }
    }

    /// The frame is for the host: it goes on as if the bridge's own device had received it.
    pub(in crate::kernel) fn bridge_pass_up(
        &mut self,
        cx: &mut Context,
        bridge_id: LinkId,
        frame: Frame,
    ) {
        let link = &mut self.links[bridge_id];
        if !link.up {
            return cx.drop(frame.packet, link.ns, Some(bridge_id), DropReason::LinkDown);
        }
        let payload = &frame.bytes[ethernet::HEADER_LEN..];
        link.counters.rx_packets += 1;
        link.counters.rx_bytes += payload.len() as u64;
        if is_multicast_mac(ethernet::dst(&frame.bytes)) {
            link.counters.rx_multicast += 1;
        }
        cx.note(frame.packet, link.ns, Some(bridge_id), Step::Received);
        self.receive_on(cx, bridge_id, frame);
    }

    /// From port to port, by way of the FORWARD hook if the bridge calls iptables.
    fn bridge_forward(
        &mut self,
        cx: &mut Context,
        bridge_id: LinkId,
        from: LinkId,
        out: LinkId,
        frame: Frame,
        vlan: u16,
    ) {
        if self.bridge_netfilter_applies(bridge_id, &frame) {
            return self.bridge_netfilter_forward(cx, bridge_id, from, out, frame, vlan);
        }
        self.bridge_leave(cx, bridge_id, out, frame, vlan);
    }

    /// Out of a port (`br_dev_queue_push_xmit`).
    pub(in crate::kernel) fn bridge_leave(
        &mut self,
        cx: &mut Context,
        bridge_id: LinkId,
        out: LinkId,
        mut frame: Frame,
        vlan: u16,
    ) {
        let filtering = self.links[bridge_id].as_bridge().is_some_and(|b| b.vlan_filtering);
        let Some(port) = self.links[out].port() else { return };
        if filtering {
            egress_tag(&port.vlans, vlan, &mut frame);
        }
        let link = &self.links[out];
        if frame.bytes.len() > link.mtu as usize + ethernet::HEADER_LEN + vlan::TAG_LEN {
            return cx.drop(frame.packet, link.ns, Some(out), DropReason::TooBigForPort);
        }
        let _ = self.transmit(cx, out, frame);
    }

    /// Out of every port that may carry it (`br_flood`). Virtual cables all take one hop, so their
    /// far ends receive in one event.
    fn bridge_flood(
        &mut self,
        cx: &mut Context,
        bridge_id: LinkId,
        from: Option<LinkId>,
        frame: Frame,
        kind: FloodKind,
        vlan: u16,
    ) {
        let ns = self.links[bridge_id].ns;
        let bridge = self.links[bridge_id].as_bridge().expect("the caller saw a bridge");
        let filtering = bridge.vlan_filtering;
        let through_netfilter = self.bridge_netfilter_applies(bridge_id, &frame);
        let ports = self.flood_ports(bridge_id, from, kind, vlan, filtering);
        if ports.is_empty() {
            // A broadcast is also for the host; that copy is told of where it is delivered.
            if kind == FloodKind::Unicast || from.is_none() {
                cx.drop(frame.packet, ns, Some(bridge_id), DropReason::NoEgressPort);
            }
            return;
        }
        let count = ports.len() as u16;
        cx.note(
            frame.packet,
            ns,
            Some(bridge_id),
            Step::Bridge(Forwarding::Flood { ports: count }),
        );
        if through_netfilter || filtering || ports.len() == 1 {
            for out in ports {
                match from {
                    Some(from) => {
                        self.bridge_forward(cx, bridge_id, from, out, frame.clone(), vlan);
                    }
                    None => self.bridge_leave(cx, bridge_id, out, frame.clone(), vlan),
                }
            }
            return;
        }
        let mut far_ends = Vec::with_capacity(ports.len());
        for out in ports {
            let is_watched = cx.tracing == Tracing::Full;
            match self.simple_cable(out, frame.bytes.len()).filter(|_| !is_watched) {
                Some(peer) => {
                    let link = &mut self.links[out];
                    link.counters.count_tx(&frame.bytes);
                    cx.note(frame.packet, link.ns, Some(out), Step::Transmitted);
                    far_ends.push(peer);
                }
                None => self.bridge_leave(cx, bridge_id, out, frame.clone(), vlan),
            }
        }
        if !far_ends.is_empty() {
            cx.after(HOP, KernelEvent::Flood { links: far_ends, frame });
        }
    }

    /// The ports that a flood leaves by, the newest first.
    fn flood_ports(
        &self,
        bridge_id: LinkId,
        from: Option<LinkId>,
        kind: FloodKind,
        vlan: u16,
        filtering: bool,
    ) -> Vec<LinkId> {
        let bridge = self.links[bridge_id].as_bridge().expect("the caller saw a bridge");
        let allowed = |out: &LinkId| {
            self.links[*out].port().is_some_and(|port| kind.is_allowed(&port.flags))
                && self.refusal(from, *out, vlan, filtering).is_none()
        };
        bridge.ports.iter().copied().filter(allowed).collect()
    }

    /// The far end of a port that is a plain virtual cable which takes a frame of this length and
    /// that nobody watches; anything else goes the long way.
    fn simple_cable(&self, out: LinkId, len: usize) -> Option<LinkId> {
        let link = &self.links[out];
        let LinkKind::Veth { peer } = link.kind else { return None };
        let fits = |mtu: u32| len <= mtu as usize + ethernet::HEADER_LEN + vlan::TAG_LEN;
        let plain = link.is_running() && link.qdisc.is_none() && !link.captured && link.taps == 0;
        let unwatched = self.taps_on_any == 0;
        (plain && unwatched && fits(link.mtu) && fits(self.links[peer].mtu)).then_some(peer)
    }

    /// Why a frame from `from` may not leave by `out` (`should_deliver`).
    fn refusal(
        &self,
        from: Option<LinkId>,
        out: LinkId,
        vlan: u16,
        filtering: bool,
    ) -> Option<DropReason> {
        let port = self.links.get(out)?.port()?;
        if port.state != PortState::Forwarding {
            return Some(DropReason::PortBlocked);
        }
        if filtering && !port.vlans.members.contains_key(&vlan) {
            return Some(DropReason::VlanFiltered);
        }
        let from = from?;
        if from == out && !port.flags.hairpin {
            return Some(DropReason::SamePort);
        }
        let from_isolated = self.links[from].port().is_some_and(|p| p.flags.isolated);
        (from_isolated && port.flags.isolated).then_some(DropReason::Isolated)
    }

    /// Whether frames on this bridge pass the hooks of iptables (`br_netfilter`).
    fn bridge_netfilter_applies(&self, bridge_id: LinkId, frame: &Frame) -> bool {
        let link = &self.links[bridge_id];
        let by_sysctl = self.namespaces[link.ns].sysctl.bridge_nf_call_iptables;
        let asked = by_sysctl || link.as_bridge().is_some_and(|b| b.nf_call_iptables);
        asked && ethernet::ethertype(&frame.bytes) == ethernet::ETHERTYPE_IPV4
    }
}

/// `01:80:c2:00:00:00` to `…:0f`: frames that a bridge keeps to one cable (IEEE 802.1D table 7-10).
fn is_link_local_group(mac: MacAddr) -> bool {
    (mac.0, mac.1, mac.2, mac.3, mac.4) == (0x01, 0x80, 0xc2, 0, 0) && mac.5 & 0xf0 == 0
}

/// The VLAN of a frame that comes in; `None` if the port is no member.
fn ingress_vlan(vlans: &PortVlans, frame: &Frame) -> Option<u16> {
    match vlan::id(&frame.bytes) {
        None | Some(0) => vlans.pvid,
        Some(vlan) => vlans.members.contains_key(&vlan).then_some(vlan),
    }
}

/// Puts the tag on, or takes it off, as the port wants it.
fn egress_tag(vlans: &PortVlans, id: u16, frame: &mut Frame) {
    let untagged = vlans.members.get(&id).copied().unwrap_or(false);
    match (untagged, vlan::id(&frame.bytes)) {
        (true, Some(_)) => vlan::pop(&mut frame.bytes),
        (false, None) => vlan::push(&mut frame.bytes, id),
        _ => {}
    }
}

/// How the host sees a frame that its bridge passes up: bridged netfilter needs it early.
pub(in crate::kernel) fn packet_type_at_bridge(bridge: &Link, frame: &Frame) -> PacketType {
    PacketType::of(ethernet::dst(&frame.bytes), bridge.mac)
}
