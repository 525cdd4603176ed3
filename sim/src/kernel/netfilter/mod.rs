//! Netfilter: five places in the way of a packet at which rules, connection tracking and address
//! translation act.
//!
//! The order at each place is that of Linux's priorities: reassembly, `raw`, tracking, `mangle`,
//! `nat` (destination), `filter`, `nat` (source), confirmation. Rules are in [`table`], what they look
//! at in [`mod@matches`], what they do in [`target`]; [`evaluate`] walks them, [`edit`] changes them.
//! Connections are in [`conntrack`], translation in [`nat`], bridged frames in [`bridge`].

pub mod bridge;
pub mod check;
pub mod conntrack;
pub mod edit;
pub mod evaluate;
mod hook;
pub mod id;
pub mod ipset;
pub mod matches;
pub mod nat;
pub mod rehearsal;
mod reject;
pub mod rule_error;
pub mod spec;
pub mod table;
pub mod target;
#[cfg(test)]
mod tests;

use crate::wire::{PacketId, icmp, ipv4};

use super::Kernel;
use super::context::Context;
use super::id::{LinkId, NamespaceId};
use super::ip::Packet;
use super::step::{DropReason, Step, Verdict};

pub use conntrack::{Conntrack, CtRef};
pub use hook::{Hook, TableName};
pub use id::{ChainKey, RuleId};
pub use rule_error::RuleError;
pub use table::{Backend, Chain, Rule, Table, Tables};

use evaluate::Outcome;

/// Proof that POSTROUTING was passed: nothing else can make one.
#[derive(Debug)]
pub struct Passed(());

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
    pub sets: ipset::Sets,
    active: [bool; 5],
    tracks: bool,
    translates: bool,
    carried: Vec<(PacketId, Carried)>,
}

/// What a packet keeps while it is only a frame for a moment: over `lo`, or inside a bridge.
#[derive(Debug, Clone, Copy)]
struct Carried {
    ct: Option<CtRef>,
    mark: u32,
    /// PREROUTING was passed at the bridge.
    prerouted: bool,
    ports: (Option<LinkId>, Option<LinkId>),
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

impl Kernel {
    /// Walks everything that is registered at a hook.
    pub(in crate::kernel) fn run_hook(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        hook: Hook,
        packet: &mut Packet,
        input: Option<LinkId>,
        output: Option<LinkId>,
    ) -> HookVerdict {
        let early = matches!(hook, Hook::Prerouting | Hook::Output);
        let Netfilter { tracks, translates, .. } = self.namespaces[ns].netfilter;
        if early {
            if tracks && packet.ct.is_none() {
                // nf_defrag: connections are not tracked by fragments.
                let whole = self.reassemble(cx, ns, packet.clone());
                let Some(whole) = whole else { return HookVerdict::Gone };
                *packet = whole;
            }
            let verdict = self.run_table(cx, ns, TableName::Raw, hook, packet, input, output);
            if verdict == HookVerdict::Gone {
                return verdict;
            }
            if tracks && let Err(reason) = self.conntrack_in(cx, ns, packet) {
                cx.drop(packet.id, ns, input.or(output), reason);
                return HookVerdict::Gone;
            }
        }
        let order: &[TableName] = match hook {
            Hook::Prerouting | Hook::Postrouting => &[TableName::Mangle, TableName::Nat],
            Hook::Input => {
                &[TableName::Mangle, TableName::Filter, TableName::Security, TableName::Nat]
            }
            Hook::Forward => &[TableName::Mangle, TableName::Filter, TableName::Security],
            Hook::Output => {
                &[TableName::Mangle, TableName::Nat, TableName::Filter, TableName::Security]
            }
        };
        for table in order {
            let verdict = match table {
                TableName::Nat if tracks && translates => {
                    self.run_nat(cx, ns, hook, packet, input, output)
                }
                TableName::Nat => continue,
                _ => self.run_table(cx, ns, *table, hook, packet, input, output),
            };
            if verdict == HookVerdict::Gone {
                return verdict;
            }
        }
        let late = matches!(hook, Hook::Input | Hook::Postrouting);
        if tracks
            && late
            && let Err(reason) = self.conntrack_confirm(cx, ns, packet)
        {
            cx.drop(packet.id, ns, input.or(output), reason);
            return HookVerdict::Gone;
        }
        HookVerdict::Passed(Passed(()))
    }

    /// Walks one table, and does what its last word was.
    #[allow(clippy::too_many_arguments)]
    fn run_table(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        name: TableName,
        hook: Hook,
        packet: &mut Packet,
        input: Option<LinkId>,
        output: Option<LinkId>,
    ) -> HookVerdict {
        let passed = HookVerdict::Passed(Passed(()));
        let Some(outcome) = self.evaluate_table(cx, ns, name, hook, packet, input, output) else {
            return passed;
        };
        let (verdict, reason) = match outcome {
            Outcome::Accept => (Verdict::Accept, None),
            Outcome::PolicyAccept => (Verdict::PolicyAccept, None),
            Outcome::Drop => (Verdict::Drop, Some(DropReason::DroppedByRule)),
            Outcome::PolicyDrop => (Verdict::PolicyDrop, Some(DropReason::DroppedByPolicy)),
            Outcome::Reject(_) => (Verdict::Drop, Some(DropReason::Rejected)),
            // Only the nat table translates, and run_nat walks that.
            Outcome::Translate(_) => (Verdict::Accept, None),
        };
        cx.note(packet.id, ns, input.or(output), Step::Table { hook, table: name, verdict });
        let Some(reason) = reason else { return passed };
        if let Outcome::Reject(with) = outcome
            && !cx.is_rehearsal
        {
            self.reject(cx, ns, hook, packet, with);
        }
        self.conntrack_forget_unconfirmed(ns, packet);
        cx.drop(packet.id, ns, input.or(output), reason);
        HookVerdict::Gone
    }
}

/// Whether a packet is an ICMP error.
pub(in crate::kernel) fn is_icmp_error(packet: &[u8]) -> bool {
    ipv4::protocol_of(packet) == ipv4::protocol::ICMP
        && !ipv4::is_later_fragment(packet)
        && icmp::is_error(ipv4::payload(packet))
}
