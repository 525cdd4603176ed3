//! The recorded cases of a real Linux kernel, played in the simulator.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use netsim_tests::corpus;

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("kernel");
    let entries = fs::read_dir(folder).expect("the corpus is here");
    let paths = entries.map(|entry| entry.expect("a folder can be read").path());
    let mut cases: Vec<PathBuf> = paths.filter(|path| path.is_dir()).collect();
    cases.sort();
    cases
}

/// Cases that are known to differ: their names, before a blank. docs/fidelity.md tells why.
fn known() -> BTreeSet<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("kernel/known-differences");
    let text = fs::read_to_string(file).expect("the list is here");
    let names = text.lines().filter_map(|line| line.split_whitespace().next());
    names.map(str::to_owned).collect()
}

#[test]
fn recorded_cases_agree_with_the_kernel() {
    let queue = Mutex::new(cases());
    let differing = Mutex::new(Vec::new());
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().expect("no worker panics with the lock").pop();
                    let Some(case) = next else { break };
                    let found = corpus::differences(&case);
                    if !found.is_empty() {
                        let name = case.file_name().map(|name| name.to_string_lossy().into_owned());
                        let entry = (name.unwrap_or_default(), found);
                        differing.lock().expect("no worker panics with the lock").push(entry);
                    }
                }
            });
        }
    });
    let differing = differing.into_inner().expect("no worker panicked");
    let known = known();
    let names: BTreeSet<String> = differing.iter().map(|(name, _)| name.clone()).collect();
    let mut report = String::new();
    for (name, found) in differing.iter().filter(|(name, _)| !known.contains(name)) {
        report += &format!("{name}:\n  {}\n", found.join("\n  "));
    }
    for name in known.difference(&names) {
        report += &format!("{name} agrees now: take it out of known-differences\n");
    }
    assert!(report.is_empty(), "{report}");
}
