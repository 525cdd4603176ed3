//! How a rule looks: as `-S` and `iptables-save` print it, and as `-L` lists it.

use ipnet::Ipv4Net;

use crate::kernel::netfilter::matches::Maybe;
use crate::kernel::netfilter::table::{Rule, Table};
use crate::kernel::netfilter::target::Target;

use super::names::protocol_name;
use super::text::Look;
use super::{ip, matches, targets};

/// The parts of the conditions of a rule, counted as `RuleOutcome::Failed` does: a part that is not
/// there is empty.
pub fn parts(rule: &Rule) -> Vec<String> {
    ip::parts(&rule.ip).into_iter().chain(rule.matches.iter().map(matches::save)).collect()
}

/// The conditions of a rule: everything before `-j`.
pub fn conditions(rule: &Rule) -> String {
    let parts: Vec<String> = parts(rule).into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}

/// What a rule does: `-j ACCEPT`, `-g CHAIN`; nothing for a rule that only counts.
pub fn goal(table: &Table, rule: &Rule) -> String {
    match (&rule.target, targets::save(&rule.target)) {
        (Target::Jump(chain), _) => format!("-j {}", table.chain(*chain).name),
        (Target::Goto(chain), _) => format!("-g {}", table.chain(*chain).name),
        (_, Some(target)) => format!("-j {target}"),
        (_, None) => String::new(),
    }
}

/// A rule without its chain: `-s 172.17.0.0/16 ! -o docker0 -j MASQUERADE`.
pub fn rule(table: &Table, rule: &Rule) -> String {
    let parts = [conditions(rule), goal(table, rule)];
    parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" ")
}

/// The columns of a rule in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Columns {
    /// The target or chain; empty for a rule that only counts.
    pub target: String,
    /// `!` before the protocol.
    pub not_protocol: bool,
    pub protocol: String,
    /// `--`, `-f` or `!f`.
    pub fragment: &'static str,
    pub input: String,
    pub output: String,
    /// `!` before the address.
    pub not_source: bool,
    pub source: Option<Ipv4Net>,
    pub not_destination: bool,
    pub destination: Option<Ipv4Net>,
    /// Whether it is reached by `-g`.
    pub goto: bool,
    /// What the matches and the target have to say.
    pub details: Vec<String>,
}

/// A rule as `-L` lists it.
pub fn columns(table: &Table, rule: &Rule, numeric: bool) -> Columns {
    let protocol = rule.ip.protocol.unwrap_or(Maybe::is(0));
    let look = Look { numeric, protocol: protocol.value };
    let mut details: Vec<String> =
        rule.matches.iter().map(|wanted| matches::list(wanted, look)).collect();
    let (name, detail) = targets::list(&rule.target, look);
    if !detail.is_empty() {
        details.push(detail);
    }
    let target = match rule.target.chain() {
        Some(chain) => table.chain(chain).name.clone(),
        None => name.to_owned(),
    };
    let device = |name: Option<&Maybe<String>>| match name {
        None => if numeric { "*" } else { "any" }.to_owned(),
        Some(Maybe { not, value }) => format!("{}{value}", if *not { "!" } else { "" }),
    };
    let not = |net: Option<Maybe<Ipv4Net>>| net.is_some_and(|net| net.not);
    Columns {
        target,
        not_protocol: protocol.not,
        protocol: if numeric { protocol.value.to_string() } else { protocol_name(protocol.value) },
        fragment: match rule.ip.fragment {
            None => "--",
            Some(Maybe { not: false, .. }) => "-f",
            Some(Maybe { not: true, .. }) => "!f",
        },
        input: device(rule.ip.input.as_ref()),
        output: device(rule.ip.output.as_ref()),
        not_source: not(rule.ip.src),
        source: rule.ip.src.map(|net| net.value),
        not_destination: not(rule.ip.dst),
        destination: rule.ip.dst.map(|net| net.value),
        goto: matches!(rule.target, Target::Goto(_)),
        details,
    }
}
