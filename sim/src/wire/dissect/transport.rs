//! ICMP, TCP, UDP, and what UDP carries: VXLAN, DNS.

use super::reader::Reader;
use super::{Gist, Meaning, Name};
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
        icmp::kind::ECHO_REPLY => Some(Meaning::EchoReply),
        icmp::kind::UNREACHABLE => Some(Meaning::DestinationUnreachable),
        icmp::kind::REDIRECT => Some(Meaning::Redirect),
        icmp::kind::ECHO_REQUEST => Some(Meaning::EchoRequest),
        icmp::kind::TIME_EXCEEDED => Some(Meaning::TimeExceeded),
        icmp::kind::PARAMETER_PROBLEM => Some(Meaning::ParameterProblem),
        _ => None,
    };
    reader.push("ICMP", at, icmp::HEADER_LEN, Gist::Kind(name));
    reader.meant(Name::Type, at, 1, kind, name);
    let reason = match (kind, code) {
        (icmp::kind::UNREACHABLE, 0) => Some(Meaning::NoRoute),
        (icmp::kind::UNREACHABLE, 1) => Some(Meaning::NoHost),
        (icmp::kind::UNREACHABLE, 3) => Some(Meaning::NoPort),
        (icmp::kind::UNREACHABLE, 4) => Some(Meaning::TooBig),
        (icmp::kind::UNREACHABLE, 9 | 10 | 13) => Some(Meaning::Forbidden),
        (icmp::kind::TIME_EXCEEDED, 0) => Some(Meaning::TimeRanOut),
        (icmp::kind::TIME_EXCEEDED, 1) => Some(Meaning::FragmentsMissing),
        _ => None,
    };
    reader.meant(Name::Code, at + 1, 1, code, reason);
    reader.field(Name::Checksum, at + 2, 2, format!("0x{:04x}", reader.number(at + 2, 2)));
    match kind {
        icmp::kind::ECHO_REPLY | icmp::kind::ECHO_REQUEST => {
            reader.field(Name::Identifier, at + 4, 2, reader.number(at + 4, 2));
            reader.field(Name::Sequence, at + 6, 2, reader.number(at + 6, 2));
        }
        icmp::kind::UNREACHABLE if code == 4 => {
            reader.meant(
                Name::NextMtu,
                at + 6,
                2,
                reader.number(at + 6, 2),
                Some(Meaning::WhatFits),
            );
        }
        icmp::kind::REDIRECT => {
            reader.field(Name::BetterGateway, at + 4, 4, reader.address(at + 4));
        }
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
    reader.push("TCP", at, len, Gist::Text(format!("{from} > {to} {set}")));
    reader.field(Name::SourcePort, at, 2, from);
    reader.field(Name::DestinationPort, at + 2, 2, to);
    reader.field(Name::Sequence, at + 4, 4, reader.number(at + 4, 4));
    reader.field(Name::Acknowledges, at + 8, 4, reader.number(at + 8, 4));
    reader.meant(Name::HeaderLength, at + 12, 1, len, Some(Meaning::InBytes));
    let meaning = match () {
        () if bits & tcp::flag::RST != 0 => Some(Meaning::Refused),
        () if bits & tcp::flag::SYN != 0 && bits & tcp::flag::ACK != 0 => Some(Meaning::Taken),
        () if bits & tcp::flag::SYN != 0 => Some(Meaning::Opens),
        () if bits & tcp::flag::FIN != 0 => Some(Meaning::NothingMore),
        () => None,
    };
    reader.meant(Name::Flags, at + 13, 1, set, meaning);
    reader.field(Name::Window, at + 14, 2, reader.number(at + 14, 2));
    reader.field(Name::Checksum, at + 16, 2, format!("0x{:04x}", reader.number(at + 16, 2)));
    reader.field(Name::UrgentPointer, at + 18, 2, reader.number(at + 18, 2));
    if len > tcp::HEADER_LEN {
        let options = len - tcp::HEADER_LEN;
        let mss = tcp::mss_option(&reader.frame[at..at + len]).map(|(mss, _)| mss);
        let text = mss.map_or_else(String::new, |mss| format!(", MSS {mss}"));
        reader.field(Name::Options, at + tcp::HEADER_LEN, options, format!("{options}{text}"));
    }
    reader.data(at + len, end);
}

fn datagram(reader: &mut Reader, at: usize, end: usize) {
    if at + udp::HEADER_LEN > end {
        return reader.data(at, end);
    }
    let (from, to) = (reader.number(at, 2) as u16, reader.number(at + 2, 2) as u16);
    reader.push("UDP", at, udp::HEADER_LEN, Gist::Text(format!("{from} > {to}")));
    reader.field(Name::SourcePort, at, 2, from);
    let service = match to {
        dns::PORT => Some(Meaning::Dns),
        vxlan::PORT => Some(Meaning::Vxlan),
        7946 => Some(Meaning::Gossip),
        _ => None,
    };
    reader.meant(Name::DestinationPort, at + 2, 2, to, service);
    reader.field(Name::Length, at + 4, 2, reader.number(at + 4, 2));
    let checksum = reader.number(at + 6, 2);
    let meaning = if checksum == 0 { Some(Meaning::None) } else { None };
    reader.meant(Name::Checksum, at + 6, 2, format!("0x{checksum:04x}"), meaning);
    let next = at + udp::HEADER_LEN;
    let payload = &reader.frame[next..end];
    if to == vxlan::PORT
        && let Some(vni) = vxlan::vni(payload)
    {
        reader.push("VXLAN", next, vxlan::HEADER_LEN, Gist::Network(vni));
        reader.meant(
            Name::Flags,
            next,
            1,
            format!("0x{:02x}", payload[0]),
            Some(Meaning::NetworkNamed),
        );
        reader.field(Name::Reserved, next + 1, 3, 0);
        reader.meant(Name::Network, next + 4, 3, vni, Some(Meaning::WhichOverlay));
        reader.field(Name::Reserved, next + 7, 1, 0);
        reader.depth += 1;
        reader.next = Some(next + vxlan::HEADER_LEN);
        return;
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
    reader.push("DNS", at, end - at, Gist::Text(question.clone()));
    if !reader.has(at, HEADER_LEN) {
        return;
    }
    reader.field(Name::Identifier, at, 2, reader.number(at, 2));
    let flags = reader.number(at + 2, 2);
    let is_question = flags & 0x8000 == 0;
    let meaning = if is_question { Meaning::AQuestion } else { Meaning::AnAnswer };
    let meaning = Some(meaning);
    reader.meant(Name::Flags, at + 2, 2, format!("0x{flags:04x}"), meaning);
    reader.field(Name::Questions, at + 4, 2, reader.number(at + 4, 2));
    reader.field(Name::Answers, at + 6, 2, reader.number(at + 6, 2));
    let rest = end - at - HEADER_LEN;
    if rest > 0 {
        reader.field(Name::Name, at + HEADER_LEN, rest, question);
    }
}
