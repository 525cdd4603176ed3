//! IPv4 and ARP: what a namespace does with packets.
//!
//! In: [`input`] (`ip_receive`, `ip_deliver`), [`forward`]. Out: [`output`] (`ip_local_out`,
//! `ip_finish`). They ask [`route`] where to go, [`neighbor`] for hardware addresses, netfilter
//! whether they may, and report trouble through [`icmp`].

pub mod arp;
pub mod exceptions;
pub mod fib;
pub mod forward;
pub mod fragments;
pub mod icmp;
pub mod icmp_limit;
pub mod input;
pub mod neighbor;
pub mod output;
pub mod pmtu;
pub mod reassembly;
pub mod route;

use crate::wire::{Bytes, Frame, MacAddr, PacketId, ZERO_MAC, ethernet, is_multicast_mac};

use super::id::{LinkId, SocketId};
use super::netfilter::CtRef;
use super::step::CtState;

/// To whom a frame was addressed, as the device that received it sees it (`skb->pkt_type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PacketType {
    /// To this device.
    Host,
    /// To all.
    Broadcast,
    /// To a group.
    Multicast,
    /// To somebody else.
    OtherHost,
}

impl PacketType {
    /// What a frame to `dst` is for a device with the address `own`.
    pub fn of(dst: MacAddr, own: MacAddr) -> PacketType {
        if dst == own {
            PacketType::Host
        } else if dst == crate::wire::BROADCAST_MAC {
            PacketType::Broadcast
        } else if is_multicast_mac(dst) {
            PacketType::Multicast
        } else {
            PacketType::OtherHost
        }
    }
}

/// A packet on its way through the IP layer of a namespace: its bytes from the IP header on, and what
/// the kernel knows of it besides (a small `sk_buff`).
#[derive(Debug, Clone)]
pub struct Packet {
    /// Which packet this is.
    pub id: PacketId,
    /// From the IP header on.
    pub bytes: Bytes,
    /// The device it came in by; `None` for one that was made here.
    pub input: Option<LinkId>,
    /// The bridge ports it crosses, while bridged frames pass netfilter.
    pub bridge_ports: (Option<LinkId>, Option<LinkId>),
    /// To whom its frame was addressed.
    pub kind: PacketType,
    /// The source of its frame.
    pub source_mac: MacAddr,
    /// The destination of its frame.
    pub destination_mac: MacAddr,
    /// The firewall mark.
    pub mark: u32,
    /// The connection it belongs to, once tracking has seen it.
    pub ct: Option<CtRef>,
    /// The socket that sent it.
    pub socket: Option<SocketId>,
    /// Whether sending it proves that the next hop answers (`MSG_CONFIRM`).
    pub confirms: bool,
    /// The largest fragment of a packet that was reassembled on its way, so that it leaves in
    /// fragments no larger.
    pub fragment_size: Option<u16>,
}

impl Packet {
    /// The state of its connection, as rules see it.
    pub fn ct_state(&self) -> CtState {
        self.ct.map_or(CtState::Invalid, |ct| ct.state)
    }

    /// A packet that was made here.
    pub fn local(id: PacketId, bytes: Bytes) -> Packet {
        Packet {
            id,
            bytes,
            input: None,
            bridge_ports: (None, None),
            kind: PacketType::Host,
            source_mac: ZERO_MAC,
            destination_mac: ZERO_MAC,
            mark: 0,
            ct: None,
            socket: None,
            confirms: false,
            fragment_size: None,
        }
    }

    /// A packet that came in a frame.
    pub fn from_frame(frame: Frame, input: LinkId, kind: PacketType) -> Packet {
        let (source_mac, destination_mac) =
            (ethernet::src(&frame.bytes), ethernet::dst(&frame.bytes));
        let mut bytes = frame.bytes;
        bytes.pull_front(ethernet::HEADER_LEN);
        Packet {
            input: Some(input),
            kind,
            source_mac,
            destination_mac,
            ..Packet::local(frame.packet, bytes)
        }
    }
}
