//! IPv6 and ICMPv6.

use super::reader::Reader;
use super::{Gist, Meaning, Name};
use crate::wire::icmpv6::{self, kind};
use crate::wire::ipv6::{self, next_header};

/// An IPv6 header and what follows it.
pub(super) fn ip(reader: &mut Reader, at: usize) {
    if !reader.has(at, ipv6::HEADER_LEN) {
        return reader.data(at, reader.frame.len());
    }
    let packet = &reader.frame[at..];
    let (from, to) = (ipv6::src(packet), ipv6::dst(packet));
    let flow = ipv6::flow_label(packet);
    reader.push("IPv6", at, ipv6::HEADER_LEN, Gist::Text(format!("{from} > {to}")));
    reader.field(Name::VersionClass, at, 2, "6, 0");
    reader.field(Name::FlowLabel, at + 1, 3, format!("0x{flow:05x}"));
    let length = reader.number(at + 4, 2) as usize;
    reader.field(Name::PayloadLength, at + 4, 2, length);
    let next = reader.frame[at + 6];
    reader.meant(Name::NextHeader, at + 6, 1, next, header_name(next));
    reader.field(Name::HopLimit, at + 7, 1, reader.frame[at + 7]);
    reader.field(Name::Source, at + 8, 16, from);
    let group = to.is_multicast().then_some(Meaning::Group);
    reader.meant(Name::Destination, at + 24, 16, to, group);
    let begin = at + ipv6::HEADER_LEN;
    let end = (begin + length).min(reader.frame.len());
    following(reader, next, begin, end);
}

fn header_name(number: u8) -> Option<Meaning> {
    match number {
        next_header::HOP_BY_HOP => Some(Meaning::RouterOptions),
        next_header::TCP => Some(Meaning::Tcp),
        next_header::UDP => Some(Meaning::Udp),
        next_header::FRAGMENT => Some(Meaning::Fragment),
        next_header::ICMPV6 => Some(Meaning::Icmpv6),
        _ => None,
    }
}

fn following(reader: &mut Reader, number: u8, at: usize, end: usize) {
    match number {
        next_header::HOP_BY_HOP if at + 8 <= end => {
            let len = 8 * (usize::from(reader.frame[at + 1]) + 1);
            let next = reader.frame[at];
            let gist = Gist::Kind(Some(Meaning::RouterOptions));
            reader.push("options", at, len.min(end - at), gist);
            reader.meant(Name::NextHeader, at, 1, next, header_name(next));
            following(reader, next, (at + len).min(end), end);
        }
        next_header::ICMPV6 => message(reader, at, end),
        _ => reader.data(at, end),
    }
}

fn message(reader: &mut Reader, at: usize, end: usize) {
    if at + icmpv6::HEADER_LEN > end {
        return reader.data(at, end);
    }
    let (number, code) = (reader.frame[at], reader.frame[at + 1]);
    let name = match number {
        kind::UNREACHABLE => Some(Meaning::DestinationUnreachable),
        kind::TOO_BIG => Some(Meaning::PacketTooBig),
        kind::TIME_EXCEEDED => Some(Meaning::TimeExceeded),
        kind::PARAMETER_PROBLEM => Some(Meaning::ParameterProblem),
        kind::ECHO_REQUEST => Some(Meaning::EchoRequest),
        kind::ECHO_REPLY => Some(Meaning::EchoReply),
        kind::ROUTER_SOLICITATION => Some(Meaning::RouterSolicitation),
        kind::ROUTER_ADVERTISEMENT => Some(Meaning::RouterAdvertisement),
        kind::NEIGHBOR_SOLICITATION => Some(Meaning::NeighborSolicitation),
        kind::NEIGHBOR_ADVERTISEMENT => Some(Meaning::NeighborAdvertisement),
        kind::LISTENER_REPORT => Some(Meaning::ListenerReport),
        _ => None,
    };
    reader.push("ICMPv6", at, icmpv6::HEADER_LEN, Gist::Kind(name));
    reader.meant(Name::Type, at, 1, number, name);
    reader.field(Name::Code, at + 1, 1, code);
    reader.field(Name::Checksum, at + 2, 2, format!("0x{:04x}", reader.number(at + 2, 2)));
    match number {
        kind::ECHO_REQUEST | kind::ECHO_REPLY => {
            reader.field(Name::Identifier, at + 4, 2, reader.number(at + 4, 2));
            reader.field(Name::Sequence, at + 6, 2, reader.number(at + 6, 2));
        }
        kind::TOO_BIG => reader.field(Name::Mtu, at + 4, 4, reader.number(at + 4, 4)),
        kind::NEIGHBOR_SOLICITATION | kind::NEIGHBOR_ADVERTISEMENT
            if at + icmpv6::HEADER_LEN + 16 <= end =>
        {
            let octets = u128::from(reader.number(at + 8, 8)) << 64;
            let target = octets | u128::from(reader.number(at + 16, 8));
            reader.field(Name::Target, at + 8, 16, std::net::Ipv6Addr::from(target));
        }
        _ => {}
    }
    reader.data(at + icmpv6::HEADER_LEN, end);
}

#[cfg(test)]
mod tests {
    use super::super::dissect;
    use super::{Gist, Meaning, Name};
    use crate::wire::{MacAddr, ethernet, icmpv6, ipv6, ndp};

    #[test]
    fn a_question_about_a_neighbour_has_its_headers() {
        let target = "fe80::1".parse().unwrap();
        let mac = MacAddr(2, 0, 0, 0, 0, 1);
        let question = ndp::Solicitation { target, mac: Some(mac), nonce: None };
        let mut bytes = question.message();
        let (src, dst) = ("fe80::2".parse().unwrap(), ipv6::solicited_node(target));
        icmpv6::seal(&mut bytes, src, dst);
        let next_header = ipv6::next_header::ICMPV6;
        ipv6::push_header(
            &mut bytes,
            &ipv6::Header { flow: 0, next_header, hop_limit: 255, src, dst },
        );
        let group = ipv6::multicast_mac(dst);
        ethernet::push_header(&mut bytes, group, mac, ethernet::ETHERTYPE_IPV6);
        let headers = dissect(&bytes);
        let names: Vec<&str> = headers.iter().map(|header| header.name).collect();
        assert_eq!(names, ["Ethernet", "IPv6", "ICMPv6", "data"]);
        assert_eq!(headers[2].gist, Gist::Kind(Some(Meaning::NeighborSolicitation)));
        let target = headers[2].fields.iter().find(|field| field.name == Name::Target).unwrap();
        assert_eq!(target.value, "fe80::1");
    }
}
