//! What a change in the table of neighbours entails: questions, packets that need wait no longer,
//! failures, and the timer for the next change.

use std::collections::VecDeque;

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::event::KernelEvent;
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::ip::Packet;
use crate::kernel::monitor::Monitored;
use crate::kernel::step::{Cause, DropReason, NeighborAnswer};
use crate::wire::{Ipv4Addr, Ipv6Addr};

use super::family::Family;
use super::{Action, Nud};

impl Kernel {
    /// Does what a change of an entry asks for.
    pub(in crate::kernel) fn neighbor_act<A: Family>(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        link: LinkId,
        ip: A,
        action: Action,
    ) {
        if A::table_mut(&mut self.namespaces[ns]).take_news(link, ip) {
            let now = cx.now;
            self.monitor_with(ns, |kernel| {
                let view = kernel.neighbor_view(ns, link, ip, now)?;
                Some(Monitored::Neighbor { view, gone: false })
            });
        }
        match action {
            Action::None => {}
            Action::Solicit(to) => {
                let entry = A::table(&self.namespaces[ns]).get(link, ip);
                let waiting = entry.and_then(|entry| entry.queue.front());
                let cause = waiting.map_or(cx.cause(), |packet| Cause::Packet(packet.id));
                let outer = cx.set_cause(cause);
                ip.solicit(self, cx, ns, link, to);
                cx.set_cause(outer);
            }
            Action::Flush(mac, queue) => {
                let outer = cx.cause();
                for packet in queue {
                    cx.set_cause(Cause::Packet(packet.id));
                    cx.note(packet.id, ns, Some(link), ip.step(NeighborAnswer::Known(mac)));
                    let _ = self.frame_out(cx, link, mac, A::ETHERTYPE, packet);
                }
                cx.set_cause(outer);
            }
            Action::Fail(queue) => self.neighbor_failed::<A>(cx, ns, link, queue),
        }
        self.arm_neighbor_timer::<A>(cx, ns);
    }

    /// Nobody answered: each waiting packet is reported to its sender (`arp_error_report`).
    fn neighbor_failed<A: Family>(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        link: LinkId,
        queue: VecDeque<Packet>,
    ) {
        for packet in queue {
            A::report_failure(self, cx, ns, &packet);
            cx.drop(packet.id, ns, Some(link), A::FAILED);
        }
    }

    /// The timer of a namespace's tables.
    pub(in crate::kernel) fn neighbor_timer(&mut self, cx: &mut Context, ns: NamespaceId) {
        if self.namespaces.contains_key(ns) {
            self.expire_neighbors::<Ipv4Addr>(cx, ns);
            self.expire_neighbors::<Ipv6Addr>(cx, ns);
        }
    }

    fn expire_neighbors<A: Family>(&mut self, cx: &mut Context, ns: NamespaceId) {
        for (link, ip) in A::table_mut(&mut self.namespaces[ns]).due(cx.now) {
            let conf = *A::conf(&self.links[link]);
            let action = A::table_mut(&mut self.namespaces[ns]).expire(link, ip, &conf, cx.now);
            self.neighbor_act(cx, ns, link, ip, action);
        }
        self.arm_neighbor_timer::<A>(cx, ns);
    }

    /// Sets the timer, if the next thing to do is sooner than the one that is set.
    pub(in crate::kernel) fn arm_neighbor_timer<A: Family>(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
    ) {
        if let Some(at) = A::table_mut(&mut self.namespaces[ns]).take_timer() {
            cx.at(at, KernelEvent::NeighborTimer { ns });
        }
    }

    /// Forgets the neighbours on a device; permanent ones stay if only the carrier was lost.
    pub(in crate::kernel) fn neighbors_flush_link(
        &mut self,
        cx: &mut Context,
        id: LinkId,
        keep_permanent: bool,
        reason: DropReason,
    ) {
        let ns = self.links[id].ns;
        let is_doomed =
            |link: LinkId, state: Nud| link == id && !(keep_permanent && state == Nud::Permanent);
        let namespace = &mut self.namespaces[ns];
        let mut lost = namespace.neighbors.remove_all(|link, _, one| is_doomed(link, one.state));
        lost.extend(namespace.neighbors6.remove_all(|link, _, one| is_doomed(link, one.state)));
        for packet in lost {
            cx.drop(packet.id, ns, Some(id), reason);
        }
    }
}
