//! Lists of sockets.

use netsim_tests::Lan;

/// A connection from `a` to a server on `b`.
fn with_sockets() -> Lan {
    let mut lan = Lan::new();
    lan.start("b", "nc -lk 10.0.2.2 80");
    lan.start("b", "nc -lu 53");
    lan.start("b", "/busybox/httpd -f -p 8080");
    lan
}

/// Process numbers are of no interest.
fn without_pids(text: &str) -> String {
    let mut words = text.split("pid=");
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |text, rest| {
        text + "pid=N" + rest.trim_start_matches(|c: char| c.is_ascii_digit())
    })
}

#[test]
fn ss_lists_sockets_in_its_columns() {
    let mut lan = with_sockets();
    assert_eq!(
        lan.run("b", "ss -tln"),
        "State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\n\
         LISTEN 0      1           10.0.2.2:80        0.0.0.0:*          \n\
         LISTEN 0      9                  *:8080            *:*          \n"
    );
    assert_eq!(
        without_pids(&lan.run("b", "ss -Hulnp")),
        "UNCONN 0      0      0.0.0.0:53 0.0.0.0:* users:((\"nc\",pid=N,fd=3))\n"
    );
    assert_eq!(
        lan.run("b", "ss -tl sport = :80"),
        "State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\n\
         LISTEN 0      1           10.0.2.2:http      0.0.0.0:*          \n"
    );
    assert_eq!(lan.run("b", "ss -tn state bogus"), "ss: wrong state name: bogus\n[exit 255]\n");
}

#[test]
fn tunnels_have_sockets_that_nobody_owns() {
    let mut lan = Lan::new();
    lan.run("b", "ip link add vx0 type vxlan id 42 remote 10.0.0.1 dstport 4789");
    lan.run("b", "ip link set vx0 up");
    assert_eq!(
        lan.run("b", "ss -uln"),
        "State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\n\
         UNCONN 0      0            0.0.0.0:4789      0.0.0.0:*          \n"
    );
}

#[test]
fn netstat_is_that_of_net_tools_or_of_busybox() {
    let mut lan = with_sockets();
    let row = "tcp        0      0 10.0.2.2:80             0.0.0.0:*               LISTEN     ";
    assert_eq!(
        lan.run("b", "netstat -tln"),
        format!(
            "Active Internet connections (only servers)\n\
             Proto Recv-Q Send-Q Local Address           Foreign Address         State      \n\
             {row}\n\
             tcp6       0      0 :::8080                 :::*                    LISTEN     \n"
        )
    );
    assert_eq!(
        lan.run("b", "/busybox/netstat -tln"),
        format!(
            "Active Internet connections (only servers)\n\
             Proto Recv-Q Send-Q Local Address           Foreign Address         State       \n\
             {row} \n\
             tcp        0      0 :::8080                 :::*                    LISTEN      \n"
        )
    );
    assert_eq!(
        lan.run("b", "netstat -rn"),
        "Kernel IP routing table\n\
         Destination     Gateway         Genmask         Flags   MSS Window  irtt Iface\n\
         0.0.0.0         10.0.2.254      0.0.0.0         UG        0 0          0 eth0\n\
         10.0.2.0        0.0.0.0         255.255.255.0   U         0 0          0 eth0\n"
    );
}
