//! Fragments that wait for their fellows (`net/ipv4/ip_fragment.c`).

use std::collections::BTreeSet;

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::event::KernelEvent;
use crate::kernel::id::NamespaceId;
use crate::kernel::step::{DropReason, Step};
use crate::wire::fragment::{Key, Outcome, Reassembly};
use crate::wire::{icmp, ipv4};

use super::Packet;
use super::fragments::Waiting;

/// Datagrams that may be incomplete at once (`ipfrag_high_thresh` in spirit).
const MAX_DATAGRAMS: usize = 1024;

impl Kernel {
    /// Adds a fragment; the whole packet if it was the last. Others pass through.
    pub(in crate::kernel) fn reassemble(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        packet: Packet,
    ) -> Option<Packet> {
        if !ipv4::is_fragment(&packet.bytes) {
            return Some(packet);
        }
        let key = Key::of(&packet.bytes);
        let wait = self.namespaces[ns].sysctl.ipfrag_time;
        let size = packet.bytes.len() as u16;
        let datagrams = &mut self.namespaces[ns].fragments.datagrams;
        if !datagrams.contains_key(&key) {
            let expires = cx.now + wait;
            cx.at(expires, KernelEvent::ReassemblyTimer { ns });
            if datagrams.len() >= MAX_DATAGRAMS
                && let Some((_, oldest)) = datagrams.shift_remove_index(0)
            {
                oldest.note(cx, ns, Step::Dropped(DropReason::ReassemblyTimeout), None);
            }
        }
        let waiting = datagrams.entry(key).or_insert_with(|| Waiting {
            parts: Reassembly::default(),
            expires: cx.now + wait,
            largest: 0,
            last: packet.clone(),
            others: BTreeSet::new(),
        });
        waiting.largest = waiting.largest.max(size);
        match waiting.parts.add(&packet.bytes) {
            Outcome::Incomplete => {
                waiting.push(packet);
                None
            }
            Outcome::Duplicate => {
                cx.drop(packet.id, ns, packet.input, DropReason::DuplicateFragment);
                None
            }
            Outcome::Overlap => {
                let step = Step::Dropped(DropReason::ReassemblyOverlap);
                if let Some(waiting) = datagrams.shift_remove(&key) {
                    waiting.note(cx, ns, step, Some(packet.id));
                }
                cx.note(packet.id, ns, packet.input, step);
                None
            }
            Outcome::Complete(bytes) => {
                let largest = waiting.largest;
                if let Some(waiting) = datagrams.shift_remove(&key) {
                    waiting.note(cx, ns, Step::Reassembled, Some(packet.id));
                }
                cx.note(packet.id, ns, packet.input, Step::Reassembled);
                Some(Packet { bytes, fragment_size: Some(largest), ..packet })
            }
        }
    }

    /// Datagrams that waited too long are given up; if the first part came, its sender is told.
    pub(in crate::kernel) fn reassembly_timer(&mut self, cx: &mut Context, ns: NamespaceId) {
        let Some(namespace) = self.namespaces.get_mut(ns) else { return };
        let now = cx.now;
        let expired: Vec<Waiting> = namespace
            .fragments
            .datagrams
            .extract_if(.., |_, waiting| waiting.expires <= now)
            .map(|(_, waiting)| waiting)
            .collect();
        for waiting in expired {
            let packet = &waiting.last;
            if let Some(first) = waiting.parts.first()
                && self.is_local_address(ns, ipv4::dst(first))
            {
                let about = Packet { bytes: first.clone(), ..packet.clone() };
                self.icmp_error(cx, ns, icmp::Error::REASSEMBLY_TIMEOUT, &about);
            }
            waiting.note(cx, ns, Step::Dropped(DropReason::ReassemblyTimeout), None);
        }
    }
}
