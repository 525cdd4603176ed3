//! The netfilter state of a namespace, and the word of a hook.

use crate::kernel::id::LinkId;
use crate::kernel::ip::Packet;
use crate::wire::PacketId;

use super::ipset::Sets;
use super::{CtRef, Hook, Table, TableName, Tables};

/// Proof that POSTROUTING was passed: nothing else can make one.
#[derive(Debug)]
pub struct Passed(pub(super) ());

impl Passed {
    /// There is nothing to pass: no table, no tracking.
    pub(in crate::kernel) fn not_active() -> Passed {
        Passed(())
    }
}

/// What a hook said.
#[derive(Debug)]
#[must_use]
pub enum HookVerdict {
    /// The packet goes on.
    Passed(Passed),
    /// It is gone; the trace knows why.
    Gone,
}

impl PartialEq for HookVerdict {
    fn eq(&self, other: &HookVerdict) -> bool {
        matches!(self, HookVerdict::Gone) == matches!(other, HookVerdict::Gone)
    }
}

/// The netfilter state of a namespace, besides connections.
#[derive(Debug, Default)]
pub struct Netfilter {
    /// The tables that somebody has used.
    pub tables: Tables,
    /// Address sets.
    pub sets: Sets,
    pub(super) active: [bool; 5],
    pub(super) tracks: bool,
    pub(super) translates: bool,
    pub(super) carried: Vec<(PacketId, Carried)>,
}

/// What a packet keeps while it is only a frame for a moment: over `lo`, or inside a bridge.
#[derive(Debug, Clone, Copy)]
pub(super) struct Carried {
    pub(super) ct: Option<CtRef>,
    pub(super) mark: u32,
    /// PREROUTING was passed at the bridge.
    pub(super) prerouted: bool,
    pub(super) ports: (Option<LinkId>, Option<LinkId>),
}

impl Netfilter {
    /// Whether a hook does anything.
    pub fn is_active(&self, hook: Hook) -> bool {
        self.active[hook as usize]
    }

    /// Whether connections are tracked: some rule needs it.
    pub fn tracks(&self) -> bool {
        self.tracks
    }

    /// Recomputes which hooks do anything, after rules changed.
    pub fn refresh(&mut self) {
        // Tracking ends with the last rule that needs it (`nf_ct_netns_put`); the entries stay.
        self.tracks = self.tables.need_tracking();
        // Connections are looked at for translation as long as there is a chain of the nat table.
        self.translates = self.tables.get(TableName::Nat).is_some_and(Table::is_made);
        for hook in Hook::ALL {
            let is_hooked = TableName::ALL
                .iter()
                .any(|table| self.tables.get(*table).is_some_and(|table| table.is_hooked(hook)));
            self.active[hook as usize] = is_hooked || self.tracks;
        }
    }

    /// Keeps what a packet knows while it crosses `lo`.
    pub(in crate::kernel) fn carry_over_loopback(&mut self, packet: &Packet) {
        if packet.ct.is_some() || packet.mark != 0 {
            let carried =
                Carried { ct: packet.ct, mark: packet.mark, prerouted: false, ports: (None, None) };
            self.carried.push((packet.id, carried));
        }
    }

    /// Gives a packet back what it knew; whether a bridge has already passed PREROUTING for it.
    pub(in crate::kernel) fn take_carried(&mut self, packet: &mut Packet) -> bool {
        if self.carried.is_empty() {
            return false;
        }
        let Some(at) = self.carried.iter().position(|(id, _)| *id == packet.id) else {
            return false;
        };
        let (_, carried) = self.carried.remove(at);
        packet.ct = carried.ct;
        packet.mark = carried.mark;
        packet.bridge_ports = carried.ports;
        carried.prerouted
    }
}
