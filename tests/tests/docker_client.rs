//! The docker client as a course uses it: events, logs, images, ports that move, and what it says when
//! something is wrong.

use netsim_sim::engine::Span;
use netsim_tests::lab::Lab;

const LAB: &str = r#"
segment.lan = { subnet = "192.168.56.0/24" }
host.a = { lan = "192.168.56.10", docker = true }
host.b = { lan = "192.168.56.11" }
"#;

#[test]
fn events_tell_the_life_of_a_container_in_order() {
    let mut lab = Lab::new(LAB);
    lab.ok("a", "docker network create n1");
    lab.ok("a", "docker run --rm --name one --network n1 busybox true");
    // `--until 0s` is told in whole seconds: what happens in this one is not in it.
    lab.ok("a", "sleep 1");
    let format = "--format '{{.Type}} {{.Action}}' --since 1h --until 0s";
    let all = lab.ok("a", &format!("docker events {format}"));
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
    let networks = lab.ok("a", &format!("docker events {format} --filter type=network"));
    assert_eq!(networks, "network create\nnetwork connect\nnetwork disconnect\n");
    let line = lab.ok("a", "docker events --since 1h --until 0s --filter event=die");
    assert!(line.starts_with("2024-01-01T00:00:0"), "{line}");
    assert!(line.ends_with(" (exitCode=0, image=busybox, name=one)\n"), "{line}");
}

#[test]
fn logs_are_cut_by_time_and_lines() {
    let mut lab = Lab::new(LAB);
    lab.ok("a", "docker run -d --name one busybox sh -c 'while true; do echo tick; sleep 1; done'");
    let _ = lab.world.run_for(Span::secs(10));
    assert_eq!(lab.ok("a", "docker logs --tail 3 one"), "tick\ntick\ntick\n");
    let recent = lab.ok("a", "docker logs --since 2500ms one").lines().count();
    assert!((2..=3).contains(&recent), "{recent}");
    assert!(lab.ok("a", "docker logs --until 8s one").lines().count() < 5);
    let (status, text) = lab.run("a", "timeout 3 docker logs -f --tail 0 one");
    assert_eq!((status, text.lines().count()), (124, 3), "{text}");
}

#[test]
fn images_have_the_programs_that_they_really_have() {
    let mut lab = Lab::new(LAB);
    lab.ok("a", "docker run -d --name web -p 8080:80 nginx");
    let (_, page) = lab.run("b", "curl -si http://192.168.56.10:8080/");
    assert!(page.starts_with("HTTP/1.1 200 OK\r\nServer: nginx/"), "{page}");
    assert!(page.contains("<title>Welcome to nginx!</title>"), "{page}");
    assert!(lab.ok("a", "docker logs web").contains("192.168.56.11 - - [01/Jan/2024:00:00:"));
    let ping = "docker run --rm nicolaka/netshoot ping -c 1 172.17.0.2";
    assert!(lab.ok("a", ping).contains("56(84) bytes of data."));
    assert!(
        lab.ok("a", "docker run --rm alpine ping -c 1 172.17.0.2").contains(": 56 data bytes\n")
    );
    assert_eq!(lab.run("a", "docker exec web ping -c 1 172.17.0.1").0, 126);
    let (status, text) = lab.run("a", "docker run --rm nicolaka/netshoot iperf3 -s");
    assert_eq!((status, text.as_str()), (1, "netsim does not simulate iperf3\n"));
    let capture = "docker run --rm --network container:web nicolaka/netshoot \
        timeout 3 tcpdump -nc 1 -i eth0 icmp";
    let background = format!("{capture} & sleep 1; ping -c 1 172.17.0.2 > /dev/null; wait");
    assert!(lab.ok("a", &background).contains("ICMP echo request"));
    let (status, text) = lab.run("a", "docker run redis");
    assert_eq!(status, 125);
    assert!(text.ends_with("; the images here are alpine, busybox, consul, nginx, nicolaka/netshoot, progrium/consul\n"), "{text}");
}

#[test]
fn published_ports_move_with_the_default_gateway() {
    let mut lab = Lab::new(LAB);
    lab.ok("a", "docker network create zeta");
    lab.ok("a", "docker network create alpha");
    lab.ok("a", "docker run -d --name web --network zeta -p 8080:80 nginx");
    lab.ok("a", "docker network connect alpha web");
    assert!(lab.ok("a", "iptables -t nat -S DOCKER").contains("--to-destination 172.19.0.2:80"));
    assert_eq!(lab.run("b", "nc -z -w 2 192.168.56.10 8080").0, 0);
    lab.ok("a", "docker network disconnect alpha web");
    assert!(lab.ok("a", "iptables -t nat -S DOCKER").contains("--to-destination 172.18.0.2:80"));
    assert_eq!(lab.run("b", "nc -z -w 2 192.168.56.10 8080").0, 0);
}

#[test]
fn a_container_that_fails_again_and_again_is_restarting_until_it_is_stopped() {
    let mut lab = Lab::new(LAB);
    lab.ok("a", "docker run -d --name flap --restart always busybox false");
    let _ = lab.world.run_for(Span::secs(5));
    let status = lab.ok("a", "docker ps --format '{{.Status}} {{.State}}'");
    assert!(status.starts_with("Restarting (1) "), "{status}");
    assert!(status.ends_with(" restarting\n"), "{status}");
    lab.ok("a", "docker stop flap");
    let _ = lab.world.run_for(Span::secs(20));
    assert!(lab.ok("a", "docker ps -a --format '{{.Status}}'").starts_with("Exited (1) "));
}

#[test]
fn files_are_copied_and_only_programs_are_run() {
    let mut lab = Lab::new(LAB);
    lab.ok("a", "docker run -d --name web nginx");
    lab.ok(
        "a",
        "echo mine > /tmp/index.html; docker cp /tmp/index.html web:/usr/share/nginx/html/",
    );
    assert_eq!(lab.ok("a", "docker exec web curl -s localhost"), "mine\n");
    lab.ok("a", "docker cp web:/etc/hostname /tmp/name");
    assert_eq!(lab.ok("a", "cat /tmp/name").trim().len(), 12);
    assert_eq!(lab.run("a", "docker run --rm busybox /etc/passwd").0, 126);
    assert_eq!(lab.run("a", "docker run --rm busybox nosuch").0, 127);
    assert_eq!(lab.run("a", "docker run --rm -v /a:/b busybox true").0, 125);
}

#[test]
fn mistakes_of_pasting_are_explained() {
    let mut lab = Lab::new(LAB);
    let (status, text) = lab.run("a", "docker run –d busybox");
    assert_eq!(status, 125);
    assert!(text.starts_with("docker: invalid reference format.\n"), "{text}");
    assert!(text.ends_with("write -d, with hyphens\n"), "{text}");
    assert!(lab.run("a", "docker network create “n1”").1.contains("quotes of print"));
}

#[test]
fn networks_are_made_from_configurations() {
    let mut lab = Lab::new(LAB);
    lab.ok("a", "docker network create --config-only --subnet 10.11.0.0/16 conf");
    assert!(lab.ok("a", "docker network ls").contains("conf      null      local\n"));
    lab.ok("a", "docker network create --config-from conf use");
    let format = "'{{.ConfigFrom.Network}} {{(index .IPAM.Config 0).Subnet}}'";
    let shown = lab.ok("a", &format!("docker network inspect -f {format} use"));
    assert_eq!(shown, "conf 10.11.0.0/16\n");
    let refused = [
        ("docker network rm conf", "configuration network \"conf\" is in use"),
        (
            "docker run --network conf busybox",
            "cannot create endpoint on configuration-only network",
        ),
        ("docker network create --config-from use x", "network \"use\" does not exist"),
    ];
    for (line, words) in refused {
        let (status, text) = lab.run("a", line);
        assert!(status != 0 && text.contains(words), "{line}: {text}");
    }
    lab.ok("a", "docker rm -f $(docker ps -aq); docker network prune -f");
    assert_eq!(lab.ok("a", "docker network ls -qf type=custom").lines().count(), 1);
}

#[test]
fn a_published_port_has_a_proxy_for_each_family() {
    let mut lab = Lab::new(LAB);
    lab.ok("a", "docker run -d --name web -p 8080:80 -p 127.0.0.1::81 nginx");
    let sockets = lab.ok("a", "netstat -tln");
    assert!(sockets.contains("0.0.0.0:8080            0.0.0.0:*"), "{sockets}");
    assert!(sockets.contains("tcp6       0      0 :::8080                 :::*"), "{sockets}");
    // Each address has its own books: only the socket knows of the other.
    let (status, text) = lab.run("a", "docker run -d -p 127.0.0.1:8080:80 nginx");
    assert_eq!(status, 125);
    assert!(text.contains("listen tcp4 127.0.0.1:8080: bind: address already in use"), "{text}");
    lab.ok("a", "docker rm -f web");
    assert_eq!(lab.ok("a", "netstat -tln").lines().count(), 2);
}
