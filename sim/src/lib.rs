//! netsim's engine: Linux container networking as a deterministic simulation.
//!
//! ```
//! use netsim_sim::{engine::Seed, shell, world::topology::Topology};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let lab = "segment.lan = { subnet = '10.0.0.0/24' }
//! host.a = { lan = '10.0.0.1' }
//! host.b = { lan = '10.0.0.2' }";
//! let mut world = Topology::parse(lab)?.build(Seed(1), shell::platform())?;
//! let a = world.host_named("a").ok_or("the lab has a host 'a'")?;
//! assert_eq!(world.run_command(a, "ping -c 1 10.0.0.2").status, 0);
//! # Ok(())
//! # }
//! ```
//!
//! Read the floors from below: [`engine`], [`wire`], [`kernel`], [`process`], [`trace`], [`docker`],
//! [`world`], [`shell`], [`lesson`], [`workload`].

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
