//! What of an IPv6 frame has to agree with a recording: everything but flow labels, checksums that are
//! right, and ids and times of pings.

use netsim_sim::wire::{icmpv6, ipv6};

use super::normal::hex;

/// Where the packet stands in its frame.
const PACKET: usize = 14;
/// Bytes of the header of IPv6.
const HEADER: usize = 40;
const ICMPV6: u8 = 58;
const ERRORS: std::ops::RangeInclusive<u8> = 1..=4;
const ECHOES: std::ops::RangeInclusive<u8> = 128..=129;
const ROUTER_SOLICITATION: u8 = 133;
/// Where the time of a ping stands in its message.
const ECHO_TIME: std::ops::Range<usize> = 8..24;

/// The part that counts; `None` for frames that come at their own times: reports of groups, questions
/// for a router, the detection of duplicates.
pub fn frame(frame: &[u8]) -> Option<String> {
    let mut bytes = frame.to_vec();
    let packet = &mut bytes[PACKET..];
    if packet.len() < HEADER + 8 || ipv6::first_header(packet) != ICMPV6 {
        return None;
    }
    let (src, dst) = (ipv6::src(packet), ipv6::dst(packet));
    if packet[HEADER] == ROUTER_SOLICITATION || src.is_unspecified() {
        return None;
    }
    let sum = if icmpv6::is_sound(&packet[HEADER..], src, dst) { "" } else { "bad-icmp-sum" };
    hide(packet);
    Some(format!("{} {sum}", hex(&bytes)))
}

/// Blanks what differs from run to run, also in the packet that an error quotes.
fn hide(packet: &mut [u8]) {
    if packet.len() < HEADER + 8 {
        return;
    }
    packet[1..4].fill(0);
    let message = &mut packet[HEADER..];
    let end = message.len();
    message[2..4].fill(0);
    if ECHOES.contains(&message[0]) {
        message[4..6].fill(0);
        message[ECHO_TIME.start..ECHO_TIME.end.min(end)].fill(0);
    } else if ERRORS.contains(&message[0]) {
        hide(&mut message[8..]);
    }
}
