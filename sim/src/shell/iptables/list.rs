//! `iptables -L`: the columns, and the one-line form in which `-v` announces a rule.

use ipnet::Ipv4Net;

use crate::kernel::netfilter::spec::print::{Columns, columns};
use crate::kernel::netfilter::spec::{Action, Command, Options, SpecError, names};
use crate::kernel::netfilter::table::{Chain, Rule, RuleCounters, Table};

use super::hosts::Hosts;

/// The chains of a table, or one of them, or one rule of it (from 0).
pub fn list(
    table: &Table,
    only: Option<&str>,
    at: Option<usize>,
    options: Options,
    hosts: &Hosts,
) -> String {
    let chains = table.chains().filter(|(_, chain)| only.is_none_or(|only| only == chain.name));
    let listed: Vec<String> = chains
        .map(|(key, chain)| {
            let rules = chain.rules.iter().enumerate();
            let lines: String = rules
                .filter(|(n, _)| at.is_none_or(|at| at == *n))
                .map(|(n, rule)| line(table, n, rule, options, hosts))
                .collect();
            match at {
                Some(_) => lines,
                None => head(chain, table.references(key), options) + &lines,
            }
        })
        .collect();
    listed.join("\n")
}

fn head(chain: &Chain, references: usize, options: Options) -> String {
    let about = match chain.base {
        None => format!("{references} references"),
        Some(base) if options.verbose => {
            let RuleCounters { packets, bytes } = chain.counters;
            let show = |number| count(number, options.exact);
            let policy = base.policy.name();
            format!("policy {policy} {} packets, {} bytes", show(packets), show(bytes))
        }
        Some(base) => format!("policy {}", base.policy.name()),
    };
    let mut titles = String::new();
    if options.line_numbers {
        titles += "num  ";
    }
    if options.verbose {
        titles += if options.exact { "    pkts      bytes " } else { " pkts bytes " };
    }
    titles += "target     prot opt ";
    if options.verbose {
        titles += "in     out     ";
    }
    titles += "source               destination         ";
    format!("Chain {} ({about})\n{titles}\n", chain.name)
}

/// A number, cut to what a column holds: 99999, then 100K, 12M, …
fn count(number: u64, is_exact: bool) -> String {
    if is_exact || number <= 99_999 {
        return number.to_string();
    }
    let mut number = number;
    for unit in ["K", "M", "G", "T"] {
        number = (number + 500) / 1000;
        if number <= 9999 || unit == "T" {
            return format!("{number}{unit}");
        }
    }
    unreachable!("the last unit holds any number")
}

fn line(table: &Table, at: usize, rule: &Rule, options: Options, hosts: &Hosts) -> String {
    let row = columns(table, rule, options.numeric);
    let mut text = String::new();
    if options.line_numbers {
        text += &format!("{:<4} ", at + 1);
    }
    if options.verbose {
        let width = if options.exact { 8 } else { 5 };
        for number in [rule.counters.packets, rule.counters.bytes] {
            let shown = count(number, options.exact);
            text += &format!("{shown:>width$} ");
        }
    }
    let bang = |not| if not { '!' } else { ' ' };
    let Columns { target, protocol, fragment, input, output, .. } = &row;
    text += &format!("{target:<9} {}{protocol:<4} {fragment} ", bang(row.not_protocol));
    if options.verbose {
        text += &format!(" {input:<6} {output:<6} ");
    }
    let address = |net| address(net, options.numeric, hosts);
    text += &format!("{}{:<19} ", bang(row.not_source), address(row.source));
    text += &format!("{}{:<19} ", bang(row.not_destination), address(row.destination));
    if row.goto {
        text += "[goto] ";
    }
    for detail in &row.details {
        text += &format!(" {detail}");
    }
    text + "\n"
}

fn address(net: Option<Ipv4Net>, numeric: bool, hosts: &Hosts) -> String {
    match net.filter(|net| net.prefix_len() > 0) {
        None if numeric => "0.0.0.0/0".to_owned(),
        None => "anywhere".to_owned(),
        Some(net) if net.prefix_len() == 32 => {
            let name = if numeric { None } else { hosts.name(net.addr()) };
            name.map_or_else(|| net.addr().to_string(), str::to_owned)
        }
        Some(net) => net.to_string(),
    }
}

/// What `-v` says before something is done.
pub fn announce(table: &Table, command: &Command) -> Result<String, SpecError> {
    if command.action.has_rule() {
        let rules = command.rule.rules(table)?;
        return Ok(rules.iter().map(|rule| announce_rule(table, rule)).collect());
    }
    let doing = match command.action {
        Action::Flush => "Flushing",
        Action::DeleteChain => "Deleting",
        Action::Zero { .. } => "Zeroing",
        _ => return Ok(String::new()),
    };
    let only_own = command.action == Action::DeleteChain;
    let named = |chain: &Chain| match &command.chain {
        Some(name) => *name == chain.name,
        None => !only_own || chain.base.is_none(),
    };
    let mut text = String::new();
    for (_, chain) in table.chains().filter(|(_, chain)| named(chain)) {
        text += &format!("{doing} chain `{}'\n", chain.name);
    }
    Ok(text)
}

fn announce_rule(table: &Table, rule: &Rule) -> String {
    let row = columns(table, rule, true);
    let protocol = names::protocol_name(rule.ip.protocol.map_or(0, |protocol| protocol.value));
    let bang = |not| if not { '!' } else { ' ' };
    let no_hosts = Hosts::default();
    let address = |net| address(net, true, &no_hosts);
    let mut text = format!(
        "{} {}{protocol} opt {} in {} out {} {}{} {}-> {}  ",
        row.target,
        bang(row.not_protocol),
        row.fragment,
        row.input,
        row.output,
        bang(row.not_source),
        address(row.source),
        bang(row.not_destination),
        address(row.destination),
    );
    for detail in &row.details {
        text += &format!(" {detail}");
    }
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_get_a_unit() {
        let shown =
            [99_999, 100_000, 9_999_499, 9_999_500, 12_345_678_901].map(|n| count(n, false));
        assert_eq!(shown, ["99999", "100K", "9999K", "10M", "12G"].map(str::to_owned));
        assert_eq!(count(123_456, true), "123456");
    }
}
