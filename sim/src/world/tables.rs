//! The tables of a namespace or a device as they are now, each under the command that shows the same.
//! For screens: they look and change nothing.

use super::World;
use super::doorway::typed_in;
use crate::docker::places::{EndpointView, NetworkView, endpoints, networks};
use crate::kernel::ip::fib::{RouteKind, table};
use crate::kernel::netfilter::TableName;
use crate::kernel::sys::Sys;
use crate::kernel::sys::dump::LinkView;
use crate::kernel::sys::socket::SocketKindView;
use crate::kernel::{LinkId, NamespaceId};
use crate::trace::HostId;
use crate::trace::telling::connection;
use crate::wire::{Ipv4Addr, ipv4};

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableView {
    /// The command that shows the same, as it is typed on the host.
    pub command: String,
    /// The titles of its columns.
    pub columns: &'static [&'static str],
    /// Its rows.
    pub rows: Vec<Vec<String>>,
}

/// Packet filter tables in the order in which people look for them.
const FILTERS: [TableName; 4] =
    [TableName::Filter, TableName::Nat, TableName::Mangle, TableName::Raw];

impl World {
    /// The tables of a namespace; with a device, only what concerns it.
    pub fn tables(
        &mut self,
        host: HostId,
        ns: NamespaceId,
        device: Option<LinkId>,
    ) -> Vec<TableView> {
        let docker = docker_rows(
            &networks(&self.host(host).processes),
            &endpoints(&self.host(host).processes),
            ns,
        );
        let mut tables = self.sys_in(host, ns, "reader", |sys| {
            let links = sys.links();
            let mut tables =
                vec![addresses(&links, device), routes(sys, device), neighbors(sys, device)];
            tables.push(forwarding(sys, device));
            if device.is_none() {
                tables.extend(FILTERS.iter().filter_map(|name| rules(sys, *name)));
                tables.push(conntrack(sys));
                tables.push(sockets(sys));
            }
            tables
        });
        if device.is_none() && !docker.is_empty() {
            let rows = self.named(host, docker);
            let columns = &["docker", "name", "network", "address", "kernel"];
            let command = "docker network inspect".to_owned();
            tables.push(TableView { command, columns, rows });
        }
        tables.retain(|table| !table.rows.is_empty());
        let machine = self.host(host);
        for table in &mut tables {
            if !table.command.starts_with("docker") {
                table.command = typed_in(machine, ns, &table.command);
            }
        }
        tables
    }

    /// Rows with the names of their devices.
    fn named(&self, host: HostId, rows: Vec<DockerRow>) -> Vec<Vec<String>> {
        let kernel = self.host(host).kernel();
        let cells = rows.into_iter().map(|row| {
            let devices: Vec<&str> =
                row.devices.iter().map(|link| kernel.name_of_link(*link)).collect();
            let kernel = [row.kernel, devices.join(" ↔ ")];
            let kernel: Vec<String> = kernel.into_iter().filter(|text| !text.is_empty()).collect();
            vec![row.what.to_owned(), row.name, row.network, row.address, kernel.join("  ")]
        });
        cells.collect()
    }
}

/// What Docker has, and what the kernel has for it.
struct DockerRow {
    what: &'static str,
    name: String,
    network: String,
    address: String,
    devices: Vec<LinkId>,
    kernel: String,
}

/// What of Docker is in a namespace: the endpoints and the sandbox of a container; on a host, everything.
fn docker_rows(
    networks: &[NetworkView],
    endpoints: &[EndpointView],
    ns: NamespaceId,
) -> Vec<DockerRow> {
    let is_here = |it: &&EndpointView| it.sandbox.as_ref().is_some_and(|(place, _)| *place == ns);
    let inside: Vec<&EndpointView> = endpoints.iter().filter(is_here).collect();
    let wanted: Vec<&EndpointView> =
        if inside.is_empty() { endpoints.iter().collect() } else { inside.clone() };
    let mut rows: Vec<DockerRow> = networks
        .iter()
        .filter(|network| inside.is_empty() || inside.iter().any(|it| it.network == network.name))
        .map(|network| DockerRow {
            what: "network",
            name: network.name.clone(),
            network: network.driver.to_owned(),
            address: network.subnets.join(" "),
            devices: network.devices.clone(),
            kernel: network.bridge.clone().unwrap_or_default(),
        })
        .collect();
    rows.extend(wanted.iter().map(|endpoint| DockerRow {
        what: "endpoint",
        name: endpoint.container.clone(),
        network: endpoint.network.clone(),
        address: endpoint.address.map_or_else(String::new, |it| it.to_string()),
        devices: endpoint.link.into_iter().chain(endpoint.host_end).collect(),
        kernel: String::new(),
    }));
    let mut files: Vec<(&str, &str)> = Vec::new();
    for endpoint in wanted {
        if let Some((_, file)) = &endpoint.sandbox
            && !files.contains(&(endpoint.container.as_str(), file.as_str()))
        {
            files.push((&endpoint.container, file));
        }
    }
    rows.extend(files.into_iter().map(|(container, file)| DockerRow {
        what: "sandbox",
        name: container.to_owned(),
        network: String::new(),
        address: String::new(),
        devices: Vec::new(),
        kernel: file.to_owned(),
    }));
    rows
}

fn addresses(links: &[LinkView], device: Option<LinkId>) -> TableView {
    let name_of = |id: LinkId| links.iter().find(|link| link.id == id).map(|it| it.name.clone());
    let wanted = links.iter().filter(|link| device.is_none_or(|id| id == link.id));
    let rows = wanted.map(|link| {
        let state = match (link.up, link.carrier) {
            (true, true) => "up",
            (true, false) => "no carrier",
            _ => "down",
        };
        let addresses: Vec<String> =
            link.addrs.iter().map(|it| format!("{}/{}", it.local, it.prefix_len)).collect();
        let counters = link.counters;
        vec![
            link.ifindex.to_string(),
            link.name.clone(),
            link.kind.name().unwrap_or_default().to_owned(),
            state.to_owned(),
            link.mtu.to_string(),
            addresses.join(" "),
            link.mac.to_string(),
            link.master.and_then(name_of).unwrap_or_default(),
            counters.rx_packets.to_string(),
            counters.tx_packets.to_string(),
            (counters.rx_dropped + counters.tx_dropped).to_string(),
        ]
    });
    TableView {
        command: "ip -d -s addr".to_owned(),
        columns: &[
            "#",
            "device",
            "kind",
            "state",
            "mtu",
            "addresses",
            "mac",
            "bridge",
            "rx",
            "tx",
            "drop",
        ],
        rows: rows.collect(),
    }
}

fn routes(sys: &Sys, device: Option<LinkId>) -> TableView {
    let all = sys.routes(table::MAIN).unwrap_or_default();
    let wanted = all.iter().filter(|route| device.is_none_or(|id| route.link == Some(id)));
    let rows = wanted.map(|route| {
        let to =
            if route.dst.prefix_len() == 0 { "default".to_owned() } else { route.dst.to_string() };
        let kind = match route.kind {
            RouteKind::Unicast => String::new(),
            kind => kind.name().to_owned(),
        };
        vec![
            format!("{kind} {to}").trim().to_owned(),
            route.gateway.map_or_else(String::new, |it| it.to_string()),
            route.link.map_or_else(String::new, |link| sys.link_name(link)),
            route.prefsrc.map_or_else(String::new, |it| it.to_string()),
            if route.metric == 0 { String::new() } else { route.metric.to_string() },
        ]
    });
    TableView {
        command: "ip route".to_owned(),
        columns: &["to", "via", "device", "source", "metric"],
        rows: rows.collect(),
    }
}

fn neighbors(sys: &Sys, device: Option<LinkId>) -> TableView {
    let all = sys.neighbors();
    let wanted = all.iter().filter(|entry| device.is_none_or(|id| entry.link == id));
    let rows = wanted.map(|entry| {
        vec![
            entry.ip.to_string(),
            sys.link_name(entry.link),
            entry.mac.map_or_else(String::new, |mac| mac.to_string()),
            entry.state.name().to_owned(),
            if entry.waiting > 0 { entry.waiting.to_string() } else { String::new() },
        ]
    });
    TableView {
        command: "ip neigh".to_owned(),
        columns: &["address", "device", "mac", "state", "waiting"],
        rows: rows.collect(),
    }
}

/// The forwarding tables of bridges and tunnels. Of a bridge, the entries of all its ports.
fn forwarding(sys: &mut Sys, device: Option<LinkId>) -> TableView {
    let all = sys.fdb();
    let is_wanted = |link: LinkId, master: Option<LinkId>| {
        device.is_none_or(|id| link == id || master == Some(id))
    };
    let wanted = all.iter().filter(|entry| is_wanted(entry.link, entry.master));
    let rows = wanted.map(|entry| {
        vec![
            entry.mac.to_string(),
            sys.link_name(entry.link),
            entry.master.map_or_else(String::new, |bridge| sys.link_name(bridge)),
            entry.vlan.map_or_else(String::new, |id| id.to_string()),
            entry.remote.map_or_else(String::new, |remote| remote.ip.to_string()),
            entry.state.to_owned(),
        ]
    });
    TableView {
        command: "bridge fdb".to_owned(),
        columns: &["mac", "behind", "bridge", "vlan", "host", "state"],
        rows: rows.collect(),
    }
}

/// The rules of a table with their counters; `None` if nobody has put one there.
fn rules(sys: &Sys, name: TableName) -> Option<TableView> {
    if !sys.tables_in_use().contains(&name) {
        return None;
    }
    let table = sys.table_snapshot(name)?;
    let mut rows = Vec::new();
    for (_, chain) in table.chains() {
        let policy = chain.base.as_ref().map(|base| format!("policy {}", base.policy.name()));
        if chain.rules.is_empty() && policy.as_deref() != Some("policy DROP") {
            continue;
        }
        rows.push(vec![
            chain.name.clone(),
            String::new(),
            policy.as_ref().map_or_else(String::new, |_| chain.counters.packets.to_string()),
            policy.as_ref().map_or_else(String::new, |_| chain.counters.bytes.to_string()),
            policy.unwrap_or_default(),
        ]);
        for (n, rule) in chain.rules.iter().enumerate() {
            let text = sys.rule_text(rule.id).map_or_else(String::new, |text| text.text.clone());
            let (packets, bytes) = (rule.counters.packets, rule.counters.bytes);
            let number = (n + 1).to_string();
            rows.push(vec![String::new(), number, packets.to_string(), bytes.to_string(), text]);
        }
    }
    let option = match name.name() {
        "filter" => String::new(),
        other => format!(" -t {other}"),
    };
    let command = format!("iptables{option} -nvL");
    Some(TableView { command, columns: &["chain", "#", "packets", "bytes", "rule"], rows })
}

fn conntrack(sys: &Sys) -> TableView {
    let rows = sys.connections().into_iter().filter(|conn| conn.confirmed).map(|conn| {
        let protocol = conn.original.protocol;
        let name =
            ipv4::protocol::name(protocol).map_or_else(|| protocol.to_string(), str::to_owned);
        let state = match protocol {
            ipv4::protocol::TCP => conn.tcp.name(),
            _ if conn.seen_reply => "answered",
            _ => "unanswered",
        };
        vec![name, state.to_owned(), connection(&conn)]
    });
    TableView {
        command: "conntrack -L".to_owned(),
        columns: &["protocol", "state", "connection"],
        rows: rows.collect(),
    }
}

fn sockets(sys: &Sys) -> TableView {
    let place = |address: Option<Ipv4Addr>, port: u16| match address {
        Some(address) => format!("{address}:{port}"),
        None => format!("*:{port}"),
    };
    let rows = sys.sockets().into_iter().map(|socket| {
        let (kind, state, local, peer) = match socket.kind {
            SocketKindView::Tcp(tcp) => {
                let (own, port, other, other_port) = tcp.key;
                let state = tcp.state.to_string().to_lowercase();
                ("tcp", state, place(Some(own), port), place(Some(other), other_port))
            }
            SocketKindView::Listener(address, port, ..) => {
                ("tcp", "listen".to_owned(), place(address, port), String::new())
            }
            SocketKindView::Udp(address, port, peer, _) => {
                let peer = peer.map(|(address, port)| place(Some(address), port));
                ("udp", String::new(), place(address, port), peer.unwrap_or_default())
            }
            SocketKindView::Raw(protocol, address) => {
                ("raw", String::new(), place(address, u16::from(protocol)), String::new())
            }
            SocketKindView::Raw6 => ("raw6", String::new(), "[::]:58".to_owned(), String::new()),
            SocketKindView::Packet(link, _) => {
                let name = link.map_or_else(|| "any".to_owned(), |link| sys.link_name(link));
                ("packet", String::new(), name, String::new())
            }
        };
        let owner = socket.owner.map_or_else(String::new, |(pid, name)| format!("{name} ({pid})"));
        vec![kind.to_owned(), state, local, peer, owner]
    });
    TableView {
        command: "ss -anp".to_owned(),
        columns: &["kind", "state", "own", "peer", "process"],
        rows: rows.collect(),
    }
}
