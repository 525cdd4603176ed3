//! Multicast listener reports of version 2 (RFC 3810): which groups a host listens to. Messages are
//! ICMPv6, made without a checksum.

use std::net::Ipv6Addr;

use super::Bytes;
use super::icmpv6::{HEADER_LEN, kind, message};

/// What a record says of its group. Sources are never named: a group is heard wholly or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is listened to, as before.
    IsExclude,
    /// It is not listened to any more.
    ToInclude,
    /// It is listened to from now on.
    ToExclude,
}

impl Change {
    fn number(self) -> u8 {
        match self {
            Change::IsExclude => 2,
            Change::ToInclude => 3,
            Change::ToExclude => 4,
        }
    }
}

/// The name that a record's number has for tcpdump.
pub fn record_name(number: u8) -> Option<&'static str> {
    const NAMES: [&str; 6] = ["is_in", "is_ex", "to_in", "to_ex", "allow", "block"];
    NAMES.get(usize::from(number).checked_sub(1)?).copied()
}

/// A report.
pub fn report(records: &[(Change, Ipv6Addr)]) -> Bytes {
    let mut body = Vec::with_capacity(20 * records.len());
    for (change, group) in records {
        body.extend([change.number(), 0, 0, 0]);
        body.extend(group.octets());
    }
    message(kind::LISTENER_REPORT, 0, records.len() as u32, &body)
}

/// The records of a report, by number and group, as far as they are whole.
pub fn records(bytes: &[u8]) -> Vec<(u8, Ipv6Addr)> {
    let mut rest = bytes.get(HEADER_LEN..).unwrap_or_default();
    let mut found = Vec::new();
    while let Some((head, _)) = rest.split_first_chunk::<20>() {
        let [number, auxiliary, high, low, group @ ..] = *head;
        found.push((number, Ipv6Addr::from(group)));
        let sources = usize::from(u16::from_be_bytes([high, low]));
        let length = 20 + 16 * sources + 4 * usize::from(auxiliary);
        rest = rest.get(length..).unwrap_or_default();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_as_they_went_in() {
        let group: Ipv6Addr = "ff02::1:ff00:a".parse().unwrap();
        let message = report(&[(Change::ToExclude, group), (Change::ToInclude, group)]);
        assert_eq!(message.len(), 48);
        assert_eq!(records(&message), [(4, group), (3, group)]);
        assert_eq!(record_name(4), Some("to_ex"));
        assert_eq!(records(&message[..30]), [(4, group)]);
    }
}
