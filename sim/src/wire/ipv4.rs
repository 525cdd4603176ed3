//! IPv4 headers (RFC 791). Functions take a packet from its IP header on; reading goes through
//! `smoltcp::wire::Ipv4Packet`.

use smoltcp::wire::Ipv4Packet;

use super::{Bytes, Ipv4Addr, checksum};

/// Length of a header without options.
pub const HEADER_LEN: usize = 20;

/// Protocol numbers (IANA), as `/etc/protocols` has them.
pub mod protocol {
    /// ICMP.
    pub const ICMP: u8 = 1;
    /// IGMP.
    pub const IGMP: u8 = 2;
    /// TCP.
    pub const TCP: u8 = 6;
    /// UDP.
    pub const UDP: u8 = 17;
    /// Encapsulating Security Payload.
    pub const ESP: u8 = 50;
    /// SCTP.
    pub const SCTP: u8 = 132;
    /// UDP-Lite.
    pub const UDPLITE: u8 = 136;

    /// The name of a protocol, if it has one (`/etc/protocols`).
    pub fn name(number: u8) -> Option<&'static str> {
        Some(match number {
            ICMP => "icmp",
            IGMP => "igmp",
            3 => "ggp",
            4 => "ipencap",
            5 => "st",
            TCP => "tcp",
            8 => "egp",
            9 => "igp",
            12 => "pup",
            UDP => "udp",
            20 => "hmp",
            22 => "xns-idp",
            27 => "rdp",
            29 => "iso-tp4",
            33 => "dccp",
            36 => "xtp",
            37 => "ddp",
            38 => "idpr-cmtp",
            41 => "ipv6",
            43 => "ipv6-route",
            44 => "ipv6-frag",
            45 => "idrp",
            46 => "rsvp",
            47 => "gre",
            ESP => "esp",
            51 => "ah",
            57 => "skip",
            58 => "ipv6-icmp",
            59 => "ipv6-nonxt",
            60 => "ipv6-opts",
            73 => "rspf",
            81 => "vmtp",
            88 => "eigrp",
            89 => "ospf",
            93 => "ax.25",
            94 => "ipip",
            97 => "etherip",
            98 => "encap",
            103 => "pim",
            108 => "ipcomp",
            112 => "vrrp",
            115 => "l2tp",
            124 => "isis",
            SCTP => "sctp",
            133 => "fc",
            135 => "mobility-header",
            UDPLITE => "udplite",
            137 => "mpls-in-ip",
            138 => "manet",
            139 => "hip",
            140 => "shim6",
            141 => "wesp",
            142 => "rohc",
            _ => return None,
        })
    }

    /// The number of a protocol name.
    pub fn number(name: &str) -> Option<u8> {
        (0..=255).find(|n| self::name(*n) == Some(name))
    }
}

/// A header without options, to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The whole type of service byte (DSCP and ECN).
    pub tos: u8,
    /// Identification.
    pub ident: u16,
    /// The DF flag.
    pub dont_fragment: bool,
    /// Time to live.
    pub ttl: u8,
    /// Protocol of the payload.
    pub protocol: u8,
    /// Source.
    pub src: Ipv4Addr,
    /// Destination.
    pub dst: Ipv4Addr,
}

/// Why the bytes are not an IPv4 packet (the checks of Linux's `ip_rcv_core`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Fewer bytes than the header says.
    #[error("the packet is shorter than its header says")]
    Truncated,
    /// Not version 4, or a header of less than 20 bytes.
    #[error("the version or the header length is wrong")]
    BadHeader,
    /// The header checksum does not fit.
    #[error("the IP header checksum is wrong")]
    BadChecksum,
}

/// The packet as a view for reading. Check it first with [`check`].
pub fn view(packet: &[u8]) -> Ipv4Packet<&[u8]> {
    Ipv4Packet::new_unchecked(packet)
}

/// Checks version, lengths and checksum, and cuts what the link added behind the packet.
pub fn check(packet: &mut Bytes) -> Result<(), Malformed> {
    if packet.len() < HEADER_LEN {
        return Err(Malformed::Truncated);
    }
    let ip = view(packet);
    let header_len = usize::from(ip.header_len());
    if ip.version() != 4 || header_len < HEADER_LEN {
        return Err(Malformed::BadHeader);
    }
    let total = usize::from(ip.total_len());
    if packet.len() < header_len || total < header_len || packet.len() < total {
        return Err(Malformed::Truncated);
    }
    if checksum::sum(&packet[..header_len]) != 0xffff {
        return Err(Malformed::BadChecksum);
    }
    packet.truncate(total);
    Ok(())
}

/// Puts a header in front of `payload`.
pub fn push_header(payload: &mut Bytes, header: &Header) {
    let whole = payload.push_front(HEADER_LEN);
    let total = whole.len() as u16;
    let mut ip = Ipv4Packet::new_unchecked(whole);
    ip.set_version(4);
    ip.set_header_len(HEADER_LEN as u8);
    ip.set_dscp(header.tos >> 2);
    ip.set_ecn(header.tos & 3);
    ip.set_total_len(total);
    ip.set_ident(header.ident);
    ip.clear_flags();
    ip.set_frag_offset(0);
    ip.set_dont_frag(header.dont_fragment);
    ip.set_hop_limit(header.ttl);
    ip.set_next_header(header.protocol.into());
    ip.set_src_addr(header.src);
    ip.set_dst_addr(header.dst);
    ip.fill_checksum();
}

/// Source address.
pub fn src(packet: &[u8]) -> Ipv4Addr {
    view(packet).src_addr()
}

/// Destination address.
pub fn dst(packet: &[u8]) -> Ipv4Addr {
    view(packet).dst_addr()
}

/// How many routers may still forward a packet.
pub fn ttl_of(packet: &[u8]) -> u8 {
    packet.get(8).copied().unwrap_or(0)
}

/// Protocol number of the payload.
pub fn protocol_of(packet: &[u8]) -> u8 {
    packet.get(9).copied().unwrap_or(0)
}

/// The type of service byte.
pub fn tos(packet: &[u8]) -> u8 {
    packet.get(1).copied().unwrap_or(0)
}

/// What follows the header.
pub fn payload(packet: &[u8]) -> &[u8] {
    let header_len = usize::from(view(packet).header_len());
    packet.get(header_len..).unwrap_or(&[])
}

/// Whether this is a fragment other than the first: its payload does not start with a TCP, UDP or
/// ICMP header.
pub fn is_later_fragment(packet: &[u8]) -> bool {
    view(packet).frag_offset() != 0
}

/// Whether this is a fragment at all.
pub fn is_fragment(packet: &[u8]) -> bool {
    is_later_fragment(packet) || view(packet).more_frags()
}

/// The limited broadcast address or a class D address.
pub fn is_multicast_or_broadcast(addr: Ipv4Addr) -> bool {
    addr.is_multicast() || addr.is_broadcast()
}

/// `0.0.0.0/8`.
pub fn is_zeronet(addr: Ipv4Addr) -> bool {
    addr.octets()[0] == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet() -> Bytes {
        let mut bytes = Bytes::copy_of(b"payload");
        let header = Header {
            tos: 0x14,
            ident: 0x1234,
            dont_fragment: true,
            ttl: 64,
            protocol: protocol::UDP,
            src: Ipv4Addr::new(10, 0, 0, 1),
            dst: Ipv4Addr::new(10, 0, 0, 2),
        };
        push_header(&mut bytes, &header);
        bytes
    }

    #[test]
    fn a_written_header_passes_the_checks() {
        let mut bytes = packet();
        assert_eq!(check(&mut bytes), Ok(()));
        assert_eq!((tos(&bytes), protocol_of(&bytes)), (0x14, protocol::UDP));
        assert_eq!(payload(&bytes), b"payload");
        assert!(view(&bytes).dont_frag());
    }

    #[test]
    fn padding_is_cut_and_damage_is_named() {
        let mut padded = Bytes::copy_of(&[&packet()[..], &[0; 19]].concat());
        assert_eq!(check(&mut padded), Ok(()));
        assert_eq!(padded.len(), 27);

        let mut cut = packet();
        cut.truncate(25);
        assert_eq!(check(&mut cut), Err(Malformed::Truncated));

        let mut damaged = packet();
        damaged.make_mut()[8] = 1;
        assert_eq!(check(&mut damaged), Err(Malformed::BadChecksum));

        let mut other = packet();
        other.make_mut()[0] = 0x65;
        assert_eq!(check(&mut other), Err(Malformed::BadHeader));
    }

    #[test]
    fn protocols_have_names() {
        assert_eq!(protocol::number("tcp"), Some(6));
        assert_eq!(protocol::name(50), Some("esp"));
        assert_eq!(protocol::number("nosuch"), None);
    }
}
