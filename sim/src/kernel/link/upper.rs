//! Devices that stand on another one: macvlan, ipvlan, 802.1Q sub-interfaces.

use crate::kernel::id::LinkId;
use crate::wire::MacAddr;

/// How children of one parent may talk to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MacvlanMode {
    /// Not at all.
    Private,
    /// Only by way of a switch that reflects (802.1Qbg).
    Vepa,
    /// Directly.
    Bridge,
    /// There is only one child, and it has the parent's address.
    Passthru,
    /// By lists of source addresses (not simulated beyond its name).
    Source,
}

impl MacvlanMode {
    /// As `ip link` writes it.
    pub fn name(self) -> &'static str {
        match self {
            MacvlanMode::Private => "private",
            MacvlanMode::Vepa => "vepa",
            MacvlanMode::Bridge => "bridge",
            MacvlanMode::Passthru => "passthru",
            MacvlanMode::Source => "source",
        }
    }
}

/// The state of a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Macvlan {
    /// The device on whose wire it is.
    pub parent: LinkId,
    /// How it talks to its siblings.
    pub mode: MacvlanMode,
    /// The address that the parent gets back when a passthru child goes.
    pub parent_mac: MacAddr,
}

/// How frames travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IpvlanMode {
    /// As on a bridge.
    L2,
    /// Routed by the parent's namespace.
    L3,
    /// As `l3`, with the hooks of the parent's namespace on the way in.
    L3s,
}

impl IpvlanMode {
    /// As `ip link` writes it.
    pub fn name(self) -> &'static str {
        match self {
            IpvlanMode::L2 => "l2",
            IpvlanMode::L3 => "l3",
            IpvlanMode::L3s => "l3s",
        }
    }
}

/// Whether siblings may talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IpvlanFlag {
    /// They may.
    Bridge,
    /// They may not.
    Private,
    /// Only by way of a switch that reflects.
    Vepa,
}

impl IpvlanFlag {
    /// As `ip link` writes it.
    pub fn name(self) -> &'static str {
        match self {
            IpvlanFlag::Bridge => "bridge",
            IpvlanFlag::Private => "private",
            IpvlanFlag::Vepa => "vepa",
        }
    }
}

/// The state of a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ipvlan {
    /// The device on whose wire it is.
    pub parent: LinkId,
    /// How its frames travel.
    pub mode: IpvlanMode,
    /// Whether it talks to its siblings.
    pub flag: IpvlanFlag,
}

/// The state of a sub-interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vlan {
    /// The device that carries the tagged frames.
    pub parent: LinkId,
    /// VLAN identifier, 0 to 4094.
    pub id: u16,
}
