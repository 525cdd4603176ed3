//! The way of a packet through the tables, tried without sending it: rules, connections and sets are put
//! back as they were, and nobody hears of it.

use crate::engine::Seed;
use crate::kernel::Kernel;
use crate::kernel::context::{Context, Note, Tracing};
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::ip::Packet;
use crate::kernel::ip::route::{FlowQuery, InputRoute, OutputRoute};
use crate::kernel::step::{self, DropReason, Step};
use crate::kernel::sys::Sys;
use crate::wire::{Bytes, ipv4};

use super::conntrack::Conn;
use super::{Hook, HookVerdict};

/// What would happen to a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rehearsal {
    /// Every step, every rule that was tried.
    pub notes: Vec<Note>,
    /// The connection that it would begin.
    pub conn: Option<Conn>,
}

/// How many times a packet may come in again by `lo`.
const MAX_ROUNDS: usize = 2;

impl Sys<'_> {
    /// What would happen to a packet that comes in by a device, or is made here.
    pub fn packet_rehearse(&mut self, bytes: Bytes, input: Option<LinkId>) -> Rehearsal {
        let ns = self.ns;
        let mut cx = Context::new(u16::MAX, "rehearsal", Seed(0));
        cx.now = self.cx.now;
        cx.tracing = Tracing::Full;
        cx.is_rehearsal = true;
        let namespace = &self.kernel.namespaces[ns];
        let (tables, sets) = (namespace.netfilter.tables.clone(), namespace.netfilter.sets.clone());
        let conntrack = namespace.conntrack.clone();
        self.kernel.namespaces[ns].conntrack.is_watched = false;
        let packet = Packet { input, ..Packet::local(cx.new_packet(ns), bytes) };
        self.kernel.rehearse(&mut cx, ns, packet);
        let namespace = &mut self.kernel.namespaces[ns];
        let began = namespace.conntrack.live(cx.now).into_iter().cloned();
        let conn = began.into_iter().find(|conn| conntrack.by_id(conn.id).is_none());
        (namespace.netfilter.tables, namespace.netfilter.sets) = (tables, sets);
        namespace.conntrack = conntrack;
        Rehearsal { notes: cx.outbox.notes, conn }
    }
}

impl Kernel {
    /// From hook to hook, until the packet is gone, would be delivered or would leave.
    fn rehearse(&mut self, cx: &mut Context, ns: NamespaceId, mut packet: Packet) {
        for _ in 0..MAX_ROUNDS {
            let route = match packet.input {
                Some(input) => self.rehearse_input(cx, ns, &mut packet, input),
                None => self.rehearse_output(cx, ns, &mut packet),
            };
            let Some(route) = route else { return };
            let input = packet.input;
            let verdict =
                self.try_hook(cx, ns, Hook::Postrouting, &mut packet, input, Some(route.link));
            if verdict == HookVerdict::Gone {
                return;
            }
            cx.note(packet.id, ns, Some(route.link), Step::Transmitted);
            if !self.links[route.link].is_loopback() {
                return;
            }
            packet.input = Some(route.link);
        }
    }

    fn try_hook(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        hook: Hook,
        packet: &mut Packet,
        input: Option<LinkId>,
        output: Option<LinkId>,
    ) -> HookVerdict {
        if !self.namespaces[ns].netfilter.is_active(hook) {
            return HookVerdict::Passed(super::Passed::not_active());
        }
        self.run_hook(cx, ns, hook, packet, input, output)
    }

    /// PREROUTING, the decision, INPUT or FORWARD; the way out, if there is one.
    fn rehearse_input(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        packet: &mut Packet,
        input: LinkId,
    ) -> Option<OutputRoute> {
        cx.note(packet.id, ns, Some(input), Step::Received);
        let verdict = self.try_hook(cx, ns, Hook::Prerouting, packet, Some(input), None);
        if verdict == HookVerdict::Gone {
            return None;
        }
        match self.route_input(ns, packet, input, cx.now) {
            InputRoute::Local(_) => {
                cx.note(packet.id, ns, Some(input), Step::Route(step::Route::Local));
                let _ = self.try_hook(cx, ns, Hook::Input, packet, Some(input), None);
                None
            }
            InputRoute::Forward { route, .. } => {
                cx.note(packet.id, ns, Some(input), Step::Route(route.step()));
                let output = Some(route.link);
                let verdict = self.try_hook(cx, ns, Hook::Forward, packet, Some(input), output);
                (verdict != HookVerdict::Gone).then_some(route)
            }
            InputRoute::Refused(_) => {
                cx.drop(packet.id, ns, Some(input), DropReason::NoRoute);
                None
            }
            InputRoute::Drop(reason) => {
                cx.drop(packet.id, ns, Some(input), reason);
                None
            }
        }
    }

    /// The decision, OUTPUT, another decision if that changed the packet.
    fn rehearse_output(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        packet: &mut Packet,
    ) -> Option<OutputRoute> {
        let decide = |kernel: &Kernel, cx: &mut Context, packet: &Packet| {
            let query = FlowQuery {
                dst: ipv4::dst(&packet.bytes),
                src: Some(ipv4::src(&packet.bytes)),
                mark: packet.mark,
                any_source: true,
                ..FlowQuery::default()
            };
            let route = kernel.route_output(ns, &query, cx.now);
            if route.is_err() {
                cx.drop(packet.id, ns, None, DropReason::NoRoute);
            }
            route.ok()
        };
        let mut route = decide(self, cx, packet)?;
        let before = (ipv4::dst(&packet.bytes), packet.mark);
        let verdict = self.try_hook(cx, ns, Hook::Output, packet, None, Some(route.link));
        if verdict == HookVerdict::Gone {
            return None;
        }
        if before != (ipv4::dst(&packet.bytes), packet.mark) {
            route = decide(self, cx, packet)?;
        }
        cx.note(packet.id, ns, Some(route.link), Step::Route(route.step()));
        Some(route)
    }
}
