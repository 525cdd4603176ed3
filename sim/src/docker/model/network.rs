//! Networks as the daemon knows them: driver, scope, subnets, options.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use ipnet::{Ipv4Net, Ipv6Net};

use crate::docker::id;
use crate::wire::{Ipv4Addr, Ipv6Addr};

use super::pool::PoolId;

/// Where a network is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// On this host.
    Local,
    /// On all hosts that share a key-value store.
    Global,
}

impl Scope {
    /// As `docker network ls` prints it.
    pub fn name(self) -> &'static str {
        match self {
            Scope::Local => "local",
            Scope::Global => "global",
        }
    }
}

/// What makes a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Driver {
    /// A bridge on this host.
    Bridge,
    /// VXLAN between hosts.
    Overlay,
    /// Sub-interfaces of a network card, each with an address of its own.
    Macvlan,
    /// Sub-interfaces of a network card with the card's address.
    Ipvlan,
    /// The host's own namespace.
    Host,
    /// Nothing.
    Null,
}

impl Driver {
    /// All drivers, as `docker info` lists them.
    pub const ALL: [Driver; 6] = [
        Driver::Bridge,
        Driver::Host,
        Driver::Ipvlan,
        Driver::Macvlan,
        Driver::Null,
        Driver::Overlay,
    ];

    /// As `-d` takes it.
    pub fn name(self) -> &'static str {
        match self {
            Driver::Bridge => "bridge",
            Driver::Overlay => "overlay",
            Driver::Macvlan => "macvlan",
            Driver::Ipvlan => "ipvlan",
            Driver::Host => "host",
            Driver::Null => "null",
        }
    }

    /// The driver with this name.
    pub fn named(name: &str) -> Option<Driver> {
        Driver::ALL.into_iter().find(|driver| driver.name() == name)
    }

    /// Whether its networks have addresses.
    pub fn has_addresses(self) -> bool {
        !matches!(self, Driver::Host | Driver::Null)
    }
}

/// What the user said of one subnet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IpamConfig {
    /// `--subnet`.
    pub subnet: Option<Ipv4Net>,
    /// `--ip-range`.
    pub ip_range: Option<Ipv4Net>,
    /// `--gateway`.
    pub gateway: Option<Ipv4Addr>,
    /// `--aux-address`.
    pub aux: IndexMap<String, Ipv4Addr>,
}

/// A subnet of a network, as it was allocated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subnet {
    /// Its pool.
    pub pool: PoolId,
    /// Its gateway; none for networks that say so.
    pub gateway: Option<Ipv4Addr>,
}

impl Subnet {
    /// An address of it, with its prefix length.
    pub fn with_len(&self, address: Ipv4Addr) -> Ipv4Net {
        Ipv4Net::new_assert(address, self.pool.subnet.prefix_len())
    }
}

/// What the user said of one IPv6 subnet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ipam6Config {
    /// `--subnet`.
    pub subnet: Ipv6Net,
    /// `--ip-range`.
    pub ip_range: Option<Ipv6Net>,
    /// `--gateway`.
    pub gateway: Option<Ipv6Addr>,
    /// `--aux-address`.
    pub aux: IndexMap<String, Ipv6Addr>,
}

impl Ipam6Config {
    /// The addresses that are somebody else's.
    pub fn aux_addresses(&self) -> BTreeSet<Ipv6Addr> {
        self.aux.values().copied().collect()
    }
}

/// An IPv6 subnet of a network, as it was allocated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subnet6 {
    /// The subnet.
    pub subnet: Ipv6Net,
    /// The part of it from which addresses are given out.
    pub range: Option<Ipv6Net>,
    /// Its gateway.
    pub gateway: Ipv6Addr,
}

/// The IPv6 subnets of a network: as they were asked for, and as they are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inet6Plan {
    /// What the user said.
    pub config: Vec<Ipam6Config>,
    /// What came of it.
    pub subnets: Vec<Subnet6>,
}

/// How a network is asked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NetworkRequest {
    /// Its name.
    pub name: String,
    /// `-d`; the bridge driver if nobody says.
    pub driver: String,
    /// `--subnet` and what belongs to it.
    pub ipam: Vec<IpamConfig>,
    /// `--ipam-driver`.
    pub ipam_driver: String,
    /// `--ipam-opt`.
    pub ipam_options: BTreeMap<String, String>,
    /// `--internal`.
    pub internal: bool,
    /// `--attachable`.
    pub attachable: bool,
    /// `--ipv6`.
    pub ipv6: bool,
    /// Subnets of IPv6 among those of `--subnet`.
    pub ipam6: Vec<Ipam6Config>,
    /// `-o`.
    pub options: BTreeMap<String, String>,
    /// `--label`.
    pub labels: BTreeMap<String, String>,
    /// `--config-only`.
    pub config_only: bool,
    /// `--config-from`.
    pub config_from: String,
}

/// A network.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    /// 64 hex digits.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When it was made, in seconds since 1970.
    pub created: f64,
    /// What makes it.
    pub driver: Driver,
    /// Where it is known.
    pub scope: Scope,
    /// What the user said of its subnets; `None` for the predefined networks, which print no options.
    pub ipam: Vec<IpamConfig>,
    /// `--ipam-opt`; `None` for the predefined networks.
    pub ipam_options: Option<BTreeMap<String, String>>,
    /// Its subnets.
    pub subnets: Vec<Subnet>,
    /// `--internal`.
    pub internal: bool,
    /// `--attachable`.
    pub attachable: bool,
    /// `--ipv6`.
    pub ipv6: bool,
    /// Its IPv6 subnets.
    pub inet6: Inet6Plan,
    /// `-o`.
    pub options: BTreeMap<String, String>,
    /// `--label`.
    pub labels: BTreeMap<String, String>,
    /// `--config-only`: it is nothing but a configuration for others.
    pub config_only: bool,
    /// `--config-from`: the configuration from which it was made.
    pub config_from: String,
}

impl Network {
    /// Whether it is one of those that a daemon makes itself.
    pub fn is_predefined(&self) -> bool {
        is_predefined(&self.name)
    }

    /// Whether it is the default bridge, on which there is no name service.
    pub fn is_default_bridge(&self) -> bool {
        self.options.get(option::DEFAULT_BRIDGE).is_some_and(|value| value == "true")
    }

    /// Whether it is the bridge by which containers of overlay networks reach the outside.
    pub fn is_gwbridge(&self) -> bool {
        self.name == GWBRIDGE
    }

    /// Whether endpoints on it are found by name.
    pub fn has_names(&self) -> bool {
        self.driver.has_addresses() && !self.is_default_bridge() && !self.is_gwbridge()
    }

    /// The device of a bridge network.
    pub fn bridge_name(&self) -> String {
        match self.options.get(option::BRIDGE_NAME) {
            Some(name) => name.clone(),
            None => format!("br-{}", id::short(&self.id)),
        }
    }

    /// A yes-or-no option.
    pub fn option_is_on(&self, key: &str, default: bool) -> bool {
        self.options.get(key).and_then(|value| parse_bool(value)).unwrap_or(default)
    }
}

/// The bridge by which containers of overlay networks reach the outside.
pub const GWBRIDGE: &str = "docker_gwbridge";

/// Whether a network name is one of those that a daemon makes itself.
pub fn is_predefined(name: &str) -> bool {
    matches!(name, "bridge" | "host" | "none" | "default")
}

/// A yes or no as Go's `strconv.ParseBool` reads it.
pub fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// Names of driver options.
pub mod option {
    /// The device.
    pub const BRIDGE_NAME: &str = "com.docker.network.bridge.name";
    /// Whether it is the default bridge.
    pub const DEFAULT_BRIDGE: &str = "com.docker.network.bridge.default_bridge";
    /// Whether containers of one bridge may talk to each other.
    pub const ENABLE_ICC: &str = "com.docker.network.bridge.enable_icc";
    /// Whether containers leave under the host's address.
    pub const ENABLE_MASQUERADE: &str = "com.docker.network.bridge.enable_ip_masquerade";
    /// The host address of published ports.
    pub const HOST_BINDING: &str = "com.docker.network.bridge.host_binding_ipv4";
    /// Whether the bridge has no address.
    pub const INHIBIT_IPV4: &str = "com.docker.network.bridge.inhibit_ipv4";
    /// The beginning of the names of devices in containers.
    pub const IFACE_PREFIX: &str = "com.docker.network.container_iface_prefix";
    /// The address under which containers leave, instead of that of the way.
    pub const HOST_IPV4: &str = "com.docker.network.host_ipv4";
    /// The MTU.
    pub const MTU: &str = "com.docker.network.driver.mtu";
    /// The parent of macvlan and ipvlan networks.
    pub const PARENT: &str = "parent";
    /// The mode of macvlan networks.
    pub const MACVLAN_MODE: &str = "macvlan_mode";
    /// The mode of ipvlan networks.
    pub const IPVLAN_MODE: &str = "ipvlan_mode";
}
