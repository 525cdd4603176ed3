//! A running server: its tree, and whoever waits for a change of it.

use std::cell::RefCell;
use std::rc::Rc;

use super::options::Options;
use super::state::{Change, Event, Refusal, State};
use crate::process::calendar::Calendar;
use crate::process::proc::Proc;
use crate::process::sync::Waiters;

/// The version that the server says it has.
pub const VERSION: &str = "3.4.23";

/// A running server.
pub(super) struct Server {
    pub(super) proc: Proc,
    pub(super) options: Options,
    pub(super) state: RefCell<State>,
    pub(super) changed: Waiters,
    /// Identifiers of the member and of its cluster.
    pub(super) member: u64,
    pub(super) cluster: u64,
}

impl Server {
    /// Applies a change, keeps it, and wakes whoever watches.
    pub(super) fn change(&self, change: &Change) -> Result<Event, Refusal> {
        let event = self.state.borrow_mut().apply(change)?;
        if let Ok(mut line) = serde_json::to_vec(change) {
            line.push(b'\n');
            // A full disk loses the change at the next start, as it would on a real machine.
            let _ = self.proc.files(|tree| tree.append(&log_path(&self.options), &line));
        }
        self.changed.wake(&self.proc);
        Ok(event)
    }

    /// Removes keys when their time is over.
    pub(super) async fn expire(self: Rc<Server>) {
        loop {
            let next = self.state.borrow().next_expiry();
            match next {
                Some((at, key)) if at <= self.proc.now() => {
                    // Nothing runs between finding the key and removing it.
                    let _ = self.change(&Change::Expire { key });
                }
                Some((at, _)) => {
                    let changed = self.changed.wait(&self.proc);
                    let wait = at - self.proc.now();
                    self.proc.timeout(wait, changed).await;
                }
                None => self.changed.wait(&self.proc).await,
            }
        }
    }

    pub(super) fn log(&self, package: &str, words: &str) {
        log(&self.proc, 'I', package, words);
    }
}

/// A line of the log, with the letter of its level.
pub(super) fn log(proc: &Proc, level: char, package: &str, words: &str) {
    let now = Calendar::of(proc.calendar());
    let micros = now.nanosecond / 1000;
    let (date, time) = (
        format!("{:04}-{:02}-{:02}", now.year, now.month, now.day),
        format!("{:02}:{:02}:{:02}.{micros:06}", now.hour, now.minute, now.second),
    );
    proc.eprint(&format!("{date} {time} {level} | {package}: {words}\n"));
}

/// The file in which a server keeps its changes.
pub(super) fn log_path(options: &Options) -> String {
    format!("{}/member/wal/changes", options.data_dir.trim_end_matches('/'))
}
