//! Entries of sets in words: `10.0.0.1`, `10.0.0.0/24`, `10.0.0.1-10.0.0.9`, `10.0.0.1,tcp:80`.

use ipnet::{Ipv4Net, Ipv4Subnets};

use crate::kernel::netfilter::ipset::{SetEntry, SetKind};
use crate::kernel::netfilter::spec::{icmp, names};
use crate::wire::{Ipv4Addr, ipv4::protocol};

use super::refusal::{Refusal, Result};

/// The entries that one word means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entries {
    kind: SetKind,
    first: Ipv4Addr,
    last: Ipv4Addr,
    /// Protocol, first and last port.
    ports: Option<(u8, u16, u16)>,
}

impl Entries {
    /// Reads a word for a set of this kind.
    pub fn parse(kind: SetKind, word: &str) -> Result<Entries> {
        let name = kind.name();
        let (address, port) = match (word.split_once(','), kind) {
            (None, SetKind::IpPort) => {
                return Err(Refusal::syntax(format!("Second element is missing from {word}.")));
            }
            (Some((address, port)), SetKind::IpPort) => (address, Some(port)),
            (Some(_), _) => {
                return Err(Refusal::syntax(format!(
                    "Elem separator in {word}, but settype {name} supports none."
                )));
            }
            (None, _) => (word, None),
        };
        let (first, last) = addresses(address)?;
        let ports = port.map(ports).transpose()?;
        Ok(Entries { kind, first, last, ports })
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = SetEntry> {
        let nets = Ipv4Subnets::new(self.first, self.last, 0);
        // A range of networks is cut into as few as possible, everything else into addresses.
        let nets: Box<dyn Iterator<Item = Ipv4Net>> = match self.kind {
            SetKind::Net => Box::new(nets),
            SetKind::Ip | SetKind::IpPort => Box::new(nets.flat_map(each_address)),
        };
        let ports = self.ports;
        nets.flat_map(move |net| {
            let (protocol, first, last) = ports.unwrap_or_default();
            (first..=last).map(move |port| SetEntry { net, port: ports.map(|_| (protocol, port)) })
        })
    }
}

fn each_address(net: Ipv4Net) -> impl Iterator<Item = Ipv4Net> {
    (u32::from(net.network())..=u32::from(net.broadcast())).map(|n| Ipv4Addr::from(n).into())
}

/// `ADDRESS`, `ADDRESS/LENGTH` or `FIRST-LAST`.
fn addresses(word: &str) -> Result<(Ipv4Addr, Ipv4Addr)> {
    if let Some((first, last)) = word.split_once('-') {
        let (first, last) = (address(first)?, address(last)?);
        return Ok((first.min(last), first.max(last)));
    }
    let Some((host, length)) = word.split_once('/') else {
        let address = address(word)?;
        return Ok((address, address));
    };
    let length = number(length, 32)? as u8;
    let net = Ipv4Net::new(address(host)?, length).expect("the length was checked");
    Ok((net.network(), net.broadcast()))
}

fn address(word: &str) -> Result<Ipv4Addr> {
    let wrong =
        || Refusal::syntax(format!("cannot parse {word}: resolving to IPv4 address failed"));
    word.parse().map_err(|_| wrong())
}

/// `[PROTOCOL:]PORT[-PORT]`, `icmp:TYPE/CODE` or `icmp:NAME`, `PROTOCOL:0`.
fn ports(word: &str) -> Result<(u8, u16, u16)> {
    let (name, port) = word.split_once(':').unwrap_or(("tcp", word));
    let number_of_protocol = names::protocol_number(name)
        .ok_or_else(|| Refusal::syntax(format!("cannot parse '{name}' as a protocol")))?;
    match number_of_protocol {
        protocol::TCP | protocol::UDP | protocol::SCTP | protocol::UDPLITE => {
            let (first, last) = port.split_once('-').unwrap_or((port, port));
            let read = |port| port_number(port, number_of_protocol, name);
            let (first, last) = (read(first)?, read(last)?);
            Ok((number_of_protocol, first.min(last), first.max(last)))
        }
        protocol::ICMP => {
            let wrong = || Refusal::syntax(format!("cannot parse '{port}' as an ICMP type"));
            let both = || {
                let (kind, code) = port.split_once('/')?;
                Some((kind.parse().ok()?, code.parse().ok()?))
            };
            let (kind, code) = icmp::message(port).or_else(both).ok_or_else(wrong)?;
            let number = u16::from_be_bytes([kind, code]);
            Ok((protocol::ICMP, number, number))
        }
        _ if port == "0" => Ok((number_of_protocol, 0, 0)),
        _ => Err(Refusal::syntax(format!(
            "Protocol {name} can be used with pseudo port value 0 only."
        ))),
    }
}

fn port_number(word: &str, protocol: u8, name: &str) -> Result<u16> {
    if let Some(port) = names::service_port(word, protocol) {
        return Ok(port);
    }
    number(word, u16::MAX.into()).map(|port| port as u16).map_err(|refusal| match refusal {
        Refusal::Wrong(why) => Refusal::Wrong(format!(
            "{why}\nSyntax error: '{name}' is invalid as number\n\
             cannot parse '{word}' as a {name} port"
        )),
        other => other,
    })
}

/// An entry as it is listed.
pub fn text(entry: SetEntry) -> String {
    let net = entry.net;
    let place = match net.prefix_len() {
        32 => net.addr().to_string(),
        _ => net.to_string(),
    };
    let Some((number, port)) = entry.port else { return place };
    let name = names::protocol_name(number);
    if number == protocol::ICMP {
        let [kind, code] = port.to_be_bytes();
        return match icmp::message_name(kind, code) {
            Some(message) => format!("{place},{name}:{message}"),
            None => format!("{place},{name}:{kind}/{code}"),
        };
    }
    format!("{place},{name}:{port}")
}

/// A number up to this one, in decimal or behind `0x`.
pub fn number(word: &str, max: u64) -> Result<u64> {
    let number = match word.strip_prefix("0x") {
        Some(digits) => i64::from_str_radix(digits, 16),
        None => word.parse(),
    };
    let number = number.map_err(|_| Refusal::syntax(format!("'{word}' is invalid as number")))?;
    u64::try_from(number)
        .ok()
        .filter(|number| *number <= max)
        .ok_or_else(|| Refusal::syntax(format!("'{word}' is out of range 0-{max}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(kind: SetKind, word: &str) -> Vec<String> {
        Entries::parse(kind, word).unwrap().iter().map(text).collect()
    }

    #[test]
    fn a_range_is_addresses_or_the_fewest_networks() {
        assert_eq!(all(SetKind::Ip, "10.0.0.6/31"), ["10.0.0.6", "10.0.0.7"]);
        assert_eq!(all(SetKind::Net, "10.0.0.4-10.0.0.9"), ["10.0.0.4/30", "10.0.0.8/31"]);
        assert_eq!(all(SetKind::Net, "10.0.0.7/24"), ["10.0.0.0/24"]);
    }

    #[test]
    fn ports_have_protocols() {
        let words = [
            ("10.0.0.1,80", "10.0.0.1,tcp:80"),
            ("10.0.0.1,udp:domain", "10.0.0.1,udp:53"),
            ("10.0.0.1,icmp:8/0", "10.0.0.1,icmp:echo-request"),
            ("10.0.0.1,gre:0", "10.0.0.1,gre:0"),
        ];
        for (word, listed) in words {
            assert_eq!(all(SetKind::IpPort, word), [listed]);
        }
        assert_eq!(all(SetKind::IpPort, "10.0.0.1,tcp:80-79").len(), 2);
        let refused = Entries::parse(SetKind::IpPort, "10.0.0.1,gre:1");
        assert!(matches!(refused, Err(Refusal::Wrong(_))));
    }
}
