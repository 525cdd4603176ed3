//! The rules and tables of a namespace: the longest match (`net/ipv4/fib_rules.c`).

use crate::kernel::Kernel;
use crate::kernel::errno::Errno;
use crate::kernel::id::LinkId;
use crate::kernel::ip::fib::{
    Fib, FibKey, FibRoute, FibRule, FibTable, RouteKind, RuleAction, table,
};
use crate::wire::Ipv4Addr;

use super::FlowQuery;

impl Kernel {
    /// The longest match over the rules and tables of a namespace (`fib_lookup`). Refusing routes and
    /// rules come back as the error that they mean.
    pub(in crate::kernel) fn fib_lookup<'a>(
        &'a self,
        fib: &'a Fib,
        query: &FlowQuery,
        input: Option<LinkId>,
    ) -> Result<&'a FibRoute, Errno> {
        self.fib_lookup_with_table(fib, query, input).map(|(_, route)| route)
    }

    /// The same, with the number of the table. As long as the rules are those of the start, the kernel
    /// keeps own addresses in the main table, too.
    pub(in crate::kernel) fn fib_lookup_with_table<'a>(
        &'a self,
        fib: &'a Fib,
        query: &FlowQuery,
        input: Option<LinkId>,
    ) -> Result<(u32, &'a FibRoute), Errno> {
        let (output, avoid) = (query.output, fib.avoided.as_slice());
        let key = FibKey { dst: query.dst, tos: query.tos, output, scope: 0, avoid };
        if fib.rules_are_default {
            let found = fib.local.lookup(&key).or_else(|| fib.main.lookup(&key));
            let found = found
                .map(|route| (table::MAIN, route))
                .or_else(|| Some((table::DEFAULT, fib.others.get(&table::DEFAULT)?.lookup(&key)?)));
            return match found.map(|found| (found, found.1.kind)) {
                None | Some((_, RouteKind::Throw)) => Err(Errno::ENETUNREACH),
                Some((_, RouteKind::Blackhole)) => Err(Errno::EINVAL),
                Some((_, RouteKind::Unreachable)) => Err(Errno::EHOSTUNREACH),
                Some((_, RouteKind::Prohibit)) => Err(Errno::EACCES),
                Some((found, _)) => Ok(found),
            };
        }
        for rule in &fib.rules {
            if !self.rule_matches(rule, query, input) {
                continue;
            }
            let found = match rule.action {
                RuleAction::Table(number) => {
                    let table: Option<&FibTable> = fib.table(number);
                    table.and_then(|table| Some((number, table.lookup(&key)?)))
                }
                RuleAction::Blackhole => return Err(Errno::EINVAL),
                RuleAction::Unreachable => return Err(Errno::ENETUNREACH),
                RuleAction::Prohibit => return Err(Errno::EACCES),
            };
            match found.map(|found| (found, found.1.kind)) {
                None | Some((_, RouteKind::Throw)) => {}
                Some((_, RouteKind::Blackhole)) => return Err(Errno::EINVAL),
                Some((_, RouteKind::Unreachable)) => return Err(Errno::EHOSTUNREACH),
                Some((_, RouteKind::Prohibit)) => return Err(Errno::EACCES),
                Some((found, _)) => return Ok(found),
            }
        }
        Err(Errno::ENETUNREACH)
    }

    fn rule_matches(&self, rule: &FibRule, query: &FlowQuery, input: Option<LinkId>) -> bool {
        let src = query.src.unwrap_or(Ipv4Addr::UNSPECIFIED);
        let name_of = |link: Option<LinkId>| {
            link.and_then(|link| self.links.get(link)).map(|link| link.name.as_str())
        };
        // Packets made here come from `lo` as far as rules are concerned.
        let input_name = name_of(input).or(Some("lo"));
        let matches = (rule.from.prefix_len() == 0 || rule.from.contains(&src))
            && (rule.to.prefix_len() == 0 || rule.to.contains(&query.dst))
            && rule.input.as_deref().is_none_or(|name| input_name == Some(name))
            && rule.output.as_deref().is_none_or(|name| name_of(query.output) == Some(name))
            && rule.mark.is_none_or(|(mark, mask)| query.mark & mask == mark & mask)
            && (rule.tos == 0 || rule.tos == query.tos & 0x1c);
        matches != rule.not
    }
}
