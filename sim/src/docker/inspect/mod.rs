//! What `docker inspect` shows, as JSON with the keys in the engine's order.

mod host;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::docker::daemon::Daemon;
use crate::docker::model::{
    Container, Driver, Endpoint, IpamConfig, Network, NetworkMode, Port, PortBinding, Sandbox,
    Scope, Status,
};
use crate::process::calendar::Calendar;

/// The time of something that has not happened.
const NEVER: &str = "0001-01-01T00:00:00Z";

fn time(seconds: f64) -> String {
    if seconds > 0.0 { Calendar::of(seconds).rfc3339() } else { NEVER.to_owned() }
}

impl Daemon {
    /// A network.
    pub async fn inspect_network(&self, network: &Network) -> Value {
        let mut members: BTreeMap<String, Value> = BTreeMap::new();
        for endpoint in self.members_of(network).await {
            let container = self.container_of(&endpoint);
            let key = container.map_or_else(|| format!("ep-{}", endpoint.id), |c| c.id);
            let text = |value: Option<String>| value.unwrap_or_default();
            members.insert(
                key,
                json!({
                    "Name": endpoint.name,
                    "EndpointID": endpoint.id,
                    "MacAddress": text(endpoint.mac.map(|mac| mac.to_string())),
                    "IPv4Address": text(endpoint.address.map(|address| address.to_string())),
                    "IPv6Address": text(endpoint.address6.map(|address| address.to_string())),
                }),
            );
        }
        json!({
            "Name": network.name,
            "Id": network.id,
            "Created": time(network.created),
            "Scope": network.scope.name(),
            "Driver": network.driver.name(),
            "EnableIPv6": network.ipv6,
            "IPAM": {
                "Driver": "default",
                "Options": network.ipam_options,
                "Config": ipam_config(network),
            },
            "Internal": network.internal,
            "Attachable": network.attachable,
            "Ingress": false,
            "ConfigFrom": { "Network": network.config_from },
            "ConfigOnly": network.config_only,
            "Containers": members,
            "Options": network.options,
            "Labels": network.labels,
        })
    }

    /// The endpoints of a network: of an overlay those of all hosts.
    async fn members_of(&self, network: &Network) -> Vec<Endpoint> {
        let here: Vec<Endpoint> = {
            let state = self.state.borrow();
            let here = state.endpoints.values().filter(|endpoint| endpoint.network == network.id);
            here.cloned().collect()
        };
        let Some(cluster) = &self.cluster else { return here };
        // The engine looks for members of all networks before it shows one, in the store as well.
        for other in self.networks().await {
            // Without the store there are none.
            let _ = cluster.endpoints(&other.id).await;
        }
        if network.scope == Scope::Local {
            return here;
        }
        let all = cluster.endpoints(&network.id).await.unwrap_or_default();
        let elsewhere = all.into_iter().filter(|e| here.iter().all(|own| own.id != e.id));
        here.iter().cloned().chain(elsewhere).collect()
    }

    /// The container of an endpoint of this host.
    fn container_of(&self, endpoint: &Endpoint) -> Option<Container> {
        let state = self.state.borrow();
        let sandbox = state.sandboxes.get(endpoint.sandbox.as_ref()?)?;
        state.containers.get(&sandbox.container).cloned()
    }

    /// A container.
    pub fn inspect_container(&self, container: &Container) -> Value {
        let config = &container.config;
        let image = self.image(&config.image);
        let image_id = image.map_or(String::new(), |image| format!("sha256:{}", image.id));
        let dir = format!("/var/lib/docker/containers/{}", container.id);
        json!({
            "Id": container.id,
            "Created": time(container.created),
            "Path": container.path,
            "Args": container.args,
            "State": {
                "Status": status_word(container),
                "Running": container.is_running() || container.restarting,
                "Paused": container.paused,
                "Restarting": container.restarting,
                "OOMKilled": false,
                "Dead": false,
                "Pid": container.pid.map_or(0, |pid| pid.0),
                "ExitCode": container.exit_code,
                "Error": container.error,
                "StartedAt": time(container.started),
                "FinishedAt": time(container.finished),
            },
            "Image": image_id,
            "ResolvConfPath": format!("{dir}/resolv.conf"),
            "HostnamePath": format!("{dir}/hostname"),
            "HostsPath": format!("{dir}/hosts"),
            "LogPath": format!("{dir}/{}-json.log", container.id),
            "Name": format!("/{}", container.name()),
            "RestartCount": container.restart_count,
            "Driver": "overlay2",
            "Platform": "linux",
            "MountLabel": "",
            "ProcessLabel": "",
            "AppArmorProfile": "",
            "ExecIDs": Value::Null,
            "HostConfig": host::host_config(container, &self.links_shown(container)),
            "Mounts": [],
            "Config": self.inspect_config(container),
            "NetworkSettings": self.network_settings(container),
        })
    }

    fn inspect_config(&self, container: &Container) -> Value {
        let config = &container.config;
        let exposed: BTreeMap<String, Value> = crate::docker::ports::exposed(self, container)
            .iter()
            .map(|port| (port.to_string(), json!({})))
            .collect();
        let env: Vec<String> = self
            .configured_environment(container)
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut value = json!({
            "Hostname": self.hostname_of(container),
            "Domainname": config.domainname,
            "User": config.user,
            "AttachStdin": config.attached && config.open_stdin,
            "AttachStdout": config.attached,
            "AttachStderr": config.attached,
        });
        if !exposed.is_empty() {
            value["ExposedPorts"] = json!(exposed);
        }
        let rest = json!({
            "Tty": config.tty,
            "OpenStdin": config.open_stdin,
            "StdinOnce": config.attached && config.open_stdin,
            "Env": env,
            "Cmd": config.command,
            "Image": config.image,
            "Volumes": Value::Null,
            "WorkingDir": config.workdir.clone().unwrap_or_default(),
            "Entrypoint": config.entrypoint,
        });
        if let (Value::Object(all), Value::Object(rest)) = (&mut value, rest) {
            all.extend(rest);
        }
        if let Some(mac) = config.endpoint.mac {
            value["MacAddress"] = json!(mac.to_string());
        }
        let rest = json!({
            "OnBuild": Value::Null,
            "Labels": config.labels,
        });
        if let (Value::Object(all), Value::Object(rest)) = (&mut value, rest) {
            all.extend(rest);
        }
        value
    }

    fn network_settings(&self, container: &Container) -> Value {
        let state = self.state.borrow();
        let sandbox = container.sandbox.as_deref();
        let is_host = container.config.mode == NetworkMode::Host;
        let endpoint_of = |name: &str| {
            let id = container.networks.get(name)?.endpoint.as_ref()?;
            state.endpoints.get(id)
        };
        let bridge = endpoint_of("bridge");
        let mut settings = json!({
            "Bridge": "",
            "SandboxID": sandbox.unwrap_or_default(),
            "HairpinMode": false,
            "LinkLocalIPv6Address": "",
            "LinkLocalIPv6PrefixLen": 0,
            "Ports": self.published(container, &state),
            "SandboxKey": sandbox.map_or(String::new(), |id| Sandbox::key_of(id, is_host)),
            "SecondaryIPAddresses": Value::Null,
            "SecondaryIPv6Addresses": Value::Null,
        });
        let legacy = endpoint_json(bridge);
        for key in [
            "EndpointID",
            "Gateway",
            "GlobalIPv6Address",
            "GlobalIPv6PrefixLen",
            "IPAddress",
            "IPPrefixLen",
            "IPv6Gateway",
            "MacAddress",
        ] {
            settings[key] = legacy[key].clone();
        }
        let mut names: Vec<&String> = container.networks.keys().collect();
        names.sort();
        let networks: Map<String, Value> = names
            .into_iter()
            .map(|name| (name.clone(), self.attachment_json(container, name, endpoint_of(name))))
            .collect();
        settings["Networks"] = Value::Object(networks);
        settings
    }

    fn attachment_json(
        &self,
        container: &Container,
        name: &str,
        endpoint: Option<&Endpoint>,
    ) -> Value {
        let at = &container.networks[name];
        let request = &at.request;
        let mut ipam = if request.has_ipam { json!({}) } else { Value::Null };
        if let Some(ip) = request.ip {
            ipam["IPv4Address"] = json!(ip.to_string());
        }
        if let Some(ip) = request.ip6 {
            ipam["IPv6Address"] = json!(ip.to_string());
        }
        let list = |items: &[String]| if items.is_empty() { Value::Null } else { json!(items) };
        let is_predefined = crate::docker::model::is_predefined(name);
        // The first network of a container learns its other names when it starts.
        let is_new = at.network.is_empty() && !request.has_driver_options;
        let aliases = match is_predefined || is_new {
            true => request.aliases.clone(),
            false => container.aliases(request),
        };
        let facts = endpoint_json(endpoint);
        json!({
            "IPAMConfig": ipam,
            "Links": list(&request.links),
            "Aliases": if is_predefined && request.has_driver_options { json!([]) } else { list(&aliases) },
            "NetworkID": at.network,
            "EndpointID": facts["EndpointID"],
            "Gateway": facts["Gateway"],
            "IPAddress": facts["IPAddress"],
            "IPPrefixLen": facts["IPPrefixLen"],
            "IPv6Gateway": facts["IPv6Gateway"],
            "GlobalIPv6Address": facts["GlobalIPv6Address"],
            "GlobalIPv6PrefixLen": facts["GlobalIPv6PrefixLen"],
            "MacAddress": facts["MacAddress"],
            "DriverOpts": if request.has_driver_options { json!({}) } else { Value::Null },
        })
    }

    /// The ports of a container: those that it announces, with where they are published.
    fn published(&self, container: &Container, state: &crate::docker::daemon::State) -> Value {
        let Some(sandbox) = container.sandbox.as_ref().and_then(|id| state.sandboxes.get(id))
        else {
            return json!({});
        };
        let announced = self.announced(container, state);
        // As texts, in their order: 443 comes before 80.
        let mut ports: BTreeMap<String, Value> =
            announced.iter().map(|port| (port.to_string(), Value::Null)).collect();
        let endpoints = sandbox.endpoints.iter().filter_map(|id| state.endpoints.get(id));
        for binding in endpoints.flat_map(|endpoint| &endpoint.bindings) {
            let entry = ports.entry(binding.container.to_string()).or_insert(Value::Null);
            if entry.is_null() {
                *entry = json!([]);
            }
            if let Value::Array(list) = entry {
                let PortBinding { host_ip, host_port, .. } = binding;
                list.push(json!({
                    "HostIp": host_ip.to_string(),
                    "HostPort": host_port.to_string(),
                }));
            }
        }
        json!(ports)
    }

    /// The ports that a container announces; only a bridge has a place for them.
    fn announced(&self, container: &Container, state: &crate::docker::daemon::State) -> Vec<Port> {
        let sandbox = container.sandbox.as_ref().and_then(|id| state.sandboxes.get(id));
        let endpoints = sandbox.into_iter().flat_map(|sandbox| &sandbox.endpoints);
        let mut networks = endpoints.filter_map(|id| {
            let endpoint = state.endpoints.get(id)?;
            state.networks.get(&endpoint.network)
        });
        if networks.any(|network| network.driver == Driver::Bridge && !network.internal) {
            crate::docker::ports::exposed(self, container)
        } else {
            Vec::new()
        }
    }

    /// The ports that a container announces.
    pub fn exposed_of(&self, container: &Container) -> Vec<Port> {
        self.announced(container, &self.state.borrow())
    }

    /// Where the ports of a container are published.
    pub fn bindings_of(&self, container: &Container) -> Vec<PortBinding> {
        let state = self.state.borrow();
        let sandbox = container.sandbox.as_ref().and_then(|id| state.sandboxes.get(id));
        let endpoints = sandbox.into_iter().flat_map(|sandbox| &sandbox.endpoints);
        let bindings = endpoints.filter_map(|id| state.endpoints.get(id));
        bindings.flat_map(|endpoint| endpoint.bindings.clone()).collect()
    }
}

fn endpoint_json(endpoint: Option<&Endpoint>) -> Value {
    let address = endpoint.and_then(|endpoint| endpoint.address);
    let address6 = endpoint.and_then(|endpoint| endpoint.address6);
    let mac = endpoint.and_then(|endpoint| endpoint.mac);
    json!({
        "EndpointID": endpoint.map_or("", |endpoint| &endpoint.id),
        "Gateway": endpoint
            .and_then(|endpoint| endpoint.gateway)
            .map_or(String::new(), |gateway| gateway.to_string()),
        "GlobalIPv6Address": address6.map_or(String::new(), |address| address.addr().to_string()),
        "GlobalIPv6PrefixLen": address6.map_or(0, |address| address.prefix_len()),
        "IPAddress": address.map_or(String::new(), |address| address.addr().to_string()),
        "IPPrefixLen": address.map_or(0, |address| address.prefix_len()),
        "IPv6Gateway": endpoint
            .and_then(|endpoint| endpoint.gateway6)
            .map_or(String::new(), |gateway| gateway.to_string()),
        "MacAddress": mac.map_or(String::new(), |mac| mac.to_string()),
    })
}

/// The subnets as they were asked for, or else as they are; those of IPv6 last.
fn ipam_config(network: &Network) -> Vec<Value> {
    let mut all = ipam4_config(network);
    all.extend(network.inet6.config.iter().map(|config| {
        let mut value = json!({ "Subnet": config.subnet.to_string() });
        if let Some(range) = config.ip_range {
            value["IPRange"] = json!(range.to_string());
        }
        if let Some(gateway) = config.gateway {
            value["Gateway"] = json!(gateway.to_string());
        }
        if !config.aux.is_empty() {
            value["AuxiliaryAddresses"] = json!(config.aux);
        }
        value
    }));
    all
}

fn ipam4_config(network: &Network) -> Vec<Value> {
    if network.ipam.is_empty() {
        let subnets = network.subnets.iter();
        return subnets
            .map(|subnet| {
                let mut value = json!({ "Subnet": subnet.pool.subnet.to_string() });
                if let Some(gateway) = subnet.gateway {
                    value["Gateway"] = json!(gateway.to_string());
                }
                value
            })
            .collect();
    }
    network.ipam.iter().map(config_json).collect()
}

fn config_json(config: &IpamConfig) -> Value {
    let mut value = json!({
        "Subnet": config.subnet.map_or(String::new(), |subnet| subnet.to_string()),
    });
    if let Some(range) = config.ip_range {
        value["IPRange"] = json!(range.to_string());
    }
    if let Some(gateway) = config.gateway {
        value["Gateway"] = json!(gateway.to_string());
    }
    if !config.aux.is_empty() {
        let aux: BTreeMap<&String, String> =
            config.aux.iter().map(|(key, ip)| (key, ip.to_string())).collect();
        value["AuxiliaryAddresses"] = json!(aux);
    }
    value
}

/// `created`, `running`, `exited`.
pub fn status_word(container: &Container) -> &'static str {
    match container.status {
        Status::Created => "created",
        Status::Running if container.paused => "paused",
        Status::Running => "running",
        _ if container.restarting => "restarting",
        Status::Exited => "exited",
    }
}
