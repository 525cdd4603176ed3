//! The files of container images: busybox, alpine, nginx, netshoot and Consul.

use crate::process::{Node, Tree};

use super::install::{applets_of, programs_of};

/// What Debian's smallest installation has of the programs of a host, and the web server's image adds.
const DEBIAN: &[&str] = &[
    "sh", "cat", "ls", "ln", "rm", "mkdir", "rmdir", "touch", "cp", "readlink", "tee", "grep",
    "head", "tail", "wc", "sort", "uniq", "cut", "tr", "sed", "truth", "echo", "printf", "sleep",
    "hostname", "uname", "identity", "env", "which", "seq", "date", "timeout", "curl", "getent",
    "nsenter",
];

/// What netshoot has in place of busybox's own, or besides.
const NETSHOOT: &[&str] = &[
    "ip",
    "bridge",
    "tc",
    "ss",
    "ethtool",
    "curl",
    "dig",
    "host",
    "nslookup",
    "nc",
    "ping",
    "arping",
    "tcpdump",
    "iptables",
    "iptables-save",
    "iptables-restore",
    "conntrack",
    "ipset",
    "nft",
    "nsenter",
    "getent",
    "brctl",
];

/// What the real netshoot has and netsim does not simulate.
const NOT_SIMULATED: &[&str] = &[
    "iperf",
    "iperf3",
    "mtr",
    "nmap",
    "nping",
    "ngrep",
    "tshark",
    "termshark",
    "socat",
    "drill",
    "http",
    "fping",
    "netperf",
    "strace",
    "iftop",
    "iptraf-ng",
    "openssl",
    "scapy",
    "swaks",
    "websocat",
    "vim",
    "jq",
    "git",
    "apk",
];

/// What the real busybox has and netsim does not simulate, of what people try in a container.
const APPLETS_NOT_SIMULATED: &[&str] = &[
    "adduser",
    "ar",
    "base64",
    "bc",
    "chroot",
    "clear",
    "crond",
    "dc",
    "dd",
    "df",
    "diff",
    "dnsd",
    "dos2unix",
    "du",
    "egrep",
    "ether-wake",
    "fdisk",
    "fgrep",
    "find",
    "free",
    "ftpget",
    "ftpput",
    "fuser",
    "gunzip",
    "gzip",
    "halt",
    "iostat",
    "ipcalc",
    "less",
    "login",
    "lsof",
    "md5sum",
    "more",
    "mount",
    "mpstat",
    "nameif",
    "nmeter",
    "ntpd",
    "od",
    "passwd",
    "ping6",
    "pmap",
    "poweroff",
    "rdate",
    "reboot",
    "script",
    "sha1sum",
    "sha256sum",
    "stat",
    "stty",
    "su",
    "sync",
    "tar",
    "telnet",
    "telnetd",
    "tftp",
    "traceroute6",
    "tty",
    "tunctl",
    "udhcpc",
    "udhcpd",
    "umount",
    "unzip",
    "uptime",
    "usleep",
    "uuencode",
    "vconfig",
    "vi",
    "w",
    "who",
    "xxd",
    "yes",
    "zcat",
];

/// Applets of busybox that Alpine leaves out.
const NOT_IN_ALPINE: &[&str] = &["httpd"];

/// The files of an image, by the name that it is known under to the daemon.
pub fn image_files(image: &str) -> Option<Tree> {
    match image {
        "busybox" => Some(busybox()),
        "alpine" => Some(alpine()),
        "nginx" => Some(nginx()),
        "netshoot" => Some(netshoot()),
        "consul" => Some(consul()),
        _ => None,
    }
}

fn file(tree: &mut Tree, path: &str, text: &str) {
    tree.install(path, Node::File(text.as_bytes().to_vec()));
}

/// Directories that every root has.
fn bare() -> Tree {
    let mut tree = Tree::new();
    for dir in ["/root", "/tmp", "/proc", "/sys", "/dev", "/var", "/etc", "/run"] {
        tree.install(dir, Node::Dir);
    }
    tree.install("/dev/null", Node::Null);
    let users = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n";
    file(&mut tree, "/etc/passwd", users);
    file(&mut tree, "/etc/group", "root:x:0:\nnogroup:x:65534:\n");
    tree
}

fn busybox() -> Tree {
    let mut tree = bare();
    file(&mut tree, "/var/www/index.html", "hello from busybox httpd\n");
    names_only(&mut tree);
    for (name, program) in applets_of() {
        tree.install(&format!("/bin/{name}"), Node::Program(program));
    }
    tree
}

/// Must come before the applets that are simulated.
fn names_only(tree: &mut Tree) {
    for name in APPLETS_NOT_SIMULATED {
        tree.install(&format!("/bin/{name}"), Node::Program("not-simulated"));
    }
}

fn alpine() -> Tree {
    let mut tree = bare();
    file(&mut tree, "/etc/alpine-release", "3.19.0\n");
    names_only(&mut tree);
    file(&mut tree, "/etc/os-release", "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.19.0\n");
    for (name, program) in applets_of().filter(|(name, _)| !NOT_IN_ALPINE.contains(name)) {
        tree.install(&format!("/bin/{name}"), Node::Program(program));
    }
    tree.install("/sbin/apk", Node::Program("not-simulated"));
    tree
}

fn nginx() -> Tree {
    let mut tree = bare();
    file(&mut tree, "/etc/debian_version", "12.5\n");
    let os =
        "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nID=debian\n";
    file(&mut tree, "/etc/os-release", os);
    for (path, program) in programs_of(DEBIAN) {
        tree.install(path, Node::Program(program));
    }
    for name in ["apt", "apt-get", "dpkg"] {
        tree.install(&format!("/usr/bin/{name}"), Node::Program("not-simulated"));
    }
    tree.install("/usr/sbin/nginx", Node::Program("nginx"));
    file(&mut tree, "/docker-entrypoint.sh", "#!/bin/sh\nexec \"$@\"\n");
    let page = "<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n</head>\n<body>\n<h1>Welcome to nginx!</h1>\n<p>This page comes from a web server that netsim simulates.</p>\n</body>\n</html>\n";
    file(&mut tree, "/usr/share/nginx/html/index.html", page);
    tree
}

fn netshoot() -> Tree {
    let mut tree = alpine();
    // What lies in /usr/bin is found before busybox's in /bin.
    for (path, program) in programs_of(NETSHOOT) {
        let name = path.rsplit('/').next().unwrap_or(path);
        tree.install(&format!("/usr/bin/{name}"), Node::Program(program));
    }
    for name in NOT_SIMULATED {
        tree.install(&format!("/usr/bin/{name}"), Node::Program("not-simulated"));
    }
    for shell in ["/bin/bash", "/bin/zsh"] {
        tree.install(shell, Node::Program("sh"));
    }
    tree
}

fn consul() -> Tree {
    let mut tree = busybox();
    tree.install("/bin/consul", Node::Program("consul"));
    tree.install("/data", Node::Dir);
    tree
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docker::image::IMAGES;

    #[test]
    fn every_image_has_files_and_what_it_runs() {
        for image in &IMAGES {
            let tree = image_files(image.files).expect("every image has files");
            let words = image.entrypoint.iter().chain(image.command);
            let first = *words.clone().next().expect("every image runs something");
            let places = ["", "/bin/", "/usr/bin/", "/usr/sbin/"];
            assert!(places.iter().any(|place| tree.exists(&format!("{place}{first}"))), "{first}");
        }
    }

    #[test]
    fn netshoot_has_the_tools_of_hosts() {
        let tree = image_files("netshoot").expect("it is known");
        assert!(matches!(tree.get("/usr/bin/ping"), Ok(Node::Program("ping"))));
        assert!(matches!(tree.get("/bin/ls"), Ok(Node::Program("ls"))));
    }
}
