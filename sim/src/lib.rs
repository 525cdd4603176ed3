//! netsim's engine: Linux container networking as a deterministic simulation.
//!
//! ```
//! use netsim_sim::lab::{Lab, Machine};
//! use netsim_sim::reach::Protocol;
//!
//! # fn main() -> Result<(), netsim_sim::lab::LabError> {
//! let mut lab = Lab::builder()
//!     .segment("lan", "10.0.0.0/24")
//!     .machine(Machine::new("a").on("lan", "10.0.0.1").docker())
//!     .machine(Machine::new("b").on("lan", "10.0.0.2"))
//!     .build()?;
//! lab.run("a", "docker run -d --name web -p 80:80 busybox httpd -f -p 80")?;
//! assert!(lab.reach("b", "a", Protocol::Tcp(80))?.reaches());
//! # Ok(())
//! # }
//! ```
//!
//! # Where to begin
//!
//! - [`lab`]: machines in a few lines, commands, captures. For tests and programs this is often all.
//! - [`reach`]: who can talk to whom, and the reason where they cannot.
//! - [`trace::journey`] and [`trace::telling`]: the way of a packet, as data and in sentences.
//! - [`lesson`]: lessons in Markdown; [`lesson::play`] runs them.
//! - `examples/`: a first lab, a property test, programs of your own, a capture for Wireshark.
//!
//! # How it is built
//!
//! Read the floors from below: [`engine`], [`wire`], [`kernel`], [`process`], [`trace`], [`docker`],
//! [`world`], [`shell`], [`reach`], [`lesson`], [`lab`], [`workload`]. A floor uses those below it, never one
//! above. Nothing here touches a file, a clock, a thread or the network: time is [`engine::Time`], and chance
//! comes from [`engine::Seed`].
//!
//! # What is kept stable
//!
//! Until 1.0 a minor version may change anything, and the changelog says what. [`lab`], [`reach`], the codes
//! of [`reach::Kind`] and [`kernel::DropReason`], the format of lessons and [`world::topology`] change only
//! with a good reason; [`engine`], [`wire`] and [`kernel`] are open so that one can look, and move freely. How
//! programs, Docker's engine and the shell do their work is private.

pub mod docker;
pub mod engine;
pub mod kernel;
pub mod lab;
pub mod lesson;
pub mod process;
pub mod reach;
pub mod shell;
pub mod trace;
pub mod wire;
pub mod workload;
pub mod world;
