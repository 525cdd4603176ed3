//! `traceroute` on hosts and in containers.

use netsim_tests::Lan;
use netsim_tests::lan::without_times;

#[test]
fn the_way_is_shown_with_all_kinds_of_probes() {
    for kind in ["", "-I", "-T"] {
        let mut lan = Lan::new();
        let text = lan.run("a", &format!("traceroute -n {kind} 10.0.2.2"));
        assert_eq!(
            without_times(&text),
            "traceroute to 10.0.2.2 (10.0.2.2), 30 hops max, 60 byte packets\n\
             \u{20}1  10.0.0.254  T ms  T ms  T ms\n\
             \u{20}2  10.0.2.2  T ms  T ms  T ms\n",
            "{kind}"
        );
    }
}

#[test]
fn silence_ends_with_the_last_hop() {
    let mut lan = Lan::new();
    let text = lan.run("a", "traceroute -n -w 1 -m 2 -q 2 10.0.0.99");
    assert!(text.ends_with("\n 1  * *\n 2  * *\n"), "{text}");
    assert_eq!(lan.run("a", "traceroute -m 0 10.0.2.2"), "first hop out of range\n[exit 2]\n");
}

#[test]
fn the_mtu_of_the_path_is_found() {
    let mut lan = Lan::new();
    let router = lan.host("r");
    lan.world.sys(router, |sys| {
        let link = sys.link_named("eth1").unwrap();
        sys.link_set_mtu(link, 1400).unwrap();
    });
    let text = lan.run("a", "traceroute -n --mtu -q 1 10.0.2.2");
    assert_eq!(
        without_times(&text),
        "traceroute to 10.0.2.2 (10.0.2.2), 30 hops max, 65000 byte packets\n\
         \u{20}1  10.0.0.254  T ms F=1500\n\
         \u{20}2  10.0.2.2  T ms F=1400\n"
    );
}

#[test]
fn busybox_asks_one_by_one() {
    let mut lan = Lan::new();
    for (kind, name) in [("-n", ""), ("-n -I", "")] {
        let text = lan.run("a", &format!("/busybox/traceroute {kind} 10.0.2.2"));
        assert_eq!(
            without_times(&text),
            format!(
                "traceroute to 10.0.2.2 (10.0.2.2), 30 hops max, 46 byte packets\n\
                 \u{20}1  10.0.0.254{name}  T ms  T ms  T ms\n\
                 \u{20}2  10.0.2.2{name}  T ms  T ms  T ms\n"
            )
        );
    }
}
