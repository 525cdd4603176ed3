//! `docker network connect` and `disconnect`.

use std::rc::Rc;

use super::daemon::Daemon;
use super::error::ApiError;
use super::model::{Attachment, Driver, EndpointRequest, Network, NetworkMode, Scope};

impl Daemon {
    /// Puts a container into one more network.
    pub async fn network_connect(
        self: Rc<Self>,
        network: &str,
        container: &str,
        mut request: EndpointRequest,
    ) -> Result<(), ApiError> {
        let _held = self.lock.hold(&self.proc).await;
        let container = self.find_container(container)?;
        let network = match self.find_network(network).await {
            Err(error) if error.is_not_found() && !container.is_running() => {
                // One that does not run is given a network only when it starts.
                let at = Attachment { request, network: String::new(), endpoint: None };
                let name = network.to_owned();
                self.with_container(&container.id, |container| container.networks.insert(name, at));
                self.save();
                return Ok(());
            }
            found => found?,
        };
        let shares = "container sharing network namespace with another container or host cannot be connected to any other network";
        match container.config.mode {
            NetworkMode::Container(_) | NetworkMode::Host if network.driver != Driver::Host => {
                return Err(ApiError::forbidden(shares));
            }
            _ => {}
        }
        if network.driver == Driver::Host {
            return Err(ApiError::forbidden(
                "container cannot be disconnected from host network or connected to host network",
            ));
        }
        let name = network.name.clone();
        let is_in_it = container.networks.contains_key(&name);
        let is_private =
            network.driver == Driver::Null || container.networks.keys().any(|name| name == "none");
        if is_private && !is_in_it && !container.networks.is_empty() {
            return Err(ApiError::forbidden(
                "container cannot be connected to multiple networks with one of the networks in private (none) mode",
            ));
        }
        if !request.aliases.is_empty() && network.is_predefined() {
            return Err(ApiError::bad_request(
                "network-scoped alias is supported only for containers in user defined networks",
            ));
        }
        super::container::check_request(&network, &request)?;
        if is_in_it && !container.is_running() {
            // What it was told before stays as it is.
            return Ok(());
        }
        if is_in_it {
            return Err(ApiError::forbidden(format!(
                "endpoint with name {} already exists in network {name}",
                container.name()
            )));
        }
        request.has_driver_options = true;
        let id = container.id.clone();
        let at = Attachment { request, network: String::new(), endpoint: None };
        self.with_container(&id, |container| container.networks.insert(name.clone(), at));
        if container.is_running() {
            if let Err(error) = self.attach(&id, &name).await {
                let endpoint = self.find_container(&id).ok().and_then(|container| {
                    container.networks.get(&name).and_then(|at| at.endpoint.clone())
                });
                if let Some(endpoint) = endpoint {
                    self.clone().endpoint_remove_boxed(endpoint).await;
                }
                self.with_container(&id, |container| container.networks.shift_remove(&name));
                return Err(error);
            }
            let container = self.find_container(&id)?;
            let endpoint = container.networks.get(&name).and_then(|at| at.endpoint.as_ref());
            let endpoint = endpoint.and_then(|id| self.endpoint(id));
            self.etc_joined(&container, endpoint.as_ref());
        }
        self.save();
        Ok(())
    }

    /// Takes a container out of a network.
    pub async fn network_disconnect(
        self: Rc<Self>,
        network: &str,
        container: &str,
        force: bool,
    ) -> Result<(), ApiError> {
        let _held = self.lock.hold(&self.proc).await;
        let container = match self.find_container(container) {
            Ok(found) => found,
            Err(_) if force => {
                let network = self.find_network(network).await?;
                return self.endpoint_force_out(&network, container).await;
            }
            Err(error) => return Err(error),
        };
        let network = self.find_network(network).await?;
        let name = network.name.clone();
        let is_in_it = container.networks.contains_key(&name);
        if network.driver == Driver::Host && is_in_it && container.is_running() {
            return Err(ApiError::forbidden(
                "container cannot be disconnected from host network or connected to host network",
            ));
        }
        let Some(at) = container.networks.get(&name).cloned() else {
            let id = &container.id;
            return Err(if container.is_running() {
                ApiError::forbidden(format!("container {id} is not connected to network {name}"))
            } else {
                ApiError::server(format!("container {id} is not connected to the network {name}"))
            });
        };
        let names = self.names_in(&network.id);
        if let Some(endpoint) = at.endpoint {
            self.clone().endpoint_remove(endpoint).await;
        }
        self.with_container(&container.id, |container| container.networks.shift_remove(&name));
        if container.is_running() {
            self.etc_left(&container, &names);
            // The engine tells of it when the endpoint is gone, and again at the end.
            self.tell_network(&network, "disconnect", Some(&container.id));
        }
        self.tell_network(&network, "disconnect", Some(&container.id));
        self.save();
        Ok(())
    }

    /// Forgets an endpoint whose container is not here: that of another host of the cluster, too.
    async fn endpoint_force_out(&self, network: &Network, name: &str) -> Result<(), ApiError> {
        let missing = || ApiError::not_found(format!("endpoint {name} not found"));
        let Some(cluster) = self.cluster.as_ref().filter(|_| network.scope == Scope::Global) else {
            return Err(missing());
        };
        let all = cluster.endpoints(&network.id).await?;
        let endpoint = all.into_iter().find(|endpoint| endpoint.name == name);
        let endpoint = endpoint.ok_or_else(missing)?;
        cluster.delete_endpoint(&endpoint).await?;
        cluster.count_endpoint(&network.id, -1).await?;
        self.release_endpoint(&endpoint).await;
        Ok(())
    }
}
