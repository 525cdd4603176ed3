//! What a command gives back.

use crate::engine::{Span, Time};
use crate::process::Pid;
use crate::trace::HostId;

/// A command that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ran {
    /// The machine or container, as it was named.
    pub place: String,
    /// What was typed.
    pub command: String,
    /// Its exit status.
    pub status: i32,
    /// What it wrote to standard output and standard error, in order.
    pub output: String,
    /// When it was typed.
    pub at: Time,
    /// How long it took, in simulated time.
    pub took: Span,
    /// The machine and the process: what it caused is found by them.
    pub origin: (HostId, Pid),
    /// The number of the first record of the trace that is younger.
    pub first_record: u64,
}

impl Ran {
    /// The lines that it wrote.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.output.lines()
    }
}
