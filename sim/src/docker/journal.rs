//! What was typed at the client, with its beginning and end: so that it can be told what the daemon did
//! for it. The calls themselves are recorded at the door of the kernel.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use crate::engine::Time;
use crate::kernel::sys::SysCall;
use crate::process::Proc;

/// Under this name a host keeps it.
const PLACE: &str = "/var/log/docker-client";
/// Commands that are kept.
const KEPT: usize = 1000;

/// A command at the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    /// `docker run -d busybox`
    pub line: String,
    /// When it began.
    pub from: Time,
    /// When it ended; [`Time::MAX`] if it still runs.
    pub to: Time,
}

/// The commands that were typed at the client of one host.
#[derive(Debug, Default)]
pub struct Journal(RefCell<VecDeque<Typed>>);

impl Journal {
    /// That of a host.
    pub fn of(proc: &Proc) -> Rc<Journal> {
        if let Some(journal) = proc.service::<Journal>(PLACE) {
            return journal;
        }
        let journal = Rc::new(Journal::default());
        proc.serve(PLACE, journal.clone());
        journal
    }

    /// All commands, the oldest first.
    pub fn commands(&self) -> Vec<Typed> {
        self.0.borrow().iter().cloned().collect()
    }

    /// A command begins; it ends when what is returned is dropped.
    pub fn begin(self: &Rc<Journal>, proc: &Proc, line: String) -> Open {
        let mut typed = self.0.borrow_mut();
        if typed.len() >= KEPT {
            typed.pop_front();
        }
        typed.push_back(Typed { line, from: proc.now(), to: Time::MAX });
        Open { journal: self.clone(), proc: proc.clone(), from: proc.now() }
    }
}

/// A command that runs.
pub struct Open {
    journal: Rc<Journal>,
    proc: Proc,
    from: Time,
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut typed = self.journal.0.borrow_mut();
        let open = |typed: &&mut Typed| typed.from == self.from && typed.to == Time::MAX;
        if let Some(own) = typed.iter_mut().rev().find(open) {
            own.to = self.proc.now();
        }
    }
}

/// The changes that the daemon of a host made in a span of time, as commands, in their order.
pub fn deeds<'a>(
    calls: impl Iterator<Item = &'a SysCall>,
    from: Time,
    to: Time,
) -> Vec<(Time, String)> {
    let is_daemon = |call: &&SysCall| {
        let program = call.origin.split(' ').next().unwrap_or_default();
        program.rsplit('/').next() == Some("dockerd")
    };
    let calls = calls.filter(|call| call.at >= from && call.at <= to).filter(is_daemon);
    calls.map(|call| (call.at, call.line())).collect()
}
