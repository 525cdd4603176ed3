//! Containers of random clusters reach each other if and only if Docker's rules say so. A cluster that
//! disagrees is made as small as possible and written as a lesson, which `netsim scenario FILE` plays.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::thread;

use netsim_tests::{isolation, long};

/// How many clusters: the same ones everywhere. `trials isolation` runs as many as you like.
const CASES: u64 = 100;

#[test]
fn containers_reach_each_other_if_and_only_if_the_rules_say_so() {
    let jobs = thread::available_parallelism().map_or(1, usize::from);
    let mut report = String::new();
    let tell = |number, result: Result<usize, Box<isolation::Failure>>| {
        let Err(failure) = result else { return };
        let name = format!("isolation-{number}.md");
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::write(&path, &failure.lesson).expect("the target folder can be written");
        report += &format!("{}\n  in {}\n", failure.disagreement, path.display());
    };
    long::run((0..CASES).collect(), jobs, &AtomicBool::new(false), isolation::case, tell);
    assert!(report.is_empty(), "{report}");
}
