//! Packet filter rules (`iptables`), connections (`conntrack`) and address sets (`ipset`).

use crate::kernel::RuleText;
use crate::kernel::errno::Errno;
use crate::kernel::netfilter::conntrack::{Conn, ConnId, ConntrackStats};
use crate::kernel::netfilter::ipset::Sets;
use crate::kernel::netfilter::table::{Policy, RuleCounters};
use crate::kernel::netfilter::{ChainKey, Hook, Rule, RuleId, Table, TableName};

use super::Sys;

/// Why a change of rules is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleError {
    /// There is no such chain.
    NoChain,
    /// There is a chain of that name.
    ChainExists,
    /// The chain is built in, or rules jump to it, or it has rules.
    Busy,
    /// There is no rule at that place.
    NoPlace,
    /// There is no such rule.
    NoRule,
    /// The jump would close a loop.
    Loop,
    /// The target or match is not for chains reached from this hook.
    WrongHook,
}

impl Sys<'_> {
    /// A table, as it stands; empty if nobody has used it.
    pub fn table(&self, name: TableName) -> Table {
        let tables = &self.kernel.namespaces[self.ns].netfilter.tables;
        tables.get(name).cloned().unwrap_or_else(|| Table::new(name))
    }

    /// The tables that somebody has used, in the order in which that happened.
    pub fn tables_in_use(&self) -> Vec<TableName> {
        self.kernel.namespaces[self.ns].netfilter.tables.order.clone()
    }

    /// Marks a table as used: that is what listing it does.
    pub fn touch_table(&mut self, name: TableName) {
        self.kernel.namespaces[self.ns].netfilter.tables.get_or_make(name);
    }

    fn table_mut(&mut self, name: TableName) -> &mut Table {
        self.kernel.namespaces[self.ns].netfilter.tables.get_or_make(name)
    }

    fn chain_key(&mut self, table: TableName, chain: &str) -> Result<ChainKey, RuleError> {
        self.table_mut(table).find(chain).ok_or(RuleError::NoChain)
    }

    fn tables_changed(&mut self) {
        self.kernel.namespaces[self.ns].netfilter.refresh();
    }

    /// An identity for a new rule; `text` is how it prints.
    fn new_rule_id(&mut self, table: TableName, chain: &str, text: &str) -> RuleId {
        let id = RuleId(self.kernel.rule_texts.len() as u32);
        self.kernel.rule_texts.push(RuleText {
            table,
            chain: chain.to_owned(),
            text: text.to_owned(),
            origin: self.origin.to_owned(),
        });
        id
    }

    fn check_jump(
        &mut self,
        table: TableName,
        from: ChainKey,
        rule: &Rule,
    ) -> Result<(), RuleError> {
        let Some(to) = rule.target.chain() else { return Ok(()) };
        if self.table_mut(table).would_loop(from, to) { Err(RuleError::Loop) } else { Ok(()) }
    }

    /// Puts a rule at a place (from 0); `None` is the end.
    pub fn rule_insert(
        &mut self,
        table: TableName,
        chain: &str,
        at: Option<usize>,
        mut rule: Rule,
        text: &str,
    ) -> Result<(), RuleError> {
        let key = self.chain_key(table, chain)?;
        self.check_jump(table, key, &rule)?;
        let len = self.table_mut(table).chain(key).rules.len();
        if at.is_some_and(|at| at > len) {
            return Err(RuleError::NoPlace);
        }
        rule.id = self.new_rule_id(table, chain, text);
        self.table_mut(table).chain_mut(key).rules.insert(at.unwrap_or(len), rule);
        self.tables_changed();
        self.record(|_| {
            let verb = match at {
                None => format!("-A {chain}"),
                Some(0) => format!("-I {chain}"),
                Some(at) => format!("-I {chain} {}", at + 1),
            };
            iptables_command(table, &format!("{verb} {text}"))
        });
        Ok(())
    }

    /// Replaces the rule at a place (from 0).
    pub fn rule_replace(
        &mut self,
        table: TableName,
        chain: &str,
        at: usize,
        mut rule: Rule,
        text: &str,
    ) -> Result<(), RuleError> {
        let key = self.chain_key(table, chain)?;
        self.check_jump(table, key, &rule)?;
        if at >= self.table_mut(table).chain(key).rules.len() {
            return Err(RuleError::NoPlace);
        }
        rule.id = self.new_rule_id(table, chain, text);
        self.table_mut(table).chain_mut(key).rules[at] = rule;
        self.tables_changed();
        self.record(|_| iptables_command(table, &format!("-R {chain} {} {text}", at + 1)));
        Ok(())
    }

    /// Removes the rule at a place (from 0).
    pub fn rule_delete_at(
        &mut self,
        table: TableName,
        chain: &str,
        at: usize,
    ) -> Result<(), RuleError> {
        let key = self.chain_key(table, chain)?;
        let rules = &mut self.table_mut(table).chain_mut(key).rules;
        if at >= rules.len() {
            return Err(RuleError::NoPlace);
        }
        let gone = rules.remove(at);
        self.tables_changed();
        self.record(|kernel| {
            let text = kernel.rule_text(gone.id).map_or("", |text| text.text.as_str());
            iptables_command(table, &format!("-D {chain} {text}"))
        });
        Ok(())
    }

    /// The place of the first rule that does and matches the same.
    pub fn rule_find(
        &mut self,
        table: TableName,
        chain: &str,
        rule: &Rule,
    ) -> Result<usize, RuleError> {
        let key = self.chain_key(table, chain)?;
        let same = |other: &Rule| {
            other.ip == rule.ip && other.target == rule.target && same_matches(other, rule)
        };
        let rules = &self.table_mut(table).chain(key).rules;
        rules.iter().position(same).ok_or(RuleError::NoRule)
    }

    /// Removes all rules of a chain, or of all chains.
    pub fn rules_flush(&mut self, table: TableName, chain: Option<&str>) -> Result<(), RuleError> {
        let keys = match chain {
            Some(chain) => vec![self.chain_key(table, chain)?],
            None => self.table_mut(table).keys(),
        };
        for key in keys {
            self.table_mut(table).chain_mut(key).rules.clear();
        }
        self.tables_changed();
        self.record(|_| {
            iptables_command(table, &format!("-F {}", chain.unwrap_or("")).trim().to_owned())
        });
        Ok(())
    }

    /// Makes a chain.
    pub fn chain_add(&mut self, table: TableName, chain: &str) -> Result<(), RuleError> {
        self.table_mut(table).add_chain(chain).ok_or(RuleError::ChainExists)?;
        self.record(|_| iptables_command(table, &format!("-N {chain}")));
        Ok(())
    }

    /// Removes an empty chain to which no rule jumps.
    pub fn chain_del(&mut self, table: TableName, chain: &str) -> Result<(), RuleError> {
        let key = self.chain_key(table, chain)?;
        let busy = {
            let table = self.table_mut(table);
            table.chain(key).builtin.is_some()
                || !table.chain(key).rules.is_empty()
                || table.references(key) > 0
        };
        if busy {
            return Err(RuleError::Busy);
        }
        self.table_mut(table).remove_chain(key);
        self.record(|_| iptables_command(table, &format!("-X {chain}")));
        Ok(())
    }

    /// Renames a chain.
    pub fn chain_rename(
        &mut self,
        table: TableName,
        chain: &str,
        name: &str,
    ) -> Result<(), RuleError> {
        let key = self.chain_key(table, chain)?;
        if self.table_mut(table).chain(key).builtin.is_some() {
            return Err(RuleError::Busy);
        }
        if !self.table_mut(table).rename_chain(key, name) {
            return Err(RuleError::ChainExists);
        }
        Ok(())
    }

    /// Sets the policy of a built-in chain.
    pub fn policy_set(
        &mut self,
        table: TableName,
        chain: &str,
        policy: Policy,
    ) -> Result<(), RuleError> {
        let key = self.chain_key(table, chain)?;
        match &mut self.table_mut(table).chain_mut(key).builtin {
            Some((_, old)) => *old = policy,
            None => return Err(RuleError::NoChain),
        }
        self.tables_changed();
        self.record(|_| iptables_command(table, &format!("-P {chain} {}", policy.name())));
        Ok(())
    }

    /// Sets counters to zero: of all chains, of one, or of one rule (from 0).
    pub fn counters_zero(
        &mut self,
        table: TableName,
        chain: Option<&str>,
        at: Option<usize>,
    ) -> Result<(), RuleError> {
        let keys = match chain {
            Some(chain) => vec![self.chain_key(table, chain)?],
            None => self.table_mut(table).keys(),
        };
        for key in keys {
            let chain = self.table_mut(table).chain_mut(key);
            match at {
                Some(at) => {
                    chain.rules.get_mut(at).ok_or(RuleError::NoPlace)?.counters =
                        RuleCounters::default();
                }
                None => {
                    chain.counters = RuleCounters::default();
                    chain.rules.iter_mut().for_each(|r| r.counters = RuleCounters::default());
                }
            }
        }
        Ok(())
    }

    /// Sets the counters of a chain's policy (`iptables-restore -c`).
    pub fn policy_counters_set(&mut self, table: TableName, chain: &str, counters: RuleCounters) {
        if let Ok(key) = self.chain_key(table, chain) {
            self.table_mut(table).chain_mut(key).counters = counters;
        }
    }

    /// The hooks from which a chain is reached.
    pub fn hooks_of_chain(&mut self, table: TableName, chain: &str) -> Vec<Hook> {
        match self.chain_key(table, chain) {
            Ok(key) => self.table_mut(table).hooks_of(key),
            Err(_) => Vec::new(),
        }
    }

    /// How a rule prints, and who put it there.
    pub fn rule_text(&self, id: RuleId) -> Option<&RuleText> {
        self.kernel.rule_text(id)
    }

    /// The connections, in order of creation (`conntrack -L`).
    pub fn connections(&self) -> Vec<Conn> {
        let conntrack = &self.kernel.namespaces[self.ns].conntrack;
        conntrack.live(self.cx.now).into_iter().cloned().collect()
    }

    /// One connection.
    pub fn connection(&self, id: ConnId) -> Option<Conn> {
        self.connections().into_iter().find(|conn| conn.id == id)
    }

    /// Removes connections (`conntrack -D`, `-F`); what they were.
    pub fn connections_del(&mut self, doomed: impl Fn(&Conn) -> bool) -> Vec<Conn> {
        let now = self.cx.now;
        self.kernel.namespaces[self.ns]
            .conntrack
            .remove_all(|conn| conn.confirmed && conn.expires > now && doomed(conn))
    }

    /// What the connection table has done (`conntrack -S`).
    pub fn conntrack_stats(&self) -> ConntrackStats {
        self.kernel.namespaces[self.ns].conntrack.stats
    }

    /// Whether connections are tracked here.
    pub fn tracks_connections(&self) -> bool {
        self.kernel.namespaces[self.ns].netfilter.tracks()
    }

    /// The address sets.
    pub fn sets(&self) -> &Sets {
        &self.kernel.namespaces[self.ns].netfilter.sets
    }

    /// The address sets, for changing.
    pub fn sets_mut(&mut self) -> &mut Sets {
        &mut self.kernel.namespaces[self.ns].netfilter.sets
    }

    /// Whether a rule refers to a set.
    pub fn set_is_used(&self, name: &str) -> Result<(), Errno> {
        use crate::kernel::netfilter::matches::Match;
        use crate::kernel::netfilter::target::Target;
        let used = TableName::ALL.iter().any(|table| {
            let table = self.table(*table);
            table.chains().flat_map(|(_, chain)| &chain.rules).any(|rule| {
                rule.matches
                    .iter()
                    .any(|m| matches!(m, Match::Set { name: n, .. } if n.value == name))
                    || matches!(&rule.target, Target::Set(change) if change.set == name)
            })
        });
        if used { Err(Errno::EBUSY) } else { Ok(()) }
    }
}

/// Compares what rules look at, not what they remember (buckets, quotas, counters).
fn same_matches(a: &Rule, b: &Rule) -> bool {
    use crate::kernel::netfilter::matches::Match;
    a.matches.len() == b.matches.len()
        && a.matches.iter().zip(&b.matches).all(|pair| match pair {
            (Match::Limit(a), Match::Limit(b)) => {
                (a.rate, a.per, a.burst) == (b.rate, b.per, b.burst)
            }
            (Match::Hashlimit(a), Match::Hashlimit(b)) => {
                (&a.name, a.rate, a.per, a.burst, a.above)
                    == (&b.name, b.rate, b.per, b.burst, b.above)
            }
            (Match::Quota { quota: a, .. }, Match::Quota { quota: b, .. }) => a == b,
            (Match::Statistic(a), Match::Statistic(b)) => same_statistic(a, b),
            (a, b) => a == b,
        })
}

fn same_statistic(
    a: &crate::kernel::netfilter::matches::Statistic,
    b: &crate::kernel::netfilter::matches::Statistic,
) -> bool {
    use crate::kernel::netfilter::matches::Statistic::Nth;
    match (a, b) {
        (
            Nth { every: a1, packet: a2, not: a3, .. },
            Nth { every: b1, packet: b2, not: b3, .. },
        ) => (a1, a2, a3) == (b1, b2, b3),
        (a, b) => a == b,
    }
}

fn iptables_command(table: TableName, words: &str) -> String {
    match table {
        TableName::Filter => format!("iptables {words}"),
        table => format!("iptables -t {} {words}", table.name()),
    }
}
