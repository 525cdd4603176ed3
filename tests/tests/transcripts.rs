//! Real Docker's transcripts, replayed: what differs from the recording is written down with its reason
//! in `docker/known-differences.toml`, and nothing else differs.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use netsim_sim::engine::Seed;
use netsim_sim::lesson::transcript::{self, Line};
use netsim_sim::shell;
use netsim_sim::world::topology::Topology;
use netsim_tests::neutral::Neutral;
use regex_lite::Regex;
use serde::Deserialize;

/// What depends on the machine of the recording, and not on Docker's networking.
const NOT_COMPARED: &str = r"docker (info|version)|^ps |\bps -eo|tcpdump|tshark|nsenter .*ss |/proc/|uname|iptables -V|lsmod|ls -l|cat /etc/docker|docker system";

/// The list of differences.
#[derive(Debug, Deserialize)]
struct Known {
    /// Reasons, by a short name.
    reason: BTreeMap<String, String>,
    /// Of each transcript the lines with commands that differ, by reason.
    transcript: BTreeMap<String, BTreeMap<String, Vec<usize>>>,
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/docker"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What was printed, without the notes of whoever recorded it.
fn output(text: &str) -> String {
    let is_printed = |rest: &str| {
        ["Generated", "Completed", "Warning"].iter().any(|word| rest.starts_with(word))
    };
    let is_note = |line: &&str| line.strip_prefix("# ").is_some_and(|rest| !is_printed(rest));
    text.lines().filter(|line| !is_note(line)).map(|line| format!("{line}\n")).collect()
}

/// The lines of a transcript whose commands print something else here, with both outputs.
fn differences(name: &str) -> Vec<(usize, String)> {
    let topology = if name.starts_with('2') { "lab-kv.toml" } else { "lab.toml" };
    let topology = Topology::parse(&read(&folder().join(topology))).expect("a right topology");
    let mut world = topology.build(Seed(1), shell::platform()).expect("it boots");
    let text = read(&folder().join("transcripts").join(name));
    let is_host = |name: &str| ["kv", "docker-1", "docker-2", "client", "lan"].contains(&name);
    let all = transcript::parse(&text, is_host);
    let mut printed = String::new();
    transcript::replay(&mut world, &all, false, |step| printed += step);
    let mine = transcript::parse(&printed, is_host);
    let real: Vec<&Line> = all.iter().filter(|line| !line.unseen).collect();
    assert_eq!(real.len(), mine.len(), "{name}: each command is replayed once");
    let skipped = Regex::new(NOT_COMPARED).expect("a right pattern");
    let (mut ours, mut theirs) = (Neutral::default(), Neutral::default());
    let mut found = Vec::new();
    for (real, mine) in real.iter().zip(&mine) {
        let (a, b) = (theirs.block(&output(&real.recorded)), ours.block(&output(&mine.recorded)));
        if a != b && !skipped.is_match(&real.command) {
            let mut text = format!("{}:{}: {}\n", name, real.number, real.command);
            for (mark, lines) in [('-', &a), ('+', &b)] {
                for line in lines {
                    writeln!(text, "  {mark} {line}").expect("a string takes all");
                }
            }
            found.push((real.number, text));
        }
    }
    found
}

#[test]
fn only_known_commands_print_something_else_than_real_docker() {
    let known: Known =
        toml::from_str(&read(&folder().join("known-differences.toml"))).expect("a right list");
    let mut wrong = String::new();
    for (name, reasons) in &known.transcript {
        for reason in reasons.keys() {
            assert!(known.reason.contains_key(reason), "the reason '{reason}' is not given");
        }
        let mut listed: Vec<usize> = reasons.values().flatten().copied().collect();
        listed.sort_unstable();
        let found = differences(name);
        for (line, text) in &found {
            if !listed.contains(line) {
                wrong += text;
            }
        }
        for line in listed.iter().filter(|line| found.iter().all(|(at, _)| at != *line)) {
            writeln!(wrong, "{name}:{line}: agrees now; strike it from the list")
                .expect("a string takes all");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
