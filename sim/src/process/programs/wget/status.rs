//! What `wget` ends with.

/// The status when something is wrong that has no status of its own.
pub(super) const GENERIC: i32 = 1;
/// The status when a file cannot be written.
pub(super) const FILE_TROUBLE: i32 = 3;
/// The status when the network failed.
pub(super) const NETWORK_TROUBLE: i32 = 4;
/// The status when the server answered with an error.
pub(super) const SERVER_TROUBLE: i32 = 8;
