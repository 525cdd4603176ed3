//! `wget`: GNU's on hosts, busybox's in containers.

pub mod busybox;
