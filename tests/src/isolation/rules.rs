//! Docker's rules of who reaches whom by ping, as one would put them on a slide.
//!
//! They know nothing of bridges, tunnels and iptables: only of networks, members and hosts.

use std::collections::BTreeSet;

/// A host, by its number.
pub type HostNumber = usize;

/// How a network is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Driver {
    /// A bridge on one host.
    Bridge,
    /// A VXLAN network over all hosts.
    Overlay,
    /// Members are on the LAN themselves, by the card of their host, each with a hardware address.
    Macvlan,
    /// Members are on the LAN themselves, with the hardware address of their host.
    Ipvlan,
}

impl Driver {
    /// Whether members are on the LAN of the hosts themselves.
    pub fn is_on_the_lan(self) -> bool {
        matches!(self, Driver::Macvlan | Driver::Ipvlan)
    }
}

/// A network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// Its name. Two hosts may use one name for two networks.
    pub name: String,
    /// How it is made.
    pub driver: Driver,
    /// On which host it is; `None` for an overlay, which is on all.
    pub host: Option<HostNumber>,
    /// `--internal`: no way out.
    pub internal: bool,
    /// `enable_icc`: whether members may talk to each other.
    pub icc: bool,
}

/// A network, by its number in [`Cluster::networks`].
pub type NetworkNumber = usize;

/// Whose network stack a container uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stack {
    /// One of its own, on these networks.
    Own(BTreeSet<NetworkNumber>),
    /// That of its host (`--network host`).
    Host,
    /// That of another container (`--network container:NAME`).
    Of(String),
    /// One of its own without any network (`--network none`).
    Nothing,
}

/// A container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// Its name, which no other has.
    pub name: String,
    /// Where it runs.
    pub host: HostNumber,
    /// Whose network stack it uses.
    pub stack: Stack,
    /// Whether it runs now.
    pub running: bool,
    /// The port of its host that leads to its port 80.
    pub published: Option<u16>,
}

/// Where an address of a container is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// On a network of Docker's.
    Network(NetworkNumber),
    /// On the LAN of the hosts: the address of its host.
    Lan,
}

/// Everything that there is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cluster {
    /// All networks that ever were.
    pub networks: Vec<Network>,
    /// The containers that exist.
    pub containers: Vec<Container>,
}

impl Cluster {
    /// **The rules.** Whether one container reaches another at an address of the other.
    pub fn reaches(&self, from: &Container, to: &Container, at: At) -> bool {
        let (from, to) = (self.owner(from), self.owner(to));

        // Who shares a network stack is one and the same to the network.
        if from.name == to.name || self.both_use_the_host(from, to) {
            return true;
        }
        let on_one_host = from.host == to.host;
        match at {
            // The members of a network reach each other, unless they may not.
            At::Network(network) if self.is_member(from, network) => self.networks[network].icc,

            At::Network(network) => match self.networks[network].driver {
                // Nobody from outside gets into a bridge, but its own host, which is at home there.
                Driver::Bridge => from.stack == Stack::Host && on_one_host,
                // Nobody from outside gets into an overlay.
                Driver::Overlay => false,
                // Its members are on the LAN: all reach them but their own host and what goes by it.
                Driver::Macvlan | Driver::Ipvlan => self.reaches_the_lan(from) && !on_one_host,
            },

            // Who is on the LAN reaches all of it but its own host.
            At::Lan if self.is_on_the_lan(from) => !on_one_host,
            // Others reach every host if they have a way out, and their own host if they have a gateway.
            At::Lan if on_one_host => from.stack == Stack::Host || self.gateway(from).is_some(),
            At::Lan => self.reaches_the_lan(from),
        }
    }

    /// Whether the published port of a container can be used from another machine: the host leads it to
    /// the container by the bridge that is the container's gateway, and answers go back the same way. Who is
    /// on the LAN as well answers there, with an address that nobody asked.
    pub fn serves(&self, container: &Container) -> bool {
        let leads = |gateway: &Network| !gateway.internal;
        let has_way = self.gateway(container).is_some_and(leads) && !self.is_on_the_lan(container);
        container.published.is_some() && has_way
    }

    /// Where an address of a container can be.
    pub fn addresses(&self, container: &Container) -> Vec<At> {
        match &self.owner(container).stack {
            Stack::Own(networks) => networks.iter().copied().map(At::Network).collect(),
            Stack::Host => vec![At::Lan],
            Stack::Nothing | Stack::Of(_) => Vec::new(),
        }
    }

    /// The container whose network stack it is.
    pub fn owner<'a>(&'a self, container: &'a Container) -> &'a Container {
        let Stack::Of(name) = &container.stack else { return container };
        self.containers.iter().find(|other| other.name == *name).unwrap_or(container)
    }

    fn both_use_the_host(&self, one: &Container, other: &Container) -> bool {
        one.host == other.host && one.stack == Stack::Host && other.stack == Stack::Host
    }

    fn is_member(&self, container: &Container, network: NetworkNumber) -> bool {
        matches!(&container.stack, Stack::Own(networks) if networks.contains(&network))
    }

    /// Whether both are members of one network.
    pub fn share_a_network(&self, one: &Container, other: &Container) -> bool {
        let mut numbers = 0..self.networks.len();
        numbers.any(|network| self.is_member(one, network) && self.is_member(other, network))
    }

    /// Whether Docker puts it on the bridge that it adds for the way out: it is on an overlay, and no other
    /// network gives it one.
    pub fn has_bridge_of_overlays(&self, container: &Container) -> bool {
        let mut open = self.networks_of(container).filter(|network| !network.internal).peekable();
        open.peek().is_some() && open.all(|network| network.driver == Driver::Overlay)
    }

    /// Whether it is on the LAN of the hosts itself.
    pub fn is_on_the_lan(&self, container: &Container) -> bool {
        self.networks_of(container).any(|network| network.driver.is_on_the_lan())
    }

    fn reaches_the_lan(&self, container: &Container) -> bool {
        let leads = |gateway: &Network| !gateway.internal;
        container.stack == Stack::Host || self.gateway(container).is_some_and(leads)
    }

    /// The network by which packets for elsewhere leave: the first by name that has a gateway, an internal
    /// one only if there is no other; its gateway leads no further than the host. Overlays have none: who is
    /// on no other network leaves by the bridge that Docker adds for overlays that are not internal.
    fn gateway(&self, container: &Container) -> Option<&Network> {
        let is_overlay = |network: &Network| network.driver == Driver::Overlay;
        let all = self.networks_of(container);
        all.filter(|network| !(is_overlay(network) && network.internal))
            .min_by_key(|network| (is_overlay(network), network.internal, network.name.as_str()))
    }

    fn networks_of<'a>(
        &'a self,
        container: &Container,
    ) -> impl Iterator<Item = &'a Network> + use<'a> {
        let numbers = match &container.stack {
            Stack::Own(networks) => networks.clone(),
            _ => BTreeSet::new(),
        };
        numbers.into_iter().map(|number| &self.networks[number])
    }
}
