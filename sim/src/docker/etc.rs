//! The files that the daemon writes for a container: `/etc/hostname`, `/etc/hosts`, `/etc/resolv.conf`.

use std::net::IpAddr;

use crate::process::{Node, RootId, Tree};
use crate::wire::Ipv4Addr;

use super::daemon::Daemon;
use super::model::{Container, Endpoint, NetworkMode};
use super::resolver::loopback_free;

/// The lines that every `/etc/hosts` begins with.
const HOSTS: &str = "127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
ff00::0\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
";

impl Daemon {
    /// Writes all three files.
    pub(super) fn write_etc(&self, container: &Container) {
        let Some(root) = container.root else { return };
        let hostname = self.hostname_of(container);
        let hosts = self.hosts_of(container);
        let resolv = self.resolv_of(container);
        self.proc.set_hostname(root, &hostname);
        let files = [
            ("/etc/hostname", format!("{hostname}\n")),
            ("/etc/hosts", hosts),
            ("/etc/resolv.conf", resolv),
        ];
        self.proc.files_of(root, |tree| {
            for (path, text) in files {
                tree.install(path, Node::File(text.into_bytes()));
            }
        });
    }

    /// A network has come: its address is a line more in `/etc/hosts`, and names may be served now.
    pub(super) fn etc_joined(&self, container: &Container, endpoint: Option<&Endpoint>) {
        let addresses = endpoint.into_iter().flat_map(Endpoint::addresses);
        let names = names_in_hosts(container);
        let lines: String = addresses.map(|address| format!("{address}\t{names}\n")).collect();
        let resolv = self.resolv_of(container);
        self.change_etc(container, |tree| {
            let hosts = tree.read("/etc/hosts").unwrap_or_default();
            let hosts = [hosts.as_slice(), lines.as_bytes()].concat();
            tree.install("/etc/hosts", Node::File(hosts));
            tree.install("/etc/resolv.conf", Node::File(resolv.clone().into_bytes()));
        });
    }

    /// A network has gone: all lines of `/etc/hosts` that end with a name of it go, too.
    pub(super) fn etc_left(&self, container: &Container, names: &[String]) {
        self.change_etc(container, |tree| {
            let hosts = tree.read("/etc/hosts").unwrap_or_default();
            let hosts = String::from_utf8_lossy(&hosts).into_owned();
            let is_named = |line: &&str| {
                names.iter().any(|name| {
                    line.strip_suffix(name.as_str()).is_some_and(|rest| rest.ends_with('\t'))
                })
            };
            let lines = hosts.lines().filter(|line| !is_named(line));
            let text: String = lines.map(|line| format!("{line}\n")).collect();
            tree.install("/etc/hosts", Node::File(text.into_bytes()));
        });
    }

    /// A container that has a name here has another address now.
    pub(super) fn etc_moved(&self, container: &Container, name: &str, address: Ipv4Addr) {
        self.change_etc(container, |tree| {
            let hosts = tree.read("/etc/hosts").unwrap_or_default();
            let hosts = String::from_utf8_lossy(&hosts).into_owned();
            let changed = |line: &str| match line.split_once('\t') {
                Some((_, names)) if names.split([' ', '.']).next() == Some(name) => {
                    format!("{address}\t{names}\n")
                }
                _ => format!("{line}\n"),
            };
            let text: String = hosts.lines().map(changed).collect();
            tree.install("/etc/hosts", Node::File(text.into_bytes()));
        });
    }

    /// A container has a link less.
    pub(super) fn etc_unlinked(&self, container: &Container) {
        let hosts = self.hosts_of(container);
        self.change_etc(container, |tree| {
            tree.install("/etc/hosts", Node::File(hosts.clone().into_bytes()));
        });
    }

    /// Changes the files of a container, which are also those of whoever runs in its network.
    fn change_etc(&self, container: &Container, change: impl Fn(&mut Tree)) {
        let shared = NetworkMode::Container(container.id.clone());
        let roots: Vec<RootId> = {
            let state = self.state.borrow();
            let sharers =
                state.containers.values().filter(|c| c.is_running() && c.config.mode == shared);
            container.root.into_iter().chain(sharers.filter_map(|c| c.root)).collect()
        };
        for root in roots {
            self.proc.files_of(root, &change);
        }
    }

    /// The container with whose network this one runs, if that is another.
    fn partner(&self, container: &Container) -> Option<Container> {
        let NetworkMode::Container(id) = &container.config.mode else { return None };
        self.state.borrow().containers.get(id).cloned()
    }

    pub(super) fn hostname_of(&self, container: &Container) -> String {
        if let Some(partner) = self.partner(container) {
            return partner.hostname();
        }
        match (&container.config.mode, &container.config.hostname) {
            (NetworkMode::Host, None) => self.proc.hostname(),
            _ => container.hostname(),
        }
    }

    fn hosts_of(&self, container: &Container) -> String {
        if let Some(root) = self.partner(container).and_then(|partner| partner.root) {
            let copy = self.proc.files_of(root, |tree| tree.read("/etc/hosts"));
            return String::from_utf8_lossy(&copy.and_then(Result::ok).unwrap_or_default())
                .into_owned();
        }
        let is_host = container.config.mode == NetworkMode::Host;
        if is_host && container.config.extra_hosts.is_empty() {
            let copy = self.proc.read_file("/etc/hosts").unwrap_or_default();
            return String::from_utf8_lossy(&copy).into_owned();
        }
        let mut text = HOSTS.to_owned();
        for (name, address) in &container.config.extra_hosts {
            let gateway = || self.default_gateway();
            let address = if address == "host-gateway" { gateway() } else { address.clone() };
            text += &format!("{address}\t{name}\n");
        }
        for (address, names) in self.linked(container) {
            text += &format!("{address}\t{names}\n");
        }
        for address in self.addresses_of(container) {
            text += &format!("{address}\t{}\n", names_in_hosts(container));
        }
        text
    }

    /// The address of the host on the default bridge, or none without one.
    fn default_gateway(&self) -> String {
        let state = self.state.borrow();
        let bridge = state.networks.values().find(|network| network.is_default_bridge());
        let gateway = bridge.and_then(|network| network.subnets.first()?.gateway);
        gateway.map_or(String::new(), |address| address.to_string())
    }

    /// The addresses of a container, but not that on `docker_gwbridge`.
    fn addresses_of(&self, container: &Container) -> Vec<IpAddr> {
        let state = self.state.borrow();
        let endpoints = container.networks.values().filter_map(|at| at.endpoint.as_ref());
        endpoints.filter_map(|id| state.endpoints.get(id)).flat_map(Endpoint::addresses).collect()
    }

    /// Containers to which this one is linked on the default bridge: address, and names.
    fn linked(&self, container: &Container) -> Vec<(Ipv4Addr, String)> {
        let state = self.state.borrow();
        container
            .config
            .links
            .iter()
            .filter_map(|link| {
                let (name, alias) = link.split_once(':').unwrap_or((link, link));
                let other = state.containers.values().find(|c| c.name() == name || c.id == name)?;
                let endpoint = other.networks.get("bridge")?.endpoint.as_ref()?;
                let address = state.endpoints.get(endpoint)?.address?.addr();
                let short = super::id::short(&other.id);
                let names = if alias == other.name() {
                    format!("{alias} {short}")
                } else {
                    format!("{alias} {short} {}", other.name())
                };
                Some((address, names))
            })
            .collect()
    }

    fn resolv_of(&self, container: &Container) -> String {
        if let Some(root) = self.partner(container).and_then(|partner| partner.root) {
            let copy = self.proc.files_of(root, |tree| tree.read("/etc/resolv.conf"));
            return String::from_utf8_lossy(&copy.and_then(Result::ok).unwrap_or_default())
                .into_owned();
        }
        let host = self.proc.read_file("/etc/resolv.conf").unwrap_or_default();
        let host = String::from_utf8_lossy(&host).into_owned();
        let config = &container.config;
        let has_server = self.has_resolver(container);
        let own = [!config.dns.is_empty(), !config.dns_search.is_empty()];
        let daemons = [!self.config.dns.is_empty(), !self.config.dns_search.is_empty()];
        let is_changed = own.contains(&true)
            || daemons.contains(&true)
            || !config.dns_options.is_empty()
            || has_server;
        if !is_changed {
            let is_host = config.mode == NetworkMode::Host;
            return if is_host { host } else { without_loopback(&host) };
        }
        let option = |key: &str| -> Vec<String> {
            let lines = host.lines().filter_map(|line| line.trim().strip_prefix(key));
            lines.flat_map(str::split_whitespace).map(str::to_owned).collect()
        };
        let search = match (&config.dns_search, &self.config.dns_search) {
            (own, _) if own.first().is_some_and(|domain| domain == ".") => Vec::new(),
            (own, _) if !own.is_empty() => own.clone(),
            (_, daemon) if !daemon.is_empty() => daemon.clone(),
            _ => option("search"),
        };
        let mut options = if config.dns_options.is_empty() {
            option("options")
        } else {
            config.dns_options.clone()
        };
        let servers = if has_server {
            vec![Ipv4Addr::new(127, 0, 0, 11)]
        } else {
            self.servers_of(container)
        };
        if has_server && !options.iter().any(|option| option.starts_with("ndots:")) {
            options.push("ndots:0".to_owned());
        }
        let mut lines: Vec<String> = Vec::new();
        if !search.is_empty() {
            lines.push(format!("search {}", search.join(" ")));
        }
        lines.extend(servers.iter().map(|server| format!("nameserver {server}")));
        if !options.is_empty() {
            lines.push(format!("options {}", options.join(" ")));
        }
        lines.join("\n") + "\n"
    }

    /// The name servers outside, for a container.
    pub(super) fn servers_of(&self, container: &Container) -> Vec<Ipv4Addr> {
        if !container.config.dns.is_empty() {
            return container.config.dns.clone();
        }
        if !self.config.dns.is_empty() {
            return self.config.dns.clone();
        }
        let servers = loopback_free(&self.host_name_servers());
        if servers.is_empty() {
            return vec![Ipv4Addr::new(8, 8, 8, 8), Ipv4Addr::new(8, 8, 4, 4)];
        }
        servers
    }

    /// Whether the container has the embedded name server: once it runs, it stays.
    fn has_resolver(&self, container: &Container) -> bool {
        let state = self.state.borrow();
        let sandbox = container.sandbox.as_ref().and_then(|id| state.sandboxes.get(id));
        sandbox.is_some_and(|sandbox| sandbox.resolver.is_some())
    }
}

/// What a container is called in its own `/etc/hosts`.
fn names_in_hosts(container: &Container) -> String {
    let (name, domain) = (container.hostname(), &container.config.domainname);
    if domain.is_empty() { name } else { format!("{name}.{domain} {name}") }
}

/// The host's `resolv.conf` without servers that a container does not reach.
fn without_loopback(text: &str) -> String {
    let server = |line: &str| Some(line.trim().strip_prefix("nameserver")?.trim().to_owned());
    let is_loopback = |line: &&str| server(line).is_some_and(|ip| ip.starts_with("127."));
    let mut lines: Vec<&str> = text.lines().filter(|line| !is_loopback(line)).collect();
    if !lines.iter().any(|line| server(line).is_some()) {
        lines.extend(["nameserver 8.8.8.8", "nameserver 8.8.4.4"]);
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_on_the_loopback_device_are_left_out() {
        let text = "# mine\nnameserver 127.0.0.53\nnameserver 10.0.0.2\nsearch lab\n";
        assert_eq!(without_loopback(text), "# mine\nnameserver 10.0.0.2\nsearch lab\n");
        assert_eq!(without_loopback(""), "nameserver 8.8.8.8\nnameserver 8.8.4.4\n");
    }
}
