//! What an etcd server knows: a tree of keys, each change with its index, and the last changes for
//! whoever watches late. Pure; every change is one [`Change`], which the server also writes into its
//! log, so that a restarted server knows it again.

use std::collections::VecDeque;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::message::code;
use crate::engine::Time;

/// Changes that are kept for late watchers.
const HISTORY: usize = 1000;
/// What a new cluster has written for itself: its member, that one's URLs, and its version.
const FIRST_INDEX: u64 = 3;

/// Everything that can change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Change {
    /// Makes a key or a directory, or gives a key a new value.
    Set { key: String, item: Item },
    /// Makes what must not be there yet.
    Create { key: String, item: Item },
    /// Makes a key below this one, numbered by its index.
    CreateInOrder { key: String, item: Item },
    /// Changes what must be there; no value leaves it as it is.
    Update { key: String, item: Item },
    /// Changes a key that must be as it is expected.
    CompareAndSwap { key: String, item: Item, expected: Expected },
    /// Removes a key, or a directory.
    Delete { key: String, dir: bool, recursive: bool },
    /// Removes a key that must be as it is expected.
    CompareAndDelete { key: String, expected: Expected },
    /// Removes a key or directory whose time is over.
    Expire { key: String },
}

/// What is put somewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Item {
    pub value: String,
    pub dir: bool,
    /// When it vanishes, in nanoseconds.
    pub expires: Option<u64>,
}

/// How a key has to be: each only if it is said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Expected {
    pub value: Option<String>,
    pub index: Option<u64>,
}

/// A node of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Node {
    content: Content,
    created: u64,
    modified: u64,
    expires: Option<Time>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Content {
    Value(String),
    /// In the order in which they were made.
    Dir(IndexMap<String, Node>),
}

/// A node as it was at some moment, with what was asked for below it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct View {
    pub key: String,
    pub value: Option<String>,
    pub is_dir: bool,
    pub nodes: Vec<View>,
    pub created: u64,
    pub modified: u64,
    pub expires: Option<Time>,
}

/// A change that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    pub action: &'static str,
    pub node: View,
    pub previous: Option<View>,
}

/// A change, or a question, that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub code: u16,
    pub cause: String,
}

impl Refusal {
    pub fn new(code: u16, cause: impl Into<String>) -> Refusal {
        Refusal { code, cause: cause.into() }
    }
}

type Result<T> = std::result::Result<T, Refusal>;

/// The tree of a server.
#[derive(Debug, Clone)]
pub(super) struct State {
    root: Node,
    index: u64,
    history: VecDeque<Event>,
}

/// Whether nobody sees a node that does not know its name.
fn is_hidden(name: &str) -> bool {
    name.starts_with('_')
}

/// The names on the way to a key.
fn names(key: &str) -> impl Iterator<Item = &str> {
    key.split('/').filter(|name| !name.is_empty())
}

/// The directory of a key, and its own name.
fn split(key: &str) -> (&str, &str) {
    key.rsplit_once('/').unwrap_or(("", key))
}

impl Node {
    fn dir(index: u64) -> Node {
        Node {
            content: Content::Dir(IndexMap::new()),
            created: index,
            modified: index,
            expires: None,
        }
    }

    fn is_dir(&self) -> bool {
        matches!(self.content, Content::Dir(_))
    }

    /// What stands here, without what is below.
    fn view(&self, key: &str) -> View {
        let value = match &self.content {
            Content::Value(value) => Some(value.clone()),
            Content::Dir(_) => None,
        };
        View {
            key: key.to_owned(),
            is_dir: value.is_none(),
            value,
            nodes: Vec::new(),
            created: self.created,
            modified: self.modified,
            expires: self.expires,
        }
    }

    /// What stands here, with what is below: the next floor, or all.
    fn view_with_nodes(&self, key: &str, recursive: bool, sorted: bool) -> View {
        let mut view = self.view(key);
        if let Content::Dir(children) = &self.content {
            let visible = children.iter().filter(|(name, _)| !is_hidden(name));
            view.nodes = visible
                .map(|(name, child)| {
                    let key = format!("{key}/{name}");
                    if recursive {
                        child.view_with_nodes(&key, true, sorted)
                    } else {
                        child.view(&key)
                    }
                })
                .collect();
            if sorted {
                view.nodes.sort_by(|a, b| a.key.cmp(&b.key));
            }
        }
        view
    }

    /// The first node to vanish here or below.
    fn next_expiry(&self, key: &str) -> Option<(Time, String)> {
        let own = self.expires.map(|at| (at, key.to_owned()));
        let below = match &self.content {
            Content::Dir(children) => children
                .iter()
                .filter_map(|(name, child)| child.next_expiry(&format!("{key}/{name}")))
                .min(),
            Content::Value(_) => None,
        };
        own.into_iter().chain(below).min()
    }

    /// Whether it is as expected; if not, what differs.
    fn compare(&self, expected: &Expected) -> std::result::Result<(), String> {
        let Content::Value(value) = &self.content else { return Ok(()) };
        let differs = |text: &&String| *text != value;
        let value = expected.value.as_ref().filter(differs).map(|e| format!("[{e} != {value}]"));
        let index = expected.index.filter(|index| *index != self.modified);
        let index = index.map(|index| format!("[{index} != {}]", self.modified));
        match (value, index) {
            (None, None) => Ok(()),
            (Some(value), Some(index)) => Err(format!("{value} {index}")),
            (one, other) => Err(one.or(other).unwrap_or_default()),
        }
    }
}

impl Event {
    /// Whether somebody who watches a key, or all below it, has to hear of it.
    pub fn concerns(&self, key: &str, recursive: bool) -> bool {
        if self.node.key == key {
            return true;
        }
        if let Some(rest) = self.node.key.strip_prefix(key)
            && recursive
            && rest.starts_with('/')
        {
            return !names(rest).any(is_hidden);
        }
        // A directory that vanishes takes along what is in it.
        let was_dir = self.previous.as_ref().is_some_and(|previous| previous.is_dir);
        matches!(self.action, "delete" | "expire")
            && was_dir
            && key.strip_prefix(&self.node.key).is_some_and(|rest| rest.starts_with('/'))
    }

    /// Whether something is there that was not before.
    pub fn is_creation(&self) -> bool {
        self.action == "create" || (self.action == "set" && self.previous.is_none())
    }
}

impl State {
    /// A new cluster.
    pub fn new() -> State {
        State { root: Node::dir(0), index: FIRST_INDEX, history: VecDeque::new() }
    }

    /// The index of the last change.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// What stands at a key, and what is below it.
    pub fn get(&self, key: &str, recursive: bool, sorted: bool) -> Result<View> {
        Ok(self.node(key)?.view_with_nodes(key, recursive, sorted))
    }

    /// The first change from an index on that concerns who watches a key.
    pub fn since(&self, index: u64, key: &str, recursive: bool) -> Result<Option<&Event>> {
        let first = self.history.front().map_or(self.index + 1, |event| event.node.modified);
        if index < first && self.history.len() == HISTORY {
            let cause = format!("the requested history has been cleared [{first}/{index}]");
            return Err(Refusal::new(code::INDEX_CLEARED, cause));
        }
        let mut events = self.history.iter().filter(|event| event.node.modified >= index);
        Ok(events.find(|event| event.concerns(key, recursive)))
    }

    /// When the next node vanishes, and its key.
    pub fn next_expiry(&self) -> Option<(Time, String)> {
        self.root.next_expiry("")
    }

    fn node(&self, key: &str) -> Result<&Node> {
        let mut node = &self.root;
        let mut path = String::new();
        for name in names(key) {
            let Content::Dir(children) = &node.content else {
                return Err(Refusal::new(code::NOT_DIR, path));
            };
            path = format!("{path}/{name}");
            let missing = || Refusal::new(code::KEY_NOT_FOUND, path.clone());
            node = children.get(name).ok_or_else(missing)?;
        }
        Ok(node)
    }

    /// The directory in which a key stands; it is made if `index` says so.
    fn parent(&mut self, key: &str, index: Option<u64>) -> Result<&mut IndexMap<String, Node>> {
        let (dir, _) = split(key);
        let mut node = &mut self.root;
        let mut path = String::new();
        for name in names(dir) {
            path = format!("{path}/{name}");
            let Content::Dir(children) = &mut node.content else {
                return Err(Refusal::new(code::NOT_DIR, path));
            };
            node = match index {
                Some(index) => children.entry(name.to_owned()).or_insert_with(|| Node::dir(index)),
                None => children
                    .get_mut(name)
                    .ok_or_else(|| Refusal::new(code::KEY_NOT_FOUND, path.clone()))?,
            };
        }
        match &mut node.content {
            Content::Dir(children) => Ok(children),
            Content::Value(_) => Err(Refusal::new(code::NOT_DIR, path)),
        }
    }

    /// Applies a change; what happened.
    pub fn apply(&mut self, change: &Change) -> Result<Event> {
        let event = match change {
            Change::Set { key, item } => self.create(key, item, "set", true),
            Change::Create { key, item } => self.create(key, item, "create", false),
            Change::CreateInOrder { key, item } => {
                let key = format!("{key}/{:020}", self.index + 1);
                self.create(&key, item, "create", false)
            }
            Change::Update { key, item } => self.update(key, item, "update", None),
            Change::CompareAndSwap { key, item, expected } => {
                self.update(key, item, "compareAndSwap", Some(expected))
            }
            Change::Delete { key, dir, recursive } => self.delete(key, *dir, *recursive),
            Change::CompareAndDelete { key, expected } => self.compare_and_delete(key, expected),
            Change::Expire { key } => self.remove(key, "expire"),
        }?;
        self.index += 1;
        if self.history.len() == HISTORY {
            self.history.pop_front();
        }
        self.history.push_back(event.clone());
        Ok(event)
    }

    fn create(
        &mut self,
        key: &str,
        item: &Item,
        action: &'static str,
        replace: bool,
    ) -> Result<Event> {
        if key.is_empty() {
            return Err(Refusal::new(code::ROOT_READ_ONLY, "/"));
        }
        let index = self.index + 1;
        // Nothing is made on the way to a place that refuses.
        let known = match self.node(key) {
            Ok(_) if !replace => return Err(Refusal::new(code::NODE_EXIST, key)),
            Ok(known) if known.is_dir() => return Err(Refusal::new(code::NOT_FILE, key)),
            Ok(known) => Some(known.view(key)),
            Err(refusal) if refusal.code == code::NOT_DIR => return Err(refusal),
            Err(_) => None,
        };
        let content = match item.dir {
            true => Content::Dir(IndexMap::new()),
            false => Content::Value(item.value.clone()),
        };
        let expires = item.expires.map(Time::from_nanos);
        let node = Node { content, created: index, modified: index, expires };
        let view = node.view(key);
        self.parent(key, Some(index))?.insert(split(key).1.to_owned(), node);
        Ok(Event { action, node: view, previous: known })
    }

    fn update(
        &mut self,
        key: &str,
        item: &Item,
        action: &'static str,
        expected: Option<&Expected>,
    ) -> Result<Event> {
        let index = self.index + 1;
        if key.is_empty() {
            return Err(Refusal::new(code::ROOT_READ_ONLY, "/"));
        }
        let missing = || Refusal::new(code::KEY_NOT_FOUND, key);
        let node = self.parent(key, None)?.get_mut(split(key).1).ok_or_else(missing)?;
        if node.is_dir() && (expected.is_some() || !item.value.is_empty()) {
            return Err(Refusal::new(code::NOT_FILE, key));
        }
        if let Some(expected) = expected {
            node.compare(expected).map_err(|cause| Refusal::new(code::TEST_FAILED, cause))?;
        }
        let previous = node.view(key);
        if let Content::Value(value) = &mut node.content {
            item.value.clone_into(value);
        }
        node.modified = index;
        node.expires = item.expires.map(Time::from_nanos);
        let node = node.view(key);
        Ok(Event { action, node, previous: Some(previous) })
    }

    fn delete(&mut self, key: &str, dir: bool, recursive: bool) -> Result<Event> {
        if key.is_empty() {
            return Err(Refusal::new(code::ROOT_READ_ONLY, "/"));
        }
        let node = self.node(key)?;
        if let Content::Dir(children) = &node.content {
            if !dir && !recursive {
                return Err(Refusal::new(code::NOT_FILE, key));
            }
            if !children.is_empty() && !recursive {
                return Err(Refusal::new(code::DIR_NOT_EMPTY, key));
            }
        }
        self.remove(key, "delete")
    }

    fn compare_and_delete(&mut self, key: &str, expected: &Expected) -> Result<Event> {
        let node = self.node(key)?;
        if node.is_dir() {
            return Err(Refusal::new(code::NOT_FILE, key));
        }
        node.compare(expected).map_err(|cause| Refusal::new(code::TEST_FAILED, cause))?;
        self.remove(key, "compareAndDelete")
    }

    fn remove(&mut self, key: &str, action: &'static str) -> Result<Event> {
        let modified = self.index + 1;
        let missing = || Refusal::new(code::KEY_NOT_FOUND, key);
        let old = self.parent(key, None)?.shift_remove(split(key).1).ok_or_else(missing)?;
        let previous = old.view(key);
        let node = View { value: None, expires: None, modified, ..previous.clone() };
        Ok(Event { action, node, previous: Some(previous) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(state: &mut State, key: &str, value: &str) -> Event {
        let item = Item { value: value.into(), ..Item::default() };
        state.apply(&Change::Set { key: key.into(), item }).unwrap()
    }

    fn code_of(result: Result<Event>) -> u16 {
        result.unwrap_err().code
    }

    #[test]
    fn directories_are_made_on_the_way() {
        let mut state = State::new();
        let event = set(&mut state, "/docker/nodes/a", "1");
        assert!(event.is_creation());
        assert_eq!(event.node.modified, FIRST_INDEX + 1);
        let view = state.get("", true, true).unwrap();
        assert_eq!(view.nodes[0].nodes[0].nodes[0].key, "/docker/nodes/a");
        let refused =
            state.apply(&Change::Set { key: "/docker/nodes/a/b".into(), item: Item::default() });
        assert_eq!(code_of(refused), code::NOT_DIR);
        assert!(!set(&mut state, "/docker/nodes/a", "2").is_creation());
    }

    #[test]
    fn a_swap_needs_what_it_expects() {
        let mut state = State::new();
        let index = set(&mut state, "/a", "1").node.modified;
        let swap = |index| Change::CompareAndSwap {
            key: "/a".into(),
            item: Item { value: "2".into(), ..Item::default() },
            expected: Expected { value: None, index: Some(index) },
        };
        let refusal = state.apply(&swap(index + 7)).unwrap_err();
        assert_eq!(refusal.cause, format!("[{} != {index}]", index + 7));
        assert_eq!(state.index(), index);
        assert!(state.apply(&swap(index)).is_ok());
    }

    #[test]
    fn directories_go_only_when_it_is_said() {
        let mut state = State::new();
        set(&mut state, "/a/b", "1");
        let delete = |dir, recursive| Change::Delete { key: "/a".into(), dir, recursive };
        assert_eq!(code_of(state.apply(&delete(false, false))), code::NOT_FILE);
        assert_eq!(code_of(state.apply(&delete(true, false))), code::DIR_NOT_EMPTY);
        let event = state.apply(&delete(false, true)).unwrap();
        assert!(event.concerns("/a/b", false));
        assert_eq!(code_of(state.apply(&delete(false, true))), code::KEY_NOT_FOUND);
    }

    #[test]
    fn who_watches_late_hears_of_the_first_change_that_concerns_him() {
        let mut state = State::new();
        let first = set(&mut state, "/a/b", "1").node.modified;
        set(&mut state, "/a/_hidden", "2");
        let last = set(&mut state, "/a/c", "3").node.modified;
        assert_eq!(state.since(first, "/a", true).unwrap().unwrap().node.key, "/a/b");
        assert_eq!(state.since(first + 1, "/a", true).unwrap().unwrap().node.modified, last);
        assert_eq!(state.since(first, "/a", false).unwrap(), None);
        assert_eq!(state.since(last + 1, "/a", true).unwrap(), None);
    }
}
