//! macvlan (`drivers/net/macvlan.c`): more cards on one wire, each with a MAC address of its own.
//!
//! A parent and its children never exchange frames: what a child sends to the parent's address goes
//! out on the wire, and a switch does not send it back.

use crate::engine::Span;
use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::event::KernelEvent;
use crate::kernel::id::LinkId;
use crate::kernel::step::{DropReason, Step};
use crate::wire::{Frame, MacAddr, ethernet, is_multicast_mac};

pub use super::upper::{Macvlan, MacvlanMode};
use super::{HOP, LinkKind, Role, Sent};

/// How long broadcasts wait for the work queue that hands them to the children: longer than it takes
/// neighbours to answer each other.
const WORK_QUEUE: Span = Span::micros(20);

impl Kernel {
    fn macvlan_children(&self, parent: LinkId) -> Vec<(LinkId, MacvlanMode)> {
        let Role::MacvlanParent(children) = &self.links[parent].role else { return Vec::new() };
        children
            .iter()
            .filter_map(|child| match self.links.get(*child)?.kind {
                LinkKind::Macvlan(macvlan) => Some((*child, macvlan.mode)),
                _ => None,
            })
            .collect()
    }

    /// Whether a child may not have an address, because its parent or another child that is up has it
    /// (`macvlan_addr_busy`).
    pub(in crate::kernel) fn macvlan_address_is_busy(&self, id: LinkId, mac: MacAddr) -> bool {
        let LinkKind::Macvlan(macvlan) = self.links[id].kind else { return false };
        let parent = &self.links[macvlan.parent];
        let Role::MacvlanParent(children) = &parent.role else { return false };
        let has_it = |child: &LinkId| {
            *child != id && self.links.get(*child).is_some_and(|link| link.up && link.mac == mac)
        };
        macvlan.mode != MacvlanMode::Passthru && (parent.mac == mac || children.iter().any(has_it))
    }

    fn macvlan_child_with(&self, parent: LinkId, mac: MacAddr) -> Option<(LinkId, MacvlanMode)> {
        let Role::MacvlanParent(children) = &self.links[parent].role else { return None };
        children.iter().find_map(|child| match self.links.get(*child)?.kind {
            LinkKind::Macvlan(macvlan) if self.links[*child].mac == mac => {
                Some((*child, macvlan.mode))
            }
            _ => None,
        })
    }

    /// A frame came in on the parent (`macvlan_handle_frame`).
    pub(super) fn macvlan_receive(&mut self, cx: &mut Context, parent: LinkId, frame: Frame) {
        let dst = ethernet::dst(&frame.bytes);
        if is_multicast_mac(dst) {
            let source = self.macvlan_child_with(parent, ethernet::src(&frame.bytes));
            let wanted: &[MacvlanMode] = match source {
                None => {
                    use MacvlanMode::{Bridge, Passthru, Private, Vepa};
                    &[Private, Vepa, Passthru, Bridge]
                }
                Some((_, MacvlanMode::Vepa)) => &[MacvlanMode::Vepa, MacvlanMode::Bridge],
                // The siblings in bridge mode saw it on its way out.
                Some((_, MacvlanMode::Bridge)) => &[MacvlanMode::Vepa],
                Some((child, _)) => return self.macvlan_deliver(cx, child, frame),
            };
            let except = source.map(|(child, _)| child);
            self.macvlan_broadcast(cx, parent, except, wanted, &frame);
            return self.protocols_receive(cx, parent, frame);
        }
        let children = self.macvlan_children(parent);
        let child = match children[..] {
            [(child, MacvlanMode::Passthru)] => Some(child),
            _ => self.macvlan_child_with(parent, dst).map(|(child, _)| child),
        };
        match child {
            Some(child) => self.macvlan_deliver(cx, child, frame),
            None => self.protocols_receive(cx, parent, frame),
        }
    }

    fn macvlan_deliver(&mut self, cx: &mut Context, child: LinkId, frame: Frame) {
        let link = &mut self.links[child];
        if !link.up {
            return cx.drop(frame.packet, link.ns, Some(child), DropReason::LinkDown);
        }
        link.counters.count_rx_upper(&frame.bytes);
        cx.note(frame.packet, link.ns, Some(child), Step::Received);
        self.receive_on(cx, child, frame);
    }

    /// A copy for each child in one of these modes, handed over later by a work queue.
    fn macvlan_broadcast(
        &mut self,
        cx: &mut Context,
        parent: LinkId,
        except: Option<LinkId>,
        modes: &[MacvlanMode],
        frame: &Frame,
    ) {
        for (child, mode) in self.macvlan_children(parent) {
            if Some(child) != except && modes.contains(&mode) && self.links[child].up {
                let frame = frame.clone();
                cx.after(WORK_QUEUE, KernelEvent::Arrival { link: child, frame });
            }
        }
    }

    /// A child sends (`macvlan_queue_xmit`).
    pub(super) fn macvlan_transmit(&mut self, cx: &mut Context, id: LinkId, frame: Frame) -> Sent {
        let link = &mut self.links[id];
        let LinkKind::Macvlan(Macvlan { parent, mode, .. }) = link.kind else { return Sent::Ok };
        link.counters.count_tx(&frame.bytes);
        let ns = link.ns;
        if mode == MacvlanMode::Bridge {
            let dst = ethernet::dst(&frame.bytes);
            if is_multicast_mac(dst) {
                self.macvlan_broadcast(cx, parent, Some(id), &[MacvlanMode::Bridge], &frame);
            } else if let Some((child, MacvlanMode::Bridge)) = self.macvlan_child_with(parent, dst)
            {
                cx.note(frame.packet, ns, Some(id), Step::Sibling(child));
                // By way of the parent, whose taps see it; it is not counted there.
                cx.after(HOP, KernelEvent::Backlog { link: parent, frame });
                return Sent::Ok;
            }
        }
        self.transmit(cx, parent, frame)
    }
}
