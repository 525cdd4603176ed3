//! Errors of sockets, and who reports them.

use crate::kernel::errno::Errno;
use crate::wire::{Ipv4Addr, icmp};

/// Who reported an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::kernel) struct Offender {
    /// Its address.
    pub address: Ipv4Addr,
    /// The TTL with which the report came.
    pub ttl: u8,
}

/// An error in a socket's queue (`MSG_ERRQUEUE`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketError {
    /// What the call would return.
    pub errno: Errno,
    /// The ICMP error; `None` for one that this host found itself.
    pub icmp: Option<icmp::Error>,
    /// Who reported it.
    pub offender: Option<Ipv4Addr>,
    /// The TTL with which the report came; zero for an error that this host found itself.
    pub ttl: u8,
    /// The MTU, for a message that was too long.
    pub mtu: u32,
    /// The payload of the packet that it is about, as far as it was quoted.
    pub quoted: Vec<u8>,
    /// Where that packet was sent.
    pub destination: (Ipv4Addr, u16),
}

/// The error number of an ICMP error (`icmp_err_convert`).
pub fn errno_of(error: icmp::Error) -> Errno {
    match error {
        icmp::Error::Unreachable(0 | 5 | 6 | 9 | 11) => Errno::ENETUNREACH,
        icmp::Error::Unreachable(1 | 7 | 8 | 10 | 12..=15) => Errno::EHOSTUNREACH,
        icmp::Error::Unreachable(2) => Errno::ENOPROTOOPT,
        icmp::Error::Unreachable(3) => Errno::ECONNREFUSED,
        icmp::Error::FragmentationNeeded { .. } => Errno::EMSGSIZE,
        icmp::Error::TimeExceeded(_) => Errno::EHOSTUNREACH,
        icmp::Error::ParameterProblem(_) => Errno::EPROTONOSUPPORT,
        icmp::Error::Unreachable(_) | icmp::Error::Redirect(_) => Errno::EHOSTUNREACH,
    }
}
