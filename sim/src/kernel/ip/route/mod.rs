//! Routing decisions: which way a packet goes, and from which address.
//!
//! Decisions are values; the callers note them in the trace and then act. Packets that are made here
//! ask `output`, packets that come in ask `input`; both ask `lookup`, which goes through rules and
//! tables, and `address`, which knows what an address is to a namespace.

mod address;
mod input;
mod lookup;
mod output;

use ipnet::Ipv4Net;

use crate::kernel::errno::Errno;
use crate::kernel::id::LinkId;
use crate::kernel::step::{self, DropReason};
use crate::wire::Ipv4Addr;

use super::fib::RouteKind;

/// What is known of a packet that needs a way (`flowi4`).
#[derive(Debug, Clone, Copy)]
pub struct FlowQuery {
    /// Destination.
    pub dst: Ipv4Addr,
    /// Source, if it has one already.
    pub src: Option<Ipv4Addr>,
    /// Device to which its socket is bound.
    pub output: Option<LinkId>,
    /// Type of service.
    pub tos: u8,
    /// Firewall mark.
    pub mark: u32,
    /// Protocol.
    pub protocol: u8,
    /// Whether any source will do (raw packets with a foreign source).
    pub any_source: bool,
}

impl Default for FlowQuery {
    fn default() -> Self {
        FlowQuery {
            dst: Ipv4Addr::UNSPECIFIED,
            src: None,
            output: None,
            tos: 0,
            mark: 0,
            protocol: 0,
            any_source: false,
        }
    }
}

/// The way of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutputRoute {
    /// What kind of destination it is.
    pub kind: RouteKind,
    /// The device.
    pub link: LinkId,
    /// The next hop, if it is not the destination itself.
    pub gateway: Option<Ipv4Addr>,
    /// The source address.
    pub src: Ipv4Addr,
    /// Largest packet, by the route, the device or the path.
    pub mtu: u32,
    /// Whether packets may be fragmented rather than look for the MTU of the path.
    pub mtu_locked: bool,
    /// The destination of the route that matched, if one did.
    pub prefix: Option<Ipv4Net>,
}

impl OutputRoute {
    /// Straight out of a device, without a route of a table.
    pub fn direct(kind: RouteKind, link: LinkId, src: Ipv4Addr, mtu: u32) -> OutputRoute {
        OutputRoute { kind, link, gateway: None, src, mtu, mtu_locked: false, prefix: None }
    }

    /// The address whose hardware address is needed.
    pub fn next_hop(&self, dst: Ipv4Addr) -> Ipv4Addr {
        self.gateway.unwrap_or(dst)
    }

    /// As a step of the trace.
    pub fn step(&self) -> step::Route {
        match self.kind {
            RouteKind::Local => step::Route::Local,
            RouteKind::Broadcast => step::Route::Broadcast,
            RouteKind::Multicast => step::Route::Multicast,
            _ => step::Route::Via { link: self.link, gateway: self.gateway, prefix: self.prefix },
        }
    }
}

/// What becomes of a packet that came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum InputRoute {
    /// It is for this namespace.
    Local(RouteKind),
    /// It goes on.
    Forward {
        /// The way.
        route: OutputRoute,
        /// Whether its sender should have sent it there directly (an ICMP redirect is due).
        redirect: bool,
    },
    /// It is refused with an error to its sender.
    Refused(Errno),
    /// It is swallowed.
    Drop(DropReason),
}
