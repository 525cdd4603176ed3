//! ICMP, TCP, UDP, and what UDP carries: VXLAN, DNS.

use super::{Reader, link};
use crate::wire::{dns, icmp, ipv4, tcp, udp, vxlan};

/// What an IPv4 packet carries, up to `end`.
pub(super) fn segment(reader: &mut Reader, protocol: u8, at: usize, end: usize) {
    match protocol {
        ipv4::protocol::ICMP => icmp_message(reader, at, end),
        ipv4::protocol::TCP => tcp_segment(reader, at, end),
        ipv4::protocol::UDP => datagram(reader, at, end),
        _ => reader.data(at, end),
    }
}

fn icmp_message(reader: &mut Reader, at: usize, end: usize) {
    if at + icmp::HEADER_LEN > end {
        return reader.data(at, end);
    }
    let (kind, code) = (reader.frame[at], reader.frame[at + 1]);
    let name = match kind {
        icmp::kind::ECHO_REPLY => "echo reply",
        icmp::kind::UNREACHABLE => "destination unreachable",
        icmp::kind::REDIRECT => "redirect",
        icmp::kind::ECHO_REQUEST => "echo request",
        icmp::kind::TIME_EXCEEDED => "time exceeded",
        icmp::kind::PARAMETER_PROBLEM => "parameter problem",
        _ => "",
    };
    reader.push("ICMP", at, icmp::HEADER_LEN, name.to_owned());
    reader.meant("type", at, 1, kind, name);
    let reason = match (kind, code) {
        (icmp::kind::UNREACHABLE, 0) => "no route to the network",
        (icmp::kind::UNREACHABLE, 1) => "nobody answers ARP for the host",
        (icmp::kind::UNREACHABLE, 3) => "nobody listens on the port",
        (icmp::kind::UNREACHABLE, 4) => "too big, and may not be fragmented",
        (icmp::kind::UNREACHABLE, 9 | 10 | 13) => "a firewall forbids it",
        (icmp::kind::TIME_EXCEEDED, 0) => "the time to live ran out on the way",
        (icmp::kind::TIME_EXCEEDED, 1) => "fragments are missing",
        _ => "",
    };
    reader.meant("code", at + 1, 1, code, reason);
    reader.field("checksum", at + 2, 2, format!("0x{:04x}", reader.number(at + 2, 2)));
    match kind {
        icmp::kind::ECHO_REPLY | icmp::kind::ECHO_REQUEST => {
            reader.field("identifier", at + 4, 2, reader.number(at + 4, 2));
            reader.field("sequence", at + 6, 2, reader.number(at + 6, 2));
        }
        icmp::kind::UNREACHABLE if code == 4 => {
            reader.meant("next MTU", at + 6, 2, reader.number(at + 6, 2), "what would fit");
        }
        icmp::kind::REDIRECT => reader.field("better gateway", at + 4, 4, reader.address(at + 4)),
        _ => {}
    }
    reader.data(at + icmp::HEADER_LEN, end);
}

fn tcp_segment(reader: &mut Reader, at: usize, end: usize) {
    let len = match reader.frame.get(at + 12) {
        Some(offset) if at + tcp::HEADER_LEN <= end => usize::from(offset >> 4) * 4,
        _ => 0,
    };
    if len < tcp::HEADER_LEN || at + len > end {
        return reader.data(at, end);
    }
    let (from, to) = (reader.number(at, 2), reader.number(at + 2, 2));
    let bits = reader.frame[at + 13];
    let names = [
        (tcp::flag::SYN, "SYN"),
        (tcp::flag::FIN, "FIN"),
        (tcp::flag::RST, "RST"),
        (tcp::flag::PSH, "PSH"),
        (tcp::flag::ACK, "ACK"),
        (tcp::flag::URG, "URG"),
        (tcp::flag::ECE, "ECE"),
        (tcp::flag::CWR, "CWR"),
    ];
    let set: Vec<&str> = names.iter().filter(|(bit, _)| bits & bit != 0).map(|it| it.1).collect();
    let set = set.join(" ");
    reader.push("TCP", at, len, format!("{from} > {to} {set}"));
    reader.field("source port", at, 2, from);
    reader.field("destination port", at + 2, 2, to);
    reader.field("sequence", at + 4, 4, reader.number(at + 4, 4));
    reader.field("acknowledges", at + 8, 4, reader.number(at + 8, 4));
    reader.field("header length", at + 12, 1, format!("{len} bytes"));
    let meaning = match () {
        () if bits & tcp::flag::RST != 0 => "refused, or broken off",
        () if bits & tcp::flag::SYN != 0 && bits & tcp::flag::ACK != 0 => "the connection is taken",
        () if bits & tcp::flag::SYN != 0 => "opens a connection",
        () if bits & tcp::flag::FIN != 0 => "nothing more is sent",
        () => "",
    };
    reader.meant("flags", at + 13, 1, set, meaning);
    reader.field("window", at + 14, 2, reader.number(at + 14, 2));
    reader.field("checksum", at + 16, 2, format!("0x{:04x}", reader.number(at + 16, 2)));
    reader.field("urgent pointer", at + 18, 2, reader.number(at + 18, 2));
    if len > tcp::HEADER_LEN {
        let options = len - tcp::HEADER_LEN;
        let mss = tcp::mss_option(&reader.frame[at..at + len]).map(|(mss, _)| mss);
        let text = mss.map_or_else(String::new, |mss| format!(", MSS {mss}"));
        reader.field("options", at + tcp::HEADER_LEN, options, format!("{options} bytes{text}"));
    }
    reader.data(at + len, end);
}

fn datagram(reader: &mut Reader, at: usize, end: usize) {
    if at + udp::HEADER_LEN > end {
        return reader.data(at, end);
    }
    let (from, to) = (reader.number(at, 2) as u16, reader.number(at + 2, 2) as u16);
    reader.push("UDP", at, udp::HEADER_LEN, format!("{from} > {to}"));
    reader.field("source port", at, 2, from);
    let service = match to {
        dns::PORT => "DNS",
        vxlan::PORT => "VXLAN",
        7946 => "Docker's gossip",
        _ => "",
    };
    reader.meant("destination port", at + 2, 2, to, service);
    reader.field("length", at + 4, 2, reader.number(at + 4, 2));
    let checksum = reader.number(at + 6, 2);
    let meaning = if checksum == 0 { "none" } else { "" };
    reader.meant("checksum", at + 6, 2, format!("0x{checksum:04x}"), meaning);
    let next = at + udp::HEADER_LEN;
    let payload = &reader.frame[next..end];
    if to == vxlan::PORT
        && let Some(vni) = vxlan::vni(payload)
    {
        reader.push("VXLAN", next, vxlan::HEADER_LEN, format!("network {vni}"));
        reader.meant("flags", next, 1, format!("0x{:02x}", payload[0]), "the network is named");
        reader.field("reserved", next + 1, 3, 0);
        reader.meant("network (VNI)", next + 4, 3, vni, "which of the overlay networks");
        reader.field("reserved", next + 7, 1, 0);
        reader.depth += 1;
        return link::ethernet(reader, next + vxlan::HEADER_LEN);
    }
    if (from == dns::PORT || to == dns::PORT)
        && let Some(message) = dns::Message::parse(payload)
    {
        return dns_message(reader, &message, next, end);
    }
    reader.data(next, end);
}

fn dns_message(reader: &mut Reader, message: &dns::Message, at: usize, end: usize) {
    const HEADER_LEN: usize = 12;
    let question = message.questions.first().map(|it| it.name.clone()).unwrap_or_default();
    reader.push("DNS", at, end - at, question.clone());
    if !reader.has(at, HEADER_LEN) {
        return;
    }
    reader.field("identifier", at, 2, reader.number(at, 2));
    let flags = reader.number(at + 2, 2);
    let meaning = if flags & 0x8000 == 0 { "a question" } else { "an answer" };
    reader.meant("flags", at + 2, 2, format!("0x{flags:04x}"), meaning);
    reader.field("questions", at + 4, 2, reader.number(at + 4, 2));
    reader.field("answers", at + 6, 2, reader.number(at + 6, 2));
    let rest = end - at - HEADER_LEN;
    if rest > 0 {
        reader.field("name", at + HEADER_LEN, rest, question);
    }
}
