//! IPv4 addresses of devices.

use ipnet::Ipv4Net;

use crate::kernel::id::LinkId;
use crate::kernel::ip::fib::{FibRoute, RouteKind, protocol, scope};
use crate::wire::Ipv4Addr;

/// How far an address is known (`ifa_scope`). The order is that of Linux: smaller is farther.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Everywhere.
    Universe,
    /// Inside the site.
    Site,
    /// On the link.
    Link,
    /// On this host.
    Host,
}

impl Scope {
    /// The number that netlink uses.
    pub fn number(self) -> u8 {
        match self {
            Scope::Universe => scope::UNIVERSE,
            Scope::Site => scope::SITE,
            Scope::Link => scope::LINK,
            Scope::Host => scope::HOST,
        }
    }

    /// The scope with this number, or the next nearer one.
    pub fn from_number(number: u8) -> Scope {
        match number {
            scope::UNIVERSE => Scope::Universe,
            1..=scope::SITE => Scope::Site,
            201..=scope::LINK => Scope::Link,
            _ => Scope::Host,
        }
    }

    /// As `ip addr` writes it.
    pub fn name(self) -> &'static str {
        match self {
            Scope::Universe => "global",
            Scope::Site => "site",
            Scope::Link => "link",
            Scope::Host => "host",
        }
    }
}

/// One address of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IfAddr {
    /// The address.
    pub local: Ipv4Addr,
    /// The other end of a point-to-point link; else the address itself.
    pub peer: Ipv4Addr,
    /// Length of the prefix.
    pub prefix_len: u8,
    /// Broadcast address, if one was given.
    pub broadcast: Option<Ipv4Addr>,
    /// How far it is known.
    pub scope: Scope,
    /// Label: the name of the device, perhaps with `:x` behind it.
    pub label: String,
    /// Another address of the device is primary in this subnet.
    pub secondary: bool,
    /// No route comes with it.
    pub noprefixroute: bool,
    /// Metric of its prefix route.
    pub metric: u32,
}

impl IfAddr {
    /// An address with the defaults of `ip addr add`.
    pub fn new(local: Ipv4Addr, prefix_len: u8, label: &str) -> IfAddr {
        IfAddr {
            local,
            peer: local,
            prefix_len,
            broadcast: None,
            scope: if local.is_loopback() { Scope::Host } else { Scope::Universe },
            label: label.to_owned(),
            secondary: false,
            noprefixroute: false,
            metric: 0,
        }
    }

    /// The subnet.
    pub fn network(&self) -> Ipv4Net {
        Ipv4Net::new(self.peer, self.prefix_len).map_or(Ipv4Net::default(), |net| net.trunc())
    }

    /// Whether `address` is in the subnet.
    pub fn contains(&self, address: Ipv4Addr) -> bool {
        self.network().contains(&address)
    }

    /// The last address of the subnet.
    pub fn subnet_broadcast(&self) -> Ipv4Addr {
        self.network().broadcast()
    }
}

pub(super) fn kernel_route(
    dst: Ipv4Net,
    kind: RouteKind,
    link: LinkId,
    src: Ipv4Addr,
    metric: u32,
) -> FibRoute {
    FibRoute {
        dst,
        tos: 0,
        metric,
        kind,
        scope: if kind == RouteKind::Local { scope::HOST } else { scope::LINK },
        protocol: protocol::KERNEL,
        prefsrc: Some(src),
        link: Some(link),
        gateway: None,
        onlink: false,
        mtu: None,
        mtu_locked: false,
        advmss: None,
    }
}

pub(super) fn host(address: Ipv4Addr) -> Ipv4Net {
    Ipv4Net::from(address)
}
