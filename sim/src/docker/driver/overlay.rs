//! The overlay driver: on each host that has members of a network, a hidden namespace with a bridge and
//! a VXLAN device for each subnet; for each member elsewhere a neighbour and a forwarding entry.
//!
//! All of it is made when the first member joins, and goes with the last.

use ipnet::Ipv4Net;

use crate::kernel::sys::fdb::FdbMode;
use crate::kernel::sys::neigh::EntryMode;
use crate::kernel::sys::{KindSpec, LinkSpec, Nud, Remote, VxlanSpec, VxlanState};
use crate::kernel::{LinkId, NamespaceId};
use crate::process::Node;
use crate::wire::Ipv4Addr;

use super::super::cluster::SubnetRecord;
use super::super::daemon::Daemon;
use super::super::error::ApiError;
use super::super::model::{Endpoint, Network, Overlay, OverlaySubnet, Peer};
use super::bridge::interface_address;

/// What VXLAN adds to a packet.
const OVERHEAD: u32 = 50;
/// The port that IANA assigned.
const PORT: u16 = 4789;

impl Daemon {
    /// A network exists from the moment its record is in the store; nothing is made on any host.
    pub(in crate::docker) async fn overlay_create(
        &self,
        network: &Network,
    ) -> Result<(), ApiError> {
        let Some(cluster) = &self.cluster else {
            return Err(ApiError::server("no cluster store is configured"));
        };
        let subnets = network
            .subnets
            .iter()
            .map(|subnet| SubnetRecord {
                subnet_ip: subnet.pool.subnet.to_string(),
                gw_ip: subnet.gateway.map_or(String::new(), |ip| subnet.with_len(ip).to_string()),
                vni: 0,
            })
            .collect();
        let mtu = Daemon::mtu_of(network).unwrap_or(0);
        cluster.put_overlay(&network.id, mtu, subnets).await.map_err(ApiError::from)
    }

    /// The record goes, and its identifiers are free again.
    pub(in crate::docker) async fn overlay_delete(
        &self,
        network: &Network,
    ) -> Result<(), ApiError> {
        match &self.cluster {
            Some(cluster) => cluster.delete_overlay(&network.id).await.map_err(ApiError::from),
            None => Ok(()),
        }
    }

    /// A member joins: the hidden namespace is made if it is the first, then its cable.
    pub(in crate::docker) async fn overlay_join(
        &self,
        network: &Network,
        endpoint: &mut Endpoint,
    ) -> Result<(), ApiError> {
        let Some(cluster) = self.cluster.clone() else {
            return Err(ApiError::server("no cluster store is configured"));
        };
        // Only a swarm gives keys to its nodes.
        if network.options.contains_key("encrypted") {
            return Err(ApiError::server(
                "cannot join secure network: encryption keys not present",
            ));
        }
        let address =
            endpoint.address.ok_or_else(|| ApiError::server("endpoint without address"))?;
        let subnet = self.overlay_subnet(network, address).await?;
        // The driver looks whether rules for encryption are left over.
        self.iptables("-t mangle -L OUTPUT -n")?;
        let mtu = overlay_mtu(network);
        let (host_end, inner) = self.make_cable(endpoint, Some(mtu))?;
        let (ns, name) = {
            let mut state = self.state.borrow_mut();
            let overlay = state.overlays.get_mut(&network.id);
            let overlay = overlay.ok_or_else(|| ApiError::server("the overlay has gone"))?;
            let name = format!("veth{}", overlay.next_veth);
            overlay.next_veth += 1;
            overlay.members += 1;
            (overlay.ns, name)
        };
        self.sys(|sys| sys.link_set_ns(host_end, ns, None))?;
        self.proc.sys_in(ns, |sys| -> Result<(), ApiError> {
            sys.link_down(host_end)?;
            sys.link_rename(host_end, &name)?;
            sys.link_set_master(host_end, subnet.bridge)?;
            sys.link_up(host_end)?;
            Ok(())
        })?;
        endpoint.host_end = Some(host_end);
        endpoint.link = Some(inner);
        endpoint.routes = self.routes_to_siblings(network, &subnet);
        cluster.announce(true, network, endpoint);
        Ok(())
    }

    /// Routes to the other subnets of the network, by the bridge's own address.
    fn routes_to_siblings(
        &self,
        network: &Network,
        own: &OverlaySubnet,
    ) -> Vec<(Ipv4Net, Option<Ipv4Addr>)> {
        let others = network.subnets.iter().map(|subnet| subnet.pool.subnet);
        let others = others.filter(|subnet| *subnet != own.subnet);
        others.map(|subnet| (subnet, Some(own.gateway.addr()))).collect()
    }

    /// The subnet of an address, made on this host if it is not there yet.
    async fn overlay_subnet(
        &self,
        network: &Network,
        address: Ipv4Net,
    ) -> Result<OverlaySubnet, ApiError> {
        let Some(cluster) = self.cluster.clone() else {
            return Err(ApiError::server("no cluster store is configured"));
        };
        let known = |state: &super::super::daemon::State| {
            let overlay = state.overlays.get(&network.id)?;
            overlay.subnets.iter().find(|s| s.subnet.contains(&address.addr())).cloned()
        };
        if let Some(subnet) = known(&self.state.borrow()) {
            return Ok(subnet);
        }
        let subnet = address.trunc();
        let vni = cluster.vni_of(&network.id, subnet).await.map_err(ApiError::from)?;
        let gateway = network
            .subnets
            .iter()
            .find(|s| s.pool.subnet == subnet)
            .and_then(|s| Some(s.with_len(s.gateway?)))
            .ok_or_else(|| ApiError::server("the subnet has no gateway"))?;
        if !self.state.borrow().overlays.contains_key(&network.id) {
            self.overlay_namespace(network);
        }
        let made = self.make_subnet(network, subnet, gateway, vni)?;
        let peers = cluster.peers_of(&network.id);
        {
            let mut state = self.state.borrow_mut();
            if let Some(overlay) = state.overlays.get_mut(&network.id) {
                overlay.subnets.push(made.clone());
            }
        }
        for peer in peers.into_iter().filter(|peer| subnet.contains(&peer.ip)) {
            self.peer_add(&network.id, peer);
        }
        Ok(made)
    }

    /// The hidden namespace: a file that begins with `1-`.
    fn overlay_namespace(&self, network: &Network) {
        let name = format!("1-{}", &network.id[..10]);
        let path = format!("/run/docker/netns/{name}");
        let (ns, listener) = self.sys(|sys| {
            let ns = sys.netns_new(&name);
            let mut inside = sys.in_ns(ns);
            if let Some(lo) = inside.link_named("lo") {
                // A loopback device can always be set up.
                let _ = inside.link_up(lo);
            }
            (ns, inside.monitor_open())
        });
        self.disable_ipv6(ns);
        self.proc.files(|tree| tree.install(&path, Node::Netns(ns)));
        let overlay = Overlay {
            network: network.clone(),
            ns,
            subnets: Vec::new(),
            members: 0,
            next_veth: 0,
            listener,
        };
        self.state.borrow_mut().overlays.insert(network.id.clone(), overlay);
        self.listen_to_misses(ns, listener, &network.id);
    }

    /// A bridge and a tunnel for one subnet.
    fn make_subnet(
        &self,
        network: &Network,
        subnet: Ipv4Net,
        gateway: Ipv4Net,
        vni: u32,
    ) -> Result<OverlaySubnet, ApiError> {
        let (ns, number) = {
            let state = self.state.borrow();
            let overlay = state.overlays.get(&network.id);
            let overlay = overlay.ok_or_else(|| ApiError::server("the overlay has gone"))?;
            (overlay.ns, overlay.subnets.len())
        };
        let mtu = overlay_mtu(network);
        let (host, short) = (self.proc.ns(), &network.id[..5]);
        // The bridge is made inside, the tunnel outside: its datagrams travel in the host's namespace.
        let bridge_name = format!("br{number}");
        let bridge = self.proc.sys_in(ns, |sys| -> Result<LinkId, ApiError> {
            let mut spec = LinkSpec::new(ns, &format!("ov-{vni:06x}-{short}"), KindSpec::Bridge);
            spec.tx_queue_len = 0;
            let bridge = sys.link_add(&spec)?;
            sys.link_rename(bridge, &bridge_name)?;
            sys.addr_add(bridge, interface_address(gateway, &bridge_name))?;
            sys.link_up(bridge)?;
            Ok(bridge)
        })?;
        let vxlan = VxlanSpec {
            port: PORT,
            proxy: true,
            l2miss: true,
            l3miss: true,
            ..VxlanSpec::new(vni)
        };
        let mut spec =
            LinkSpec::new(host, &format!("vx-{vni:06x}-{short}"), KindSpec::Vxlan(vxlan));
        spec.mtu = Some(mtu);
        spec.tx_queue_len = 0;
        let vxlan = self.sys(|sys| sys.link_add(&spec)).map_err(|error| {
            let reason = error.errno().text().to_lowercase();
            ApiError::server(format!(
                "subnet sandbox join failed for \"{}\": error creating vxlan interface: {reason}",
                subnet.trunc()
            ))
        })?;
        self.sys(|sys| sys.link_set_ns(vxlan, ns, None))?;
        self.proc.sys_in(ns, |sys| -> Result<(), ApiError> {
            sys.link_down(vxlan)?;
            sys.link_rename(vxlan, &format!("vxlan{number}"))?;
            sys.link_set_master(vxlan, bridge)?;
            sys.link_up(vxlan)?;
            Ok(())
        })?;
        Ok(OverlaySubnet { subnet, gateway, vni, bridge, vxlan })
    }

    /// A member leaves; with the last one the hidden namespace goes.
    pub(in crate::docker) async fn overlay_leave(&self, network: &Network, endpoint: &Endpoint) {
        if let Some(cluster) = &self.cluster {
            cluster.announce(false, network, endpoint);
        }
        self.link_leave(endpoint);
        let gone = {
            let mut state = self.state.borrow_mut();
            let Some(overlay) = state.overlays.get_mut(&network.id) else { return };
            overlay.members = overlay.members.saturating_sub(1);
            if overlay.members > 0 {
                return;
            }
            state.overlays.shift_remove(&network.id)
        };
        let Some(overlay) = gone else { return };
        let path = format!("/run/docker/netns/1-{}", &network.id[..10]);
        // It may have been removed by hand.
        let _ = self.proc.files(|tree| tree.remove(&path));
        self.proc.sys_in(overlay.ns, |sys| sys.monitor_close(overlay.listener));
        self.sys(|sys| {
            for subnet in &overlay.subnets {
                let mut inside = sys.in_ns(overlay.ns);
                // They would go with the namespace, too.
                let _ = inside.link_del(subnet.vxlan);
                let _ = inside.link_del(subnet.bridge);
            }
            sys.netns_release(overlay.ns);
        });
    }

    /// A member elsewhere: its neighbour and forwarding entries, if the network is here.
    pub(in crate::docker) fn peer_add(&self, network: &str, peer: Peer) {
        let Some((ns, vxlan)) = self.tunnel_for(network, peer.ip) else { return };
        let remote = Remote { ip: peer.host, port: None, vni: None, via: None };
        self.proc.sys_in(ns, |sys| {
            let (mac, ip) = (peer.mac, peer.ip.into());
            // The device exists as long as the network is here.
            let _ = sys.neigh_add(vxlan, ip, Some(mac), Nud::Permanent, EntryMode::Replace);
            let state = VxlanState::Permanent;
            let _ = sys.fdb_add_to_vxlan(vxlan, mac, remote, state, FdbMode::Replace);
        });
    }

    /// A member elsewhere has left.
    pub(in crate::docker) fn peer_delete(&self, network: &str, peer: Peer) {
        let Some((ns, vxlan)) = self.tunnel_for(network, peer.ip) else { return };
        let remote = Remote { ip: peer.host, port: None, vni: None, via: None };
        self.proc.sys_in(ns, |sys| {
            // What is not there need not be removed.
            let _ = sys.fdb_del_from_vxlan(vxlan, peer.mac, Some(remote));
            let _ = sys.neigh_del(vxlan, peer.ip.into());
            // The bridge may have learned its address.
            let _ = sys.fdb_del_from_bridge(vxlan, peer.mac, 0);
        });
    }

    fn tunnel_for(&self, network: &str, ip: Ipv4Addr) -> Option<(NamespaceId, LinkId)> {
        let state = self.state.borrow();
        let overlay = state.overlays.get(network)?;
        let subnet = overlay.subnets.iter().find(|subnet| subnet.subnet.contains(&ip))?;
        Some((overlay.ns, subnet.vxlan))
    }
}

/// The MTU of containers in an overlay network.
fn overlay_mtu(network: &Network) -> u32 {
    Daemon::mtu_of(network).unwrap_or(1500).saturating_sub(OVERHEAD)
}
