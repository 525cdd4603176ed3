//! What cannot be done in a lab.

use crate::world::topology::TopologyError;

/// What cannot be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LabError {
    /// The machines cannot be built as they are described.
    #[error("the lab cannot be built: {0}")]
    Topology(#[from] TopologyError),
    /// Nobody is called like that; the hint names who may have been meant, or everyone.
    #[error("{message}; {hint}")]
    NoSuchPlace {
        /// What is wrong.
        message: String,
        /// Who may have been meant, or everyone who is there.
        hint: String,
    },
    /// A command ended with another status than 0.
    #[error("{place}$ {command}\nended with status {status} and wrote:\n{output}")]
    Failed {
        /// Where it was typed.
        place: String,
        /// What was typed.
        command: String,
        /// Its exit status.
        status: i32,
        /// What it wrote.
        output: String,
    },
    /// A command still ran after an hour of simulated time, or did too much: a loop, perhaps.
    #[error("{place}$ {command}\ndid not end; it wrote:\n{output}")]
    Endless {
        /// Where it was typed.
        place: String,
        /// What was typed.
        command: String,
        /// What it wrote until then.
        output: String,
    },
}
