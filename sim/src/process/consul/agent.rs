//! A running server: its tables, and whoever waits for a change of them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::state::{Change, State};
use crate::process::files::Node;
use crate::process::proc::Proc;
use crate::process::sync::Waiters;
use crate::wire::Ipv4Addr;

/// The file in which a server keeps its changes.
const LOG: &str = "/data/raft.log";

/// A running server.
pub struct Agent {
    pub(super) proc: Proc,
    pub(super) state: RefCell<State>,
    pub(super) changed: Waiters,
    pub(super) node: String,
    pub(super) address: Ipv4Addr,
    pub(super) has_leader: Cell<bool>,
}

impl Agent {
    /// Applies a change, keeps it, and wakes whoever watches.
    pub(super) fn change(&self, change: &Change) -> bool {
        let applied = self.state.borrow_mut().apply(change, self.proc.now());
        if applied && let Ok(mut line) = serde_json::to_vec(change) {
            line.push(b'\n');
            // A full disk loses the change at the next start, as it would on a real machine.
            let _ = self.proc.files(|tree| tree.append(LOG, &line));
        }
        self.changed.wake(&self.proc);
        applied
    }

    /// Ends sessions when their time is over.
    pub(super) async fn reap_sessions(self: Rc<Agent>) {
        loop {
            let next = self.state.borrow().next_expiry();
            let now = self.proc.now();
            match next {
                Some(at) if at <= now => {
                    let ended = self.state.borrow().expired(now);
                    for id in ended {
                        self.change(&Change::EndSession { id });
                    }
                }
                Some(at) => self.proc.sleep_until(at).await,
                None => self.wait_for_change().await,
            }
        }
    }

    /// Waits until something has changed.
    pub(super) async fn wait_for_change(&self) {
        self.changed.wait(&self.proc).await;
    }
}

/// What a server knew when it ended.
pub(super) fn recall(proc: &Proc) -> State {
    let mut state = State::new();
    proc.files(|tree| tree.install("/data", Node::Dir));
    let log = proc.files(|tree| tree.read(LOG)).unwrap_or_default();
    for line in log.split(|byte| *byte == b'\n') {
        if let Ok(change) = serde_json::from_slice::<Change>(line) {
            state.apply(&change, proc.now());
        }
    }
    state
}
