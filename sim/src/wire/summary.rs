//! One line per frame, in the words of `tcpdump -n`: what a student reads first.

use std::fmt::Write as _;

use smoltcp::wire::{TcpOption, TcpPacket};

use super::{Ipv4Addr, arp, arp::Arp, ethernet, icmp, ipv4, summary6, udp, vlan, vxlan};

/// How much of tcpdump's line is wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Style {
    /// `-e`: the Ethernet header first.
    pub ethernet: bool,
    /// `-v`: the fields of the IP header.
    pub verbose: bool,
}

/// The line for a frame. An inner frame (VXLAN) follows on the same line behind `; `.
pub fn summary(frame: &[u8]) -> String {
    lines(frame, Style::default()).join("; ")
}

/// The lines for a frame: one, and one more for each frame inside.
pub fn lines(frame: &[u8], style: Style) -> Vec<String> {
    let mut out = Vec::new();
    push_frame(frame, style, &mut out);
    out
}

fn push_frame(frame: &[u8], style: Style, out: &mut Vec<String>) {
    if frame.len() < ethernet::HEADER_LEN {
        out.push(format!("[|ether] {} bytes", frame.len()));
        return;
    }
    let mut line = String::new();
    let mut kind = ethernet::ethertype(frame);
    let mut rest = &frame[ethernet::HEADER_LEN..];
    if style.ethernet {
        let (src, dst) = (ethernet::src(frame), ethernet::dst(frame));
        let dst =
            if dst == super::BROADCAST_MAC { "Broadcast".to_owned() } else { dst.to_string() };
        // Writing to a String cannot fail.
        let _ = write!(line, "{src} > {dst}, ");
        if kind < 0x600 {
            let _ = write!(line, "802.3, length {kind}: ");
        } else {
            let name = type_name(kind);
            let _ = write!(line, "ethertype {name} (0x{kind:04x}), length {}: ", frame.len());
        }
    }
    if let Some(id) = vlan::id(frame).filter(|_| rest.len() >= vlan::TAG_LEN) {
        kind = u16::from_be_bytes([rest[2], rest[3]]);
        rest = &rest[vlan::TAG_LEN..];
        let _ = write!(line, "vlan {id}, p 0, ");
        if style.ethernet {
            let _ = write!(line, "ethertype {}, ", type_name(kind));
        }
    }
    match kind {
        ethernet::ETHERTYPE_ARP => line += &arp_line(frame),
        ethernet::ETHERTYPE_IPV4 => {
            let inner = ip_line(rest, style, &mut line);
            out.push(line);
            if let Some(inner) = inner {
                push_frame(inner, style, out);
            }
            return;
        }
        kind if kind < 0x600 => line += &llc_line(rest),
        ethernet::ETHERTYPE_IPV6 => {
            let _ = write!(line, "IP6 {}", summary6::packet(rest, u32::from(style.verbose)));
        }
        kind => {
            let _ = write!(line, "ethertype 0x{kind:04x}, length {}", rest.len());
        }
    }
    out.push(line);
}

fn type_name(kind: u16) -> &'static str {
    match kind {
        ethernet::ETHERTYPE_IPV4 => "IPv4",
        ethernet::ETHERTYPE_ARP => "ARP",
        ethernet::ETHERTYPE_VLAN => "802.1Q",
        ethernet::ETHERTYPE_IPV6 => "IPv6",
        _ => "Unknown",
    }
}

fn arp_line(frame: &[u8]) -> String {
    let Some(arp) = Arp::parse(frame) else { return "ARP, malformed".to_owned() };
    let len = frame.len() - ethernet::HEADER_LEN;
    match arp.operation {
        arp::REQUEST if arp.sender_ip == arp.target_ip => {
            format!("ARP, Announcement {}, length {len}", arp.target_ip)
        }
        arp::REQUEST if arp.sender_ip == Ipv4Addr::UNSPECIFIED => {
            format!("ARP, Probe {}, length {len}", arp.target_ip)
        }
        arp::REQUEST => {
            let (who, tell) = (arp.target_ip, arp.sender_ip);
            format!("ARP, Request who-has {who} tell {tell}, length {len}")
        }
        arp::REPLY => {
            format!("ARP, Reply {} is-at {}, length {len}", arp.sender_ip, arp.sender_mac)
        }
        other => format!("ARP, operation {other}, length {len}"),
    }
}

fn llc_line(payload: &[u8]) -> String {
    // 0x42 0x42: the spanning tree protocol (IEEE 802.1D).
    match payload {
        [0x42, 0x42, 3, _, _, _, bpdu, ..] => {
            let kind = if *bpdu == 0x80 { "Topology Change" } else { "Config" };
            format!("STP 802.1d, {kind}, length {}", payload.len())
        }
        _ => format!("LLC, length {}", payload.len()),
    }
}

/// Writes the line of an IPv4 packet; returns the frame inside, if it carries one.
fn ip_line<'a>(packet: &'a [u8], style: Style, line: &mut String) -> Option<&'a [u8]> {
    if packet.len() < ipv4::HEADER_LEN {
        *line += "IP truncated";
        return None;
    }
    let ip = ipv4::view(packet);
    let payload = ipv4::payload(packet);
    let protocol = ipv4::protocol_of(packet);
    *line += "IP ";
    if style.verbose {
        let flags = match (ip.dont_frag(), ip.more_frags()) {
            (true, _) => "DF",
            (_, true) => "+",
            _ => "none",
        };
        let name = ipv4::protocol::name(protocol).unwrap_or("unknown").to_uppercase();
        let _ = write!(
            line,
            "(tos 0x{:x}, ttl {}, id {}, offset {}, flags [{flags}], proto {name} ({protocol}), length {})\n    ",
            ip.dscp() << 2 | ip.ecn(),
            ip.hop_limit(),
            ip.ident(),
            ip.frag_offset(),
            ip.total_len(),
        );
    }
    let (src, dst) = (ipv4::src(packet), ipv4::dst(packet));
    if ipv4::is_later_fragment(packet) {
        let name = ipv4::protocol::name(protocol).unwrap_or("ip");
        let _ = write!(line, "{src} > {dst}: {name}");
        return None;
    }
    match protocol {
        ipv4::protocol::ICMP => {
            let _ = write!(line, "{src} > {dst}: {}", icmp_text(payload));
            None
        }
        ipv4::protocol::TCP => {
            match udp::ports(payload) {
                Some((sport, dport)) => {
                    let _ = write!(line, "{src}.{sport} > {dst}.{dport}: {}", tcp_text(payload));
                }
                None => *line += "truncated-tcp",
            }
            None
        }
        ipv4::protocol::UDP => {
            let Some((sport, dport)) = udp::ports(payload) else {
                *line += "truncated-udp";
                return None;
            };
            let _ = write!(line, "{src}.{sport} > {dst}.{dport}: ");
            let data = payload.get(udp::HEADER_LEN..).unwrap_or_default();
            if dport == vxlan::PORT
                && let Some(vni) = vxlan::vni(data)
            {
                let _ = write!(line, "VXLAN, flags [I] (0x08), vni {vni}");
                return data.get(vxlan::HEADER_LEN..);
            }
            *line += &udp_text(sport, dport, data);
            None
        }
        ipv4::protocol::IGMP => {
            let _ = write!(line, "{src} > {dst}: igmp");
            None
        }
        other => {
            let _ = write!(line, "{src} > {dst}:  ip-proto-{other} {}", payload.len());
            None
        }
    }
}

fn udp_text(sport: u16, dport: u16, data: &[u8]) -> String {
    if (sport == 53 || dport == 53)
        && let Some(text) = dns_text(data)
    {
        return format!("{text} ({})", data.len());
    }
    format!("UDP, length {}", data.len())
}

/// A DNS message: `13742+ A? test1.` or `13742 1/0/0 A 10.0.0.2`.
fn dns_text(data: &[u8]) -> Option<String> {
    let word = |at: usize| Some(u16::from_be_bytes([*data.get(at)?, *data.get(at + 1)?]));
    let (id, flags) = (word(0)?, word(2)?);
    let (questions, answers) = (word(4)?, word(6)?);
    let mut at = 12;
    let mut name = String::new();
    if questions == 0 {
        return None;
    }
    loop {
        let len = usize::from(*data.get(at)?);
        at += 1;
        if len == 0 {
            break;
        }
        name += &String::from_utf8_lossy(data.get(at..at + len)?);
        name.push('.');
        at += len;
    }
    let kind = match word(at)? {
        1 => "A",
        12 => "PTR",
        28 => "AAAA",
        _ => "Type",
    };
    if flags & 0x8000 == 0 {
        let recursion = if flags & 0x0100 != 0 { "+" } else { "" };
        return Some(format!("{id}{recursion} {kind}? {name}"));
    }
    let code = match flags & 15 {
        0 => "",
        2 => " ServFail",
        3 => " NXDomain",
        5 => " Refused",
        _ => " Error",
    };
    let mut text = format!("{id}{code} {answers}/{}/{}", word(8)?, word(10)?);
    // The first answer, when it is an address behind a compressed name.
    if answers > 0
        && word(at + 6) == Some(1)
        && let Some(&[a, b, c, d]) = data.get(at + 16..at + 20)
    {
        let _ = write!(text, " A {}", Ipv4Addr::new(a, b, c, d));
    }
    Some(text)
}

fn icmp_text(message: &[u8]) -> String {
    let Some(header) = message.get(..icmp::HEADER_LEN) else {
        return "ICMP truncated".to_owned();
    };
    let len = message.len();
    if let Some((id, seq)) = icmp::echo_fields(message) {
        let kind = if header[0] == icmp::kind::ECHO_REQUEST { "request" } else { "reply" };
        return format!("ICMP echo {kind}, id {id}, seq {seq}, length {len}");
    }
    let about = message.get(icmp::HEADER_LEN..).filter(|quoted| quoted.len() >= ipv4::HEADER_LEN);
    let dst = about.map_or(Ipv4Addr::UNSPECIFIED, ipv4::dst);
    let text = match icmp::parse_error(message) {
        Some(icmp::Error::Unreachable(0)) => format!("net {dst} unreachable"),
        Some(icmp::Error::Unreachable(1)) => format!("host {dst} unreachable"),
        Some(icmp::Error::Unreachable(2)) => {
            let protocol = about.map_or(0, ipv4::protocol_of);
            format!("{dst} protocol {protocol} unreachable")
        }
        Some(icmp::Error::Unreachable(3)) => {
            let port = about.and_then(|quoted| udp::ports(ipv4::payload(quoted)));
            let name = match about.map(ipv4::protocol_of) {
                Some(ipv4::protocol::TCP) => "tcp",
                _ => "udp",
            };
            format!("{dst} {name} port {} unreachable", port.map_or(0, |(_, dport)| dport))
        }
        Some(icmp::Error::Unreachable(9)) => {
            format!("net {dst} unreachable - admin prohibited")
        }
        Some(icmp::Error::Unreachable(10)) => {
            format!("host {dst} unreachable - admin prohibited")
        }
        Some(icmp::Error::Unreachable(13)) => {
            format!("host {dst} unreachable - admin prohibited filter")
        }
        Some(icmp::Error::Unreachable(code)) => format!("{dst} unreachable - #{code}"),
        Some(icmp::Error::FragmentationNeeded { mtu }) => {
            format!("{dst} unreachable - need to frag (mtu {mtu})")
        }
        Some(icmp::Error::TimeExceeded(0)) => "time exceeded in-transit".to_owned(),
        Some(icmp::Error::TimeExceeded(_)) => "ip reassembly time exceeded".to_owned(),
        Some(icmp::Error::Redirect(gateway)) => format!("redirect {dst} to host {gateway}"),
        Some(icmp::Error::ParameterProblem(at)) => format!("parameter problem - octet {at}"),
        None => format!("type-#{}", header[0]),
    };
    format!("ICMP {text}, length {len}")
}

fn tcp_text(segment: &[u8]) -> String {
    let Ok(tcp) = TcpPacket::new_checked(segment) else { return "truncated-tcp".to_owned() };
    let mut flags: String = [
        (tcp.fin(), 'F'),
        (tcp.syn(), 'S'),
        (tcp.rst(), 'R'),
        (tcp.psh(), 'P'),
        (tcp.urg(), 'U'),
        (tcp.ack(), '.'),
    ]
    .iter()
    .filter(|(on, _)| *on)
    .map(|(_, letter)| *letter)
    .collect();
    if flags.is_empty() {
        flags = "none".to_owned();
    }
    let len = tcp.payload().len();
    let first = tcp.seq_number().0 as u32;
    let mut text = format!("Flags [{flags}]");
    if len > 0 {
        let _ = write!(text, ", seq {first}:{}", first.wrapping_add(len as u32));
    } else if tcp.syn() || tcp.fin() || tcp.rst() {
        let _ = write!(text, ", seq {first}");
    }
    if tcp.ack() {
        let _ = write!(text, ", ack {}", tcp.ack_number().0 as u32);
    }
    let _ = write!(text, ", win {}", tcp.window_len());
    let options = tcp_options(tcp.options());
    if !options.is_empty() {
        let _ = write!(text, ", options [{}]", options.join(","));
    }
    let _ = write!(text, ", length {len}");
    if let Some(first) = http_line(tcp.payload()) {
        let _ = write!(text, ": HTTP: {first}");
    }
    text
}

fn tcp_options(mut bytes: &[u8]) -> Vec<String> {
    let mut out = Vec::new();
    while let Ok((rest, option)) = TcpOption::parse(bytes) {
        match option {
            TcpOption::EndOfList => break,
            TcpOption::NoOperation => out.push("nop".to_owned()),
            TcpOption::MaxSegmentSize(mss) => out.push(format!("mss {mss}")),
            TcpOption::WindowScale(scale) => out.push(format!("wscale {scale}")),
            TcpOption::SackPermitted => out.push("sackOK".to_owned()),
            TcpOption::SackRange(ranges) => {
                let count = ranges.iter().flatten().count();
                out.push(format!("sack {count}"));
            }
            TcpOption::TimeStamp { tsval, tsecr } => {
                out.push(format!("TS val {tsval} ecr {tsecr}"));
            }
            TcpOption::Unknown { kind, .. } => out.push(format!("opt-{kind}")),
        }
        if rest.len() >= bytes.len() {
            break;
        }
        bytes = rest;
    }
    out
}

/// The first line of an HTTP message.
fn http_line(payload: &[u8]) -> Option<String> {
    const STARTS: [&[u8]; 6] = [b"GET ", b"PUT ", b"POST ", b"DELETE ", b"HEAD ", b"HTTP/1."];
    if !STARTS.iter().any(|start| payload.starts_with(start)) {
        return None;
    }
    let end = payload.iter().position(|byte| *byte == b'\r').unwrap_or(payload.len()).min(120);
    Some(String::from_utf8_lossy(&payload[..end]).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Bytes, MacAddr};

    fn echo() -> Bytes {
        let mut bytes = icmp::echo(icmp::kind::ECHO_REQUEST, 7, 1, &[0; 56]);
        let header = ipv4::Header {
            tos: 0,
            ident: 1,
            dont_fragment: true,
            ttl: 64,
            protocol: ipv4::protocol::ICMP,
            src: Ipv4Addr::new(10, 0, 0, 2),
            dst: Ipv4Addr::new(10, 0, 0, 3),
        };
        ipv4::push_header(&mut bytes, &header);
        let (dst, src) = (MacAddr(2, 0, 0, 0, 0, 2), MacAddr(2, 0, 0, 0, 0, 1));
        ethernet::push_header(&mut bytes, dst, src, ethernet::ETHERTYPE_IPV4);
        bytes
    }

    #[test]
    fn an_echo_reads_as_tcpdump_prints_it() {
        let frame = echo();
        let line = "IP 10.0.0.2 > 10.0.0.3: ICMP echo request, id 7, seq 1, length 64";
        assert_eq!(summary(&frame), line);
        let style = Style { ethernet: true, verbose: false };
        let with_header = format!(
            "02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype IPv4 (0x0800), length 98: {line}"
        );
        assert_eq!(lines(&frame, style), [with_header]);
    }

    #[test]
    fn any_cut_of_a_frame_has_a_line() {
        let frame = echo();
        for len in 0..frame.len() {
            assert!(!summary(&frame[..len]).is_empty());
        }
    }
}
