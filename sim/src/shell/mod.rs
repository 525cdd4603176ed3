//! Commands: text in, calls of the door, text out. Each command is a program of the process floor; a
//! command family is one file or folder with its parsing, its calls and its printing next to each other.
//!
//! Hosts have the tools of Debian (iproute2, iptables, iputils), containers those of busybox.
//! [`install`] lists them all, and says where they lie on a fresh host.

pub(crate) mod args;
mod awk;
pub(crate) mod bridge;
pub(crate) mod conntrack;
mod dmesg;
pub(crate) mod docker;
pub(crate) mod explain;
pub(crate) mod files;
pub(crate) mod filters;
mod follow;
pub mod images;
pub(crate) mod install;
pub(crate) mod ip;
pub(crate) mod ipset;
pub(crate) mod iptables;
pub(crate) mod nettools;
mod platform;
pub(crate) mod sed;
pub(crate) mod sh;
pub(crate) mod sysctl;
pub(crate) mod systemctl;
pub(crate) mod tc;
pub(crate) mod text;
pub(crate) mod tools;
mod xargs;

pub use docker::completion as docker_completion;
pub use platform::platform;
