//! Waiting for each other inside one host: a lock that is held across waiting, and a bell.

use std::cell::{Cell, RefCell};
use std::task::Poll;

use crate::kernel::Task;

use super::proc::Proc;

/// Several waiters for one condition: woken all together, each looks for itself.
#[derive(Debug, Default)]
pub struct Waiters(RefCell<Vec<Task>>);

impl Waiters {
    /// The task will be woken.
    pub fn add(&self, task: Task) {
        self.0.borrow_mut().push(task);
    }

    /// Wakes all.
    pub fn wake(&self, proc: &Proc) {
        proc.wake(self.0.borrow_mut().drain(..));
    }

    /// Waits until all are woken the next time.
    pub async fn wait(&self, proc: &Proc) {
        let mut waited = false;
        proc.until(|proc| {
            if waited {
                return Poll::Ready(());
            }
            waited = true;
            self.add(proc.task());
            Poll::Pending
        })
        .await;
    }
}

/// A lock for work that waits in between. Whoever asks first gets it first.
#[derive(Debug, Default)]
pub struct Lock {
    taken: Cell<bool>,
    waiters: Waiters,
}

/// Holds a [`Lock`] until it is dropped.
pub struct Held<'a> {
    lock: &'a Lock,
    proc: Proc,
}

impl Lock {
    /// Waits for the lock.
    pub async fn hold<'a>(&'a self, proc: &Proc) -> Held<'a> {
        proc.until(|proc| {
            if self.taken.replace(true) {
                self.waiters.add(proc.task());
                return Poll::Pending;
            }
            Poll::Ready(())
        })
        .await;
        Held { lock: self, proc: proc.clone() }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.lock.taken.set(false);
        self.lock.waiters.wake(&self.proc);
    }
}

/// A place for one result, for which somebody waits.
#[derive(Debug)]
pub struct Slot<T> {
    result: RefCell<Option<T>>,
    closed: Cell<bool>,
    waiters: Waiters,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Slot { result: RefCell::new(None), closed: Cell::new(false), waiters: Waiters::default() }
    }
}

impl<T> Slot<T> {
    /// Puts the result in.
    pub fn put(&self, proc: &Proc, result: T) {
        *self.result.borrow_mut() = Some(result);
        self.close(proc);
    }

    /// No result will come any more.
    pub fn close(&self, proc: &Proc) {
        self.closed.set(true);
        self.waiters.wake(proc);
    }

    /// Waits for the result; `None` if there will be none.
    pub async fn take(&self, proc: &Proc) -> Option<T> {
        proc.until(|proc| {
            if let Some(result) = self.result.borrow_mut().take() {
                return Poll::Ready(Some(result));
            }
            if self.closed.get() {
                return Poll::Ready(None);
            }
            self.waiters.add(proc.task());
            Poll::Pending
        })
        .await
    }
}
