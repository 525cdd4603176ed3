//! The words of the tree of fields, as values, so that a screen can say them in its own language.

use std::fmt::{self, Display, Formatter};

macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($word:ident: $english:literal;)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs)] // They are their own explanation.
        pub enum $name { $($word,)* }

        impl $name {
            /// All of them.
            pub const ALL: &'static [$name] = &[$($name::$word,)*];

            /// In English.
            pub fn english(self) -> &'static str {
                match self { $($name::$word => $english,)* }
            }
        }

        impl Display for $name {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                f.write_str(self.english())
            }
        }
    };
}

words! {
    /// What a field is called.
    Name {
        Destination: "destination";
        Source: "source";
        Type: "type";
        Tag: "tag";
        HardwareType: "hardware type";
        ProtocolType: "protocol type";
        AddressLengths: "address lengths";
        Operation: "operation";
        SenderMac: "sender MAC";
        SenderIp: "sender IP";
        TargetMac: "target MAC";
        TargetIp: "target IP";
        VersionLength: "version, length";
        TypeOfService: "type of service";
        TotalLength: "total length";
        Identification: "identification";
        FlagsOffset: "flags, offset";
        TimeToLive: "time to live";
        Protocol: "protocol";
        Checksum: "checksum";
        Options: "options";
        Code: "code";
        Identifier: "identifier";
        Sequence: "sequence";
        NextMtu: "next MTU";
        BetterGateway: "better gateway";
        SourcePort: "source port";
        DestinationPort: "destination port";
        Acknowledges: "acknowledges";
        HeaderLength: "header length";
        Flags: "flags";
        Window: "window";
        UrgentPointer: "urgent pointer";
        Length: "length";
        Reserved: "reserved";
        Network: "network (VNI)";
        Questions: "questions";
        Answers: "answers";
        Name: "name";
        VersionClass: "version, class";
        FlowLabel: "flow label";
        PayloadLength: "payload length";
        NextHeader: "next header";
        HopLimit: "hop limit";
        Mtu: "MTU";
        Target: "target";
    }
}

words! {
    /// What a value means.
    Meaning {
        Broadcast: "broadcast: everybody";
        Group: "a group";
        Ipv4: "IPv4";
        Arp: "ARP";
        VlanTag: "a VLAN tag";
        Ipv6: "IPv6";
        LengthOf8023: "a length (IEEE 802.3)";
        Question: "question";
        Answer: "answer";
        EthernetIsOne: "1 is Ethernet";
        InBytes: "bytes";
        NotKnownYet: "not known yet";
        MayNotBeFragmented: "may not be fragmented";
        MoreFragments: "more fragments follow";
        LastFragment: "the last fragment";
        Icmp: "ICMP";
        Tcp: "TCP";
        Udp: "UDP";
        Igmp: "IGMP";
        EchoReply: "echo reply";
        DestinationUnreachable: "destination unreachable";
        Redirect: "redirect";
        EchoRequest: "echo request";
        TimeExceeded: "time exceeded";
        ParameterProblem: "parameter problem";
        NoRoute: "no route to the network";
        NoHost: "nobody answers ARP for the host";
        NoPort: "nobody listens on the port";
        TooBig: "too big, and may not be fragmented";
        Forbidden: "a firewall forbids it";
        TimeRanOut: "the time to live ran out on the way";
        FragmentsMissing: "fragments are missing";
        WhatFits: "what would fit";
        Refused: "refused, or broken off";
        Taken: "the connection is taken";
        Opens: "opens a connection";
        NothingMore: "nothing more is sent";
        Dns: "DNS";
        Vxlan: "VXLAN";
        Gossip: "Docker's gossip";
        None: "none";
        NetworkNamed: "the network is named";
        WhichOverlay: "which of the overlay networks";
        AQuestion: "a question";
        AnAnswer: "an answer";
        RouterOptions: "options for every router";
        Fragment: "a fragment";
        Icmpv6: "ICMPv6";
        PacketTooBig: "packet too big";
        RouterSolicitation: "router solicitation";
        RouterAdvertisement: "router advertisement";
        NeighborSolicitation: "neighbour solicitation";
        NeighborAdvertisement: "neighbour advertisement";
        ListenerReport: "listener report";
    }
}

/// What a header says in a few words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gist {
    /// Addresses, numbers, names: the same in every language.
    Text(String),
    /// What it is; nothing if that is not known.
    Kind(Option<Meaning>),
    /// So many bytes.
    Bytes(usize),
    /// An ARP question.
    WhoHas {
        /// Who is sought.
        target: String,
        /// Who is to be told.
        sender: String,
    },
    /// An ARP answer.
    IsAt {
        /// Whose address it is.
        sender: String,
        /// The address.
        mac: String,
    },
    /// ARP with another operation.
    Operation(u16),
    /// A VXLAN network.
    Network(u32),
    /// A VLAN.
    Vlan(u16),
}

impl Display for Gist {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Gist::Text(text) => f.write_str(text),
            Gist::Kind(kind) => kind.map_or(Ok(()), |kind| kind.fmt(f)),
            Gist::Bytes(count) => write!(f, "{count} bytes"),
            Gist::WhoHas { target, sender } => write!(f, "who has {target}? tell {sender}"),
            Gist::IsAt { sender, mac } => write!(f, "{sender} is at {mac}"),
            Gist::Operation(operation) => write!(f, "operation {operation}"),
            Gist::Network(vni) => write!(f, "network {vni}"),
            Gist::Vlan(id) => write!(f, "VLAN {id}"),
        }
    }
}
