//! Published ports: address translation from outside, a rule to let it through, and a process that
//! carries what translation does not.

use std::rc::Rc;

use indexmap::IndexMap;

use crate::engine::Span;
use crate::kernel::Errno;
use crate::process::socket::{Listener, Udp};
use crate::process::{Pid, Signal, Stream};
use crate::wire::Ipv4Addr;

use super::daemon::Daemon;
use super::error::ApiError;
use super::model::{Container, Driver, Endpoint, Port, PortBinding, PortRequest, Protocol, option};

/// The ports of the host that are given away.
#[derive(Debug, Clone, Default)]
pub struct Ports {
    taken: Vec<(Ipv4Addr, Protocol, u16)>,
    next: u16,
}

/// `net.ipv4.ip_local_port_range`: where ports are chosen when nobody says which.
const EPHEMERAL: (u16, u16) = (32_768, 60_999);

impl Ports {
    fn is_taken(&self, ip: Ipv4Addr, protocol: Protocol, port: u16) -> bool {
        let any = Ipv4Addr::UNSPECIFIED;
        self.taken.iter().any(|(known, p, n)| {
            (*p, *n) == (protocol, port) && (*known == ip || *known == any || ip == any)
        })
    }

    /// Takes a port of a range, or the next of all.
    fn take(&mut self, ip: Ipv4Addr, protocol: Protocol, range: Option<(u16, u16)>) -> Option<u16> {
        let port = match range {
            Some((low, high)) => (low..=high).find(|port| !self.is_taken(ip, protocol, *port))?,
            None => {
                let (low, high) = EPHEMERAL;
                let start = self.next.max(low);
                let mut all = (start..=high).chain(low..start);
                all.find(|port| !self.is_taken(ip, protocol, *port))?
            }
        };
        if range.is_none() {
            self.next = port.checked_add(1).unwrap_or(EPHEMERAL.0);
        }
        self.taken.push((ip, protocol, port));
        Some(port)
    }

    fn release(&mut self, ip: Ipv4Addr, protocol: Protocol, port: u16) {
        self.taken.retain(|known| *known != (ip, protocol, port));
    }
}

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
            match self.bind_port(&bridge, &endpoint, request, default) {
                Ok(binding) => bindings.push(binding),
                Err(error) => {
                    for binding in &bindings {
                        self.unbind_port(&bridge, &endpoint, binding);
                    }
                    let (name, id) = (&endpoint.name, &endpoint.id);
                    return Err(error.with_prefix(&format!(
                        "driver failed programming external connectivity on endpoint {name} ({id}): "
                    )));
                }
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

    fn bind_port(
        &self,
        bridge: &str,
        endpoint: &Endpoint,
        request: &PortRequest,
        default: Ipv4Addr,
    ) -> Result<PortBinding, ApiError> {
        let host_ip = request.host_ip.unwrap_or(default);
        let protocol = request.container.protocol;
        let taken = self.state.borrow_mut().ports.take(host_ip, protocol, request.host_ports);
        let Some(host_port) = taken else {
            return Err(match request.host_ports {
                Some((low, high)) if low == high => ApiError::server(format!(
                    "Bind for {host_ip}:{low} failed: port is already allocated"
                )),
                Some(_) | None => ApiError::server("all ports are allocated"),
            });
        };
        let mut binding =
            PortBinding { container: request.container, host_ip, host_port, proxy: None };
        if let Err(error) = self.check_port(&binding) {
            self.state.borrow_mut().ports.release(host_ip, protocol, host_port);
            return Err(error);
        }
        if self.config.userland_proxy {
            binding.proxy = self.start_proxy(endpoint, &binding);
        }
        for (table, chain, rule) in port_rules(bridge, endpoint, &binding, self.has_proxy()) {
            self.rule_append(table, chain, &rule)?;
        }
        Ok(binding)
    }

    fn has_proxy(&self) -> bool {
        self.config.userland_proxy
    }

    /// Whether the port can be bound on the host.
    fn check_port(&self, binding: &PortBinding) -> Result<(), ApiError> {
        if !self.config.userland_proxy {
            return Ok(());
        }
        let address = Some(binding.host_ip).filter(|ip| !ip.is_unspecified());
        let (port, ns) = (binding.host_port, self.proc.ns());
        let protocol = binding.container.protocol;
        let bound = match protocol {
            Protocol::Udp => Udp::bind_in(&self.proc, ns, address, port).map(|_| ()),
            _ => Listener::bind_in(&self.proc, ns, address, port).map(|_| ()),
        };
        let words = match bound {
            Ok(()) => return Ok(()),
            Err(Errno::EADDRINUSE) => "address already in use",
            Err(errno) => &errno.text().to_lowercase(),
        };
        let (ip, name) = (binding.host_ip, protocol.name());
        Err(ApiError::server(format!(
            "Error starting userland proxy: listen {name}4 {ip}:{port}: bind: {words}"
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
        ip if ip.is_unspecified() => String::new(),
        ip => format!("-d {ip}/32 "),
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

    #[test]
    fn ports_are_given_once_and_in_order() {
        let mut ports = Ports::default();
        let any = Ipv4Addr::UNSPECIFIED;
        let home = Ipv4Addr::LOCALHOST;
        assert_eq!(ports.take(any, Protocol::Tcp, Some((80, 80))), Some(80));
        assert_eq!(ports.take(home, Protocol::Tcp, Some((80, 80))), None);
        assert_eq!(ports.take(any, Protocol::Udp, Some((80, 80))), Some(80));
        assert_eq!(ports.take(any, Protocol::Tcp, None), Some(32_768));
        assert_eq!(ports.take(any, Protocol::Tcp, None), Some(32_769));
        ports.release(any, Protocol::Tcp, 80);
        assert_eq!(ports.take(home, Protocol::Tcp, Some((80, 81))), Some(80));
        assert_eq!(ports.take(home, Protocol::Tcp, Some((80, 81))), Some(81));
    }
}
