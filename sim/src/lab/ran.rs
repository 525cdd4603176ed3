//! What a command gives back, and what it caused.

use super::Lab;
use crate::engine::{Span, Time};
use crate::kernel::DropReason;
use crate::process::Pid;
use crate::trace::HostId;
use crate::trace::journey::{Journey, caused_by};
use crate::trace::telling::{Detail, Names, tell};

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

    /// The ways of all packets that it caused, in the order in which they were made: its own, and the
    /// answers, questions and errors that followed. The trace keeps the newest records only (2^18).
    pub fn journeys<'a>(&self, lab: &'a Lab) -> Vec<Journey<'a>> {
        let (host, pid) = self.origin;
        caused_by(&lab.world.trace, self.first_record, host, pid.0)
    }

    /// Why packets that it caused were dropped, in order.
    pub fn drops(&self, lab: &Lab) -> Vec<DropReason> {
        self.journeys(lab).iter().flat_map(|journey| journey.drops()).collect()
    }
}

impl Lab {
    /// A journey in sentences, one stop a line, under the names of the places.
    pub fn tell(&self, journey: &Journey) -> String {
        let names = self.world.names();
        let mut text = String::new();
        let mut place = None;
        for told in tell(journey, &names, Detail::Way) {
            if place != Some((told.host, told.ns)) {
                place = Some((told.host, told.ns));
                text += &format!("{}\n", names.namespace(told.host, told.ns));
            }
            text += &format!("  {:<16} {}\n", told.label, told.said);
        }
        text
    }
}
