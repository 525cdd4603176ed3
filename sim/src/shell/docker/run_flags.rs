//! The flags of `docker run` and `docker create`, those without effect here, and those that are refused.

use super::attach::DETACH_KEYS;
use super::flags::{Flag, Given, joined, switch, value};
use super::limits::LIMITS;

const PULL_BEFORE_CREATING: &str =
    "Pull image before creating (\"always\"|\"missing\"|\"never\") (default \"missing\")";
const PULL_BEFORE_RUNNING: &str =
    "Pull image before running (\"always\"|\"missing\"|\"never\") (default \"missing\")";

const OWN: &[Flag] = &[
    value("add-host", None, "list", "Add a custom host-to-IP mapping (host:ip)"),
    value("attach", Some('a'), "list", "Attach to STDIN, STDOUT or STDERR"),
    value(
        "blkio-weight-device",
        None,
        "list",
        "Block IO weight (relative device weight) (default [])",
    ),
    value("cap-add", None, "list", "Add Linux capabilities"),
    value("cap-drop", None, "list", "Drop Linux capabilities"),
    value("cgroup-parent", None, "string", "Optional parent cgroup for the container"),
    value(
        "cgroupns",
        None,
        "string",
        "Cgroup namespace to use (host|private)\n'host':    Run the container in the Docker host's cgroup namespace\n'private': Run the container in its own private cgroup namespace\n'':        Use the cgroup namespace as configured by the\n           default-cgroupns-mode option on the daemon (default)",
    ),
    value("cidfile", None, "string", "Write the container ID to the file"),
    value("cpu-rt-period", None, "int", "Limit CPU real-time period in microseconds"),
    value("cpu-rt-runtime", None, "int", "Limit CPU real-time runtime in microseconds"),
    value("device", None, "list", "Add a host device to the container"),
    value("device-cgroup-rule", None, "list", "Add a rule to the cgroup allowed devices list"),
    value(
        "device-read-bps",
        None,
        "list",
        "Limit read rate (bytes per second) from a device (default [])",
    ),
    value(
        "device-read-iops",
        None,
        "list",
        "Limit read rate (IO per second) from a device (default [])",
    ),
    value(
        "device-write-bps",
        None,
        "list",
        "Limit write rate (bytes per second) to a device (default [])",
    ),
    value(
        "device-write-iops",
        None,
        "list",
        "Limit write rate (IO per second) to a device (default [])",
    ),
    switch("disable-content-trust", None, "Skip image verification (default true)"),
    value("dns", None, "list", "Set custom DNS servers"),
    value("dns-option", None, "list", "Set DNS options"),
    value("dns-search", None, "list", "Set custom DNS search domains"),
    value("domainname", None, "string", "Container NIS domain name"),
    value("entrypoint", None, "string", "Overwrite the default ENTRYPOINT of the image"),
    value("env", Some('e'), "list", "Set environment variables"),
    value("env-file", None, "list", "Read in a file of environment variables"),
    value("expose", None, "list", "Expose a port or a range of ports"),
    value(
        "gpus",
        None,
        "gpu-request",
        "GPU devices to add to the container ('all' to pass all GPUs)",
    ),
    value("group-add", None, "list", "Add additional groups to join"),
    value("health-cmd", None, "string", "Command to run to check health"),
    value(
        "health-interval",
        None,
        "duration",
        "Time between running the check (ms|s|m|h) (default 0s)",
    ),
    value("health-retries", None, "int", "Consecutive failures needed to report unhealthy"),
    value(
        "health-start-period",
        None,
        "duration",
        "Start period for the container to initialize before starting health-retries countdown (ms|s|m|h) (default 0s)",
    ),
    value(
        "health-timeout",
        None,
        "duration",
        "Maximum time to allow one check to run (ms|s|m|h) (default 0s)",
    ),
    switch("help", None, "Print usage"),
    value("hostname", Some('h'), "string", "Container host name"),
    switch(
        "init",
        None,
        "Run an init inside the container that forwards signals and reaps processes",
    ),
    switch("interactive", Some('i'), "Keep STDIN open even if not attached"),
    value("ip", None, "string", "IPv4 address (e.g., 172.30.100.104)"),
    value("ip6", None, "string", "IPv6 address (e.g., 2001:db8::33)"),
    value("ipc", None, "string", "IPC mode to use"),
    value("isolation", None, "string", "Container isolation technology"),
    value("label", Some('l'), "list", "Set meta data on a container"),
    value("label-file", None, "list", "Read in a line delimited file of labels"),
    value("link", None, "list", "Add link to another container"),
    value("link-local-ip", None, "list", "Container IPv4/IPv6 link-local addresses"),
    value("log-driver", None, "string", "Logging driver for the container"),
    value("log-opt", None, "list", "Log driver options"),
    value("mac-address", None, "string", "Container MAC address (e.g., 92:d0:c6:0a:29:33)"),
    value(
        "memory-swappiness",
        None,
        "int",
        "Tune container memory swappiness (0 to 100) (default -1)",
    ),
    value("mount", None, "mount", "Attach a filesystem mount to the container"),
    value("name", None, "string", "Assign a name to the container"),
    value("network", None, "network", "Connect a container to a network"),
    value("network-alias", None, "list", "Add network-scoped alias for the container"),
    switch("no-healthcheck", None, "Disable any container-specified HEALTHCHECK"),
    switch("oom-kill-disable", None, "Disable OOM Killer"),
    value("oom-score-adj", None, "int", "Tune host's OOM preferences (-1000 to 1000)"),
    value("pid", None, "string", "PID namespace to use"),
    value("platform", None, "string", "Set platform if server is multi-platform capable"),
    switch("privileged", None, "Give extended privileges to this container"),
    value("publish", Some('p'), "list", "Publish a container's port(s) to the host"),
    switch("publish-all", Some('P'), "Publish all exposed ports to random ports"),
    value("pull", None, "string", PULL_BEFORE_CREATING),
    switch("read-only", None, "Mount the container's root filesystem as read only"),
    value(
        "restart",
        None,
        "string",
        "Restart policy to apply when a container exits (default \"no\")",
    ),
    switch("rm", None, "Automatically remove the container when it exits"),
    value("runtime", None, "string", "Runtime to use for this container"),
    value("security-opt", None, "list", "Security Options"),
    value("shm-size", None, "bytes", "Size of /dev/shm"),
    value("stop-signal", None, "string", "Signal to stop a container (default \"SIGTERM\")"),
    value("stop-timeout", None, "int", "Timeout (in seconds) to stop a container"),
    value("storage-opt", None, "list", "Storage driver options for the container"),
    value("sysctl", None, "map", "Sysctl options (default map[])"),
    value("tmpfs", None, "list", "Mount a tmpfs directory"),
    switch("tty", Some('t'), "Allocate a pseudo-TTY"),
    value("ulimit", None, "ulimit", "Ulimit options (default [])"),
    value("user", Some('u'), "string", "Username or UID (format: <name|uid>[:<group|gid>])"),
    value("userns", None, "string", "User namespace to use"),
    value("uts", None, "string", "UTS namespace to use"),
    value("volume", Some('v'), "list", "Bind mount a volume"),
    value("volume-driver", None, "string", "Optional volume driver for the container"),
    value("volumes-from", None, "list", "Mount volumes from the specified container(s)"),
    value("workdir", Some('w'), "string", "Working directory inside the container"),
];

const RUN_ONLY: &[Flag] = &[
    switch("detach", Some('d'), "Run container in background and print container ID"),
    DETACH_KEYS,
    switch("sig-proxy", None, "Proxy received signals to the process (default true)"),
];

/// The flags of `create`; `run` has some more.
pub(super) const CREATE_FLAGS: &[Flag] = &joined::<{ OWN.len() + LIMITS.len() }>(OWN, &LIMITS);

/// The flags of `run`.
pub(super) const RUN_FLAGS: [Flag; CREATE_FLAGS.len() + RUN_ONLY.len()] = {
    let mut flags = joined(CREATE_FLAGS, RUN_ONLY);
    let mut n = 0;
    while n < flags.len() {
        if matches!(flags[n].name.as_bytes(), b"pull") {
            flags[n].help = PULL_BEFORE_RUNNING;
        }
        n += 1;
    }
    flags
};

/// Flags that ask for what a simulated container does not have.
const REFUSED: [&str; 19] = [
    "device",
    "device-cgroup-rule",
    "gpus",
    "health-cmd",
    "health-interval",
    "health-retries",
    "health-start-period",
    "health-timeout",
    "ipc",
    "isolation",
    "link-local-ip",
    "mount",
    "pid",
    "tmpfs",
    "userns",
    "uts",
    "volume",
    "volume-driver",
    "volumes-from",
];

/// Flags that mean something to the real engine, and change nothing that can be seen here.
const WITHOUT_EFFECT: [&str; 32] = [
    "blkio-weight",
    "blkio-weight-device",
    "cgroup-parent",
    "cgroupns",
    "cpu-period",
    "cpu-quota",
    "cpu-rt-period",
    "cpu-rt-runtime",
    "cpu-shares",
    "cpus",
    "cpuset-cpus",
    "cpuset-mems",
    "device-read-bps",
    "device-read-iops",
    "device-write-bps",
    "device-write-iops",
    "group-add",
    "kernel-memory",
    "log-driver",
    "log-opt",
    "memory",
    "memory-reservation",
    "memory-swap",
    "memory-swappiness",
    "oom-score-adj",
    "pids-limit",
    "read-only",
    "runtime",
    "security-opt",
    "shm-size",
    "storage-opt",
    "ulimit",
];

/// The first flag that is refused.
pub(super) fn refused_flag(given: &Given) -> Option<&'static str> {
    REFUSED.into_iter().find(|name| given.has(name))
}

/// The flags that have no effect.
pub(super) fn without_effect(given: &Given) -> Vec<String> {
    let found = WITHOUT_EFFECT.into_iter().filter(|name| given.has(name));
    found.map(|name| format!("--{name}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_or_has_no_effect_is_a_flag() {
        let is_flag = |name: &&str| CREATE_FLAGS.iter().any(|flag| flag.name == *name);
        assert!(REFUSED.iter().all(is_flag));
        assert!(WITHOUT_EFFECT.iter().all(is_flag));
    }
}
