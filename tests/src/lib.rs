//! The test kit of netsim.

pub mod corpus;
pub mod lan;

pub use lan::{Job, Lan};
