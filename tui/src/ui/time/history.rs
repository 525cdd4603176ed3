//! What is remembered for going back and forth between typed lines.

use netsim_sim::lesson::play::Typed;

use crate::ui::lesson::record::Record;

/// What is needed to go back and forth between typed lines.
#[derive(Default)]
pub struct History {
    /// How far the lesson was before each line was typed, by the number of the line.
    pub(super) records: Vec<(usize, Record)>,
    /// Lines that were taken back, the last one at the end.
    pub(super) undone: Vec<Typed>,
}
