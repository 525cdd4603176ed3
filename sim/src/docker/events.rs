//! What the daemon tells of what happened (`docker events`): the last events, and whoever waits for more.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::task::Poll;

use crate::process::Proc;
use crate::process::sync::Waiters;

/// Events that are kept, as the engine keeps them.
const KEPT: usize = 256;

/// Something that happened to an object of the daemon.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// When, in seconds since 1970.
    pub at: f64,
    /// `container` or `network`.
    pub kind: &'static str,
    /// What happened.
    pub action: String,
    /// To which object.
    pub id: String,
    /// What else is said of it.
    pub attributes: BTreeMap<String, String>,
}

/// The events of a daemon.
#[derive(Debug, Default)]
pub struct Events {
    kept: RefCell<VecDeque<Rc<Event>>>,
    /// How many there were.
    count: Cell<u64>,
    waiters: Waiters,
}

impl Events {
    /// Keeps an event, and wakes whoever waits.
    pub(super) fn push(&self, proc: &Proc, event: Event) {
        let mut kept = self.kept.borrow_mut();
        if kept.len() >= KEPT {
            kept.pop_front();
        }
        kept.push_back(Rc::new(event));
        self.count.set(self.count.get() + 1);
        self.waiters.wake(proc);
    }

    /// The event with this number, for which `caller` waits if it has not happened yet; the number of
    /// the next.
    pub async fn event(&self, caller: &Proc, number: u64) -> (Rc<Event>, u64) {
        caller
            .until(|caller| {
                let kept = self.kept.borrow();
                let first = self.count.get() - kept.len() as u64;
                let at = number.max(first);
                match kept.get((at - first) as usize) {
                    Some(event) => Poll::Ready((event.clone(), at + 1)),
                    None => {
                        self.waiters.add(caller.task());
                        Poll::Pending
                    }
                }
            })
            .await
    }

    /// How many events there were.
    pub fn count(&self) -> u64 {
        self.count.get()
    }
}
