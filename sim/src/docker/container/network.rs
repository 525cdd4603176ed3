//! The networks of a container: joining those that were asked for, and leaving them.

use std::rc::Rc;

use crate::docker::daemon::Daemon;
use crate::docker::error::ApiError;
use crate::docker::ipam::IpamError;
use crate::docker::model::{EndpointRequest, Network, NetworkMode, is_predefined};
use crate::kernel::NamespaceId;
use crate::process::Node;

impl Daemon {
    /// Joins the networks that were asked for; the namespace, if there is one already.
    pub(super) async fn join_networks(
        self: &Rc<Self>,
        id: &str,
    ) -> Result<Option<NamespaceId>, ApiError> {
        let container = self.find_container(id)?;
        if let NetworkMode::Container(other) = &container.config.mode {
            let other = self.find_container(other)?;
            if other.id == id {
                return Err(ApiError::bad_request("cannot join own network"));
            }
            let ns = other.pid.and_then(|pid| self.proc.ns_of(pid));
            return match ns.filter(|_| other.is_running()) {
                Some(ns) => Ok(Some(ns)),
                None => Err(ApiError::conflict(format!(
                    "cannot join network of a non running container: {}",
                    other.id
                ))),
            };
        }
        let is_host = container.config.mode == NetworkMode::Host;
        let sandbox = self.sandbox_new(&container, is_host);
        let servers = self.servers_of(&container);
        if let Some(found) = self.state.borrow_mut().sandboxes.get_mut(&sandbox) {
            found.servers = servers;
        }
        self.with_container(id, |container| container.sandbox = Some(sandbox.clone()));
        let mut names: Vec<String> = container.networks.keys().cloned().collect();
        // The default bridge comes first, whenever it was connected.
        names.sort_by_key(|name| name != "bridge");
        for name in names {
            self.attach(id, &name).await?;
        }
        if is_host {
            let key = Node::Netns(self.proc.ns());
            self.proc.files(|tree| tree.install("/run/docker/netns/default", key));
        }
        Ok(is_host.then(|| self.proc.ns()))
    }

    /// Puts a container into one of its networks.
    pub(in crate::docker) async fn attach(
        self: &Rc<Self>,
        id: &str,
        name: &str,
    ) -> Result<(), ApiError> {
        let container = self.find_container(id)?;
        let Some(at) = container.networks.get(name).cloned() else { return Ok(()) };
        // A user's network is known by its id once the container was in it; others come with new ids.
        let by_name = at.network.is_empty() || is_predefined(name);
        let network = self.find_network(if by_name { name } else { &at.network }).await?;
        check_request(&network, &at.request)?;
        check_addresses(&network, &at.request)?;
        let endpoint = self.endpoint_create(&network, &container, &at.request).await.map_err(
            |error| match at.request.ip {
                None => no_address(error, &network),
                Some(_) => error,
            },
        )?;
        self.with_container(id, |container| {
            if let Some(at) = container.networks.get_mut(name) {
                at.network.clone_from(&network.id);
                at.endpoint = Some(endpoint.clone());
            }
        });
        let Some(sandbox) = container.sandbox.clone() else { return Ok(()) };
        let joined = self.endpoint_join(&sandbox, &endpoint, &network).await;
        if joined.is_err() && self.is_lost(&endpoint) {
            self.with_container(id, |container| {
                if let Some(at) = container.networks.get_mut(name) {
                    at.endpoint = None;
                }
            });
        }
        joined?;
        self.tell_network(&network, "connect", Some(id));
        Ok(())
    }

    /// Takes a container out of all its networks.
    pub(super) async fn leave_networks(self: &Rc<Self>, id: &str) {
        let Ok(container) = self.find_container(id) else { return };
        let Some(sandbox) = container.sandbox.clone() else { return };
        let endpoints = {
            let state = self.state.borrow();
            state.sandboxes.get(&sandbox).map(|s| s.endpoints.clone()).unwrap_or_default()
        };
        // Attachments first, the bridge for the way out last.
        let own: Vec<String> =
            container.networks.values().filter_map(|at| at.endpoint.clone()).collect();
        let rest = endpoints.into_iter().filter(|id| !own.contains(id)).collect::<Vec<_>>();
        for endpoint in own {
            let network = match self.endpoint(&endpoint) {
                Some(endpoint) => self.network_of(&endpoint).await,
                None => None,
            };
            self.clone().endpoint_remove(endpoint).await;
            if let Some(network) = network {
                self.tell_network(&network, "disconnect", Some(id));
            }
        }
        for endpoint in rest {
            self.clone().endpoint_remove(endpoint).await;
        }
        self.sandbox_delete(&sandbox);
        self.with_container(id, |container| {
            for at in container.networks.values_mut() {
                at.endpoint = None;
            }
        });
    }
}

/// What cannot be asked of a network.
pub(in crate::docker) fn check_request(
    network: &Network,
    request: &EndpointRequest,
) -> Result<(), ApiError> {
    let is_user_defined = !network.is_predefined();
    let wants_address = request.ip.is_some() || request.ip6.is_some();
    if wants_address && !is_user_defined {
        return Err(ApiError::bad_request(
            "user specified IP address is supported on user defined networks only",
        ));
    }
    let has_subnet = network.ipam.iter().any(|config| config.subnet.is_some());
    let has_subnet6 = !network.inet6.config.is_empty();
    if (request.ip.is_some() && !has_subnet) || (request.ip6.is_some() && !has_subnet6) {
        return Err(ApiError::bad_request(
            "user specified IP address is supported only when connecting to networks with user configured subnets",
        ));
    }
    Ok(())
}

/// What is asked of a network is checked when somebody joins it: whether an address is one of its own.
fn check_addresses(network: &Network, request: &EndpointRequest) -> Result<(), ApiError> {
    if let Some(ip) = request.ip
        && !network.subnets.iter().any(|subnet| subnet.pool.subnet.contains(&ip))
    {
        return Err(ApiError::bad_request(format!(
            "Invalid address {ip}: It does not belong to any of this network's subnets"
        )));
    }
    if let Some(ip) = request.ip6
        && !network.inet6.subnets.iter().any(|subnet| subnet.subnet.contains(&ip))
    {
        return Err(ApiError::bad_request(format!(
            "Invalid address {ip}: It does not belong to any of this network's subnets"
        )));
    }
    Ok(())
}

/// A network without free addresses, in the words of its own level.
fn no_address(error: ApiError, network: &Network) -> ApiError {
    if error.message == IpamError::NoAddress.to_string() {
        let (name, id) = (&network.name, &network.id);
        return ApiError::server(format!(
            "no available IPv4 addresses on this network's address pools: {name} ({id})"
        ));
    }
    error
}
