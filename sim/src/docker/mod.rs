//! Docker: the daemon of a host (libnetwork in miniature), above the door of the kernel.
//!
//! [`dockerd`] is the program, [`daemon`] what it knows; its verbs are in the files named after their objects. Drivers
//! only ever say what an operator could type: links, addresses, rules, neighbours. What several hosts
//! share travels as packets: [`store`] to the key-value store, [`cluster`] between the daemons.
//!
//! Read [`model`], [`daemon`], then [`network`], [`endpoint`], [`sandbox`], [`container`].

pub(crate) mod cluster;
pub(crate) mod config;
mod configuration;
mod connect;
pub(crate) mod container;
pub(crate) mod daemon;
pub(crate) mod dockerd;
pub(crate) mod driver;
mod endpoint;
pub(crate) mod error;
mod etc;
pub(crate) mod events;
pub(crate) mod id;
pub(crate) mod image;
pub(crate) mod inspect;
pub(crate) mod ipam;
mod ipv6;
pub mod journal;
mod leftovers;
pub(crate) mod model;
pub(crate) mod network;
mod peers;
pub mod places;
mod ports;
pub(crate) mod proxy;
mod resolver;
mod rules;
mod sandbox;
pub(crate) mod store;
mod tell;
pub(crate) mod view;

pub use container::ExecRequest;
pub use daemon::Daemon;
pub use error::{ApiError, ErrorKind};
