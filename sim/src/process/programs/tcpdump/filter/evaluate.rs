//! Whether a frame passes a [`Filter`].

use crate::kernel::Direction;
use crate::wire::ipv4::protocol;
use crate::wire::ipv6::next_header;
use crate::wire::{BROADCAST_MAC, Ipv4Addr, MacAddr};

use super::names::{ARP, IP, IP6, RARP, VLAN};
use super::{Comparison, Filter, Header, Layer, Number, Primitive, Side};

const TYPE_AT: usize = 12;
const TAG_LEN: usize = 4;

/// A frame as a filter sees it.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// Its bytes.
    pub frame: &'a [u8],
    /// How long it was before it was cut.
    pub len: usize,
    /// Which way it went, if that is known.
    pub direction: Option<Direction>,
    /// Whether it comes from a device: then its first VLAN tag stands beside it, and a filter that
    /// does not ask for tags does not see it.
    pub is_live: bool,
}

/// The filter wanted bytes that are not there: the frame does not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct OutOfFrame;

type Result<T> = std::result::Result<T, OutOfFrame>;

impl Filter {
    /// Whether a frame passes.
    pub fn accepts(&self, view: &View) -> bool {
        self.evaluate(view).unwrap_or(false)
    }

    fn evaluate(&self, view: &View) -> Result<bool> {
        match self {
            Filter::All => Ok(true),
            Filter::And(a, b) => Ok(a.evaluate(view)? && b.evaluate(view)?),
            Filter::Or(a, b) => Ok(a.evaluate(view)? || b.evaluate(view)?),
            Filter::Not(a) => Ok(!a.evaluate(view)?),
            Filter::Primitive(primitive, tags) => view.holds(primitive, *tags),
            Filter::Relation(a, comparison, b, tags) => {
                let (Some(a), Some(b)) = (view.number(a, *tags)?, view.number(b, *tags)?) else {
                    return Ok(false);
                };
                Ok(match comparison {
                    Comparison::Equal => a == b,
                    Comparison::NotEqual => a != b,
                    Comparison::Less => a < b,
                    Comparison::Greater => a > b,
                    Comparison::AtMost => a <= b,
                    Comparison::AtLeast => a >= b,
                })
            }
        }
    }
}

impl View<'_> {
    fn u8(&self, at: usize) -> Result<u8> {
        self.frame.get(at).copied().ok_or(OutOfFrame)
    }

    fn u16(&self, at: usize) -> Result<u16> {
        Ok(u16::from_be_bytes([self.u8(at)?, self.u8(at + 1)?]))
    }

    fn address(&self, at: usize) -> Result<Ipv4Addr> {
        let bytes = self.frame.get(at..at + 4).ok_or(OutOfFrame)?;
        Ok(Ipv4Addr::new(bytes[0], bytes[1], bytes[2], bytes[3]))
    }

    fn mac(&self, at: usize) -> Result<MacAddr> {
        let bytes = self.frame.get(at..at + 6).ok_or(OutOfFrame)?;
        Ok(MacAddr(bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5]))
    }

    /// Where the type of the payload stands behind so many tags.
    fn type_at(&self, tags: usize) -> Result<usize> {
        let is_tagged = self.is_live && self.u16(TYPE_AT)? == VLAN;
        Ok(TYPE_AT + TAG_LEN * tags.max(usize::from(is_tagged)))
    }

    fn ether_type(&self, tags: usize) -> Result<u16> {
        self.u16(self.type_at(tags)?)
    }

    /// Where the payload begins, if it is of this type.
    fn payload_of(&self, kind: u16, tags: usize) -> Result<Option<usize>> {
        let at = self.type_at(tags)?;
        Ok((self.u16(at)? == kind).then_some(at + 2))
    }

    /// Where the header behind IP begins, and its protocol, unless it went with another fragment.
    fn transport(&self, tags: usize) -> Result<Option<(usize, u8)>> {
        let Some(ip) = self.payload_of(IP, tags)? else { return Ok(None) };
        let is_later_fragment = self.u16(ip + 6)? & 0x1fff != 0;
        let header = usize::from(self.u8(ip)? & 15) * 4;
        Ok(if is_later_fragment { None } else { Some((ip + header, self.u8(ip + 9)?)) })
    }

    fn holds(&self, primitive: &Primitive, tags: usize) -> Result<bool> {
        match primitive {
            Primitive::EtherType(kind) => Ok(self.ether_type(tags)? == *kind),
            Primitive::Protocol(number) => match self.payload_of(IP, tags)? {
                Some(ip) => Ok(self.u8(ip + 9)? == *number),
                None => Ok(false),
            },
            // As in libpcap, options in front of it hide it.
            Primitive::Icmp6 => match self.payload_of(IP6, tags)? {
                Some(ip) => Ok(self.u8(ip + 6)? == next_header::ICMPV6),
                None => Ok(false),
            },
            Primitive::Address(side, net, layer) => {
                let Some((src, dst)) = self.ends(*layer, tags)? else { return Ok(false) };
                Ok(side.choose(net.contains(&src), net.contains(&dst)))
            }
            Primitive::Port(side, from, to, wanted) => {
                let Some((at, own)) = self.transport(tags)? else { return Ok(false) };
                let has_ports = matches!(own, protocol::TCP | protocol::UDP | protocol::SCTP);
                if !has_ports || wanted.is_some_and(|wanted| wanted != own) {
                    return Ok(false);
                }
                let fits = |port: u16| (*from..=*to).contains(&port);
                Ok(side.choose(fits(self.u16(at)?), fits(self.u16(at + 2)?)))
            }
            Primitive::Mac(side, mac) => {
                Ok(side.choose(self.mac(6)? == *mac, self.mac(0)? == *mac))
            }
            Primitive::EtherBroadcast => Ok(self.mac(0)? == BROADCAST_MAC),
            Primitive::EtherMulticast => Ok(self.u8(0)? & 1 == 1),
            Primitive::IpMulticast => match self.payload_of(IP, tags)? {
                Some(ip) => Ok(self.u8(ip + 16)? >= 224),
                None => Ok(false),
            },
            Primitive::AtMost(len) => Ok(self.len <= *len as usize),
            Primitive::AtLeast(len) => Ok(self.len >= *len as usize),
            Primitive::Vlan(id) => {
                let at = TYPE_AT + TAG_LEN * tags;
                let is_tag = self.u16(at)? == VLAN;
                Ok(is_tag && id.map_or(Ok(true), |id| Ok(self.u16(at + 2)? & 0xfff == id))?)
            }
            Primitive::Inbound => Ok(self.direction == Some(Direction::In)),
            Primitive::Outbound => Ok(self.direction == Some(Direction::Out)),
        }
    }

    /// Source and destination of a packet, or the two that ARP is about.
    fn ends(&self, layer: Layer, tags: usize) -> Result<Option<(Ipv4Addr, Ipv4Addr)>> {
        let at = self.type_at(tags)?;
        let (kind, payload) = (self.u16(at)?, at + 2);
        match (kind, layer) {
            (IP, Layer::Any | Layer::Ip) => {
                Ok(Some((self.address(payload + 12)?, self.address(payload + 16)?)))
            }
            (ARP, Layer::Any | Layer::Arp) | (RARP, Layer::Any | Layer::ReverseArp) => {
                Ok(Some((self.address(payload + 14)?, self.address(payload + 24)?)))
            }
            _ => Ok(None),
        }
    }

    /// A number of a relation; `None` if the packet has no such header.
    fn number(&self, number: &Number, tags: usize) -> Result<Option<u32>> {
        match number {
            Number::Literal(value) => Ok(Some(*value)),
            Number::Length => Ok(Some(self.len as u32)),
            Number::Bytes(header, offset, size) => {
                let base = match header {
                    Header::Ether => Some(0),
                    Header::Ip => self.payload_of(IP, tags)?,
                    Header::Arp => self.payload_of(ARP, tags)?,
                    Header::Transport(wanted) => {
                        self.transport(tags)?.filter(|(_, own)| own == wanted).map(|(at, _)| at)
                    }
                };
                let (Some(base), Some(offset)) = (base, self.number(offset, tags)?) else {
                    return Ok(None);
                };
                let mut value = 0;
                for n in 0..usize::from(*size) {
                    value = value << 8 | u32::from(self.u8(base + offset as usize + n)?);
                }
                Ok(Some(value))
            }
            Number::Binary(sign, a, b) => {
                let (Some(a), Some(b)) = (self.number(a, tags)?, self.number(b, tags)?) else {
                    return Ok(None);
                };
                Ok(Some(match sign {
                    '&' => a & b,
                    '|' => a | b,
                    '<' => a.checked_shl(b).unwrap_or(0),
                    '>' => a.checked_shr(b).unwrap_or(0),
                    '+' => a.wrapping_add(b),
                    '-' => a.wrapping_sub(b),
                    '*' => a.wrapping_mul(b),
                    '/' => a.checked_div(b).ok_or(OutOfFrame)?,
                    _ => a.checked_rem(b).ok_or(OutOfFrame)?,
                }))
            }
        }
    }
}

impl Side {
    fn choose(self, source: bool, destination: bool) -> bool {
        match self {
            Side::Source => source,
            Side::Destination => destination,
            Side::Either => source || destination,
            Side::Both => source && destination,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use crate::wire::{Bytes, ethernet, icmp, ipv4};

    fn echo() -> Bytes {
        let mut bytes = icmp::echo(icmp::kind::ECHO_REQUEST, 7, 1, &[0; 56]);
        let header = ipv4::Header {
            tos: 0,
            ident: 1,
            dont_fragment: true,
            ttl: 9,
            protocol: protocol::ICMP,
            src: Ipv4Addr::new(10, 0, 0, 2),
            dst: Ipv4Addr::new(10, 0, 0, 3),
        };
        ipv4::push_header(&mut bytes, &header);
        let (dst, src) = (MacAddr(2, 0, 0, 0, 0, 2), MacAddr(2, 0, 0, 0, 0, 1));
        ethernet::push_header(&mut bytes, dst, src, ethernet::ETHERTYPE_IPV4);
        bytes
    }

    fn accepts(text: &str) -> bool {
        let names = |name: &str| match name {
            "web" => vec![Ipv4Addr::new(10, 0, 0, 9), Ipv4Addr::new(10, 0, 0, 3)],
            _ => Vec::new(),
        };
        let frame = echo();
        let view = View { frame: &frame, len: frame.len(), direction: None, is_live: true };
        parse(text, &names).unwrap().accepts(&view)
    }

    #[test]
    fn primitives_look_at_their_fields() {
        for text in [
            "",
            "icmp",
            "ip",
            "host 10.0.0.2",
            "src 10.0.0.2",
            "dst host web",
            "net 10.0.0.0/24",
            "net 10.0",
            "ip proto 1",
            "ether host 2:0:0:0:0:1",
            "ether src 02:00:00:00:00:01",
            "less 98",
            "greater 98",
            "not arp and not port 80",
            "icmp or tcp",
            "src 10.0.0.2 and dst 10.0.0.3",
            "host (10.0.0.9 or 10.0.0.3)",
            "ether proto 0x0800",
            "src or dst host 10.0.0.3",
            "! tcp port 80",
            "10.0.0.2",
            "(icmp)",
        ] {
            assert!(accepts(text), "{text}");
        }
        for text in [
            "arp",
            "tcp",
            "udp port 53",
            "src 10.0.0.3",
            "net 10.1",
            "vlan",
            "less 97",
            "port 80",
            "src and dst host 10.0.0.2",
            "portrange 1-100",
            "broadcast",
            "multicast",
            "ip6",
        ] {
            assert!(!accepts(text), "{text}");
        }
    }

    #[test]
    fn relations_read_bytes() {
        for text in [
            "ip[8] = 9",
            "ip[8] < 10 and icmp",
            "icmp[icmptype] == icmp-echo",
            "icmp[0] = 8",
            "ip[2:2] = 84",
            "ip[0] & 0xf = 5",
            "(ip[0] & 0xf) * 4 == 20",
            "len = 98",
            "ether[12:2] = 0x800",
            "icmp[icmptype] != icmp-echoreply",
        ] {
            assert!(accepts(text), "{text}");
        }
        for text in ["tcp[tcpflags] & tcp-syn != 0", "not icmp[200] = 0", "ip[8] > 9", "udp[0] = 0"]
        {
            assert!(!accepts(text), "{text}");
        }
    }

    #[test]
    fn mistakes_are_told_as_libpcap_tells_them() {
        let wrong = |text: &str| parse(text, &|_| Vec::new()).unwrap_err();
        let syntax = "can't parse filter expression: syntax error";
        assert_eq!(wrong("port abcd"), "unknown port 'abcd'");
        assert_eq!(wrong("host nosuch"), "unknown host 'nosuch'");
        assert_eq!(wrong("port 80 or"), syntax);
        assert_eq!(wrong("(port 80"), syntax);
        assert_eq!(wrong("icmp and"), syntax);
        assert_eq!(wrong("net 10.0.0.1/24"), "non-network bits set in \"10.0.0.1/24\"");
    }
}
