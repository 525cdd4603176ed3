//! Commands: text in, calls of the door, text out. Each command is a program of the process floor; a
//! command family is one file or folder with its parsing, its calls and its printing next to each other.
//!
//! Hosts have the tools of Debian (iproute2, iptables, iputils), containers those of busybox.
//! [`install`] lists them all, and says where they lie on a fresh host.

pub mod args;
mod awk;
pub mod bridge;
pub mod busybox;
pub mod conntrack;
pub mod docker;
pub mod explain;
pub mod files;
pub mod filters;
pub mod images;
pub mod install;
pub mod ip;
pub mod ipset;
pub mod iptables;
pub mod nettools;
pub mod sed;
pub mod sh;
pub mod sysctl;
pub mod systemctl;
pub mod tc;
pub mod text;
pub mod tools;

pub use install::platform;
