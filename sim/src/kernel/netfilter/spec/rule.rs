//! [`RuleSpec`]: what a command line says of rules, before chains and sets are looked up.

use ipnet::Ipv4Net;

use crate::kernel::netfilter::id::RuleId;
use crate::kernel::netfilter::matches::{IpMatch, Match, Maybe};
use crate::kernel::netfilter::table::{Rule, RuleCounters, Table};
use crate::kernel::netfilter::target::Target;

use super::SpecError;

/// One rule, or several that differ in their addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSpec {
    /// Devices, protocol; its addresses are empty.
    pub ip: IpMatch,
    /// `-s`.
    pub sources: Vec<Maybe<Ipv4Net>>,
    /// `-d`.
    pub destinations: Vec<Maybe<Ipv4Net>>,
    /// `-m`.
    pub matches: Vec<Match>,
    /// `-j`, `-g`.
    pub goal: Goal,
    /// `-c`.
    pub counters: RuleCounters,
}

/// Where a matching packet goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Goal {
    /// To a target.
    Target(Target),
    /// To another chain.
    Chain {
        /// Its name.
        name: String,
        /// `-g`: without coming back here.
        goto: bool,
    },
}

impl RuleSpec {
    /// The rules, for this table: one for each pair of addresses.
    pub fn rules(&self, table: &Table) -> Result<Vec<Rule>, SpecError> {
        let target = match &self.goal {
            Goal::Target(target) => target.clone(),
            Goal::Chain { name, goto } => {
                let chain = table
                    .find(name)
                    .ok_or_else(|| SpecError::NoTarget { name: name.clone(), by_goto: *goto })?;
                if *goto { Target::Goto(chain) } else { Target::Jump(chain) }
            }
        };
        let mut rules = Vec::new();
        for src in each(&self.sources) {
            for dst in each(&self.destinations) {
                rules.push(Rule {
                    id: RuleId::default(),
                    ip: IpMatch { src, dst, ..self.ip.clone() },
                    matches: self.matches.clone(),
                    target: target.clone(),
                    counters: self.counters,
                });
            }
        }
        Ok(rules)
    }

    /// The sets that it asks or changes.
    pub fn sets(&self) -> impl Iterator<Item = &str> {
        let asked = self.matches.iter().filter_map(|wanted| match wanted {
            Match::Set(set) => Some(set.name.value.as_str()),
            _ => None,
        });
        let changed = match &self.goal {
            Goal::Target(Target::Set(change)) => Some(change.set.as_str()),
            _ => None,
        };
        asked.chain(changed)
    }
}

/// Each network, or once none. All addresses are no condition.
fn each(nets: &[Maybe<Ipv4Net>]) -> Vec<Option<Maybe<Ipv4Net>>> {
    if nets.is_empty() {
        return vec![None];
    }
    let says_something = |net: &Maybe<Ipv4Net>| net.not || net.value.prefix_len() > 0;
    nets.iter().map(|net| Some(*net).filter(says_something)).collect()
}
