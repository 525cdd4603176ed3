//! Programs that ask name servers, and one that is a name server.
//!
//! Hosts have the tools of BIND: [`nslookup`], [`dig`], [`host`], which share the way of asking
//! ([`bind`]); containers have busybox's [`busybox`]. [`dnsmasq`] answers.

mod bind;
pub mod busybox;
pub mod dig;
pub mod dnsmasq;
pub mod host;
pub mod nslookup;
