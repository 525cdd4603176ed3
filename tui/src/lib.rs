//! The command line and the screen of netsim. A library only so that benchmarks reach it: the program is
//! `netsim`.

pub mod cli;
mod store;
mod text;
pub mod ui;
