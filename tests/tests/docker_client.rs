//! The docker client as a course uses it: events, logs, images, ports that move, and what it says when
//! something is wrong.

use netsim_sim::engine::{Seed, Span};
use netsim_sim::shell;
use netsim_sim::world::World;
use netsim_sim::world::topology::Topology;

const LAB: &str = r#"
segment.lan = { subnet = "192.168.56.0/24" }
host.a = { lan = "192.168.56.10", docker = true }
host.b = { lan = "192.168.56.11" }
"#;

struct Lab(World);

impl Lab {
    fn new() -> Lab {
        let topology = Topology::parse(LAB).expect("a right topology");
        Lab(topology.build(Seed(1), shell::platform()).expect("it boots"))
    }

    fn run(&mut self, host: &str, line: &str) -> (i32, String) {
        let host = self.0.host_named(host).expect("the lab has it");
        let outcome = self.0.run_command(host, line);
        (outcome.status, outcome.text())
    }

    fn ok(&mut self, line: &str) -> String {
        let (status, text) = self.run("a", line);
        assert_eq!(status, 0, "$ {line}\n{text}");
        text
    }
}

#[test]
fn events_tell_the_life_of_a_container_in_order() {
    let mut lab = Lab::new();
    lab.ok("docker network create n1");
    lab.ok("docker run --rm --name one --network n1 busybox true");
    let format = "--format '{{.Type}} {{.Action}}' --since 1h --until 0s";
    let all = lab.ok(&format!("docker events {format}"));
    let wanted = [
        "network create",
        "container create",
        "container attach",
        "network connect",
        "container start",
        "container die",
        "network disconnect",
        "container destroy",
    ];
    assert_eq!(all.lines().collect::<Vec<_>>(), wanted);
    let networks = lab.ok(&format!("docker events {format} --filter type=network"));
    assert_eq!(networks, "network create\nnetwork connect\nnetwork disconnect\n");
    let line = lab.ok("docker events --since 1h --until 0s --filter event=die");
    assert!(line.starts_with("2024-01-01T00:00:0"), "{line}");
    assert!(line.ends_with(" (exitCode=0, image=busybox, name=one)\n"), "{line}");
}

#[test]
fn logs_are_cut_by_time_and_lines() {
    let mut lab = Lab::new();
    lab.ok("docker run -d --name one busybox sh -c 'while true; do echo tick; sleep 1; done'");
    let _ = lab.0.run_for(Span::secs(10));
    assert_eq!(lab.ok("docker logs --tail 3 one"), "tick\ntick\ntick\n");
    let recent = lab.ok("docker logs --since 2500ms one").lines().count();
    assert!((2..=3).contains(&recent), "{recent}");
    assert!(lab.ok("docker logs --until 8s one").lines().count() < 5);
    let (status, text) = lab.run("a", "timeout 3 docker logs -f --tail 0 one");
    assert_eq!((status, text.lines().count()), (124, 3), "{text}");
}

#[test]
fn images_have_the_programs_that_they_really_have() {
    let mut lab = Lab::new();
    lab.ok("docker run -d --name web -p 8080:80 nginx");
    let (_, page) = lab.run("b", "curl -si http://192.168.56.10:8080/");
    assert!(page.starts_with("HTTP/1.1 200 OK\r\nServer: nginx/"), "{page}");
    assert!(page.contains("<title>Welcome to nginx!</title>"), "{page}");
    assert!(lab.ok("docker logs web").contains("192.168.56.11 - - [01/Jan/2024:00:00:"));
    let ping = "docker run --rm nicolaka/netshoot ping -c 1 172.17.0.2";
    assert!(lab.ok(ping).contains("56(84) bytes of data."));
    assert!(lab.ok("docker run --rm alpine ping -c 1 172.17.0.2").contains(": 56 data bytes\n"));
    assert_eq!(lab.run("a", "docker exec web ping -c 1 172.17.0.1").0, 126);
    let (status, text) = lab.run("a", "docker run --rm nicolaka/netshoot iperf3 -s");
    assert_eq!((status, text.as_str()), (1, "netsim does not simulate iperf3\n"));
    let capture = "docker run --rm --network container:web nicolaka/netshoot \
        timeout 3 tcpdump -nc 1 -i eth0 icmp";
    let background = format!("{capture} & sleep 1; ping -c 1 172.17.0.2 > /dev/null; wait");
    assert!(lab.ok(&background).contains("ICMP echo request"));
    let (status, text) = lab.run("a", "docker run redis");
    assert_eq!(status, 125);
    assert!(text.ends_with("; the images here are alpine, busybox, consul, nginx, nicolaka/netshoot, progrium/consul\n"), "{text}");
}

#[test]
fn published_ports_move_with_the_default_gateway() {
    let mut lab = Lab::new();
    lab.ok("docker network create zeta");
    lab.ok("docker network create alpha");
    lab.ok("docker run -d --name web --network zeta -p 8080:80 nginx");
    lab.ok("docker network connect alpha web");
    assert!(lab.ok("iptables -t nat -S DOCKER").contains("--to-destination 172.19.0.2:80"));
    assert_eq!(lab.run("b", "nc -z -w 2 192.168.56.10 8080").0, 0);
    lab.ok("docker network disconnect alpha web");
    assert!(lab.ok("iptables -t nat -S DOCKER").contains("--to-destination 172.18.0.2:80"));
    assert_eq!(lab.run("b", "nc -z -w 2 192.168.56.10 8080").0, 0);
}

#[test]
fn a_container_that_fails_again_and_again_is_restarting_until_it_is_stopped() {
    let mut lab = Lab::new();
    lab.ok("docker run -d --name flap --restart always busybox false");
    let _ = lab.0.run_for(Span::secs(5));
    let status = lab.ok("docker ps --format '{{.Status}} {{.State}}'");
    assert!(status.starts_with("Restarting (1) "), "{status}");
    assert!(status.ends_with(" restarting\n"), "{status}");
    lab.ok("docker stop flap");
    let _ = lab.0.run_for(Span::secs(20));
    assert!(lab.ok("docker ps -a --format '{{.Status}}'").starts_with("Exited (1) "));
}

#[test]
fn files_are_copied_and_only_programs_are_run() {
    let mut lab = Lab::new();
    lab.ok("docker run -d --name web nginx");
    lab.ok("echo mine > /tmp/index.html; docker cp /tmp/index.html web:/usr/share/nginx/html/");
    assert_eq!(lab.ok("docker exec web curl -s localhost"), "mine\n");
    lab.ok("docker cp web:/etc/hostname /tmp/name");
    assert_eq!(lab.ok("cat /tmp/name").trim().len(), 12);
    assert_eq!(lab.run("a", "docker run --rm busybox /etc/passwd").0, 126);
    assert_eq!(lab.run("a", "docker run --rm busybox nosuch").0, 127);
    assert_eq!(lab.run("a", "docker run --rm -v /a:/b busybox true").0, 125);
}

#[test]
fn mistakes_of_pasting_are_explained() {
    let mut lab = Lab::new();
    let (status, text) = lab.run("a", "docker run –d busybox");
    assert_eq!(status, 125);
    assert!(text.starts_with("docker: invalid reference format.\n"), "{text}");
    assert!(text.ends_with("write -d, with hyphens\n"), "{text}");
    assert!(lab.run("a", "docker network create “n1”").1.contains("quotes of print"));
}
