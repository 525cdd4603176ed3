//! The test kit of netsim.

pub mod corpus;
pub mod differential;
pub mod isolation;
pub mod lab;
pub mod lan;
pub mod long;
pub mod neutral;

pub use lan::{Job, Lan};
