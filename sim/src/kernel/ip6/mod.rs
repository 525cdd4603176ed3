//! IPv6 and neighbour discovery: what a namespace does with packets of the other family.
//!
//! A device gets its addresses in [`address`], tries them out in [`dad`], and listens to groups in
//! [`groups`]; all of that is its [`Inet6`] in [`device`]. In: [`input`], [`forward`]. Out: [`output`].
//! They ask [`route`] (tables in [`fib`]) where to go, the table of neighbours (shared with IPv4,
//! [`super::ip::neighbor`]) for hardware addresses by [`ndp`], and report trouble through [`icmp`].
//!
//! There is no netfilter on this way (`ip6tables`), and no TCP or UDP at its end.

pub mod address;
pub mod dad;
pub mod device;
pub mod fib;
pub mod forward;
mod group;
pub mod groups;
pub mod icmp;
pub mod ifaddr;
pub mod inet6;
pub mod input;
pub mod ndp;
pub mod output;
pub mod path;
pub mod route;
mod task;

pub use ifaddr::{DadState, If6Addr};
pub use inet6::Inet6;
