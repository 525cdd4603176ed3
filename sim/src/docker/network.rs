//! The verbs of networks: create, find, list, remove, prune.

use std::rc::Rc;

use ipnet::Ipv4Net;

use super::configuration;
use super::daemon::Daemon;
use super::error::ApiError;
use super::ipam::LOCAL;
use super::model::{
    Driver, Inet6Plan, IpamConfig, Network, NetworkRequest, Scope, Subnet, is_predefined, option,
};

impl Daemon {
    /// All networks that can be seen: those of this host, and those in the store if it answers.
    pub async fn networks(&self) -> Vec<Network> {
        let mut networks: Vec<Network> = self.state.borrow().networks.values().cloned().collect();
        if let Some(cluster) = &self.cluster {
            match cluster.networks().await {
                Ok(global) => networks.extend(global),
                Err(error) => {
                    self.log("error", &format!("could not get networks from store: {error}"));
                }
            }
        }
        networks
    }

    /// The network that a term names: a whole id, a name, the beginning of an id.
    pub async fn find_network(&self, term: &str) -> Result<Network, ApiError> {
        let networks = self.networks().await;
        let missing = || ApiError::not_found(format!("network {term} not found"));
        if term.is_empty() {
            return Err(missing());
        }
        if let Some(network) = networks.iter().find(|network| network.id == term) {
            return Ok(network.clone());
        }
        let ambiguous = |count: usize, how: &str| {
            let text = format!("network {term} is ambiguous ({count} matches found {how})");
            Err(ApiError::bad_request(text))
        };
        let named: Vec<&Network> = networks.iter().filter(|network| network.name == term).collect();
        match named.as_slice() {
            [network] => return Ok((*network).clone()),
            [] => {}
            several => return ambiguous(several.len(), "based on name"),
        }
        let begun: Vec<&Network> =
            networks.iter().filter(|network| network.id.starts_with(term)).collect();
        match begun.as_slice() {
            [network] => Ok((*network).clone()),
            [] => Err(missing()),
            several => ambiguous(several.len(), "based on ID prefix"),
        }
    }

    /// Makes a network for a user; its id.
    pub async fn network_create(
        self: Rc<Self>,
        request: NetworkRequest,
    ) -> Result<String, ApiError> {
        if is_predefined(&request.name) {
            return Err(ApiError::forbidden(format!(
                "operation is not permitted on predefined {} network ",
                request.name
            )));
        }
        let _held = self.lock.hold(&self.proc).await;
        let name = request.name.clone();
        if self.networks().await.iter().any(|network| network.name == name) || name.is_empty() {
            return Err(ApiError::conflict(format!("network with name {name} already exists")));
        }
        if name.trim().is_empty() {
            return Err(ApiError::bad_request(format!("invalid name: {name}")));
        }
        configuration::check(&request)?;
        let driver_name = match request.driver.as_str() {
            // A configuration is no network that an older engine could use.
            _ if request.config_only => "null",
            "" => "bridge",
            name => name,
        };
        let Some(driver) = Driver::named(driver_name) else {
            return Err(ApiError::not_found(format!("plugin \"{driver_name}\" not found")));
        };
        if matches!(driver, Driver::Host | Driver::Null) && !request.config_only {
            return Err(ApiError::forbidden(format!(
                "only one instance of \"{driver_name}\" network is allowed"
            )));
        }
        if !matches!(request.ipam_driver.as_str(), "" | "default") {
            let text = format!("plugin \"{}\" not found", request.ipam_driver);
            return Err(ApiError::not_found(text));
        }
        let scope = if driver == Driver::Overlay { Scope::Global } else { Scope::Local };
        if scope == Scope::Global && self.cluster.is_none() {
            return Err(ApiError::unavailable(
                "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node to swarm and try again.",
            ));
        }
        let mut network = Network {
            id: self.new_id(),
            name: request.name,
            created: self.calendar(),
            driver,
            scope,
            ipam: request.ipam,
            ipam_options: Some(request.ipam_options),
            subnets: Vec::new(),
            internal: request.internal,
            attachable: request.attachable,
            ipv6: request.ipv6,
            inet6: Inet6Plan { config: request.ipam6, subnets: Vec::new() },
            options: request.options,
            labels: request.labels,
            config_only: request.config_only,
            config_from: request.config_from,
        };
        if !network.config_from.is_empty() {
            self.apply_configuration(&mut network)?;
        }
        let id = network.id.clone();
        let network = self.create(network).await?;
        self.save();
        self.tell_network(&network, "create", None);
        Ok(id)
    }

    /// Allocates the addresses of a network, lets its driver make it, and remembers it.
    pub(super) async fn create(&self, mut network: Network) -> Result<Network, ApiError> {
        self.allocate_subnets(&mut network).await?;
        if let Err(error) = self.allocate_subnets6(&mut network) {
            self.release_subnets(&network).await;
            return Err(error);
        }
        if let Err(error) = self.driver_create(&mut network).await {
            self.release_subnets(&network).await;
            return Err(error);
        }
        match (network.scope, &self.cluster) {
            (Scope::Global, Some(cluster)) => {
                if let Err(error) = cluster.put_network(&network).await {
                    self.release_subnets(&network).await;
                    return Err(ApiError::server(error.to_string()));
                }
            }
            _ => {
                let id = network.id.clone();
                self.state.borrow_mut().networks.insert(id, network.clone());
            }
        }
        Ok(network)
    }

    /// Takes pools and gateways, as they are wanted or as they come.
    async fn allocate_subnets(&self, network: &mut Network) -> Result<(), ApiError> {
        if !network.driver.has_addresses() {
            return Ok(());
        }
        let wanted = if network.ipam.is_empty() {
            vec![IpamConfig::default()]
        } else {
            network.ipam.clone()
        };
        for config in wanted {
            if let Err(error) = self.allocate_subnet(network, &config).await {
                self.release_subnets(network).await;
                return Err(error);
            }
        }
        Ok(())
    }

    async fn allocate_subnet(
        &self,
        network: &mut Network,
        config: &IpamConfig,
    ) -> Result<(), ApiError> {
        let wanted = config.subnet.map(|subnet| (subnet.trunc(), config.ip_range));
        let is_global = network.scope == Scope::Global;
        let pool = match &self.cluster {
            Some(cluster) if is_global => cluster.take_pool(wanted).await?,
            _ => {
                let taken = self.host_subnets();
                let is_usable = |subnet: Ipv4Net| !taken.iter().any(|net| overlap(*net, subnet));
                self.state.borrow_mut().local.take_pool(wanted, is_usable)?
            }
        };
        network.subnets.push(Subnet { pool: pool.clone(), gateway: None });
        let gateway = self.take_address(&pool, config.gateway).await.map_err(|error| {
            let wanted = config.gateway.map_or(String::new(), |ip| ip.to_string());
            error.with_prefix(&format!("failed to allocate gateway ({wanted}): "))
        })?;
        if let Some(subnet) = network.subnets.last_mut() {
            subnet.gateway = Some(gateway);
        }
        for (key, address) in &config.aux {
            if !pool.subnet.contains(address) {
                return Err(ApiError::forbidden(format!(
                    "auxiliary address: ({key}:{address}) must belong to the master pool: {}",
                    pool.subnet
                )));
            }
            self.take_address(&pool, Some(*address)).await.map_err(|error| {
                let what = format!("failed to allocate secondary ip address ({key}:{address}): ");
                error.with_prefix(&what)
            })?;
        }
        Ok(())
    }

    /// Takes an address of a pool, here or in the store.
    pub(super) async fn take_address(
        &self,
        pool: &super::model::PoolId,
        wanted: Option<crate::wire::Ipv4Addr>,
    ) -> Result<crate::wire::Ipv4Addr, ApiError> {
        match &self.cluster {
            Some(cluster) if pool.space != LOCAL => cluster.take_address(pool, wanted).await,
            _ => Ok(self.state.borrow_mut().local.take_address(pool, wanted)?),
        }
    }

    /// Gives an address back.
    pub(super) async fn release_address(
        &self,
        pool: &super::model::PoolId,
        address: crate::wire::Ipv4Addr,
    ) {
        match &self.cluster {
            Some(cluster) if pool.space != LOCAL => {
                if let Err(error) = cluster.release_address(pool, address).await {
                    self.log(
                        "warning",
                        &format!("Failed to release ip address {address}: {error}"),
                    );
                }
            }
            _ => self.state.borrow_mut().local.release_address(pool, address),
        }
    }

    pub(super) async fn release_subnets(&self, network: &Network) {
        for subnet in &network.subnets {
            match &self.cluster {
                Some(cluster) if network.scope == Scope::Global => {
                    if let Err(error) = cluster.release_pool(&subnet.pool).await {
                        let pool = &subnet.pool;
                        self.log("warning", &format!("Failed to release pool {pool}: {error}"));
                    }
                }
                _ => self.state.borrow_mut().local.release_pool(&subnet.pool),
            }
        }
    }

    /// The subnets to which the host itself has routes, and its name servers: no network is put there
    /// unless somebody says so (`netutils.FindAvailableNetwork`).
    fn host_subnets(&self) -> Vec<Ipv4Net> {
        let routes = self.sys(|sys| sys.routes(crate::kernel::ip::fib::table::MAIN));
        let mut taken: Vec<Ipv4Net> = routes
            .unwrap_or_default()
            .iter()
            .map(|route| route.dst)
            .filter(|net| net.prefix_len() > 0)
            .collect();
        let servers = self.host_name_servers();
        taken.extend(servers.into_iter().map(Ipv4Net::from));
        taken
    }

    /// Removes a network that nobody uses.
    pub async fn network_remove(self: Rc<Self>, term: &str) -> Result<(), ApiError> {
        let _held = self.lock.hold(&self.proc).await;
        let network = self.find_network(term).await?;
        self.remove_network(&network).await?;
        self.save();
        Ok(())
    }

    async fn remove_network(&self, network: &Network) -> Result<(), ApiError> {
        if network.is_predefined() {
            return Err(ApiError::forbidden(format!(
                "{} is a pre-defined network and cannot be removed",
                network.name
            )));
        }
        let count = match (&self.cluster, network.scope) {
            (Some(cluster), Scope::Global) => {
                cluster.endpoint_count(&network.id).await.map_err(ApiError::from)?
            }
            _ => self.local_endpoints(&network.id).len() as u64,
        };
        if self.is_configuration_in_use(network) {
            let name = &network.name;
            return Err(ApiError::forbidden(format!(
                "error while removing network: configuration network \"{name}\" is in use"
            )));
        }
        if count > 0 {
            let (name, id) = (&network.name, &network.id);
            return Err(ApiError::forbidden(format!(
                "error while removing network: network {name} id {id} has active endpoints"
            )));
        }
        self.driver_delete(network).await?;
        self.release_subnets(network).await;
        match (&self.cluster, network.scope) {
            (Some(cluster), Scope::Global) => {
                cluster.delete_network(&network.id).await.map_err(ApiError::from)?;
            }
            _ => {
                self.state.borrow_mut().networks.shift_remove(&network.id);
            }
        }
        self.tell_network(network, "destroy", None);
        Ok(())
    }

    /// The ids of the endpoints of a network on this host.
    pub(super) fn local_endpoints(&self, network: &str) -> Vec<String> {
        let state = self.state.borrow();
        let here = state.endpoints.values().filter(|endpoint| endpoint.network == network);
        here.map(|endpoint| endpoint.id.clone()).collect()
    }

    /// Removes the networks that are wanted and that nobody uses; their names.
    pub async fn network_prune(
        self: Rc<Self>,
        is_wanted: impl Fn(&Network) -> bool,
    ) -> Result<Vec<String>, ApiError> {
        let _held = self.lock.hold(&self.proc).await;
        let mut removed = Vec::new();
        for network in self.networks().await {
            let is_local = network.scope == Scope::Local;
            let stays = network.is_predefined() || network.config_only;
            if stays || !is_wanted(&network) || !is_local && self.cluster.is_none() {
                continue;
            }
            // What is in use stays.
            if self.remove_network(&network).await.is_ok() {
                removed.push(network.name);
            }
        }
        self.save();
        Ok(removed)
    }

    /// A network that was there before the daemon was started.
    pub(super) fn restore_network(&self, network: Network) -> Result<(), ApiError> {
        {
            let mut state = self.state.borrow_mut();
            for subnet in &network.subnets {
                let pool = &subnet.pool;
                state.local.take_pool(Some((pool.subnet, pool.range)), |_| true)?;
                if let Some(gateway) = subnet.gateway {
                    state.local.take_address(pool, Some(gateway))?;
                }
            }
        }
        if network.driver == Driver::Bridge {
            self.bridge_create(&network)?;
        }
        self.state.borrow_mut().networks.insert(network.id.clone(), network);
        Ok(())
    }

    /// The MTU of a network's devices.
    pub(super) fn mtu_of(network: &Network) -> Option<u32> {
        network.options.get(option::MTU).and_then(|mtu| mtu.parse().ok()).filter(|mtu| *mtu > 0)
    }
}

/// Whether two subnets share addresses.
fn overlap(a: Ipv4Net, b: Ipv4Net) -> bool {
    a.contains(&b.network()) || b.contains(&a.network())
}
