//! Programs that ask name servers, and one that is a name server.
//!
//! Hosts have the tools of BIND: [`nslookup`], [`dig`], [`host`], which share the way of asking
//! ([`bind`]); containers have busybox's [`busybox`]. [`dnsmasq`] answers.

mod bind;
pub(crate) mod busybox;
pub(crate) mod dig;
pub(crate) mod dnsmasq;
pub(crate) mod host;
pub(crate) mod nslookup;
