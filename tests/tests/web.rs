//! Web servers and clients, on hosts and in containers.

use netsim_tests::{Job, Lan};

fn with_server() -> (Lan, Job) {
    let mut lan = Lan::new();
    lan.write("b", "/www/index.html", "<p>hello</p>\n");
    lan.write("b", "/www/sub/index.html", "x\n");
    let server = lan.start("b", "/busybox/httpd -f -v -p 80 -h /www");
    (lan, server)
}

#[test]
fn busybox_wget_fetches_from_busybox_httpd() {
    let (mut lan, server) = with_server();
    assert_eq!(lan.run("a", "/busybox/wget -q -O - http://10.0.2.2/"), "<p>hello</p>\n");
    assert_eq!(
        lan.run("a", "cd /tmp && /busybox/wget http://10.0.2.2/ && cat index.html"),
        "Connecting to 10.0.2.2 (10.0.2.2:80)\n\
         saving to 'index.html'\n\
         index.html           100% |********************************|    13  0:00:00 ETA\n\
         'index.html' saved\n\
         <p>hello</p>\n"
    );
    assert_eq!(
        lan.run("a", "/busybox/wget -O - http://10.0.2.2/nosuch"),
        "Connecting to 10.0.2.2 (10.0.2.2:80)\n\
         wget: server returned error: HTTP/1.1 404 Not Found\n[exit 1]\n"
    );
    assert_eq!(lan.run("a", "/busybox/wget -q -O - 10.0.2.2/sub"), "x\n");
    let log = lan.interrupt(server);
    assert!(log.starts_with("[::ffff:10.0.0.1]:"), "{log}");
    assert!(log.contains(": response:404\n"), "{log}");
}

#[test]
fn trouble_reads_as_busybox_says_it() {
    let mut lan = Lan::new();
    assert_eq!(
        lan.run("a", "/busybox/wget http://10.0.2.2:81/"),
        "Connecting to 10.0.2.2:81 (10.0.2.2:81)\n\
         wget: can't connect to remote host (10.0.2.2): Connection refused\n[exit 1]\n"
    );
    assert_eq!(
        lan.run("a", "/busybox/wget -T 2 http://10.0.0.99/"),
        "Connecting to 10.0.0.99 (10.0.0.99:80)\nwget: download timed out\n[exit 1]\n"
    );
    assert_eq!(lan.run("a", "/busybox/wget web"), "wget: bad address 'web'\n[exit 1]\n");
}

#[test]
fn a_large_file_arrives_whole() {
    let (mut lan, _server) = with_server();
    lan.write("b", "/www/big", &"0123456789abcdef".repeat(20_000));
    assert_eq!(lan.run("a", "/busybox/wget -q -O - http://10.0.2.2/big | wc -c"), "320000\n");
}
