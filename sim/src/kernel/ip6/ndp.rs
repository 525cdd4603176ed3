//! Neighbour discovery on the wire (`net/ipv6/ndisc.c`): asking for hardware addresses, answering, and
//! listening. The table is the one of [`crate::kernel::ip::neighbor`].

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::ip::Packet;
use crate::kernel::ip::neighbor::{Authority, Nud};
use crate::kernel::step::{Delivery, DropReason, Step};
use crate::wire::ndp::{self, Advertisement, Solicitation};
use crate::wire::{Ipv6Addr, MacAddr, icmpv6, ipv6};

use super::ifaddr::DadState;

/// What a message says of somebody's hardware address.
struct News {
    ip: Ipv6Addr,
    mac: Option<MacAddr>,
    state: Nud,
    overrides: bool,
    creates: bool,
}

impl Kernel {
    /// Asks who has `target` (`ndisc_solicit`): its group, or the one known place.
    pub(in crate::kernel) fn ndp_solicit(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        link: LinkId,
        target: Ipv6Addr,
        to: Option<MacAddr>,
    ) {
        // The packet that came last speaks for all that wait, if it is from here.
        let entry = self.namespaces[ns].neighbors6.get(link, target);
        let waiting =
            entry.and_then(|entry| entry.queue.back()).map(|packet| ipv6::src(&packet.bytes));
        let own = waiting.filter(|src| {
            self.links[link].inet6.addrs.iter().any(|a| a.local == *src && a.is_usable())
        });
        let src = own
            .or_else(|| self.link_local_of(link))
            .or_else(|| self.select_address6(ns, link, target));
        let Some(src) = src else { return };
        self.namespaces[ns].neighbors6.count_probe(link, target);
        let mac = Some(self.links[link].mac);
        let question = Solicitation { target, mac, nonce: None }.message();
        let dst = if to.is_some() { target } else { ipv6::solicited_node(target) };
        self.send_ndp(cx, link, src, dst, question);
    }

    /// A message about neighbours came in.
    pub(super) fn ndp_receive(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        packet: &Packet,
        at: usize,
    ) {
        let Some(link) = packet.input else { return };
        let message = &packet.bytes[at..];
        let step = if ipv6::hop_limit(&packet.bytes) != ndp::HOP_LIMIT {
            Some(Step::Dropped(DropReason::NdpMalformed))
        } else if message[0] == icmpv6::kind::NEIGHBOR_SOLICITATION {
            Solicitation::parse(message)
                .map(|question| self.solicitation_receive(cx, ns, link, packet, &question))
        } else {
            Advertisement::parse(message)
                .map(|answer| self.advertisement_receive(cx, ns, link, packet, &answer))
        };
        let step = step.unwrap_or(Step::Dropped(DropReason::NdpMalformed));
        cx.note(packet.id, ns, Some(link), step);
    }

    /// Somebody asks (`ndisc_recv_ns`).
    fn solicitation_receive(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        link: LinkId,
        packet: &Packet,
        question: &Solicitation,
    ) -> Step {
        let target = question.target;
        let src = ipv6::src(&packet.bytes);
        let addrs = &self.links[link].inet6.addrs;
        let known = addrs.iter().find(|known| known.local == target).cloned();
        let is_dad = src.is_unspecified();
        match &known {
            Some(known) if known.dad == DadState::Tentative => {
                // One's own question may come back through a bridge.
                if is_dad && question.nonce != known.nonce {
                    self.dad_failed(cx, link, target, packet.source_mac);
                }
                return Step::Dropped(DropReason::TentativeAddress);
            }
            Some(known) if known.dad == DadState::Failed => {
                return Step::Dropped(DropReason::TentativeAddress);
            }
            Some(_) => {}
            None if self.is_anycast_at(ns, link, target) => {}
            None => return Step::Dropped(DropReason::NeighborNotForUs),
        }
        let answer = |mac, solicited| Advertisement {
            target,
            mac,
            router: self.forwards6(ns, link),
            solicited,
            overrides: known.is_some(),
        };
        let own = self.links[link].mac;
        if is_dad {
            let message = answer(Some(own), false).message();
            self.send_ndp(cx, link, target, ipv6::ALL_NODES, message);
            return Step::Delivered(Delivery::NeighborDiscovery);
        }
        // Who asked the group needs the address; who asked directly has it.
        let by_group = ipv6::dst(&packet.bytes).is_multicast();
        let message = answer(Some(own).filter(|_| by_group), true).message();
        let (mac, state) = (question.mac, Nud::Stale);
        let news = News { ip: src, mac, state, overrides: true, creates: mac.is_some() };
        self.ndp_learn(cx, ns, link, &news);
        self.send_ndp(cx, link, target, src, message);
        Step::Delivered(Delivery::NeighborDiscovery)
    }

    fn is_anycast_at(&self, ns: NamespaceId, link: LinkId, target: Ipv6Addr) -> bool {
        use crate::kernel::ip::fib::{RouteKind, table};
        let found = self.namespaces[ns].fib6.lookup(table::LOCAL, target, Some(link));
        found.is_some_and(|route| route.kind == RouteKind::Anycast)
    }

    /// Somebody answers, or tells of a change (`ndisc_recv_na`).
    fn advertisement_receive(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        link: LinkId,
        packet: &Packet,
        answer: &Advertisement,
    ) -> Step {
        let target = answer.target;
        if let Some(known) = self.links[link].inet6.addrs.iter().find(|a| a.local == target) {
            if known.dad == DadState::Tentative {
                self.dad_failed(cx, link, target, packet.source_mac);
            }
            return Step::Delivered(Delivery::NeighborDiscovery);
        }
        if !self.namespaces[ns].neighbors6.contains(link, target) {
            return Step::Dropped(DropReason::NeighborNotForUs);
        }
        let state = if answer.solicited { Nud::Reachable } else { Nud::Stale };
        let (mac, overrides) = (answer.mac, answer.overrides);
        let news = News { ip: target, mac, state, overrides, creates: false };
        self.ndp_learn(cx, ns, link, &news);
        self.namespaces[ns].neighbors6.set_router(link, target, answer.router);
        Step::Delivered(Delivery::NeighborDiscovery)
    }

    fn ndp_learn(&mut self, cx: &mut Context, ns: NamespaceId, link: LinkId, news: &News) {
        let conf = self.links[link].conf.neigh6;
        let action = self.namespaces[ns].neighbors6.update(
            link,
            news.ip,
            news.mac,
            news.state,
            Authority::Packet { overrides: news.overrides },
            news.creates,
            &conf,
            cx.now,
            &mut cx.rng,
        );
        self.neighbor_act(cx, ns, link, news.ip, action);
    }
}
