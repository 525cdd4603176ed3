//! Formats: what the bytes of a frame mean, and how to change them in place.
//!
//! Frames are always real bytes. IPv4, ICMP, TCP and UDP are read and written through `smoltcp::wire`,
//! Ethernet, ARP, IPv6, VLAN and VXLAN through `pnet_packet`; what both lack (in-place rewriting with
//! checksum updates, fragments, flow keys) is here. Forward bytes, never a parsed copy: a parsed
//! header forgets identification, options and reserved bits.
//!
//! Read [`bytes`] and [`frame`] first, then the format you need.

pub mod arp;
pub mod bytes;
pub mod checksum;
pub mod dissect;
pub mod dns;
pub mod ethernet;
pub mod flow;
pub mod fragment;
pub mod frame;
pub mod icmp;
pub mod icmpv6;
pub mod ipv4;
pub mod ipv6;
pub mod mld;
pub mod ndp;
pub mod protocol;
pub mod rewrite;
pub mod summary;
pub mod summary6;
pub mod tcp;
pub mod udp;
pub mod vlan;
pub mod vxlan;

pub use bytes::Bytes;
pub use flow::FlowKey;
pub use frame::{Frame, PacketId};
pub use pnet_base::MacAddr;
pub use protocol::Protocol;
pub use std::net::{Ipv4Addr, Ipv6Addr};

/// `ff:ff:ff:ff:ff:ff`.
pub const BROADCAST_MAC: MacAddr = MacAddr(0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
/// `00:00:00:00:00:00`.
pub const ZERO_MAC: MacAddr = MacAddr(0, 0, 0, 0, 0, 0);

/// The group bit of an Ethernet address: multicast or broadcast.
pub fn is_multicast_mac(mac: MacAddr) -> bool {
    mac.0 & 1 == 1
}

/// An address that a station may have: not a group, not zero.
pub fn is_valid_station_mac(mac: MacAddr) -> bool {
    !is_multicast_mac(mac) && mac != ZERO_MAC
}

/// The Ethernet group of an IPv4 multicast address (RFC 1112 section 6.4).
pub fn multicast_mac(group: Ipv4Addr) -> MacAddr {
    let [_, b, c, d] = group.octets();
    MacAddr(0x01, 0x00, 0x5e, b & 0x7f, c, d)
}
