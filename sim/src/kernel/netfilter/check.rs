//! Where a rule may be: what Linux's extensions ask of the table and the hooks around them
//! (`xt_check_match`, `xt_check_target`, and the `checkentry` of each).

use crate::wire::{ipv4, tcp::flag};

use super::id::ChainKey;
use super::matches::{Match, Maybe, TcpMatch, UdpMatch, Way};
use super::rule_error::RuleError;
use super::table::{Backend, Rule, Table};
use super::target::{Mss, RejectWith, Target};
use super::{Hook, TableName};

/// Whether a rule may be put into a chain.
pub(super) fn check_rule(table: &Table, chain: ChainKey, rule: &Rule) -> Result<(), RuleError> {
    let hooks = table.hooks_of(chain);
    check_at(table, &hooks, rule)?;
    let Some(to) = rule.target.chain() else { return Ok(()) };
    if table.chain(to).base.is_some() {
        let is_there = to == chain || table.chain(to).is_made();
        return Err(if is_there { RuleError::JumpToBuiltIn } else { RuleError::JumpToNothing });
    }
    // A loop that no packet reaches is none yet.
    if !hooks.is_empty() && (table.would_loop(chain, to) || table.has_loop_behind(to)) {
        return Err(RuleError::Loop);
    }
    // The chains behind the jump are reached from these hooks from now on.
    let behind = table.keys().into_iter().filter(|key| *key == to || table.would_loop(*key, to));
    behind
        .flat_map(|key| &table.chain(key).rules)
        .try_for_each(|rule| check_at(table, &hooks, rule))
}

/// Whether a rule works in this table when packets come to it from these hooks.
fn check_at(table: &Table, hooks: &[Hook], rule: &Rule) -> Result<(), RuleError> {
    for wanted in &rule.matches {
        check_match(table.backend, hooks, rule, wanted)?;
    }
    check_target(table, hooks, rule)
}

fn demand(holds: bool) -> Result<(), RuleError> {
    if holds { Ok(()) } else { Err(RuleError::Invalid) }
}

fn is_protocol(rule: &Rule, protocol: u8) -> bool {
    rule.ip.protocol == Some(Maybe::is(protocol))
}

/// iptables-nft translates conditions on ports itself. "Not TCP, but port 80" is fine with it.
fn translated(rule: &Rule, protocol: u8) -> Result<(), RuleError> {
    let is_named = rule.ip.protocol.is_some_and(|named| named.value == protocol);
    if is_named { Ok(()) } else { Err(RuleError::NoProtocol(protocol)) }
}

fn check_match(
    backend: Backend,
    hooks: &[Hook],
    rule: &Rule,
    wanted: &Match,
) -> Result<(), RuleError> {
    use Hook::{Forward, Input, Output, Postrouting, Prerouting};
    let only = |allowed: &[Hook]| demand(hooks.iter().all(|hook| allowed.contains(hook)));
    let before = &[Prerouting, Input, Forward];
    let behind = &[Forward, Output, Postrouting];
    match wanted {
        Match::Tcp(wanted) if backend == Backend::Nft && *wanted != TcpMatch::default() => {
            translated(rule, ipv4::protocol::TCP)
        }
        Match::Udp(wanted) if backend == Backend::Nft && *wanted != UdpMatch::default() => {
            translated(rule, ipv4::protocol::UDP)
        }
        Match::Tcp(_) => demand(is_protocol(rule, ipv4::protocol::TCP)),
        Match::Udp(_) => demand(is_protocol(rule, ipv4::protocol::UDP)),
        Match::Icmp(_) => demand(is_protocol(rule, ipv4::protocol::ICMP)),
        Match::Mac(_) => only(before),
        Match::Owner(_) => only(&[Output, Postrouting]),
        Match::AddrType(wanted) => match wanted.limit {
            None => Ok(()),
            Some(Way::In) => only(before),
            Some(Way::Out) => only(behind),
        },
        Match::Policy(wanted) => match wanted.direction {
            Way::In => only(before),
            Way::Out => only(behind),
        },
        Match::Physdev(wanted) => {
            let looks_at_output = wanted.output.is_some() || wanted.is_out.is_some();
            let knows_output = wanted.is_bridged == Some(true) || !hooks.contains(&Output);
            demand(!looks_at_output || knows_output)
        }
        Match::Limit(limit) if backend == Backend::Legacy => {
            // xt_limit counts in parts of a second, in 32 bits.
            const PARTS: u64 = 10_000;
            let cost = limit.rate.per.as_secs() * PARTS / u64::from(limit.rate.packets.max(1));
            let fits = limit.burst > 0 && u32::try_from(cost * u64::from(limit.burst)).is_ok();
            if fits { Ok(()) } else { Err(RuleError::OutOfRange) }
        }
        Match::Hashlimit(limit) => {
            let (src, dst) = limit.options.masks;
            // The name becomes that of a file.
            demand(src <= 32 && dst <= 32 && !limit.options.name.contains('/'))
        }
        _ => Ok(()),
    }
}

fn check_target(table: &Table, hooks: &[Hook], rule: &Rule) -> Result<(), RuleError> {
    use Hook::{Forward, Input, Output, Postrouting, Prerouting};
    let only = |allowed: &[Hook]| demand(hooks.iter().all(|hook| allowed.contains(hook)));
    let only_in = |name| demand(table.name == name);
    let legacy = table.backend == Backend::Legacy;
    match &rule.target {
        Target::Masquerade(_) => only_in(TableName::Nat).and(only(&[Postrouting])),
        Target::Snat(_) => only_in(TableName::Nat).and(only(&[Postrouting, Input])),
        Target::Dnat(_) | Target::Redirect(_) => {
            only_in(TableName::Nat).and(only(&[Prerouting, Output]))
        }
        Target::Netmap(_) => only_in(TableName::Nat),
        Target::Reject(with) => {
            let is_tcp = is_protocol(rule, ipv4::protocol::TCP);
            demand(*with != RejectWith::TcpReset || is_tcp)?;
            only_in(TableName::Filter)
        }
        Target::Tos { .. } | Target::Dscp(_) | Target::Ttl(_) | Target::Checksum => {
            only_in(TableName::Mangle)
        }
        Target::Ct(_) => only_in(TableName::Raw),
        Target::Trace if legacy => only_in(TableName::Raw),
        Target::TcpMss(mss) => {
            if *mss == Mss::ClampToPmtu {
                only(&[Forward, Output, Postrouting])?;
            }
            demand(is_protocol(rule, ipv4::protocol::TCP))?;
            demand(!legacy || rule.matches.iter().any(wants_syn))
        }
        _ => Ok(()),
    }
}

fn wants_syn(wanted: &Match) -> bool {
    let Match::Tcp(wanted) = wanted else { return false };
    wanted.flags.is_some_and(|flags| !flags.not && flags.value.1 & flag::SYN != 0)
}

#[cfg(test)]
mod tests {
    use super::super::id::RuleId;
    use super::super::matches::IpMatch;
    use super::super::table::RuleCounters;
    use super::super::target::PortChoice;
    use super::*;

    fn rule(target: Target) -> Rule {
        Rule {
            id: RuleId(0),
            ip: IpMatch::default(),
            matches: Vec::new(),
            target,
            counters: RuleCounters::default(),
        }
    }

    #[test]
    fn a_translation_belongs_to_its_hook() {
        let masquerade = rule(Target::Masquerade(PortChoice::default()));
        let mut filter = Table::new(TableName::Filter, Backend::Nft);
        assert_eq!(filter.insert("INPUT", None, masquerade.clone()), Err(RuleError::Invalid));
        assert!(!filter.is_made());
        let mut nat = Table::new(TableName::Nat, Backend::Nft);
        assert_eq!(nat.insert("INPUT", None, masquerade.clone()), Err(RuleError::Invalid));
        assert_eq!(nat.insert("POSTROUTING", None, masquerade), Ok(0));
    }

    #[test]
    fn what_is_behind_a_jump_is_checked_for_the_hooks_that_reach_it() {
        let mut nat = Table::new(TableName::Nat, Backend::Legacy);
        let chain = nat.add_chain("OUT").unwrap();
        let masquerade = rule(Target::Masquerade(PortChoice::default()));
        // Nothing leads there yet.
        assert_eq!(nat.insert("OUT", None, masquerade), Ok(0));
        let jump = rule(Target::Jump(chain));
        assert_eq!(nat.insert("PREROUTING", None, jump.clone()), Err(RuleError::Invalid));
        assert_eq!(nat.insert("POSTROUTING", None, jump), Ok(0));
    }

    #[test]
    fn a_built_in_chain_is_no_place_to_jump_to() {
        let mut filter = Table::new(TableName::Filter, Backend::Nft);
        let input = filter.find("INPUT").unwrap();
        let jump = rule(Target::Jump(input));
        let insert = |filter: &mut Table| filter.insert("FORWARD", None, jump.clone());
        assert_eq!(insert(&mut filter), Err(RuleError::JumpToNothing));
        filter.insert("INPUT", None, rule(Target::Accept)).unwrap();
        assert_eq!(insert(&mut filter), Err(RuleError::JumpToBuiltIn));
    }
}
