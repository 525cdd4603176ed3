//! The ground floor: simulated time, the order of events, seeded randomness.
//!
//! Nothing here knows of networks. Read [`time`], then [`queue`], then [`rng`].

pub mod queue;
pub mod rng;
pub mod time;

pub use queue::Queue;
pub use rng::{Rng, Seed};
pub use time::{Span, Time};
