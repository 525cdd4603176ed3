//! ICMP messages (RFC 792) that a host makes itself, and what an error quotes.

use std::fmt;

use super::{Bytes, Ipv4Addr, checksum, ipv4};

/// Length of the header.
pub const HEADER_LEN: usize = 8;
/// An error carries no more than this many bytes of IP packet in all (RFC 1812 section 4.3.2.3).
const MAX_ERROR_LEN: usize = 576;

/// Message types.
pub mod kind {
    /// Echo reply.
    pub const ECHO_REPLY: u8 = 0;
    /// Destination unreachable.
    pub const UNREACHABLE: u8 = 3;
    /// Source quench (obsolete).
    pub const SOURCE_QUENCH: u8 = 4;
    /// Redirect.
    pub const REDIRECT: u8 = 5;
    /// Echo request.
    pub const ECHO_REQUEST: u8 = 8;
    /// Time exceeded.
    pub const TIME_EXCEEDED: u8 = 11;
    /// Parameter problem.
    pub const PARAMETER_PROBLEM: u8 = 12;
}

/// An ICMP error: its type, code and the word that some of them carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// Type 3 with this code.
    Unreachable(u8),
    /// Type 3 code 4, with the MTU of the next hop (RFC 1191).
    FragmentationNeeded {
        /// Largest packet that the next hop takes.
        mtu: u16,
    },
    /// Type 11: code 0 in transit, code 1 during reassembly.
    TimeExceeded(u8),
    /// Type 5 code 1, with the better gateway.
    Redirect(Ipv4Addr),
    /// Type 12 code 0, with the offset of the bad byte.
    ParameterProblem(u8),
}

impl Error {
    /// Type 3 code 0.
    pub const NET_UNREACHABLE: Error = Error::Unreachable(0);
    /// Type 3 code 1.
    pub const HOST_UNREACHABLE: Error = Error::Unreachable(1);
    /// Type 3 code 2.
    pub const PROTOCOL_UNREACHABLE: Error = Error::Unreachable(2);
    /// Type 3 code 3.
    pub const PORT_UNREACHABLE: Error = Error::Unreachable(3);
    /// Type 3 code 13.
    pub const ADMIN_PROHIBITED: Error = Error::Unreachable(13);
    /// Type 11 code 0.
    pub const TTL_EXCEEDED: Error = Error::TimeExceeded(0);
    /// Type 11 code 1.
    pub const REASSEMBLY_TIMEOUT: Error = Error::TimeExceeded(1);

    /// Type and code.
    pub fn type_and_code(self) -> (u8, u8) {
        match self {
            Error::Unreachable(code) => (kind::UNREACHABLE, code),
            Error::FragmentationNeeded { .. } => (kind::UNREACHABLE, 4),
            Error::TimeExceeded(code) => (kind::TIME_EXCEEDED, code),
            Error::Redirect(_) => (kind::REDIRECT, 1),
            Error::ParameterProblem(_) => (kind::PARAMETER_PROBLEM, 0),
        }
    }

    fn word(self) -> [u8; 4] {
        match self {
            Error::FragmentationNeeded { mtu } => {
                let [high, low] = mtu.to_be_bytes();
                [0, 0, high, low]
            }
            Error::Redirect(gateway) => gateway.octets(),
            Error::ParameterProblem(pointer) => [pointer, 0, 0, 0],
            Error::Unreachable(_) | Error::TimeExceeded(_) => [0; 4],
        }
    }
}

impl fmt::Display for Error {
    /// In the words of RFC 792.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Error::NET_UNREACHABLE => f.write_str("network unreachable"),
            Error::HOST_UNREACHABLE => f.write_str("host unreachable"),
            Error::PROTOCOL_UNREACHABLE => f.write_str("protocol unreachable"),
            Error::PORT_UNREACHABLE => f.write_str("port unreachable"),
            Error::ADMIN_PROHIBITED => f.write_str("communication administratively prohibited"),
            Error::Unreachable(code) => write!(f, "destination unreachable, code {code}"),
            Error::FragmentationNeeded { mtu } => {
                write!(f, "fragmentation needed and DF set, next MTU {mtu}")
            }
            Error::TTL_EXCEEDED => f.write_str("time to live exceeded in transit"),
            Error::TimeExceeded(_) => f.write_str("fragment reassembly time exceeded"),
            Error::Redirect(gateway) => write!(f, "redirect to {gateway}"),
            Error::ParameterProblem(at) => write!(f, "parameter problem at byte {at}"),
        }
    }
}

/// Reads an error message (not its quotation); `None` for anything that is not an error.
pub fn parse_error(message: &[u8]) -> Option<Error> {
    let header = message.get(..HEADER_LEN)?;
    Some(match (header[0], header[1]) {
        (kind::UNREACHABLE, 4) => {
            Error::FragmentationNeeded { mtu: u16::from_be_bytes([header[6], header[7]]) }
        }
        (kind::UNREACHABLE, code) => Error::Unreachable(code),
        (kind::TIME_EXCEEDED, code) => Error::TimeExceeded(code),
        (kind::REDIRECT, _) => {
            Error::Redirect(Ipv4Addr::new(header[4], header[5], header[6], header[7]))
        }
        (kind::PARAMETER_PROBLEM, _) => Error::ParameterProblem(header[4]),
        _ => return None,
    })
}

/// Whether a message is an error, about which no error may be sent.
pub fn is_error(message: &[u8]) -> bool {
    !matches!(message.first(), Some(0 | 8 | 13..=18))
}

/// The ICMP message that reports `error` about `packet`, quoting as much as fits into 576 bytes.
pub fn error_message(error: Error, packet: &[u8]) -> Bytes {
    let quoted = &packet[..packet.len().min(MAX_ERROR_LEN - ipv4::HEADER_LEN - HEADER_LEN)];
    let (kind, code) = error.type_and_code();
    message(kind, code, error.word(), quoted)
}

/// An echo request or reply.
pub fn echo(kind: u8, ident: u16, seq: u16, data: &[u8]) -> Bytes {
    let [i0, i1] = ident.to_be_bytes();
    let [s0, s1] = seq.to_be_bytes();
    message(kind, 0, [i0, i1, s0, s1], data)
}

fn message(kind: u8, code: u8, word: [u8; 4], data: &[u8]) -> Bytes {
    let (bytes, ()) = Bytes::build(HEADER_LEN + data.len(), |out| {
        out[0] = kind;
        out[1] = code;
        out[4..8].copy_from_slice(&word);
        out[8..].copy_from_slice(data);
        let sum = !checksum::sum(out);
        out[2..4].copy_from_slice(&sum.to_be_bytes());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_quotes_at_most_576_bytes_in_all() {
        let message = error_message(Error::FragmentationNeeded { mtu: 1000 }, &[0x45; 1500]);
        assert_eq!(message.len() + ipv4::HEADER_LEN, 576);
        assert_eq!(parse_error(&message), Some(Error::FragmentationNeeded { mtu: 1000 }));
        assert_eq!(checksum::sum(&message), 0xffff);
    }

    #[test]
    fn echoes_carry_identifier_and_sequence() {
        let message = echo(kind::ECHO_REQUEST, 7, 3, b"data");
        assert_eq!(echo_fields(&message), Some((7, 3)));
        assert_eq!(parse_error(&message), None);
        assert!(!is_error(&message));
        assert!(is_error(&error_message(Error::TTL_EXCEEDED, &[0x45; 40])));
    }
}
