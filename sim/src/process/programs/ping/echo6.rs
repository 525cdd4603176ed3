//! Echo requests over IPv6: whom they go to, and what comes back. Both kinds of `ping` use it.

use crate::engine::Time;
use crate::kernel::socket::{Raw6Message, Raw6Send};
use crate::kernel::{Errno, LinkId};
use crate::process::proc::Proc;
use crate::process::programs::resolver::{self, LookupError};
use crate::process::socket::Raw6;
use crate::wire::{Bytes, Ipv6Addr, icmpv6, ipv6};

/// Whom to ping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target6 {
    /// Its name, or its address as it was written.
    pub name: String,
    /// Its address.
    pub address: Ipv6Addr,
    /// The link on which the address holds, if that was written.
    pub zone: Option<LinkId>,
    /// Whether it was written as an address.
    pub is_literal: bool,
}

/// Whether a target can only be of IPv6.
pub(super) fn is_inet6(word: &str) -> bool {
    word.split('%').next().is_some_and(|address| address.parse::<Ipv6Addr>().is_ok())
}

/// Finds a target: an address, perhaps with its link, or a name.
pub(super) async fn target(proc: &Proc, word: &str) -> Result<Target6, LookupError> {
    let (address, zone) = match word.split_once('%') {
        Some((address, zone)) => (address, Some(zone)),
        None => (word, None),
    };
    let Ok(literal) = address.parse::<Ipv6Addr>() else {
        let found = resolver::lookup6(proc, word).await?;
        return Ok(Target6 { name: found.0, address: found.1, zone: None, is_literal: false });
    };
    let zone = match zone {
        None => None,
        // Only addresses that hold on one link have one.
        Some(name) if ipv6::is_link_local(literal) => {
            let link = proc.sys(|sys| sys.link_named(name));
            Some(link.ok_or(LookupError::NotKnown)?)
        }
        Some(_) => return Err(LookupError::NotKnown),
    };
    Ok(Target6 { name: word.to_owned(), address: literal, zone, is_literal: true })
}

/// What a pinger hears.
pub(super) enum Heard6 {
    /// An answer to one of its requests.
    Reply(Reply6),
    /// An error about one of its requests.
    Error {
        /// Who tells it, and by which device it came; `None` for this host.
        offender: Option<(Ipv6Addr, Option<LinkId>)>,
        /// What it is.
        error: icmpv6::Error,
        /// The request.
        seq: u16,
    },
}

/// An answer.
pub(super) struct Reply6 {
    pub from: Ipv6Addr,
    pub input: Option<LinkId>,
    pub seq: u16,
    pub hop_limit: u8,
    /// What follows the header.
    pub data: Bytes,
    pub at: Time,
}

/// A socket for requests with one identifier to one target.
pub(super) struct Echo6 {
    pub proc: Proc,
    pub raw: Raw6,
    pub to: Target6,
    pub ident: u16,
}

impl Echo6 {
    /// Sends a request.
    pub(super) fn send(&self, seq: u16, data: &[u8]) -> Result<(), Errno> {
        let message = icmpv6::echo(icmpv6::kind::ECHO_REQUEST, self.ident, seq, data);
        self.raw.send(Raw6Send { dst: self.to.address, zone: self.to.zone, message })
    }

    /// Waits for what concerns this pinger.
    pub(super) async fn recv(&self) -> Result<Heard6, Errno> {
        loop {
            if let Some(heard) = self.understand(self.raw.recv().await?) {
                return Ok(heard);
            }
        }
    }

    fn understand(&self, message: Raw6Message) -> Option<Heard6> {
        let own = |bytes: &[u8]| {
            icmpv6::echo_fields(bytes).filter(|(ident, _)| *ident == self.ident).map(|(_, seq)| seq)
        };
        Some(match message {
            Raw6Message::Packet { from, input, hop_limit, message, at } => {
                let seq = own(&message)?;
                let data = message.slice(icmpv6::HEADER_LEN, message.len());
                Heard6::Reply(Reply6 { from, input, seq, hop_limit, data, at })
            }
            Raw6Message::Error { offender, error, quoted } => {
                Heard6::Error { offender, error, seq: own(&quoted)? }
            }
        })
    }

    /// An address as it is printed: one that holds on its link only has the device behind it.
    pub(super) fn name_of(&self, address: Ipv6Addr, input: Option<LinkId>) -> String {
        if !ipv6::is_link_local(address) {
            return address.to_string();
        }
        // A packet from here to here came by no wire: its device is the one that has the address.
        let name = self.proc.sys(|sys| {
            let links = sys.links();
            let owner = links.iter().find(|l| l.addrs6.iter().any(|own| own.local == address));
            let link = owner.map(|owner| owner.id).or(input).or(self.to.zone);
            link.map(|link| sys.link_name(link))
        });
        name.map_or(address.to_string(), |name| format!("{address}%{name}"))
    }
}
