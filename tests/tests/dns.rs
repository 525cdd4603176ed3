//! Asking name servers, and being one.

use netsim_tests::Lan;

/// `b` is the server of the others.
fn with_server() -> Lan {
    let mut lan = Lan::new();
    lan.write("b", "/etc/hosts", "10.0.2.2 b.lab b\n10.0.0.7 two.lab\n10.0.0.8 two.lab\n");
    lan.write("a", "/etc/resolv.conf", "nameserver 10.0.2.2\nsearch lab\n");
    assert_eq!(lan.run("b", "dnsmasq --no-resolv --local-ttl=60 --address=/#/"), "");
    lan
}

#[test]
fn busybox_nslookup_asks_for_both_kinds_of_addresses() {
    let mut lan = with_server();
    let head = "Server:\t\t10.0.2.2\nAddress:\t10.0.2.2:53\n\n";
    assert_eq!(
        lan.run("a", "/busybox/nslookup two.lab"),
        format!(
            "{head}Non-authoritative answer:\nName:\ttwo.lab\nAddress: 10.0.0.7\n\
             Name:\ttwo.lab\nAddress: 10.0.0.8\n\nNon-authoritative answer:\n\n"
        )
    );
    assert_eq!(
        lan.run("a", "/busybox/nslookup nosuch"),
        format!(
            "{head}** server can't find nosuch.lab: NXDOMAIN\n\n\
             ** server can't find nosuch.lab: NXDOMAIN\n\n[exit 1]\n"
        )
    );
    assert_eq!(
        lan.run("a", "/busybox/nslookup 10.0.2.2"),
        format!("{head}Non-authoritative answer:\n2.2.0.10.in-addr.arpa\tname = b.lab\n\n")
    );
    assert_eq!(
        lan.run("a", "/busybox/nslookup two.lab 127.0.0.1"),
        "nslookup: write to '127.0.0.1': Connection refused\n\
         ;; connection timed out; no servers could be reached\n\n[exit 1]\n"
    );
}

#[test]
fn the_tools_of_bind_print_what_bind_prints() {
    let mut lan = with_server();
    assert_eq!(
        lan.run("a", "nslookup two"),
        "Server:\t\t10.0.2.2\nAddress:\t10.0.2.2#53\n\nNon-authoritative answer:\n\
         Name:\ttwo.lab\nAddress: 10.0.0.7\nName:\ttwo.lab\nAddress: 10.0.0.8\n\n"
    );
    assert_eq!(lan.run("a", "dig +short two.lab"), "10.0.0.7\n10.0.0.8\n");
    assert_eq!(lan.run("a", "dig +noall +answer b.lab"), "b.lab.\t\t\t60\tIN\tA\t10.0.2.2\n");
    assert_eq!(lan.run("a", "dig +short -x 10.0.2.2"), "b.lab.\n");
    assert_eq!(
        lan.run("a", "host two.lab"),
        "two.lab has address 10.0.0.7\ntwo.lab has address 10.0.0.8\n"
    );
    assert_eq!(
        lan.run("a", "host nosuch.net"),
        "Host nosuch.net not found: 3(NXDOMAIN)\n[exit 1]\n"
    );
    assert_eq!(
        lan.run("a", "dig +time=1 +tries=1 +short two.lab @10.0.0.254"),
        ";; communications error to 10.0.0.254#53: connection refused\n\
         ;; no servers could be reached\n[exit 9]\n"
    );
}
