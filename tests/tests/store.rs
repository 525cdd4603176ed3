//! An overlay lives on while its key-value store does not.

use netsim_tests::lab::Lab;

const LAB: &str = r#"
segment.lan = { subnet = "192.168.56.0/24" }
router.gw   = { lan = "192.168.56.1" }
host.kv       = { lan = "192.168.56.135", run = ["consul"] }
host.docker-1 = { lan = "192.168.56.144", docker = { kv = "consul://192.168.56.135:8500" } }
host.docker-2 = { lan = "192.168.56.145", docker = { kv = "consul://192.168.56.135:8500" } }
"#;

/// Two containers on one overlay.
fn lab() -> Lab {
    let mut lab = Lab::new(LAB);
    lab.ok("docker-1", "docker network create -d overlay ov");
    lab.ok("docker-1", "docker run -d --name one --network ov busybox sleep 36000");
    lab.ok("docker-2", "docker run -d --name two --network ov busybox sleep 36000");
    lab
}

fn networks(lab: &mut Lab, host: &str) -> String {
    lab.ok(host, "docker network ls --format '{{.Name}}'")
}

#[test]
fn with_its_cable_pulled_old_containers_ping_and_new_networks_fail() {
    let mut lab = lab();
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
    assert!(networks(&mut lab, "docker-2").contains("late\n"));
}

#[test]
fn started_empty_it_has_forgotten_the_networks() {
    let mut lab = lab();
    assert!(networks(&mut lab, "docker-1").contains("ov\n"));
    lab.ok("kv", "docker rm -f consul");
    lab.ok(
        "kv",
        "docker run -d --name consul -p 8500:8500 -h consul progrium/consul -server -bootstrap",
    );
    for host in ["docker-1", "docker-2"] {
        assert!(!networks(&mut lab, host).contains("ov\n"), "{host}");
    }
    lab.ok("docker-1", "docker exec one ping -c 2 two");
}

#[test]
fn filled_again_it_makes_new_containers_known() {
    const KEYS: &str =
        "curl -s 'http://127.0.0.1:8500/v1/kv/docker/?keys' | tr -d '[]\"' | tr , ' '";
    const URL: &str = "\"http://127.0.0.1:8500/v1/kv/$k?raw\"";
    let mut lab = lab();
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
    let mut lab = lab();
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
