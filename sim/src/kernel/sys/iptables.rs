//! Packet filter rules (`iptables`).

use crate::kernel::RuleText;
use crate::kernel::netfilter::spec::{self, Action, Command, Environment, Goal, Refusal};
use crate::kernel::netfilter::table::{Policy, RuleCounters};
use crate::kernel::netfilter::target::Target;
use crate::kernel::netfilter::{Backend, Rule, RuleError, RuleId, Table, TableName};

use super::Sys;

impl Sys<'_> {
    /// A table, as it stands; empty if nobody has used it.
    pub fn table(&self, name: TableName, backend: Backend) -> Table {
        let tables = &self.kernel.namespaces[self.ns].netfilter.tables;
        tables.get(name).cloned().unwrap_or_else(|| Table::new(name, backend))
    }

    /// The tables that somebody has used, in the order in which that happened.
    pub fn tables_in_use(&self) -> Vec<TableName> {
        self.kernel.namespaces[self.ns].netfilter.tables.order.clone()
    }

    /// Looks at a table: to `x_tables` that is a use, and it loads the table.
    pub fn table_touch(&mut self, name: TableName, backend: Backend) {
        // Nothing can go wrong where nothing is changed.
        let _ = self.table_change(name, backend, |_| Ok(()));
    }

    /// A copy of a table to which one can return; `None` if nobody has used it.
    pub fn table_snapshot(&self, name: TableName) -> Option<Table> {
        self.kernel.namespaces[self.ns].netfilter.tables.get(name).cloned()
    }

    /// Returns to a copy.
    pub fn table_return(&mut self, name: TableName, snapshot: Option<Table>) {
        let netfilter = &mut self.kernel.namespaces[self.ns].netfilter;
        match snapshot {
            Some(table) => netfilter.tables.put(table),
            None => netfilter.tables.remove(name),
        }
        netfilter.refresh();
    }

    fn table_change<R>(
        &mut self,
        name: TableName,
        backend: Backend,
        change: impl FnOnce(&mut Table) -> Result<R, RuleError>,
    ) -> Result<R, RuleError> {
        let netfilter = &mut self.kernel.namespaces[self.ns].netfilter;
        let result = match netfilter.tables.get_mut(name) {
            Some(table) => change(table),
            None => {
                let mut table = Table::new(name, backend);
                let result = change(&mut table);
                if table.is_made() {
                    netfilter.tables.put(table);
                }
                result
            }
        };
        netfilter.refresh();
        result
    }

    /// Does what a command line says, given without the name of the program:
    /// `-t nat -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE`.
    pub fn iptables(&mut self, backend: Backend, line: &str) -> Result<(), Refusal> {
        let command = spec::parse(&spec::text::words(line), &Environment::PLAIN)?;
        self.iptables_command(backend, &command)
    }

    /// Whether the tables can be seen and changed at all.
    pub fn may_administer(&self, table: TableName) -> Result<(), Refusal> {
        self.demand_admin().map_err(|_| Refusal::NotPermitted(table))
    }

    /// Does what a command says, except that it prints nothing: a list is no change.
    pub fn iptables_command(&mut self, backend: Backend, command: &Command) -> Result<(), Refusal> {
        self.may_administer(command.table)?;
        if backend == Backend::Legacy {
            // To whatever is asked of it, the tool fetches the table first.
            self.table_touch(command.table, backend);
        }
        if command.action.has_rule() {
            let sets = &self.kernel.namespaces[self.ns].netfilter.sets;
            if let Some(name) = command.rule.sets().find(|name| sets.get(name).is_none()) {
                return Err(Refusal::NoSet(name.to_owned()));
            }
            let rules = command.rule.rules(&self.table(command.table, backend))?;
            return self.rules_change(backend, command, rules);
        }
        let chain = command.chain.as_deref();
        let named = chain.unwrap_or_default();
        let change = |sys: &mut Self, change: &dyn Fn(&mut Table) -> Result<(), RuleError>| {
            sys.table_change(command.table, backend, change)
                .map_err(|error| refusal(command, error, named))
        };
        match &command.action {
            Action::DeleteAt { at } => change(self, &|t| t.delete_at(named, *at).map(|_| ()))?,
            Action::Flush => change(self, &|t| t.flush(chain))?,
            Action::NewChain => change(self, &|t| t.new_chain(named))?,
            Action::DeleteChain if chain.is_none() => self.chains_delete(backend, command)?,
            Action::DeleteChain => change(self, &|t| t.delete_chain(named))?,
            Action::Rename { to } => change(self, &|t| t.rename(named, to))?,
            Action::Policy { name } => {
                let unknown = || Refusal::BadPolicy { chain: named.into(), policy: name.into() };
                let policy = Policy::named(name).ok_or_else(unknown)?;
                change(self, &|t| t.set_policy(named, policy))?;
            }
            Action::Zero { at } => self.counters_zero(backend, command, *at)?,
            Action::List { .. } | Action::ListRules { .. } => {
                self.table_touch(command.table, backend);
                return Ok(());
            }
            _ => return Ok(()),
        }
        let letter = command.action.letter();
        let rest = match &command.action {
            Action::Rename { to } => format!(" {to}"),
            Action::Policy { name } => format!(" {name}"),
            Action::DeleteAt { at } => format!(" {}", at + 1),
            _ => String::new(),
        };
        self.record_rules(command.table, &format!("-{letter} {named}{rest}"));
        Ok(())
    }

    /// Sets all counters to zero behind a list, or those that `-Z` names.
    pub fn counters_zero(
        &mut self,
        backend: Backend,
        command: &Command,
        at: Option<usize>,
    ) -> Result<(), Refusal> {
        let chain = command.chain.as_deref();
        let zeroed = self.table_change(command.table, backend, |table| table.zero(chain, at));
        match zeroed {
            // iptables-nft does not look whether there was such a rule.
            Err(RuleError::NoPlace) if backend == Backend::Nft => Ok(()),
            result => result.map_err(|error| refusal(command, error, chain.unwrap_or_default())),
        }
    }

    /// What is said of a chain in a file of `iptables-restore`: it is there, empty, with this policy.
    pub fn chain_declare(
        &mut self,
        table: TableName,
        backend: Backend,
        chain: &str,
        policy: Option<Policy>,
        counters: Option<RuleCounters>,
    ) -> Result<(), RuleError> {
        self.table_change(table, backend, |table| {
            let Some(policy) = policy else {
                // It may be there already, when nothing was flushed before.
                let _ = table.new_chain(chain);
                return table.flush(Some(chain));
            };
            table.set_policy(chain, policy)?;
            let key = table.find(chain).expect("its policy was set");
            table.chain_mut(key).counters = counters.unwrap_or_default();
            Ok(())
        })
    }

    /// Removes all rules and all chains that are not built in, as `iptables-restore` does first.
    pub fn table_clear(&mut self, table: TableName, backend: Backend) {
        // Nothing is left that could hold a chain.
        let _ = self.table_change(table, backend, |table| {
            table.flush(None)?;
            for key in table
                .keys()
                .into_iter()
                .filter(|key| table.chain(*key).base.is_none())
                .collect::<Vec<_>>()
            {
                table.remove_chain(key);
            }
            Ok(())
        });
    }

    fn rules_change(
        &mut self,
        backend: Backend,
        command: &Command,
        rules: Vec<Rule>,
    ) -> Result<(), Refusal> {
        let (name, chain) = (command.table, command.chain.as_deref().unwrap_or_default());
        let letter = command.action.letter();
        for mut rule in rules {
            rule.id = RuleId(self.kernel.rule_texts.len() as u32);
            let at = match command.action {
                Action::Insert { at } | Action::Replace { at } => Some(at),
                _ => None,
            };
            let changed = self.table_change(name, backend, |table| {
                let (text, parts) = (spec::print::rule(table, &rule), spec::print::parts(&rule));
                match command.action {
                    Action::Append | Action::Insert { .. } => {
                        table.insert(chain, at, rule).map(|_| ())
                    }
                    Action::Replace { at } => table.replace(chain, at, rule),
                    Action::Check => table.find_rule(chain, &rule).map(|_| ()),
                    _ => {
                        let at = table.find_rule(chain, &rule)?;
                        table.delete_at(chain, at).map(|_| ())
                    }
                }?;
                Ok((text, parts))
            });
            let (text, parts) = changed.map_err(|error| refusal(command, error, chain))?;
            let is_new = !matches!(command.action, Action::Check | Action::Delete);
            if is_new {
                self.kernel.rule_texts.push(RuleText {
                    table: name,
                    chain: chain.to_owned(),
                    text: text.clone(),
                    parts,
                    origin: self.origin.to_owned(),
                    behalf: self.behalf.map(str::to_owned),
                });
            }
            let place = match at {
                Some(at) if at > 0 || letter == 'R' => format!(" {}", at + 1),
                _ => String::new(),
            };
            if command.action != Action::Check {
                self.record_rules(name, &format!("-{letter} {chain}{place} {text}"));
            }
        }
        Ok(())
    }

    /// Removes all chains that are not built in, as far as it goes.
    fn chains_delete(&mut self, backend: Backend, command: &Command) -> Result<(), Refusal> {
        let table = self.table(command.table, backend);
        let mut names: Vec<String> = table.own_chains().map(str::to_owned).collect();
        if backend == Backend::Legacy {
            names.sort_unstable();
        }
        let mut failed = Ok(());
        for name in names {
            let result = self.table_change(command.table, backend, |t| t.delete_chain(&name));
            let Err(error) = result else { continue };
            failed = Err(refusal(command, error, &name));
            if backend == Backend::Nft {
                // One batch: nothing of it has happened.
                self.table_return(command.table, Some(table));
                break;
            }
        }
        failed
    }

    fn record_rules(&mut self, table: TableName, words: &str) {
        let words = words.trim();
        self.record(|_| match table {
            TableName::Filter => format!("iptables {words}"),
            table => format!("iptables -t {} {words}", table.name()),
        });
    }

    /// How a rule prints, and who put it there.
    pub fn rule_text(&self, id: RuleId) -> Option<&RuleText> {
        self.kernel.rule_text(id)
    }
}

fn refusal(command: &Command, error: RuleError, chain: &str) -> Refusal {
    let is_plain = matches!(
        command.rule.goal,
        Goal::Target(Target::None | Target::Accept | Target::Drop | Target::Return)
    );
    let error = match error {
        RuleError::NoRule if !is_plain => RuleError::NoRuleLikeIt,
        error => error,
    };
    Refusal::Kernel { error, action: command.action.clone(), chain: chain.to_owned() }
}
