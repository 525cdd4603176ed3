//! ipvlan (`drivers/net/ipvlan`): more cards on one wire that all have the parent's MAC address, and
//! are told apart by their IP addresses.
//!
//! Mode `l2` is a bridge among siblings; `l3` routes instead: nothing is broadcast, and the parent's
//! namespace chooses the way out.

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::event::KernelEvent;
use crate::kernel::id::LinkId;
use crate::kernel::ip::{Packet, route::FlowQuery};
use crate::kernel::step::{DropReason, Step};
use crate::wire::arp::Arp;
use crate::wire::{Bytes, Frame, Ipv4Addr, ethernet, ipv4, is_multicast_mac};

pub use super::upper::{Ipvlan, IpvlanFlag, IpvlanMode};
use super::{HOP, LinkKind, Role, Sent};

impl Kernel {
    fn ipvlan_children(&self, parent: LinkId) -> Vec<LinkId> {
        match &self.links[parent].role {
            Role::IpvlanParent(children) => children.clone(),
            _ => Vec::new(),
        }
    }

    fn ipvlan_owner(&self, parent: LinkId, address: Ipv4Addr) -> Option<LinkId> {
        self.ipvlan_children(parent).into_iter().find(|child| {
            self.links.get(*child).is_some_and(|link| link.addrs.iter().any(|a| a.local == address))
        })
    }

    /// A frame came in on the parent (`ipvlan_handle_frame`).
    pub(super) fn ipvlan_receive(&mut self, cx: &mut Context, parent: LinkId, frame: Frame) {
        let Some(&first) = self.ipvlan_children(parent).first() else {
            return self.protocols_receive(cx, parent, frame);
        };
        let LinkKind::Ipvlan(Ipvlan { mode, .. }) = self.links[first].kind else { return };
        if mode == IpvlanMode::L2 && is_multicast_mac(ethernet::dst(&frame.bytes)) {
            for child in self.ipvlan_children(parent) {
                if self.links[child].up {
                    cx.after(HOP, KernelEvent::Arrival { link: child, frame: frame.clone() });
                }
            }
            return self.protocols_receive(cx, parent, frame);
        }
        match target_ip(&frame.bytes).and_then(|ip| self.ipvlan_owner(parent, ip)) {
            Some(child) if self.links[child].up => {
                let link = &mut self.links[child];
                link.counters.count_rx_upper(&frame.bytes);
                cx.note(frame.packet, link.ns, Some(child), Step::Received);
                self.receive_on(cx, child, frame);
            }
            Some(child) => {
                let ns = self.links[child].ns;
                cx.drop(frame.packet, ns, Some(child), DropReason::LinkDown);
            }
            None => self.protocols_receive(cx, parent, frame),
        }
    }

    /// A child sends (`ipvlan_queue_xmit`).
    pub(super) fn ipvlan_transmit(&mut self, cx: &mut Context, id: LinkId, frame: Frame) -> Sent {
        let link = &mut self.links[id];
        let LinkKind::Ipvlan(Ipvlan { parent, mode, flag }) = link.kind else { return Sent::Ok };
        link.counters.count_tx(&frame.bytes);
        let (ns, mac) = (link.ns, link.mac);
        let talks = flag == IpvlanFlag::Bridge;
        let sibling = target_ip(&frame.bytes)
            .filter(|_| talks)
            .and_then(|ip| self.ipvlan_owner(parent, ip))
            .filter(|child| *child != id);
        if mode != IpvlanMode::L2 {
            return match sibling {
                Some(child) => self.ipvlan_to_sibling(cx, id, child, frame),
                None => self.ipvlan_route_out(cx, parent, frame),
            };
        }
        if ethernet::dst(&frame.bytes) == mac {
            if let Some(child) = sibling {
                return self.ipvlan_to_sibling(cx, id, child, frame);
            }
            // The parent's own address: never handed up to it.
            cx.drop(frame.packet, ns, Some(id), DropReason::OtherHost);
            return Sent::Ok;
        }
        if talks && is_multicast_mac(ethernet::dst(&frame.bytes)) {
            for child in self.ipvlan_children(parent) {
                if child != id && self.links[child].up {
                    cx.after(HOP, KernelEvent::Arrival { link: child, frame: frame.clone() });
                }
            }
        }
        self.transmit(cx, parent, frame)
    }

    fn ipvlan_to_sibling(
        &mut self,
        cx: &mut Context,
        id: LinkId,
        child: LinkId,
        frame: Frame,
    ) -> Sent {
        cx.note(frame.packet, self.links[id].ns, Some(id), Step::Sibling(child));
        cx.after(HOP, KernelEvent::Arrival { link: child, frame });
        Sent::Ok
    }

    /// `ipvlan_process_outbound`: the packet goes on in the parent's namespace as if it came from there.
    fn ipvlan_route_out(&mut self, cx: &mut Context, parent: LinkId, mut frame: Frame) -> Sent {
        let ns = self.links[parent].ns;
        if ethernet::ethertype(&frame.bytes) != ethernet::ETHERTYPE_IPV4 {
            cx.drop(frame.packet, ns, Some(parent), DropReason::UnknownProtocol);
            return Sent::Ok;
        }
        frame.bytes.pull_front(ethernet::HEADER_LEN);
        let query = FlowQuery { dst: ipv4::dst(&frame.bytes), ..FlowQuery::default() };
        match self.route_output(ns, &query, cx.now) {
            Ok(route) => {
                let packet = Packet::local(frame.packet, frame.bytes);
                let _ = self.ip_local_out(cx, ns, packet, route);
            }
            Err(_) => cx.drop(frame.packet, ns, Some(parent), DropReason::NoRoute),
        }
        Sent::Ok
    }
}

/// The address by which a child is chosen: the destination of IP, the target of ARP.
fn target_ip(frame: &Bytes) -> Option<Ipv4Addr> {
    match ethernet::ethertype(frame) {
        ethernet::ETHERTYPE_ARP => Arp::parse(frame).map(|arp| arp.target_ip),
        ethernet::ETHERTYPE_IPV4 => {
            let ip = frame.get(ethernet::HEADER_LEN..)?;
            (ip.len() >= ipv4::HEADER_LEN).then(|| ipv4::dst(ip))
        }
        _ => None,
    }
}
