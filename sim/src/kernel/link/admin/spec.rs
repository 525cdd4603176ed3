//! What `ip link add` takes: a device to be made, its kind, and the settings of that.

use crate::engine::Span;
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::link::ipvlan::IpvlanFlag;
use crate::kernel::link::vxlan::TunnelDf;
use crate::kernel::link::{IpvlanMode, MacvlanMode};
use crate::wire::{Ipv4Addr, MacAddr};

/// A device to be made: what `ip link add` takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkSpec {
    /// Its name; `None` or a pattern with `%d` lets the kernel number it.
    pub name: Option<String>,
    /// Where it shall be.
    pub ns: NamespaceId,
    /// Its hardware address; `None` makes a random one.
    pub mac: Option<MacAddr>,
    /// Its MTU; `None` takes that of the kind.
    pub mtu: Option<u32>,
    /// `txqueuelen`.
    pub tx_queue_len: u32,
    /// Its number; `None` takes the next.
    pub ifindex: Option<u32>,
    /// Whether to set it up at once.
    pub up: bool,
    /// What it is.
    pub kind: KindSpec,
}

/// The kind of a device to be made, with its settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KindSpec {
    /// A virtual cable; the box is the other end.
    Veth(Box<LinkSpec>),
    /// A bridge.
    Bridge,
    /// A VXLAN tunnel end.
    Vxlan(VxlanSpec),
    /// A macvlan child.
    Macvlan {
        /// Its parent.
        parent: Option<LinkId>,
        /// Its mode.
        mode: MacvlanMode,
    },
    /// An ipvlan child.
    Ipvlan {
        /// Its parent.
        parent: Option<LinkId>,
        /// Its mode.
        mode: IpvlanMode,
        /// Whether it talks to its siblings.
        flag: IpvlanFlag,
    },
    /// An 802.1Q sub-interface.
    Vlan {
        /// Its parent.
        parent: Option<LinkId>,
        /// VLAN identifier.
        id: u16,
    },
    /// A device that swallows everything.
    Dummy,
}

impl KindSpec {
    /// The module that makes such devices, if it is one that a kernel may lack.
    pub(super) fn module(&self) -> Option<&'static str> {
        match self {
            KindSpec::Vxlan(_) => Some("vxlan"),
            KindSpec::Macvlan { .. } => Some("macvlan"),
            KindSpec::Ipvlan { .. } => Some("ipvlan"),
            KindSpec::Vlan { .. } => Some("8021q"),
            KindSpec::Dummy => Some("dummy"),
            KindSpec::Veth(_) | KindSpec::Bridge => None,
        }
    }
}

/// The settings of a VXLAN device to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, clippy::struct_excessive_bools)]
pub struct VxlanSpec {
    pub vni: u32,
    pub local: Option<Ipv4Addr>,
    pub remote: Option<Ipv4Addr>,
    pub device: Option<LinkId>,
    pub source_ports: (u16, u16),
    pub port: u16,
    pub tos: u8,
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

impl VxlanSpec {
    /// The defaults of `ip link add … type vxlan id VNI`.
    pub fn new(vni: u32) -> VxlanSpec {
        VxlanSpec {
            vni,
            local: None,
            remote: None,
            device: None,
            source_ports: (0, 0),
            // What the kernel had before IANA assigned 4789.
            port: 8472,
            tos: 0,
            ttl: 0,
            df: TunnelDf::Unset,
            ageing: Span::secs(300),
            learning: true,
            proxy: false,
            l2miss: false,
            l3miss: false,
            max_addresses: 0,
            udp_checksum: true,
        }
    }
}

impl LinkSpec {
    /// A device of this kind in this namespace, all else by default.
    pub fn new(ns: NamespaceId, name: &str, kind: KindSpec) -> LinkSpec {
        LinkSpec {
            name: Some(name.to_owned()),
            ns,
            mac: None,
            mtu: None,
            tx_queue_len: 1000,
            ifindex: None,
            up: false,
            kind,
        }
    }
}
