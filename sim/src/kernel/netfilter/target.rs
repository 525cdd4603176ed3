//! What a rule does with a packet that it matches.

use crate::wire::{Ipv4Addr, icmp};

use super::id::ChainKey;

/// A target (`-j`, `-g`), with its options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// No `-j`: only counts.
    None,
    /// The packet passes this table.
    Accept,
    /// The packet is dropped silently.
    Drop,
    /// Back to the chain that jumped here.
    Return,
    /// On with another chain; back here at its end.
    Jump(ChainKey),
    /// On with another chain; back to the caller of this one at its end.
    Goto(ChainKey),
    /// Dropped, and the sender is told.
    Reject(RejectWith),
    /// Written to the kernel's log.
    Log(Log),
    /// Sets the firewall mark.
    Mark(MarkChange),
    /// Sets, saves or restores the mark of the connection.
    Connmark(ConnmarkChange),
    /// Source translation to the address of the outgoing device.
    Masquerade(PortChoice),
    /// Source translation.
    Snat(Translation),
    /// Destination translation.
    Dnat(Translation),
    /// Destination translation to this host.
    Redirect(PortChoice),
    /// Translation of a whole network.
    Netmap(ipnet::Ipv4Net),
    /// Lowers or sets the MSS of SYNs.
    TcpMss(Mss),
    /// The packet is followed through all tables.
    Trace,
    /// How the packet's connection is tracked.
    Ct(CtOption),
    /// Sets the type of service.
    Tos {
        /// New bits.
        value: u8,
        /// Which bits change.
        mask: u8,
    },
    /// Sets the class of service.
    Dscp(u8),
    /// Changes the TTL.
    Ttl(TtlChange),
    /// Fills in a checksum (nothing to do: checksums are always right here).
    Checksum,
    /// Adds the packet's addresses to a set, or removes them.
    Set(SetChange),
}

/// Options of `CT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CtOption {
    /// As always.
    Nothing,
    /// `--notrack`: not at all.
    Notrack,
    /// The same, by its older name `NOTRACK`.
    OldNotrack,
}

/// What a rejected sender is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum RejectWith {
    NetUnreachable,
    HostUnreachable,
    ProtoUnreachable,
    PortUnreachable,
    NetProhibited,
    HostProhibited,
    AdminProhibited,
    TcpReset,
}

impl RejectWith {
    /// All of them.
    pub const ALL: [RejectWith; 8] = [
        RejectWith::NetUnreachable,
        RejectWith::HostUnreachable,
        RejectWith::ProtoUnreachable,
        RejectWith::PortUnreachable,
        RejectWith::NetProhibited,
        RejectWith::HostProhibited,
        RejectWith::AdminProhibited,
        RejectWith::TcpReset,
    ];

    /// As `--reject-with` takes it.
    pub fn name(self) -> &'static str {
        match self {
            RejectWith::NetUnreachable => "icmp-net-unreachable",
            RejectWith::HostUnreachable => "icmp-host-unreachable",
            RejectWith::ProtoUnreachable => "icmp-proto-unreachable",
            RejectWith::PortUnreachable => "icmp-port-unreachable",
            RejectWith::NetProhibited => "icmp-net-prohibited",
            RejectWith::HostProhibited => "icmp-host-prohibited",
            RejectWith::AdminProhibited => "icmp-admin-prohibited",
            RejectWith::TcpReset => "tcp-reset",
        }
    }

    /// The short names that iptables also takes.
    pub fn alias(self) -> &'static str {
        match self {
            RejectWith::NetUnreachable => "net-unreach",
            RejectWith::HostUnreachable => "host-unreach",
            RejectWith::ProtoUnreachable => "proto-unreach",
            RejectWith::PortUnreachable => "port-unreach",
            RejectWith::NetProhibited => "net-prohib",
            RejectWith::HostProhibited => "host-prohib",
            RejectWith::AdminProhibited => "admin-prohib",
            RejectWith::TcpReset => "tcp-rst",
        }
    }

    /// The ICMP error; `None` for a TCP reset.
    pub fn error(self) -> Option<icmp::Error> {
        Some(icmp::Error::Unreachable(match self {
            RejectWith::NetUnreachable => 0,
            RejectWith::HostUnreachable => 1,
            RejectWith::ProtoUnreachable => 2,
            RejectWith::PortUnreachable => 3,
            RejectWith::NetProhibited => 9,
            RejectWith::HostProhibited => 10,
            RejectWith::AdminProhibited => 13,
            RejectWith::TcpReset => return None,
        }))
    }
}

/// Options of `LOG`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// Severity, 0 to 7.
    pub level: u8,
    /// Put in front of the line.
    pub prefix: String,
    /// Whether TCP sequence numbers are logged.
    pub tcp_sequence: bool,
    /// Whether TCP options are logged.
    pub tcp_options: bool,
    /// Whether IP options are logged.
    pub ip_options: bool,
    /// Whether the user of the sending socket is logged.
    pub uid: bool,
    /// Whether the addresses of the frame are logged in words.
    pub mac_decode: bool,
}

impl Default for Log {
    fn default() -> Self {
        Log {
            level: Log::WARNING,
            prefix: String::new(),
            tcp_sequence: false,
            tcp_options: false,
            ip_options: false,
            uid: false,
            mac_decode: false,
        }
    }
}

impl Log {
    /// The severity if nothing else is said.
    pub const WARNING: u8 = 4;
}

/// A change of a 32-bit mark: `mark = (mark & !clear) ^ xor`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkChange {
    /// Bits that are cleared first.
    pub clear: u32,
    /// Bits that are flipped then.
    pub xor: u32,
}

impl MarkChange {
    /// Does it.
    pub fn apply(self, mark: u32) -> u32 {
        mark & !self.clear ^ self.xor
    }
}

/// Options of `CONNMARK`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnmarkChange {
    /// Sets the mark of the connection.
    Set(MarkChange),
    /// Copies the packet's mark to the connection.
    Save {
        /// Bits of the packet's mark that count.
        from: u32,
        /// Bits of the connection's mark that change.
        to: u32,
    },
    /// Copies the connection's mark to the packet.
    Restore {
        /// Bits of the connection's mark that count.
        from: u32,
        /// Bits of the packet's mark that change.
        to: u32,
    },
}

/// Which ports a translation may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PortChoice {
    /// The range, if one was given.
    pub ports: Option<(u16, u16)>,
    /// The port that becomes the first of the range; the others are shifted alike.
    pub base: Option<u16>,
    /// `--random`.
    pub random: bool,
    /// `--random-fully`.
    pub random_fully: bool,
}

/// The addresses and ports of `SNAT` and `DNAT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Translation {
    /// The range of addresses, if one was given.
    pub addresses: Option<(Ipv4Addr, Ipv4Addr)>,
    /// The ports.
    pub ports: PortChoice,
    /// `--persistent`.
    pub persistent: bool,
}

/// Options of `TCPMSS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mss {
    /// To the MTU of the path, less the headers.
    ClampToPmtu,
    /// To this value.
    Set(u16),
}

/// Options of `TTL`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TtlChange {
    /// To this value.
    Set(u8),
    /// By so much up.
    Inc(u8),
    /// By so much down.
    Dec(u8),
}

/// Options of `SET`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetChange {
    /// Which set.
    pub set: String,
    /// Whether the entry is added or removed.
    pub add: bool,
    /// Which addresses and ports make the entry; true means source.
    pub directions: Vec<bool>,
    /// Whether an existing entry's timeout starts anew.
    pub exist: bool,
    /// How long the entry is kept, if not as long as the set says.
    pub timeout: Option<u32>,
}

impl Target {
    /// The chain it jumps to.
    pub fn chain(&self) -> Option<ChainKey> {
        match self {
            Target::Jump(chain) | Target::Goto(chain) => Some(*chain),
            _ => None,
        }
    }

    /// Whether it only works on tracked connections.
    pub fn needs_tracking(&self) -> bool {
        matches!(
            self,
            Target::Connmark(_)
                | Target::Masquerade(_)
                | Target::Snat(_)
                | Target::Dnat(_)
                | Target::Redirect(_)
                | Target::Netmap(_)
        )
    }
}
