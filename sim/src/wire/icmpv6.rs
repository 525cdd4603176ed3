//! ICMPv6 messages (RFC 4443) that a host makes itself, and what an error quotes. Those about
//! neighbours are in `ndp`, those about groups in `mld`.

use std::fmt;
use std::net::Ipv6Addr;

use super::ipv6::{self, next_header};
use super::{Bytes, checksum};

/// Length of the header.
pub const HEADER_LEN: usize = 8;

/// Message types.
pub mod kind {
    /// Destination unreachable.
    pub const UNREACHABLE: u8 = 1;
    /// Packet too big.
    pub const TOO_BIG: u8 = 2;
    /// Time exceeded.
    pub const TIME_EXCEEDED: u8 = 3;
    /// Parameter problem.
    pub const PARAMETER_PROBLEM: u8 = 4;
    /// Echo request.
    pub const ECHO_REQUEST: u8 = 128;
    /// Echo reply.
    pub const ECHO_REPLY: u8 = 129;
    /// Router solicitation.
    pub const ROUTER_SOLICITATION: u8 = 133;
    /// Router advertisement.
    pub const ROUTER_ADVERTISEMENT: u8 = 134;
    /// Neighbour solicitation.
    pub const NEIGHBOR_SOLICITATION: u8 = 135;
    /// Neighbour advertisement.
    pub const NEIGHBOR_ADVERTISEMENT: u8 = 136;
    /// Listener report of version 2.
    pub const LISTENER_REPORT: u8 = 143;
}

/// An ICMPv6 error: its type, code and the word that some of them carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// Type 1 with this code.
    Unreachable(u8),
    /// Type 2, with the MTU of the next hop.
    PacketTooBig {
        /// Largest packet that the next hop takes.
        mtu: u32,
    },
    /// Type 3: code 0 in transit, code 1 during reassembly.
    TimeExceeded(u8),
    /// Type 4 with this code, and the offset of the bad byte.
    ParameterProblem(u8, u32),
}

impl Error {
    /// Type 1 code 0.
    pub const NO_ROUTE: Error = Error::Unreachable(0);
    /// Type 1 code 1.
    pub const PROHIBITED: Error = Error::Unreachable(1);
    /// Type 1 code 3.
    pub const ADDRESS_UNREACHABLE: Error = Error::Unreachable(3);
    /// Type 1 code 4.
    pub const PORT_UNREACHABLE: Error = Error::Unreachable(4);
    /// Type 3 code 0.
    pub const HOP_LIMIT_EXCEEDED: Error = Error::TimeExceeded(0);

    /// Type, code and the word behind the checksum.
    fn parts(self) -> (u8, u8, u32) {
        match self {
            Error::Unreachable(code) => (kind::UNREACHABLE, code, 0),
            Error::PacketTooBig { mtu } => (kind::TOO_BIG, 0, mtu),
            Error::TimeExceeded(code) => (kind::TIME_EXCEEDED, code, 0),
            Error::ParameterProblem(code, at) => (kind::PARAMETER_PROBLEM, code, at),
        }
    }
}

impl fmt::Display for Error {
    /// In the words of RFC 4443.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Error::NO_ROUTE => f.write_str("no route to destination"),
            Error::PROHIBITED => f.write_str("communication administratively prohibited"),
            Error::ADDRESS_UNREACHABLE => f.write_str("address unreachable"),
            Error::PORT_UNREACHABLE => f.write_str("port unreachable"),
            Error::Unreachable(code) => write!(f, "destination unreachable, code {code}"),
            Error::PacketTooBig { mtu } => write!(f, "packet too big, next MTU {mtu}"),
            Error::HOP_LIMIT_EXCEEDED => f.write_str("hop limit exceeded in transit"),
            Error::TimeExceeded(_) => f.write_str("fragment reassembly time exceeded"),
            Error::ParameterProblem(_, at) => write!(f, "parameter problem at byte {at}"),
        }
    }
}

/// Reads an error message (not its quotation); `None` for anything that is not an error.
pub fn parse_error(message: &[u8]) -> Option<Error> {
    let [kind, code, _, _, word @ ..] = message.get(..HEADER_LEN)? else { return None };
    let word = u32::from_be_bytes(word.try_into().ok()?);
    Some(match *kind {
        kind::UNREACHABLE => Error::Unreachable(*code),
        kind::TOO_BIG => Error::PacketTooBig { mtu: word },
        kind::TIME_EXCEEDED => Error::TimeExceeded(*code),
        kind::PARAMETER_PROBLEM => Error::ParameterProblem(*code, word),
        _ => return None,
    })
}

/// Whether a message is an error, about which no error may be sent.
pub fn is_error(message: &[u8]) -> bool {
    message.first().is_some_and(|kind| *kind < kind::ECHO_REQUEST)
}

/// The message that reports `error` about `packet`, quoting as much as fits into the smallest MTU.
pub fn error_message(error: Error, packet: &[u8]) -> Bytes {
    let most = ipv6::MIN_MTU as usize - ipv6::HEADER_LEN - HEADER_LEN;
    let (kind, code, word) = error.parts();
    message(kind, code, word, &packet[..packet.len().min(most)])
}

/// An echo request or reply.
pub fn echo(kind: u8, ident: u16, seq: u16, data: &[u8]) -> Bytes {
    message(kind, 0, u32::from(ident) << 16 | u32::from(seq), data)
}

/// A message without its checksum, which [`seal`] fills in.
pub(super) fn message(kind: u8, code: u8, word: u32, data: &[u8]) -> Bytes {
    let (bytes, ()) = Bytes::build(HEADER_LEN + data.len(), |out| {
        out[0] = kind;
        out[1] = code;
        out[4..8].copy_from_slice(&word.to_be_bytes());
        out[8..].copy_from_slice(data);
    });
    bytes
}

/// Identifier and sequence number of an echo message.
pub fn echo_fields(message: &[u8]) -> Option<(u16, u16)> {
    let header = message.get(..HEADER_LEN)?;
    matches!(header[0], kind::ECHO_REQUEST | kind::ECHO_REPLY).then(|| {
        (u16::from_be_bytes([header[4], header[5]]), u16::from_be_bytes([header[6], header[7]]))
    })
}

/// The sum of a message and of its pseudo header (RFC 8200 section 8.1).
fn sum(message: &[u8], src: Ipv6Addr, dst: Ipv6Addr) -> u16 {
    let mut pseudo = [0; 40];
    pseudo[..16].copy_from_slice(&src.octets());
    pseudo[16..32].copy_from_slice(&dst.octets());
    pseudo[32..36].copy_from_slice(&(message.len() as u32).to_be_bytes());
    pseudo[39] = next_header::ICMPV6;
    checksum::add(checksum::sum(&pseudo), checksum::sum(message))
}

/// Fills in the checksum.
pub fn seal(message: &mut Bytes, src: Ipv6Addr, dst: Ipv6Addr) {
    let bytes = message.make_mut();
    bytes[2..4].fill(0);
    let sum = !sum(bytes, src, dst);
    bytes[2..4].copy_from_slice(&sum.to_be_bytes());
}

/// Whether the checksum is right.
pub fn is_sound(message: &[u8], src: Ipv6Addr, dst: Ipv6Addr) -> bool {
    message.len() >= 4 && sum(message, src, dst) == 0xffff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_quotes_no_more_than_the_smallest_mtu() {
        let message = error_message(Error::PacketTooBig { mtu: 1400 }, &[0x60; 1500]);
        assert_eq!(message.len() + ipv6::HEADER_LEN, 1280);
        assert_eq!(parse_error(&message), Some(Error::PacketTooBig { mtu: 1400 }));
        assert!(is_error(&message));
    }

    #[test]
    fn a_sealed_message_is_sound_and_agrees_with_another_implementation() {
        let (src, dst) = ("fe80::1".parse().unwrap(), "fe80::2".parse().unwrap());
        let mut message = echo(kind::ECHO_REQUEST, 7, 3, b"data!");
        seal(&mut message, src, dst);
        assert!(is_sound(&message, src, dst));
        assert!(!is_sound(&message, src, src));
        assert_eq!(echo_fields(&message), Some((7, 3)));
        let packet = pnet_packet::icmpv6::Icmpv6Packet::new(&message).unwrap();
        let other = pnet_packet::icmpv6::checksum(&packet, &src, &dst);
        assert_eq!(u16::from_be_bytes([message[2], message[3]]), other);
    }
}
