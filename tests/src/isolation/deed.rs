//! What users do to a cluster, in random order.

use proptest::prelude::*;

use super::rules::{Driver, HostNumber};

/// A way to make a network.
#[derive(Debug, Clone, Copy)]
pub struct Recipe {
    /// Its name.
    pub name: &'static str,
    /// The options of `docker network create`.
    pub options: &'static str,
    /// The driver.
    pub driver: Driver,
    /// Whether it has no way out.
    pub internal: bool,
    /// Whether members may talk to each other.
    pub icc: bool,
}

const fn recipe(name: &'static str, options: &'static str, driver: Driver) -> Recipe {
    Recipe { name, options, driver, internal: false, icc: true }
}

/// The networks that are made. The first is there from the start. `same` and `ov-same` have the same
/// addresses, and every host may have a `same` of its own.
pub const RECIPES: [Recipe; 10] = [
    recipe("bridge", "", Driver::Bridge),
    recipe("n1", "", Driver::Bridge),
    recipe("same", "--subnet 10.9.0.0/24", Driver::Bridge),
    Recipe { internal: true, ..recipe("closed", "--internal", Driver::Bridge) },
    Recipe {
        icc: false,
        ..recipe("quiet", "-o com.docker.network.bridge.enable_icc=false", Driver::Bridge)
    },
    recipe("ov", "-d overlay", Driver::Overlay),
    recipe("ov-same", "-d overlay --subnet 10.9.0.0/24", Driver::Overlay),
    Recipe { internal: true, ..recipe("ov-closed", "-d overlay --internal", Driver::Overlay) },
    recipe("mv", "-d macvlan -o parent=eth0 --subnet 192.168.56.0/24", Driver::Macvlan),
    recipe("iv", "-d ipvlan -o parent=eth0 --subnet 192.168.56.0/24", Driver::Ipvlan),
];

/// The network that a container is started on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// One that there is.
    On(usize),
    /// `--network host`.
    Host,
    /// `--network none`.
    Nothing,
    /// `--network container:`, one that there is.
    With(usize),
}

/// Something that a user does. Networks and containers are numbers among those that there are then, counted
/// round and round; only those to be made are numbers of [`RECIPES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// `docker network create`.
    Create(HostNumber, usize),
    /// `docker network rm`.
    Remove(HostNumber, usize),
    /// `docker run`, perhaps with a published port.
    Run(HostNumber, Start, bool),
    /// `docker network connect`: a network that its host sees, a container.
    Connect(usize, usize),
    /// `docker network disconnect`: a network that its host sees, a container.
    Disconnect(usize, usize),
    /// `docker start`, `stop`, `restart`, `rm -f`.
    Verb(&'static str, usize),
    /// The daemon of a host is restarted.
    RestartDaemon(HostNumber),
}

/// A cluster and what happens to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// How many hosts there are.
    pub hosts: usize,
    /// What is done, in order.
    pub deeds: Vec<Deed>,
}

/// Random plans: some networks, some containers, then anything.
pub fn plan() -> impl Strategy<Value = Plan> {
    (1..=4_usize).prop_flat_map(|hosts| {
        let networks = prop::collection::vec(create(hosts), 1..8);
        let containers = prop::collection::vec(run(hosts), 2..6);
        let later = prop::collection::vec(deed(hosts), 0..20);
        (networks, containers, later).prop_map(move |(mut deeds, containers, later)| {
            deeds.extend(containers);
            deeds.extend(later);
            Plan { hosts, deeds }
        })
    })
}

fn create(hosts: usize) -> impl Strategy<Value = Deed> {
    (0..hosts, 1..RECIPES.len()).prop_map(|(host, recipe)| Deed::Create(host, recipe))
}

fn run(hosts: usize) -> impl Strategy<Value = Deed> {
    let start = prop_oneof![
        8 => (0..MANY).prop_map(Start::On),
        1 => Just(Start::Host),
        1 => Just(Start::Nothing),
        1 => (0..MANY).prop_map(Start::With),
    ];
    (0..hosts, start, any::<bool>()).prop_map(|(host, start, port)| Deed::Run(host, start, port))
}

/// More than there ever are.
const MANY: usize = 60;

fn deed(hosts: usize) -> impl Strategy<Value = Deed> {
    let verb = prop::sample::select(vec!["start", "stop -t 0", "restart -t 0", "rm -f"]);
    prop_oneof![
        2 => create(hosts),
        1 => (0..hosts, 0..MANY).prop_map(|(host, network)| Deed::Remove(host, network)),
        4 => run(hosts),
        6 => (0..MANY, 0..MANY).prop_map(|(network, one)| Deed::Connect(network, one)),
        3 => (0..MANY, 0..MANY).prop_map(|(network, one)| Deed::Disconnect(network, one)),
        3 => (verb, 0..MANY).prop_map(|(verb, one)| Deed::Verb(verb, one)),
        1 => (0..hosts).prop_map(Deed::RestartDaemon),
    ]
}
