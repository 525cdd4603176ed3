//! What was learnt of the way to an address.

use crate::engine::Time;

/// What was learnt about the way to one destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Path6 {
    /// Its MTU.
    pub mtu: u32,
    /// When that is forgotten.
    pub expires: Time,
}
