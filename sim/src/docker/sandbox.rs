//! Sandboxes: the network side of a container. Endpoints join and leave; the first one with a gateway
//! gives the default route; without any, `docker_gwbridge` helps out.

use std::collections::BTreeMap;
use std::rc::Rc;

use ipnet::Ipv4Net;

use crate::kernel::sys::route::{RouteMode, RouteSpec};
use crate::kernel::{NamespaceId, NetlinkError};
use crate::process::Node;
use crate::wire::Ipv4Addr;

use super::daemon::Daemon;
use super::driver::bridge::interface_address;
use super::error::ApiError;
use super::model::{Container, Driver, Endpoint, Network, Sandbox, Scope, option};

impl Daemon {
    /// A sandbox for a container, still without a namespace.
    pub(super) fn sandbox_new(&self, container: &Container, is_host: bool) -> String {
        let id = self.new_id();
        let sandbox = Sandbox {
            id: id.clone(),
            container: container.id.clone(),
            ns: is_host.then(|| self.proc.ns()),
            endpoints: Vec::new(),
            next_device: BTreeMap::new(),
            is_host,
            resolver: None,
            servers: Vec::new(),
        };
        self.state.borrow_mut().sandboxes.insert(id.clone(), sandbox);
        id
    }

    /// The container's namespace exists: the endpoints move in (`sandbox.SetKey`).
    pub(super) async fn sandbox_set_ns(
        self: &Rc<Self>,
        id: &str,
        ns: NamespaceId,
    ) -> Result<(), ApiError> {
        let (key, endpoints) = {
            let mut state = self.state.borrow_mut();
            let Some(sandbox) = state.sandboxes.get_mut(id) else { return Ok(()) };
            sandbox.ns = Some(ns);
            (sandbox.key(), sandbox.endpoints.clone())
        };
        self.proc.sys(|sys| sys.netns_hold(ns));
        self.disable_ipv6(ns);
        self.proc.files(|tree| {
            let path = tree.resolve(&key, true).unwrap_or(key);
            tree.install(&path, Node::Netns(ns));
        });
        for endpoint in endpoints {
            self.move_in(id, &endpoint).await?;
        }
        Ok(())
    }

    /// Removes a sandbox whose endpoints have left.
    pub(super) fn sandbox_delete(&self, id: &str) {
        let Some(sandbox) = self.state.borrow_mut().sandboxes.shift_remove(id) else { return };
        if sandbox.is_host {
            return;
        }
        let key = sandbox.key();
        // The file may have been removed by hand.
        let _ = self.proc.files(|tree| {
            let path = tree.resolve(&key, true)?;
            tree.remove(&path)
        });
        if let Some(ns) = sandbox.ns {
            self.sys(|sys| sys.netns_release(ns));
        }
    }

    pub(super) fn endpoint(&self, id: &str) -> Option<Endpoint> {
        self.state.borrow().endpoints.get(id).cloned()
    }

    pub(super) fn with_endpoint<R>(
        &self,
        id: &str,
        change: impl FnOnce(&mut Endpoint) -> R,
    ) -> Option<R> {
        self.state.borrow_mut().endpoints.get_mut(id).map(change)
    }

    fn sandbox_ns(&self, id: &str) -> Option<NamespaceId> {
        self.state.borrow().sandboxes.get(id)?.ns
    }

    /// An endpoint joins a sandbox (`sbJoin`).
    pub(super) async fn endpoint_join(
        self: &Rc<Self>,
        sandbox: &str,
        id: &str,
        network: &Network,
    ) -> Result<(), ApiError> {
        let Some(mut endpoint) = self.endpoint(id) else { return Ok(()) };
        endpoint.sandbox = Some(sandbox.to_owned());
        self.driver_join(network, &mut endpoint).await?;
        self.with_endpoint(id, |known| *known = endpoint.clone());
        let before = self.gateway_endpoint(sandbox);
        self.sort_in(sandbox, id);
        if self.sandbox_ns(sandbox).is_some() {
            self.move_in(sandbox, id).await?;
        }
        if let (Scope::Global, Some(cluster)) = (network.scope, &self.cluster) {
            cluster.put_endpoint(&endpoint).await.map_err(ApiError::from)?;
        }
        if self.needs_gateway(sandbox) && self.gateway_network_endpoint(sandbox).is_none() {
            let joined = self.join_gwbridge(sandbox).await;
            if joined.is_err() && network.scope == Scope::Global {
                self.lose_endpoint(sandbox, id);
            }
            return joined;
        }
        let now = self.gateway_endpoint(sandbox);
        if now != before {
            if let Some(old) = before {
                self.unpublish(&old).await;
            }
            if let Some(new) = now {
                self.publish(&new)?;
            }
        }
        if !self.needs_gateway(sandbox)
            && let Some(gateway) = self.gateway_network_endpoint(sandbox)
            && gateway != id
        {
            self.clone().endpoint_remove_boxed(gateway).await;
        }
        Ok(())
    }

    /// Joins the bridge for the way out.
    async fn join_gwbridge(self: &Rc<Self>, sandbox: &str) -> Result<(), ApiError> {
        let network = self.gwbridge().await?;
        let name = format!("gateway_{}", super::id::short(sandbox));
        let container = self.state.borrow().sandboxes.get(sandbox).map(|s| s.container.clone());
        let container = container.and_then(|id| self.state.borrow().containers.get(&id).cloned());
        let mut endpoint = self.endpoint_new(&network, &name).await?;
        if let Some(container) = &container {
            endpoint.requested = super::ports::requested(self, container);
            endpoint.exposed = super::ports::exposed(self, container);
        }
        let id = endpoint.id.clone();
        self.state.borrow_mut().endpoints.insert(id.clone(), endpoint);
        let joined = {
            let daemon = self.clone();
            let (sandbox, id, network) = (sandbox.to_owned(), id.clone(), network.clone());
            let join: std::pin::Pin<Box<dyn Future<Output = Result<(), ApiError>>>> =
                Box::pin(async move { daemon.endpoint_join(&sandbox, &id, &network).await });
            join.await
        };
        if joined.is_err() {
            self.clone().endpoint_remove_boxed(id).await;
        }
        let container = container.map_or(String::new(), |container| container.id);
        let what = format!("container {container}: endpoint join on GW Network failed: ");
        joined.map_err(|error| error.with_prefix(&what))
    }

    /// A sandbox forgets an endpoint that has no way out, while the store says that it is in there:
    /// whoever clears up does not find it, and it stays in the store.
    fn lose_endpoint(&self, sandbox: &str, id: &str) {
        if let Some(sandbox) = self.state.borrow_mut().sandboxes.get_mut(sandbox) {
            sandbox.endpoints.retain(|other| other != id);
        }
    }

    /// Whether an endpoint is lost: it names a sandbox that does not have it.
    pub(super) fn is_lost(&self, id: &str) -> bool {
        let state = self.state.borrow();
        let endpoint = state.endpoints.get(id);
        let Some(sandbox) = endpoint.and_then(|endpoint| endpoint.sandbox.as_ref()) else {
            return false;
        };
        let found = state.sandboxes.get(sandbox);
        found.is_none_or(|sandbox| sandbox.endpoints.iter().all(|other| other != id))
    }

    /// Puts an endpoint into the order of its sandbox (`sandbox.go`, `Less`).
    fn sort_in(&self, sandbox: &str, id: &str) {
        let mut state = self.state.borrow_mut();
        let state = &mut *state;
        let Some(found) = state.sandboxes.get_mut(sandbox) else { return };
        found.endpoints.push(id.to_owned());
        let rank = |id: &String| {
            let endpoint = state.endpoints.get(id);
            let id = endpoint.map_or("", |endpoint| endpoint.network.as_str());
            let overlay = || state.overlays.get(id).map(|overlay| &overlay.network);
            let network = state.networks.get(id).or_else(overlay);
            let is_gwbridge = network.is_some_and(Network::is_gwbridge);
            let is_internal = network.is_some_and(|network| network.internal);
            let has_gateway = endpoint.is_some_and(|endpoint| endpoint.gateway.is_some());
            let name = network.map_or_else(String::new, |network| network.name.clone());
            (is_gwbridge, is_internal, !has_gateway, name)
        };
        let mut ranked: Vec<_> = found.endpoints.iter().map(|id| (rank(id), id.clone())).collect();
        ranked.sort_by(|a, b| a.0.cmp(&b.0));
        found.endpoints = ranked.into_iter().map(|(_, id)| id).collect();
    }

    /// The endpoint that gives the default route.
    pub(super) fn gateway_endpoint(&self, sandbox: &str) -> Option<String> {
        let state = self.state.borrow();
        let sandbox = state.sandboxes.get(sandbox)?;
        let has_gateway = |id: &&String| {
            state.endpoints.get(*id).is_some_and(|endpoint| endpoint.gateway.is_some())
        };
        sandbox.endpoints.iter().find(has_gateway).cloned()
    }

    /// The endpoint on `docker_gwbridge`.
    fn gateway_network_endpoint(&self, sandbox: &str) -> Option<String> {
        let state = self.state.borrow();
        let sandbox = state.sandboxes.get(sandbox)?;
        let on_gwbridge = |id: &&String| {
            let endpoint = state.endpoints.get(*id);
            let network = endpoint.and_then(|endpoint| state.networks.get(&endpoint.network));
            network.is_some_and(Network::is_gwbridge)
        };
        sandbox.endpoints.iter().find(on_gwbridge).cloned()
    }

    /// Whether a sandbox has a network with a way out, and no gateway (`needDefaultGW`).
    fn needs_gateway(&self, sandbox: &str) -> bool {
        let state = self.state.borrow();
        let Some(sandbox) = state.sandboxes.get(sandbox) else { return false };
        let mut needs = false;
        for id in &sandbox.endpoints {
            let Some(endpoint) = state.endpoints.get(id) else { continue };
            let network = state.networks.get(&endpoint.network);
            if network.is_some_and(Network::is_gwbridge) {
                continue;
            }
            if network.is_some_and(|n| matches!(n.driver, Driver::Null | Driver::Host)) {
                continue;
            }
            let is_default = |(net, _): &(Ipv4Net, _)| net.prefix_len() == 0;
            if endpoint.gateway.is_some() || endpoint.routes.iter().any(is_default) {
                return false;
            }
            let internal = network.is_some_and(|network| network.internal)
                || state.overlays.get(&endpoint.network).is_some_and(|o| o.network.internal);
            needs |= !internal;
        }
        needs
    }

    /// The device of an endpoint moves into the namespace, and is set up there.
    async fn move_in(self: &Rc<Self>, sandbox: &str, id: &str) -> Result<(), ApiError> {
        let (Some(ns), Some(endpoint)) = (self.sandbox_ns(sandbox), self.endpoint(id)) else {
            return Ok(());
        };
        self.start_resolver(sandbox, &endpoint);
        let prefix = {
            let state = self.state.borrow();
            let network = state.networks.get(&endpoint.network);
            let prefix = network.and_then(|network| network.options.get(option::IFACE_PREFIX));
            prefix.cloned().unwrap_or_else(|| "eth".to_owned())
        };
        if let Some(link) = endpoint.link {
            let name = {
                let mut state = self.state.borrow_mut();
                let Some(found) = state.sandboxes.get_mut(sandbox) else { return Ok(()) };
                let next = found.next_device.entry(prefix.clone()).or_insert(0);
                let name = format!("{prefix}{next}");
                *next += 1;
                name
            };
            let source = &endpoint.source_name;
            let failed = |what: String, error: NetlinkError| {
                let words = error.errno().text().to_lowercase();
                ApiError::server(format!(
                    "failed to add interface {source} to sandbox: {what}: {words}"
                ))
            };
            self.sys(|sys| sys.link_set_ns(link, ns, None))?;
            self.proc.sys_in(ns, |sys| -> Result<(), ApiError> {
                sys.link_down(link)?;
                sys.link_rename(link, &name).map_err(|error| {
                    failed(format!("error renaming interface \"{source}\" to \"{name}\""), error)
                })?;
                if let Some(mac) = endpoint.mac {
                    sys.link_set_mac(link, mac).map_err(|error| {
                        failed(
                            format!("error setting interface \"{source}\" MAC to \"{mac}\""),
                            error,
                        )
                    })?;
                }
                if let Some(address) = endpoint.address {
                    sys.addr_add(link, interface_address(address, &name)).map_err(|error| {
                        failed(
                            format!("error setting interface \"{source}\" IP to {address}"),
                            error,
                        )
                    })?;
                }
                Ok(())
            })?;
            self.move_in_ipv6(ns, link, &endpoint)?;
            self.proc.sys_in(ns, |sys| -> Result<(), ApiError> {
                sys.link_up(link).map_err(|error| failed("failed to set link up".into(), error))?;
                for (destination, gateway) in &endpoint.routes {
                    let route = RouteSpec::unicast(*destination, *gateway, Some(link));
                    sys.route_add(&route, RouteMode::Add)?;
                }
                Ok(())
            })?;
        }
        if self.gateway_endpoint(sandbox).as_deref() == Some(id) {
            self.set_gateway(ns, endpoint.gateway);
            self.set_gateway6(ns, endpoint.gateway6);
        }
        Ok(())
    }

    /// Sets the default route of a sandbox, or removes it.
    fn set_gateway(&self, ns: NamespaceId, gateway: Option<Ipv4Addr>) {
        let default = Ipv4Net::default();
        self.proc.sys_in(ns, |sys| {
            let main = crate::kernel::sys::table::MAIN;
            // There may be none.
            let _ = sys.route_del(main, default, |_| true);
            if let Some(gateway) = gateway {
                let route = RouteSpec::unicast(default, Some(gateway), None);
                // A gateway outside of all subnets is refused, as on a real machine.
                let _ = sys.route_add(&route, RouteMode::Add);
            }
        });
    }

    /// An endpoint leaves its sandbox (`sbLeave`).
    pub(super) async fn endpoint_leave(self: &Rc<Self>, id: &str, network: Option<&Network>) {
        let Some(endpoint) = self.endpoint(id) else { return };
        let Some(sandbox) = endpoint.sandbox.clone() else { return };
        let was_gateway = self.gateway_endpoint(&sandbox).as_deref() == Some(id);
        if was_gateway {
            self.unpublish(id).await;
        }
        if let Some(network) = network {
            self.driver_leave(network, &endpoint).await;
        } else {
            self.link_leave(&endpoint);
        }
        let ns = {
            let mut state = self.state.borrow_mut();
            let found = state.sandboxes.get_mut(&sandbox);
            found.and_then(|sandbox| {
                sandbox.endpoints.retain(|other| other != id);
                sandbox.ns
            })
        };
        self.with_endpoint(id, |endpoint| endpoint.sandbox = None);
        let next = self.gateway_endpoint(&sandbox);
        let next = next.and_then(|id| self.endpoint(&id));
        if was_gateway && let Some(ns) = ns {
            self.set_gateway(ns, next.as_ref().and_then(|endpoint| endpoint.gateway));
            self.set_gateway6(ns, next.as_ref().and_then(|endpoint| endpoint.gateway6));
            if let Some(next) = &next {
                // The port may be taken by now.
                let _ = self.publish(&next.id);
            }
        }
        let is_alone = {
            let state = self.state.borrow();
            state.sandboxes.get(&sandbox).is_some_and(|sandbox| sandbox.endpoints.len() == 1)
        };
        if let Some(gateway) = self.gateway_network_endpoint(&sandbox)
            && gateway != id
            && (is_alone || !self.needs_gateway(&sandbox))
        {
            self.clone().endpoint_remove_boxed(gateway).await;
        } else if !network.is_some_and(Network::is_gwbridge)
            && self.needs_gateway(&sandbox)
            && self.gateway_network_endpoint(&sandbox).is_none()
            && ns.is_some()
        {
            // Without a way out the container goes on with what it has.
            let _ = self.join_gwbridge_boxed(sandbox).await;
        }
    }

    fn join_gwbridge_boxed(
        self: &Rc<Self>,
        sandbox: String,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<(), ApiError>>>> {
        let daemon = self.clone();
        Box::pin(async move { daemon.join_gwbridge(&sandbox).await })
    }
}
