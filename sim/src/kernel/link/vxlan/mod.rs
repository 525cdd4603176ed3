//! VXLAN devices (RFC 7348, `drivers/net/vxlan`): Ethernet frames inside UDP datagrams.
//!
//! The device lives in one namespace, its datagrams in the one in which it was created: that is how
//! Docker hides an overlay's bridge and tunnel in a namespace of their own. The device's forwarding
//! database (`fdb`) maps MAC addresses to hosts; with `proxy` it also answers ARP from its neighbour
//! table. Frames leave by `transmit` and come in by `receive`.

mod entry;
mod fdb;
mod open;
mod pmtu;
mod proxy;
mod receive;
mod transmit;

use crate::engine::{Span, Time};
use crate::kernel::id::{LinkId, NamespaceId};
use crate::wire::{Bytes, Ipv4Addr, ethernet, ipv4};

pub use entry::{Remote, VxlanEntry, VxlanFdb, VxlanState};

/// Whether the outer packet may be fragmented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TunnelDf {
    /// It may.
    #[default]
    Unset,
    /// It may not.
    Set,
    /// As the inner packet.
    Inherit,
}

/// A VXLAN device.
#[derive(Debug)]
pub struct Vxlan {
    /// What `ip link add … type vxlan` takes.
    pub config: VxlanConfig,
    /// Which host has which MAC addresses.
    pub fdb: VxlanFdb,
    /// When entries are looked through for old ones next, while the device is up.
    pub next_scan: Option<Time>,
}

/// The settings of a VXLAN device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, clippy::struct_excessive_bools)]
pub struct VxlanConfig {
    pub vni: u32,
    /// The namespace in which its datagrams travel.
    pub underlay: NamespaceId,
    pub local: Option<Ipv4Addr>,
    /// Default destination: a host, or a multicast group.
    pub remote: Option<Ipv4Addr>,
    /// The device by which its datagrams leave.
    pub device: Option<LinkId>,
    /// Range of source ports; zeros mean that of the namespace.
    pub source_ports: (u16, u16),
    pub port: u16,
    pub tos: u8,
    /// Zero means that of the route (64), one for multicast.
    pub ttl: u8,
    pub df: TunnelDf,
    pub ageing: Span,
    pub learning: bool,
    pub proxy: bool,
    pub l2miss: bool,
    pub l3miss: bool,
    /// Largest number of addresses that it knows; zero for no limit.
    pub max_addresses: u32,
    pub udp_checksum: bool,
}

/// The IPv4 packet inside a frame.
fn inner_ip(frame: &Bytes) -> Option<&[u8]> {
    let is_ip = ethernet::ethertype(frame) == ethernet::ETHERTYPE_IPV4;
    let ip = frame.get(ethernet::HEADER_LEN..)?;
    (is_ip && ip.len() >= ipv4::HEADER_LEN).then_some(ip)
}
