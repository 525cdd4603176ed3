//! Random clusters against Docker's rules.
//!
//! [`rules`] says who should reach whom, [`deed`] what users do, [`trial`] builds the cluster in the
//! simulator, asks, and compares.

pub mod deed;
pub mod rules;
pub mod trial;

use std::cell::Cell;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

pub use deed::{Deed, Plan, plan};
pub use trial::{Disagreement, Trial};

/// A cluster that disagrees with the rules, made as small as possible.
#[derive(Debug, Clone)]
pub struct Failure {
    /// What is wrong.
    pub disagreement: Disagreement,
    /// The cluster as a lesson that `netsim scenario FILE` plays; its last check fails.
    pub lesson: String,
    /// The cluster.
    pub plan: Plan,
}

/// Builds the cluster with a number, the same one for the same number, and asks; how many questions.
///
/// # Errors
///
/// The smallest cluster like it that disagrees.
pub fn case(number: u64) -> Result<usize, Box<Failure>> {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number.to_be_bytes());
    let config = Config { failure_persistence: None, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let tree = plan().new_tree(&mut runner).expect("the strategy refuses nothing");
    let asked = Cell::new(0);
    let outcome = runner.run_one(tree, |plan| match holds(&plan) {
        Ok(questions) => {
            asked.set(questions);
            Ok(())
        }
        Err(disagreement) => Err(TestCaseError::fail(disagreement.to_string())),
    });
    match outcome {
        Ok(_) => Ok(asked.get()),
        Err(TestError::Fail(_, plan)) => Err(Box::new(Failure::of(plan))),
        Err(TestError::Abort(reason)) => panic!("the strategy gives up: {reason}"),
    }
}

fn holds(plan: &Plan) -> Result<usize, Disagreement> {
    Trial::of(plan)?.compare()
}

impl Failure {
    fn of(plan: Plan) -> Failure {
        let unsure =
            || Disagreement { sentence: "it is not the same twice".to_owned(), check: None };
        let disagreement = holds(&plan).err().unwrap_or_else(unsure);
        let checks: Vec<&str> = disagreement.check.as_deref().into_iter().collect();
        let lesson = match Trial::of(&plan) {
            Ok(trial) => trial.lesson(&checks),
            Err(error) => format!("The cluster cannot be built: {error}\n\n{plan:#?}\n"),
        };
        Failure { disagreement, lesson, plan }
    }
}
