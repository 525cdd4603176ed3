//! netsim's engine: Linux container networking as a deterministic simulation.

pub mod engine;
pub mod kernel;
pub mod wire;
