//! Captures on hosts.

use netsim_tests::Lan;
use netsim_tests::lan::without_times;

#[test]
fn a_ping_is_seen_with_its_arp() {
    let mut lan = Lan::new();
    let dump = lan.start("a", "tcpdump -tn -i eth0");
    lan.run("a", "ping -c 1 10.0.2.2");
    let text = lan.interrupt(dump);
    let id = text.split("id ").nth(1).and_then(|rest| rest.split(',').next()).unwrap().to_owned();
    assert_eq!(
        text,
        format!(
            "tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\n\
             listening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes\n\
             ARP, Request who-has 10.0.0.254 tell 10.0.0.1, length 28\n\
             ARP, Reply 10.0.0.254 is-at 02:00:00:00:00:fe, length 28\n\
             IP 10.0.0.1 > 10.0.2.2: ICMP echo request, id {id}, seq 1, length 64\n\
             IP 10.0.2.2 > 10.0.0.1: ICMP echo reply, id {id}, seq 1, length 64\n\
             \n4 packets captured\n4 packets received by filter\n0 packets dropped by kernel\n"
        )
    );
}

#[test]
fn a_file_is_written_and_read_with_a_filter() {
    let mut lan = Lan::new();
    let dump = lan.start("a", "tcpdump -i eth0 -w /tmp/x.pcap");
    lan.run("a", "ping -c 2 10.0.2.2");
    assert!(lan.interrupt(dump).contains("listening on eth0"));
    let text =
        lan.run("a", "tcpdump -tnr /tmp/x.pcap 'icmp[icmptype] = icmp-echo and dst 10.0.2.2'");
    assert_eq!(text.matches("echo request").count(), 2, "{text}");
    assert!(!text.contains("reply"), "{text}");
    assert_eq!(
        lan.run("a", "tcpdump -nr /tmp/x.pcap -c 1 arp 2>/dev/null | cut -d ' ' -f 2-"),
        "ARP, Request who-has 10.0.0.254 tell 10.0.0.1, length 28\n"
    );
}

#[test]
fn the_inner_frame_of_a_tunnel_has_a_line_of_its_own() {
    let mut lan = Lan::new();
    for (host, remote, own) in [("a", "10.0.2.2", "10.9.0.1"), ("b", "10.0.0.1", "10.9.0.2")] {
        let add = format!("ip link add vx0 type vxlan id 42 remote {remote} dstport 4789");
        lan.run(host, &format!("{add}; ip addr add {own}/24 dev vx0; ip link set vx0 up"));
    }
    let dump = lan.start("b", "tcpdump -tn -c 3 -i any udp port 4789");
    lan.run("a", "ping -c 1 10.9.0.2");
    let text = without_times(&lan.finish(dump));
    assert!(
        text.contains("VXLAN, flags [I] (0x08), vni 42\nARP, Request who-has 10.9.0.2"),
        "{text}"
    );
    assert!(text.contains("\nIP 10.9.0.1 > 10.9.0.2: ICMP echo request"), "{text}");
}

#[test]
fn trouble_reads_as_tcpdump_says_it() {
    let mut lan = Lan::new();
    assert_eq!(
        lan.run("a", "tcpdump -i nope"),
        "tcpdump: nope: No such device exists\n(No such device exists)\n[exit 1]\n"
    );
    assert_eq!(
        lan.run("a", "tcpdump -i eth0 'port 80 or'"),
        "tcpdump: can't parse filter expression: syntax error\n[exit 1]\n"
    );
    assert_eq!(lan.run("a", "tcpdump -c 0"), "tcpdump: invalid packet count 0\n[exit 1]\n");
}
