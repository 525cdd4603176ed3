//! Runs a script on the real kernel, in network, mount and process namespaces of its own: nothing of it
//! touches the machine, and nothing remains. Needs root, iproute2, iptables, ping, nc.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use super::compare::Step;

/// Every namespace begins as a bare host of the simulator does (`netsim run`).
const BARE: &str = "\
mount -t tmpfs none /run/netns
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
sysctl -qw net.bridge.bridge-nf-call-iptables=0 2> /dev/null
ip link set lo up
";

/// Whether labs can be run here.
pub fn is_possible() -> bool {
    succeeds("ip link add type vxlan id 1 dstport 4789 && iptables -S")
}

/// Whether bridges can have VLANs here.
pub fn has_vlans() -> bool {
    succeeds("ip link add type bridge vlan_filtering 1")
}

fn succeeds(line: &str) -> bool {
    let mut command = Command::new("unshare");
    command.args(["--net", "--mount", "--pid", "--fork", "sh", "-c", line]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Runs a script; what each of its lines printed, and its exit status.
///
/// # Errors
///
/// No room for files, or `unshare` cannot be started.
pub fn run(script: &str, folder: &Path) -> io::Result<Vec<Step>> {
    fs::create_dir_all("/run/netns")?;
    fs::create_dir_all(folder)?;
    let lines: Vec<&str> = script.lines().filter(|line| !line.is_empty()).collect();
    let mut text = BARE.to_owned();
    for (n, line) in lines.iter().enumerate() {
        text += &line_of_shell(n, line);
    }
    text += "wait\n";
    let path = folder.join("lab.sh");
    fs::write(&path, text)?;
    let mut command = Command::new("unshare");
    command.args(["--net", "--mount", "--pid", "--fork", "--kill-child", "sh"]);
    command.arg(&path).current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status()?;
    let steps = lines.iter().enumerate().map(|(n, line)| {
        let read = |kind: &str| fs::read_to_string(folder.join(format!("{n}.{kind}")));
        let status = read("status").ok().and_then(|text| text.trim().parse().ok());
        Step {
            line: (*line).to_owned(),
            // `wait` and `sleep` say nothing.
            status: status.unwrap_or(0),
            output: read("out").unwrap_or_default(),
        }
    });
    let steps = steps.collect();
    fs::remove_dir_all(folder)?;
    Ok(steps)
}

/// A line with its output and status in files.
fn line_of_shell(n: usize, line: &str) -> String {
    match line.strip_suffix(" &") {
        _ if line == "wait" || line.starts_with("sleep ") => format!("{line}\n"),
        Some(line) => {
            // 250 ms from job to job, as the simulator's scripts have it.
            format!("{{ {line} > {n}.out 2>&1; echo $? > {n}.status; }} &\nsleep 0.25\n")
        }
        None => {
            let bare = match line.strip_prefix("ip netns add ") {
                Some(ns) => format!(
                    "ip netns exec {ns} sysctl -qw net.ipv6.conf.all.disable_ipv6=1 \
                     net.ipv6.conf.default.disable_ipv6=1 2> /dev/null\n"
                ),
                None => String::new(),
            };
            format!("{line} > {n}.out 2>&1; echo $? > {n}.status\n{bare}")
        }
    }
}
