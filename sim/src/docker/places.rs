//! Containers as readers from outside see them: lessons, journeys and screens, which have no process of
//! their own. They look and change nothing.

use crate::kernel::NamespaceId;
use crate::process::{Processes, RootId};
use crate::wire::Ipv4Addr;

use super::Daemon;
use super::daemon::SOCKET;

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
    /// Its networks, each with its address there.
    pub addresses: Vec<(String, Ipv4Addr)>,
}

/// The running containers of a host, in order of creation; none without a daemon.
pub fn places(processes: &Processes) -> Vec<Place> {
    let Some(daemon) = processes.service::<Daemon>(SOCKET) else { return Vec::new() };
    let state = daemon.state.borrow();
    let running = state.containers.values().filter(|container| container.is_running());
    running
        .filter_map(|container| {
            let sandbox = state.sandboxes.get(container.sandbox.as_ref()?)?;
            let endpoints = sandbox.endpoints.iter().filter_map(|id| state.endpoints.get(id));
            let addresses = endpoints.filter_map(|endpoint| {
                let network = state.networks.get(&endpoint.network);
                let name = network.map_or("", |network| network.name.as_str());
                Some((name.to_owned(), endpoint.address?.addr()))
            });
            Some(Place {
                name: container.name().to_owned(),
                id: container.id.clone(),
                ns: sandbox.ns?,
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
