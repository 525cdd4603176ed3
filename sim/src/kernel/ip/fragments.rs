//! Fragments that wait for the rest of their packet.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::Packet;
use crate::engine::Time;
use crate::kernel::context::Context;
use crate::kernel::id::NamespaceId;
use crate::kernel::step::Step;
use crate::wire::PacketId;
use crate::wire::fragment::{Key, Reassembly};

/// The incomplete datagrams of a namespace.
#[derive(Debug, Default)]
pub struct Fragments {
    pub(super) datagrams: IndexMap<Key, Waiting, FxBuildHasher>,
}

#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) parts: Reassembly,
    pub(super) expires: Time,
    /// The largest part, by which a router splits the packet again.
    pub(super) largest: u16,
    /// The last part to come: it stands for the datagram in the trace.
    pub(super) last: Packet,
    /// Packets that brought other parts. The parts that one host makes are one packet in the trace.
    pub(super) others: BTreeSet<PacketId>,
}

impl Waiting {
    /// A part came: it is the last now.
    pub(super) fn push(&mut self, packet: Packet) {
        let before = std::mem::replace(&mut self.last, packet);
        self.others.insert(before.id);
        self.others.remove(&self.last.id);
    }

    /// Notes what became of the packets that brought parts, but for this one.
    pub(super) fn note(
        &self,
        cx: &mut Context,
        ns: NamespaceId,
        step: Step,
        but: Option<PacketId>,
    ) {
        let all = self.others.iter().copied().chain([self.last.id]);
        for id in all.filter(|id| Some(*id) != but) {
            cx.note(id, ns, self.last.input, step);
        }
    }
}
