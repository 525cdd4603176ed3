//! Containers as readers from outside see them: lessons, journeys and screens, which have no process of
//! their own. They look and change nothing.

use ipnet::Ipv4Net;

use crate::kernel::{LinkId, NamespaceId};
use crate::process::{Processes, RootId};
use crate::wire::Ipv4Addr;

use super::daemon::SOCKET;
use super::model::{Driver, Endpoint, Network, Sandbox};
use super::{Daemon, id};

/// A running container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its name.
    pub name: String,
    /// 64 hex digits.
    pub id: String,
    /// Its namespace; the host's own with `--network host`.
    pub ns: NamespaceId,
    /// Its files.
    pub root: RootId,
    /// Its networks and addresses, in the order in which it joined them.
    pub addresses: Vec<Membership>,
}

/// A container's address in a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The name of the network.
    pub network: String,
    /// Its 64 hex digits: the same on all hosts on which it is one network.
    pub network_id: String,
    /// The address.
    pub address: Ipv4Addr,
}

/// The running containers of a host, in order of creation; none without a daemon.
pub fn places(processes: &Processes) -> Vec<Place> {
    let Some(daemon) = processes.service::<Daemon>(SOCKET) else { return Vec::new() };
    let state = daemon.state.borrow();
    let running = state.containers.values().filter(|container| container.is_running());
    running
        .filter_map(|container| {
            // Who shares the namespace of another container has no sandbox of his own.
            let ns = daemon.proc.ns_of(container.pid?)?;
            let own = container.sandbox.as_ref().and_then(|id| state.sandboxes.get(id));
            let shared = || state.sandboxes.values().find(|sandbox| sandbox.ns == Some(ns));
            let endpoints = own.or_else(shared).into_iter().flat_map(|sandbox| &sandbox.endpoints);
            let endpoints = endpoints.filter_map(|id| state.endpoints.get(id));
            let addresses = endpoints.filter_map(|endpoint| {
                let local = state.networks.get(&endpoint.network);
                let overlay = state.overlays.get(&endpoint.network).map(|overlay| &overlay.network);
                Some(Membership {
                    network: local.or(overlay).map_or(String::new(), |n| n.name.clone()),
                    network_id: endpoint.network.clone(),
                    address: endpoint.address?.addr(),
                })
            });
            Some(Place {
                name: container.name().to_owned(),
                id: container.id.clone(),
                ns,
                root: container.root?,
                addresses: addresses.collect(),
            })
        })
        .collect()
}

/// The name of the overlay network whose bridge is in a namespace.
pub fn overlay_in(processes: &Processes, ns: NamespaceId) -> Option<String> {
    let daemon = processes.service::<Daemon>(SOCKET)?;
    let state = daemon.state.borrow();
    state
        .overlays
        .values()
        .find(|overlay| overlay.ns == ns)
        .map(|overlay| overlay.network.name.clone())
}

/// The file under which a namespace of the daemon can be entered: that of a container's sandbox, or that of
/// an overlay network.
pub fn netns_file(processes: &Processes, ns: NamespaceId) -> Option<String> {
    let daemon = processes.service::<Daemon>(SOCKET)?;
    let state = daemon.state.borrow();
    let sandbox = state.sandboxes.values().find(|sandbox| sandbox.ns == Some(ns));
    let overlay = || state.overlays.values().find(|overlay| overlay.ns == ns);
    let key = sandbox.map(Sandbox::key);
    key.or_else(|| overlay().map(|it| format!("/run/docker/netns/1-{}", &it.network.id[..10])))
}

/// A network of a daemon beside what the kernel has for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkView {
    /// Its name.
    pub name: String,
    /// 12 hex digits.
    pub id: String,
    /// `bridge`, `overlay`, …
    pub driver: &'static str,
    /// Its subnets.
    pub subnets: Vec<String>,
    /// What carries it: bridges, tunnel ends.
    pub devices: Vec<LinkId>,
    /// Names of bridges that are looked for on the host.
    pub bridge: Option<String>,
}

/// An endpoint of a daemon beside what the kernel has for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointView {
    /// 12 hex digits.
    pub id: String,
    /// Its container.
    pub container: String,
    /// Its network.
    pub network: String,
    /// Its address.
    pub address: Option<Ipv4Net>,
    /// The device in the container.
    pub link: Option<LinkId>,
    /// The other end of its virtual cable, on the host.
    pub host_end: Option<LinkId>,
    /// Its namespace, and the file that names it.
    pub sandbox: Option<(NamespaceId, String)>,
}

/// The networks of a host as its daemon knows them.
pub fn networks(processes: &Processes) -> Vec<NetworkView> {
    let Some(daemon) = processes.service::<Daemon>(SOCKET) else { return Vec::new() };
    let state = daemon.state.borrow();
    let overlays = state.overlays.values().map(|overlay| &overlay.network);
    let local = state.networks.values();
    let view = |network: &Network| {
        let overlay = state.overlays.get(&network.id);
        let parts = overlay.into_iter().flat_map(|overlay| &overlay.subnets);
        NetworkView {
            name: network.name.clone(),
            id: id::short(&network.id).to_owned(),
            driver: network.driver.name(),
            subnets: network.subnets.iter().map(|it| it.pool.subnet.to_string()).collect(),
            devices: parts.flat_map(|part| [part.bridge, part.vxlan]).collect(),
            bridge: (network.driver == Driver::Bridge).then(|| network.bridge_name()),
        }
    };
    local.chain(overlays).map(view).collect()
}

/// The endpoints of a host as its daemon knows them.
pub fn endpoints(processes: &Processes) -> Vec<EndpointView> {
    let Some(daemon) = processes.service::<Daemon>(SOCKET) else { return Vec::new() };
    let state = daemon.state.borrow();
    let name_of = |id: &String| {
        let overlay = state.overlays.get(id).map(|overlay| &overlay.network);
        state.networks.get(id).or(overlay).map_or_else(String::new, |it| it.name.clone())
    };
    let view = |endpoint: &Endpoint| {
        let sandbox = endpoint.sandbox.as_ref().and_then(|id| state.sandboxes.get(id));
        EndpointView {
            id: id::short(&endpoint.id).to_owned(),
            container: endpoint.name.clone(),
            network: name_of(&endpoint.network),
            address: endpoint.address,
            link: endpoint.link,
            host_end: endpoint.host_end,
            sandbox: sandbox.and_then(|sandbox| Some((sandbox.ns?, sandbox.key()))),
        }
    };
    state.endpoints.values().map(view).collect()
}
