//! ARP (RFC 826, `net/ipv4/arp.c`): asking for hardware addresses, answering, and listening.

use std::collections::VecDeque;

use crate::engine::Span;
use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::event::KernelEvent;
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::link::{Scope, Sent};
use crate::kernel::monitor::Monitored;
use crate::kernel::step::{Cause, Delivery, DropReason, NeighborAnswer, Step};
use crate::wire::arp::{self, Arp};
use crate::wire::{
    BROADCAST_MAC, Frame, Ipv4Addr, MacAddr, ZERO_MAC, ethernet, ipv4, multicast_mac,
};

use super::fib::RouteKind;
use super::neighbor::{Action, Authority, Nud, Resolution};
use super::route::{FlowQuery, InputRoute};
use super::{Packet, PacketType};

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
    pub(super) fn neighbor_is_known(
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
    fn frame_out(&mut self, cx: &mut Context, link: LinkId, dst: MacAddr, packet: Packet) -> Sent {
        let src = self.links[link].mac;
        let mut bytes = packet.bytes;
        ethernet::push_header(&mut bytes, dst, src, ethernet::ETHERTYPE_IPV4);
        self.transmit(cx, link, Frame { packet: packet.id, bytes })
    }

    /// Asks who has `target` (`arp_solicit`): all, or the one known address.
    fn solicit(
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

    /// Sends an ARP packet.
    fn send_arp(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        link: LinkId,
        dst: MacAddr,
        arp: Arp,
    ) {
        let packet = cx.new_packet(ns);
        let bytes = arp.frame(dst, self.links[link].mac);
        let _ = self.transmit(cx, link, Frame { packet, bytes });
    }

    /// Whether a device announces its addresses when it comes up or changes (`arp_notify`).
    pub(in crate::kernel) fn arp_notifies(&self, link: LinkId) -> bool {
        let device = &self.links[link];
        self.namespaces[device.ns].arp_notify(&device.conf)
    }

    /// Gratuitous ARP for every address of a device.
    pub(in crate::kernel) fn announce(&mut self, cx: &mut Context, link: LinkId) {
        let device = &self.links[link];
        if device.has_no_arp() {
            return;
        }
        let (ns, mac) = (device.ns, device.mac);
        for address in device.addrs.clone() {
            self.send_arp(
                cx,
                ns,
                link,
                BROADCAST_MAC,
                Arp {
                    operation: arp::REQUEST,
                    sender_mac: mac,
                    sender_ip: address.local,
                    target_mac: ZERO_MAC,
                    target_ip: address.local,
                },
            );
        }
    }

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
        let on_device = |a: &&crate::kernel::link::IfAddr| a.local == packet.target_ip;
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
    fn learn_sender(&mut self, cx: &mut Context, ns: NamespaceId, link: LinkId, packet: &Arp) {
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

    fn answer_arp(&mut self, cx: &mut Context, ns: NamespaceId, link: LinkId, question: &Arp) {
        let mac = self.links[link].mac;
        self.send_arp(
            cx,
            ns,
            link,
            question.sender_mac,
            Arp {
                operation: arp::REPLY,
                sender_mac: mac,
                sender_ip: question.target_ip,
                target_mac: question.sender_mac,
                target_ip: question.sender_ip,
            },
        );
    }

    /// Answers in somebody else's name: at once if the question came to this host directly, else
    /// after a random time (`proxy_delay`), so that the real owner comes first.
    fn proxy_answer(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        link: LinkId,
        kind: PacketType,
        packet: &Arp,
        frame: &Frame,
    ) -> Step {
        self.learn_sender(cx, ns, link, packet);
        let delay = self.links[link].conf.neigh.proxy_delay;
        let mac = self.links[link].mac;
        if kind == PacketType::Host || delay == Span::ZERO {
            self.answer_arp(cx, ns, link, packet);
        } else {
            let wait = cx.rng.span(Span::ZERO, delay);
            cx.after(wait, KernelEvent::ProxyArp { link, frame: frame.clone() });
        }
        Step::ProxyAnswered { ip: packet.target_ip, mac }
    }

    /// The random time of a proxied question is over.
    pub(in crate::kernel) fn proxy_answer_later(
        &mut self,
        cx: &mut Context,
        link: LinkId,
        frame: &Frame,
    ) {
        let (Some(device), Some(packet)) = (self.links.get(link), Arp::parse(&frame.bytes)) else {
            return;
        };
        let ns = device.ns;
        let outer = cx.set_cause(Cause::Packet(frame.packet));
        self.answer_arp(cx, ns, link, &packet);
        cx.set_cause(outer);
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
            self.icmp_error(cx, ns, crate::wire::icmp::Error::HOST_UNREACHABLE, &packet);
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
