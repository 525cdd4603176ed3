//! ARP packets that come in: whether the question is for this host, and what is learnt of the sender.

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::ip::PacketType;
use crate::kernel::ip::fib::RouteKind;
use crate::kernel::ip::neighbor::{Authority, Nud};
use crate::kernel::ip::route::{FlowQuery, InputRoute};
use crate::kernel::link::{IfAddr, Scope};
use crate::kernel::step::{Cause, Delivery, DropReason, Step};
use crate::wire::arp::{self, Arp};
use crate::wire::{Frame, ZERO_MAC};

impl Kernel {
    /// An ARP packet came in (`arp_process`).
    pub(in crate::kernel) fn arp_receive(
        &mut self,
        cx: &mut Context,
        link: LinkId,
        kind: PacketType,
        frame: Frame,
    ) {
        let ns = self.links[link].ns;
        let Some(packet) = Arp::parse(&frame.bytes) else {
            return cx.drop(frame.packet, ns, Some(link), DropReason::ArpMalformed);
        };
        let odd = packet.target_ip.is_multicast()
            || (packet.target_ip.is_loopback()
                && !self.namespaces[ns].route_localnet(&self.links[link].conf))
            || !matches!(packet.operation, arp::REQUEST | arp::REPLY);
        if odd || self.links[link].has_no_arp() {
            return cx.drop(frame.packet, ns, Some(link), DropReason::ArpMalformed);
        }
        let outer = cx.set_cause(Cause::Packet(frame.packet));
        let step = self.arp_process(cx, ns, link, kind, &packet, &frame);
        cx.set_cause(outer);
        cx.note(frame.packet, ns, Some(link), step);
    }

    /// Answers and learns; what became of the packet.
    fn arp_process(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        link: LinkId,
        kind: PacketType,
        packet: &Arp,
        frame: &Frame,
    ) -> Step {
        let is_request = packet.operation == arp::REQUEST;
        let is_ours = || self.address_kind(ns, packet.target_ip) == RouteKind::Local;
        if packet.sender_ip.is_unspecified() {
            // Duplicate address detection (RFC 5227): answered, not remembered.
            if is_request && is_ours() && !self.arp_ignores(link, packet) {
                self.answer_arp(cx, ns, link, packet);
                return Step::Delivered(Delivery::Neighbors);
            }
            return Step::Dropped(DropReason::ArpNotForUs);
        }
        if is_request {
            match self.arp_route(ns, link, packet, cx) {
                InputRoute::Local(RouteKind::Local) => {
                    if self.arp_ignores(link, packet) || self.arp_filters(ns, link, packet, cx) {
                        return Step::Dropped(DropReason::ArpIgnored);
                    }
                    self.learn_sender(cx, ns, link, packet);
                    self.answer_arp(cx, ns, link, packet);
                    return Step::Delivered(Delivery::Neighbors);
                }
                InputRoute::Forward { route, .. } => {
                    let own_entry =
                        self.namespaces[ns].neighbors.proxies.iter().any(|(ip, on)| {
                            *ip == packet.target_ip && on.is_none_or(|on| on == link)
                        });
                    let proxied = route.link != link
                        && (own_entry || self.namespaces[ns].proxy_arp(&self.links[link].conf));
                    let pvlan = route.link == link
                        && packet.sender_ip != packet.target_ip
                        && self.links[link].conf.ipv4.proxy_arp_pvlan;
                    if proxied || pvlan {
                        return self.proxy_answer(cx, ns, link, kind, packet, frame);
                    }
                }
                _ => {}
            }
        }
        self.update_known_sender(cx, ns, link, kind, packet)
    }

    /// Where a packet from the asker to the target would go: decides whether the question is for this
    /// host. A sender from whom no packet would be taken gets no answer.
    fn arp_route(&self, ns: NamespaceId, link: LinkId, packet: &Arp, cx: &Context) -> InputRoute {
        let query = FlowQuery {
            dst: packet.target_ip,
            src: Some(packet.sender_ip),
            any_source: true,
            ..FlowQuery::default()
        };
        self.input_route(ns, &query, link, cx.now)
    }

    /// `arp_ignore`: on which devices, and to whom, a question is answered.
    fn arp_ignores(&self, link: LinkId, packet: &Arp) -> bool {
        let device = &self.links[link];
        let on_device = |a: &&IfAddr| a.local == packet.target_ip;
        match self.namespaces[device.ns].arp_ignore(&device.conf) {
            0 => false,
            1 => !device.addrs.iter().any(|a| on_device(&a)),
            2 => !device.addrs.iter().any(|a| on_device(&a) && a.contains(packet.sender_ip)),
            // Host addresses are not told, whichever device has them.
            3 => !self.namespaces[device.ns]
                .links
                .values()
                .flat_map(|link| &self.links[*link].addrs)
                .any(|a| on_device(&a) && a.scope != Scope::Host),
            8 => true,
            _ => false,
        }
    }

    /// `arp_filter`: only answered where the answer would leave.
    fn arp_filters(&self, ns: NamespaceId, link: LinkId, packet: &Arp, cx: &Context) -> bool {
        if !self.namespaces[ns].arp_filter(&self.links[link].conf) {
            return false;
        }
        let query = FlowQuery {
            dst: packet.sender_ip,
            src: Some(packet.target_ip),
            ..FlowQuery::default()
        };
        self.route_output(ns, &query, cx.now).map_or(true, |route| route.link != link)
    }

    /// Whoever asks is remembered (`neigh_event_ns`).
    pub(super) fn learn_sender(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        link: LinkId,
        packet: &Arp,
    ) {
        let conf = self.links[link].conf.neigh;
        let action = self.namespaces[ns].neighbors.update(
            link,
            packet.sender_ip,
            Some(packet.sender_mac),
            Nud::Stale,
            Authority::Packet { overrides: true },
            true,
            &conf,
            cx.now,
            &mut cx.rng,
        );
        self.neighbor_act(cx, ns, link, packet.sender_ip, action);
    }

    /// What is known of the sender may change; nothing new is remembered, unless `arp_accept` says so.
    fn update_known_sender(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        link: LinkId,
        kind: PacketType,
        packet: &Arp,
    ) -> Step {
        let conf = self.links[link].conf.neigh;
        let accepts = self.namespaces[ns].arp_accept(&self.links[link].conf);
        let is_reply = packet.operation == arp::REPLY;
        let gratuitous = packet.target_ip == packet.sender_ip
            && (!is_reply
                || packet.target_mac == packet.sender_mac
                || packet.target_mac == ZERO_MAC);
        let unicast_reply =
            is_reply && self.address_kind(ns, packet.sender_ip) == RouteKind::Unicast;
        let create = accepts && (gratuitous || unicast_reply);
        let known = self.namespaces[ns].neighbors.contains(link, packet.sender_ip);
        if !known && !create {
            return Step::Dropped(DropReason::ArpNotForUs);
        }
        let overrides = gratuitous
            || self.namespaces[ns].neighbors.may_override(link, packet.sender_ip, cx.now);
        // Questions and broadcast answers do not prove that the sender hears us.
        let state = if is_reply && kind == PacketType::Host { Nud::Reachable } else { Nud::Stale };
        let action = self.namespaces[ns].neighbors.update(
            link,
            packet.sender_ip,
            Some(packet.sender_mac),
            state,
            Authority::Packet { overrides },
            create,
            &conf,
            cx.now,
            &mut cx.rng,
        );
        self.neighbor_act(cx, ns, link, packet.sender_ip, action);
        if !is_reply && !gratuitous {
            return Step::Dropped(DropReason::ArpNotForUs);
        }
        Step::Delivered(Delivery::Neighbors)
    }
}
