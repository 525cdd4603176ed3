//! netsim's engine: Linux container networking as a deterministic simulation.

pub mod docker;
pub mod engine;
pub mod kernel;
pub mod lesson;
pub mod process;
pub mod shell;
pub mod trace;
pub mod wire;
pub mod workload;
pub mod world;
