//! What a command caused: the ways of its packets.

use super::{Lab, Ran};
use crate::kernel::DropReason;
use crate::trace::journey::{Journey, caused_by};
use crate::trace::telling::{Detail, Names, tell};

impl Ran {
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
