//! What a stop says, in English.

use std::fmt::{self, Display, Formatter};

use super::said::{Arrival, Author, Bridging, Instead, Routing, Said};
use crate::kernel::netfilter::conntrack::{Conn, ConnId};
use crate::kernel::step::{CtState, Verdict};
use crate::wire::flow::Ports;
use crate::wire::{FlowKey, Ipv4Addr};

impl Display for Said {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Said::Receives { bytes } => write!(f, "receives it{}", len(*bytes)),
            Said::Sends { bytes } => write!(f, "sends it{}", len(*bytes)),
            Said::Queued => f.write_str("waits in the queue of the device"),
            Said::Bridged(bridging) => bridging.fmt(f),
            Said::Learns { mac, device } => write!(f, "learns: {mac} is behind {device}"),
            Said::Wraps { device, vni, remote } => {
                write!(f, "{device} wraps it: VXLAN network {vni}, UDP to {remote}:4789")
            }
            Said::Unwraps { device, vni } => {
                write!(f, "{device} unwraps it: VXLAN network {vni}")
            }
            Said::Tags(id) => write!(f, "puts on the tag of VLAN {id}"),
            Said::Untags(id) => write!(f, "takes off the tag of VLAN {id}"),
            Said::Sibling { device } => write!(f, "handed straight to its sibling {device}"),
            Said::AnswersFor { device, ip, mac } => {
                write!(f, "{device} answers for {ip} from its table: {mac}")
            }
            Said::Routed(routing) => routing.fmt(f),
            Said::Judged { verdict, missed } => {
                let verdict = match verdict {
                    Verdict::Accept => "accepted",
                    Verdict::Drop => "dropped",
                    Verdict::PolicyAccept => "policy ACCEPT",
                    Verdict::PolicyDrop => "policy DROP",
                };
                write!(f, "{verdict}{}", after(*missed))
            }
            Said::Matches { number, text, by, missed } => {
                let text = text.as_ref().map(|text| format!(": {text}")).unwrap_or_default();
                let by = by.as_ref().map(author).unwrap_or_default();
                write!(f, "rule {number} matches{text}{by}{}", after(*missed))
            }
            Said::Misses { number, part, instead } => {
                write!(f, "rule {number} does not match: {part}")?;
                instead.as_ref().map_or(Ok(()), |instead| write!(f, " ({instead})"))
            }
            Said::Tracked { state, entry } => {
                let state = match state {
                    CtState::New => "NEW: the first packet of a connection",
                    CtState::Established => "ESTABLISHED: belongs to a known connection",
                    CtState::Related => "RELATED: an error about a known connection",
                    CtState::Invalid => "INVALID: fits no connection",
                    CtState::Untracked => "UNTRACKED: a rule says so",
                };
                f.write_str(state)?;
                entry.map_or(Ok(()), |(id, there, back)| write!(f, "; {}", ways(id, there, back)))
            }
            Said::Translated { from, to, .. } => {
                write!(f, "{} becomes {}", socket(*from), socket(*to))
            }
            Said::Neighbor { ip, mac: Some(mac) } => write!(f, "{ip} is at {mac}"),
            Said::Neighbor { ip, mac: None } => {
                let asked = if ip.is_ipv4() { "while ARP asks" } else { "for the answer" };
                write!(f, "who has {ip}? It waits {asked}")
            }
            Said::Lives { from } => write!(f, "{from} becomes {}", from.saturating_sub(1)),
            Said::Cut { count, mtu } => write!(f, "cut into {count} fragments for MTU {mtu}"),
            Said::Joined => f.write_str("the fragments are one packet again"),
            Said::Clamped { from, to } => write!(f, "{from} becomes {to}"),
            Said::Reported(error) => write!(f, "the sender is told: {error}"),
            Said::Reported6(error) => write!(f, "the sender is told: {error}"),
            Said::Arrived(arrival) => arrival.fmt(f),
            Said::Dropped { device, reason } => {
                let place = device.as_ref().map(|device| format!(" at {device}"));
                let (place, layer) = (place.unwrap_or_default(), reason.layer().name());
                write!(f, "dropped{place}: {} [{layer} {}]", reason.sentence(), reason.code())
            }
        }
    }
}

impl Display for Bridging {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Bridging::To(device) => write!(f, "knows the address: out of {device}"),
            Bridging::Flood(1) => f.write_str("floods it to the other port"),
            Bridging::Flood(ports) => write!(f, "floods it to {ports} other ports"),
            Bridging::Local(device) => write!(f, "for the host itself, by {device}"),
            Bridging::Itself => f.write_str("for the bridge itself (spanning tree)"),
        }
    }
}

impl Display for Routing {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Routing::Local => f.write_str("the destination is an address of this namespace"),
            Routing::Broadcast => f.write_str("the destination is a broadcast address here"),
            Routing::Multicast => f.write_str("the destination is a multicast group"),
            Routing::Via { prefix, gateway, device } => {
                match prefix {
                    None => {}
                    Some(net) if net.prefix_len() == 0 => f.write_str("by the default route ")?,
                    Some(net) => write!(f, "by the route {net} ")?,
                }
                match gateway {
                    None => write!(f, "directly out of {device}"),
                    Some(gateway) => write!(f, "to the gateway {gateway}, out of {device}"),
                }
            }
            Routing::Via6 { prefix_len, by_gateway, device } => {
                match prefix_len {
                    0 => f.write_str("by the default route ")?,
                    length => write!(f, "by a route with a prefix of {length} bits ")?,
                }
                let way = if *by_gateway { "to a gateway, " } else { "directly " };
                write!(f, "{way}out of {device}")
            }
        }
    }
}

impl Display for Instead {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Instead::State(state) => write!(f, "it is {}", name_of(*state)),
            Instead::Ports(src, dst) => write!(f, "it goes from port {src} to port {dst}"),
            Instead::Source(ip) => write!(f, "it is from {ip}"),
            Instead::Destination(ip) => write!(f, "it is for {ip}"),
            Instead::MadeHere => f.write_str("it is made here"),
            Instead::CameBy(device) => write!(f, "it comes in by {device}"),
            Instead::Protocol(name) => write!(f, "it is {name}"),
        }
    }
}

impl Display for Arrival {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Arrival::Socket => f.write_str("a socket gets it"),
            Arrival::Stack => f.write_str("the TCP/IP stack itself answers"),
            Arrival::Neighbors => f.write_str("the neighbour table is updated"),
            Arrival::Error => f.write_str("whoever sent the packet that it quotes is told"),
            Arrival::Tunnel(device) => write!(f, "for the tunnel {device}"),
            Arrival::SpanningTree => f.write_str("the spanning tree of the bridge gets it"),
        }
    }
}

fn len(bytes: Option<usize>) -> String {
    bytes.map(|bytes| format!(" ({bytes} bytes)")).unwrap_or_default()
}

fn after(missed: usize) -> String {
    match missed {
        0 => String::new(),
        1 => " (1 rule did not match)".to_owned(),
        n => format!(" ({n} rules did not match)"),
    }
}

fn author(author: &Author) -> String {
    match &author.program {
        Some(program) => format!(" [by {program}, for: {}]", author.line),
        None => format!(" [by: {}]", author.line),
    }
}

/// The state of a connection, as rules name it.
pub fn name_of(state: CtState) -> &'static str {
    match state {
        CtState::New => "NEW",
        CtState::Established => "ESTABLISHED",
        CtState::Related => "RELATED",
        CtState::Invalid => "INVALID",
        CtState::Untracked => "UNTRACKED",
    }
}

/// A connection as it was begun, and how its answers come.
pub fn connection(conn: &Conn) -> String {
    ways(conn.id, conn.original, conn.reply)
}

fn ways(id: ConnId, there: FlowKey, back: FlowKey) -> String {
    format!("entry {id}: {}, answers come {}", flow(there), flow(back))
}

/// Between whom packets go.
pub fn flow(flow: FlowKey) -> String {
    match flow.ports {
        Ports::Ports(src, dst) => format!("{}:{src} > {}:{dst}", flow.src, flow.dst),
        Ports::Icmp { .. } | Ports::None => format!("{} > {}", flow.src, flow.dst),
    }
}

/// An address with its port, if there is one.
pub fn socket((address, port): (Ipv4Addr, u16)) -> String {
    if port == 0 { address.to_string() } else { format!("{address}:{port}") }
}
