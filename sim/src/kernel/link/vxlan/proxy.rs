//! With `proxy`, a VXLAN device answers ARP itself.

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::event::KernelEvent;
use crate::kernel::id::LinkId;
use crate::kernel::link::HOP;
use crate::kernel::monitor::Monitored;
use crate::kernel::step::{Cause, DropReason, Step};
use crate::wire::Frame;
use crate::wire::arp::{self, Arp};

impl Kernel {
    /// `arp_reduce`: the answer comes from the neighbour table of the device; a question without an
    /// entry is swallowed.
    pub(super) fn vxlan_answer_arp(&mut self, cx: &mut Context, id: LinkId, frame: &Frame) {
        let link = &self.links[id];
        let ns = link.ns;
        let swallow = |cx: &mut Context, reason| cx.drop(frame.packet, ns, Some(id), reason);
        let Some(question) = Arp::parse(&frame.bytes) else {
            return swallow(cx, DropReason::ArpMalformed);
        };
        let wrong_kind = question.operation != arp::REQUEST
            || question.target_ip.is_loopback()
            || question.target_ip.is_multicast();
        if wrong_kind {
            return swallow(cx, DropReason::VxlanProxyMiss);
        }
        let l3miss = link.as_vxlan().is_some_and(|vxlan| vxlan.config.l3miss);
        let known = self.namespaces[ns].neighbors.hardware_address(id, question.target_ip);
        let Some(mac) = known else {
            if l3miss && !self.namespaces[ns].neighbors.contains(id, question.target_ip) {
                self.monitor(ns, Monitored::L3Miss { link: id, ip: question.target_ip });
            }
            return swallow(cx, DropReason::VxlanProxyMiss);
        };
        cx.note(frame.packet, ns, Some(id), Step::ProxyAnswered { ip: question.target_ip, mac });
        swallow(cx, DropReason::VxlanProxied);
        let answer = Arp {
            operation: arp::REPLY,
            sender_mac: mac,
            sender_ip: question.target_ip,
            target_mac: question.sender_mac,
            target_ip: question.sender_ip,
        };
        let outer = cx.set_cause(Cause::Packet(frame.packet));
        let packet = cx.new_packet(ns);
        cx.set_cause(outer);
        let bytes = answer.frame(question.sender_mac, mac);
        cx.after(HOP, KernelEvent::Backlog { link: id, frame: Frame { packet, bytes } });
    }
}
