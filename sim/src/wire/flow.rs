//! [`FlowKey`]: the addresses and ports by which a packet belongs to a conversation. It is what
//! conntrack calls a tuple (`nf_conntrack_tuple`).

use std::fmt;

use super::{Ipv4Addr, icmp, ipv4, udp};

/// One direction of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowKey {
    /// Source address.
    pub src: Ipv4Addr,
    /// Destination address.
    pub dst: Ipv4Addr,
    /// Protocol number.
    pub protocol: u8,
    /// What tells flows between the same addresses apart.
    pub ports: Ports,
}

/// The part of a [`FlowKey`] that depends on the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ports {
    /// TCP, UDP and SCTP: source and destination port.
    Ports(u16, u16),
    /// ICMP queries: type, code and identifier.
    Icmp {
        /// Message type.
        kind: u8,
        /// Message code.
        code: u8,
        /// Identifier.
        id: u16,
    },
    /// Protocols without ports.
    None,
}

impl FlowKey {
    /// The flow of a packet; `None` for a later fragment or a cut header, and for ICMP messages that
    /// are not queries (they belong to the flow that they quote).
    pub fn of(packet: &[u8]) -> Option<FlowKey> {
        if packet.len() < ipv4::HEADER_LEN || ipv4::is_later_fragment(packet) {
            return None;
        }
        let protocol = ipv4::protocol_of(packet);
        let payload = ipv4::payload(packet);
        let ports = match protocol {
            ipv4::protocol::TCP | ipv4::protocol::UDP | ipv4::protocol::SCTP => {
                let (src, dst) = udp::ports(payload)?;
                Ports::Ports(src, dst)
            }
            ipv4::protocol::ICMP => {
                let header = payload.get(..icmp::HEADER_LEN)?;
                inverse_icmp(header[0])?;
                let id = u16::from_be_bytes([header[4], header[5]]);
                Ports::Icmp { kind: header[0], code: header[1], id }
            }
            _ => Ports::None,
        };
        Some(FlowKey { src: ipv4::src(packet), dst: ipv4::dst(packet), protocol, ports })
    }

    /// The flow of the answers; `None` for an ICMP type that has none.
    pub fn inverse(self) -> Option<FlowKey> {
        let ports = match self.ports {
            Ports::Ports(src, dst) => Ports::Ports(dst, src),
            Ports::Icmp { kind, code, id } => Ports::Icmp { kind: inverse_icmp(kind)?, code, id },
            Ports::None => Ports::None,
        };
        Some(FlowKey { src: self.dst, dst: self.src, protocol: self.protocol, ports })
    }

    /// Source port, or the identifier of an ICMP query.
    pub fn src_port(self) -> u16 {
        match self.ports {
            Ports::Ports(src, _) => src,
            Ports::Icmp { id, .. } => id,
            Ports::None => 0,
        }
    }

    /// Destination port; zero where there is none.
    pub fn dst_port(self) -> u16 {
        match self.ports {
            Ports::Ports(_, dst) => dst,
            Ports::Icmp { .. } | Ports::None => 0,
        }
    }

    /// The same flow with another source port (or ICMP identifier).
    pub fn with_src_port(mut self, port: u16) -> FlowKey {
        match &mut self.ports {
            Ports::Ports(src, _) => *src = port,
            Ports::Icmp { id, .. } => *id = port,
            Ports::None => {}
        }
        self
    }

    /// The same flow with another destination port.
    pub fn with_dst_port(mut self, port: u16) -> FlowKey {
        if let Ports::Ports(_, dst) = &mut self.ports {
            *dst = port;
        }
        self
    }
}

/// The type that answers an ICMP query, or that a query of this kind answers.
fn inverse_icmp(kind: u8) -> Option<u8> {
    match kind {
        0 => Some(8),
        8 => Some(0),
        13 => Some(14),
        14 => Some(13),
        15 => Some(16),
        16 => Some(15),
        17 => Some(18),
        18 => Some(17),
        _ => None,
    }
}

impl fmt::Display for FlowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match ipv4::protocol::name(self.protocol) {
            Some(name) => f.write_str(name)?,
            None => write!(f, "proto {}", self.protocol)?,
        }
        match self.ports {
            Ports::Ports(src, dst) => write!(f, " {}:{src} -> {}:{dst}", self.src, self.dst),
            Ports::Icmp { id, .. } => write!(f, " {} -> {} id {id}", self.src, self.dst),
            Ports::None => write!(f, " {} -> {}", self.src, self.dst),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Bytes;
    use super::*;

    fn packet(protocol: u8, mut payload: Bytes) -> Bytes {
        let header = ipv4::Header {
            tos: 0,
            ident: 0,
            dont_fragment: false,
            ttl: 64,
            protocol,
            src: Ipv4Addr::new(10, 0, 0, 1),
            dst: Ipv4Addr::new(10, 0, 0, 2),
        };
        ipv4::push_header(&mut payload, &header);
        payload
    }

    #[test]
    fn an_echo_and_its_reply_are_inverse() {
        let request = packet(1, icmp::echo(8, 7, 1, b""));
        let flow = FlowKey::of(&request).unwrap();
        let reply = flow.inverse().unwrap();
        assert_eq!(reply.ports, Ports::Icmp { kind: 0, code: 0, id: 7 });
        assert_eq!(reply.inverse(), Some(flow));
        assert_eq!(flow.to_string(), "icmp 10.0.0.1 -> 10.0.0.2 id 7");
    }

    #[test]
    fn errors_and_cut_packets_are_no_flow() {
        let error = packet(1, icmp::error_message(icmp::Error::TTL_EXCEEDED, &[0x45; 28]));
        assert_eq!(FlowKey::of(&error), None);
        assert_eq!(FlowKey::of(&[0x45; 5]), None);
    }
}
