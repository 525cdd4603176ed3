//! A property test: whatever networks containers join, two of them reach each other if and only if they
//! share one. In a crate of your own this stands in `tests/` as a `#[test]`.

use std::collections::BTreeSet;

use netsim_sim::lab::{Lab, LabError, Machine};
use netsim_sim::reach::Protocol;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

const NETWORKS: [&str; 3] = ["red", "green", "blue"];

/// Two containers on these networks, on one host.
fn lab(one: &BTreeSet<usize>, other: &BTreeSet<usize>) -> Result<Lab, LabError> {
    let mut lab = Lab::builder().machine(Machine::new("box").docker()).build()?;
    for network in NETWORKS {
        lab.run("box", &format!("docker network create {network}"))?;
    }
    for (name, networks) in [("one", one), ("other", other)] {
        // `create`, `connect`, `start`: a container may join several networks before it runs.
        let mut networks = networks.iter().map(|n| NETWORKS[*n]);
        let first = networks.next().unwrap_or("none");
        lab.run("box", &format!("docker create --name {name} --network {first} busybox sleep 9"))?;
        for network in networks {
            lab.run("box", &format!("docker network connect {network} {name}"))?;
        }
        lab.run("box", &format!("docker start {name}"))?;
    }
    Ok(lab)
}

fn main() {
    let networks = || prop::collection::btree_set(0..NETWORKS.len(), 1..=3);
    // A test of yours keeps what failed in a file; an example does not.
    let config = Config { failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(config);
    let outcome = runner.run(&(networks(), networks()), |(one, other)| {
        let lab = lab(&one, &other).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let cell = lab.reach("one", "other", Protocol::Icmp);
        let cell = cell.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(cell.reaches(), !one.is_disjoint(&other), "{:?}", cell.barrier());
        Ok(())
    });
    match outcome {
        Ok(()) => println!("it holds for {} random pairs", runner.config().cases),
        Err(error) => println!("{error}"),
    }
}
