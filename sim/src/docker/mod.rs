//! Docker: the daemon of a host (libnetwork in miniature), above the door of the kernel.
//!
//! [`daemon`] is the program `dockerd`; its verbs are in the files named after their objects. Drivers
//! only ever say what an operator could type: links, addresses, rules, neighbours. What several hosts
//! share travels as packets: [`store`] to the key-value store, [`cluster`] between the daemons.
//!
//! Read [`model`], [`daemon`], then [`network`], [`endpoint`], [`sandbox`], [`container`].

pub mod cluster;
pub mod config;
mod connect;
pub mod container;
pub mod daemon;
pub mod driver;
mod endpoint;
pub mod error;
mod etc;
pub mod events;
pub mod id;
pub mod image;
pub mod inspect;
pub mod ipam;
pub mod journal;
mod leftovers;
pub mod model;
pub mod network;
pub mod places;
mod ports;
pub mod proxy;
mod resolver;
mod rules;
mod sandbox;
pub mod store;
pub mod view;

pub use daemon::Daemon;
pub use error::{ApiError, ErrorKind};
