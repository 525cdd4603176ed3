//! Who can be asked: machines, running containers, namespaces that `ip netns` names.

use crate::docker::model::GWBRIDGE;
use crate::docker::places::{Membership, Place, overlay_in, places};
use crate::kernel::NamespaceId;
use crate::process::RootId;
use crate::process::files::Node;
use crate::trace::HostId;
use crate::wire::Ipv4Addr;
use crate::world::{Host, Role, World};

/// A machine, a running container or a named namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// What it is called; `HOST/NAME` where two have one name.
    pub name: String,
    /// The machine.
    pub host: HostId,
    /// The namespace.
    pub ns: NamespaceId,
    /// The files.
    pub root: RootId,
    /// The container.
    pub container: Option<Place>,
    /// Whether it is a machine itself.
    pub is_machine: bool,
}

impl Spot {
    /// Its name without the machine's.
    pub fn short_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }
}

/// All machines but switches, each followed by its running containers and named namespaces.
pub fn everyone(world: &World) -> Vec<Spot> {
    let mut all: Vec<Spot> = Vec::new();
    for (host, machine) in world.hosts().filter(|(_, machine)| machine.role != Role::Switch) {
        all.extend(spots_of(host, machine));
    }
    let names: Vec<String> = all.iter().map(|spot| spot.name.clone()).collect();
    for spot in &mut all {
        let machine = &world.host(spot.host).name;
        let is_alone = names.iter().filter(|name| **name == spot.name).count() == 1;
        if !is_alone && spot.name != *machine {
            spot.name = format!("{machine}/{}", spot.name);
        }
    }
    all
}

fn spots_of(host: HostId, machine: &Host) -> Vec<Spot> {
    let root = machine.processes.host_root();
    let name = machine.name.clone();
    let mut all =
        vec![Spot { name, host, ns: machine.namespace(), root, container: None, is_machine: true }];
    for place in places(&machine.processes) {
        let (name, ns, root) = (place.name.clone(), place.ns, place.root);
        all.push(Spot { name, host, ns, root, container: Some(place), is_machine: false });
    }
    for (name, ns) in named_namespaces(machine) {
        // Docker's can be given names, too.
        let is_known = all.iter().any(|spot| spot.ns == ns);
        if !is_known && overlay_in(&machine.processes, ns).is_none() {
            all.push(Spot { name, host, ns, root, container: None, is_machine: false });
        }
    }
    all
}

/// What `ip netns` shows.
fn named_namespaces(machine: &Host) -> Vec<(String, NamespaceId)> {
    let root = machine.processes.host_root();
    let found = machine.processes.files(root, |tree| {
        let names = tree.list("/run/netns").unwrap_or_default();
        let namespaces =
            names.into_iter().filter_map(|name| match tree.get(&format!("/run/netns/{name}")) {
                Ok(Node::Netns(ns)) => Some((name, *ns)),
                _ => None,
            });
        namespaces.collect()
    });
    found.unwrap_or_default()
}

/// The machine, running container or named namespace with this name: `NAME` or `HOST/NAME`.
///
/// # Errors
///
/// A sentence that says that nobody has the name, or that several have it.
pub fn find(world: &World, name: &str) -> Result<Spot, String> {
    if let Some(host) = world.host_named(name) {
        let machine = world.host(host);
        let root = machine.processes.host_root();
        let name = machine.name.clone();
        return Ok(Spot {
            name,
            host,
            ns: machine.namespace(),
            root,
            container: None,
            is_machine: true,
        });
    }
    let mut all = everyone(world);
    if let Some(at) = all.iter().position(|spot| spot.name == name) {
        return Ok(all.swap_remove(at));
    }
    let full = |spot: &Spot| format!("{}/{}", world.host(spot.host).name, spot.short_name());
    if let Some(at) = all.iter().position(|spot| full(spot) == name) {
        return Ok(all.swap_remove(at));
    }
    let alike: Vec<String> =
        all.iter().filter(|spot| spot.short_name() == name).map(full).collect();
    Err(match alike.len() {
        0 => format!("there is no machine and no running container '{name}'"),
        _ => format!("several are called '{name}': {}", alike.join(", ")),
    })
}

/// Where the one sends packets for the other: an address in a network that both are in, else the first.
pub fn address_for(world: &World, from: &Spot, to: &Spot) -> Option<Ipv4Addr> {
    let (own, others) = (memberships(from), memberships(to));
    let is_shared = |one: &&&Membership| own.iter().any(|own| own.network_id == one.network_id);
    let found = others.iter().find(is_shared).or(others.first());
    let address = found.map(|membership| membership.address);
    address.or_else(|| world.host(to.host).kernel().first_address(to.ns))
}

/// The networks that somebody was put on. The bridge that Docker adds for the way out is not one of them:
/// its members may not talk to each other.
fn memberships(spot: &Spot) -> Vec<&Membership> {
    let all = spot.container.iter().flat_map(|place| &place.addresses);
    all.filter(|membership| membership.network != GWBRIDGE).collect()
}
