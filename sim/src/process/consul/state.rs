//! What a Consul server knows: keys and sessions, each change with its index. Pure; every change is one
//! [`Change`], which the agent also writes into its log, so that a restarted server knows it again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::engine::{Span, Time};

/// An entry of the key-value store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// How often a lock was taken on it.
    pub lock_index: u64,
    /// For the client's own use.
    pub flags: u64,
    /// Its value.
    pub value: Vec<u8>,
    /// The session that holds the lock.
    pub session: Option<String>,
    /// The index at which it was made.
    pub created: u64,
    /// The index at which it was changed last.
    pub modified: u64,
}

/// A session: a promise to be alive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The index at which it was made.
    pub created: u64,
    /// How long it lives without renewal; zero means for ever.
    pub ttl: Span,
    /// Whether its keys are deleted with it, and not only unlocked.
    pub deletes: bool,
    /// When it ends.
    pub expires: Option<Time>,
}

/// Everything that can change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Change {
    Set { key: String, flags: u64, value: Vec<u8> },
    Delete { key: String },
    DeleteTree { prefix: String },
    Acquire { key: String, flags: u64, value: Vec<u8>, session: String },
    Release { key: String, session: String },
    NewSession { id: String, ttl: u64, deletes: bool },
    EndSession { id: String },
}

/// The tables of a server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    entries: BTreeMap<String, Entry>,
    sessions: BTreeMap<String, Session>,
    /// When keys were deleted: what a watch of them has to see.
    tombstones: BTreeMap<String, u64>,
    index: u64,
}

/// A session may be late by its whole TTL before it is ended.
const TTL_MULTIPLIER: u64 = 2;

impl State {
    /// An empty server: its first entries get small indices, as after an election.
    pub fn new() -> State {
        State { index: 7, ..State::default() }
    }

    /// The index of the last change.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// An entry.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.get(key)
    }

    /// All entries whose key begins with a text.
    pub fn list<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a String, &'a Entry)> {
        self.entries.range(prefix.to_owned()..).take_while(move |(key, _)| key.starts_with(prefix))
    }

    /// The sessions.
    pub fn sessions(&self) -> impl Iterator<Item = (&String, &Session)> {
        self.sessions.iter()
    }

    /// The index that a watch of one key compares.
    pub fn index_of(&self, key: &str) -> u64 {
        match self.entries.get(key) {
            Some(entry) => entry.modified,
            None => self.tombstones.get(key).copied().unwrap_or(self.index).max(1),
        }
    }

    /// The index that a watch of a prefix compares.
    pub fn index_below(&self, prefix: &str) -> u64 {
        let entries = self.list(prefix).map(|(_, entry)| entry.modified).max();
        let dead = self
            .tombstones
            .range(prefix.to_owned()..)
            .take_while(|(key, _)| key.starts_with(prefix))
            .map(|(_, index)| *index)
            .max();
        entries.max(dead).unwrap_or(self.index).max(1)
    }

    /// Applies a change; whether it changed anything.
    pub fn apply(&mut self, change: &Change, now: Time) -> bool {
        self.index += 1;
        let index = self.index;
        match change {
            Change::Set { key, flags, value } => {
                let entry = self.entry(key);
                entry.flags = *flags;
                value.clone_into(&mut entry.value);
                entry.modified = index;
                true
            }
            Change::Delete { key } => self.delete(key),
            Change::DeleteTree { prefix } => {
                let doomed: Vec<String> = self.list(prefix).map(|(key, _)| key.clone()).collect();
                doomed.iter().for_each(|key| {
                    self.delete(key);
                });
                !doomed.is_empty()
            }
            Change::Acquire { key, flags, value, session } => {
                if !self.sessions.contains_key(session) {
                    return false;
                }
                let held = self.entries.get(key).and_then(|entry| entry.session.clone());
                if held.as_ref().is_some_and(|holder| holder != session) {
                    return false;
                }
                let entry = self.entry(key);
                if held.is_none() {
                    entry.lock_index += 1;
                }
                entry.flags = *flags;
                value.clone_into(&mut entry.value);
                entry.session = Some(session.clone());
                entry.modified = index;
                true
            }
            Change::Release { key, session } => match self.entries.get_mut(key) {
                Some(entry) if entry.session.as_ref() == Some(session) => {
                    entry.session = None;
                    entry.modified = index;
                    true
                }
                _ => false,
            },
            Change::NewSession { id, ttl, deletes } => {
                let ttl = Span::nanos(*ttl);
                let expires = (ttl > Span::ZERO).then(|| now + ttl * TTL_MULTIPLIER);
                let session = Session { created: index, ttl, deletes: *deletes, expires };
                self.sessions.insert(id.clone(), session);
                true
            }
            Change::EndSession { id } => self.end_session(id),
        }
    }

    fn entry(&mut self, key: &str) -> &mut Entry {
        let index = self.index;
        self.tombstones.remove(key);
        self.entries.entry(key.to_owned()).or_insert(Entry {
            lock_index: 0,
            flags: 0,
            value: Vec::new(),
            session: None,
            created: index,
            modified: index,
        })
    }

    fn delete(&mut self, key: &str) -> bool {
        let was_there = self.entries.remove(key).is_some();
        if was_there {
            self.tombstones.insert(key.to_owned(), self.index);
        }
        was_there
    }

    fn end_session(&mut self, id: &str) -> bool {
        let Some(session) = self.sessions.remove(id) else { return false };
        let held: Vec<String> = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.session.as_deref() == Some(id))
            .map(|(key, _)| key.clone())
            .collect();
        for key in held {
            if session.deletes {
                self.delete(&key);
            } else if let Some(entry) = self.entries.get_mut(&key) {
                entry.session = None;
                entry.modified = self.index;
            }
        }
        true
    }

    /// A session is alive.
    pub fn renew(&mut self, id: &str, now: Time) -> Option<&Session> {
        let session = self.sessions.get_mut(id)?;
        if session.ttl > Span::ZERO {
            session.expires = Some(now + session.ttl * TTL_MULTIPLIER);
        }
        Some(session)
    }

    /// The sessions whose time is over.
    pub fn expired(&self, now: Time) -> Vec<String> {
        let is_over = |session: &Session| session.expires.is_some_and(|at| at <= now);
        self.sessions.iter().filter(|(_, s)| is_over(s)).map(|(id, _)| id.clone()).collect()
    }

    /// When the next session ends.
    pub fn next_expiry(&self) -> Option<Time> {
        self.sessions.values().filter_map(|session| session.expires).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(state: &mut State, key: &str, value: &str) {
        let change = Change::Set { key: key.into(), flags: 0, value: value.as_bytes().to_vec() };
        assert!(state.apply(&change, Time::ZERO));
    }

    #[test]
    fn indices_tell_what_changed_since() {
        let mut state = State::new();
        set(&mut state, "a/b", "1");
        set(&mut state, "a/c", "2");
        let (b, all) = (state.index_of("a/b"), state.index_below("a/"));
        assert!(b < all);
        set(&mut state, "z", "3");
        assert_eq!(state.index_below("a/"), all);
        state.apply(&Change::Delete { key: "a/c".into() }, Time::ZERO);
        assert!(state.index_below("a/") > all);
        assert_eq!(state.list("a/").count(), 1);
    }

    #[test]
    fn a_dead_session_takes_its_keys_along() {
        let mut state = State::new();
        let (id, ttl) = ("s".to_owned(), Span::secs(30).as_nanos());
        state.apply(&Change::NewSession { id: id.clone(), ttl, deletes: true }, Time::ZERO);
        let acquire = |session: &str| Change::Acquire {
            key: "nodes/1".into(),
            flags: 0,
            value: Vec::new(),
            session: session.into(),
        };
        assert!(!state.apply(&acquire("nobody"), Time::ZERO));
        assert!(state.apply(&acquire("s"), Time::ZERO));
        assert!(state.expired(Time::ZERO + Span::secs(59)).is_empty());
        state.renew("s", Time::ZERO + Span::secs(59));
        let late = Time::ZERO + Span::secs(59 + 60);
        assert_eq!(state.expired(late), std::slice::from_ref(&id));
        assert!(state.apply(&Change::EndSession { id }, late));
        assert_eq!(state.get("nodes/1"), None);
    }
}
