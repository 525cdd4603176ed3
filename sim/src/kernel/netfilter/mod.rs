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
mod state;
pub mod table;
pub mod target;
#[cfg(test)]
mod tests;

use crate::wire::{icmp, ipv4};

use super::Kernel;
use super::context::Context;
use super::id::{LinkId, NamespaceId};
use super::ip::Packet;
use super::step::{DropReason, Step, Verdict};

pub use conntrack::{Conntrack, CtRef};
pub use hook::{Hook, TableName};
pub use id::{ChainKey, RuleId};
pub use rule_error::RuleError;
pub use state::{HookVerdict, Netfilter, Passed};
pub use table::{Backend, Chain, Rule, Table, Tables};

use evaluate::Outcome;

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
