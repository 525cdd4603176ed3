//! Questions: who has this address? Asked of all, or of the one who had it last.

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::link::Scope;
use crate::wire::arp::{self, Arp};
use crate::wire::{BROADCAST_MAC, Ipv4Addr, MacAddr, ZERO_MAC, ipv4};

impl Kernel {
    /// Asks who has `target` (`arp_solicit`): all, or the one known address.
    pub(in crate::kernel::ip) fn arp_solicit(
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
}
