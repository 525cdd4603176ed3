//! Why there is no address or pool.

/// Why there is no address or pool.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IpamError {
    /// The subnet overlaps another.
    #[error("Pool overlaps with other one on this address space")]
    PoolOverlaps,
    /// All subnets from which Docker chooses are taken.
    #[error(
        "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network"
    )]
    NoPool,
    /// There is no such pool.
    #[error("Invalid Pool ID")]
    BadPool,
    /// The address is taken.
    #[error("Address already in use")]
    InUse,
    /// The address is not in the pool.
    #[error("Requested address is out of range")]
    OutOfRange,
    /// All addresses are taken.
    #[error("No available addresses on this pool")]
    NoAddress,
}
