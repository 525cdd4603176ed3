//! Neighbour discovery (RFC 4861): who has this address, and where are routers. Messages are ICMPv6,
//! made without a checksum.

use std::net::Ipv6Addr;

use super::icmpv6::{HEADER_LEN, kind, message};
use super::{Bytes, MacAddr};

/// Only messages that no router has forwarded are believed.
pub const HOP_LIMIT: u8 = 255;

/// Option: the hardware address of the sender.
const SOURCE_MAC: u8 = 1;
/// Option: the hardware address of the target.
const TARGET_MAC: u8 = 2;
/// Option: a random number by which one knows one's own question (RFC 7527).
const NONCE: u8 = 14;

/// A random number in a question about an address that nobody should have.
pub type Nonce = [u8; 6];

/// A question: who has `target`?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Solicitation {
    /// The address in question.
    pub target: Ipv6Addr,
    /// The hardware address of who asks; none while he looks for duplicates.
    pub mac: Option<MacAddr>,
    /// Marks a search for duplicates.
    pub nonce: Option<Nonce>,
}

/// An answer: `target` is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Advertisement {
    /// The address in question.
    pub target: Ipv6Addr,
    /// Its hardware address; none if the asker must know it.
    pub mac: Option<MacAddr>,
    /// Whether it is a router.
    pub router: bool,
    /// Whether somebody had asked.
    pub solicited: bool,
    /// Whether it replaces what is known.
    pub overrides: bool,
}

impl Solicitation {
    /// Reads the message behind an IPv6 header.
    pub fn parse(bytes: &[u8]) -> Option<Solicitation> {
        let target = target(bytes)?;
        let nonce = option(bytes, NONCE).and_then(|value| value.try_into().ok());
        Some(Solicitation { target, mac: mac_option(bytes, SOURCE_MAC), nonce })
    }

    /// The message.
    pub fn message(&self) -> Bytes {
        let mut body = self.target.octets().to_vec();
        if let Some(mac) = self.mac {
            push_option(&mut body, SOURCE_MAC, mac.octets());
        }
        if let Some(nonce) = self.nonce {
            push_option(&mut body, NONCE, nonce);
        }
        message(kind::NEIGHBOR_SOLICITATION, 0, 0, &body)
    }
}

impl Advertisement {
    /// Reads the message behind an IPv6 header.
    pub fn parse(bytes: &[u8]) -> Option<Advertisement> {
        let target = target(bytes)?;
        let flags = *bytes.get(4)?;
        Some(Advertisement {
            target,
            mac: mac_option(bytes, TARGET_MAC),
            router: flags & 0x80 != 0,
            solicited: flags & 0x40 != 0,
            overrides: flags & 0x20 != 0,
        })
    }

    /// The message.
    pub fn message(&self) -> Bytes {
        let mut body = self.target.octets().to_vec();
        if let Some(mac) = self.mac {
            push_option(&mut body, TARGET_MAC, mac.octets());
        }
        let flag = |is_set: bool, bit: u32| u32::from(is_set) << bit;
        let flags = flag(self.router, 31) | flag(self.solicited, 30) | flag(self.overrides, 29);
        message(kind::NEIGHBOR_ADVERTISEMENT, 0, flags, &body)
    }
}

/// A question: are there routers?
pub fn router_solicitation(mac: MacAddr) -> Bytes {
    let mut body = Vec::new();
    push_option(&mut body, SOURCE_MAC, mac.octets());
    message(kind::ROUTER_SOLICITATION, 0, 0, &body)
}

fn target(bytes: &[u8]) -> Option<Ipv6Addr> {
    let octets: [u8; 16] = bytes.get(HEADER_LEN..HEADER_LEN + 16)?.try_into().ok()?;
    Some(octets.into())
}

fn push_option(body: &mut Vec<u8>, kind: u8, value: [u8; 6]) {
    body.extend([kind, 1]);
    body.extend(value);
}

/// The options of a message about neighbours or routers: type and value. `fixed` bytes come before them.
pub fn options(bytes: &[u8], fixed: usize) -> impl Iterator<Item = (u8, &[u8])> {
    let mut rest = bytes.get(fixed..).unwrap_or_default();
    std::iter::from_fn(move || {
        let [kind, units, ..] = *rest else { return None };
        let (option, after) = rest.split_at_checked(8 * usize::from(units))?;
        rest = after;
        option.get(2..).map(|value| (kind, value))
    })
}

fn option(bytes: &[u8], wanted: u8) -> Option<&[u8]> {
    options(bytes, HEADER_LEN + 16).find(|(kind, _)| *kind == wanted).map(|(_, value)| value)
}

fn mac_option(bytes: &[u8], wanted: u8) -> Option<MacAddr> {
    let [a, b, c, d, e, f] = *option(bytes, wanted)? else { return None };
    Some(MacAddr(a, b, c, d, e, f))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_and_answers_come_back_as_they_went_in() {
        let target = "fe80::ff:fe00:b".parse().unwrap();
        let mac = Some(MacAddr(2, 0, 0, 0, 0, 0xb));
        for (mac, nonce) in [(mac, None), (None, Some([1, 2, 3, 4, 5, 6]))] {
            let question = Solicitation { target, mac, nonce };
            assert_eq!(question.message().len(), 32);
            assert_eq!(Solicitation::parse(&question.message()), Some(question));
        }
        let answer = Advertisement { target, mac, router: true, solicited: true, overrides: false };
        assert_eq!(Advertisement::parse(&answer.message()), Some(answer));
        assert_eq!(answer.message()[4], 0xc0);
    }

    #[test]
    fn damaged_options_end_the_list() {
        let target = "fe80::1".parse().unwrap();
        let mut bytes = Solicitation { target, mac: None, nonce: Some([0; 6]) }.message();
        bytes.make_mut()[25] = 0;
        assert_eq!(Solicitation::parse(&bytes).unwrap().nonce, None);
        assert_eq!(Solicitation::parse(&bytes[..20]), None);
    }
}
