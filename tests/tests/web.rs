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

#[test]
fn curl_fetches_and_says_why_it_cannot() {
    let (mut lan, server) = with_server();
    assert_eq!(lan.run("a", "curl -s http://10.0.2.2/"), "<p>hello</p>\n");
    assert_eq!(
        lan.run("a", "curl -s -o /dev/null -w '%{http_code} %{size_download}\\n' 10.0.2.2/no"),
        "404 124\n"
    );
    assert_eq!(
        lan.run("a", "curl -sS -f http://10.0.2.2/no"),
        "curl: (22) The requested URL returned error: 404\n[exit 22]\n"
    );
    assert_eq!(lan.run("a", "curl -sI http://10.0.2.2/ | head -n 1"), "HTTP/1.1 200 OK\r\n");
    assert_eq!(lan.run("a", "curl -sL http://10.0.2.2/sub"), "x\n");
    lan.interrupt(server);
    assert_eq!(
        lan.run("a", "curl -sS http://10.0.2.2/"),
        "curl: (7) Failed to connect to 10.0.2.2 port 80 after 0 ms: Couldn't connect to server\n\
         [exit 7]\n"
    );
    assert_eq!(
        lan.run("a", "curl -sS -m 1 http://10.0.2.99/"),
        "curl: (28) Connection timed out after 1001 milliseconds\n[exit 28]\n"
    );
    assert_eq!(
        lan.run("a", "curl -sS http://nosuch/"),
        "curl: (6) Could not resolve host: nosuch\n[exit 6]\n"
    );
}
