//! Datagrams that come in for a VXLAN device: for which one, from whom, and what was inside.

use std::collections::BTreeSet;

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::step::{DropReason, Step};
use crate::wire::{Frame, Ipv4Addr, ethernet, udp, vxlan};

use super::entry::{Remote, VxlanState};

impl Kernel {
    /// The VXLAN device for a datagram that came to this port in this namespace: `None` if no device
    /// listens there, `Some(None)` if none has its network identifier.
    pub(in crate::kernel) fn vxlan_for(
        &self,
        underlay: NamespaceId,
        port: u16,
        payload: &[u8],
    ) -> Option<Option<LinkId>> {
        let mut listening = self
            .vxlans
            .iter()
            .filter_map(|id| Some((*id, self.links.get(*id)?)))
            .filter(|(_, link)| {
                let config = link.as_vxlan().map(|vxlan| vxlan.config);
                link.up && config.is_some_and(|c| c.underlay == underlay && c.port == port)
            })
            .peekable();
        listening.peek()?;
        let vni = vxlan::vni(payload);
        Some(
            listening
                .find(|(_, link)| link.as_vxlan().map(|vxlan| vxlan.config.vni) == vni)
                .map(|(id, _)| id),
        )
    }

    /// The UDP ports on which VXLAN devices listen in a namespace.
    pub(in crate::kernel) fn vxlan_ports(&self, underlay: NamespaceId) -> BTreeSet<u16> {
        let links = self.vxlans.iter().filter_map(|id| self.links.get(*id)).filter(|link| link.up);
        let configs = links.filter_map(|link| link.as_vxlan().map(|vxlan| vxlan.config));
        configs.filter(|config| config.underlay == underlay).map(|config| config.port).collect()
    }

    /// `vxlan_rcv`: unwraps a datagram (from its UDP header on) that came from `source`.
    pub(in crate::kernel) fn vxlan_receive(
        &mut self,
        cx: &mut Context,
        id: LinkId,
        source: Ipv4Addr,
        mut frame: Frame,
    ) {
        frame.bytes.pull_front(udp::HEADER_LEN + vxlan::HEADER_LEN);
        let now = cx.now;
        let link = &mut self.links[id];
        let (ns, own) = (link.ns, link.mac);
        if frame.bytes.len() < ethernet::HEADER_LEN {
            link.counters.rx_errors += 1;
            return cx.drop(frame.packet, ns, Some(id), DropReason::Runt);
        }
        let sender = ethernet::src(&frame.bytes);
        if sender == own {
            return cx.drop(frame.packet, ns, Some(id), DropReason::VxlanOwnSource);
        }
        let vxlan = link.as_vxlan_mut().expect("vxlan_for found a VXLAN device");
        let vni = vxlan.config.vni;
        if vxlan.config.learning {
            match vxlan.snoop(sender, source, now) {
                Ok(learnt) => {
                    if learnt {
                        cx.note(frame.packet, ns, Some(id), Step::Learned(sender));
                        let remote = Remote { ip: source, port: None, vni: None, via: None };
                        self.monitor_remote(id, sender, remote, VxlanState::Learnt, false);
                    }
                }
                Err(reason) => return cx.drop(frame.packet, ns, Some(id), reason),
            }
        }
        let link = &mut self.links[id];
        link.counters.count_rx(&frame.bytes[ethernet::HEADER_LEN..]);
        cx.note(frame.packet, ns, Some(id), Step::Decapsulated { vni });
        self.receive_on(cx, id, frame);
    }
}
