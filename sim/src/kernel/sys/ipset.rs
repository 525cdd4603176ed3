//! Address sets (`ipset`).

use crate::kernel::netfilter::TableName;
use crate::kernel::netfilter::ipset::{Element, SetEntry, SetError, SetOptions, Sets};
use crate::kernel::netfilter::matches::Match;
use crate::kernel::netfilter::target::Target;

use super::Sys;

impl Sys<'_> {
    /// The address sets.
    pub fn sets(&self) -> &Sets {
        &self.kernel.namespaces[self.ns].netfilter.sets
    }

    fn sets_mut(&mut self) -> &mut Sets {
        &mut self.kernel.namespaces[self.ns].netfilter.sets
    }

    /// Makes a set (`ipset create`).
    pub fn set_create(
        &mut self,
        name: &str,
        options: SetOptions,
        exist: bool,
    ) -> Result<(), SetError> {
        self.sets_mut().create(name, options, exist)?;
        self.record(|_| format!("ipset create {name} {}", options.kind.name()));
        Ok(())
    }

    /// Removes a set (`ipset destroy NAME`).
    pub fn set_destroy(&mut self, name: &str) -> Result<(), SetError> {
        if self.set_references(name) > 0 {
            return Err(SetError::InUse);
        }
        self.sets_mut().destroy(name)?;
        self.record(|_| format!("ipset destroy {name}"));
        Ok(())
    }

    /// Removes all sets, or none (`ipset destroy`).
    pub fn sets_destroy(&mut self) -> Result<(), SetError> {
        let names: Vec<String> = self.sets().iter().map(|(name, _)| name.to_owned()).collect();
        if names.iter().any(|name| self.set_references(name) > 0) {
            return Err(SetError::InUse);
        }
        names.iter().try_for_each(|name| self.set_destroy(name))
    }

    /// Removes the entries of a set (`ipset flush`).
    pub fn set_flush(&mut self, name: &str) -> Result<(), SetError> {
        self.sets_mut().flush(name)?;
        self.record(|_| format!("ipset flush {name}"));
        Ok(())
    }

    /// Gives a set another name (`ipset rename`).
    pub fn set_rename(&mut self, from: &str, to: &str) -> Result<(), SetError> {
        let is_asked = self.set_references(from) > 0;
        if is_asked && self.sets().get(to).is_none() {
            return Err(SetError::InUseByName);
        }
        self.sets_mut().rename(from, to)?;
        self.record(|_| format!("ipset rename {from} {to}"));
        Ok(())
    }

    /// Exchanges two sets (`ipset swap`).
    pub fn sets_swap(&mut self, from: &str, to: &str) -> Result<(), SetError> {
        self.sets_mut().swap(from, to)?;
        self.record(|_| format!("ipset swap {from} {to}"));
        Ok(())
    }

    /// Adds an entry (`ipset add`).
    pub fn set_add(
        &mut self,
        name: &str,
        entry: SetEntry,
        element: Element,
        exist: bool,
    ) -> Result<(), SetError> {
        let now = self.cx.now;
        self.sets_mut().add(name, entry, element, exist, now)
    }

    /// Removes an entry (`ipset del`).
    pub fn set_del(&mut self, name: &str, entry: SetEntry) -> Result<(), SetError> {
        let now = self.cx.now;
        self.sets_mut().remove(name, entry, now)
    }

    /// How many rules refer to a set.
    pub fn set_references(&self, name: &str) -> usize {
        let tables = &self.kernel.namespaces[self.ns].netfilter.tables;
        let tables = TableName::ALL.iter().filter_map(|table| tables.get(*table));
        let rules =
            tables.flat_map(|table| table.chains().map(|(_, chain)| &chain.rules)).flatten();
        rules
            .map(|rule| {
                let asks = |m: &&Match| matches!(m, Match::Set(set) if set.name.value == name);
                let changes = matches!(&rule.target, Target::Set(change) if change.set == name);
                rule.matches.iter().filter(asks).count() + usize::from(changes)
            })
            .sum()
    }
}
