//! Ids: how everything in a kernel is named in code. People see names and numbers, code sees ids; a
//! stale id finds nothing instead of somebody else's object.

use slotmap::new_key_type;

new_key_type! {
    /// A network namespace of one host.
    pub struct NamespaceId;
    /// A network device of one host, whichever namespace it is in.
    pub struct LinkId;
    /// A socket of one namespace.
    pub struct SocketId;
}

/// Who waits for a socket: a task of the process floor, which the kernel knows only by this number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Task(pub u32);
