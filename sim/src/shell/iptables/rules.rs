//! `iptables -S`: the rules as the commands that make them.

use crate::kernel::netfilter::spec::{Action, Command, print};
use crate::kernel::netfilter::table::{Chain, Rule, RuleCounters, Table};

/// The rules of a table or a chain, or one rule.
pub fn list_rules(table: &Table, only: Option<&str>, command: &Command) -> String {
    let verbose = command.options.verbose;
    let chains: Vec<&Chain> = table
        .chains()
        .map(|(_, chain)| chain)
        .filter(|chain| only.is_none_or(|only| only == chain.name))
        .collect();
    if let Action::ListRules { at: Some(at) } = command.action {
        let rules = chains.iter().filter_map(|chain| Some((chain, chain.rules.get(at)?)));
        return rules.map(|(chain, rule)| append(table, chain, rule, verbose)).collect();
    }
    let mut text: String = chains.iter().map(|chain| declaration(chain, verbose)).collect();
    for chain in chains {
        text.extend(chain.rules.iter().map(|rule| append(table, chain, rule, verbose)));
    }
    text
}

fn counters(counters: RuleCounters, verbose: bool) -> String {
    let RuleCounters { packets, bytes } = counters;
    if verbose { format!(" -c {packets} {bytes}") } else { String::new() }
}

/// `-P INPUT ACCEPT`, `-N DOCKER`.
fn declaration(chain: &Chain, verbose: bool) -> String {
    match chain.base {
        Some(base) => {
            let counters = counters(chain.counters, verbose);
            format!("-P {} {}{counters}\n", chain.name, base.policy.name())
        }
        None => format!("-N {}\n", chain.name),
    }
}

/// `-A INPUT -p tcp -c 5 300 -j ACCEPT`
pub fn append(table: &Table, chain: &Chain, rule: &Rule, verbose: bool) -> String {
    let counters = counters(rule.counters, verbose);
    let mut text = format!("-A {}", chain.name);
    for part in [&print::conditions(rule), counters.trim_start(), &print::goal(table, rule)] {
        if !part.is_empty() {
            text += &format!(" {part}");
        }
    }
    text + "\n"
}
