//! `nc` on hosts and in containers.

use netsim_tests::Lan;

#[test]
fn a_line_goes_through_and_both_ends_finish() {
    let mut lan = Lan::new();
    let server = lan.start("b", "nc -l -v -n -p 80");
    let text = lan.run("a", "echo hello | nc -v -n -N -p 40000 10.0.2.2 80");
    assert_eq!(text, "Connection to 10.0.2.2 80 port [tcp/*] succeeded!\n");
    assert_eq!(
        lan.finish(server),
        "Listening on 0.0.0.0 80\nConnection received on 10.0.0.1 40000\nhello\n"
    );
}

#[test]
fn a_refused_or_silent_port_is_told_with_v() {
    let mut lan = Lan::new();
    assert_eq!(
        lan.run("a", "nc -v -n -w 2 10.0.2.2 79-80"),
        "nc: connect to 10.0.2.2 port 79 (tcp) failed: Connection refused\n\
         nc: connect to 10.0.2.2 port 80 (tcp) failed: Connection refused\n[exit 1]\n"
    );
    assert_eq!(
        lan.run("a", "nc -v -n -z -w 1 10.0.0.99 80"),
        "nc: connect to 10.0.0.99 port 80 (tcp) timed out: Operation now in progress\n[exit 1]\n"
    );
    assert_eq!(lan.run("a", "nc -z 10.0.2.2 80"), "[exit 1]\n");
}

#[test]
fn names_of_services_are_shown() {
    let mut lan = Lan::new();
    lan.write("a", "/etc/hosts", "10.0.2.2 web\n");
    let _server = lan.start("b", "nc -l -k -p 80");
    assert_eq!(
        lan.run("a", "nc -v -z web http"),
        "Connection to web (10.0.2.2) 80 port [tcp/http] succeeded!\n"
    );
}

#[test]
fn a_udp_port_is_tried_with_single_bytes() {
    let mut lan = Lan::new();
    let server = lan.start("b", "nc -u -l -v -n -p 5000");
    assert_eq!(
        lan.run("a", "echo hi | nc -u -v -n -w 1 10.0.2.2 5000"),
        "Connection to 10.0.2.2 5000 port [udp/*] succeeded!\n"
    );
    let text = lan.interrupt(server);
    assert!(text.starts_with("Bound on 0.0.0.0 5000\nConnection received on 10.0.0.1 "), "{text}");
    assert!(text.contains("XXXhi\n"), "{text}");
    assert_eq!(lan.run("a", "nc -u -z -v -n -w 1 10.0.2.2 5001"), "[exit 1]\n");
}

#[test]
fn an_idle_connection_ends_after_w() {
    let mut lan = Lan::new();
    let server = lan.start("b", "nc -l -p 80");
    let before = lan.world.now();
    assert_eq!(lan.run("a", "echo hi | nc -n -w 2 10.0.2.2 80"), "");
    assert_eq!((lan.world.now() - before).as_secs(), 2);
    assert_eq!(lan.finish(server), "hi\n");
}

#[test]
fn busybox_has_its_own_words_and_runs_programs() {
    let mut lan = Lan::new();
    let server = lan.start("b", "/busybox/nc -n -v -l -p 80");
    assert_eq!(
        lan.run("a", "echo hello | /busybox/nc -v -n -p 40000 10.0.2.2 80"),
        "10.0.2.2 (10.0.2.2:80) open\n"
    );
    assert_eq!(
        lan.finish(server),
        "listening on 0.0.0.0:80 ...\n\
         connect to 10.0.2.2:80 from 10.0.0.1:40000 (10.0.0.1:40000)\nhello\n"
    );
    assert_eq!(
        lan.run("a", "/busybox/nc -vv 10.0.2.2 81"),
        "nc: 10.0.2.2 (10.0.2.2:81): Connection refused\n[exit 1]\n"
    );
    let _server = lan.start("b", "/busybox/nc -lk -p 82 -e tr a-z A-Z");
    for _ in 0..2 {
        assert_eq!(lan.run("a", "echo hello | /busybox/nc 10.0.2.2 82"), "HELLO\n");
    }
}
