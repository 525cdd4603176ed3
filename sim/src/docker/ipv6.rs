//! IPv6 of networks and containers: subnets and addresses, the bridge's gateway, and the switches that
//! keep it off everywhere else.
//!
//! An address is free if no endpoint of the network has it: there is no table of its own.

use std::collections::BTreeSet;

use ipnet::Ipv6Net;

use crate::kernel::sys::route::RouteMode;
use crate::kernel::sys::route6::Route6Spec;
use crate::kernel::sys::{Fib6Route, If6Addr};
use crate::kernel::{LinkId, NamespaceId};
use crate::wire::Ipv6Addr;

use super::daemon::Daemon;
use super::error::ApiError;
use super::model::{Driver, Endpoint, Ipam6Config, Network, Subnet6};

/// The address of every bridge on its link, beside the one made of its hardware address.
const BRIDGE_LINK_LOCAL: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);

impl Daemon {
    /// A namespace of the daemon begins without IPv6 (`setIPv6`).
    pub(in crate::docker) fn disable_ipv6(&self, ns: NamespaceId) {
        self.set_ipv6(ns, "all", false);
    }

    /// Writes the switch of a device, if it stands otherwise.
    fn set_ipv6(&self, ns: NamespaceId, device: &str, on: bool) {
        let path = format!("net.ipv6.conf.{device}.disable_ipv6");
        let value = if on { "0" } else { "1" };
        self.proc.sys_in(ns, |sys| {
            if sys.sysctl_get(&path).is_ok_and(|now| now != value) {
                // It was just read.
                let _ = sys.sysctl_set(&path, value);
            }
        });
    }

    /// The IPv6 subnets of a new network (`ipamAllocateVersion`).
    pub(in crate::docker) fn allocate_subnets6(
        &self,
        network: &mut Network,
    ) -> Result<(), ApiError> {
        if !network.ipv6 || !network.driver.has_addresses() {
            return Ok(());
        }
        if network.inet6.config.is_empty() {
            return Err(ApiError::server(
                "could not find an available, non-overlapping IPv6 address pool among the defaults to assign to the network",
            ));
        }
        if network.driver != Driver::Bridge {
            let driver = network.driver.name();
            let text = format!("netsim simulates IPv6 on bridge networks only, not on {driver}");
            return Err(ApiError::server(text));
        }
        if network.inet6.config.len() > 1 {
            return Err(ApiError::forbidden("bridge driver doesn't support multiple subnets"));
        }
        for config in network.inet6.config.clone() {
            self.refuse_overlap6(config.subnet)?;
            let pool = config.ip_range.unwrap_or(config.subnet);
            let gateway = match config.gateway {
                Some(gateway) => gateway,
                None => free_address(pool, config.subnet, &config.aux_addresses())?,
            };
            let subnet = Subnet6 { subnet: config.subnet, range: config.ip_range, gateway };
            network.inet6.subnets.push(subnet);
        }
        Ok(())
    }

    fn refuse_overlap6(&self, subnet: Ipv6Net) -> Result<(), ApiError> {
        let state = self.state.borrow();
        let mut taken = state.networks.values().flat_map(|network| &network.inet6.subnets);
        let overlaps = |other: Ipv6Net| other.contains(&subnet) || subnet.contains(&other);
        match taken.any(|other| overlaps(other.subnet)) {
            true => Err(ApiError::forbidden("Pool overlaps with other one on this address space")),
            false => Ok(()),
        }
    }

    /// An address for an endpoint, if its network has IPv6.
    pub(in crate::docker) fn take_address6(
        &self,
        network: &Network,
        wanted: Option<Ipv6Addr>,
    ) -> Result<Option<Ipv6Net>, ApiError> {
        let Some(subnet) = network.inet6.subnets.first() else { return Ok(None) };
        let mut taken: BTreeSet<Ipv6Addr> =
            network.inet6.config.iter().flat_map(Ipam6Config::aux_addresses).collect();
        taken.insert(subnet.gateway);
        let state = self.state.borrow();
        let members = state.endpoints.values().filter(|other| other.network == network.id);
        taken.extend(members.filter_map(|other| other.address6).map(|address| address.addr()));
        let address = match wanted {
            Some(address) if taken.contains(&address) => {
                return Err(ApiError::forbidden("Address already in use"));
            }
            Some(address) => address,
            None => free_address(subnet.range.unwrap_or(subnet.subnet), subnet.subnet, &taken)?,
        };
        Ok(Some(Ipv6Net::new_assert(address, subnet.subnet.prefix_len())))
    }

    /// The IPv6 addresses of a bridge, which is still down (`setupBridgeIPv6`).
    pub(in crate::docker) fn bridge_ipv6(
        &self,
        bridge: LinkId,
        network: &Network,
    ) -> Result<(), ApiError> {
        let Some(subnet) = network.inet6.subnets.first() else { return Ok(()) };
        let name = network.bridge_name();
        let host = self.proc.ns();
        self.set_ipv6(host, &name, true);
        let gateway = If6Addr::new(subnet.gateway, subnet.subnet.prefix_len());
        self.sys(|sys| {
            let known = sys.link(bridge).map(|view| view.addrs6).unwrap_or_default();
            for address in [If6Addr::new(BRIDGE_LINK_LOCAL, 64), gateway] {
                if !known.iter().any(|other| other.local == address.local) {
                    sys.addr6_add(bridge, address)?;
                }
            }
            Ok::<_, crate::kernel::NetlinkError>(())
        })?;
        if self.config.ip_forward {
            for place in ["default", "all"] {
                let path = format!("net.ipv6.conf.{place}.forwarding");
                // It exists in every namespace.
                let _ = self.sys(|sys| sys.sysctl_set(&path, "1"));
            }
        }
        Ok(())
    }

    /// The IPv6 address of an endpoint, on its device in the sandbox that is still down.
    pub(in crate::docker) fn move_in_ipv6(
        &self,
        ns: NamespaceId,
        link: LinkId,
        endpoint: &Endpoint,
    ) -> Result<(), ApiError> {
        let Some(address) = endpoint.address6 else { return Ok(()) };
        let name = self.proc.sys_in(ns, |sys| sys.link_name(link));
        self.set_ipv6(ns, "lo", true);
        self.set_ipv6(ns, &name, true);
        let address = If6Addr { nodad: true, ..If6Addr::new(address.addr(), address.prefix_len()) };
        self.proc.sys_in(ns, |sys| sys.addr6_add(link, address))?;
        Ok(())
    }

    /// Sets the default route of a sandbox, or removes it.
    pub(in crate::docker) fn set_gateway6(&self, ns: NamespaceId, gateway: Option<Ipv6Addr>) {
        let default = Ipv6Net::default();
        self.proc.sys_in(ns, |sys| {
            // There may be none.
            let _ = sys.route6_del(|route| route.dst == default);
            if gateway.is_some() {
                let route = Fib6Route::unicast(default, gateway, LinkId::default());
                // A gateway outside of all subnets is refused, as on a real machine.
                let _ = sys.route6_add(&Route6Spec { route, link: None }, RouteMode::Add);
            }
        });
    }
}

/// The lowest address of a range that nobody has; the first of a subnet is never given out.
fn free_address(
    range: Ipv6Net,
    subnet: Ipv6Net,
    taken: &BTreeSet<Ipv6Addr>,
) -> Result<Ipv6Addr, ApiError> {
    let (first, last) = (range.network().to_bits(), range.broadcast().to_bits());
    let mut addresses = (first..=last).map(Ipv6Addr::from_bits);
    addresses.find(|address| *address != subnet.network() && !taken.contains(address)).ok_or_else(
        || ApiError::server("no available IPv6 addresses on this network's address pools"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_address_that_nobody_has_is_given_out() {
        let subnet: Ipv6Net = "2001:db8:1::/64".parse().unwrap();
        let range: Ipv6Net = "2001:db8:1::8000/126".parse().unwrap();
        let one: BTreeSet<Ipv6Addr> = ["2001:db8:1::1".parse().unwrap()].into();
        let free = |range, taken| free_address(range, subnet, taken).map(|a| a.to_string());
        let nobody = BTreeSet::new();
        assert_eq!(free(subnet, &nobody).unwrap(), "2001:db8:1::1");
        assert_eq!(free(subnet, &one).unwrap(), "2001:db8:1::2");
        assert_eq!(free(range, &one).unwrap(), "2001:db8:1::8000");
        let all: BTreeSet<Ipv6Addr> = range.hosts().collect();
        assert!(free(range, &all).is_err());
    }
}
