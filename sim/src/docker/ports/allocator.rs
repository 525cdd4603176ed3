//! Which ports of the host are given away (libnetwork's `portallocator`): each address has its own
//! books, and what a program on the host has is found out only when it is bound.

use std::net::IpAddr;

use indexmap::IndexMap;

use crate::docker::model::Protocol;

/// `net.ipv4.ip_local_port_range`: where ports are chosen when nobody says which.
const EPHEMERAL: (u16, u16) = (32_768, 60_999);

/// The ports of the host that are given away.
#[derive(Debug, Clone, Default)]
pub struct Ports {
    books: IndexMap<(IpAddr, Protocol), Book>,
}

/// The ports of one address and protocol.
#[derive(Debug, Clone, Default)]
struct Book {
    taken: Vec<u16>,
    /// The last port that was chosen from each range.
    last: IndexMap<(u16, u16), u16>,
}

impl Ports {
    /// Takes a port of a range, or the next of all.
    pub(super) fn take(
        &mut self,
        ip: IpAddr,
        protocol: Protocol,
        range: Option<(u16, u16)>,
    ) -> Option<u16> {
        let book = self.books.entry((ip, protocol)).or_default();
        let (low, high) = range.unwrap_or(EPHEMERAL);
        let last = book.last.entry((low, high)).or_insert(high);
        let after = (*last).checked_add(1).filter(|next| *next <= high).unwrap_or(low);
        let port = (after..=high).chain(low..after).find(|port| !book.taken.contains(port))?;
        *last = port;
        book.taken.push(port);
        Some(port)
    }

    pub(super) fn release(&mut self, ip: IpAddr, protocol: Protocol, port: u16) {
        if let Some(book) = self.books.get_mut(&(ip, protocol)) {
            book.taken.retain(|known| *known != port);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, Ipv6Addr};

    const ANY: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

    #[test]
    fn ports_are_given_once_and_in_order() {
        let mut ports = Ports::default();
        assert_eq!(ports.take(ANY, Protocol::Tcp, Some((80, 80))), Some(80));
        assert_eq!(ports.take(ANY, Protocol::Tcp, Some((80, 80))), None);
        assert_eq!(ports.take(ANY, Protocol::Tcp, None), Some(32_768));
        ports.release(ANY, Protocol::Tcp, 32_768);
        assert_eq!(ports.take(ANY, Protocol::Tcp, None), Some(32_769));
        assert_eq!(ports.take(ANY, Protocol::Tcp, Some((80, 82))), Some(81));
        assert_eq!(ports.take(ANY, Protocol::Tcp, Some((80, 82))), Some(82));
        assert_eq!(ports.take(ANY, Protocol::Tcp, Some((80, 82))), None);
        ports.release(ANY, Protocol::Tcp, 80);
        assert_eq!(ports.take(ANY, Protocol::Tcp, Some((80, 82))), Some(80));
    }

    #[test]
    fn every_address_and_protocol_has_its_own_ports() {
        let mut ports = Ports::default();
        let home = Ipv4Addr::LOCALHOST.into();
        let six = Ipv6Addr::UNSPECIFIED.into();
        for (ip, protocol) in [(ANY, Protocol::Tcp), (home, Protocol::Tcp), (six, Protocol::Tcp)] {
            assert_eq!(ports.take(ip, protocol, Some((80, 80))), Some(80));
            assert_eq!(ports.take(ip, protocol, None), Some(32_768));
        }
        assert_eq!(ports.take(ANY, Protocol::Udp, None), Some(32_768));
    }
}
