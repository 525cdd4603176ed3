//! `docker network …`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::client::{Client, Done, Stop, api_text, parse};
use super::filter::Filters;
use super::flags::{Command, Given, switch, value};
use super::format;
use super::ipam::ipam_configs;
use super::table::{natural, table};
use super::{help, moment};
use crate::docker::ApiError;
use crate::docker::id::short;
use crate::docker::model::{EndpointRequest, Network, NetworkRequest};
use crate::process::calendar::Calendar;
use crate::wire::{Ipv4Addr, Ipv6Addr};

pub(super) const CREATE: Command = Command {
    name: "docker network create",
    usage: "[OPTIONS] NETWORK",
    about: "Create a network",
    arguments: (1, 1),
    interspersed: true,
    flags: &[
        switch("attachable", None, "Enable manual container attachment"),
        value(
            "aux-address",
            None,
            "map",
            "Auxiliary IPv4 or IPv6 addresses used by Network driver (default map[])",
        ),
        value("config-from", None, "string", "The network from which to copy the configuration"),
        switch("config-only", None, "Create a configuration only network"),
        value("driver", Some('d'), "string", "Driver to manage the Network (default \"bridge\")"),
        value("gateway", None, "strings", "IPv4 or IPv6 Gateway for the master subnet"),
        switch("ingress", None, "Create swarm routing-mesh network"),
        switch("internal", None, "Restrict external access to the network"),
        value("ip-range", None, "strings", "Allocate container ip from a sub-range"),
        value("ipam-driver", None, "string", "IP Address Management Driver (default \"default\")"),
        value("ipam-opt", None, "map", "Set IPAM driver specific options (default map[])"),
        switch("ipv6", None, "Enable IPv6 networking"),
        value("label", None, "list", "Set metadata on a network"),
        value("opt", Some('o'), "map", "Set driver specific options (default map[])"),
        value("scope", None, "string", "Control the network's scope"),
        value("subnet", None, "strings", "Subnet in CIDR format that represents a network segment"),
    ],
};

pub(super) const LIST: Command = Command {
    name: "docker network ls",
    usage: "[OPTIONS]",
    about: "List networks",
    arguments: (0, 0),
    interspersed: true,
    flags: &[
        value("filter", Some('f'), "filter", "Provide filter values (e.g. 'driver=bridge')"),
        value("format", None, "string", "Pretty-print networks using a Go template"),
        switch("no-trunc", None, "Do not truncate the output"),
        switch("quiet", Some('q'), "Only display network IDs"),
    ],
};

pub(super) const INSPECT: Command = Command {
    name: "docker network inspect",
    usage: "[OPTIONS] NETWORK [NETWORK...]",
    about: "Display detailed information on one or more networks",
    arguments: (1, usize::MAX),
    interspersed: true,
    flags: &[
        value("format", Some('f'), "string", "Format the output using the given Go template"),
        switch("verbose", Some('v'), "Verbose output for diagnostics"),
    ],
};

pub(super) const REMOVE: Command = Command {
    name: "docker network rm",
    usage: "NETWORK [NETWORK...]",
    about: "Remove one or more networks",
    arguments: (1, usize::MAX),
    interspersed: true,
    flags: &[],
};

pub(super) const CONNECT: Command = Command {
    name: "docker network connect",
    usage: "[OPTIONS] NETWORK CONTAINER",
    about: "Connect a container to a network",
    arguments: (2, 2),
    interspersed: true,
    flags: &[
        value("alias", None, "strings", "Add network-scoped alias for the container"),
        value("driver-opt", None, "strings", "driver options for the network"),
        value("ip", None, "string", "IPv4 address (e.g., 172.30.100.104)"),
        value("ip6", None, "string", "IPv6 address (e.g., 2001:db8::33)"),
        value("link", None, "list", "Add link to another container"),
        value("link-local-ip", None, "strings", "Add a link-local address for the container"),
    ],
};

pub(super) const DISCONNECT: Command = Command {
    name: "docker network disconnect",
    usage: "[OPTIONS] NETWORK CONTAINER",
    about: "Disconnect a container from a network",
    arguments: (2, 2),
    interspersed: true,
    flags: &[switch("force", Some('f'), "Force the container to disconnect from a network")],
};

pub(super) const PRUNE: Command = Command {
    name: "docker network prune",
    usage: "[OPTIONS]",
    about: "Remove all unused networks",
    arguments: (0, 0),
    interspersed: true,
    flags: &[
        value("filter", None, "filter", "Provide filter values (e.g. 'until=<timestamp>')"),
        switch("force", Some('f'), "Do not prompt for confirmation"),
    ],
};

impl Client {
    pub(super) async fn network(&self, args: &[String]) -> Done {
        let (command, rest) = self.in_group(&help::NETWORK, args)?;
        match command {
            "create" => self.network_create(rest).await,
            "ls" | "list" => self.network_list(rest).await,
            "inspect" => self.network_inspect(rest).await,
            "rm" | "remove" => {
                let given = parse(&REMOVE, rest)?;
                self.for_each(&given.arguments, "network", |daemon, name| async move {
                    daemon.network_remove(&name).await
                })
                .await
            }
            "connect" => self.network_connect(rest).await,
            "disconnect" => {
                let given = parse(&DISCONNECT, rest)?;
                let force = given.is_on("force");
                let (network, container) = two(&given);
                self.call(|daemon| async move {
                    daemon.network_disconnect(&network, &container, force).await
                })
                .await
            }
            "prune" => self.network_prune(rest).await,
            name => self.not_in_group(&help::NETWORK, name),
        }
    }

    async fn network_create(&self, args: &[String]) -> Done {
        let given = parse(&CREATE, args)?;
        let (ipam, ipam6) = ipam_configs(&given)?;
        let refuse = |sentence: &str| Err(Stop::Api(ApiError::bad_request(sentence)));
        if given.is_on("ingress") {
            return refuse("Ingress network can only be global scope network");
        }
        match given.value("scope") {
            None | Some("" | "local") => {}
            Some("swarm") => {
                return refuse("cannot create a swarm scoped network when swarm is not active");
            }
            Some(_) => return refuse(super::NOT_A_MANAGER),
        }
        let request = NetworkRequest {
            name: given.arguments[0].clone(),
            driver: given.value("driver").unwrap_or("bridge").to_owned(),
            ipam,
            ipam_options: pairs(given.values("ipam-opt")),
            ipam_driver: given.value("ipam-driver").unwrap_or("default").to_owned(),
            internal: given.is_on("internal"),
            attachable: given.is_on("attachable"),
            ipv6: given.is_on("ipv6"),
            ipam6,
            options: pairs(given.values("opt")),
            labels: pairs(given.values("label")),
            config_only: given.is_on("config-only"),
            config_from: given.value("config-from").unwrap_or("").to_owned(),
        };
        let id = self.call(|daemon| daemon.network_create(request)).await?;
        self.print(&format!("{id}\n"));
        Ok(())
    }

    async fn network_list(&self, args: &[String]) -> Done {
        let given = parse(&LIST, args)?;
        let filters = Filters::read(given.values("filter"), &FILTERS)?;
        let mut networks = self.call(|daemon| async move { Ok(daemon.networks().await) }).await?;
        keep(&mut networks, &filters)?;
        networks.sort_by(|a, b| natural(&a.name, &b.name));
        let id = |network: &Network| {
            if given.is_on("no-trunc") { network.id.clone() } else { short(&network.id).to_owned() }
        };
        let format = given.value("format").filter(|format| !matches!(*format, "table" | ""));
        if given.is_on("quiet") && format.is_none() {
            networks.iter().for_each(|network| self.print(&format!("{}\n", id(network))));
            return Ok(());
        }
        if let Some(format) = format {
            let values: Vec<Value> = networks
                .iter()
                .map(|network| {
                    let labels = network.labels.iter().map(|(k, v)| format!("{k}={v}"));
                    json!({
                        "CreatedAt": Calendar::of(network.created).go(),
                        "Driver": network.driver.name(),
                        "ID": id(network),
                        "IPv6": network.ipv6.to_string(),
                        "Internal": network.internal.to_string(),
                        "Labels": labels.collect::<Vec<_>>().join(","),
                        "Name": network.name,
                        "Scope": network.scope.name(),
                    })
                })
                .collect();
            let headers = [("ID", "NETWORK ID"), ("CreatedAt", "CREATED AT")];
            self.print(&format::rows(format, &values, &headers, "*network.networkContext")?);
            return Ok(());
        }
        let rows: Vec<Vec<String>> = networks
            .iter()
            .map(|network| {
                vec![
                    id(network),
                    network.name.clone(),
                    network.driver.name().to_owned(),
                    network.scope.name().to_owned(),
                ]
            })
            .collect();
        self.print(&table(&["NETWORK ID", "NAME", "DRIVER", "SCOPE"], &rows));
        Ok(())
    }

    async fn network_inspect(&self, args: &[String]) -> Done {
        let given = parse(&INSPECT, args)?;
        let (mut found, mut errors) = (Vec::new(), Vec::new());
        for name in &given.arguments {
            let owned = name.clone();
            let network = self.call(|daemon| async move {
                let network = daemon.find_network(&owned).await?;
                Ok(daemon.inspect_network(&network).await)
            });
            match network.await {
                Ok(value) => found.push(value),
                Err(Stop::Api(error)) => errors.push(api_text(&error, "network", name)),
                Err(stop) => return Err(stop),
            }
        }
        self.print_inspected(&found, given.value("format"))?;
        errors.iter().for_each(|error| self.eprint(error));
        if errors.is_empty() { Ok(()) } else { Err(Stop::Status(1)) }
    }

    async fn network_connect(&self, args: &[String]) -> Done {
        let given = parse(&CONNECT, args)?;
        let (network, container) = two(&given);
        let ip = given.value("ip").map(str::parse::<Ipv4Addr>).transpose();
        let ip6 = given.value("ip6").map(str::parse::<Ipv6Addr>).transpose();
        let (Ok(ip), Ok(ip6)) = (&ip, &ip6) else {
            // The engine looks at addresses when it has found everything else.
            let daemon = self.daemon()?;
            daemon.find_container(&container)?;
            daemon.find_network(&network).await?;
            let (family, flag) = if ip.is_err() { (4, "ip") } else { (6, "ip6") };
            let text = given.value(flag).unwrap_or_default();
            let words = format!("Invalid IPv{family} address: {text})");
            return Err(Stop::Api(ApiError::bad_request(words)));
        };
        let (ip, ip6) = (*ip, *ip6);
        let request = EndpointRequest {
            ip,
            ip6,
            has_ipam: true,
            aliases: given.values("alias").to_vec(),
            links: given.values("link").to_vec(),
            mac: None,
            has_driver_options: true,
        };
        self.call(
            |daemon| async move { daemon.network_connect(&network, &container, request).await },
        )
        .await
    }

    async fn network_prune(&self, args: &[String]) -> Done {
        let given = parse(&PRUNE, args)?;
        let warning =
            "WARNING! This will remove all custom networks not used by at least one container.\n";
        if !given.is_on("force") && !self.is_sure(warning).await {
            return Ok(());
        }
        let filters = Filters::read(given.values("filter"), &["until", "label"])?;
        let now = self.daemon()?.calendar();
        let until: Result<Vec<f64>, Stop> =
            filters.values("until").iter().map(|text| moment::parse(text, now)).collect();
        let until = until?;
        let is_wanted = move |network: &Network| {
            filters.has_labels(&network.labels)
                && until.iter().all(|moment| network.created < *moment)
        };
        let names = self.call(|daemon| daemon.network_prune(is_wanted)).await?;
        if !names.is_empty() {
            self.print(&format!("Deleted Networks:\n{}\n\n", names.join("\n")));
        }
        Ok(())
    }
}

fn two(given: &Given) -> (String, String) {
    (given.arguments[0].clone(), given.arguments[1].clone())
}

/// `key=value` pairs; a key alone has no value.
pub(super) fn pairs(words: &[String]) -> BTreeMap<String, String> {
    words
        .iter()
        .map(|word| {
            let (key, value) = word.split_once('=').unwrap_or((word, ""));
            (key.to_owned(), value.to_owned())
        })
        .collect()
}

/// Keys of `--filter`.
const FILTERS: [&str; 7] = ["dangling", "driver", "id", "label", "name", "scope", "type"];

/// Keeps the networks that fit.
fn keep(networks: &mut Vec<Network>, filters: &Filters) -> Result<(), Stop> {
    networks.retain(|network| {
        filters.is("driver", network.driver.name())
            && filters.fits("name", &network.name)
            && filters.fits("id", &network.id)
            && filters.is("scope", network.scope.name())
            && filters.has_labels(&network.labels)
    });
    for wanted in filters.values("type") {
        match wanted.as_str() {
            "custom" => networks.retain(|network| !network.is_predefined()),
            "builtin" => networks.retain(Network::is_predefined),
            other => {
                let text = format!("invalid filter: 'type'='{other}'");
                return Err(Stop::Api(ApiError::bad_request(text)));
            }
        }
    }
    for wanted in filters.values("dangling") {
        // The engine does not look for members when it lists networks.
        let is_dangling = |network: &Network| !network.is_predefined();
        match wanted.as_str() {
            "true" | "1" => networks.retain(is_dangling),
            "false" | "0" => networks.retain(|network| !is_dangling(network)),
            _ => {
                let words = "invalid value for filter 'dangling', must be \"true\" (or \"1\"), or \"false\" (or \"0\")";
                return Err(Stop::Api(ApiError::bad_request(words)));
            }
        }
    }
    Ok(())
}
