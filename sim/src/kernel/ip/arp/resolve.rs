//! Packets on their way out: the hardware address of the next hop is known, or asked for while they wait.

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::ip::Packet;
use crate::kernel::ip::fib::RouteKind;
use crate::kernel::ip::neighbor::Resolution;
use crate::kernel::link::{Scope, Sent};
use crate::kernel::step::{Cause, DropReason, NeighborAnswer, Step};
use crate::wire::arp::{self, Arp};
use crate::wire::{
    BROADCAST_MAC, Frame, Ipv4Addr, MacAddr, ZERO_MAC, ethernet, ipv4, multicast_mac,
};

impl Kernel {
    /// Finds the hardware address of the next hop and sends the packet out of `link`
    /// (`ip_finish_output2`). A packet whose next hop is unknown waits while ARP asks.
    pub(in crate::kernel) fn neighbor_output(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        link: LinkId,
        next_hop: Ipv4Addr,
        kind: RouteKind,
        packet: Packet,
    ) -> Sent {
        let device = &self.links[link];
        let fixed = match kind {
            _ if device.is_loopback() => Some(ZERO_MAC),
            _ if device.has_no_arp() => Some(device.mac),
            RouteKind::Broadcast => Some(BROADCAST_MAC),
            RouteKind::Multicast => Some(multicast_mac(next_hop)),
            _ => None,
        };
        if let Some(mac) = fixed {
            return self.frame_out(cx, link, mac, packet);
        }
        let id = packet.id;
        let conf = device.conf.neigh;
        let mut waiting = Some(packet);
        let neighbors = &mut self.namespaces[ns].neighbors;
        let resolution =
            neighbors.resolve(link, next_hop, &mut waiting, &conf, cx.now, &mut cx.rng);
        match resolution {
            Resolution::Known(mac) => {
                cx.note(
                    id,
                    ns,
                    Some(link),
                    Step::Neighbor { ip: next_hop, answer: NeighborAnswer::Known(mac) },
                );
                self.arm_neighbor_timer(cx, ns);
                let packet = waiting.expect("a resolved packet does not wait");
                self.frame_out(cx, link, mac, packet)
            }
            Resolution::Queued { solicit, overflow } => {
                cx.note(
                    id,
                    ns,
                    Some(link),
                    Step::Neighbor { ip: next_hop, answer: NeighborAnswer::Waiting },
                );
                if let Some(lost) = overflow {
                    cx.drop(lost.id, ns, Some(link), DropReason::NeighborQueueFull);
                }
                if solicit {
                    let outer = cx.set_cause(Cause::Packet(id));
                    self.solicit(cx, ns, link, next_hop, None);
                    cx.set_cause(outer);
                }
                self.arm_neighbor_timer(cx, ns);
                Sent::Ok
            }
        }
    }

    /// Whether the hardware address of a neighbour is known; it is asked for if not.
    pub(in crate::kernel::ip) fn neighbor_is_known(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        link: LinkId,
        ip: Ipv4Addr,
    ) -> bool {
        let neighbors = &mut self.namespaces[ns].neighbors;
        if neighbors.get(link, ip).is_some_and(|entry| entry.state.is_valid()) {
            return true;
        }
        let conf = self.links[link].conf.neigh;
        let asked = neighbors.resolve(link, ip, &mut None, &conf, cx.now, &mut cx.rng);
        if matches!(asked, Resolution::Queued { solicit: true, .. }) {
            self.solicit(cx, ns, link, ip, None);
        }
        self.arm_neighbor_timer(cx, ns);
        false
    }

    /// Puts the Ethernet header in front and sends.
    pub(super) fn frame_out(
        &mut self,
        cx: &mut Context,
        link: LinkId,
        dst: MacAddr,
        packet: Packet,
    ) -> Sent {
        let src = self.links[link].mac;
        let mut bytes = packet.bytes;
        ethernet::push_header(&mut bytes, dst, src, ethernet::ETHERTYPE_IPV4);
        self.transmit(cx, link, Frame { packet: packet.id, bytes })
    }

    /// Asks who has `target` (`arp_solicit`): all, or the one known address.
    pub(super) fn solicit(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        link: LinkId,
        target: Ipv4Addr,
        to: Option<MacAddr>,
    ) {
        let announce = self.namespaces[ns].arp_announce(&self.links[link].conf);
        // The packet that came last speaks for all that wait.
        let waiting = self.namespaces[ns]
            .neighbors
            .get(link, target)
            .and_then(|entry| entry.queue.back())
            .map(|packet| ipv4::src(&packet.bytes));
        let usable = waiting.filter(|src| {
            self.is_local_address(ns, *src)
                && match announce {
                    0 => true,
                    1 => self.links[link]
                        .addrs
                        .iter()
                        .any(|a| a.contains(target) && a.contains(*src)),
                    _ => false,
                }
        });
        let sender_ip = usable
            .or_else(|| self.select_address(ns, link, Some(target), Scope::Link))
            .unwrap_or(Ipv4Addr::UNSPECIFIED);
        self.namespaces[ns].neighbors.count_probe(link, target);
        self.send_arp(
            cx,
            ns,
            link,
            to.unwrap_or(BROADCAST_MAC),
            Arp {
                operation: arp::REQUEST,
                sender_mac: self.links[link].mac,
                sender_ip,
                target_mac: ZERO_MAC,
                target_ip: target,
            },
        );
    }
}
