//! How a connection is printed.

use std::fmt::Write;

use crate::kernel::netfilter::conntrack::{Conn, Direction};
use crate::process::Proc;
use crate::wire::{FlowKey, flow::Ports, ipv4};

use super::refusal::{Refusal, Result};

/// What the tool calls itself.
pub const NAME: &str = "conntrack v1.4.7 (conntrack-tools)";

/// Says a sentence on standard error.
pub fn say(proc: &Proc, sentence: &str) {
    proc.eprint(&format!("{NAME}: {sentence}\n"));
}

/// What `-o` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs)]
pub struct Output {
    pub extended: bool,
    pub id: bool,
    pub timestamp: bool,
    /// As a command line that makes the connection again.
    pub save: bool,
}

/// What a line says besides the flows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extras {
    /// Seconds until it expires, if that is said.
    pub timeout: Option<u64>,
    /// Packets and bytes, if they are counted.
    pub counters: bool,
    /// The mark even if it is zero, and this number of users.
    pub users: Option<u32>,
}

impl Output {
    /// Reads `TYPE[,TYPE…]`.
    pub fn parse(value: &str) -> Result<Output> {
        let mut output = Output::default();
        let mut others = false;
        for word in value.split(',') {
            let is = |name: &str| !word.is_empty() && name.starts_with(&word.to_lowercase());
            others |= !is("save");
            match () {
                () if is("xml") => return Err(Refusal::not_simulated("the output type xml")),
                () if is("extended") => output.extended = true,
                () if is("timestamp") => output.timestamp = true,
                () if is("id") => output.id = true,
                // Connections have no such things here, as on a host that was not told to keep them.
                () if is("ktimestamp") || is("labels") || is("userspace") => {}
                () if is("save") => output.save = true,
                () => return Err(Refusal::usage(format!("Bad parameter `{word}'"))),
            }
        }
        if output.save && others {
            let why = "cannot combine save output with any other output type, use -o save only"
                .to_owned();
            return Err(Refusal { status: 1, ..Refusal::usage(why) });
        }
        Ok(output)
    }
}

/// The line of a connection.
pub fn line(conn: &Conn, output: Output, extras: Extras) -> String {
    let mut line = String::new();
    let protocol = conn.original.protocol;
    if output.extended {
        line += "ipv4     2 ";
    }
    let name = protocol_name(protocol);
    let _ = write!(line, "{name:<8} {protocol} ");
    if let Some(timeout) = extras.timeout {
        let _ = write!(line, "{timeout} ");
    }
    if protocol == ipv4::protocol::TCP {
        let _ = write!(line, "{} ", conn.tcp.name());
    }
    for direction in [Direction::Original, Direction::Reply] {
        line += &tuple(conn.flow(direction));
        if let Some(counters) = conn.counters.filter(|_| extras.counters) {
            let (packets, bytes) = counters[direction as usize];
            let _ = write!(line, "packets={packets} bytes={bytes} ");
        }
        if direction == Direction::Original && !conn.seen_reply {
            line += "[UNREPLIED] ";
        }
    }
    if conn.assured {
        line += "[ASSURED] ";
    }
    if conn.mark != 0 || extras.users.is_some() {
        let _ = write!(line, "mark={} ", conn.mark);
    }
    if let Some(users) = extras.users {
        let _ = write!(line, "use={users} ");
    }
    if output.id {
        let _ = write!(line, "id={} ", conn.id);
    }
    line.truncate(line.trim_end().len());
    line
}

fn protocol_name(protocol: u8) -> &'static str {
    match protocol {
        ipv4::protocol::TCP | ipv4::protocol::UDP | ipv4::protocol::ICMP | ipv4::protocol::SCTP => {
            ipv4::protocol::name(protocol).unwrap_or("unknown")
        }
        _ => "unknown",
    }
}

fn tuple(flow: FlowKey) -> String {
    let mut text = format!("src={} dst={} ", flow.src, flow.dst);
    let _ = match flow.ports {
        Ports::Ports(src, dst) => write!(text, "sport={src} dport={dst} "),
        Ports::Icmp { kind, code, id } => write!(text, "type={kind} code={code} id={id} "),
        Ports::None => Ok(()),
    };
    text
}

/// The options that make a connection again.
pub fn save(conn: &Conn, command: &str, timeout: u64) -> String {
    let (original, reply) = (conn.original, conn.reply);
    let status = match (conn.seen_reply, conn.assured) {
        (true, true) => "SEEN_REPLY,ASSURED",
        (true, false) => "SEEN_REPLY",
        (false, true) => "ASSURED",
        (false, false) => "UNSET",
    };
    let mut line = format!("{command} -t {timeout} -u {status} ");
    let (from, to) =
        (if conn.has_dst_nat() { 'g' } else { 'r' }, if conn.has_src_nat() { 'n' } else { 'q' });
    let _ = write!(line, "-s {} -d {} ", original.src, original.dst);
    let _ = write!(line, "-{from} {} -{to} {} ", reply.src, reply.dst);
    let _ = write!(line, "-p {} ", protocol_name(original.protocol));
    let _ = match (original.ports, reply.ports) {
        (Ports::Ports(src, dst), Ports::Ports(reply_src, reply_dst)) => write!(
            line,
            "--sport {src} --dport {dst} --reply-port-src {reply_src} --reply-port-dst {reply_dst} "
        ),
        (Ports::Icmp { kind, code, id }, _) => {
            write!(line, "--icmp-type {kind} --icmp-code {code} --icmp-id {id} ")
        }
        _ => Ok(()),
    };
    if original.protocol == ipv4::protocol::TCP {
        let _ = write!(line, "--state {} ", conn.tcp.name());
    }
    if conn.mark != 0 {
        let _ = write!(line, "-m {} ", conn.mark);
    }
    line.truncate(line.trim_end().len());
    line
}
