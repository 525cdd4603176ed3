//! What time stands still for.

use netsim_sim::trace::breakpoint::Breakpoint;

/// What time stands still for.
#[derive(Default)]
pub struct Breakpoints {
    /// Those that are set.
    pub list: Vec<Breakpoint>,
    /// The record up to which they were looked for.
    pub(super) checked: u64,
    /// The one that was hit, and the record.
    pub(super) hit: Option<(String, u64)>,
}
