//! ARP for IPv4 over Ethernet (RFC 826).

use pnet_packet::arp::{ArpHardwareTypes, ArpOperation, ArpPacket, MutableArpPacket};
use pnet_packet::ethernet::EtherTypes;

use super::{Bytes, Ipv4Addr, MacAddr, ethernet};

/// Length of the ARP part of a frame.
pub const LEN: usize = 28;
/// Operation: who has this address?
pub const REQUEST: u16 = 1;
/// Operation: I have it.
pub const REPLY: u16 = 2;

/// One ARP packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arp {
    /// [`REQUEST`] or [`REPLY`].
    pub operation: u16,
    /// Hardware address of the sender.
    pub sender_mac: MacAddr,
    /// Protocol address of the sender.
    pub sender_ip: Ipv4Addr,
    /// Hardware address of the target; zero in a request.
    pub target_mac: MacAddr,
    /// Protocol address of the target: the one asked for in a request.
    pub target_ip: Ipv4Addr,
}

impl Arp {
    /// Reads the ARP part of an Ethernet frame; `None` if it is not IPv4 over Ethernet.
    pub fn parse(frame: &[u8]) -> Option<Arp> {
        let arp = ArpPacket::new(frame.get(ethernet::HEADER_LEN..)?)?;
        let sizes = (arp.get_hw_addr_len(), arp.get_proto_addr_len());
        if arp.get_hardware_type() != ArpHardwareTypes::Ethernet
            || arp.get_protocol_type() != EtherTypes::Ipv4
            || sizes != (6, 4)
        {
            return None;
        }
        Some(Arp {
            operation: arp.get_operation().0,
            sender_mac: arp.get_sender_hw_addr(),
            sender_ip: arp.get_sender_proto_addr(),
            target_mac: arp.get_target_hw_addr(),
            target_ip: arp.get_target_proto_addr(),
        })
    }

    /// The whole frame: this packet from `src` to `dst`.
    pub fn frame(&self, dst: MacAddr, src: MacAddr) -> Bytes {
        let (mut bytes, ()) = Bytes::build(LEN, |out| {
            let mut arp = MutableArpPacket::new(out).expect("the buffer has the length of ARP");
            arp.set_hardware_type(ArpHardwareTypes::Ethernet);
            arp.set_protocol_type(EtherTypes::Ipv4);
            arp.set_hw_addr_len(6);
            arp.set_proto_addr_len(4);
            arp.set_operation(ArpOperation(self.operation));
            arp.set_sender_hw_addr(self.sender_mac);
            arp.set_sender_proto_addr(self.sender_ip);
            arp.set_target_hw_addr(self.target_mac);
            arp.set_target_proto_addr(self.target_ip);
        });
        ethernet::push_header(&mut bytes, dst, src, ethernet::ETHERTYPE_ARP);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_comes_back_as_it_went_in() {
        let arp = Arp {
            operation: REQUEST,
            sender_mac: MacAddr(2, 0, 0, 0, 0, 1),
            sender_ip: Ipv4Addr::new(10, 0, 0, 1),
            target_mac: super::super::ZERO_MAC,
            target_ip: Ipv4Addr::new(10, 0, 0, 2),
        };
        let frame = arp.frame(super::super::BROADCAST_MAC, arp.sender_mac);
        assert_eq!(frame.len(), 42);
        assert_eq!(Arp::parse(&frame), Some(arp));
    }

    #[test]
    fn other_protocols_are_not_arp() {
        assert_eq!(Arp::parse(&[0; 42]), None);
        assert_eq!(Arp::parse(&[0; 20]), None);
    }
}
