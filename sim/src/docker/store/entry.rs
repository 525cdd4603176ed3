//! What a store answers: an entry, or why there is none.

use std::fmt;

use crate::engine::Span;

/// How long a watch waits for a change before it asks again.
pub const WATCH_WAIT: Span = Span::secs(15);

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// Its key, without a slash in front.
    pub key: String,
    /// Its value.
    pub value: Vec<u8>,
    /// When it was changed last, on the store's own counter.
    pub index: u64,
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreError {
    /// There is no such key.
    NotFound,
    /// Somebody else changed the entry in between.
    Modified,
    /// The store could not be asked: the words of its client.
    Client(String),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::NotFound => f.write_str("Key not found in store"),
            StoreError::Modified => {
                f.write_str("Unable to complete atomic operation, key modified")
            }
            StoreError::Client(words) => f.write_str(words),
        }
    }
}

impl std::error::Error for StoreError {}

/// What a call comes to.
pub type Result<T> = std::result::Result<T, StoreError>;
