//! Packets on their way out: the hardware address of the next hop is known, or asked for while they wait.

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::ip::Packet;
use crate::kernel::ip::fib::RouteKind;
use crate::kernel::link::Sent;
use crate::kernel::step::{Cause, NeighborAnswer};
use crate::wire::{BROADCAST_MAC, Frame, MacAddr, ZERO_MAC, ethernet};

use super::Resolution;
use super::family::Family;

impl Kernel {
    /// Finds the hardware address of the next hop and sends the packet out of `link`
    /// (`ip_finish_output2`). A packet whose next hop is unknown waits while it is asked for.
    pub(in crate::kernel) fn neighbor_output<A: Family>(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        link: LinkId,
        next_hop: A,
        kind: RouteKind,
        packet: Packet,
    ) -> Sent {
        let device = &self.links[link];
        let fixed = match kind {
            _ if device.is_loopback() => Some(ZERO_MAC),
            _ if device.has_no_arp() => Some(device.mac),
            RouteKind::Broadcast => Some(BROADCAST_MAC),
            RouteKind::Multicast => Some(next_hop.group_mac()),
            _ => None,
        };
        if let Some(mac) = fixed {
            return self.frame_out(cx, link, mac, A::ETHERTYPE, packet);
        }
        let id = packet.id;
        let conf = *A::conf(device);
        let mut waiting = Some(packet);
        let neighbors = A::table_mut(&mut self.namespaces[ns]);
        let resolution =
            neighbors.resolve(link, next_hop, &mut waiting, &conf, cx.now, &mut cx.rng);
        match resolution {
            Resolution::Known(mac) => {
                cx.note(id, ns, Some(link), next_hop.step(NeighborAnswer::Known(mac)));
                self.arm_neighbor_timer::<A>(cx, ns);
                let packet = waiting.expect("a resolved packet does not wait");
                self.frame_out(cx, link, mac, A::ETHERTYPE, packet)
            }
            Resolution::Queued { solicit, overflow } => {
                cx.note(id, ns, Some(link), next_hop.step(NeighborAnswer::Waiting));
                if let Some(lost) = overflow {
                    cx.drop(lost.id, ns, Some(link), A::QUEUE_FULL);
                }
                if solicit {
                    let outer = cx.set_cause(Cause::Packet(id));
                    next_hop.solicit(self, cx, ns, link, None);
                    cx.set_cause(outer);
                }
                self.arm_neighbor_timer::<A>(cx, ns);
                Sent::Ok
            }
        }
    }

    /// Whether the hardware address of a neighbour is known; it is asked for if not.
    pub(in crate::kernel::ip) fn neighbor_is_known<A: Family>(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        link: LinkId,
        ip: A,
    ) -> bool {
        let neighbors = A::table_mut(&mut self.namespaces[ns]);
        if neighbors.get(link, ip).is_some_and(|entry| entry.state.is_valid()) {
            return true;
        }
        let conf = *A::conf(&self.links[link]);
        let neighbors = A::table_mut(&mut self.namespaces[ns]);
        let asked = neighbors.resolve(link, ip, &mut None, &conf, cx.now, &mut cx.rng);
        if matches!(asked, Resolution::Queued { solicit: true, .. }) {
            ip.solicit(self, cx, ns, link, None);
        }
        self.arm_neighbor_timer::<A>(cx, ns);
        false
    }

    /// Puts the Ethernet header in front and sends.
    pub(super) fn frame_out(
        &mut self,
        cx: &mut Context,
        link: LinkId,
        dst: MacAddr,
        ethertype: u16,
        packet: Packet,
    ) -> Sent {
        let src = self.links[link].mac;
        let mut bytes = packet.bytes;
        ethernet::push_header(&mut bytes, dst, src, ethertype);
        self.transmit(cx, link, Frame { packet: packet.id, bytes })
    }
}
