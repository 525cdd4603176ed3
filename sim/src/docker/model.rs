//! What the daemon knows: networks, endpoints, sandboxes, containers. Plain data; the verbs are in the
//! files named after them.

use std::collections::BTreeMap;
use std::rc::Rc;

use indexmap::IndexMap;
use ipnet::Ipv4Net;

use crate::kernel::{LinkId, NamespaceId};
use crate::process::{Pid, Record, RootId};
use crate::wire::{Ipv4Addr, MacAddr};

use super::ipam::PoolId;

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
    /// Whether its IPAM options print as `{}` (user networks) or `null`.
    pub has_ipam_options: bool,
    /// Its subnets.
    pub subnets: Vec<Subnet>,
    /// `--internal`.
    pub internal: bool,
    /// `--attachable`.
    pub attachable: bool,
    /// `--ipv6`: remembered and shown, not simulated.
    pub ipv6: bool,
    /// `-o`.
    pub options: BTreeMap<String, String>,
    /// `--label`.
    pub labels: BTreeMap<String, String>,
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
            None => format!("br-{}", super::id::short(&self.id)),
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
    /// The MTU.
    pub const MTU: &str = "com.docker.network.driver.mtu";
    /// The parent of macvlan and ipvlan networks.
    pub const PARENT: &str = "parent";
    /// The mode of macvlan networks.
    pub const MACVLAN_MODE: &str = "macvlan_mode";
    /// The mode of ipvlan networks.
    pub const IPVLAN_MODE: &str = "ipvlan_mode";
}

/// What a container asks of one network.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EndpointRequest {
    /// `--ip`.
    pub ip: Option<Ipv4Addr>,
    /// Whether the request had an IPAM part at all: it prints as `{}` then, not as `null`.
    pub has_ipam: bool,
    /// `--network-alias`.
    pub aliases: Vec<String>,
    /// `--link`, as it was typed.
    pub links: Vec<String>,
    /// `--mac-address`.
    pub mac: Option<MacAddr>,
    /// Whether driver options print as `{}` (after `network connect`) or `null`.
    pub has_driver_options: bool,
}

/// A published port, as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortRequest {
    /// The port inside.
    pub container: Port,
    /// The address outside; unspecified means all.
    pub host_ip: Option<Ipv4Addr>,
    /// The ports outside from which one is chosen; `None` means any free one.
    pub host_ports: Option<(u16, u16)>,
}

/// A port with its protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Port {
    /// The number.
    pub number: u16,
    /// `tcp`, `udp` or `sctp`.
    pub protocol: Protocol,
}

/// The protocol of a published port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Protocol {
    Tcp,
    Udp,
    Sctp,
}

impl Protocol {
    /// As it is written behind the slash.
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
            Protocol::Sctp => "sctp",
        }
    }

    /// The protocol with this name.
    pub fn named(name: &str) -> Option<Protocol> {
        [Protocol::Tcp, Protocol::Udp, Protocol::Sctp].into_iter().find(|p| p.name() == name)
    }
}

impl std::fmt::Display for Port {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.number, self.protocol.name())
    }
}

/// A published port, as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortBinding {
    /// The port inside.
    pub container: Port,
    /// The address outside.
    pub host_ip: Ipv4Addr,
    /// The port outside.
    pub host_port: u16,
    /// The process that carries what address translation does not.
    pub proxy: Option<Pid>,
}

/// The attachment of a container to a network.
#[derive(Debug, Clone, PartialEq)]
pub struct Endpoint {
    /// 64 hex digits.
    pub id: String,
    /// The name of its container.
    pub name: String,
    /// Its network.
    pub network: String,
    /// Its address.
    pub address: Option<Ipv4Net>,
    /// The pool of the address.
    pub pool: Option<PoolId>,
    /// Its hardware address.
    pub mac: Option<MacAddr>,
    /// The gateway that it offers.
    pub gateway: Option<Ipv4Addr>,
    /// Routes besides those of its subnet: destination and gateway.
    pub routes: Vec<(Ipv4Net, Ipv4Addr)>,
    /// Whether its container was not named by the user: then its name is not served.
    pub anonymous: bool,
    /// Other names.
    pub aliases: Vec<String>,
    /// Names that only this endpoint sees: alias, container.
    pub links: Vec<(String, String)>,
    /// Ports that are announced.
    pub exposed: Vec<Port>,
    /// Ports that are asked for.
    pub requested: Vec<PortRequest>,
    /// Ports that are published.
    pub bindings: Vec<PortBinding>,
    /// Its sandbox.
    pub sandbox: Option<String>,
    /// Its device, before it is in the sandbox and after.
    pub link: Option<LinkId>,
    /// The name of the device before it is in the sandbox.
    pub source_name: String,
    /// The other end on the host, if it is a virtual cable.
    pub host_end: Option<LinkId>,
    /// The host on which it is; of remote endpoints.
    pub locator: String,
}

/// The network side of a container: a namespace with its endpoints.
#[derive(Debug)]
pub struct Sandbox {
    /// 64 hex digits.
    pub id: String,
    /// Its container.
    pub container: String,
    /// The namespace, once the container runs.
    pub ns: Option<NamespaceId>,
    /// Its endpoints, the one with the gateway first.
    pub endpoints: Vec<String>,
    /// How many devices it has had: the next is `eth` with this number.
    pub next_eth: u32,
    /// Whether it is the host's own namespace.
    pub is_host: bool,
    /// The threads that answer name questions, if they run: ports of UDP and TCP.
    pub resolver: Option<(u16, u16)>,
    /// Name servers that the embedded one asks.
    pub servers: Vec<Ipv4Addr>,
}

impl Sandbox {
    /// The file under `/var/run/docker/netns`.
    pub fn key(&self) -> String {
        let name = if self.is_host { "default" } else { super::id::short(&self.id) };
        format!("/var/run/docker/netns/{name}")
    }
}

/// Whose network a container uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NetworkMode {
    /// Networks, the first one by this name (`default` is the bridge).
    Network(String),
    /// The host's.
    Host,
    /// None.
    None,
    /// That of another container.
    Container(String),
}

impl NetworkMode {
    /// As `--network` takes it.
    pub fn parse(text: &str) -> NetworkMode {
        match text {
            "" | "default" => NetworkMode::Network("default".to_owned()),
            "host" => NetworkMode::Host,
            "none" => NetworkMode::None,
            name => match name.strip_prefix("container:") {
                Some(other) => NetworkMode::Container(other.to_owned()),
                None => NetworkMode::Network(name.to_owned()),
            },
        }
    }

    /// As `docker inspect` prints it.
    pub fn text(&self) -> String {
        match self {
            NetworkMode::Network(name) => name.clone(),
            NetworkMode::Host => "host".to_owned(),
            NetworkMode::None => "none".to_owned(),
            NetworkMode::Container(id) => format!("container:{id}"),
        }
    }

    /// The network that it names, if it names one.
    pub fn network_name(&self) -> Option<&str> {
        match self {
            NetworkMode::Network(name) if name == "default" => Some("bridge"),
            NetworkMode::Network(name) => Some(name),
            NetworkMode::Host => Some("host"),
            NetworkMode::None => Some("none"),
            NetworkMode::Container(_) => None,
        }
    }
}

/// When a container is started again by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Restart {
    /// Never.
    #[default]
    No,
    /// Always.
    Always,
    /// Unless somebody stopped it.
    UnlessStopped,
    /// When it failed, so many times; zero means without end.
    OnFailure(u32),
}

/// How a container was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerConfig {
    /// `--name`, or one that was made up.
    pub name: String,
    /// Whether the name was made up.
    pub is_anonymous: bool,
    /// The image, as it was typed.
    pub image: String,
    /// The command line; empty takes the image's.
    pub command: Vec<String>,
    /// `--entrypoint`.
    pub entrypoint: Option<Vec<String>>,
    /// `--hostname`.
    pub hostname: Option<String>,
    /// `--domainname`.
    pub domainname: String,
    /// `-e`.
    pub env: Vec<String>,
    /// `-w`.
    pub workdir: Option<String>,
    /// `-t`.
    pub tty: bool,
    /// `-i`.
    pub open_stdin: bool,
    /// `--label`.
    pub labels: BTreeMap<String, String>,
    /// `--network`.
    pub mode: NetworkMode,
    /// What is asked of that network.
    pub endpoint: EndpointRequest,
    /// `-p`.
    pub ports: Vec<PortRequest>,
    /// `--expose`.
    pub exposed: Vec<Port>,
    /// `-P`.
    pub publish_all: bool,
    /// `--link`.
    pub links: Vec<String>,
    /// `--dns`.
    pub dns: Vec<Ipv4Addr>,
    /// `--dns-search`.
    pub dns_search: Vec<String>,
    /// `--dns-option`.
    pub dns_options: Vec<String>,
    /// `--add-host`: name and address.
    pub extra_hosts: Vec<(String, String)>,
    /// `--restart`.
    pub restart: Restart,
    /// `--rm`.
    pub auto_remove: bool,
    /// `--privileged`.
    pub privileged: bool,
    /// `--cap-add`.
    pub cap_add: Vec<String>,
    /// `--sysctl`.
    pub sysctls: Vec<(String, String)>,
}

/// What a container is doing.
#[derive(Debug, Clone, PartialEq)]
pub enum Status {
    /// It was made and never ran.
    Created,
    /// It runs.
    Running,
    /// It ran.
    Exited,
}

/// A container.
#[derive(Debug, Clone)]
pub struct Container {
    /// 64 hex digits.
    pub id: String,
    /// How it was asked for.
    pub config: ContainerConfig,
    /// When it was made.
    pub created: f64,
    /// What it is doing.
    pub status: Status,
    /// Its first process.
    pub pid: Option<Pid>,
    /// The status with which it ended.
    pub exit_code: i32,
    /// Why it could not start.
    pub error: String,
    /// When it was started and when it ended.
    pub started: f64,
    /// When it ended.
    pub finished: f64,
    /// Its files.
    pub root: Option<RootId>,
    /// Its networks, by name, with what was asked of them.
    pub networks: IndexMap<String, Attachment>,
    /// Its sandbox, while it runs.
    pub sandbox: Option<String>,
    /// What it wrote.
    pub log: Rc<Record>,
    /// Whether somebody stopped it by hand.
    pub stopped_by_hand: bool,
    /// How often it was started again by itself.
    pub restart_count: u32,
    /// The interactive command line it runs.
    pub path: String,
    /// Its arguments.
    pub args: Vec<String>,
}

/// A container's place in a network.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attachment {
    /// What was asked.
    pub request: EndpointRequest,
    /// The network, once it was found.
    pub network: String,
    /// The endpoint, while the container runs.
    pub endpoint: Option<String>,
}

impl Container {
    /// Its name, without the slash.
    pub fn name(&self) -> &str {
        &self.config.name
    }

    /// Whether it runs.
    pub fn is_running(&self) -> bool {
        self.status == Status::Running
    }

    /// Its host name, if it has its own.
    pub fn hostname(&self) -> String {
        let own = || super::id::short(&self.id).to_owned();
        self.config.hostname.clone().unwrap_or_else(own)
    }
}
