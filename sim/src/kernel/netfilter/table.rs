//! Tables, chains and rules: what `iptables` edits.

use indexmap::IndexMap;
use slotmap::SlotMap;

use super::id::{ChainKey, RuleId};
use super::matches::{IpMatch, Match};
use super::target::Target;
use super::{Hook, TableName};

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

impl Rule {
    /// Whether it asks and does the same, whatever either has seen.
    pub fn is_like(&self, other: &Rule) -> bool {
        self.ip == other.ip
            && self.target == other.target
            && self.matches.len() == other.matches.len()
            && self.matches.iter().zip(&other.matches).all(|(a, b)| a.is_like(b))
    }
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
    /// The policy with this name.
    pub fn named(name: &str) -> Option<Policy> {
        [Policy::Accept, Policy::Drop].into_iter().find(|policy| policy.name() == name)
    }

    /// As `-P` takes it.
    pub fn name(self) -> &'static str {
        match self {
            Policy::Accept => "ACCEPT",
            Policy::Drop => "DROP",
        }
    }
}

/// Which of the kernel's two packet filters keeps a table. `iptables-legacy` speaks to the one,
/// `iptables-nft` to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Backend {
    /// `x_tables`: a table comes with all its chains, and every policy counts.
    Legacy,
    /// `nf_tables`: a built-in chain is made when it is first needed, and its policy counts once
    /// somebody has set it.
    #[default]
    Nft,
}

/// What a built-in chain has besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Base {
    /// Where packets enter it.
    pub hook: Hook,
    /// What becomes of those that no rule decides.
    pub policy: Policy,
    /// Whether the kernel has it already.
    pub made: bool,
    /// Whether its policy counts.
    pub counts: bool,
}

/// One chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Chain {
    /// Its name.
    pub name: String,
    /// For a built-in chain its hook and policy.
    pub base: Option<Base>,
    /// What its policy has seen.
    pub counters: RuleCounters,
    /// Its rules, in order.
    pub rules: Vec<Rule>,
}

impl Chain {
    /// Whether the kernel has it, and does not only know that it would make it.
    pub fn is_made(&self) -> bool {
        self.base.is_none_or(|base| base.made)
    }
}

/// One table.
#[derive(Debug, Clone)]
pub struct Table {
    /// Which one.
    pub name: TableName,
    /// Who keeps it.
    pub backend: Backend,
    chains: SlotMap<ChainKey, Chain>,
    by_name: IndexMap<String, ChainKey>,
}

impl Table {
    /// A table with its built-in chains, all empty and accepting.
    pub fn new(name: TableName, backend: Backend) -> Table {
        let (chains, by_name) = (SlotMap::with_key(), IndexMap::new());
        let mut table = Table { name, backend, chains, by_name };
        let at_once = backend == Backend::Legacy;
        for hook in name.hooks() {
            let key = table.insert_chain(hook.name());
            let policy = Policy::Accept;
            table.chains[key].base =
                Some(Base { hook: *hook, policy, made: at_once, counts: at_once });
        }
        table
    }

    fn insert_chain(&mut self, name: &str) -> ChainKey {
        let chain = Chain {
            name: name.to_owned(),
            base: None,
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

    /// All chains as they are listed: the built-in ones in the order of their hooks, then the others
    /// by name.
    pub fn chains(&self) -> impl Iterator<Item = (ChainKey, &Chain)> {
        self.keys().into_iter().map(|key| (key, &self.chains[key]))
    }

    /// The names of the chains that are not built in, in order of creation.
    pub fn own_chains(&self) -> impl Iterator<Item = &str> {
        let chains = self.by_name.iter().filter(|(_, key)| self.chains[**key].base.is_none());
        chains.map(|(name, _)| name.as_str())
    }

    /// All keys, in the order of [`Table::chains`].
    pub fn keys(&self) -> Vec<ChainKey> {
        let mut keys: Vec<ChainKey> = self.by_name.values().copied().collect();
        keys.sort_by_key(|key| {
            let chain = &self.chains[*key];
            (chain.base.map_or(Hook::ALL.len(), |base| base.hook as usize), &chain.name)
        });
        keys
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

    fn jumps(&self, key: ChainKey) -> impl Iterator<Item = ChainKey> {
        self.chains[key].rules.iter().filter_map(|rule| rule.target.chain())
    }

    /// A chain and all that packets in it may come to.
    fn behind(&self, key: ChainKey) -> Vec<ChainKey> {
        let mut pending = vec![key];
        let mut seen = Vec::new();
        while let Some(key) = pending.pop() {
            if !seen.contains(&key) {
                seen.push(key);
                pending.extend(self.jumps(key));
            }
        }
        seen
    }

    /// Whether a jump from `from` to `to` would close a loop.
    pub fn would_loop(&self, from: ChainKey, to: ChainKey) -> bool {
        self.behind(to).contains(&from)
    }

    /// Whether packets in a chain may come to one that leads back to itself.
    pub fn has_loop_behind(&self, key: ChainKey) -> bool {
        let leads_back = |key: &ChainKey| self.jumps(*key).any(|to| self.would_loop(*key, to));
        self.behind(key).iter().any(leads_back)
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
            let drops = chain.base.is_some_and(|base| base.policy == Policy::Drop);
            drops || !chain.rules.is_empty()
        })
    }

    /// Whether a packet at a hook leaves a trace in it, and be it only a counter.
    pub fn is_hooked(&self, hook: Hook) -> bool {
        let counts = |key: ChainKey| self.chains[key].base.is_some_and(|base| base.counts);
        self.acts_at(hook) || self.at(hook).is_some_and(counts)
    }

    /// Whether the kernel has anything of it.
    pub fn is_made(&self) -> bool {
        self.chains.values().any(Chain::is_made)
    }
}

/// The tables of a namespace; one exists once somebody has used it.
#[derive(Debug, Clone, Default)]
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

    /// A table, for changing, if it exists.
    pub fn get_mut(&mut self, name: TableName) -> Option<&mut Table> {
        self.slot(name).as_deref_mut()
    }

    /// Puts a table in place of what was there.
    pub fn put(&mut self, table: Table) {
        let name = table.name;
        if self.get(name).is_none() {
            self.order.push(name);
        }
        *self.slot(name) = Some(Box::new(table));
    }

    /// Removes a table.
    pub fn remove(&mut self, name: TableName) {
        *self.slot(name) = None;
        self.order.retain(|other| *other != name);
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

    /// Whether some rule needs connections to be tracked. A nat table without a translation does not.
    pub fn need_tracking(&self) -> bool {
        let needs = |rule: &Rule| {
            rule.target.needs_tracking() || rule.matches.iter().any(Match::needs_tracking)
        };
        let mut tables = TableName::ALL.iter().filter_map(|name| self.get(*name));
        tables.any(|t| t.chains.values().flat_map(|chain| &chain.rules).any(needs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_of_chains_is_found_before_it_is_made() {
        let mut table = Table::new(TableName::Filter, Backend::Legacy);
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
