//! The bridge driver: a bridge on the host, a virtual cable to each container, rules for the way out.

use std::collections::BTreeMap;

use ipnet::Ipv4Net;

use crate::kernel::sys::link::PortChange;
use crate::kernel::sys::{IfAddr, KindSpec, LinkSpec, table};
use crate::kernel::{Errno, LinkId};

use super::super::daemon::Daemon;
use super::super::error::ApiError;
use super::super::id;
use super::super::model::{
    Driver, Endpoint, GWBRIDGE, Inet6Plan, IpamConfig, Network, Subnet, option,
};

/// The device of the default bridge.
const DOCKER0: &str = "docker0";

impl Daemon {
    /// What a daemon sets on its host before it makes networks.
    pub(in crate::docker) fn init_host(&self) {
        if self.config.ip_forward {
            let was_off = self.sys(|sys| sys.sysctl_get("net.ipv4.ip_forward")) == Ok("0".into());
            if was_off {
                // Both exist in every namespace.
                let _ = self.sys(|sys| sys.sysctl_set("net.ipv4.ip_forward", "1"));
                let _ = self.iptables("-P FORWARD DROP");
            }
        }
        let name = "net.bridge.bridge-nf-call-iptables";
        let _ = self.sys(|sys| sys.sysctl_set(name, "1"));
    }

    /// `none`, `host`, and a new `bridge`.
    pub(in crate::docker) async fn init_default_networks(
        &self,
        saved: &[Network],
    ) -> Result<(), ApiError> {
        for (name, driver) in [("none", Driver::Null), ("host", Driver::Host)] {
            let old = saved.iter().find(|network| network.name == name).cloned();
            let network = old.unwrap_or_else(|| self.predefined(name, driver));
            self.state.borrow_mut().networks.insert(network.id.clone(), network);
        }
        let network = self.default_bridge()?;
        self.create(network).await?;
        self.raise_user_chain()
    }

    fn predefined(&self, name: &str, driver: Driver) -> Network {
        Network {
            id: self.new_id(),
            name: name.to_owned(),
            created: self.calendar(),
            driver,
            scope: super::super::model::Scope::Local,
            ipam: Vec::new(),
            ipam_options: None,
            subnets: Vec::new(),
            internal: false,
            attachable: false,
            ipv6: false,
            inet6: Inet6Plan::default(),
            options: BTreeMap::new(),
            labels: BTreeMap::new(),
            config_only: false,
            config_from: String::new(),
        }
    }

    /// The default bridge: with the address that docker0 has, or the first that is free.
    fn default_bridge(&self) -> Result<Network, ApiError> {
        let mut network = self.predefined("bridge", Driver::Bridge);
        let on_off = |on: bool| on.to_string();
        let mtu = self.config.mtu.unwrap_or(1500).to_string();
        let binding = self.config.default_binding;
        let binding = binding.map_or_else(|| "0.0.0.0".to_owned(), |ip| ip.to_string());
        let options = [
            (option::DEFAULT_BRIDGE, "true".to_owned()),
            (option::ENABLE_ICC, on_off(self.config.icc)),
            (option::ENABLE_MASQUERADE, on_off(self.config.ip_masq)),
            (option::HOST_BINDING, binding),
            (option::BRIDGE_NAME, DOCKER0.to_owned()),
            (option::MTU, mtu),
        ];
        network.options = options.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
        let existing = self.sys(|sys| {
            let id = sys.link_named(DOCKER0)?;
            let address = sys.link(id)?.addrs.first().cloned()?;
            Some(Ipv4Net::new_assert(address.local, address.prefix_len))
        });
        let mut config = IpamConfig::default();
        match self.config.bridge_ip.or(existing) {
            Some(address) => {
                config.subnet = Some(address.trunc());
                config.gateway = Some(address.addr());
            }
            None => {
                // On the very first start the address is elected, and not remembered as the user's.
                config.subnet = Some(self.elect_subnet()?);
            }
        }
        config.ip_range = self.config.fixed_cidr;
        network.ipam = vec![config];
        Ok(network)
    }

    /// The first subnet of the default list to which the host has no route.
    fn elect_subnet(&self) -> Result<Ipv4Net, ApiError> {
        let routes = self.sys(|sys| sys.routes(table::MAIN));
        let routes = routes.unwrap_or_default();
        let candidates = if self.config.address_pools.is_empty() {
            super::super::ipam::Candidates::local()
        } else {
            super::super::ipam::Candidates::new(self.config.address_pools.clone())
        };
        let is_free = |net: &Ipv4Net| {
            !routes.iter().filter(|route| route.dst.prefix_len() > 0).any(|route| {
                route.dst.contains(&net.network()) || net.contains(&route.dst.network())
            })
        };
        let mut all = (0..candidates.len()).filter_map(|n| candidates.get(n));
        all.find(is_free).ok_or_else(|| {
            ApiError::server("list of IPv4 addresses for the default bridge is exhausted")
        })
    }

    /// Whether a new bridge would clash with another one.
    pub(in crate::docker) fn bridge_check(&self, network: &Network) -> Result<(), ApiError> {
        let state = self.state.borrow();
        let bridges = state.networks.values().filter(|other| other.driver == Driver::Bridge);
        for other in bridges {
            let clash = if other.bridge_name() == network.bridge_name() {
                "same bridge name"
            } else {
                continue;
            };
            return Err(ApiError::forbidden(format!(
                "cannot create network {} ({}): conflicts with network {} ({}): networks have {clash}",
                network.id,
                network.bridge_name(),
                other.id,
                other.bridge_name(),
            )));
        }
        Ok(())
    }

    /// Makes the bridge and its rules; what is there stays.
    pub(in crate::docker) fn bridge_create(&self, network: &Network) -> Result<(), ApiError> {
        let name = network.bridge_name();
        let bridge = match self.sys(|sys| sys.link_named(&name)) {
            Some(bridge) => bridge,
            None => {
                let mut spec = LinkSpec::new(self.proc.ns(), &name, KindSpec::Bridge);
                spec.mac = Some(self.rng(id::random_mac));
                spec.tx_queue_len = 0;
                self.sys(|sys| sys.link_add(&spec)).map_err(|error| {
                    let is_too_long = error.errno() == Errno::ERANGE;
                    let before = "failed to check bridge interface existence: ";
                    ApiError::from(error).with_prefix(if is_too_long { before } else { "" })
                })?
            }
        };
        if let Some(mtu) = Daemon::mtu_of(network).filter(|mtu| *mtu != 1500) {
            self.sys(|sys| sys.link_set_mtu(bridge, mtu))?;
        }
        if let Some(subnet) = network.subnets.first()
            && !network.option_is_on(option::INHIBIT_IPV4, false)
        {
            self.bridge_address(bridge, subnet)?;
        }
        self.bridge_ipv6(bridge, network)?;
        self.bridge_rules(network)?;
        self.sys(|sys| sys.link_up(bridge))?;
        Ok(())
    }

    fn bridge_address(&self, bridge: LinkId, subnet: &Subnet) -> Result<(), ApiError> {
        let Some(gateway) = subnet.gateway else { return Ok(()) };
        let address = subnet.with_len(gateway);
        self.sys(|sys| {
            let name = sys.link_name(bridge);
            let view = sys.link(bridge);
            let has = view.is_some_and(|view| view.addrs.iter().any(|a| a.local == gateway));
            if has {
                return Ok(());
            }
            sys.addr_add(bridge, interface_address(address, &name))
        })?;
        Ok(())
    }

    /// The rules of a bridge, each put where libnetwork puts it.
    fn bridge_rules(&self, network: &Network) -> Result<(), ApiError> {
        if !self.config.iptables {
            return Ok(());
        }
        let name = network.bridge_name();
        let Some(subnet) = network.subnets.first().map(|subnet| subnet.pool.subnet) else {
            return Ok(());
        };
        let icc = network.option_is_on(option::ENABLE_ICC, true);
        if network.internal {
            let stage = "DOCKER-ISOLATION-STAGE-1";
            self.rule_insert("filter", stage, &format!("-i {name} ! -d {subnet} -j DROP"))?;
            self.rule_insert("filter", stage, &format!("-o {name} ! -s {subnet} -j DROP"))?;
            self.icc_rule(&name, icc)?;
            self.raise_jumps()?;
            return self.raise_user_chain();
        }
        if network.option_is_on(option::ENABLE_MASQUERADE, true) {
            self.rule_insert("nat", "POSTROUTING", &way_out(network, &name, subnet))?;
            if self.config.userland_proxy {
                self.rule_insert("nat", "DOCKER", &format!("-i {name} -j RETURN"))?;
            }
        }
        if !self.config.userland_proxy {
            let rule = format!("-o {name} -m addrtype --src-type LOCAL -j MASQUERADE");
            self.rule_insert("nat", "POSTROUTING", &rule)?;
        }
        self.icc_rule(&name, icc)?;
        self.rule_insert("filter", "FORWARD", &format!("-i {name} ! -o {name} -j ACCEPT"))?;
        self.jump_to_docker()?;
        self.rule_insert("filter", "FORWARD", &format!("-o {name} -j DOCKER"))?;
        let established = format!("-o {name} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT");
        self.rule_insert("filter", "FORWARD", &established)?;
        self.raise_jumps()?;
        let (one, two) = ("DOCKER-ISOLATION-STAGE-1", "DOCKER-ISOLATION-STAGE-2");
        self.rule_insert("filter", one, &format!("-i {name} ! -o {name} -j {two}"))?;
        self.rule_insert("filter", two, &format!("-o {name} -j DROP"))?;
        self.raise_user_chain()
    }

    fn icc_rule(&self, name: &str, icc: bool) -> Result<(), ApiError> {
        let between = format!("-i {name} -o {name}");
        if icc {
            self.rule_insert("filter", "FORWARD", &format!("{between} -j ACCEPT"))
        } else {
            self.rule_append("filter", "FORWARD", &format!("{between} -j DROP"))
        }
    }

    /// Removes the bridge and its rules.
    pub(in crate::docker) fn bridge_delete(&self, network: &Network) {
        let name = network.bridge_name();
        if let Some(subnet) = network.subnets.first().map(|subnet| subnet.pool.subnet) {
            let (one, two) = ("DOCKER-ISOLATION-STAGE-1", "DOCKER-ISOLATION-STAGE-2");
            let rules = [
                ("nat", "POSTROUTING", way_out(network, &name, subnet)),
                ("nat", "DOCKER", format!("-i {name} -j RETURN")),
                (
                    "nat",
                    "POSTROUTING",
                    format!("-o {name} -m addrtype --src-type LOCAL -j MASQUERADE"),
                ),
                ("filter", "FORWARD", format!("-i {name} -o {name} -j ACCEPT")),
                ("filter", "FORWARD", format!("-i {name} -o {name} -j DROP")),
                ("filter", "FORWARD", format!("-i {name} ! -o {name} -j ACCEPT")),
                ("filter", "FORWARD", format!("-o {name} -j DOCKER")),
                (
                    "filter",
                    "FORWARD",
                    format!("-o {name} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"),
                ),
                ("filter", one, format!("-i {name} ! -o {name} -j {two}")),
                ("filter", two, format!("-o {name} -j DROP")),
                ("filter", one, format!("-i {name} ! -d {subnet} -j DROP")),
                ("filter", one, format!("-o {name} ! -s {subnet} -j DROP")),
            ];
            for (table, chain, rule) in &rules {
                self.rule_delete(table, chain, rule);
            }
        }
        self.sys(|sys| {
            if let Some(bridge) = sys.link_named(&name) {
                // Somebody may have removed it by hand.
                let _ = sys.link_del(bridge);
            }
        });
    }

    /// A virtual cable: one end in the bridge, one for the sandbox.
    pub(in crate::docker) fn bridge_join(
        &self,
        network: &Network,
        endpoint: &mut Endpoint,
    ) -> Result<(), ApiError> {
        let name = network.bridge_name();
        let missing = || {
            ApiError::server(format!(
                "could not find bridge interface {name}: route ip+net: no such network interface"
            ))
        };
        let bridge = self.sys(|sys| sys.link_named(&name)).ok_or_else(missing)?;
        let (host_end, inner) = self.make_cable(endpoint, Daemon::mtu_of(network))?;
        self.sys(|sys| sys.link_set_master(host_end, bridge))?;
        if !self.config.userland_proxy {
            self.sys(|sys| sys.port_set(host_end, PortChange::Hairpin(true)))?;
        }
        self.sys(|sys| sys.link_up(host_end))?;
        endpoint.host_end = Some(host_end);
        endpoint.link = Some(inner);
        if !network.internal || network.driver == Driver::Bridge {
            endpoint.gateway = network.subnets.first().and_then(|subnet| subnet.gateway);
            endpoint.gateway6 = network.inet6.subnets.first().map(|subnet| subnet.gateway);
        }
        Ok(())
    }

    /// A pair of virtual cable ends in the host's namespace: the host's end, and the container's.
    pub(in crate::docker) fn make_cable(
        &self,
        endpoint: &mut Endpoint,
        mtu: Option<u32>,
    ) -> Result<(LinkId, LinkId), ApiError> {
        let (host_name, inner_name) = self.rng(|rng| (id::veth_name(rng), id::veth_name(rng)));
        // Both ends without a queue, as Docker makes them.
        let ns = self.proc.ns();
        let mut peer = LinkSpec::new(ns, &inner_name, KindSpec::Dummy);
        peer.tx_queue_len = 0;
        let mut spec = LinkSpec::new(ns, &host_name, KindSpec::Veth(Box::new(peer)));
        spec.tx_queue_len = 0;
        let host_end = self.sys(|sys| sys.link_add(&spec))?;
        let inner = self.sys(|sys| sys.link_named(&inner_name));
        let inner = inner.ok_or_else(|| ApiError::server("the veth peer has gone"))?;
        for end in [host_end, inner] {
            if let Some(mtu) = mtu.filter(|mtu| *mtu != 1500) {
                self.sys(|sys| sys.link_set_mtu(end, mtu))?;
            }
        }
        endpoint.source_name = inner_name;
        Ok((host_end, inner))
    }

    /// The bridge for the way out of overlay networks, made when it is first needed.
    pub(in crate::docker) async fn gwbridge(&self) -> Result<Network, ApiError> {
        let existing =
            self.state.borrow().networks.values().find(|network| network.is_gwbridge()).cloned();
        if let Some(network) = existing {
            return Ok(network);
        }
        let mut network = self.predefined(GWBRIDGE, Driver::Bridge);
        let options = [
            (option::BRIDGE_NAME, GWBRIDGE),
            (option::ENABLE_ICC, "false"),
            (option::ENABLE_MASQUERADE, "true"),
        ];
        network.options = options.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let network = self.create(network).await?;
        self.save();
        Ok(network)
    }
}

/// The rule that gives packets to the outside another source: that of their way, or one that is said.
fn way_out(network: &Network, name: &str, subnet: Ipv4Net) -> String {
    let target = match network.options.get(option::HOST_IPV4) {
        Some(address) => format!("SNAT --to-source {address}"),
        None => "MASQUERADE".to_owned(),
    };
    format!("-s {subnet} ! -o {name} -j {target}")
}

/// An address as Docker gives it to a device: with its broadcast address.
pub(in crate::docker) fn interface_address(address: Ipv4Net, device: &str) -> IfAddr {
    let broadcast = Some(address.broadcast());
    IfAddr { broadcast, ..IfAddr::new(address.addr(), address.prefix_len(), device) }
}
