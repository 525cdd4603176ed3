//! What a stop says, as data: one value a kind of sentence, with the names that stand in it. It is written
//! in English here; other languages are the business of whoever shows it.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::kernel::DropReason;
use crate::kernel::netfilter::conntrack::ConnId;
use crate::kernel::step::{CtState, Verdict};
use crate::wire::rewrite::End;
use crate::wire::{FlowKey, Ipv4Addr, MacAddr, icmp, icmpv6};

/// What happened at a stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// A device receives it.
    Receives {
        /// How many bytes the frame has, if it was seen.
        bytes: Option<usize>,
    },
    /// A device sends it.
    Sends {
        /// How many bytes the frame has, if it was seen.
        bytes: Option<usize>,
    },
    /// It waits in the queue of a device.
    Queued,
    /// A bridge decides.
    Bridged(Bridging),
    /// A bridge learns where an address is.
    Learns {
        /// The address.
        mac: MacAddr,
        /// The device behind which it is.
        device: String,
    },
    /// A tunnel wraps it.
    Wraps {
        /// The VXLAN device.
        device: String,
        /// The network.
        vni: u32,
        /// The other end.
        remote: Ipv4Addr,
    },
    /// A tunnel unwraps it.
    Unwraps {
        /// The VXLAN device.
        device: String,
        /// The network.
        vni: u32,
    },
    /// The tag of a VLAN is put on.
    Tags(u16),
    /// The tag of a VLAN is taken off.
    Untags(u16),
    /// A macvlan hands it to another one.
    Sibling {
        /// That one.
        device: String,
    },
    /// A question is answered from a table, in somebody else's name.
    AnswersFor {
        /// The device that answers.
        device: String,
        /// Who was sought.
        ip: IpAddr,
        /// The answer.
        mac: MacAddr,
    },
    /// The routing tables decide.
    Routed(Routing),
    /// A table of the packet filter was walked to its end.
    Judged {
        /// The result.
        verdict: Verdict,
        /// Rules that did not match since the last thing that was told.
        missed: usize,
    },
    /// A rule matches.
    Matches {
        /// Its number.
        number: u16,
        /// Its text, if it is still known.
        text: Option<String>,
        /// Who put it there, if that is to be told.
        by: Option<Author>,
        /// Rules that did not match since the last thing that was told.
        missed: usize,
    },
    /// A rule does not match.
    Misses {
        /// Its number.
        number: u16,
        /// The first part of it that does not fit.
        part: String,
        /// What the packet has there.
        instead: Option<Instead>,
    },
    /// Connection tracking knows the connection.
    Tracked {
        /// Its state.
        state: CtState,
        /// Its entry, if that is to be told: number, the way there, the way back.
        entry: Option<(ConnId, FlowKey, FlowKey)>,
    },
    /// An address or a port is translated.
    Translated {
        /// Which end.
        end: End,
        /// What it was.
        from: (Ipv4Addr, u16),
        /// What it is.
        to: (Ipv4Addr, u16),
    },
    /// The next hop is looked up among the neighbours.
    Neighbor {
        /// The next hop.
        ip: IpAddr,
        /// Where it is; `None` while it is asked for.
        mac: Option<MacAddr>,
    },
    /// The time to live is lowered.
    Lives {
        /// What it was.
        from: u8,
    },
    /// It is cut into fragments.
    Cut {
        /// How many.
        count: u16,
        /// For this MTU.
        mtu: u16,
    },
    /// Fragments are one packet again.
    Joined,
    /// The maximum segment size is lowered.
    Clamped {
        /// What it was.
        from: u16,
        /// What it is.
        to: u16,
    },
    /// The sender is told of an error.
    Reported(icmp::Error),
    /// The sender is told of an error of IPv6.
    Reported6(icmpv6::Error),
    /// It has arrived.
    Arrived(Arrival),
    /// It is gone.
    Dropped {
        /// At which device.
        device: Option<String>,
        /// Why.
        reason: DropReason,
    },
}

/// What a bridge decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bridging {
    /// It knows the address: out of this device.
    To(String),
    /// To so many other ports.
    Flood(u16),
    /// For the host itself, by this device.
    Local(String),
    /// For the bridge itself.
    Itself,
}

/// What the routing tables decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Routing {
    /// The destination is an address of the namespace.
    Local,
    /// A broadcast address.
    Broadcast,
    /// A multicast group.
    Multicast,
    /// Out of a device.
    Via {
        /// The destination of the route; none where a socket named the device.
        prefix: Option<IpNet>,
        /// The next hop, if it is not the destination itself.
        gateway: Option<IpAddr>,
        /// The device.
        device: String,
    },
    /// Out of a device, over IPv6.
    Via6 {
        /// Length of the prefix of the route.
        prefix_len: u8,
        /// Whether the next hop is not the destination itself.
        by_gateway: bool,
        /// The device.
        device: String,
    },
}

/// What a packet has where a part of a rule wants something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Instead {
    /// This state of its connection.
    State(CtState),
    /// These ports.
    Ports(u16, u16),
    /// This source.
    Source(IpAddr),
    /// This destination.
    Destination(IpAddr),
    /// No device by which it comes in: it is made here.
    MadeHere,
    /// This device by which it comes in.
    CameBy(String),
    /// This protocol.
    Protocol(&'static str),
}

/// Who put a rule there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The program, if a line that somebody typed made it do so.
    pub program: Option<String>,
    /// The line.
    pub line: String,
}

/// Who gets it at last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrival {
    /// A socket.
    Socket,
    /// The TCP/IP stack itself.
    Stack,
    /// The neighbour table.
    Neighbors,
    /// Whoever sent what an ICMP error quotes.
    Error,
    /// A tunnel.
    Tunnel(String),
    /// The spanning tree of a bridge.
    SpanningTree,
}
