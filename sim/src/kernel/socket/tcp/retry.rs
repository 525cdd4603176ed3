//! A SYN that is repeated.

use crate::engine::{Span, Time};
use crate::wire::Bytes;

/// A SYN, and when it is repeated.
#[derive(Debug, Clone)]
pub(super) struct SynRetry {
    pub(super) segment: Bytes,
    pub(super) sent_at: Time,
    pub(super) next_at: Time,
    pub(super) interval: Span,
    pub(super) retries: u32,
}
