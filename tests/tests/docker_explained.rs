//! What `explain docker` says that the engine did, typed on a bare host, gives the same network.

use netsim_sim::kernel::NamespaceId;
use netsim_sim::world::Limits;
use netsim_tests::lab::Lab;

const LAB: &str = r#"
segment.lan = { subnet = "192.168.56.0/24" }
host.kv       = { lan = "192.168.56.135", run = ["consul"] }
host.docker-1 = { lan = "192.168.56.144", docker = { kv = "consul://192.168.56.135:8500" } }
host.docker-2 = { lan = "192.168.56.145", docker = { kv = "consul://192.168.56.135:8500" } }
host.bare     = { lan = "192.168.56.150" }
"#;

/// The namespaces of a host, by name.
fn namespaces(lab: &mut Lab, host: &str) -> Vec<(String, NamespaceId)> {
    let host = lab.host(host);
    lab.world.sys(host, |sys| {
        let all = sys.namespaces();
        all.into_iter().map(|ns| (sys.netns_label(ns).to_owned(), ns)).collect()
    })
}

/// Everything in the network of a host that does not come from chance or from its own card.
fn network(lab: &mut Lab, host: &str) -> Vec<String> {
    let mut found = Vec::new();
    let root = lab.world.host(lab.host(host)).processes.host_root();
    for (label, ns) in namespaces(lab, host) {
        for line in [
            "ip -br link | sed 's/@.*UP/ UP/' | cut -d' ' -f1",
            "ip -o -4 addr | sed 's/^[0-9]*: //'",
            "ip route",
            // A table that was only looked at is there, too.
            "iptables-save | grep -v '^[#*C]' | grep -v '^:.* ACCEPT' | sed 's/ .[0-9]*:[0-9]*.$//'",
            "ip neigh show nud permanent",
            "bridge fdb | grep dst",
            "bridge link | sed 's/^[0-9]*: //; s/@.*master/ master/'",
            "sysctl net.ipv4.ip_forward net.ipv4.conf.all.route_localnet",
            "ip -d link show type vxlan | grep 'vxlan id'",
            "ip -d link show type macvlan | grep -o 'macvlan mode .*'",
        ] {
            let limits = Limits::default();
            let host = lab.host(host);
            let (outcome, _) = lab.world.run_in(host, ns, root, line, limits);
            let lines = outcome.text();
            let own = |line: &&str| label != "host" || !line.contains("eth0");
            let lines = lines.lines().filter(own);
            found.extend(lines.map(|line| format!("{label}: {line}")));
        }
    }
    found.sort();
    found
}

/// Types on the bare host what the engine of another did, and compares the two.
fn same_by_hand(lab: &mut Lab, docker: &str) {
    let script = lab.ok(docker, "explain docker --all");
    for line in script.lines().filter(|line| !line.starts_with('#')) {
        lab.ok("bare", line);
    }
    let (by_docker, by_hand) = (network(lab, docker), network(lab, "bare"));
    assert!(by_docker.len() > 20, "{by_docker:#?}");
    assert_eq!(by_docker, by_hand, "after\n{script}");
}

#[test]
fn a_published_port_of_the_default_bridge() {
    let mut lab = Lab::new(LAB);
    lab.ok("docker-1", "docker run -d --name web -p 8080:80 nginx");
    let last = lab.ok("docker-1", "explain docker");
    assert!(last.starts_with("# docker run -d --name web -p 8080:80 nginx\nip link add veth"));
    assert!(last.contains("\niptables -t nat -A DOCKER ! -i docker0 -p tcp"), "{last}");
    same_by_hand(&mut lab, "docker-1");
    lab.ok("bare", "ip netns exec web busybox httpd -p 80");
    lab.ok("docker-2", "nc -z -w 2 192.168.56.150 8080");
}

#[test]
fn two_bridges_of_a_user_and_what_is_removed_again() {
    let mut lab = Lab::new(LAB);
    lab.ok("docker-1", "docker network create --subnet 10.9.0.0/24 n1");
    lab.ok("docker-1", "docker network create --internal n2");
    lab.ok("docker-1", "docker run -d --name c1 --network n1 busybox sleep 999");
    lab.ok("docker-1", "docker network connect n2 c1");
    lab.ok("docker-1", "docker run -d --name c2 --network n2 busybox sleep 999");
    lab.ok("docker-1", "docker rm -f c2");
    same_by_hand(&mut lab, "docker-1");
    lab.ok("bare", "ip netns exec c1 ping -c 1 10.9.0.1");
}

#[test]
fn a_macvlan() {
    let mut lab = Lab::new(LAB);
    let create = "docker network create -d macvlan --subnet 192.168.56.0/24 -o parent=eth0 mv";
    lab.ok("docker-1", create);
    lab.ok("docker-1", "docker run -d --name c1 --network mv --ip 192.168.56.77 busybox sleep 999");
    same_by_hand(&mut lab, "docker-1");
    lab.ok("docker-1", "docker stop -t 0 c1");
    lab.ok("bare", "ip netns exec c1 ping -c 1 192.168.56.145");
}

#[test]
fn an_overlay_with_a_member_elsewhere() {
    let mut lab = Lab::new(LAB);
    lab.ok("docker-1", "docker network create -d overlay ov");
    lab.ok("docker-2", "docker run -d --name c2 --network ov busybox sleep 999");
    lab.ok("docker-1", "docker run -d --name c1 --network ov busybox sleep 999");
    lab.ok("docker-1", "docker exec c1 ping -c 1 c2");
    let by_hand = lab.ok("docker-1", "explain docker --all");
    assert!(by_hand.contains("bridge fdb replace 02:42:0a:00:00:02 dev vxlan0 dst 192.168.56.145"));
    same_by_hand(&mut lab, "docker-1");
}

#[test]
fn both_views_stand_side_by_side() {
    let mut lab = Lab::new(LAB);
    lab.ok("docker-1", "docker network create -d overlay ov");
    lab.ok("docker-1", "docker run -d --name c1 --network ov busybox sleep 999");
    let view = lab.ok("docker-1", "explain docker view");
    for part in ["vxlan0 (VNI 256)", "docker_gwbridge", "veth0", "/var/run/docker/netns/", "br0"] {
        assert!(view.contains(part), "{part} is missing in\n{view}");
    }
    let chinese = lab.ok("docker-1", "explain docker view --lang zh");
    assert!(chinese.contains("网桥") && chinese.contains("主机"), "{chinese}");
}
