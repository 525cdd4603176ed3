//! The embedded name server: in each container on a network with names, 127.0.0.11 answers for the
//! containers of its networks, and asks the host's servers for everything else.
//!
//! The daemon listens inside the container's namespace on two random ports; rules there lead port 53 of
//! 127.0.0.11 to them.

use std::rc::Rc;

use ipnet::Ipv4Net;

use crate::engine::Span;
use crate::kernel::NamespaceId;
use crate::process::socket::{Listener, Tcp, Udp};
use crate::wire::dns::{Data, Kind, Message, Record, code};
use crate::wire::{Ipv4Addr, Ipv6Addr};

use super::cluster::names_of;
use super::daemon::Daemon;
use super::model::Endpoint;

/// Where containers ask.
const ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 11);
/// How long an answer may be kept.
const TTL: u32 = 600;
/// How long a server of the host has to answer.
const FORWARD_TIMEOUT: Span = Span::secs(4);
/// Servers of the host that are asked.
const MAX_SERVERS: usize = 3;

impl Daemon {
    /// Starts the name server of a sandbox, if this endpoint is the first that needs it.
    pub(super) fn start_resolver(self: &Rc<Self>, sandbox: &str, endpoint: &Endpoint) {
        let ns = {
            let state = self.state.borrow();
            let Some(found) = state.sandboxes.get(sandbox) else { return };
            let is_needed = match state.networks.get(&endpoint.network) {
                Some(network) => network.has_names(),
                None => state.overlays.contains_key(&endpoint.network),
            };
            match found.ns {
                Some(ns) if is_needed && found.resolver.is_none() && !found.is_host => ns,
                _ => return,
            }
        };
        let (Ok(udp), Ok(tcp)) = (
            Udp::bind_in(&self.proc, ns, Some(ADDRESS), 0),
            Listener::bind_in(&self.proc, ns, Some(ADDRESS), 0),
        ) else {
            return self.log("error", "the embedded DNS server could not bind its ports");
        };
        let ports = (udp.local().1, tcp.port());
        self.resolver_rules(ns, ports);
        {
            let mut state = self.state.borrow_mut();
            if let Some(found) = state.sandboxes.get_mut(sandbox) {
                found.resolver = Some(ports);
            }
        }
        let (daemon, id) = (self.clone(), sandbox.to_owned());
        self.proc.thread(async move { daemon.serve_udp(&id, udp).await });
        let (daemon, id) = (self.clone(), sandbox.to_owned());
        self.proc.thread(async move { daemon.serve_tcp(&id, tcp).await });
    }

    fn resolver_rules(&self, ns: NamespaceId, (udp, tcp): (u16, u16)) {
        let rules = [
            // Whoever programs rules looks first which kind of tables there is.
            "-t filter -L -n".to_owned(),
            "-t nat -N DOCKER_OUTPUT".to_owned(),
            "-t nat -N DOCKER_POSTROUTING".to_owned(),
            format!("-t nat -A OUTPUT -d {ADDRESS} -j DOCKER_OUTPUT"),
            format!(
                "-t nat -A DOCKER_OUTPUT -d {ADDRESS} -p tcp -m tcp --dport 53 -j DNAT --to-destination {ADDRESS}:{tcp}"
            ),
            format!(
                "-t nat -A DOCKER_OUTPUT -d {ADDRESS} -p udp -m udp --dport 53 -j DNAT --to-destination {ADDRESS}:{udp}"
            ),
            format!("-t nat -A POSTROUTING -d {ADDRESS} -j DOCKER_POSTROUTING"),
            format!(
                "-t nat -A DOCKER_POSTROUTING -s {ADDRESS} -p tcp -m tcp --sport {tcp} -j SNAT --to-source :53"
            ),
            format!(
                "-t nat -A DOCKER_POSTROUTING -s {ADDRESS} -p udp -m udp --sport {udp} -j SNAT --to-source :53"
            ),
        ];
        for rule in &rules {
            if let Err(error) = self.iptables_in(ns, rule) {
                self.log("error", &error.to_string());
            }
        }
    }

    async fn serve_udp(self: Rc<Self>, sandbox: &str, udp: Udp) {
        while self.state.borrow().sandboxes.contains_key(sandbox) {
            let Ok(question) = udp.recv().await else { return };
            let (daemon, id, udp) = (self.clone(), sandbox.to_owned(), udp.clone());
            self.proc.thread(async move {
                if let Some(reply) = daemon.resolve(&id, &question.data).await {
                    // Whoever asked may have gone.
                    let _ = udp.send(Some(question.from), &reply);
                }
            });
        }
    }

    async fn serve_tcp(self: Rc<Self>, sandbox: &str, listener: Listener) {
        while let Ok(tcp) = listener.accept().await {
            let (daemon, id) = (self.clone(), sandbox.to_owned());
            self.proc.thread(async move { daemon.answer_tcp(&id, tcp).await });
        }
    }

    /// Questions over TCP come with their length in front.
    async fn answer_tcp(self: Rc<Self>, sandbox: &str, tcp: Tcp) {
        let mut bytes = Vec::new();
        while let Ok(more) = tcp.recv().await {
            if more.is_empty() {
                return;
            }
            bytes.extend(more);
            let Some((head, rest)) = bytes.split_at_checked(2) else { continue };
            let len = usize::from(u16::from_be_bytes([head[0], head[1]]));
            let Some(question) = rest.get(..len).map(<[u8]>::to_vec) else { continue };
            bytes.drain(..2 + len);
            let Some(reply) = self.resolve(sandbox, &question).await else { return };
            let framed = [&(reply.len() as u16).to_be_bytes()[..], &reply].concat();
            if tcp.send(&framed).await.is_err() {
                return;
            }
        }
    }

    /// The reply to a question; `None` if there is none.
    async fn resolve(&self, sandbox: &str, bytes: &[u8]) -> Option<Vec<u8>> {
        let question = Message::parse(bytes)?;
        match self.own_answer(sandbox, &question) {
            Some(reply) => Some(reply.emit()),
            None => self.forward(sandbox, bytes).await,
        }
    }

    /// What the daemon itself knows.
    fn own_answer(&self, sandbox: &str, question: &Message) -> Option<Message> {
        let asked = question.questions.first()?;
        let record = |data: Data| Record { name: asked.name.clone(), ttl: TTL, data };
        let mut reply = question.reply();
        reply.recursion_available = true;
        match asked.kind {
            Kind::A | Kind::AAAA | Kind::MX => {
                let mut addresses = self.addresses(sandbox, &asked.name);
                if addresses.is_empty() {
                    return None;
                }
                if asked.kind == Kind::AAAA {
                    let found = self.addresses6(sandbox, &asked.name);
                    reply.answers = found.into_iter().map(|ip| record(Data::Aaaa(ip))).collect();
                }
                if asked.kind == Kind::A {
                    self.shuffle(&mut addresses);
                    reply.answers = addresses.into_iter().map(|ip| record(Data::A(ip))).collect();
                }
                Some(reply)
            }
            Kind::PTR => {
                let address = reverse(&asked.name)?;
                let name = self.name_at(sandbox, address)?;
                reply.answers.push(record(Data::Ptr(name)));
                Some(reply)
            }
            _ => None,
        }
    }

    /// The IPv6 addresses of those who have this name.
    fn addresses6(&self, sandbox: &str, name: &str) -> Vec<Ipv6Addr> {
        let found = self.addresses(sandbox, name);
        let state = self.state.borrow();
        let mut members = state.endpoints.values();
        let of = |ip: &Ipv4Addr| {
            let is_it = |address: Ipv4Net| address.addr() == *ip;
            members.find(|other| other.address.is_some_and(is_it))?.address6
        };
        found.iter().filter_map(of).map(|address| address.addr()).collect()
    }

    /// Each order of several answers is as likely.
    fn shuffle(&self, addresses: &mut [Ipv4Addr]) {
        for n in (1..addresses.len()).rev() {
            let other = self.rng(|rng| rng.below(n as u64 + 1)) as usize;
            addresses.swap(n, other);
        }
    }

    /// The addresses of a name: as it is on all networks of the sandbox, or with the name of one
    /// network behind a dot.
    fn addresses(&self, sandbox: &str, name: &str) -> Vec<Ipv4Addr> {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let endpoints = self.endpoints_of(sandbox);
        let names = self.network_names(&endpoints);
        let mut tries = vec![(name.clone(), None)];
        for (at, _) in name.match_indices('.').collect::<Vec<_>>().into_iter().rev() {
            tries.push((name[..at].to_owned(), Some(name[at + 1..].to_owned())));
        }
        for (host, network) in tries {
            for (endpoint, known) in endpoints.iter().zip(&names) {
                let fits = network.as_ref().is_none_or(|n| known.eq_ignore_ascii_case(n));
                if !fits {
                    continue;
                }
                let found = self.addresses_on(endpoint, &host);
                if !found.is_empty() {
                    return found;
                }
            }
        }
        Vec::new()
    }

    fn endpoints_of(&self, sandbox: &str) -> Vec<Endpoint> {
        let state = self.state.borrow();
        let ids = state.sandboxes.get(sandbox).map(|s| s.endpoints.clone()).unwrap_or_default();
        ids.iter().filter_map(|id| state.endpoints.get(id).cloned()).collect()
    }

    /// The names of the networks of endpoints.
    fn network_names(&self, endpoints: &[Endpoint]) -> Vec<String> {
        let state = self.state.borrow();
        let name = |endpoint: &Endpoint| {
            let local = state.networks.get(&endpoint.network).map(|network| &network.name);
            let overlay = || state.overlays.get(&endpoint.network).map(|o| &o.network.name);
            local.or_else(overlay).cloned().unwrap_or_default()
        };
        endpoints.iter().map(name).collect()
    }

    /// The addresses of a name as one endpoint sees them: its own links first.
    fn addresses_on(&self, endpoint: &Endpoint, name: &str) -> Vec<Ipv4Addr> {
        let state = self.state.borrow();
        let has_names = match state.networks.get(&endpoint.network) {
            Some(network) => network.has_names(),
            None => true,
        };
        if !has_names {
            return Vec::new();
        }
        let link = endpoint.links.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(name));
        let name = link.map_or(name, |(_, container)| container.as_str());
        let members = state
            .endpoints
            .values()
            .filter(|other| other.network == endpoint.network && other.sandbox.is_some());
        let mut found: Vec<Ipv4Addr> = members
            .flat_map(names_of)
            .filter(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, ip)| ip)
            .collect();
        drop(state);
        if let Some(cluster) = &self.cluster {
            found.extend(cluster.addresses_of(&endpoint.network, name));
        }
        found.dedup();
        found
    }

    /// All names by which members of a network are known.
    pub(super) fn names_in(&self, network: &str) -> Vec<String> {
        let state = self.state.borrow();
        let members = state.endpoints.values().filter(|endpoint| endpoint.network == network);
        let mut names: Vec<String> = members.flat_map(names_of).map(|(name, _)| name).collect();
        drop(state);
        if let Some(cluster) = &self.cluster {
            names.extend(cluster.names_in(network));
        }
        names
    }

    /// `name.network` of an address.
    fn name_at(&self, sandbox: &str, address: Ipv4Addr) -> Option<String> {
        let endpoints = self.endpoints_of(sandbox);
        let names = self.network_names(&endpoints);
        endpoints.iter().zip(&names).find_map(|(endpoint, network)| {
            let state = self.state.borrow();
            let here = state.endpoints.values().find(|other| {
                other.network == endpoint.network
                    && other.address.is_some_and(|known| known.addr() == address)
                    && state.networks.get(&other.network).is_none_or(|n| n.has_names())
            });
            let name = here.and_then(|other| names_of(other).into_iter().next()).map(|(n, _)| n);
            drop(state);
            let cluster = self.cluster.as_ref();
            let name = name.or_else(|| cluster?.name_of(&endpoint.network, address));
            Some(format!("{}.{network}", name?))
        })
    }

    /// Asks the host's servers, from the container's namespace.
    async fn forward(&self, sandbox: &str, bytes: &[u8]) -> Option<Vec<u8>> {
        let (ns, servers) = {
            let state = self.state.borrow();
            let found = state.sandboxes.get(sandbox)?;
            (found.ns?, found.servers.clone())
        };
        let mut last = None;
        for server in servers.into_iter().take(MAX_SERVERS) {
            // A server on the host's loopback device is asked from there.
            let from = if server.is_loopback() { self.proc.ns() } else { ns };
            let Ok(udp) = Udp::bind_in(&self.proc, from, None, 0) else { continue };
            if udp.connect((server, 53)).is_err() || udp.send(None, bytes).is_err() {
                continue;
            }
            let Some(Ok(answer)) = self.proc.timeout(FORWARD_TIMEOUT, udp.recv()).await else {
                continue;
            };
            let Some(message) = Message::parse(&answer.data) else { continue };
            let is_final = message.code == code::OK
                || (message.code == code::NAME_ERROR && message.authoritative);
            if is_final {
                return Some(answer.data);
            }
            last = Some(answer.data);
        }
        last
    }

    /// The name servers of the host.
    pub(super) fn host_name_servers(&self) -> Vec<Ipv4Addr> {
        let text = self.proc.read_file("/etc/resolv.conf").unwrap_or_default();
        let text = String::from_utf8_lossy(&text).into_owned();
        let lines = text.lines().filter_map(|line| line.trim().strip_prefix("nameserver"));
        lines.filter_map(|rest| rest.trim().parse().ok()).collect()
    }
}

/// The address that a name of `in-addr.arpa` stands for.
fn reverse(name: &str) -> Option<Ipv4Addr> {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let parts: Vec<u8> = name
        .strip_suffix(".in-addr.arpa")?
        .split('.')
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let [d, c, b, a] = parts.try_into().ok()?;
    Some(Ipv4Addr::new(a, b, c, d))
}

/// Whether a container on these networks has the embedded server: a network with names.
pub(super) fn loopback_free(servers: &[Ipv4Addr]) -> Vec<Ipv4Addr> {
    let loopback = Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8);
    servers.iter().copied().filter(|server| !loopback.contains(server)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reverse_names_are_read_backwards() {
        assert_eq!(reverse("2.0.18.172.in-addr.arpa."), Some(Ipv4Addr::new(172, 18, 0, 2)));
        assert_eq!(reverse("example.com"), None);
    }
}
