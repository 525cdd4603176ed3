//! The test kit of netsim.

pub mod lan;

pub use lan::{Job, Lan};
