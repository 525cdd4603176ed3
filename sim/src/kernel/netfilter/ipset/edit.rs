//! What `ipset` does to sets, and why it may be refused.

use crate::engine::Time;

use super::{AddressSet, Element, SetEntry, SetKind, SetOptions, Sets};

/// Why a change of sets is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetError {
    /// There is no such set.
    NoSet,
    /// There is no second set to swap with.
    NoSecondSet,
    /// There is a set of that name.
    SetExists,
    /// There is a set of the new name.
    NewNameExists,
    /// Rules ask the set, so it cannot go.
    InUse,
    /// Rules ask the set, so it cannot have another name.
    InUseByName,
    /// Sets of different kinds cannot be swapped.
    KindsDiffer,
    /// The entry is there already.
    EntryExists,
    /// There is no such entry.
    NoEntry,
    /// The set has as many entries as it may.
    Full,
    /// The address 0.0.0.0 cannot be kept.
    NullAddress,
    /// The network of all addresses cannot be kept.
    BadPrefix,
}

impl SetOptions {
    /// Whether a set made so is as good as one made otherwise.
    fn is_like(&self, other: &SetOptions) -> bool {
        (self.kind, self.timeout, self.max_elements)
            == (other.kind, other.timeout, other.max_elements)
    }
}

impl AddressSet {
    fn check(&self, entry: SetEntry) -> Result<(), SetError> {
        match self.options.kind {
            SetKind::Net if entry.net.prefix_len() == 0 => Err(SetError::BadPrefix),
            SetKind::Ip if entry.net.addr().is_unspecified() => Err(SetError::NullAddress),
            _ => Ok(()),
        }
    }

    /// Adds an entry; with `exist` one that is there takes over what is new.
    pub(super) fn add(
        &mut self,
        entry: SetEntry,
        element: Element,
        exist: bool,
        now: Time,
    ) -> Result<(), SetError> {
        self.check(entry)?;
        self.entries.retain(|_, element| element.is_live(now));
        let is_there = self.entries.contains_key(&entry);
        if is_there && !exist {
            return Err(SetError::EntryExists);
        }
        if !is_there && self.entries.len() >= self.options.max_elements as usize {
            return Err(SetError::Full);
        }
        self.entries.insert(entry, element);
        Ok(())
    }

    /// Removes an entry.
    pub(super) fn remove(&mut self, entry: SetEntry, now: Time) -> Result<(), SetError> {
        self.check(entry)?;
        match self.entries.shift_remove(&entry) {
            Some(element) if element.is_live(now) => Ok(()),
            _ => Err(SetError::NoEntry),
        }
    }
}

impl Sets {
    fn existing(&mut self, name: &str) -> Result<&mut AddressSet, SetError> {
        self.by_name.get_mut(name).ok_or(SetError::NoSet)
    }

    /// Makes a set; with `exist` one that is there and like it will do.
    pub fn create(&mut self, name: &str, options: SetOptions, exist: bool) -> Result<(), SetError> {
        match self.by_name.get(name) {
            Some(set) if exist && set.options.is_like(&options) => Ok(()),
            Some(_) => Err(SetError::SetExists),
            None => {
                self.by_name.insert(name.to_owned(), AddressSet::new(options));
                Ok(())
            }
        }
    }

    /// Removes a set, to which no rule refers.
    pub fn destroy(&mut self, name: &str) -> Result<(), SetError> {
        self.by_name.shift_remove(name).map(|_| ()).ok_or(SetError::NoSet)
    }

    /// Removes all entries of a set.
    pub fn flush(&mut self, name: &str) -> Result<(), SetError> {
        self.existing(name)?.entries.clear();
        Ok(())
    }

    /// Gives a set, to which no rule refers, another name.
    pub fn rename(&mut self, from: &str, to: &str) -> Result<(), SetError> {
        let at = self.by_name.get_index_of(from).ok_or(SetError::NoSet)?;
        if self.by_name.contains_key(to) {
            return Err(SetError::NewNameExists);
        }
        if let Some((_, set)) = self.by_name.shift_remove_index(at) {
            self.by_name.shift_insert(at, to.to_owned(), set);
        }
        Ok(())
    }

    /// Exchanges two sets: rules that ask for one name find the other.
    pub fn swap(&mut self, from: &str, to: &str) -> Result<(), SetError> {
        let one = self.by_name.get_index_of(from).ok_or(SetError::NoSet)?;
        let other = self.by_name.get_index_of(to).ok_or(SetError::NoSecondSet)?;
        if self.by_name[one].options.kind != self.by_name[other].options.kind {
            return Err(SetError::KindsDiffer);
        }
        if let Ok([one, other]) = self.by_name.get_disjoint_indices_mut([one, other]) {
            std::mem::swap(one.1, other.1);
        }
        Ok(())
    }

    /// Adds an entry to a set.
    pub fn add(
        &mut self,
        name: &str,
        entry: SetEntry,
        element: Element,
        exist: bool,
        now: Time,
    ) -> Result<(), SetError> {
        self.existing(name)?.add(entry, element, exist, now)
    }

    /// Removes an entry from a set.
    pub fn remove(&mut self, name: &str, entry: SetEntry, now: Time) -> Result<(), SetError> {
        self.existing(name)?.remove(entry, now)
    }
}
