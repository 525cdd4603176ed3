//! Programs that live in time, and what they need: processes, files, pipes, terminals.
//!
//! A program reads top to bottom: `async fn ping(proc: Proc) -> i32`, with `proc.sleep(..).await` and
//! `socket.recv().await`. It reaches the kernel through [`Proc::sys`] and nothing else. [`runtime`]
//! polls it; wake-ups are events of the world, so runs repeat.
//!
//! Read [`proc`], then [`socket`], then any program.

pub(crate) mod alternatives;
pub(crate) mod calendar;
pub(crate) mod consul;
pub(crate) mod etcd;
pub(crate) mod files;
pub(crate) mod go;
mod host;
pub(crate) mod http;
mod id;
pub(crate) mod proc;
pub mod programs;
pub(crate) mod runtime;
pub(crate) mod signal;
pub mod socket;
mod spawn;
pub(crate) mod stream;
pub(crate) mod sync;
pub(crate) mod systemd;
pub(crate) mod terminal;

pub use files::{Node, Tree};
pub use host::Processes;
pub use id::{Pid, RootId};
pub use proc::{Either, Proc, Program, Software, boxed, select};
pub use runtime::{Core, LocalFuture};
pub use signal::Signal;
pub use spawn::{EXEC_TIME, ProcessView, Root, Spawn, host_environment};
pub use stream::{Channel, Follow, Piece, Record, Stream, Terminal};
