//! Published ports: address translation from outside, a rule to let it through, and a process that
//! carries what translation does not.

mod allocator;

pub use allocator::Ports;

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::rc::Rc;

use indexmap::IndexMap;

use crate::engine::Span;
use crate::kernel::Errno;
use crate::process::socket::{Listener, Udp};
use crate::process::{Pid, Signal, Stream};
use crate::wire::Ipv4Addr;

use crate::docker::daemon::Daemon;
use crate::docker::error::ApiError;
use crate::docker::model::{
    Container, Driver, Endpoint, Port, PortBinding, PortRequest, Protocol, option,
};

/// The ports that a container announces: those of its image, of `--expose`, and of `-p`.
pub(super) fn exposed(daemon: &Daemon, container: &Container) -> Vec<Port> {
    let image = daemon.image(&container.config.image);
    let of_image = image.into_iter().flat_map(|image| image.exposed);
    let mut ports: Vec<Port> =
        of_image.map(|number| Port { number: *number, protocol: Protocol::Tcp }).collect();
    ports.extend(&container.config.exposed);
    ports.extend(container.config.ports.iter().map(|request| request.container));
    ports.sort();
    ports.dedup();
    ports
}

/// The ports that a container wants published, in the order in which that happens: those of `-p`, and
/// with `-P` all others that it announces.
pub(super) fn requested(daemon: &Daemon, container: &Container) -> Vec<PortRequest> {
    let mut ports = container.config.ports.clone();
    if container.config.publish_all {
        for port in exposed(daemon, container) {
            if !container.config.ports.iter().any(|request| request.container == port) {
                ports.push(PortRequest { container: port, host_ip: None, host_ports: None });
            }
        }
    }
    sort(&mut ports);
    ports
}

/// The order of Docker's `nat.SortPortMap`: an insertion sort by a comparison that is no order, so the
/// algorithm is part of the result. Ports stay together where the first of them is.
fn sort(ports: &mut Vec<PortRequest>) {
    let outside = |request: &PortRequest| request.host_ports.map_or(0, |(low, _)| low);
    let comes_first = |a: &PortRequest, b: &PortRequest| {
        outside(a) > outside(b)
            || a.container.number > b.container.number
            || (a.container.number == b.container.number && a.container.protocol == Protocol::Tcp)
    };
    for n in 1..ports.len() {
        for at in (1..=n).rev() {
            if !comes_first(&ports[at], &ports[at - 1]) {
                break;
            }
            ports.swap(at, at - 1);
        }
    }
    let mut together: IndexMap<Port, Vec<PortRequest>> = IndexMap::new();
    for request in ports.drain(..) {
        together.entry(request.container).or_default().push(request);
    }
    ports.extend(together.into_values().flatten());
}

/// How often another port is tried when nobody says which.
const ATTEMPTS: usize = 10;

/// What it takes `docker-proxy` to end.
const PROXY_END: Span = Span::micros(500);

impl Daemon {
    /// Publishes the ports of an endpoint (`ProgramExternalConnectivity`).
    pub(super) fn publish(self: &Rc<Self>, id: &str) -> Result<(), ApiError> {
        let Some(endpoint) = self.endpoint(id) else { return Ok(()) };
        let network = self.state.borrow().networks.get(&endpoint.network).cloned();
        let Some(network) = network.filter(|n| n.driver == Driver::Bridge && !n.internal) else {
            return Ok(());
        };
        let bridge = network.bridge_name();
        let default = network.options.get(option::HOST_BINDING).and_then(|ip| ip.parse().ok());
        let default = default.unwrap_or(Ipv4Addr::UNSPECIFIED);
        let mut bindings: Vec<PortBinding> = Vec::new();
        for request in &endpoint.requested {
            let bound = self.bind_request(&bridge, &endpoint, request, default, &mut bindings);
            if let Err(error) = bound {
                for binding in &bindings {
                    self.unbind_port(&bridge, &endpoint, binding);
                }
                let (name, id) = (&endpoint.name, &endpoint.id);
                return Err(error.with_prefix(&format!(
                    "driver failed programming external connectivity on endpoint {name} ({id}): "
                )));
            }
        }
        self.with_endpoint(id, |endpoint| endpoint.bindings = bindings);
        Ok(())
    }

    /// Takes the ports of an endpoint back; they are free when this is done.
    pub(super) async fn unpublish(&self, id: &str) {
        let bindings = self.with_endpoint(id, |endpoint| std::mem::take(&mut endpoint.bindings));
        let (Some(endpoint), Some(bindings)) = (self.endpoint(id), bindings) else { return };
        let bridge = self.state.borrow().networks.get(&endpoint.network).map(|n| n.bridge_name());
        for binding in &bindings {
            self.unbind_port(bridge.as_deref().unwrap_or(""), &endpoint, binding);
        }
        self.forget_connections(&endpoint);
        if bindings.iter().any(|binding| binding.proxy.is_some()) {
            // The sockets of a process that ends are closed a moment later.
            self.proc.sleep(PROXY_END).await;
        }
    }

    /// Connections translated from or to an endpoint that goes: the next owner of its address must not
    /// get their packets (`clearEndpointConnections`).
    fn forget_connections(&self, endpoint: &Endpoint) {
        let Some(address) = endpoint.address.map(|address| address.addr()) else { return };
        self.sys(|sys| {
            sys.connections_del(0, |conn| conn.reply.src == address || conn.reply.dst == address);
        });
    }

    /// Publishes a port, by IPv4 and, if nobody says on which address, for IPv6, too.
    fn bind_request(
        &self,
        bridge: &str,
        endpoint: &Endpoint,
        request: &PortRequest,
        default: Ipv4Addr,
        bindings: &mut Vec<PortBinding>,
    ) -> Result<(), ApiError> {
        let host_ip = request.host_ip.unwrap_or(default);
        bindings.push(self.bind_port(bridge, endpoint, request, host_ip.into())?);
        // The container has no IPv6 address, so only the proxy can carry it there.
        if self.has_proxy() && request.host_ip.is_none() && default.is_unspecified() {
            let any = Ipv6Addr::UNSPECIFIED;
            bindings.push(self.bind_port(bridge, endpoint, request, any.into())?);
        }
        Ok(())
    }

    fn bind_port(
        &self,
        bridge: &str,
        endpoint: &Endpoint,
        request: &PortRequest,
        host_ip: IpAddr,
    ) -> Result<PortBinding, ApiError> {
        let protocol = request.container.protocol;
        let attempts = if request.host_ports.is_none() { ATTEMPTS } else { 1 };
        let mut failed = None;
        for _ in 0..attempts {
            let taken = self.state.borrow_mut().ports.take(host_ip, protocol, request.host_ports);
            let Some(host_port) = taken else {
                return Err(match request.host_ports {
                    Some((low, high)) if low == high => ApiError::server(format!(
                        "Bind for {host_ip}:{low} failed: port is already allocated"
                    )),
                    Some(_) | None => ApiError::server("all ports are allocated"),
                });
            };
            let container = request.container;
            let mut binding = PortBinding { container, host_ip, host_port, proxy: None };
            if let Err(error) = self.check_port(&binding) {
                self.state.borrow_mut().ports.release(host_ip, protocol, host_port);
                failed = Some(error);
                continue;
            }
            if self.config.userland_proxy {
                binding.proxy = self.start_proxy(endpoint, &binding);
            }
            for (table, chain, rule) in port_rules(bridge, endpoint, &binding, self.has_proxy()) {
                self.rule_append(table, chain, &rule)?;
            }
            return Ok(binding);
        }
        Err(failed.unwrap_or_else(|| ApiError::server("all ports are allocated")))
    }

    fn has_proxy(&self) -> bool {
        self.config.userland_proxy
    }

    /// Whether the port can be bound on the host.
    fn check_port(&self, binding: &PortBinding) -> Result<(), ApiError> {
        if !self.config.userland_proxy {
            return Ok(());
        }
        let (port, ns) = (binding.host_port, self.proc.ns());
        let protocol = binding.container.protocol;
        let (bound, version) = match (binding.host_ip, protocol) {
            (IpAddr::V4(ip), _) => {
                let address = Some(ip).filter(|ip| !ip.is_unspecified());
                let bound = match protocol {
                    Protocol::Udp => Udp::bind_in(&self.proc, ns, address, port).map(|_| ()),
                    _ => Listener::bind_in(&self.proc, ns, address, port).map(|_| ()),
                };
                (bound, 4)
            }
            (IpAddr::V6(_), Protocol::Udp) => (Udp::bind_ipv6(&self.proc, ns, port).map(|_| ()), 6),
            (IpAddr::V6(_), _) => (Listener::bind_ipv6(&self.proc, ns, port).map(|_| ()), 6),
        };
        let words = match bound {
            Ok(()) => return Ok(()),
            Err(Errno::EADDRINUSE) => "address already in use",
            Err(errno) => &errno.text().to_lowercase(),
        };
        let place = SocketAddr::new(binding.host_ip, port);
        let name = protocol.name();
        Err(ApiError::server(format!(
            "Error starting userland proxy: listen {name}{version} {place}: bind: {words}"
        )))
    }

    /// Starts `docker-proxy` for a binding.
    fn start_proxy(&self, endpoint: &Endpoint, binding: &PortBinding) -> Option<Pid> {
        let (_, program) = self.proc.find_program("docker-proxy").ok()?;
        let mut spawn = self.proc.spawn_like();
        let inner = endpoint.address?.addr();
        spawn.argv = [
            "/usr/bin/docker-proxy",
            "-proto",
            binding.container.protocol.name(),
            "-host-ip",
            &binding.host_ip.to_string(),
            "-host-port",
            &binding.host_port.to_string(),
            "-container-ip",
            &inner.to_string(),
            "-container-port",
            &binding.container.number.to_string(),
        ]
        .map(str::to_owned)
        .to_vec();
        spawn.stdio = [Stream::Null, Stream::Null, Stream::Null];
        // By a pipe it tells the daemon whether it could bind.
        spawn.extra_files = 1;
        Some(self.proc.spawn(spawn, program))
    }

    fn unbind_port(&self, bridge: &str, endpoint: &Endpoint, binding: &PortBinding) {
        if let Some(pid) = binding.proxy {
            // It may have ended by itself.
            let _ = self.proc.kill(pid, Signal::Kill);
        }
        for (table, chain, rule) in port_rules(bridge, endpoint, binding, self.has_proxy()) {
            self.rule_delete(table, chain, &rule);
        }
        let protocol = binding.container.protocol;
        self.state.borrow_mut().ports.release(binding.host_ip, protocol, binding.host_port);
    }
}

type PortRule = (&'static str, &'static str, String);

/// The rules of a published port, in the order in which they are made.
fn port_rules(
    bridge: &str,
    endpoint: &Endpoint,
    binding: &PortBinding,
    has_proxy: bool,
) -> Vec<PortRule> {
    let Some(address) = endpoint.address.map(|address| address.addr()) else { return Vec::new() };
    let (name, inner) = (binding.container.protocol.name(), binding.container.number);
    let outer = binding.host_port;
    let to = match binding.host_ip {
        // Nothing is translated from IPv6 to IPv4.
        IpAddr::V6(_) => return Vec::new(),
        IpAddr::V4(ip) if ip.is_unspecified() => String::new(),
        IpAddr::V4(ip) => format!("-d {ip}/32 "),
    };
    let not_inside = if has_proxy { format!("! -i {bridge} ") } else { String::new() };
    vec![
        (
            "nat",
            "DOCKER",
            format!(
                "{to}{not_inside}-p {name} -m {name} --dport {outer} -j DNAT --to-destination {address}:{inner}"
            ),
        ),
        (
            "filter",
            "DOCKER",
            format!(
                "-d {address}/32 ! -i {bridge} -o {bridge} -p {name} -m {name} --dport {inner} -j ACCEPT"
            ),
        ),
        (
            "nat",
            "POSTROUTING",
            format!(
                "-s {address}/32 -d {address}/32 -p {name} -m {name} --dport {inner} -j MASQUERADE"
            ),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn higher_ports_of_the_host_are_published_first() {
        let request = |inner: u16, protocol, outer: u16| PortRequest {
            container: Port { number: inner, protocol },
            host_ip: None,
            host_ports: Some((outer, outer)),
        };
        let mut ports = vec![
            request(80, Protocol::Tcp, 8081),
            request(80, Protocol::Tcp, 8082),
            request(53, Protocol::Udp, 5353),
        ];
        sort(&mut ports);
        let outer: Vec<u16> = ports.iter().filter_map(|p| Some(p.host_ports?.0)).collect();
        assert_eq!(outer, [8082, 8081, 5353]);
    }
}
