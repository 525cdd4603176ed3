//! What can be heard of a connection.

use super::Conn;
use crate::engine::Time;

/// What happened to a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConntrackEvent {
    /// When.
    pub at: Time,
    /// What.
    pub kind: ConntrackEventKind,
    /// The connection, as it was then.
    pub conn: Conn,
}

/// What can happen to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConntrackEventKind {
    /// It was entered into the table.
    New,
    /// An answer was seen, or its state changed.
    Update,
    /// It is gone.
    Destroy {
        /// The netlink port of the program that removed it.
        by: Option<u32>,
    },
}
