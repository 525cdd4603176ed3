//! Published ports: as they are asked for, and as they are.

use std::net::IpAddr;

use crate::process::Pid;
use crate::wire::Ipv4Addr;

/// A port with its protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Port {
    /// The number.
    pub number: u16,
    /// `tcp`, `udp` or `sctp`.
    pub protocol: Protocol,
}

/// The protocol of a published port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Protocol {
    Tcp,
    Udp,
    Sctp,
}

impl Protocol {
    /// As it is written behind the slash.
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
            Protocol::Sctp => "sctp",
        }
    }

    /// The protocol with this name.
    pub fn named(name: &str) -> Option<Protocol> {
        [Protocol::Tcp, Protocol::Udp, Protocol::Sctp].into_iter().find(|p| p.name() == name)
    }
}

impl std::fmt::Display for Port {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.number, self.protocol.name())
    }
}

/// A published port, as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortRequest {
    /// The port inside.
    pub container: Port,
    /// The address outside; unspecified means all.
    pub host_ip: Option<Ipv4Addr>,
    /// The ports outside from which one is chosen; `None` means any free one.
    pub host_ports: Option<(u16, u16)>,
}

/// A published port, as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortBinding {
    /// The port inside.
    pub container: Port,
    /// The address outside.
    pub host_ip: IpAddr,
    /// The port outside.
    pub host_port: u16,
    /// The process that carries what address translation does not.
    pub proxy: Option<Pid>,
}
