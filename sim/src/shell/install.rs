//! Which programs exist, and where they lie on a freshly installed host and in the busybox image.

use std::rc::Rc;

use crate::process::proc::boxed;
use crate::process::{Node, Program, Programs, Tree};
use crate::world::Platform;

use super::{bridge, files, filters, ip, sh, sysctl, tc, tools};

/// A program and where it is found.
struct Entry {
    name: &'static str,
    run: Program,
    /// Its paths on a host.
    host: &'static [&'static str],
    /// The names under which busybox has it.
    busybox: &'static [&'static str],
}

macro_rules! entries {
    ($($name:literal $run:path, $host:expr, $busybox:expr;)*) => {
        &[$(Entry {
            name: $name,
            run: |proc| boxed($run(proc)),
            host: &$host,
            busybox: &$busybox,
        },)*]
    };
}

const ENTRIES: &[Entry] = entries! {
    "sh" sh::run, ["/bin/sh", "/bin/dash", "/bin/bash"], ["sh", "ash"];
    "cat" files::cat, ["/bin/cat"], ["cat"];
    "ls" files::ls, ["/bin/ls"], ["ls"];
    "ln" files::ln, ["/bin/ln"], ["ln"];
    "rm" files::rm, ["/bin/rm"], ["rm"];
    "mkdir" files::mkdir, ["/bin/mkdir"], ["mkdir"];
    "rmdir" files::rmdir, ["/bin/rmdir"], ["rmdir"];
    "touch" files::touch, ["/bin/touch"], ["touch"];
    "cp" files::copy_or_move, ["/bin/cp", "/bin/mv"], ["cp", "mv"];
    "readlink" files::readlink, ["/bin/readlink"], ["readlink"];
    "tee" files::tee, ["/usr/bin/tee"], ["tee"];
    "grep" filters::grep, ["/bin/grep"], ["grep"];
    "head" filters::head, ["/usr/bin/head"], ["head"];
    "tail" filters::tail, ["/usr/bin/tail"], ["tail"];
    "wc" filters::wc, ["/usr/bin/wc"], ["wc"];
    "sort" filters::sort, ["/usr/bin/sort"], ["sort"];
    "uniq" filters::uniq, ["/usr/bin/uniq"], ["uniq"];
    "cut" filters::cut, ["/usr/bin/cut"], ["cut"];
    "tr" filters::tr, ["/usr/bin/tr"], ["tr"];
    "sed" filters::sed, ["/bin/sed"], ["sed"];
    "truth" tools::truth, ["/bin/true", "/bin/false"], ["true", "false"];
    "echo" tools::echo, ["/bin/echo"], ["echo"];
    "printf" tools::printf, ["/usr/bin/printf"], ["printf"];
    "sleep" tools::sleep, ["/bin/sleep"], ["sleep"];
    "hostname" tools::hostname, ["/bin/hostname"], ["hostname"];
    "uname" tools::uname, ["/bin/uname"], ["uname"];
    "identity" tools::identity, ["/usr/bin/id", "/usr/bin/whoami"], ["id", "whoami"];
    "env" tools::env, ["/usr/bin/env"], ["env"];
    "which" tools::which, ["/usr/bin/which"], ["which"];
    "seq" tools::seq, ["/usr/bin/seq"], ["seq"];
    "date" tools::date, ["/bin/date"], ["date"];
    "kill" tools::kill, ["/bin/kill"], ["kill"];
    "killall" tools::killall, ["/usr/bin/killall", "/usr/bin/pkill"], ["killall", "pkill"];
    "timeout" tools::timeout, ["/usr/bin/timeout"], ["timeout"];
    "nsenter" tools::nsenter, ["/usr/bin/nsenter"], ["nsenter"];
    "ps" tools::ps, ["/bin/ps"], ["ps"];
    "sysctl" sysctl::sysctl, ["/sbin/sysctl"], ["sysctl"];
    "ip" ip::ip, ["/sbin/ip", "/bin/ip"], [];
    "busybox-ip" ip::busybox::ip, [], ["ip"];
    "bridge" bridge::bridge, ["/sbin/bridge"], [];
    "tc" tc::tc, ["/sbin/tc"], [];
};

/// All programs, by name.
pub fn programs() -> Programs {
    ENTRIES.iter().map(|entry| (entry.name, entry.run)).collect()
}

/// The programs and files of simulated machines.
pub fn platform() -> Platform {
    Platform { programs: Rc::new(programs()), files: host_files }
}

/// The files of a freshly installed host.
fn host_files(name: &str) -> Tree {
    let mut tree = Tree::new();
    for dir in ["/root", "/tmp", "/proc", "/sys", "/dev", "/var/lib", "/var/log", "/run"] {
        tree.install(dir, Node::Dir);
    }
    tree.install("/var/run", Node::Link("/run".into()));
    for (path, text) in [
        ("/etc/hostname", format!("{name}\n")),
        ("/etc/hosts", format!("127.0.0.1\tlocalhost\n127.0.1.1\t{name}\n")),
        ("/etc/resolv.conf", String::new()),
        ("/etc/debian_version", "12.5\n".to_owned()),
    ] {
        tree.install(path, Node::File(text.into_bytes()));
    }
    for entry in ENTRIES {
        for path in entry.host {
            tree.install(path, Node::Program(entry.name));
        }
    }
    tree
}

/// The files of the busybox image.
pub fn busybox_files() -> Tree {
    let mut tree = Tree::new();
    for dir in ["/root", "/tmp", "/proc", "/sys", "/dev", "/var", "/etc"] {
        tree.install(dir, Node::Dir);
    }
    for entry in ENTRIES {
        for name in entry.busybox {
            tree.install(&format!("/bin/{name}"), Node::Program(entry.name));
        }
    }
    tree
}
