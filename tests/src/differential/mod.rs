//! Random labs on the real kernel and in the simulator: whatever `ping`, `nc` and `ip` print must be the
//! same.
//!
//! [`random`] makes a script, [`real`] runs it in namespaces of its own as root, [`compare`] runs it in
//! the simulator and tells the differences, [`shrink`] makes a script that differs as short as possible.

pub mod compare;
mod filter;
pub mod random;
pub mod real;
pub mod shrink;

pub use compare::{Difference, differences};
pub use random::script;
