//! Tables, chains and rules: what `iptables` edits.

use indexmap::IndexMap;
use slotmap::{SlotMap, new_key_type};

use super::matches::{IpMatch, Match};
use super::target::Target;
use super::{Hook, TableName};

new_key_type! {
    /// A chain of one table.
    pub struct ChainKey;
}

/// The identity of a rule, never used twice; its number in the chain changes, this does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(pub u32);

/// What one rule or chain has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RuleCounters {
    /// Packets.
    pub packets: u64,
    /// Bytes, IP headers included.
    pub bytes: u64,
}

/// One rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Its identity.
    pub id: RuleId,
    /// Addresses, devices, protocol.
    pub ip: IpMatch,
    /// Everything else that it looks at, in the order in which it was given.
    pub matches: Vec<Match>,
    /// What it does.
    pub target: Target,
    /// What it has seen.
    pub counters: RuleCounters,
}

/// The policy of a built-in chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// What no rule decided passes.
    Accept,
    /// What no rule decided is dropped.
    Drop,
}

impl Policy {
    /// As `-P` takes it.
    pub fn name(self) -> &'static str {
        match self {
            Policy::Accept => "ACCEPT",
            Policy::Drop => "DROP",
        }
    }
}

/// One chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Chain {
    /// Its name.
    pub name: String,
    /// For a built-in chain its hook and policy.
    pub builtin: Option<(Hook, Policy)>,
    /// What its policy has seen.
    pub counters: RuleCounters,
    /// Its rules, in order.
    pub rules: Vec<Rule>,
}

/// One table.
#[derive(Debug, Clone)]
pub struct Table {
    /// Which one.
    pub name: TableName,
    chains: SlotMap<ChainKey, Chain>,
    by_name: IndexMap<String, ChainKey>,
}

impl Table {
    /// A table with its built-in chains, all empty and accepting.
    pub fn new(name: TableName) -> Table {
        let mut table = Table { name, chains: SlotMap::with_key(), by_name: IndexMap::new() };
        for hook in name.hooks() {
            let key = table.insert_chain(hook.name());
            table.chains[key].builtin = Some((*hook, Policy::Accept));
        }
        table
    }

    fn insert_chain(&mut self, name: &str) -> ChainKey {
        let chain = Chain {
            name: name.to_owned(),
            builtin: None,
            counters: RuleCounters::default(),
            rules: Vec::new(),
        };
        let key = self.chains.insert(chain);
        self.by_name.insert(name.to_owned(), key);
        key
    }

    /// Makes a chain; `None` if there is one of that name.
    pub fn add_chain(&mut self, name: &str) -> Option<ChainKey> {
        (!self.by_name.contains_key(name)).then(|| self.insert_chain(name))
    }

    /// Removes a chain.
    pub fn remove_chain(&mut self, key: ChainKey) {
        if let Some(chain) = self.chains.remove(key) {
            self.by_name.shift_remove(&chain.name);
        }
    }

    /// Renames a chain; false if the new name is taken.
    pub fn rename_chain(&mut self, key: ChainKey, name: &str) -> bool {
        if self.by_name.contains_key(name) {
            return false;
        }
        let Some(chain) = self.chains.get_mut(key) else { return false };
        let old = std::mem::replace(&mut chain.name, name.to_owned());
        if let Some((at, _, _)) = self.by_name.shift_remove_full(&old) {
            self.by_name.shift_insert(at, name.to_owned(), key);
        }
        true
    }

    /// The chain with this name.
    pub fn find(&self, name: &str) -> Option<ChainKey> {
        self.by_name.get(name).copied()
    }

    /// A chain.
    pub fn chain(&self, key: ChainKey) -> &Chain {
        &self.chains[key]
    }

    /// A chain, for changing.
    pub fn chain_mut(&mut self, key: ChainKey) -> &mut Chain {
        &mut self.chains[key]
    }

    /// All chains, in order of creation: the built-in ones first.
    pub fn chains(&self) -> impl Iterator<Item = (ChainKey, &Chain)> {
        self.by_name.values().map(|key| (*key, &self.chains[*key]))
    }

    /// All keys, in the same order.
    pub fn keys(&self) -> Vec<ChainKey> {
        self.by_name.values().copied().collect()
    }

    /// The built-in chain of a hook.
    pub fn at(&self, hook: Hook) -> Option<ChainKey> {
        self.find(hook.name())
    }

    /// How many rules jump to a chain.
    pub fn references(&self, key: ChainKey) -> usize {
        self.chains
            .values()
            .flat_map(|chain| &chain.rules)
            .filter(|rule| rule.target.chain() == Some(key))
            .count()
    }

    /// Whether a jump from `from` to `to` would close a loop.
    pub fn would_loop(&self, from: ChainKey, to: ChainKey) -> bool {
        let mut pending = vec![to];
        let mut seen = Vec::new();
        while let Some(key) = pending.pop() {
            if key == from {
                return true;
            }
            if seen.contains(&key) {
                continue;
            }
            seen.push(key);
            pending.extend(self.chains[key].rules.iter().filter_map(|rule| rule.target.chain()));
        }
        false
    }

    /// The hooks from which a chain is reached, itself included if it is built in.
    pub fn hooks_of(&self, key: ChainKey) -> Vec<Hook> {
        let reaches = |hook: &&Hook| {
            self.at(**hook).is_some_and(|start| start == key || self.would_loop(key, start))
        };
        self.name.hooks().iter().filter(reaches).copied().collect()
    }

    /// Whether the table can do anything at a hook.
    pub fn acts_at(&self, hook: Hook) -> bool {
        self.at(hook).is_some_and(|key| {
            let chain = &self.chains[key];
            !chain.rules.is_empty() || matches!(chain.builtin, Some((_, Policy::Drop)))
        })
    }
}

/// The tables of a namespace; one exists once somebody has used it.
#[derive(Debug, Default)]
pub struct Tables {
    raw: Option<Box<Table>>,
    mangle: Option<Box<Table>>,
    nat: Option<Box<Table>>,
    filter: Option<Box<Table>>,
    security: Option<Box<Table>>,
    /// The order in which they came into being, as `iptables-save` remembers it.
    pub order: Vec<TableName>,
}

impl Tables {
    fn slot(&mut self, name: TableName) -> &mut Option<Box<Table>> {
        match name {
            TableName::Raw => &mut self.raw,
            TableName::Mangle => &mut self.mangle,
            TableName::Nat => &mut self.nat,
            TableName::Filter => &mut self.filter,
            TableName::Security => &mut self.security,
        }
    }

    /// A table, if it exists.
    pub fn get(&self, name: TableName) -> Option<&Table> {
        match name {
            TableName::Raw => self.raw.as_deref(),
            TableName::Mangle => self.mangle.as_deref(),
            TableName::Nat => self.nat.as_deref(),
            TableName::Filter => self.filter.as_deref(),
            TableName::Security => self.security.as_deref(),
        }
    }

    /// A table, made if it does not exist.
    pub fn get_or_make(&mut self, name: TableName) -> &mut Table {
        if self.get(name).is_none() {
            self.order.push(name);
        }
        self.slot(name).get_or_insert_with(|| Box::new(Table::new(name)))
    }

    /// Takes a table out while it is walked: rules look at the rest of the kernel meanwhile.
    pub(in crate::kernel) fn take(&mut self, name: TableName) -> Option<Box<Table>> {
        self.slot(name).take()
    }

    /// Puts it back.
    pub(in crate::kernel) fn put_back(&mut self, table: Box<Table>) {
        let slot = self.slot(table.name);
        *slot = Some(table);
    }

    /// Whether some rule needs connections to be tracked.
    pub fn need_tracking(&self) -> bool {
        let nat_used = self
            .nat
            .as_ref()
            .is_some_and(|nat| nat.chains.values().any(|chain| !chain.rules.is_empty()));
        let needs = |rule: &Rule| {
            rule.target.needs_tracking() || rule.matches.iter().any(Match::needs_tracking)
        };
        let mut tables = TableName::ALL.iter().filter_map(|name| self.get(*name));
        nat_used || tables.any(|t| t.chains.values().flat_map(|chain| &chain.rules).any(needs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_of_chains_is_found_before_it_is_made() {
        let mut table = Table::new(TableName::Filter);
        let (a, b) = (table.add_chain("A").unwrap(), table.add_chain("B").unwrap());
        assert!(table.add_chain("A").is_none());
        let rule = Rule {
            id: RuleId(1),
            ip: IpMatch::default(),
            matches: Vec::new(),
            target: Target::Jump(b),
            counters: RuleCounters::default(),
        };
        table.chain_mut(a).rules.push(rule);
        assert!(table.would_loop(b, a));
        assert!(!table.would_loop(a, b));
        assert_eq!(table.references(b), 1);
    }
}
