//! A search for an earlier line.

/// A search for an earlier line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    /// What is looked for.
    pub query: String,
    /// Where it was found last in the history.
    pub(super) found: Option<usize>,
}
