//! An engine that is started again, or a host that boots again, finds its networks and those of its
//! containers that are to run always.

use netsim_sim::engine::Span;
use netsim_tests::lab::Lab;

const LAB: &str = r#"
segment.lan = { subnet = "192.168.56.0/24" }
host.kv       = { lan = "192.168.56.135", run = ["etcd"] }
host.docker-1 = { lan = "192.168.56.144", docker = { kv = "etcd://192.168.56.135:2379" } }
host.docker-2 = { lan = "192.168.56.145", docker = { kv = "etcd://192.168.56.135:2379" } }
"#;

/// A container on a user's bridge and one on an overlay, each with another policy.
fn lab() -> Lab {
    let mut lab = Lab::new(LAB);
    for line in [
        "docker network create --subnet 10.9.0.0/24 n1",
        "docker network create -d overlay ov",
        "docker run -d --name always --restart always --network n1 -p 8080:80 nginx",
        "docker run -d --name over --restart unless-stopped --network ov busybox sleep 9999",
        "docker run -d --name never busybox sleep 9999",
        "docker run -d --name stopped --restart unless-stopped busybox sleep 9999",
        "docker stop -t 0 stopped",
    ] {
        lab.ok("docker-1", line);
    }
    lab.ok("docker-2", "docker run -d --name far --network ov busybox sleep 9999");
    lab
}

/// The rules of Docker, in no order of their chains' making.
fn rules(lab: &mut Lab) -> Vec<String> {
    let text = lab.ok("docker-1", "iptables-save | grep '^-A'");
    let mut rules: Vec<String> = text.lines().map(str::to_owned).collect();
    rules.sort();
    rules
}

/// What must hold again.
fn check(lab: &mut Lab, before: &[String]) {
    let running = lab.ok("docker-1", "docker ps --format '{{.Names}}'");
    let mut running: Vec<&str> = running.lines().collect();
    running.sort_unstable();
    assert_eq!(running, ["always", "over"]);
    let all = lab.ok("docker-1", "docker ps -a --format '{{.Names}} {{.State}}'");
    assert!(all.contains("never exited\n") && all.contains("stopped exited\n"), "{all}");
    assert_eq!(rules(lab), before);
    lab.ok("docker-2", "nc -z -w 2 192.168.56.144 8080");
    lab.ok("docker-1", "docker exec over ping -c 1 far");
    lab.ok("docker-2", "docker exec far ping -c 1 over");
    let networks = lab.ok("docker-1", "docker network ls --format '{{.Name}}'");
    assert!(networks.contains("n1\n") && networks.contains("ov\n"), "{networks}");
    let veths = lab.ok("docker-1", "ip -br link | grep -c ^veth");
    assert_eq!(veths, "2\n", "one of n1, one of docker_gwbridge");
    lab.ok("docker-1", "docker start never");
}

#[test]
fn an_engine_that_is_started_again() {
    let mut lab = lab();
    lab.ok("docker-1", "docker stop -t 0 never");
    let before = rules(&mut lab);
    lab.ok("docker-1", "docker start never");
    lab.ok("docker-1", "systemctl restart docker");
    check(&mut lab, &before);
}

#[test]
fn an_engine_that_was_killed() {
    let mut lab = lab();
    lab.ok("docker-1", "docker stop -t 0 never");
    let before = rules(&mut lab);
    lab.ok("docker-1", "killall -9 dockerd");
    // Containers go on without the engine.
    lab.ok("docker-2", "docker exec far ping -c 1 10.0.0.2");
    lab.ok("docker-1", "systemctl start docker");
    check(&mut lab, &before);
}

#[test]
fn a_host_that_boots_again() {
    for line in ["reboot", "reboot -f"] {
        let mut lab = lab();
        lab.ok("docker-1", "docker stop -t 0 never");
        let before = rules(&mut lab);
        lab.ok("docker-1", "docker start never");
        lab.run("docker-1", line);
        let _ = lab.world.run_for(Span::secs(60));
        check(&mut lab, &before);
        assert_eq!(lab.run("docker-1", "ls /run/docker.sock").0, 0);
    }
}
