//! Endpoints, which attach containers to networks, and the sandboxes that hold them.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::{Ipv4Net, Ipv6Net};

use crate::docker::id;
use crate::kernel::{LinkId, NamespaceId};
use crate::wire::{Ipv4Addr, Ipv6Addr, MacAddr};

use super::pool::PoolId;
use super::port::{Port, PortBinding, PortRequest};

/// What a container asks of one network.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EndpointRequest {
    /// `--ip`.
    pub ip: Option<Ipv4Addr>,
    /// `--ip6`.
    pub ip6: Option<Ipv6Addr>,
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
    /// Its IPv6 address.
    pub address6: Option<Ipv6Net>,
    /// The pool of the address.
    pub pool: Option<PoolId>,
    /// Its hardware address.
    pub mac: Option<MacAddr>,
    /// The gateway that it offers.
    pub gateway: Option<Ipv4Addr>,
    /// The IPv6 gateway that it offers.
    pub gateway6: Option<Ipv6Addr>,
    /// Routes besides those of its subnet: destination and gateway, if there is one.
    pub routes: Vec<(Ipv4Net, Option<Ipv4Addr>)>,
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

impl Endpoint {
    /// Its addresses, that of IPv4 first.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        let ipv4 = self.address.map(|address| IpAddr::V4(address.addr()));
        let ipv6 = self.address6.map(|address| IpAddr::V6(address.addr()));
        ipv4.into_iter().chain(ipv6)
    }
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
    /// How many devices it has had, by the beginning of their names: the next gets this number.
    pub next_device: BTreeMap<String, u32>,
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
        Sandbox::key_of(&self.id, self.is_host)
    }

    /// The file of a sandbox with this id, whether it is still there or not.
    pub fn key_of(id: &str, is_host: bool) -> String {
        let name = if is_host { "default" } else { id::short(id) };
        format!("/var/run/docker/netns/{name}")
    }
}
