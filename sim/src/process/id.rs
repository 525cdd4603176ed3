//! Numbers of processes, names of root directories.

use slotmap::new_key_type;

new_key_type! {
    /// A root directory, with the host name that belongs to it: the host's own, or a container's.
    pub struct RootId;
}

/// The number of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pid(pub u32);
