//! The test kit of netsim.

pub mod corpus;
pub mod lan;
pub mod neutral;

pub use lan::{Job, Lan};
