//! The software of simulated machines: programs, the files of a freshly installed host and of images.

use std::rc::Rc;

use super::images::image_files;
use super::install::{programs, programs_of_host};
use crate::process::{Node, Software, Tree};
use crate::world::Platform;

/// The programs and files of simulated machines.
pub fn platform() -> Platform {
    let programs = programs().collect();
    Platform { software: Rc::new(Software { programs, image_files }), files: host_files }
}

/// The files of a freshly installed host.
fn host_files(name: &str) -> Tree {
    let mut tree = Tree::new();
    for dir in ["/root", "/tmp", "/proc", "/sys", "/dev", "/var/lib", "/var/log", "/run"] {
        tree.install(dir, Node::Dir);
    }
    tree.install("/dev/null", Node::Null);
    tree.install("/var/run", Node::Link("/run".into()));
    tree.install("/etc/alternatives/iptables", Node::Link("/usr/sbin/iptables-nft".into()));
    for (path, text) in [
        ("/etc/hostname", format!("{name}\n")),
        ("/etc/hosts", format!("127.0.0.1\tlocalhost\n127.0.1.1\t{name}\n")),
        ("/etc/resolv.conf", String::new()),
        ("/etc/debian_version", "12.5\n".to_owned()),
        ("/etc/passwd", "root:x:0:0:root:/root:/bin/bash\n".to_owned()),
        ("/etc/group", "root:x:0:\n".to_owned()),
    ] {
        tree.install(path, Node::File(text.into_bytes()));
    }
    for (path, program) in programs_of_host() {
        tree.install(path, Node::Program(program));
    }
    tree
}
