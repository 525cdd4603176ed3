//! What a change in the table of neighbours entails: questions, packets that need wait no longer,
//! failures, and the timer for the next change.

use std::collections::VecDeque;

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::event::KernelEvent;
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::ip::Packet;
use crate::kernel::ip::neighbor::{Action, Nud};
use crate::kernel::monitor::Monitored;
use crate::kernel::step::{Cause, DropReason, NeighborAnswer, Step};
use crate::wire::{Ipv4Addr, icmp};

impl Kernel {
    /// Does what a change of an entry asks for.
    pub(in crate::kernel) fn neighbor_act(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        link: LinkId,
        ip: Ipv4Addr,
        action: Action,
    ) {
        if self.namespaces[ns].neighbors.take_news(link, ip) {
            let now = cx.now;
            self.monitor_with(ns, |kernel| {
                let view = kernel.neighbor_view(ns, link, ip, now)?;
                Some(Monitored::Neighbor { view, gone: false })
            });
        }
        match action {
            Action::None => {}
            Action::Solicit(to) => {
                let entry = self.namespaces[ns].neighbors.get(link, ip);
                let waiting = entry.and_then(|entry| entry.queue.front());
                let cause = waiting.map_or(cx.cause(), |packet| Cause::Packet(packet.id));
                let outer = cx.set_cause(cause);
                self.solicit(cx, ns, link, ip, to);
                cx.set_cause(outer);
            }
            Action::Flush(mac, queue) => {
                let outer = cx.cause();
                for packet in queue {
                    cx.set_cause(Cause::Packet(packet.id));
                    cx.note(
                        packet.id,
                        ns,
                        Some(link),
                        Step::Neighbor { ip, answer: NeighborAnswer::Known(mac) },
                    );
                    let _ = self.frame_out(cx, link, mac, packet);
                }
                cx.set_cause(outer);
            }
            Action::Fail(queue) => self.neighbor_failed(cx, ns, link, queue),
        }
        self.arm_neighbor_timer(cx, ns);
    }

    /// Nobody answered: each waiting packet is reported to its sender (`arp_error_report`).
    fn neighbor_failed(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        link: LinkId,
        queue: VecDeque<Packet>,
    ) {
        for packet in queue {
            self.icmp_error(cx, ns, icmp::Error::HOST_UNREACHABLE, &packet);
            cx.drop(packet.id, ns, Some(link), DropReason::NeighborFailed);
        }
    }

    /// The timer of a namespace's table.
    pub(in crate::kernel) fn neighbor_timer(&mut self, cx: &mut Context, ns: NamespaceId) {
        let Some(namespace) = self.namespaces.get_mut(ns) else { return };
        for (link, ip) in namespace.neighbors.due(cx.now) {
            let conf = self.links[link].conf.neigh;
            let action = self.namespaces[ns].neighbors.expire(link, ip, &conf, cx.now);
            self.neighbor_act(cx, ns, link, ip, action);
        }
        self.arm_neighbor_timer(cx, ns);
    }

    /// Sets the timer, if the next thing to do is sooner than the one that is set.
    pub(in crate::kernel) fn arm_neighbor_timer(&mut self, cx: &mut Context, ns: NamespaceId) {
        if let Some(at) = self.namespaces[ns].neighbors.take_timer() {
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
        let lost = self.namespaces[ns].neighbors.remove_all(|link, _, entry| {
            link == id && !(keep_permanent && entry.state == Nud::Permanent)
        });
        for packet in lost {
            cx.drop(packet.id, ns, Some(id), reason);
        }
    }
}
