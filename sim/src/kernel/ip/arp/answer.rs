//! Answers to questions: for this host at once, for others (`proxy_arp`) perhaps later.

use crate::engine::Span;
use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::event::KernelEvent;
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::ip::PacketType;
use crate::kernel::step::{Cause, Step};
use crate::wire::Frame;
use crate::wire::arp::{self, Arp};

impl Kernel {
    pub(super) fn answer_arp(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        link: LinkId,
        question: &Arp,
    ) {
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
    pub(super) fn proxy_answer(
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
}
