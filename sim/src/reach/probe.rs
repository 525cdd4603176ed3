//! What is sent: pings, connections and datagrams, by the programs of the machine, in the namespace of
//! the sender.

use std::fmt;
use std::str::FromStr;

use super::Spot;
use crate::engine::Span;
use crate::kernel::step::Delivery;
use crate::kernel::{Cause, Step};
use crate::process::Pid;
use crate::trace::HostId;
use crate::wire::{Ipv4Addr, PacketId};
use crate::world::{Limits, Outcome, World};

/// Which packets are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// `ping`: reached if an answer comes back.
    Icmp,
    /// A connection to this port: reached if it is established.
    Tcp(u16),
    /// A datagram for this port: reached if a socket gets it, whether it answers or not.
    Udp(u16),
}

impl FromStr for Protocol {
    type Err = String;

    /// `icmp`, `tcp:80`, `udp:53`.
    fn from_str(word: &str) -> Result<Protocol, String> {
        let port = |text: &str| {
            let port = text.parse().ok().filter(|port| *port > 0);
            port.ok_or_else(|| format!("'{text}' is not a port"))
        };
        match word.split_once(':') {
            None if word == "icmp" => Ok(Protocol::Icmp),
            Some(("tcp", number)) => port(number).map(Protocol::Tcp),
            Some(("udp", number)) => port(number).map(Protocol::Udp),
            _ => Err(format!("'{word}' is neither icmp, tcp:PORT nor udp:PORT")),
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Protocol::Icmp => f.write_str("icmp"),
            Protocol::Tcp(port) => write!(f, "tcp:{port}"),
            Protocol::Udp(port) => write!(f, "udp:{port}"),
        }
    }
}

/// What was sent and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The machine and the process that sent: what it caused is found by them.
    pub origin: (HostId, Pid),
    /// The number of the first record of the trace that is younger.
    pub first_record: u64,
    /// Where it was sent.
    pub address: Ipv4Addr,
    /// What was sent.
    pub protocol: Protocol,
    /// Whether it is reached.
    pub arrived: bool,
    /// What was typed to send it.
    pub line: String,
    /// What the program wrote.
    pub output: String,
}

/// Sends and waits, this long at most, rounded up to whole seconds.
pub fn send(
    world: &mut World,
    from: &Spot,
    address: Ipv4Addr,
    protocol: Protocol,
    within: Span,
) -> Sent {
    let seconds = within.as_secs_f64().ceil().max(1.0);
    let line = match protocol {
        Protocol::Icmp => format!("ping -n -c 1 -W {seconds} {address}"),
        Protocol::Tcp(port) => format!("nc -n -z -v -w {seconds} {address} {port}"),
        Protocol::Udp(port) => format!("echo netsim | nc -n -u -w {seconds} {address} {port}"),
    };
    let first_record = world.trace.next_seq();
    let (outcome, pid) = run(world, from, &line);
    let origin = (from.host, pid);
    let arrived = match protocol {
        Protocol::Icmp | Protocol::Tcp(_) => outcome.status == 0,
        Protocol::Udp(_) => has_arrived(world, first_record, origin),
    };
    Sent { origin, first_record, address, protocol, arrived, line, output: outcome.text() }
}

/// How long something may be tried.
pub fn limits() -> Limits {
    Limits { span: Span::secs(60), ..Limits::default() }
}

/// Runs a line with the tools of a machine in a namespace.
pub fn run(world: &mut World, spot: &Spot, line: &str) -> (Outcome, Pid) {
    let root = world.host(spot.host).processes.host_root();
    world.run_in(spot.host, spot.ns, root, line, limits())
}

/// Whether a socket got what a process sent.
fn has_arrived(world: &World, since: u64, origin: (HostId, Pid)) -> bool {
    let packets = packets_of(world, since, origin);
    world.trace.since(since).any(|(_, record)| {
        packets.contains(&record.note.packet)
            && matches!(record.note.step, Step::Delivered(Delivery::Socket(_)))
    })
}

/// The packets that a process on a host made by itself.
pub fn packets_of(world: &World, since: u64, (host, pid): (HostId, Pid)) -> Vec<PacketId> {
    let own = Step::Created { cause: Cause::Process(pid.0) };
    let records = world.trace.since(since).map(|(_, record)| record);
    records
        .filter(|record| record.host == host && record.note.step == own)
        .map(|record| record.note.packet)
        .collect()
}

/// The first address that somebody finds for a name.
pub fn resolve(world: &mut World, from: &Spot, name: &str) -> Option<Ipv4Addr> {
    addresses_of_name(world, from, name).first().copied()
}

/// The addresses that somebody finds for a name, with the files and the resolver that programs there use.
pub fn addresses_of_name(world: &mut World, from: &Spot, name: &str) -> Vec<Ipv4Addr> {
    let argv = ["getent", "ahostsv4", name];
    let (outcome, _) = world.run_named(from.host, from.ns, from.root, &argv, limits());
    let text = outcome.text();
    let first_words = text.lines().filter_map(|line| line.split_whitespace().next());
    let mut found: Vec<Ipv4Addr> = first_words.filter_map(|word| word.parse().ok()).collect();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols_are_read_as_they_are_written() {
        for text in ["icmp", "tcp:80", "udp:53"] {
            assert_eq!(text.parse::<Protocol>().map(|p| p.to_string()), Ok(text.to_owned()));
        }
        assert!("tcp:0".parse::<Protocol>().is_err());
        assert!("sctp:80".parse::<Protocol>().is_err());
    }
}
