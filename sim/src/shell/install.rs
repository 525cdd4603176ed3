//! Which programs exist, and where they lie on hosts and in busybox.

use crate::process::proc::boxed;
use crate::process::programs::busybox::BANNER;
use crate::process::programs::{
    arping, curl, dns, ethtool, getent, httpd, nc, nginx, ping, sockets, tcpdump, tracepath,
    traceroute, wget,
};
use crate::process::{Proc, Program};

use super::nettools::{arp, brctl, ifconfig, route};
use super::{
    awk, bridge, conntrack, dmesg, explain, files, filters, ip, ipset, iptables, sh, sysctl, tc,
    tools, xargs,
};

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

// A path to an `async fn` is not general enough in its argument; a closure is.
#[allow(clippy::redundant_closure)]
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
    "pwd" tools::pwd, ["/bin/pwd"], ["pwd"];
    "xargs" xargs::xargs, ["/usr/bin/xargs"], ["xargs"];
    "tee" files::tee, ["/usr/bin/tee"], ["tee"];
    "grep" filters::grep, ["/bin/grep"], ["grep"];
    "head" filters::head, ["/usr/bin/head"], ["head"];
    "tail" super::follow::tail, ["/usr/bin/tail"], ["tail"];
    "top" super::follow::top, ["/usr/bin/top"], ["top"];
    "watch" super::follow::watch, ["/usr/bin/watch"], ["watch"];
    "wc" filters::wc, ["/usr/bin/wc"], ["wc"];
    "sort" filters::sort, ["/usr/bin/sort"], ["sort"];
    "uniq" filters::uniq, ["/usr/bin/uniq"], ["uniq"];
    "awk" awk::awk, ["/usr/bin/awk", "/usr/bin/mawk"], ["awk"];
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
    "docker" super::docker::main, ["/usr/bin/docker"], [];
    "dockerd" crate::docker::dockerd::run, ["/usr/bin/dockerd"], [];
    "docker-proxy" crate::docker::proxy::run, ["/usr/bin/docker-proxy"], [];
    "consul" crate::process::consul::run, ["/usr/local/bin/consul"], [];
    "etcd" crate::process::etcd::run, ["/usr/bin/etcd"], [];
    "etcdctl" crate::process::etcd::cli::run, ["/usr/bin/etcdctl"], [];
    "systemctl" super::systemctl::run, ["/usr/bin/systemctl"], [];
    "reboot" super::systemctl::reboot, ["/sbin/reboot"], [];
    "journalctl" super::systemctl::journalctl, ["/usr/bin/journalctl"], [];
    "dmesg" dmesg::dmesg, ["/usr/bin/dmesg"], [];
    "tty" tools::tty, ["/usr/bin/tty"], ["tty"];
    "ps" tools::ps, ["/bin/ps"], ["ps"];
    "sysctl" sysctl::sysctl, ["/sbin/sysctl"], ["sysctl"];
    "ip" ip::ip, ["/sbin/ip", "/bin/ip"], [];
    "busybox-ip" ip::busybox::ip, [], ["ip"];
    "bridge" bridge::bridge, ["/sbin/bridge"], [];
    "getent" getent::getent, ["/usr/bin/getent"], [];
    "curl" curl::curl, ["/usr/bin/curl"], [];
    "ethtool" ethtool::ethtool, ["/usr/sbin/ethtool"], [];
    "ss" sockets::ss::ss, ["/bin/ss"], [];
    "netstat" sockets::netstat::netstat, ["/bin/netstat"], [];
    "busybox-netstat" sockets::busybox::netstat, [], ["netstat"];
    "nslookup" dns::nslookup::nslookup, ["/usr/bin/nslookup"], [];
    "busybox-nslookup" dns::busybox::nslookup, [], ["nslookup"];
    "dig" dns::dig::dig, ["/usr/bin/dig"], [];
    "host" dns::host::host, ["/usr/bin/host"], [];
    "dnsmasq" dns::dnsmasq::dnsmasq, ["/usr/sbin/dnsmasq"], [];
    "ping" ping::ping, ["/usr/bin/ping"], [];
    "arping" arping::arping, ["/usr/bin/arping"], [];
    "nc" nc::nc, ["/usr/bin/nc", "/usr/bin/netcat"], [];
    "busybox-nc" nc::busybox::nc, [], ["nc"];
    "busybox-httpd" httpd::httpd, [], ["httpd"];
    "wget" wget::wget, ["/usr/bin/wget"], [];
    "busybox-wget" wget::busybox::wget, [], ["wget"];
    "tcpdump" tcpdump::tcpdump, ["/usr/bin/tcpdump"], [];
    "tracepath" tracepath::tracepath, ["/usr/bin/tracepath"], [];
    "traceroute" traceroute::traceroute, ["/usr/sbin/traceroute"], [];
    "busybox-traceroute" traceroute::busybox::traceroute, [], ["traceroute"];
    "busybox-arping" arping::busybox::arping, [], ["arping"];
    "busybox-ping" ping::busybox::ping, [], ["ping", "ping6"];
    "iptables" iptables::iptables, [
        "/usr/sbin/iptables", "/usr/sbin/iptables-nft", "/usr/sbin/iptables-legacy",
        "/usr/sbin/ip6tables", "/usr/sbin/ip6tables-nft", "/usr/sbin/ip6tables-legacy",
    ], [];
    "conntrack" conntrack::conntrack, ["/usr/sbin/conntrack"], [];
    "explain" explain::explain, ["/usr/local/bin/explain"], [];
    "ipset" ipset::ipset, ["/usr/sbin/ipset"], [];
    "nft" iptables::nft, ["/usr/sbin/nft"], [];
    "iptables-save" iptables::save, [
        "/usr/sbin/iptables-save", "/usr/sbin/iptables-nft-save", "/usr/sbin/iptables-legacy-save",
        "/usr/sbin/ip6tables-save", "/usr/sbin/ip6tables-nft-save", "/usr/sbin/ip6tables-legacy-save",
    ], [];
    "iptables-restore" iptables::restore, [
        "/usr/sbin/iptables-restore", "/usr/sbin/iptables-nft-restore",
        "/usr/sbin/iptables-legacy-restore", "/usr/sbin/ip6tables-restore",
        "/usr/sbin/ip6tables-nft-restore", "/usr/sbin/ip6tables-legacy-restore",
    ], [];
    "tc" tc::tc, ["/sbin/tc"], [];
    "ifconfig" ifconfig::ifconfig, ["/sbin/ifconfig"], [];
    "busybox-ifconfig" ifconfig::busybox, [], ["ifconfig"];
    "route" route::route, ["/sbin/route"], [];
    "busybox-route" route::busybox, [], ["route"];
    "arp" arp::arp, ["/usr/sbin/arp"], [];
    "busybox-arp" arp::busybox, [], ["arp"];
    "nginx" nginx::nginx, [], [];
    "not-simulated" not_simulated, [], [];
    "busybox" busybox, ["/bin/busybox"], ["busybox"];
    "brctl" brctl::brctl, ["/sbin/brctl"], [];
};

/// `busybox`: becomes the applet that the first word names.
async fn busybox(proc: Proc) -> i32 {
    let words = proc.args();
    let Some(name) = words.first() else {
        proc.print(&format!("{BANNER}\n\nCurrently defined functions:\n"));
        proc.print(&format!("\t{}\n", applets().join(", ")));
        return 0;
    };
    if name == "--list" {
        proc.print(&(applets().join("\n") + "\n"));
        return 0;
    }
    match applet(name) {
        Some(program) => proc.run_as(words, program).await,
        None => {
            proc.eprint(&format!("{name}: applet not found\n"));
            127
        }
    }
}

/// `not-simulated`: a program of which there is only the name.
async fn not_simulated(proc: Proc) -> i32 {
    let argv = proc.argv();
    let name = argv.first().map_or("", |path| path.rsplit('/').next().unwrap_or(path));
    proc.eprint(&format!("netsim does not simulate {name}\n"));
    1
}

/// The names of the applets of busybox, sorted.
fn applets() -> Vec<&'static str> {
    let mut names: Vec<&str> = ENTRIES.iter().flat_map(|entry| entry.busybox).copied().collect();
    names.sort_unstable();
    names
}

/// The applet with this name.
fn applet(name: &str) -> Option<Program> {
    ENTRIES.iter().find(|entry| entry.busybox.contains(&name)).map(|entry| entry.run)
}

/// The applets of busybox, each with the program that it is.
pub(super) fn applets_of() -> impl Iterator<Item = (&'static str, &'static str)> {
    ENTRIES.iter().flat_map(|entry| entry.busybox.iter().map(move |name| (*name, entry.name)))
}

/// The paths that programs have on a host, for those with these names.
pub(super) fn programs_of(names: &[&str]) -> impl Iterator<Item = (&'static str, &'static str)> {
    let wanted = ENTRIES.iter().filter(|entry| names.contains(&entry.name));
    wanted.flat_map(|entry| entry.host.iter().map(move |path| (*path, entry.name)))
}

/// All programs by their names.
pub(super) fn programs() -> impl Iterator<Item = (&'static str, Program)> {
    ENTRIES.iter().map(|entry| (entry.name, entry.run))
}

/// The paths of all programs on a host.
pub(super) fn programs_of_host() -> impl Iterator<Item = (&'static str, &'static str)> {
    ENTRIES.iter().flat_map(|entry| entry.host.iter().map(move |path| (*path, entry.name)))
}
