//! Whatever is done with containers and networks, and in whatever order: nothing is left of it when they
//! are gone, no two members of a network have one address, and each view shows the same addresses.

use std::collections::{BTreeMap, BTreeSet};

use netsim_tests::lab::Lab;
use proptest::prelude::*;

const LAB: &str = r#"
segment.lan = { subnet = "192.168.56.0/24" }
router.gw   = { lan = "192.168.56.1" }
host.kv       = { lan = "192.168.56.135", run = ["etcd"] }
host.docker-1 = { lan = "192.168.56.144", docker = { kv = "etcd://192.168.56.135:2379" } }
host.docker-2 = { lan = "192.168.56.145", docker = { kv = "etcd://192.168.56.135:2379" } }
"#;

const HOSTS: [&str; 2] = ["docker-1", "docker-2"];
const CONTAINERS: [&str; 4] = ["c1", "c2", "c3", "c4"];
const NETWORKS: [&str; 6] = ["bridge", "n1", "n2", "n3", "mv", "ov"];

/// How each network is made.
const CREATIONS: [&str; 5] = [
    "n1",
    "--subnet 10.9.0.0/28 n2",
    "--internal -o com.docker.network.bridge.enable_icc=false n3",
    "-d macvlan --subnet 192.168.56.0/24 --ip-range 192.168.56.208/28 -o parent=eth0 mv",
    "-d overlay ov",
];

/// What a line prints, whether it succeeds or not.
fn said(lab: &mut Lab, host: &str, line: &str) -> String {
    lab.run(host, line).1
}

/// What must be as it was when everything is gone.
fn remains(lab: &mut Lab) -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    for name in HOSTS {
        let host = lab.world.host_named(name).expect("the lab has it");
        let kernel = lab.world.host(host).kernel();
        let mut links: Vec<String> =
            kernel.link_names().map(|(_, name, _)| name.to_owned()).collect();
        links.sort();
        all.insert(format!("{name} devices"), links);
        for (what, line) in [
            // A table that was looked at stays loaded: those with rules are compared.
            ("nat rules", "iptables-save -t nat | grep -v '^#' | sed 's/ .[0-9]*:[0-9]*.$//'"),
            (
                "filter rules",
                "iptables-save -t filter | grep -v '^#' | sed 's/ .[0-9]*:[0-9]*.$//'",
            ),
            ("addresses", "ip -o -4 addr"),
            ("routes", "ip route"),
            ("namespaces", "ls /var/run/docker/netns"),
            ("proxies", "ps aux | grep [d]ocker-proxy"),
            ("networks", "docker network ls --format '{{.Name}}'"),
            ("containers", "docker ps -aq"),
        ] {
            let text = said(lab, name, line);
            let lines = text.lines().filter(|line| !line.contains("cannot access"));
            all.insert(format!("{name} {what}"), lines.map(str::to_owned).collect());
        }
    }
    let keys = said(lab, "kv", "etcdctl ls -r -p /docker/network | grep -v '/$'");
    // The rows of identifiers and pools stay, empty.
    let keys = keys.lines().filter(|key| !key.contains("/idm/") && !key.contains("/config/"));
    all.insert("store".to_owned(), keys.map(str::to_owned).collect());
    all
}

/// Removes everything that was made.
fn tidy(lab: &mut Lab) {
    for host in HOSTS {
        said(lab, host, "docker rm -f $(docker ps -aq)");
    }
    for host in HOSTS {
        said(lab, host, "docker network prune -f");
    }
}

/// The addresses of the members of networks on a host, by network.
fn check_addresses(lab: &mut Lab, host: &str) -> Result<(), TestCaseError> {
    let format = "{{range $n, $a := .NetworkSettings.Networks}}{{$n}} {{$a.IPAddress}} {{end}}";
    for container in CONTAINERS {
        let running = said(lab, host, &format!("docker ps -q --filter name=^{container}$"));
        if running.trim().is_empty() {
            continue;
        }
        let shown = said(lab, host, &format!("docker inspect -f '{format}' {container}"));
        let inside = said(lab, host, &format!("docker exec {container} ip -4 addr"));
        let words: Vec<&str> = shown.split_whitespace().collect();
        for pair in words.chunks(2) {
            let [network, address] = pair else { continue };
            prop_assert!(
                inside.contains(&format!("inet {address}/")),
                "{container} has {address} on {network}, but inside:\n{inside}"
            );
        }
    }
    for network in NETWORKS {
        let line = "docker network inspect -f '{{range .Containers}}{{.IPv4Address}} {{end}}' ";
        let shown = said(lab, host, &format!("{line}{network}"));
        if shown.contains("No such network") {
            continue;
        }
        let members: Vec<&str> = shown.split_whitespace().collect();
        let different: BTreeSet<&&str> = members.iter().collect();
        prop_assert_eq!(members.len(), different.len(), "{}: {}", network, shown);
    }
    Ok(())
}

/// The members of the overlay in the store: they are counted, their addresses are their own, and those
/// that run have them.
fn check_store(lab: &mut Lab) -> Result<(), TestCaseError> {
    let shown = said(lab, "docker-1", "docker network inspect -f '{{.Id}}' ov");
    let Some(id) = shown.lines().next().filter(|line| line.len() == 64) else { return Ok(()) };
    let root = "/docker/network/v1.0";
    let keys = said(lab, "kv", &format!("etcdctl ls {root}/endpoint/{id}"));
    let keys: Vec<&str> = keys.lines().filter(|line| line.starts_with(root)).collect();
    let count = said(lab, "kv", &format!("etcdctl get {root}/endpoint_count/{id}"));
    prop_assert_eq!(count.trim(), format!("{{\"Count\":{}}}", keys.len()));
    let mut addresses = BTreeSet::new();
    for key in &keys {
        let text = said(lab, "kv", &format!("etcdctl get {key}"));
        let field = |name: &str| {
            let (_, rest) = text.split_once(&format!("\"{name}\":\"")).unwrap_or_default();
            rest.split('"').next().unwrap_or_default().to_owned()
        };
        let (name, address) = (field("name"), field("addr"));
        let host = if field("locator").ends_with("144") { "docker-1" } else { "docker-2" };
        let inside = said(lab, host, &format!("docker exec {name} ip -4 addr"));
        prop_assert!(inside.contains(&format!("inet {address} ")), "{name} {address}: {inside}");
        prop_assert!(addresses.insert(address), "twice in the store: {}", text);
    }
    Ok(())
}

#[test]
fn what_is_there_is_seen() {
    let mut lab = Lab::new(LAB);
    let before = remains(&mut lab);
    lab.run("docker-1", "docker network create n1");
    lab.run("docker-1", "docker run -d --name c1 --network n1 -p 80:80 busybox sleep 999");
    lab.run("docker-2", "docker network create -d overlay ov");
    lab.run("docker-2", "docker run -d --name c2 --network ov busybox sleep 999");
    let there = remains(&mut lab);
    for (what, lines) in &before {
        // Overlays have no proxies, and are no networks of one host alone.
        if what != "docker-2 proxies" {
            assert_ne!(lines, &there[what], "{what}");
        }
    }
    tidy(&mut lab);
    assert_eq!(before, remains(&mut lab));
}

/// Something that a user does.
#[derive(Debug, Clone)]
enum Deed {
    Create(usize),
    Remove(usize),
    Run(usize, usize, bool),
    Verb(&'static str, usize),
    Connect(usize, usize),
    Disconnect(usize, usize),
    RestartDaemon,
    Reboot(bool),
}

impl Deed {
    fn line(&self) -> String {
        match *self {
            Deed::Create(n) => format!("docker network create {}", CREATIONS[n]),
            Deed::Remove(n) => format!("docker network rm {}", NETWORKS[n]),
            Deed::Run(c, n, publishes) => {
                let port = if publishes { format!("-p 808{c}:80 ") } else { String::new() };
                let (name, network) = (CONTAINERS[c], NETWORKS[n]);
                format!("docker run -d --name {name} --network {network} {port}busybox sleep 999")
            }
            Deed::Verb(verb, c) => format!("docker {verb} {}", CONTAINERS[c]),
            Deed::Connect(n, c) => {
                format!("docker network connect {} {}", NETWORKS[n], CONTAINERS[c])
            }
            Deed::Disconnect(n, c) => {
                format!("docker network disconnect {} {}", NETWORKS[n], CONTAINERS[c])
            }
            Deed::RestartDaemon => "systemctl restart docker".to_owned(),
            Deed::Reboot(gently) => (if gently { "reboot" } else { "reboot -f" }).to_owned(),
        }
    }
}

fn deed() -> impl Strategy<Value = Deed> {
    let (network, container) = (0..NETWORKS.len(), 0..CONTAINERS.len());
    let verbs = prop::sample::select(vec!["rm -f", "stop -t 0", "start", "restart -t 0", "kill"]);
    prop_oneof![
        4 => (0..CREATIONS.len()).prop_map(Deed::Create),
        1 => network.clone().prop_map(Deed::Remove),
        6 => (container.clone(), network.clone(), any::<bool>())
            .prop_map(|(c, n, publishes)| Deed::Run(c, n, publishes)),
        3 => (verbs, container.clone()).prop_map(|(verb, c)| Deed::Verb(verb, c)),
        4 => (network.clone(), container.clone()).prop_map(|(n, c)| Deed::Connect(n, c)),
        2 => (network, container).prop_map(|(n, c)| Deed::Disconnect(n, c)),
        1 => Just(Deed::RestartDaemon),
        1 => any::<bool>().prop_map(Deed::Reboot),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_left_of_containers_and_networks(
        deeds in prop::collection::vec((0..HOSTS.len(), deed()), 1..24),
    ) {
        let mut lab = Lab::new(LAB);
        let before = remains(&mut lab);
        for (host, deed) in deeds {
            lab.run(HOSTS[host], &deed.line());
            if matches!(deed, Deed::Reboot(_)) {
                lab.run(HOSTS[host], "sleep 30");
            }
            check_addresses(&mut lab, HOSTS[host])?;
            check_store(&mut lab)?;
        }
        tidy(&mut lab);
        let after = remains(&mut lab);
        for (what, lines) in &before {
            prop_assert_eq!(lines, &after[what], "{}", what);
        }
    }
}
