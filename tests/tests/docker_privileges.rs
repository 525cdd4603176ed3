//! What containers may do, and who they are: real ones may not administer their network.

use netsim_tests::lab::Lab;

const LAB: &str = r#"
segment.lan = { subnet = "192.168.56.0/24" }
host.a = { lan = "192.168.56.10", docker = true }
"#;

fn lab() -> Lab {
    let mut lab = Lab::new(LAB);
    lab.ok("a", "docker run -d --name c1 busybox sleep 9999");
    lab
}

#[test]
fn a_container_may_look_and_ping_but_change_nothing() {
    let mut lab = lab();
    for (line, words) in [
        ("ip link set eth0 down", "ip: SIOCSIFFLAGS: Operation not permitted\n"),
        ("ip addr add 1.1.1.1/32 dev eth0", "ip: RTNETLINK answers: Operation not permitted\n"),
        ("ip route del default", "ip: RTNETLINK answers: Operation not permitted\n"),
        ("ifconfig eth0 mtu 1300", "ifconfig: SIOCSIFMTU: Operation not permitted\n"),
        ("hostname foo", "hostname: sethostname: Operation not permitted\n"),
        (
            "sysctl -w net.ipv4.ip_forward=0",
            "sysctl: error setting key 'net.ipv4.ip_forward': Read-only file system\n",
        ),
    ] {
        let (status, text) = lab.run("a", &format!("docker exec c1 {line}"));
        assert_ne!(status, 0, "{line}");
        assert_eq!(text, words, "{line}");
    }
    lab.ok("a", "docker exec c1 ping -c 1 172.17.0.1");
    // From the host its network can be changed.
    lab.ok("a", "nsenter -t $(docker inspect -f '{{.State.Pid}}' c1) -n ip link set eth0 mtu 1400");
    assert!(lab.ok("a", "docker exec c1 ip link show eth0").contains(" mtu 1400 "));
}

#[test]
fn what_is_added_may_be_used_and_what_is_dropped_not() {
    let mut lab = lab();
    let set = "ip link set eth0 mtu 1400";
    for flags in ["--cap-add NET_ADMIN", "--cap-add=all", "--privileged"] {
        lab.ok("a", &format!("docker run --rm {flags} busybox {set}"));
    }
    lab.ok("a", &format!("docker exec --privileged c1 {set}"));
    let (status, text) = lab.run("a", "docker run --rm --cap-drop NET_RAW busybox ping 172.17.0.1");
    assert_eq!(status, 1);
    assert!(text.ends_with("ping: permission denied (are you root?)\n"), "{text}");
    let switch = "sysctl -w net.ipv4.ip_forward=0";
    let (status, _) =
        lab.run("a", &format!("docker run --rm --cap-add NET_ADMIN busybox {switch}"));
    assert_eq!(status, 1, "that it may administer does not make /proc/sys writable");
    lab.ok("a", &format!("docker run --rm --privileged busybox {switch}"));
    let (status, text) = lab.run("a", "docker run --rm --cap-add NET_ADMINX busybox true");
    assert_eq!(status, 125);
    assert!(text.contains("invalid CapAdd: unknown capability: \"CAP_NET_ADMINX\".\n"), "{text}");
}

#[test]
fn tools_of_hosts_say_in_their_own_words_what_they_may_not() {
    let mut lab = lab();
    let run = "docker run --rm nicolaka/netshoot";
    for (line, words) in [
        ("iptables -L", "Permission denied (you must be root)\n"),
        ("ip link set eth0 down", "RTNETLINK answers: Operation not permitted\n"),
        ("ipset list", "ipset v7.17: Kernel error received: Operation not permitted\n"),
    ] {
        let (status, text) = lab.run("a", &format!("{run} {line}"));
        assert_ne!(status, 0, "{line}");
        assert!(text.ends_with(words), "{line}: {text}");
    }
    let without = "docker run --rm --cap-drop NET_RAW nicolaka/netshoot";
    let (_, text) = lab.run("a", &format!("{without} tcpdump -c 1 -i eth0"));
    assert!(text.ends_with("(socket: Operation not permitted)\n"), "{text}");
    lab.ok("a", &format!("{without} ping -c 1 172.17.0.1"));
}

#[test]
fn another_user_is_not_root() {
    let mut lab = lab();
    let id = lab.ok("a", "docker exec -u nobody c1 id");
    assert_eq!(id, "uid=65534(nobody) gid=65534(nogroup) groups=65534(nogroup)\n");
    let id = lab.ok("a", "docker run --rm --user 1000 busybox id");
    assert_eq!(id, "uid=1000 gid=0(root) groups=0(root)\n");
    assert_eq!(lab.run("a", "docker exec -u 1000 c1 ping -c 1 172.17.0.1").0, 1);
    let (status, text) = lab.run("a", "docker run --rm -u nosuch busybox id");
    let words = "unable to find user nosuch: no matching entries in passwd file.\n";
    assert!(status == 125 && text.ends_with(words), "{text}");
}
