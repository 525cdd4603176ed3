//! What rules and connection tracking did.

use super::said::{Author, Said};
use super::teller::{Detail, Teller};
use crate::kernel::RuleText;
use crate::kernel::netfilter::RuleId;
use crate::kernel::netfilter::conntrack::ConnId;
use crate::kernel::step::{CtState, RuleOutcome};

impl Teller<'_> {
    /// What came of a rule, under its table and chain.
    pub(super) fn rule(&self, id: RuleId, number: u16, outcome: RuleOutcome) -> (String, Said) {
        let missed = self.missed;
        let Some(rule) = self.names.rule(self.stop.host, id) else {
            return ("rule".to_owned(), Said::Matches { number, text: None, by: None, missed });
        };
        let label = format!("{} {}", rule.table.name(), rule.chain);
        let said = match outcome {
            RuleOutcome::Matched => {
                let (text, by) = (Some(rule.text.clone()), self.who_put_it_there(rule));
                Said::Matches { number, text, by, missed }
            }
            RuleOutcome::Failed(number_of_part) => {
                let part = rule.parts.get(usize::from(number_of_part)).cloned().unwrap_or_default();
                let instead = self.facts.instead_of(&part, number_of_part, &self.here());
                Said::Misses { number, part, instead }
            }
        };
        (label, said)
    }

    fn who_put_it_there(&self, rule: &RuleText) -> Option<Author> {
        if self.detail == Detail::Way {
            return None;
        }
        let typed = |line: &str| line.trim_start_matches("sh -c ").to_owned();
        Some(match &rule.behalf {
            // A shell that runs the very command says nothing new.
            Some(behalf) if !behalf.ends_with(&rule.origin) => {
                let program = rule.origin.split(' ').next().unwrap_or_default();
                let program = program.rsplit('/').next().unwrap_or_default();
                Author { program: Some(program.to_owned()), line: typed(behalf) }
            }
            _ => Author { program: None, line: typed(&rule.origin) },
        })
    }

    pub(super) fn conntrack(&self, state: CtState, entry: ConnId) -> Said {
        let conn = self.names.connection(self.stop.host, self.stop.note.ns, entry);
        let conn = conn.filter(|_| self.detail == Detail::Rules);
        Said::Tracked { state, entry: conn.map(|conn| (conn.id, conn.original, conn.reply)) }
    }
}
