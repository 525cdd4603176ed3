//! Counters and the operational state that `ip link` prints.

use crate::wire::{ethernet, is_multicast_mac};

/// What passed a device (`rtnl_link_stats64`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs)]
pub struct Counters {
    pub rx_packets: u64,
    pub rx_bytes: u64,
    pub rx_errors: u64,
    pub rx_dropped: u64,
    pub rx_multicast: u64,
    pub tx_packets: u64,
    pub tx_bytes: u64,
    pub tx_errors: u64,
    pub tx_dropped: u64,
    pub tx_carrier: u64,
    pub carrier_changes: u64,
}

impl Counters {
    /// A frame was received.
    pub(in crate::kernel) fn count_rx(&mut self, frame: &[u8]) {
        self.rx_packets += 1;
        self.rx_bytes += frame.len() as u64;
    }

    /// A frame was received by a device that counts the payload only and tells multicast apart
    /// (bridges, macvlan, VLAN).
    pub(in crate::kernel) fn count_rx_upper(&mut self, frame: &[u8]) {
        self.rx_packets += 1;
        self.rx_bytes += frame.len() as u64;
        if is_multicast_mac(ethernet::dst(frame)) {
            self.rx_multicast += 1;
        }
    }

    /// A frame was sent.
    pub(in crate::kernel) fn count_tx(&mut self, frame: &[u8]) {
        self.tx_packets += 1;
        self.tx_bytes += frame.len() as u64;
    }
}

/// What an administrator said about a device, beside what the device itself needs (`ip link set`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkSettings {
    /// Whether neighbours are asked for their hardware addresses on it.
    pub arp: bool,
    /// Whether it is said to know multicast.
    pub multicast: bool,
    /// Whether it takes all multicast.
    pub allmulti: bool,
    /// Whether it takes everything.
    pub promisc: bool,
    /// A name for people.
    pub alias: String,
    /// Its group.
    pub group: u32,
}

impl Default for LinkSettings {
    fn default() -> Self {
        LinkSettings {
            arp: true,
            multicast: true,
            allmulti: false,
            promisc: false,
            alias: String::new(),
            group: 0,
        }
    }
}

/// `IF_OPER_*` (RFC 2863).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperState {
    /// The driver does not tell (loopback, VXLAN, dummy).
    Unknown,
    /// Not working.
    Down,
    /// Not working because of the device below.
    LowerLayerDown,
    /// Working.
    Up,
}

impl OperState {
    /// As iproute2 prints it.
    pub fn name(self) -> &'static str {
        match self {
            OperState::Unknown => "UNKNOWN",
            OperState::Down => "DOWN",
            OperState::LowerLayerDown => "LOWERLAYERDOWN",
            OperState::Up => "UP",
        }
    }
}
