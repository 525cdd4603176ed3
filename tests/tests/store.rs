//! An overlay lives on while its key-value store does not.

use netsim_sim::engine::Seed;
use netsim_sim::shell;
use netsim_sim::world::World;
use netsim_sim::world::topology::Topology;

const LAB: &str = r#"
segment.lan = { subnet = "192.168.56.0/24" }
router.gw   = { lan = "192.168.56.1" }
host.kv       = { lan = "192.168.56.135", run = ["consul"] }
host.docker-1 = { lan = "192.168.56.144", docker = { kv = "consul://192.168.56.135:8500" } }
host.docker-2 = { lan = "192.168.56.145", docker = { kv = "consul://192.168.56.135:8500" } }
"#;

struct Lab(World);

impl Lab {
    /// Two containers on one overlay.
    fn new() -> Lab {
        let topology = Topology::parse(LAB).expect("a right topology");
        let mut lab = Lab(topology.build(Seed(1), shell::platform()).expect("it boots"));
        lab.ok("docker-1", "docker network create -d overlay ov");
        lab.ok("docker-1", "docker run -d --name one --network ov busybox sleep 36000");
        lab.ok("docker-2", "docker run -d --name two --network ov busybox sleep 36000");
        lab
    }

    fn run(&mut self, host: &str, line: &str) -> (i32, String) {
        let host = self.0.host_named(host).expect("the lab has it");
        let outcome = self.0.run_command(host, line);
        (outcome.status, outcome.text())
    }

    fn ok(&mut self, host: &str, line: &str) -> String {
        let (status, text) = self.run(host, line);
        assert_eq!(status, 0, "{host}$ {line}\n{text}");
        text
    }

    fn networks(&mut self, host: &str) -> String {
        self.ok(host, "docker network ls --format '{{.Name}}'")
    }
}

#[test]
fn with_its_cable_pulled_old_containers_ping_and_new_networks_fail() {
    let mut lab = Lab::new();
    lab.ok("kv", "ip link set eth0 down");
    let (status, text) = lab.run("docker-1", "docker network create -d overlay late");
    assert_eq!(status, 1);
    assert!(
        text.starts_with(
            "Error response from daemon: error getting pools config from store: could not get pools \
             config from store: "
        ) && text.contains("dial tcp 192.168.56.135:8500: connect: no route to host"),
        "{text}"
    );
    lab.ok("docker-1", "docker exec one ping -c 2 two");
    lab.ok("kv", "ip link set eth0 up");
    lab.ok("docker-1", "docker network create -d overlay late");
    assert!(lab.networks("docker-2").contains("late\n"));
}

#[test]
fn started_empty_it_has_forgotten_the_networks() {
    let mut lab = Lab::new();
    assert!(lab.networks("docker-1").contains("ov\n"));
    lab.ok("kv", "docker rm -f consul");
    lab.ok(
        "kv",
        "docker run -d --name consul -p 8500:8500 -h consul progrium/consul -server -bootstrap",
    );
    for host in ["docker-1", "docker-2"] {
        assert!(!lab.networks(host).contains("ov\n"), "{host}");
    }
    lab.ok("docker-1", "docker exec one ping -c 2 two");
}

#[test]
fn filled_again_it_makes_new_containers_known() {
    const KEYS: &str =
        "curl -s 'http://127.0.0.1:8500/v1/kv/docker/?keys' | tr -d '[]\"' | tr , ' '";
    const URL: &str = "\"http://127.0.0.1:8500/v1/kv/$k?raw\"";
    let mut lab = Lab::new();
    let save = format!(
        "n=0; for k in $({KEYS}); do n=$((n+1)); echo $k >> /tmp/keys; curl -s {URL} > /tmp/$n; done"
    );
    lab.ok("kv", &save);
    lab.ok("kv", "docker rm -f consul");
    lab.ok(
        "kv",
        "docker run -d --name consul -p 8500:8500 -h consul progrium/consul -server -bootstrap",
    );
    lab.ok("docker-1", "sleep 30");
    let restore = format!(
        "n=0; while read k; do n=$((n+1)); curl -s -X PUT --data-binary @/tmp/$n {URL}; done < /tmp/keys"
    );
    lab.ok("kv", &restore.replace("?raw", ""));
    lab.ok("docker-2", "docker run -d --name three --network ov busybox sleep 36000");
    lab.ok("docker-1", "sleep 1; docker exec one ping -c 1 three");
}

#[test]
fn a_fourth_container_finds_the_others() {
    let mut lab = Lab::new();
    lab.ok("docker-2", "docker run -d --name three busybox sleep 36000");
    let (status, _) = lab.run("docker-2", "docker exec three ping -c 1 -W 1 10.0.0.2");
    assert_eq!(status, 1);
    lab.ok("docker-2", "docker network connect ov three");
    lab.ok("docker-1", "docker exec one ping -c 1 three");
    lab.ok("docker-2", "docker exec three ping -c 1 one");
    lab.ok("docker-2", "docker network disconnect ov three");
    let (status, _) = lab.run("docker-2", "docker exec three ping -c 1 -W 1 10.0.0.2");
    assert_eq!(status, 1);
}
