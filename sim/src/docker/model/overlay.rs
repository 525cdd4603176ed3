//! Overlay networks as they are on this host, and their members on others.

use indexmap::IndexMap;
use ipnet::Ipv4Net;

use super::network::Network;
use crate::kernel::{LinkId, NamespaceId};
use crate::wire::{Ipv4Addr, MacAddr};

/// An overlay network as it is on this host.
#[derive(Debug)]
pub struct Overlay {
    /// The network.
    pub network: Network,
    /// Its hidden namespace.
    pub ns: NamespaceId,
    /// Its subnets.
    pub subnets: Vec<OverlaySubnet>,
    /// How many members are here.
    pub members: usize,
    /// How many cables its namespace has had.
    pub next_veth: u32,
    /// The thread that hears of addresses that are not known.
    pub listener: u32,
}

/// A subnet of an overlay network.
#[derive(Debug, Clone)]
pub struct OverlaySubnet {
    /// The subnet.
    pub subnet: Ipv4Net,
    /// Its gateway, with prefix length.
    pub gateway: Ipv4Net,
    /// Its VXLAN network identifier.
    pub vni: u32,
    /// Its bridge.
    pub bridge: LinkId,
    /// Its tunnel.
    pub vxlan: LinkId,
}

/// A member of an overlay network on another host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// Its address.
    pub ip: Ipv4Addr,
    /// Its hardware address.
    pub mac: MacAddr,
    /// The host that has it.
    pub host: Ipv4Addr,
}

/// What is known of members elsewhere, by network and address; also of networks without members here.
pub type Peers = IndexMap<String, IndexMap<Ipv4Addr, Peer>>;
