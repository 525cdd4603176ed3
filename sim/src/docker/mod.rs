//! Docker: the daemon of a host (libnetwork in miniature), above the door of the kernel.
//!
//! [`daemon`] is the program `dockerd`; its verbs are in the files named after their objects. Drivers
//! only ever say what an operator could type: links, addresses, rules, neighbours. What several hosts
//! share travels as packets: [`store`] to the key-value store, [`gossip`] between the daemons.
//!
//! Read [`model`], [`daemon`], then [`network`], [`endpoint`], [`sandbox`], [`container`].

pub mod error;
pub mod id;
pub mod ipam;
pub mod model;
pub mod store;

pub use error::{ApiError, ErrorKind};
