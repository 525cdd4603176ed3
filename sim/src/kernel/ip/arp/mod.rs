//! ARP (RFC 826, `net/ipv4/arp.c`): asking for hardware addresses, answering, and listening.
//!
//! Packets find the address of their next hop in the table of neighbours, [`super::neighbor`], which asks
//! for it by `solicit`. What comes in goes through `receive`, and `answer` speaks for this host or, as a
//! proxy, for others.

mod answer;
mod receive;
mod solicit;

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::id::{LinkId, NamespaceId};
use crate::wire::arp::{self, Arp};
use crate::wire::{BROADCAST_MAC, Frame, MacAddr, ZERO_MAC};

impl Kernel {
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
}
