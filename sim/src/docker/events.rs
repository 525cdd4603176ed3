//! What the daemon tells of what happened (`docker events`): the last events, and whoever waits for more.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::task::Poll;

use super::daemon::Daemon;
use super::model::{Container, Network};
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

impl Daemon {
    fn tell(&self, kind: &'static str, action: &str, id: &str, attributes: Attributes) {
        let (action, id) = (action.to_owned(), id.to_owned());
        let event = Event { at: self.calendar(), kind, action, id, attributes };
        let mut kept = self.events.kept.borrow_mut();
        if kept.len() >= KEPT {
            kept.pop_front();
        }
        kept.push_back(Rc::new(event));
        self.events.count.set(self.events.count.get() + 1);
        self.events.waiters.wake(&self.proc);
    }

    /// Something happened to a container.
    pub(super) fn tell_container(&self, of: &Container, action: &str, more: &[(&str, &str)]) {
        let mut attributes: Attributes = of.config.labels.clone();
        attributes.insert("image".to_owned(), of.config.image.clone());
        attributes.insert("name".to_owned(), of.name().to_owned());
        attributes.extend(more.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        self.tell("container", action, &of.id, attributes);
    }

    /// Something happened to a network, perhaps with a container.
    pub(super) fn tell_network(&self, of: &Network, action: &str, container: Option<&str>) {
        let mut attributes = Attributes::new();
        attributes.insert("name".to_owned(), of.name.clone());
        attributes.insert("type".to_owned(), of.driver.name().to_owned());
        attributes.extend(container.map(|id| ("container".to_owned(), id.to_owned())));
        self.tell("network", action, &of.id, attributes);
    }

    /// A client does something with a container that changes nothing.
    pub fn tell_use(&self, of: &Container, action: &str) {
        self.tell_container(of, action, &[]);
    }

    /// The event with this number, for which `caller` waits if it has not happened yet; the number of
    /// the next.
    pub async fn event(&self, caller: &Proc, number: u64) -> (Rc<Event>, u64) {
        caller
            .until(|caller| {
                let kept = self.events.kept.borrow();
                let first = self.events.count.get() - kept.len() as u64;
                let at = number.max(first);
                match kept.get((at - first) as usize) {
                    Some(event) => Poll::Ready((event.clone(), at + 1)),
                    None => {
                        self.events.waiters.add(caller.task());
                        Poll::Pending
                    }
                }
            })
            .await
    }

    /// How many events there were.
    pub fn event_count(&self) -> u64 {
        self.events.count.get()
    }
}

type Attributes = BTreeMap<String, String>;
