//! The macvlan and ipvlan drivers: a sub-interface of a network card for each container.

use ipnet::Ipv4Net;

use crate::kernel::LinkId;
use crate::kernel::sys::{IpvlanFlag, IpvlanMode, KindSpec, LinkSpec, MacvlanMode};

use super::super::daemon::Daemon;
use super::super::error::ApiError;
use super::super::id;
use super::super::model::{Driver, Endpoint, Network, option};

impl Daemon {
    /// Checks mode and parent; makes a parent that is a VLAN of a card.
    pub(in crate::docker) fn macvlan_create(&self, network: &mut Network) -> Result<(), ApiError> {
        let (kind, key, default) = match network.driver {
            Driver::Ipvlan => ("ipvlan", option::IPVLAN_MODE, "l2"),
            _ => ("macvlan", option::MACVLAN_MODE, "bridge"),
        };
        let mode = network.options.get(key).map_or(default, String::as_str);
        let is_known = match network.driver {
            Driver::Ipvlan => matches!(mode, "l2" | "l3"),
            _ => mode_named(mode).is_some(),
        };
        if !is_known {
            return Err(ApiError::bad_request(format!(
                "requested {kind} mode '{mode}' is not valid, '{default}' mode is the {kind} driver default"
            )));
        }
        let Some(parent) = network.options.get(option::PARENT).cloned() else {
            return self.dummy_parent(network);
        };
        if parent == "lo" {
            return Err(ApiError::bad_request(format!(
                "loopback interface is not a valid {kind} parent link"
            )));
        }
        self.check_parent_is_free(network, &parent)?;
        if self.sys(|sys| sys.link_named(&parent)).is_none() {
            self.make_vlan_parent(&parent)?;
        }
        Ok(())
    }

    /// Without a parent the network hangs on a device that swallows everything.
    fn dummy_parent(&self, network: &mut Network) -> Result<(), ApiError> {
        let name = format!("dm-{}", id::short(&network.id));
        let mut spec = LinkSpec::new(self.proc.ns(), &name, KindSpec::Dummy);
        spec.up = true;
        self.sys(|sys| sys.link_add(&spec))?;
        network.internal = true;
        Ok(())
    }

    /// Two networks on one card are refused.
    fn check_parent_is_free(&self, network: &Network, parent: &str) -> Result<(), ApiError> {
        let state = self.state.borrow();
        let mut same = state.networks.values().filter(|other| {
            other.driver == network.driver
                && other.options.get(option::PARENT).is_some_and(|known| known == parent)
        });
        match same.next() {
            Some(other) => Err(ApiError::forbidden(format!(
                "network dm-{} is already using parent interface {parent}",
                id::short(&other.id)
            ))),
            None => Ok(()),
        }
    }

    /// `eth0.50`: a VLAN of eth0.
    fn make_vlan_parent(&self, name: &str) -> Result<(), ApiError> {
        if name.matches('.').count() > 1 {
            return Err(ApiError::bad_request(format!(
                "required interface name format is: name.vlan_id, ex. eth0.10 for vlan 10, instead received {name}"
            )));
        }
        let Some((card, number)) = name.split_once('.') else {
            return Err(ApiError::bad_request(format!(
                "invalid subinterface vlan name {name}, example formatting is eth0.10"
            )));
        };
        let id: u32 = number.parse().map_err(|_| {
            ApiError::bad_request(format!(
                "unable to parse a valid vlan id from: {number} (ex. eth0.10 for vlan 10)"
            ))
        })?;
        if !(1..=4094).contains(&id) {
            return Err(ApiError::bad_request(format!(
                "vlan id must be between 1-4094, received: {id}"
            )));
        }
        let Some(card) = self.sys(|sys| sys.link_named(card)) else {
            return Err(ApiError::bad_request(format!(
                "-o parent interface does was not found on the host: {card}"
            )));
        };
        let kind = KindSpec::Vlan { parent: Some(card), id: id as u16 };
        let mut spec = LinkSpec::new(self.proc.ns(), name, kind);
        spec.up = true;
        self.sys(|sys| sys.link_add(&spec)).map_err(|error| {
            ApiError::from(error).with_prefix(&format!("failed to create {name} vlan link: "))
        })?;
        Ok(())
    }

    /// Removes the parent, if the daemon made it.
    pub(in crate::docker) fn macvlan_delete(&self, network: &Network) {
        let name = match network.options.get(option::PARENT) {
            Some(parent) if parent.contains('.') => parent.clone(),
            Some(_) => return,
            None => format!("dm-{}", id::short(&network.id)),
        };
        self.sys(|sys| {
            if let Some(link) = sys.link_named(&name) {
                // Somebody else may use it.
                let _ = sys.link_del(link);
            }
        });
    }

    /// A sub-interface for the sandbox.
    pub(in crate::docker) fn macvlan_join(
        &self,
        network: &Network,
        endpoint: &mut Endpoint,
    ) -> Result<(), ApiError> {
        let dummy = || format!("dm-{}", id::short(&network.id));
        let name = network.options.get(option::PARENT).cloned().unwrap_or_else(dummy);
        let parent: Option<LinkId> = self.sys(|sys| sys.link_named(&name));
        let inner_name = self.rng(id::veth_name);
        let is_ipvlan = network.driver == Driver::Ipvlan;
        let mut is_routed = false;
        let kind = if is_ipvlan {
            let mode = network.options.get(option::IPVLAN_MODE).map_or("l2", String::as_str);
            let mode = if mode == "l3" { IpvlanMode::L3 } else { IpvlanMode::L2 };
            is_routed = mode == IpvlanMode::L3;
            KindSpec::Ipvlan { parent, mode, flag: IpvlanFlag::Bridge }
        } else {
            let mode = network.options.get(option::MACVLAN_MODE).map_or("bridge", String::as_str);
            KindSpec::Macvlan { parent, mode: mode_named(mode).unwrap_or(MacvlanMode::Bridge) }
        };
        let mut spec = LinkSpec::new(self.proc.ns(), &inner_name, kind);
        spec.tx_queue_len = 0;
        let link = self.sys(|sys| sys.link_add(&spec)).map_err(|error| {
            let kind = network.driver.name();
            let words = error.errno().text().to_lowercase();
            ApiError::server(format!("failed to create the {kind} port: {words}"))
        })?;
        endpoint.source_name = inner_name;
        endpoint.link = Some(link);
        if is_routed {
            // On a wire without neighbours the device itself is the way out.
            endpoint.routes = vec![(Ipv4Net::default(), None)];
        } else if !network.internal {
            endpoint.gateway = network.subnets.first().and_then(|subnet| subnet.gateway);
        }
        Ok(())
    }
}

/// The modes that the driver takes.
fn mode_named(name: &str) -> Option<MacvlanMode> {
    use MacvlanMode::{Bridge, Passthru, Private, Vepa};
    [Bridge, Private, Vepa, Passthru].into_iter().find(|mode| mode.name() == name)
}
