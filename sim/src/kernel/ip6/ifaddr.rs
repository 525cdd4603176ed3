//! IPv6 addresses of devices.

use ipnet::Ipv6Net;

use super::fib::Fib6Route;
use crate::kernel::id::LinkId;
use crate::kernel::ip::fib::{RouteKind, table};
use crate::kernel::link::Scope;
use crate::wire::{Ipv6Addr, ndp};

/// Whether an address is known to be unique on its link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DadState {
    /// Not yet: nothing is sent from it or taken for it.
    Tentative,
    /// Yes.
    Unique,
    /// No: somebody else has it.
    Failed,
}

/// One address of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct If6Addr {
    /// The address.
    pub local: Ipv6Addr,
    /// Length of the prefix.
    pub prefix_len: u8,
    /// How far it is known.
    pub scope: Scope,
    /// Whether it is known to be unique.
    pub dad: DadState,
    /// Nobody is asked whether it is unique.
    pub nodad: bool,
    /// No route comes with it.
    pub noprefixroute: bool,
    /// Metric of its prefix route; zero for that of the kernel.
    pub metric: u32,
    /// What marks the question about it, while that is under way.
    pub nonce: Option<ndp::Nonce>,
}

impl If6Addr {
    /// An address with the defaults of `ip addr add`.
    pub fn new(local: Ipv6Addr, prefix_len: u8) -> If6Addr {
        let scope = if local.is_loopback() {
            Scope::Host
        } else if local.is_unicast_link_local() {
            Scope::Link
        } else {
            Scope::Universe
        };
        If6Addr {
            local,
            prefix_len,
            scope,
            dad: DadState::Tentative,
            nodad: false,
            noprefixroute: false,
            metric: 0,
            nonce: None,
        }
    }

    /// Whether packets are sent from it and taken for it.
    pub fn is_usable(&self) -> bool {
        self.dad == DadState::Unique
    }

    /// The subnet.
    pub fn network(&self) -> Ipv6Net {
        Ipv6Net::new(self.local, self.prefix_len).map_or(Ipv6Net::default(), |net| net.trunc())
    }

    /// How far it is known, as numbers of RFC 4007 have it: larger is farther.
    pub(super) fn reach(&self) -> u8 {
        if self.scope == Scope::Universe { 14 } else { 2 }
    }
}

/// All groups are out of every device.
pub(super) fn multicast_route(link: LinkId) -> Fib6Route {
    let groups = Ipv6Net::new_assert(Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8);
    Fib6Route::of_kernel(table::LOCAL, groups, RouteKind::Multicast, link)
}
