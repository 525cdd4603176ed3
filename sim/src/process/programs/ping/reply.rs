//! The sentences of `ping`: how long a reply took, what an ICMP error means.

use crate::process::calendar::Calendar;
use crate::wire::{Ipv4Addr, icmp, icmpv6, ipv4};

/// A round trip time with as many digits as make sense.
pub(super) fn time(micros: i64) -> String {
    match micros {
        99_950.. => format!("{}", (micros + 500) / 1000),
        9_995.. => {
            let rounded = micros + 50;
            format!("{}.{}", rounded / 1000, rounded % 1000 / 100)
        }
        1_000.. => {
            let rounded = micros + 5;
            format!("{}.{:02}", rounded / 1000, rounded % 1000 / 10)
        }
        _ => format!("{}.{:03}", micros / 1000, micros % 1000),
    }
}

/// The time of day in front of a line (`-D`).
pub(super) fn timestamp(seconds: f64) -> String {
    let micros = Calendar::of(seconds).nanosecond / 1000;
    format!("[{}.{micros:06}] ", seconds as u64)
}

/// What an error says, without the end of the line.
pub(super) fn error(error: icmp::Error) -> String {
    let text = match error {
        icmp::Error::Unreachable(code) => return unreachable(code),
        icmp::Error::FragmentationNeeded { mtu } => {
            return format!("Frag needed and DF set (mtu = {mtu})");
        }
        icmp::Error::Redirect(gateway) => {
            return format!("Redirect Host(New nexthop: {gateway})");
        }
        icmp::Error::ParameterProblem(at) => return format!("Parameter problem: pointer = {at}"),
        icmp::Error::TimeExceeded(0) => "Time to live exceeded",
        icmp::Error::TimeExceeded(1) => "Frag reassembly time exceeded",
        icmp::Error::TimeExceeded(code) => return format!("Time exceeded, Bad Code: {code}"),
    };
    text.to_owned()
}

/// What an error of IPv6 says.
pub(super) fn error6(error: icmpv6::Error) -> String {
    let text = match error {
        icmpv6::Error::NO_ROUTE => "Destination unreachable: No route",
        icmpv6::Error::PROHIBITED => "Destination unreachable: Administratively prohibited",
        icmpv6::Error::Unreachable(2) => "Destination unreachable: Beyond scope of source address",
        icmpv6::Error::ADDRESS_UNREACHABLE => "Destination unreachable: Address unreachable",
        icmpv6::Error::PORT_UNREACHABLE => "Destination unreachable: Port unreachable",
        icmpv6::Error::Unreachable(code) => {
            return format!("Destination unreachable: Unknown code {code}");
        }
        icmpv6::Error::PacketTooBig { mtu } => return format!("Packet too big: mtu={mtu}"),
        icmpv6::Error::HOP_LIMIT_EXCEEDED => "Time exceeded: Hop limit",
        icmpv6::Error::TimeExceeded(1) => "Time exceeded: Defragmentation failure",
        icmpv6::Error::TimeExceeded(code) => return format!("Time exceeded: code {code}"),
        icmpv6::Error::ParameterProblem(0, _) => "Parameter problem: Wrong header field",
        icmpv6::Error::ParameterProblem(1, _) => "Parameter problem: Unknown header",
        icmpv6::Error::ParameterProblem(..) => "Parameter problem: Unknown option",
    };
    text.to_owned()
}

fn unreachable(code: u8) -> String {
    let text = match code {
        0 => "Destination Net Unreachable",
        1 => "Destination Host Unreachable",
        2 => "Destination Protocol Unreachable",
        3 => "Destination Port Unreachable",
        5 => "Source Route Failed",
        6 => "Destination Net Unknown",
        7 => "Destination Host Unknown",
        8 => "Source Host Isolated",
        9 => "Destination Net Prohibited",
        10 => "Destination Host Prohibited",
        11 => "Destination Net Unreachable for Type of Service",
        12 => "Destination Host Unreachable for Type of Service",
        13 => "Packet filtered",
        14 => "Precedence Violation",
        15 => "Precedence Cutoff",
        code => return format!("Dest Unreachable, Bad Code: {code}"),
    };
    text.to_owned()
}

/// The header of the packet that an error quotes, as `-v` shows it.
pub(super) fn quoted_header(packet: &[u8]) -> String {
    let ip = ipv4::view(packet);
    let (src, dst): (Ipv4Addr, Ipv4Addr) = (ipv4::src(packet), ipv4::dst(packet));
    // The fields are shown as this machine's processor reads them: the other way round.
    let word = |at: usize| u16::from_le_bytes([packet[at], packet[at + 1]]);
    let fragment = word(6);
    format!(
        "Vr HL TOS  Len   ID Flg  off TTL Pro  cks      Src      Dst Data\n \
         {:x}  {:x}  {:02x} {:04x} {:04x}   {:x} {:04x}  {:02x}  {:02x} {:04x} {src}  {dst} \n",
        ip.version(),
        ip.header_len() / 4,
        packet[1],
        word(2),
        word(4),
        fragment >> 13,
        fragment & 0x1fff,
        ip.hop_limit(),
        packet[9],
        word(10),
    )
}

/// Where the data of a reply is not what was sent (`wrong data byte …`).
pub(super) fn difference(sent: &[u8], came: &[u8], skipped: usize) -> Option<String> {
    let at = (skipped..sent.len()).find(|at| sent.get(*at) != came.get(*at))?;
    let (should, was) = (sent[at], came.get(at).copied().unwrap_or_default());
    let mut text = format!("\nwrong data byte #{at} should be 0x{should:x} but was 0x{was:x}");
    for (at, byte) in came.iter().enumerate().skip(skipped) {
        if at % 32 == skipped {
            text += &format!("\n#{at}\t");
        }
        text += &format!("{byte:x} ");
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_fewer_decimals_the_longer_it_is() {
        assert_eq!(time(66), "0.066");
        assert_eq!(time(1_234), "1.23");
        assert_eq!(time(12_340), "12.3");
        assert_eq!(time(99_950), "100");
        assert_eq!(time(2_047_941), "2048");
    }

    #[test]
    fn a_changed_byte_is_found() {
        assert_eq!(difference(b"time1234", b"xxxx1234", 4), None);
        let text = difference(b"time1234", b"time1299", 4).expect("two bytes differ");
        assert!(text.starts_with("\nwrong data byte #6 should be 0x33 but was 0x39\n#4\t31 "));
    }
}
