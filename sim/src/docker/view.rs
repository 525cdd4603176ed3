//! Both views of what the daemon has made: its own words, and the devices and namespaces of Linux that
//! stand for them.

use super::daemon::Daemon;
use super::id::short;
use super::model::{Endpoint, Network};
use crate::kernel::{LinkId, NamespaceId};

/// The namespace in which a host boots.
pub const HOST: &str = "host";

/// A sandbox and its namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxView {
    /// The container.
    pub container: String,
    /// The beginning of the sandbox's id.
    pub sandbox: String,
    /// The file that holds the namespace.
    pub file: String,
    /// The number of the namespace, as `/proc/PID/ns/net` has it.
    pub inode: u32,
    /// The first process in it.
    pub pid: u32,
}

/// An endpoint and its devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointView {
    /// The container.
    pub container: String,
    /// The network.
    pub network: String,
    /// The beginning of the endpoint's id.
    pub endpoint: String,
    /// Its address.
    pub address: String,
    /// The device in the container.
    pub inside: String,
    /// The other end of the cable, or the card below.
    pub outside: String,
    /// The bridge in which that is.
    pub bridge: String,
    /// The namespace of both.
    pub place: String,
}

/// A network and its devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkView {
    /// Its name.
    pub name: String,
    /// Its driver.
    pub driver: String,
    /// Its subnet.
    pub subnet: String,
    /// Its bridge, or the card below.
    pub bridge: String,
    /// The namespace of that.
    pub place: String,
    /// Its tunnel, with the identifier of VXLAN; empty if it has none.
    pub tunnel: String,
}

impl Daemon {
    /// The sandboxes of containers that run.
    pub fn view_sandboxes(&self) -> Vec<SandboxView> {
        let state = self.state.borrow();
        let views = state.sandboxes.values().map(|sandbox| {
            let container = state.containers.get(&sandbox.container);
            let ns = sandbox.ns;
            SandboxView {
                container: container.map_or("", |container| container.name()).to_owned(),
                sandbox: short(&sandbox.id).to_owned(),
                file: sandbox.key(),
                inode: ns.map_or(0, |ns| self.sys(|sys| sys.netns_inode(ns))),
                pid: container.and_then(|container| container.pid).map_or(0, |pid| pid.0),
            }
        });
        views.collect()
    }

    /// The endpoints on this host.
    pub fn view_endpoints(&self) -> Vec<EndpointView> {
        let state = self.state.borrow();
        let mut views = Vec::new();
        for endpoint in state.endpoints.values().filter(|endpoint| endpoint.link.is_some()) {
            let sandbox = endpoint.sandbox.as_ref().and_then(|id| state.sandboxes.get(id));
            let container = sandbox.and_then(|sandbox| state.containers.get(&sandbox.container));
            let overlay = state.overlays.get(&endpoint.network);
            let network = overlay
                .map(|overlay| &overlay.network)
                .or_else(|| state.networks.get(&endpoint.network));
            let inner = sandbox.and_then(|sandbox| sandbox.ns);
            let place = overlay.map(|overlay| overlay.ns);
            let (outside, bridge) = self.other_side(endpoint, network, place);
            views.push(EndpointView {
                container: container.map_or("", |container| container.name()).to_owned(),
                network: network.map_or("", |network| network.name.as_str()).to_owned(),
                endpoint: short(&endpoint.id).to_owned(),
                address: endpoint.address.map_or_else(String::new, |address| address.to_string()),
                inside: endpoint.link.map_or_else(String::new, |link| self.name_in(inner, link)),
                outside,
                bridge,
                place: self.place_name(place),
            });
        }
        views
    }

    /// The host's end of an endpoint, and the bridge in which it is.
    fn other_side(
        &self,
        endpoint: &Endpoint,
        network: Option<&Network>,
        place: Option<NamespaceId>,
    ) -> (String, String) {
        let Some(end) = endpoint.host_end else {
            let parent = network.and_then(|network| network.options.get("parent"));
            return (parent.cloned().unwrap_or_default(), String::new());
        };
        let ns = place.unwrap_or_else(|| self.proc.ns());
        self.proc.sys_in(ns, |sys| {
            let bridge = sys.link(end).and_then(|view| view.master);
            let bridge = bridge.map_or_else(String::new, |bridge| sys.link_name(bridge));
            (sys.link_name(end), bridge)
        })
    }

    fn name_in(&self, ns: Option<NamespaceId>, link: LinkId) -> String {
        self.proc.sys_in(ns.unwrap_or_else(|| self.proc.ns()), |sys| sys.link_name(link))
    }

    fn place_name(&self, ns: Option<NamespaceId>) -> String {
        ns.map_or_else(|| HOST.to_owned(), |ns| self.sys(|sys| sys.netns_label(ns).to_owned()))
    }

    /// The networks of this host, and the overlays that have members here.
    pub fn view_networks(&self) -> Vec<NetworkView> {
        let state = self.state.borrow();
        let mut views = Vec::new();
        for network in state.networks.values() {
            let subnet = network.subnets.first().map(|subnet| subnet.pool.subnet.to_string());
            let parent = network.options.get("parent").cloned();
            let is_bridge = network.driver == super::model::Driver::Bridge;
            let bridge = is_bridge.then(|| network.bridge_name()).or(parent).unwrap_or_default();
            views.push(NetworkView {
                name: network.name.clone(),
                driver: network.driver.name().to_owned(),
                subnet: subnet.unwrap_or_default(),
                place: if bridge.is_empty() { String::new() } else { HOST.to_owned() },
                bridge,
                tunnel: String::new(),
            });
        }
        for overlay in state.overlays.values() {
            for subnet in &overlay.subnets {
                let ns = Some(overlay.ns);
                views.push(NetworkView {
                    name: overlay.network.name.clone(),
                    driver: overlay.network.driver.name().to_owned(),
                    subnet: subnet.subnet.to_string(),
                    bridge: self.name_in(ns, subnet.bridge),
                    place: self.place_name(ns),
                    tunnel: format!("{} (VNI {})", self.name_in(ns, subnet.vxlan), subnet.vni),
                });
            }
        }
        views
    }
}
