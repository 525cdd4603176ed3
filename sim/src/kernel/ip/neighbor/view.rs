//! A neighbour as those see it who look or listen.

use std::net::IpAddr;

use super::{Neighbor, Nud};
use crate::engine::Time;
use crate::kernel::id::LinkId;
use crate::wire::MacAddr;

/// One line of `ip neigh`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NeighborView {
    /// Its device.
    pub link: LinkId,
    /// Its address.
    pub ip: IpAddr,
    /// Its hardware address, if known.
    pub mac: Option<MacAddr>,
    /// Its state.
    pub state: Nud,
    /// Packets that wait for it.
    pub waiting: usize,
    /// Questions sent.
    pub probes: u32,
    /// Whether it said that it is a router.
    pub router: bool,
    /// Seconds since it was used, confirmed and changed (`ip -s neigh`).
    pub ages: (u64, u64, u64),
}

/// The view of an entry.
pub(in crate::kernel) fn view(
    link: LinkId,
    ip: impl Into<IpAddr>,
    entry: &Neighbor,
    now: Time,
) -> NeighborView {
    NeighborView {
        link,
        ip: ip.into(),
        mac: entry.mac.filter(|_| entry.state.is_valid()),
        state: entry.state,
        waiting: entry.queue.len(),
        probes: entry.probes,
        router: entry.router,
        ages: (
            (now - entry.used).as_secs(),
            entry.confirmed.map_or(0, |at| (now - at).as_secs()),
            (now - entry.updated).as_secs(),
        ),
    }
}
