//! Endpoints: a place in a network, with an address. Made when a container starts or is connected,
//! gone when it stops or is disconnected.

use std::pin::Pin;
use std::rc::Rc;

use super::daemon::Daemon;
use super::error::ApiError;
use super::id;
use super::ipam::IpamError;
use super::model::{Container, Driver, Endpoint, EndpointRequest, Network, Scope, Subnet};
use crate::wire::Ipv4Addr;

impl Daemon {
    /// An endpoint without a container yet: with an address, not remembered.
    pub(super) async fn endpoint_new(
        &self,
        network: &Network,
        name: &str,
    ) -> Result<Endpoint, ApiError> {
        self.endpoint_with(network, name, &EndpointRequest::default()).await
    }

    /// The same, with what was asked for.
    async fn endpoint_with(
        &self,
        network: &Network,
        name: &str,
        request: &EndpointRequest,
    ) -> Result<Endpoint, ApiError> {
        let mut endpoint = Endpoint {
            id: self.new_id(),
            name: name.to_owned(),
            network: network.id.clone(),
            address: None,
            address6: None,
            pool: None,
            mac: request.mac,
            gateway: None,
            gateway6: None,
            routes: Vec::new(),
            anonymous: false,
            aliases: request.aliases.clone(),
            links: Vec::new(),
            exposed: Vec::new(),
            requested: Vec::new(),
            bindings: Vec::new(),
            sandbox: None,
            link: None,
            source_name: String::new(),
            host_end: None,
            locator: self.cluster.as_ref().map_or(String::new(), |c| c.advertise().to_string()),
        };
        if !network.driver.has_addresses() {
            return Ok(endpoint);
        }
        let (subnet, address) = self.pick_address(network, request).await?;
        endpoint.address = Some(subnet.with_len(address));
        endpoint.pool = Some(subnet.pool.clone());
        match self.take_address6(network, request.ip6) {
            Ok(address) => endpoint.address6 = address,
            Err(error) => {
                self.release_endpoint(&endpoint).await;
                return Err(error);
            }
        }
        if network.driver == Driver::Ipvlan {
            // They all have the address of their parent.
            if endpoint.mac.is_some() {
                self.release_endpoint(&endpoint).await;
                return Err(ApiError::forbidden(
                    "ipvlan interfaces do not support custom mac address assignment",
                ));
            }
        } else {
            endpoint.mac = endpoint.mac.or_else(|| Some(id::mac_of(address)));
        }
        Ok(endpoint)
    }

    /// Takes the address that is wanted, or the first that is free in one of the subnets.
    async fn pick_address<'a>(
        &self,
        network: &'a Network,
        request: &EndpointRequest,
    ) -> Result<(&'a Subnet, Ipv4Addr), ApiError> {
        let fits = |subnet: &&Subnet| request.ip.is_none_or(|ip| subnet.pool.subnet.contains(&ip));
        let mut failed = ApiError::bad_request("Requested address is out of range");
        for subnet in network.subnets.iter().filter(fits) {
            match self.take_address(&subnet.pool, request.ip).await {
                Ok(address) => return Ok((subnet, address)),
                Err(error) => failed = error,
            }
            if failed.message != IpamError::NoAddress.to_string() {
                break;
            }
        }
        Err(failed)
    }

    /// Makes an endpoint for a container, and announces it in the cluster.
    pub(super) async fn endpoint_create(
        self: &Rc<Self>,
        network: &Network,
        container: &Container,
        request: &EndpointRequest,
    ) -> Result<String, ApiError> {
        if network.config_only {
            let words = "cannot create endpoint on configuration-only network";
            return Err(ApiError::forbidden(words));
        }
        let name = container.name();
        let exists = || {
            let network = &network.name;
            ApiError::forbidden(format!(
                "endpoint with name {name} already exists in network {network}"
            ))
        };
        if self.has_endpoint(network, name).await? {
            return Err(exists());
        }
        let mut endpoint = self.endpoint_with(network, name, request).await?;
        endpoint.anonymous = container.config.is_anonymous;
        if network.has_names() {
            endpoint.aliases = container.aliases(request);
        }
        endpoint.links = parse_links(&request.links);
        endpoint.exposed = super::ports::exposed(self, container);
        endpoint.requested = super::ports::requested(self, container);
        let id = endpoint.id.clone();
        if let (Scope::Global, Some(cluster)) = (network.scope, &self.cluster) {
            let put = async {
                cluster.put_endpoint(&endpoint).await?;
                cluster.count_endpoint(&network.id, 1).await
            };
            if let Err(error) = put.await {
                self.release_endpoint(&endpoint).await;
                return Err(error.into());
            }
            self.watch_network(cluster, &network.id);
        }
        self.state.borrow_mut().endpoints.insert(id.clone(), endpoint);
        Ok(id)
    }

    /// Tells the cluster how an endpoint is called now. That something is counted makes the others look.
    pub(super) async fn endpoint_tell_name(&self, endpoint: &Endpoint) {
        let is_local = self.state.borrow().networks.contains_key(&endpoint.network);
        let Some(cluster) = self.cluster.as_ref().filter(|_| !is_local) else { return };
        let told = async {
            cluster.put_endpoint(endpoint).await?;
            cluster.count_endpoint(&endpoint.network, 0).await
        };
        if let Err(error) = told.await {
            let name = &endpoint.name;
            self.log("warning", &format!("failed to update endpoint {name}: {error}"));
        }
    }

    /// Whether the network has an endpoint with this name, on whichever host.
    async fn has_endpoint(&self, network: &Network, name: &str) -> Result<bool, ApiError> {
        if let (Scope::Global, Some(cluster)) = (network.scope, &self.cluster) {
            let endpoints = cluster.endpoints(&network.id).await?;
            return Ok(endpoints.iter().any(|endpoint| endpoint.name == name));
        }
        let state = self.state.borrow();
        let mut here = state.endpoints.values();
        Ok(here.any(|endpoint| endpoint.network == network.id && endpoint.name == name))
    }

    /// Gives the address of an endpoint back.
    pub(super) async fn release_endpoint(&self, endpoint: &Endpoint) {
        if let (Some(pool), Some(address)) = (&endpoint.pool, endpoint.address) {
            self.release_address(pool, address.addr()).await;
        }
    }

    /// Takes an endpoint out of its sandbox and forgets it.
    pub(super) async fn endpoint_remove(self: Rc<Self>, id: String) {
        let Some(endpoint) = self.endpoint(&id) else { return };
        let network = self.network_of(&endpoint).await;
        self.endpoint_leave(&id, network.as_ref()).await;
        self.release_endpoint(&endpoint).await;
        let is_global = network.as_ref().is_some_and(|network| network.scope == Scope::Global)
            || !self.state.borrow().networks.contains_key(&endpoint.network);
        if is_global && let Some(cluster) = &self.cluster {
            let removed = async {
                cluster.delete_endpoint(&endpoint).await?;
                cluster.count_endpoint(&endpoint.network, -1).await
            };
            if let Err(error) = removed.await {
                let name = &endpoint.name;
                self.log("warning", &format!("failed to delete endpoint {name}: {error}"));
            }
        }
        self.state.borrow_mut().endpoints.shift_remove(&id);
        if let Some(cluster) = &self.cluster {
            cluster.forget_names(&endpoint);
        }
    }

    /// The same as a value, for verbs that call each other.
    pub(super) fn endpoint_remove_boxed(
        self: Rc<Self>,
        id: String,
    ) -> Pin<Box<dyn Future<Output = ()>>> {
        Box::pin(self.endpoint_remove(id))
    }

    /// The network of an endpoint. When the store is gone, what is known of it here.
    pub(super) async fn network_of(&self, endpoint: &Endpoint) -> Option<Network> {
        let here = self.state.borrow().networks.get(&endpoint.network).cloned();
        if here.is_some() {
            return here;
        }
        let joined = self.state.borrow().overlays.get(&endpoint.network).map(|o| o.network.clone());
        if joined.is_some() {
            return joined;
        }
        self.networks().await.into_iter().find(|network| network.id == endpoint.network)
    }
}

/// `--link CONTAINER[:ALIAS]`.
fn parse_links(links: &[String]) -> Vec<(String, String)> {
    links
        .iter()
        .map(|link| {
            let (container, alias) = link.split_once(':').unwrap_or((link, link));
            (alias.to_owned(), container.to_owned())
        })
        .collect()
}
