//! `ping` on hosts and in containers.

use netsim_tests::Lan;
use netsim_tests::lan::without_times;

#[test]
fn a_host_is_pinged_through_a_router() {
    let mut lan = Lan::new();
    let text = lan.run("a", "ping -c 2 -i 0.2 10.0.2.2");
    assert_eq!(
        without_times(&text),
        "PING 10.0.2.2 (10.0.2.2) 56(84) bytes of data.\n\
         64 bytes from 10.0.2.2: icmp_seq=1 ttl=63 time=T ms\n\
         64 bytes from 10.0.2.2: icmp_seq=2 ttl=63 time=T ms\n\
         \n--- 10.0.2.2 ping statistics ---\n\
         2 packets transmitted, 2 received, 0% packet loss, time 203ms\n\
         rtt min/avg/max/mdev = T/T/T/T ms\n"
    );
}

#[test]
fn errors_on_the_way_are_told() {
    let mut lan = Lan::new();
    let text = lan.run("a", "ping -c 1 -t 1 10.0.2.2");
    assert!(text.contains("From 10.0.0.254 icmp_seq=1 Time to live exceeded\n"), "{text}");
    assert!(text.contains("1 packets transmitted, 0 received, +1 errors, 100% packet loss"));
    let text = lan.run("a", "ping -c 3 10.0.0.99");
    assert!(text.contains("From 10.0.0.1 icmp_seq=3 Destination Host Unreachable\n"), "{text}");
    assert!(text.ends_with("pipe 3\n[exit 1]\n"), "{text}");
    let text = lan.run("a", "ping -c 1 -M do -s 1473 10.0.2.2");
    assert!(text.contains("ping: local error: message too long, mtu=1500\n"), "{text}");
}

#[test]
fn names_come_from_the_hosts_file() {
    let mut lan = Lan::new();
    lan.write("a", "/etc/hosts", "10.0.2.2 web.lab web\n");
    let text = lan.run("a", "ping -c 1 web");
    assert!(text.starts_with("PING web.lab (10.0.2.2) 56(84) bytes of data.\n"), "{text}");
    assert!(text.contains("64 bytes from web.lab (10.0.2.2): icmp_seq=1 ttl=63 time="), "{text}");
    let text = lan.run("a", "ping -c 1 nosuch.invalid");
    assert_eq!(text, "ping: nosuch.invalid: Temporary failure in name resolution\n[exit 2]\n");
}

#[test]
fn an_interrupt_prints_the_statistics() {
    let mut lan = Lan::new();
    let job = lan.start("a", "ping 10.0.2.2");
    let text = lan.interrupt(job);
    assert!(text.contains("1 packets transmitted, 1 received, 0% packet loss, time 0ms"), "{text}");
}

#[test]
fn busybox_has_its_own_words() {
    let mut lan = Lan::new();
    let text = lan.run("a", "/busybox/ping -c 2 10.0.2.2");
    assert_eq!(
        without_times(&text),
        "PING 10.0.2.2 (10.0.2.2): 56 data bytes\n\
         64 bytes from 10.0.2.2: seq=0 ttl=63 time=T ms\n\
         64 bytes from 10.0.2.2: seq=1 ttl=63 time=T ms\n\
         \n--- 10.0.2.2 ping statistics ---\n\
         2 packets transmitted, 2 packets received, 0% packet loss\n\
         round-trip min/avg/max = T/T/T ms\n"
    );
    assert_eq!(lan.run("a", "/busybox/ping nosuch"), "ping: bad address 'nosuch'\n[exit 1]\n");
}
