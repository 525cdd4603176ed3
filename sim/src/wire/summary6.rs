//! An IPv6 packet in the words of tcpdump 4.99, but for names.

use std::fmt::Write as _;
use std::net::Ipv6Addr;

use super::icmpv6::{self, Error, HEADER_LEN, kind};
use super::ipv6::{self, next_header};
use super::{mld, ndp};

/// The text behind `IP6 `; `verbose` is how often `-v` was said.
pub fn packet(packet: &[u8], verbose: u32) -> String {
    if packet.len() < ipv6::HEADER_LEN {
        return "[|ip6]".to_owned();
    }
    let mut text = if verbose > 0 { header(packet) } else { String::new() };
    let (src, dst) = (ipv6::src(packet), ipv6::dst(packet));
    // Writing to a String cannot fail.
    let _ = write!(text, "{src} > {dst}: ");
    if ipv6::first_header(packet) == next_header::HOP_BY_HOP {
        text += "HBH ";
        if verbose > 0 {
            text += &options(ipv6::payload(packet));
        }
    }
    match ipv6::transport(packet) {
        Some((next_header::ICMPV6, at)) => {
            let message = &packet[at..];
            if verbose > 0 && icmpv6::is_sound(message, src, dst) {
                text += "[icmp6 sum ok] ";
            }
            text += "ICMP6, ";
            text += &icmp(message, verbose).unwrap_or_else(|| "[|icmp6]".to_owned());
        }
        Some((number, at)) => {
            let _ = write!(text, " ip-proto-{number} {}", packet.len() - at);
        }
        None => text += "[|ip6]",
    }
    text
}

fn header(packet: &[u8]) -> String {
    let number = ipv6::first_header(packet);
    let name = match number {
        next_header::HOP_BY_HOP => "Options",
        next_header::ICMPV6 => "ICMPv6",
        next_header::TCP => "TCP",
        next_header::UDP => "UDP",
        next_header::FRAGMENT => "Fragment",
        _ => "unknown",
    };
    let flow = match ipv6::flow_label(packet) {
        0 => String::new(),
        label => format!("flowlabel 0x{label:05x}, "),
    };
    let length = u16::from_be_bytes([packet[4], packet[5]]);
    format!(
        "({flow}hlim {}, next-header {name} ({number}) payload length: {length}) ",
        ipv6::hop_limit(packet)
    )
}

/// The options for every router, of which there is one kind here, and what fills up.
fn options(bytes: &[u8]) -> String {
    let units = bytes.get(1).map_or(0, |units| usize::from(*units));
    let mut rest = bytes.get(2..8 * (units + 1)).unwrap_or_default();
    let mut text = String::new();
    loop {
        match *rest {
            [0, ref after @ ..] => {
                text += "(pad1) ";
                rest = after;
            }
            [kind, len, ref after @ ..] => {
                let (value, after) = after.split_at(usize::from(len).min(after.len()));
                match (kind, value) {
                    (5, [high, low]) => {
                        let _ = write!(text, "(rtalert: 0x{high:02x}{low:02x}) ");
                    }
                    (1, _) => text += "(padn) ",
                    _ => {
                        let _ = write!(text, "(opt_type 0x{kind:02x}: len={len}) ");
                    }
                }
                rest = after;
            }
            _ => return text,
        }
    }
}

fn icmp(message: &[u8], verbose: u32) -> Option<String> {
    let number = *message.first()?;
    if let Some(error) = icmpv6::parse_error(message) {
        let text = error_text(error, message.get(HEADER_LEN..)?);
        return Some(with_length(text, message, verbose));
    }
    let target = || {
        let octets: [u8; 16] = message.get(HEADER_LEN..HEADER_LEN + 16)?.try_into().ok()?;
        Some(Ipv6Addr::from(octets))
    };
    Some(match number {
        kind::ECHO_REQUEST | kind::ECHO_REPLY => {
            let what = if number == kind::ECHO_REQUEST { "request" } else { "reply" };
            let (ident, seq) = icmpv6::echo_fields(message)?;
            with_length(format!("echo {what}, id {ident}, seq {seq}"), message, verbose)
        }
        kind::ROUTER_SOLICITATION => discovery("router solicitation", "", message, verbose, 8),
        kind::ROUTER_ADVERTISEMENT => discovery("router advertisement", "", message, verbose, 16),
        kind::NEIGHBOR_SOLICITATION => {
            let detail = format!(", who has {}", target()?);
            discovery("neighbor solicitation", &detail, message, verbose, 24)
        }
        kind::NEIGHBOR_ADVERTISEMENT => {
            let flags = [(0x80, "router"), (0x40, "solicited"), (0x20, "override")];
            let set = flags.iter().filter(|(bit, _)| message[4] & bit != 0);
            let set: Vec<&str> = set.map(|(_, name)| *name).collect();
            let mut detail = format!(", tgt is {}", target()?);
            if verbose > 0 {
                let _ = write!(detail, ", Flags [{}]", set.join(", "));
            }
            discovery("neighbor advertisement", &detail, message, verbose, 24)
        }
        kind::LISTENER_REPORT => {
            let records = mld::records(message);
            let mut text =
                format!("multicast listener report v2, {} group record(s)", records.len());
            if verbose > 0 {
                for (number, group) in &records {
                    let name = mld::record_name(*number).unwrap_or("?");
                    let _ = write!(text, " [gaddr {group} {name} {{ }}]");
                }
            }
            with_length(text, message, verbose)
        }
        number => format!("type-#{number}, length {}", message.len()),
    })
}

fn with_length(text: String, message: &[u8], verbose: u32) -> String {
    if verbose > 0 { text } else { format!("{text}, length {}", message.len()) }
}

fn error_text(error: Error, quoted: &[u8]) -> String {
    let about = ipv6::dst(quoted);
    match error {
        Error::NO_ROUTE => format!("destination unreachable, unreachable route {about}"),
        Error::PROHIBITED => format!("destination unreachable, unreachable prohibited {about}"),
        Error::Unreachable(2) => {
            let from = ipv6::src(quoted);
            format!("destination unreachable, beyond scope {about}, source address {from}")
        }
        Error::ADDRESS_UNREACHABLE => {
            format!("destination unreachable, unreachable address {about}")
        }
        Error::Unreachable(code) => {
            format!("destination unreachable, unknown unreach code ({code})")
        }
        Error::PacketTooBig { mtu } => format!("packet too big, mtu {mtu}"),
        Error::HOP_LIMIT_EXCEEDED => format!("time exceeded in-transit for {about}"),
        Error::TimeExceeded(1) => "ip6 reassembly time exceeded".to_owned(),
        Error::TimeExceeded(code) => format!("time exceeded, unknown code ({code})"),
        Error::ParameterProblem(0, at) => format!("parameter problem, erroneous - octet {at}"),
        Error::ParameterProblem(1, at) => format!("parameter problem, next header - octet {at}"),
        Error::ParameterProblem(_, at) => format!("parameter problem, option - octet {at}"),
    }
}

/// A message about neighbours or routers; its options begin behind `fixed` bytes.
fn discovery(name: &str, detail: &str, message: &[u8], verbose: u32, fixed: usize) -> String {
    let length = message.len();
    if verbose == 0 {
        return format!("{name}{detail}, length {length}");
    }
    let mut text = format!("{name}, length {length}{detail}");
    for (number, value) in ndp::options(message, fixed) {
        let size = value.len() + 2;
        let (what, is_mac) = match number {
            1 => ("source link-address", true),
            2 => ("destination link-address", true),
            _ => ("unknown", false),
        };
        let _ = write!(text, "\n\t  {what} option ({number}), length {size} ({}): ", size / 8);
        if is_mac {
            let bytes: Vec<String> = value.iter().map(|byte| format!("{byte:02x}")).collect();
            text += &bytes.join(":");
        }
        if verbose > 1 || !is_mac {
            let pairs: Vec<String> = value
                .chunks(2)
                .map(|pair| pair.iter().map(|byte| format!("{byte:02x}")).collect())
                .collect();
            let indent = if verbose > 1 { "    " } else { "  " };
            let _ = write!(text, "\n\t{indent}0x0000:  {}", pairs.join(" "));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Bytes, MacAddr};

    fn wrapped(mut message: Bytes, src: &str, dst: &str, alert: bool) -> Bytes {
        let (src, dst) = (src.parse().unwrap(), dst.parse().unwrap());
        icmpv6::seal(&mut message, src, dst);
        let mut next_header = next_header::ICMPV6;
        if alert {
            ipv6::push_router_alert(&mut message);
            next_header = next_header::HOP_BY_HOP;
        }
        let hop_limit = if alert { 1 } else { 255 };
        ipv6::push_header(
            &mut message,
            &ipv6::Header { flow: 0, next_header, hop_limit, src, dst },
        );
        message
    }

    #[test]
    fn messages_read_as_tcpdump_wrote_them() {
        let group = "ff02::1:ff00:a".parse().unwrap();
        let report = mld::report(&[(mld::Change::ToExclude, group)]);
        let report = wrapped(report, "::", "ff02::16", true);
        assert_eq!(
            packet(&report, 0),
            ":: > ff02::16: HBH ICMP6, multicast listener report v2, 1 group record(s), length 28"
        );
        assert_eq!(
            packet(&report, 1),
            "(hlim 1, next-header Options (0) payload length: 36) :: > ff02::16: HBH (rtalert: \
             0x0000) (padn) [icmp6 sum ok] ICMP6, multicast listener report v2, 1 group record(s) \
             [gaddr ff02::1:ff00:a to_ex { }]"
        );
        let target = "2001:db8:1::1".parse().unwrap();
        let mac = Some(MacAddr(2, 0, 0, 0, 0, 0xbb));
        let answer =
            ndp::Advertisement { target, mac, router: true, solicited: true, overrides: true };
        let answer = wrapped(answer.message(), "2001:db8:1::1", "2001:db8:1::a", false);
        assert_eq!(
            packet(&answer, 1),
            "(hlim 255, next-header ICMPv6 (58) payload length: 32) 2001:db8:1::1 > 2001:db8:1::a: \
             [icmp6 sum ok] ICMP6, neighbor advertisement, length 32, tgt is 2001:db8:1::1, Flags \
             [router, solicited, override]\n\t  destination link-address option (2), length 8 (1): \
             02:00:00:00:00:bb"
        );
    }

    #[test]
    fn what_is_cut_off_is_said_to_be() {
        assert_eq!(packet(&[0x60; 39], 1), "[|ip6]");
        let solicitation = ndp::router_solicitation(MacAddr(2, 0, 0, 0, 0, 1));
        let whole = wrapped(solicitation, "fe80::1", "ff02::2", false);
        for end in 40..whole.len() {
            assert!(packet(&whole[..end], 2).starts_with("(hlim 255"));
        }
    }
}
