//! The machines of the workloads.

use crate::engine::{Seed, Span};
use crate::kernel::context::Tracing;
use crate::kernel::sys::fdb::FdbMode;
use crate::kernel::sys::{IfAddr, KindSpec, LinkSpec, Remote, Sys, VxlanSpec, VxlanState};
use crate::kernel::{LinkId, NamespaceId, NetlinkError};
use crate::shell;
use crate::trace::HostId;
use crate::wire::{Ipv4Addr, MacAddr};
use crate::world::{CableSpec, End, Role, World};

/// Ports that a bridge may have (`BR_MAX_PORTS` is 1024).
const PORTS: u32 = 1000;

/// The cables between hosts.
const CABLE: CableSpec = CableSpec {
    latency: Span::micros(1),
    bandwidth: Some(10_000_000_000),
    loss: 0.0,
    queue: 100_000,
};

/// Where a container is, and its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Container {
    /// The host.
    pub host: HostId,
    /// Its namespace.
    pub ns: NamespaceId,
    /// Its address.
    pub address: Ipv4Addr,
}

/// The n-th address of 10.0.0.0/16, from 1.
fn address(n: u32) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(Ipv4Addr::new(10, 0, 0, 0)) + n)
}

fn new_world(seed: Seed, tracing: Tracing) -> World {
    let mut world = World::new(seed, shell::platform());
    world.set_tracing(tracing);
    world
}

/// Containers on bridges of one host.
pub fn on_bridges(seed: Seed, tracing: Tracing, count: u32) -> (World, Vec<Container>) {
    let mut world = new_world(seed, tracing);
    let host = world.add_host("host", Role::Computer);
    let containers = (1..=count).collect::<Vec<_>>();
    let mut all = Vec::new();
    for (n, group) in containers.chunks(PORTS as usize).enumerate() {
        let made = world.sys(host, |sys| -> Result<Vec<_>, NetlinkError> {
            let bridge = bridge(sys, &format!("br{n}"))?;
            group.iter().map(|n| Ok((container(sys, bridge, *n)?, address(*n)))).collect()
        });
        let made = made.expect("names and addresses are all different");
        all.extend(made.into_iter().map(|(ns, address)| Container { host, ns, address }));
    }
    settle(&mut world);
    (world, all)
}

/// Hosts on one switch, each with a bridge, a tunnel to all others and containers.
pub fn overlay(
    seed: Seed,
    tracing: Tracing,
    hosts: u32,
    containers: u32,
) -> (World, Vec<Container>) {
    let mut world = new_world(seed, tracing);
    let switch = world.add_host("switch", Role::Switch);
    let core = world.sys(switch, |sys| bridge(sys, "br0")).expect("a first device has no rival");
    let mut all = Vec::new();
    for h in 1..=hosts {
        let host = world.add_host(&format!("h{h}"), Role::Computer);
        let mac = |kind: u8| MacAddr(0x02, kind, 0, 0, (h >> 8) as u8, h as u8);
        let port = world.add_nic(switch, &format!("p{h}"), mac(1));
        let uplink = world.add_nic(host, "eth0", mac(2));
        world.add_cable(End { host, link: uplink }, End { host: switch, link: port }, CABLE);
        let plugged = world.sys(switch, |sys| -> Result<(), NetlinkError> {
            sys.link_up(port)?;
            sys.link_set_master(port, core)
        });
        plugged.expect("a card fits a bridge");
        let first = (h - 1) * containers;
        let made = world.sys(host, |sys| -> Result<Vec<_>, NetlinkError> {
            let bridge = tunnelled_bridge(sys, uplink, h, hosts)?;
            let numbers = first + 1..=first + containers;
            numbers.map(|n| Ok((container(sys, bridge, n)?, address(n)))).collect()
        });
        let made = made.expect("names and addresses are all different");
        all.extend(made.into_iter().map(|(ns, address)| Container { host, ns, address }));
    }
    settle(&mut world);
    (world, all)
}

/// Carriers come, bridges start to forward.
fn settle(world: &mut World) {
    // A time that is over by itself.
    let _ = world.run_for(Span::millis(10));
}

fn bridge(sys: &mut Sys, name: &str) -> Result<LinkId, NetlinkError> {
    let bridge = sys.link_add(&LinkSpec::new(sys.ns(), name, KindSpec::Bridge))?;
    sys.link_up(bridge)?;
    Ok(bridge)
}

/// A namespace with an address, on a bridge.
fn container(sys: &mut Sys, bridge: LinkId, n: u32) -> Result<NamespaceId, NetlinkError> {
    let own = sys.ns();
    let ns = sys.netns_new(&format!("c{n}"));
    let inner = LinkSpec::new(ns, "eth0", KindSpec::Dummy);
    let port = LinkSpec::new(own, &format!("v{n}"), KindSpec::Veth(Box::new(inner)));
    let port = sys.link_add(&port)?;
    sys.link_set_master(port, bridge)?;
    sys.link_up(port)?;
    {
        let sys = &mut sys.in_ns(ns);
        let lo = sys.link_named("lo").expect("every namespace has one");
        sys.link_up(lo)?;
        let eth0 = sys.link_named("eth0").expect("the other end of the cable");
        sys.addr_add(eth0, IfAddr::new(address(n), 16, "eth0"))?;
        sys.link_up(eth0)?;
    }
    Ok(ns)
}

/// A bridge with a VXLAN tunnel that copies floods to each other host.
fn tunnelled_bridge(
    sys: &mut Sys,
    uplink: LinkId,
    own: u32,
    hosts: u32,
) -> Result<LinkId, NetlinkError> {
    let underlay = |h: u32| Ipv4Addr::from(u32::from(Ipv4Addr::new(192, 168, 0, 0)) + h);
    sys.addr_add(uplink, IfAddr::new(underlay(own), 16, "eth0"))?;
    sys.link_up(uplink)?;
    let bridge = bridge(sys, "br0")?;
    let vxlan = VxlanSpec { local: Some(underlay(own)), ..VxlanSpec::new(100) };
    let vxlan = sys.link_add(&LinkSpec::new(sys.ns(), "vxlan0", KindSpec::Vxlan(vxlan)))?;
    sys.link_set_master(vxlan, bridge)?;
    sys.link_up(vxlan)?;
    for other in (1..=hosts).filter(|other| *other != own) {
        let remote = Remote { ip: underlay(other), port: None, vni: None, via: None };
        let everybody = MacAddr::zero();
        sys.fdb_add_to_vxlan(vxlan, everybody, remote, VxlanState::Permanent, FdbMode::Append)?;
    }
    Ok(bridge)
}
