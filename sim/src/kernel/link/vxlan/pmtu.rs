//! A frame that is too big for the underlay: its sender hears of it (`net/ipv4/ip_tunnel_core.c`).

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::event::KernelEvent;
use crate::kernel::id::LinkId;
use crate::kernel::link::HOP;
use crate::kernel::step::{Cause, DropReason, Step};
use crate::wire::{Frame, ethernet, icmp, ipv4};

use super::inner_ip;

impl Kernel {
    /// A frame from a bridge port is too big for the underlay and may not be fragmented: its sender
    /// is told, as if by the receiver (`iptunnel_pmtud_check_icmp`). Whether it was.
    pub(super) fn vxlan_report_too_big(
        &mut self,
        cx: &mut Context,
        id: LinkId,
        frame: &Frame,
        mtu: usize,
    ) -> bool {
        let Some(ip) = inner_ip(&frame.bytes) else { return false };
        let (src, dst) = (ipv4::src(ip), ipv4::dst(ip));
        let view = ipv4::view(ip);
        let is_whole_df = view.dont_frag() && !ipv4::is_fragment(ip);
        let odd = ipv4::is_multicast_or_broadcast(dst)
            || ipv4::is_multicast_or_broadcast(src)
            || ipv4::is_zeronet(src)
            || src.is_loopback();
        let is_error =
            ipv4::protocol_of(ip) == ipv4::protocol::ICMP && icmp::is_error(ipv4::payload(ip));
        if mtu < 576 || !is_whole_df || odd || is_error {
            return false;
        }
        let ns = self.links[id].ns;
        let error = icmp::Error::FragmentationNeeded { mtu: mtu as u16 };
        let mut bytes = icmp::error_message(error, ip);
        let header = ipv4::Header {
            tos: 0,
            ident: 0,
            dont_fragment: true,
            ttl: 64,
            protocol: ipv4::protocol::ICMP,
            src: dst,
            dst: src,
        };
        ipv4::push_header(&mut bytes, &header);
        ethernet::push_header(
            &mut bytes,
            ethernet::src(&frame.bytes),
            ethernet::dst(&frame.bytes),
            ethernet::ETHERTYPE_IPV4,
        );
        cx.note(frame.packet, ns, Some(id), Step::Reported(error));
        let outer = cx.set_cause(Cause::Packet(frame.packet));
        let packet = cx.new_packet(ns);
        cx.set_cause(outer);
        cx.drop(frame.packet, ns, Some(id), DropReason::FragmentationNeeded);
        // Sent and received by the device itself (`vxlan_encap_bypass`), its Ethernet header counted.
        let counters = &mut self.links[id].counters;
        counters.count_tx(&bytes);
        counters.count_rx(&bytes);
        cx.after(HOP, KernelEvent::Backlog { link: id, frame: Frame { packet, bytes } });
        true
    }
}
