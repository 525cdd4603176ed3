//! Builds a cluster, does what its plan says, asks who reaches whom, and holds it against the rules.

use std::collections::BTreeSet;
use std::fmt;

use netsim_sim::engine::Span;
use netsim_sim::kernel::{NamespaceId, Step};
use netsim_sim::lab::{Lab, LabError, Machine};
use netsim_sim::reach::{self, Protocol, Spot};
use netsim_sim::trace::HostId;
use netsim_sim::trace::journey;
use netsim_sim::wire::Ipv4Addr;

use super::deed::{Deed, Plan, RECIPES, Recipe, Start};
use super::rules::{At, Cluster, Container, Driver, HostNumber, Network, Stack};

/// A cluster in the simulator, and what it should be.
pub struct Trial {
    lab: Lab,
    cluster: Cluster,
    /// How many containers were ever started.
    started: usize,
}

/// A difference between the simulator and the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// What is wrong.
    pub sentence: String,
    /// A line of a `check` block that should hold and does not.
    pub check: Option<String>,
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

/// The first packet to a container of another host may wait a second: until the engine has asked around.
const PATIENCE: Span = Span::secs(3);

fn differs<T>(sentence: String, check: Option<String>) -> Result<T, Disagreement> {
    Err(Disagreement { sentence, check })
}

fn host_name(host: HostNumber) -> String {
    format!("docker-{}", host + 1)
}

fn host_address(host: HostNumber) -> Ipv4Addr {
    Ipv4Addr::new(192, 168, 56, 11 + host as u8)
}

impl Trial {
    /// Builds the machines and does everything.
    ///
    /// # Errors
    ///
    /// A command that should succeed and does not, or the other way round.
    pub fn of(plan: &Plan) -> Result<Trial, Disagreement> {
        let store = "etcd://192.168.56.5:2379";
        let mut builder = Lab::builder()
            .segment("lan", "192.168.56.0/24")
            .router(Machine::new("gw").on("lan", "192.168.56.1"))
            .machine(Machine::new("kv").on("lan", "192.168.56.5").runs("etcd"));
        for host in 0..plan.hosts {
            let machine = Machine::new(&host_name(host));
            let machine = machine.on("lan", &host_address(host).to_string());
            builder = builder.machine(machine.docker_with_store(store));
        }
        let lab = builder
            .build()
            .map_err(|error| Disagreement { sentence: error.to_string(), check: None })?;
        let mut trial = Trial { lab, cluster: Cluster::default(), started: 0 };
        for host in 0..plan.hosts {
            trial.add_network(host, &RECIPES[0]);
        }
        for deed in &plan.deeds {
            trial.act(*deed)?;
        }
        trial.revive()?;
        // The engines tell each other what they know.
        trial.lab.wait(Span::secs(3));
        Ok(trial)
    }

    /// The cluster as it should be.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The cluster as a lesson, with lines that should hold.
    pub fn lesson(&self, checks: &[&str]) -> String {
        self.lab.to_lesson("isolation", checks)
    }

    fn run(&mut self, host: HostNumber, line: &str) -> Result<bool, Disagreement> {
        match self.lab.try_run(&host_name(host), line) {
            Ok(ran) => Ok(ran.status == 0),
            Err(LabError::Endless { command, .. }) => {
                differs(format!("this did not end: {command}"), None)
            }
            Err(error) => differs(error.to_string(), None),
        }
    }

    fn add_network(&mut self, host: HostNumber, recipe: &Recipe) {
        self.cluster.networks.push(Network {
            name: recipe.name.to_owned(),
            driver: recipe.driver,
            host: (recipe.driver != Driver::Overlay).then_some(host),
            internal: recipe.internal,
            icc: recipe.icc,
        });
    }

    /// The number of the network that a host knows by a name.
    fn network(&self, host: HostNumber, name: &str) -> Option<usize> {
        let is_seen = |network: &Network| network.host.is_none_or(|on| on == host);
        let mut all = self.cluster.networks.iter();
        all.position(|network| network.name == name && is_seen(network))
    }

    /// One of the networks that a host sees.
    fn some_network(&self, host: HostNumber, number: usize) -> usize {
        let is_seen = |network: &Network| network.host.is_none_or(|on| on == host);
        let all = self.cluster.networks.iter().enumerate();
        let seen: Vec<usize> = all
            .filter(|(_, network)| !network.name.is_empty() && is_seen(network))
            .map(|(n, _)| n)
            .collect();
        // Every host has its default bridge.
        seen[number % seen.len()]
    }

    /// One of the containers.
    fn some_container(&self, number: usize) -> Option<usize> {
        let count = self.cluster.containers.len();
        (count > 0).then(|| number % count)
    }

    fn act(&mut self, deed: Deed) -> Result<(), Disagreement> {
        match deed {
            Deed::Create(host, recipe) => self.create(host, &RECIPES[recipe]),
            Deed::Remove(host, number) => {
                let at = self.some_network(host, number);
                let name = self.cluster.networks[at].name.clone();
                // A container that is stopped keeps the name of a network that is gone: left alone.
                let keeps = |container: &Container| {
                    let networks = self.cluster.addresses(container);
                    !container.running && networks.contains(&At::Network(at))
                };
                if self.cluster.containers.iter().any(keeps) {
                    return Ok(());
                }
                if self.run(host, &format!("docker network rm {name}"))? {
                    // The numbers of others stay.
                    self.cluster.networks[at].name.clear();
                    for container in &mut self.cluster.containers {
                        if let Stack::Own(networks) = &mut container.stack {
                            networks.remove(&at);
                        }
                    }
                }
                Ok(())
            }
            Deed::Run(host, start, publishes) => self.start(host, start, publishes),
            Deed::Connect(network, container) => self.connect(network, container),
            Deed::Disconnect(network, container) => {
                let Some(at) = self.some_container(container) else { return Ok(()) };
                let Container { name, host, .. } = self.cluster.containers[at].clone();
                let network = self.some_network(host, network);
                let known = &self.cluster.networks[network].name;
                let line = format!("docker network disconnect {known} {name}");
                if self.run(host, &line)?
                    && let Stack::Own(networks) = &mut self.cluster.containers[at].stack
                {
                    networks.remove(&network);
                }
                Ok(())
            }
            Deed::Verb(verb, number) => self.turn(verb, number),
            Deed::RestartDaemon(host) => {
                self.run(host, "systemctl restart docker")?;
                let here = self.cluster.containers.iter_mut();
                here.filter(|container| container.host == host).for_each(|c| c.running = false);
                Ok(())
            }
        }
    }

    fn create(&mut self, host: HostNumber, recipe: &Recipe) -> Result<(), Disagreement> {
        let Recipe { name, options, driver, .. } = recipe;
        let range = match driver {
            // Each host gives out another part of the LAN.
            Driver::Macvlan | Driver::Ipvlan => {
                format!("--ip-range 192.168.56.{}/27 ", 64 + 32 * host)
            }
            _ => String::new(),
        };
        let options = if options.is_empty() { String::new() } else { format!("{options} ") };
        let exists = self.network(host, name).is_some();
        // The addresses of the LAN belong to one network of a host.
        let is_taken = driver.is_on_the_lan() && self.has_network_on_the_lan(host);
        let made = self.run(host, &format!("docker network create {options}{range}{name}"))?;
        match (exists || is_taken, made) {
            (false, true) => self.add_network(host, recipe),
            (true, false) => {}
            (true, true) => return differs(format!("network '{name}' is made again"), None),
            (false, false) => return differs(format!("network '{name}' is not made"), None),
        }
        Ok(())
    }

    fn has_network_on_the_lan(&self, host: HostNumber) -> bool {
        let mut live = self.cluster.networks.iter().filter(|network| !network.name.is_empty());
        live.any(|network| network.host == Some(host) && network.driver.is_on_the_lan())
    }

    /// Whether another container uses the stack of this one: then it is left alone.
    fn is_shared(&self, name: &str) -> bool {
        let uses = |other: &Container| matches!(&other.stack, Stack::Of(owner) if owner == name);
        self.cluster.containers.iter().any(uses)
    }

    fn start(
        &mut self,
        host: HostNumber,
        start: Start,
        publishes: bool,
    ) -> Result<(), Disagreement> {
        if self.started == 6 {
            return Ok(());
        }
        let (network, stack) = match start {
            Start::On(number) => {
                let network = self.some_network(host, number);
                let name = self.cluster.networks[network].name.clone();
                (name, Stack::Own(BTreeSet::from([network])))
            }
            Start::Host => ("host".to_owned(), Stack::Host),
            Start::Nothing => ("none".to_owned(), Stack::Nothing),
            Start::With(number) => {
                let Some(at) = self.some_container(number) else { return Ok(()) };
                let owner = &self.cluster.containers[at];
                let is_fit = owner.running && owner.host == host;
                if !is_fit || matches!(owner.stack, Stack::Of(_) | Stack::Host) {
                    return Ok(());
                }
                (format!("container:{}", owner.name), Stack::Of(owner.name.clone()))
            }
        };
        self.started += 1;
        let name = format!("c{}", self.started);
        let port = 8000 + self.started as u16;
        let published = (publishes && matches!(stack, Stack::Own(_))).then_some(port);
        let publish = published.map_or(String::new(), |port| format!("-p {port}:80 "));
        // Whoever shares a stack shares its ports.
        let serve = if matches!(stack, Stack::Own(_)) { "httpd -f -p 80" } else { "sleep 9999" };
        let line =
            format!("docker run -d --name {name} --network {network} {publish}busybox {serve}");
        if !self.run(host, &line)? {
            return differs(format!("this fails: {line}"), None);
        }
        self.cluster.containers.push(Container { name, host, stack, running: true, published });
        Ok(())
    }

    fn connect(&mut self, network: usize, number: usize) -> Result<(), Disagreement> {
        let Some(at) = self.some_container(number) else { return Ok(()) };
        let Container { name, host, stack, running, .. } = self.cluster.containers[at].clone();
        let network = self.some_network(host, network);
        let should = match &stack {
            // Two networks with the same addresses at one container: nobody can say what is meant.
            Stack::Own(all) if all.iter().any(|one| self.have_same_addresses(*one, network)) => {
                return Ok(());
            }
            // One that does not run is told nothing new, and nothing is wrong.
            Stack::Own(networks) => !running || !networks.contains(&network),
            Stack::Host | Stack::Nothing | Stack::Of(_) => false,
        };
        let line = format!("docker network connect {} {name}", self.cluster.networks[network].name);
        match (self.run(host, &line)?, should) {
            (true, false) => differs(format!("this should fail: {line}"), None),
            (false, true) => differs(format!("this fails: {line}"), None),
            (false, false) => Ok(()),
            (true, true) => {
                if let Stack::Own(networks) = &mut self.cluster.containers[at].stack {
                    networks.insert(network);
                }
                Ok(())
            }
        }
    }

    /// Starts what has stopped: owners first, then those who share their stacks.
    fn revive(&mut self) -> Result<(), Disagreement> {
        let shares = |container: &Container| matches!(container.stack, Stack::Of(_));
        let mut order: Vec<usize> = (0..self.cluster.containers.len()).collect();
        order.sort_by_key(|at| shares(&self.cluster.containers[*at]));
        for at in order {
            let Container { name, host, running, .. } = self.cluster.containers[at].clone();
            if !running && self.run(host, &format!("docker start {name}"))? {
                self.cluster.containers[at].running = true;
            }
        }
        Ok(())
    }

    fn have_same_addresses(&self, one: usize, other: usize) -> bool {
        let is_same = |n: usize| self.cluster.networks[n].name.ends_with("same");
        one != other && is_same(one) && is_same(other)
    }

    fn turn(&mut self, verb: &'static str, number: usize) -> Result<(), Disagreement> {
        let Some(at) = self.some_container(number) else { return Ok(()) };
        let Container { name, host, stack, .. } = self.cluster.containers[at].clone();
        if self.is_shared(&name) || (matches!(stack, Stack::Of(_)) && verb != "rm -f") {
            return Ok(());
        }
        if self.run(host, &format!("docker {verb} {name}"))? {
            match verb {
                "rm -f" => {
                    self.cluster.containers.remove(at);
                }
                _ => self.cluster.containers[at].running = verb != "stop -t 0",
            }
        }
        Ok(())
    }

    /// Asks everyone about everyone else.
    ///
    /// # Errors
    ///
    /// The first difference.
    pub fn compare(&mut self) -> Result<usize, Disagreement> {
        let mut asked = 0;
        let first_record = self.lab.world().trace.next_seq();
        let running: Vec<Container> =
            self.cluster.containers.iter().filter(|one| self.is_up(one)).cloned().collect();
        for from in &running {
            for to in running.iter().filter(|to| to.name != from.name) {
                for at in self.cluster.addresses(to) {
                    self.ask(from, to, at)?;
                    asked += 1;
                }
            }
            self.ask_port(from)?;
        }
        self.check_journeys(first_record, &running)?;
        Ok(asked)
    }

    fn is_up(&self, container: &Container) -> bool {
        container.running && self.cluster.owner(container).running
    }

    fn spot(&self, name: &str) -> Result<Spot, Disagreement> {
        reach::find(self.lab.world(), name)
            .map_err(|sentence| Disagreement { sentence, check: None })
    }

    fn ask(&mut self, from: &Container, to: &Container, at: At) -> Result<(), Disagreement> {
        let owner = self.cluster.owner(to).clone();
        let address = match at {
            At::Lan => host_address(to.host),
            At::Network(network) => self.address(&owner, network)?,
        };
        let (sender, receiver) = (self.spot(&from.name)?, self.spot(&owner.name)?);
        let world = self.lab.world_mut();
        let icmp = Protocol::Icmp;
        let found = reach::try_pair(world, &sender, &receiver, address, icmp, PATIENCE);
        let expected = self.cluster.reaches(from, to, at);
        if found.is_ok() == expected {
            return Ok(());
        }
        let (from, to) = (&from.name, &to.name);
        let why = found.err().map_or(String::new(), |barrier| {
            format!(": {}, at {}", barrier.sentence(), barrier.place)
        });
        let (not, no) = if expected { ("does not reach", "") } else { ("reaches", "no ") };
        let sentence = format!("{from} {not} {to} at {address}, against the rules{why}");
        differs(sentence, Some(format!("{no}reach {from} -> {address} icmp")))
    }

    /// The address of a container on a network, as Docker tells it.
    fn address(&self, container: &Container, network: usize) -> Result<Ipv4Addr, Disagreement> {
        let spot = self.spot(&container.name)?;
        let name = &self.cluster.networks[network].name;
        let addresses = spot.container.map_or(Vec::new(), |place| place.addresses);
        let found = addresses.iter().find(|membership| membership.network == *name);
        found.map(|membership| membership.address).ok_or_else(|| Disagreement {
            sentence: format!("{} has no address on {name}", container.name),
            check: None,
        })
    }

    fn ask_port(&mut self, container: &Container) -> Result<(), Disagreement> {
        let Some(port) = container.published else { return Ok(()) };
        let kv = self.spot("kv")?;
        let address = host_address(container.host);
        let world = self.lab.world_mut();
        let tcp = Protocol::Tcp(port);
        let sent = reach::probe::send(world, &kv, address, tcp, PATIENCE);
        let expected = self.cluster.serves(container);
        if sent.arrived == expected {
            return Ok(());
        }
        let (no, is) = if expected { ("", "is not served") } else { ("no ", "is served") };
        let sentence = format!("port {port} of {} {is}, against the rules", container.name);
        differs(sentence, Some(format!("{no}reach kv -> {address} tcp:{port}")))
    }

    /// No frame of one VXLAN network comes out in another; no broadcast of a container comes to one that
    /// it shares no network with.
    fn check_journeys(&self, first_record: u64, running: &[Container]) -> Result<(), Disagreement> {
        let mut homes: Vec<((HostId, NamespaceId), &Container)> = Vec::new();
        for container in running.iter().filter(|one| matches!(one.stack, Stack::Own(_))) {
            let spot = self.spot(&container.name)?;
            homes.push(((spot.host, spot.ns), container));
        }
        let home = |stop: &journey::Stop| {
            let at = (stop.host, stop.note.ns);
            homes.iter().find(|(place, _)| *place == at).map(|(_, container)| *container)
        };
        for journey in journey::all(&self.lab.world().trace, first_record) {
            let mut tunnel = None;
            for stop in &journey.stops {
                match stop.note.step {
                    Step::Encapsulated { vni, .. } => tunnel = Some(vni),
                    Step::Decapsulated { vni } if tunnel != Some(vni) => {
                        let text = format!("a frame of VNI {tunnel:?} comes out of VNI {vni}");
                        return differs(text, None);
                    }
                    _ => {}
                }
            }
            let is_ip = journey.stops.iter().any(|stop| matches!(stop.note.step, Step::Route(_)));
            let Some(sender) = journey.stops.first().and_then(home).filter(|_| !is_ip) else {
                continue;
            };
            for receiver in journey.stops.iter().filter_map(home) {
                if !self.share_a_wire(sender, receiver) {
                    let (from, to) = (&sender.name, &receiver.name);
                    return differs(format!("a broadcast of {from} comes to {to}"), None);
                }
            }
        }
        Ok(())
    }

    /// Whether a broadcast of one may come to the other.
    fn share_a_wire(&self, one: &Container, other: &Container) -> bool {
        let share = |is: fn(&Cluster, &Container) -> bool| {
            is(&self.cluster, one) && is(&self.cluster, other) && one.host == other.host
        };
        one.name == other.name
            || self.cluster.share_a_network(one, other)
            || share(Cluster::has_bridge_of_overlays)
            || (self.cluster.is_on_the_lan(one) && self.cluster.is_on_the_lan(other))
    }
}
