//! What happens to a device.

/// What happens to a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// It is made.
    Add,
    /// It is made, or changed if it is there.
    Replace,
    /// It is changed.
    Set,
    /// It is removed.
    Delete,
}

impl Verb {
    /// Whether there may be a new device.
    pub fn creates(self) -> bool {
        matches!(self, Verb::Add | Verb::Replace)
    }
}
