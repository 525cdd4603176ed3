//! The old commands: `ifconfig`, `route` and `arp` of net-tools 2.10 on hosts and of busybox in
//! containers, and `brctl` of bridge-utils.

pub(crate) mod arp;
pub(crate) mod brctl;
pub(crate) mod ifconfig;
mod ifconfig_set;
pub(crate) mod route;
mod usage;

use std::fmt::Display;

use super::args::Failure;
use super::ip::prefix::parse_ipv4;
use crate::kernel::{LinkId, NetlinkError};
use crate::process::Proc;
use crate::wire::Ipv4Addr;

/// Whose command it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    NetTools,
    Busybox,
}

/// One run of a command.
struct Tool {
    proc: Proc,
    style: Style,
    name: &'static str,
}

impl Tool {
    /// An error of a system call: `SIOCADDRT: File exists`.
    fn call_failed(&self, call: &str, error: impl Into<NetlinkError>, status: i32) -> Failure {
        let errno = error.into().errno();
        match self.style {
            Style::NetTools => Failure::new(format_args!("{call}: {errno}"), status),
            Style::Busybox => Failure::new(format_args!("{}: {call}: {errno}", self.name), 1),
        }
    }

    /// A sentence behind the name of the command.
    fn failure(&self, sentence: impl Display, status: i32) -> Failure {
        let status = if self.style == Style::Busybox { 1 } else { status };
        Failure::new(format_args!("{}: {sentence}", self.name), status)
    }

    fn is_busybox(&self) -> bool {
        self.style == Style::Busybox
    }

    fn device(&self, name: &str) -> Option<LinkId> {
        self.proc.sys(|sys| sys.link_named(name))
    }
}

/// An address of four numbers.
fn dotted(word: &str) -> Option<Ipv4Addr> {
    word.contains('.').then(|| parse_ipv4(word)).flatten()
}

/// The length of a mask, if its ones come first.
fn mask_length(mask: Ipv4Addr) -> Option<u8> {
    let mask = u32::from(mask);
    (mask.leading_ones() == mask.count_ones()).then(|| mask.leading_ones() as u8)
}

/// The mask of a length.
fn mask(length: u8) -> Ipv4Addr {
    Ipv4Addr::from(u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_and_lengths_belong_together() {
        for length in [0, 1, 8, 24, 31, 32] {
            assert_eq!(mask_length(mask(length)), Some(length));
        }
        assert_eq!(mask(20), Ipv4Addr::new(255, 255, 240, 0));
        assert_eq!(mask_length(Ipv4Addr::new(255, 0, 255, 0)), None);
    }
}
