//! Making, changing, moving and removing devices (`net/core/rtnetlink.c` and the drivers' `newlink`).
//!
//! What is wrong is found before anything changes; errors are those of the kernel, sentence by
//! sentence.
//!
//! What is asked for is a [`LinkSpec`]; `create` makes it, with what `kind` says. Then one file for each
//! change: `name`, `mtu`, `port` (of a bridge), `group`, `namespace`, and at last `remove`.

mod create;
mod group;
mod kind;
mod mtu;
mod name;
mod namespace;
mod port;
mod remove;
mod spec;

pub use spec::{KindSpec, LinkSpec, VxlanSpec};
