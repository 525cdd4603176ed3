//! [`Step`] and [`DropReason`]: everything that can happen to a packet. This is the one vocabulary of
//! the trace, the journeys, the lessons and the screen.
//!
//! Steps are small plain data (ids, numbers, addresses), so that noting one costs a few nanoseconds;
//! names are looked up when somebody reads.

use ipnet::Ipv4Net;

use crate::wire::{Ipv4Addr, Ipv6Addr, MacAddr, PacketId, icmp, icmpv6, rewrite::End};

use super::id::{LinkId, SocketId};
use super::netfilter::{Hook, RuleId, TableName};

/// One thing that happened to a packet, at a place that the note names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It was made here.
    Created {
        /// Why.
        cause: Cause,
    },
    /// A device received the frame.
    Received,
    /// A device sent the frame.
    Transmitted,
    /// It waits in a device's queue.
    Queued,
    /// A bridge chose where it goes.
    Bridge(Forwarding),
    /// A bridge or VXLAN device learnt that this address is behind the place of the note.
    Learned(MacAddr),
    /// A VXLAN device wrapped the frame for another host.
    Encapsulated {
        /// VXLAN network identifier.
        vni: u32,
        /// The other end of the tunnel.
        remote: Ipv4Addr,
    },
    /// A VXLAN device unwrapped the frame.
    Decapsulated {
        /// VXLAN network identifier.
        vni: u32,
    },
    /// An 802.1Q tag was put on.
    Tagged(u16),
    /// An 802.1Q tag was taken off.
    Untagged(u16),
    /// A macvlan or ipvlan device handed the frame straight to its sibling.
    Sibling(LinkId),
    /// The ARP question was answered in somebody else's name, from a table.
    ProxyAnswered {
        /// The address asked for.
        ip: Ipv4Addr,
        /// The answer.
        mac: MacAddr,
    },
    /// The routing tables decided.
    Route(Route),
    /// The IPv6 routes decided.
    Route6(Route6),
    /// A netfilter table was walked to its end.
    Table {
        /// Where in the path.
        hook: Hook,
        /// Which table.
        table: TableName,
        /// The result.
        verdict: Verdict,
    },
    /// A rule was compared with the packet.
    Rule {
        /// Which rule, whatever its number is now.
        rule: RuleId,
        /// Its number in its chain when it was tried.
        number: u16,
        /// What came of it.
        outcome: RuleOutcome,
    },
    /// Connection tracking found or made an entry.
    Conntrack {
        /// The number of the entry, stable for its life.
        entry: u32,
        /// The state that rules see.
        state: CtState,
    },
    /// An address or port was translated.
    Nat {
        /// Which end.
        end: End,
        /// Before.
        from: (Ipv4Addr, u16),
        /// After.
        to: (Ipv4Addr, u16),
    },
    /// The neighbour table was asked for the next hop.
    Neighbor {
        /// The next hop.
        ip: Ipv4Addr,
        /// The answer.
        answer: NeighborAnswer,
    },
    /// The table of IPv6 neighbours was asked for the next hop.
    Neighbor6 {
        /// The next hop.
        ip: Ipv6Addr,
        /// The answer.
        answer: NeighborAnswer,
    },
    /// A router lowered the TTL.
    Ttl {
        /// Before.
        from: u8,
    },
    /// It was cut into fragments.
    Fragmented {
        /// How many.
        count: u16,
        /// For this MTU.
        mtu: u16,
    },
    /// Fragments became a packet again.
    Reassembled,
    /// The MSS option of a SYN was lowered.
    MssClamped {
        /// Before.
        from: u16,
        /// After.
        to: u16,
    },
    /// An ICMP error was made about it.
    Reported(icmp::Error),
    /// An ICMPv6 error was made about it.
    Reported6(icmpv6::Error),
    /// It has arrived.
    Delivered(Delivery),
    /// It is gone.
    Dropped(DropReason),
}

/// Why a packet was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cause {
    /// By the kernel itself: a timer, a change of its tables.
    #[default]
    Kernel,
    /// By a program: the number of the process that somebody outside started, for whom it was made.
    Process(u32),
    /// As an answer to another packet, by the kernel or by a program that it woke.
    Packet(PacketId),
}

/// A bridge's decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forwarding {
    /// The address is known: out of this port.
    To(LinkId),
    /// Unknown, broadcast or multicast: out of so many other ports.
    Flood {
        /// How many ports it leaves by.
        ports: u16,
    },
    /// For the host itself, by the bridge's own device.
    Local,
    /// The group address of the spanning tree: for the bridge, never forwarded.
    LinkLocal,
}

/// A routing decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// One of this namespace's own addresses.
    Local,
    /// A broadcast address of this namespace.
    Broadcast,
    /// A multicast group.
    Multicast,
    /// Out of this device.
    Via {
        /// The device.
        link: LinkId,
        /// The next hop, when it is not the destination itself.
        gateway: Option<Ipv4Addr>,
        /// The destination of the route that matched; none where a socket named the device.
        prefix: Option<Ipv4Net>,
    },
}

/// A routing decision about an IPv6 packet. Steps are small, so the prefix is only counted: it is that of
/// the destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route6 {
    /// One of this namespace's own addresses.
    Local,
    /// A group.
    Multicast,
    /// Out of this device.
    Via {
        /// The device.
        link: LinkId,
        /// Whether the next hop is not the destination itself.
        by_gateway: bool,
        /// Length of the prefix of the route that matched.
        prefix_len: u8,
    },
}

/// What a table said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Go on.
    Accept,
    /// Gone.
    Drop,
    /// The end of the chain was reached and its policy accepted.
    PolicyAccept,
    /// The end of the chain was reached and its policy dropped.
    PolicyDrop,
}

/// What came of one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleOutcome {
    /// It matched, and its target was applied.
    Matched,
    /// It did not match: the first part that failed, counted from 0 as `iptables -S` prints them.
    Failed(u8),
}

/// The state of a connection as rules see it (`--ctstate`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CtState {
    /// The first packets of one direction.
    New,
    /// Packets have been seen in both directions.
    Established,
    /// Belongs to a known connection: an ICMP error.
    Related,
    /// Fits no connection.
    Invalid,
    /// Not tracked, by a rule.
    Untracked,
}

/// What the neighbour table said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NeighborAnswer {
    /// The hardware address is known.
    Known(MacAddr),
    /// Unknown: the packet waits while it is asked for.
    Waiting,
}

/// Who got it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// A socket.
    Socket(SocketId),
    /// The TCP/IP endpoint itself, which answers (an echo request, a closed port).
    Endpoint,
    /// The neighbour table (ARP).
    Neighbors,
    /// The table of IPv6 neighbours.
    NeighborDiscovery,
    /// The error handling of a flow (ICMP errors).
    IcmpError,
    /// A VXLAN device, which unwraps it.
    Tunnel(LinkId),
    /// The spanning tree of a bridge.
    SpanningTree,
}

macro_rules! drop_reasons {
    ($($(#[$doc:meta])* $name:ident: $layer:ident, $code:literal, $sentence:literal;)*) => {
        /// Why a packet is gone.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum DropReason { $($(#[$doc])* #[doc = $sentence] $name,)* }

        impl DropReason {
            /// All reasons, in the order of the layers.
            pub const ALL: &'static [DropReason] = &[$(DropReason::$name,)*];

            /// The layer that decided.
            pub fn layer(self) -> Layer {
                match self { $(DropReason::$name => Layer::$layer,)* }
            }

            /// A short code for tables and JSON, stable over versions.
            pub fn code(self) -> &'static str {
                match self { $(DropReason::$name => $code,)* }
            }

            /// A sentence for a learner.
            pub fn sentence(self) -> &'static str {
                match self { $(DropReason::$name => $sentence,)* }
            }
        }
    };
}

/// The layer at which something was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// Cables and devices.
    L1,
    /// Frames, bridges, tunnels.
    L2,
    /// Addresses and routes.
    L3,
    /// Ports and connections.
    L4,
    /// Packet filter rules.
    Filter,
}

impl Layer {
    /// As lessons write it.
    pub fn name(self) -> &'static str {
        match self {
            Layer::L1 => "L1",
            Layer::L2 => "L2",
            Layer::L3 => "L3",
            Layer::L4 => "L4",
            Layer::Filter => "filter",
        }
    }
}

drop_reasons! {
    LinkDown: L1, "link-down", "the device is down";
    NoCarrier: L1, "no-carrier", "the other end of the cable is down or not plugged in";
    CableLoss: L1, "loss", "the cable lost it";
    QueueFull: L1, "queue-full", "the queue of the device is full";
    Storm: L1, "storm", "a loop without spanning tree: it has crossed devices thousands of times, and netsim stops it here";
    Netem: L1, "netem", "tc netem was told to lose it";
    Swallowed: L1, "dummy", "a dummy device swallows every frame";
    TooBigForPeer: L1, "peer-mtu", "the frame is larger than the MTU of the device at the other end";
    DeviceGone: L1, "device-gone", "the device was removed while the frame was on its way";
    Runt: L2, "runt", "the frame is too short for an Ethernet header";
    OtherHost: L2, "other-host", "the destination MAC address belongs to somebody else";
    BadSourceMac: L2, "bad-source-mac", "the source MAC address is a group address or zero";
    PortBlocked: L2, "port-blocked", "the bridge port is not forwarding (spanning tree, or down)";
    SamePort: L2, "same-port", "the destination is behind the port it came from, and hairpin is off";
    NoEgressPort: L2, "no-egress", "no other bridge port may carry it";
    Isolated: L2, "isolated", "both bridge ports are isolated";
    FloodOff: L2, "flood-off", "the bridge floods this kind of frame to no port";
    VlanFiltered: L2, "vlan-filtered", "the bridge's port, or the bridge itself, is not a member of the frame's VLAN";
    NoVlanDevice: L2, "no-vlan-device", "no device here belongs to this VLAN";
    TooBigForPort: L2, "port-mtu", "the frame is larger than the MTU of the bridge port";
    LinkLocalGroup: L2, "link-local-group", "a bridge never forwards this group address";
    UnknownProtocol: L2, "unknown-protocol", "nobody here understands this kind of frame";
    Ipv6Disabled: L3, "ipv6", "IPv6 is disabled on this device (`disable_ipv6`)";
    VxlanNoRemote: L2, "vxlan-no-fdb", "the VXLAN device knows no host behind this MAC address";
    VxlanProxied: L2, "vxlan-proxied", "the VXLAN device answered it from its neighbour table";
    VxlanProxyMiss: L2, "vxlan-l3miss", "the VXLAN device answers ARP itself and has no entry for this address";
    VxlanUnknownVni: L2, "vxlan-vni", "no VXLAN device here has this network identifier";
    VxlanBadHeader: L2, "vxlan-header", "it came to the VXLAN port but is not a VXLAN packet";
    VxlanStaticSource: L2, "vxlan-moved", "the table says that this MAC address is behind another host, and the entry is fixed";
    VxlanOwnSource: L2, "vxlan-own-mac", "the inner source address is the VXLAN device's own";
    VxlanLoop: L2, "vxlan-loop", "the tunnel's remote end is reached through the tunnel itself";
    MacvlanIsolated: L2, "macvlan", "a macvlan parent and its children never exchange frames";
    MacvlanNoChild: L2, "macvlan-no-child", "no macvlan device here has this MAC address";
    ArpNotForUs: L2, "arp-not-ours", "the ARP question is about somebody else";
    ArpIgnored: L2, "arp-ignored", "`arp_ignore` or `arp_filter` forbids an answer on this device";
    NeighborNotForUs: L2, "ndp-not-ours", "the neighbour question or answer is about somebody else";
    NdpMalformed: L2, "ndp-malformed", "the neighbour message makes no sense, or came from another link";
    ArpMalformed: L2, "arp-malformed", "the ARP packet makes no sense";
    HookDrop: Filter, "bridge-netfilter", "a rule dropped it on its way through the bridge";
    IpMalformed: L3, "ip-malformed", "the IP header is damaged or its lengths are wrong";
    BadChecksum: L3, "ip-checksum", "the IP header checksum is wrong";
    MartianSource: L3, "martian-source", "a source address that cannot come from this device (martian)";
    MartianDestination: L3, "martian-destination", "a destination address that may not be on a wire (martian)";
    RpFilter: L3, "rp-filter", "reverse path filter: an answer would leave by another device";
    NoRoute: L3, "no-route", "no route leads to the destination";
    Blackhole: L3, "blackhole", "a blackhole route swallows it";
    Unreachable: L3, "unreachable-route", "an unreachable route refuses it";
    Prohibited: L3, "prohibit-route", "a prohibit route refuses it";
    ForwardingOff: L3, "ip-forward-off", "it is for somebody else and IP forwarding is off";
    NotAddressed: L3, "not-ours", "the frame was for this host, the packet is not";
    TtlExceeded: L3, "ttl", "its time to live ran out";
    FragmentationNeeded: L3, "mtu-df", "it does not fit the next MTU and may not be fragmented";
    ReassemblyTimeout: L3, "reassembly-timeout", "the missing fragments did not come in time";
    ReassemblyOverlap: L3, "reassembly-overlap", "its fragments overlap";
    DuplicateFragment: L3, "duplicate-fragment", "this fragment was there already";
    NeighborFailed: L3, "no-arp", "nobody answered the ARP question for the next hop";
    NeighborQueueFull: L3, "arp-queue", "too many packets wait for the same ARP answer";
    NeighborSilent: L3, "no-ndp", "nobody answered the neighbour solicitation for the next hop";
    SolicitationQueueFull: L3, "ndp-queue", "too many packets wait for the same neighbour advertisement";
    TentativeAddress: L3, "tentative", "the address is not yet known to be unique on its link, or is not";
    BeyondScope: L3, "beyond-scope", "a link-local address never leaves its link";
    FragmentNotOnIpv6: L3, "ipv6-fragment", "netsim neither cuts nor joins IPv6 fragments";
    BroadcastIgnored: L3, "broadcast-ignored", "broadcast pings are not answered (`icmp_echo_ignore_broadcasts`)";
    EchoIgnored: L3, "echo-ignored", "pings are not answered (`icmp_echo_ignore_all`)";
    NoMulticastMember: L3, "no-member", "nobody here has joined this multicast group";
    SourceNotLocal: L3, "source-not-local", "the source is not an address of this namespace";
    IcmpRateLimited: L3, "icmp-rate", "too many ICMP errors in a short time";
    DroppedByRule: Filter, "filtered", "a rule dropped it";
    DroppedByPolicy: Filter, "policy", "no rule accepted it and the policy of the chain is DROP";
    Rejected: Filter, "rejected", "a rule rejected it with an error to the sender";
    NatExhausted: Filter, "nat-exhausted", "no free port is left for the translation";
    RedirectOfTranslated: Filter, "nat-redirect", "a redirect about a translated connection would lead around the translation";
    ConntrackFull: Filter, "conntrack-full", "the connection tracking table is full";
    ConntrackClash: Filter, "conntrack-clash", "another connection already uses this translation";
    TransportMalformed: L4, "l4-malformed", "the TCP, UDP or ICMP header is damaged or its checksum is wrong";
    NoListener: L4, "no-listener", "no socket listens on this port";
    UnknownTransport: L4, "no-protocol", "nobody here speaks this IP protocol";
    TransportNotOnIpv6: L4, "ipv6-transport", "netsim carries no TCP or UDP over IPv6";
    BacklogFull: L4, "backlog-full", "the listener's queue of connections is full";
    SocketBufferFull: L4, "socket-buffer", "the receive buffer of the socket is full";
    SocketGone: L4, "socket-gone", "the socket was closed while the packet waited";
    UnexpectedIcmp: L4, "icmp-ignored", "nobody asked for this ICMP message";
    NoFlow: L4, "icmp-no-flow", "the ICMP error quotes a packet that nobody here sent";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_stays_small() {
        // The trace stores millions of them.
        assert!(size_of::<Step>() <= 24);
    }

    #[test]
    fn codes_are_unique() {
        let mut codes: Vec<&str> = DropReason::ALL.iter().map(|reason| reason.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), DropReason::ALL.len());
    }
}
