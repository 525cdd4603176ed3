//! Frames in the words of tcpdump 4.99: the link layer here, each protocol in a file of its own.

mod arp;
mod bridge;
mod bytes;
mod dns;
mod hex;
mod icmp;
mod igmp;
mod ip;
mod tcp;
mod text;
mod udp;

use std::collections::BTreeMap;

use crate::process::proc::Proc;
use crate::process::programs::resolver;
use crate::process::programs::services::{self, Transport};
use crate::wire::{Ipv4Addr, MacAddr, ethernet, summary6};

use bytes::{mac, u16_at};
pub use hex::{Dump, dump};

/// How frames are printed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style {
    /// `-n`.
    pub numeric: bool,
    /// `-e`.
    pub link_level: bool,
    /// `-v`, as often as it was said.
    pub verbose: u32,
    /// `-q`.
    pub quick: bool,
    /// `-S`.
    pub absolute: bool,
}

/// The two ends of a connection, the smaller one first.
type Flow = [(Ipv4Addr, u16); 2];

/// Prints frames; it remembers the connections that it saw.
pub struct Printer {
    proc: Proc,
    style: Style,
    flows: BTreeMap<Flow, (u32, u32)>,
    names: BTreeMap<Ipv4Addr, String>,
}

/// The name of an Ethernet type.
fn type_name(kind: u16) -> &'static str {
    match kind {
        ethernet::ETHERTYPE_IPV4 => "IPv4",
        ethernet::ETHERTYPE_ARP => "ARP",
        ethernet::ETHERTYPE_VLAN => "802.1Q",
        ethernet::ETHERTYPE_IPV6 => "IPv6",
        0x8035 => "Reverse ARP",
        0x88cc => "LLDP",
        0x88a8 => "802.1Q-QinQ",
        _ => "Unknown",
    }
}

/// What `-e` tells of a frame that was captured on all devices.
pub fn cooked_link(src: MacAddr, kind: u16, len: usize) -> String {
    format!("{src} ethertype {} (0x{kind:04x}), length {len}: ", type_name(kind))
}

impl Printer {
    /// A printer that has seen nothing.
    pub fn new(proc: &Proc, style: Style) -> Printer {
        Printer { proc: proc.clone(), style, flows: BTreeMap::new(), names: BTreeMap::new() }
    }

    /// What is printed about an Ethernet frame; `len` is its length before it was cut.
    pub fn frame(&mut self, frame: &[u8], len: usize) -> String {
        let Some(mut kind) = u16_at(frame, 12) else { return "[|ether]".to_owned() };
        let mut payload = &frame[ethernet::HEADER_LEN..];
        let mut text = String::new();
        if self.style.link_level {
            text += &format!("{} > {}, ", mac(&frame[6..12]), mac(&frame[..6]));
            text += &match kind {
                0..0x600 => format!("802.3, length {kind}: "),
                _ => format!("ethertype {} (0x{kind:04x}), length {len}: ", type_name(kind)),
            };
        }
        while kind == ethernet::ETHERTYPE_VLAN {
            let (Some(tag), Some(inner)) = (u16_at(payload, 0), u16_at(payload, 2)) else {
                return text + "[|vlan]";
            };
            if self.style.link_level {
                let eligible = if tag & 0x1000 == 0 { "" } else { ", DEI" };
                text += &format!("vlan {}, p {}{eligible}, ", tag & 0xfff, tag >> 13);
                if inner >= 0x600 {
                    text += &format!("ethertype {} (0x{inner:04x}), ", type_name(inner));
                }
            }
            (kind, payload) = (inner, &payload[4..]);
        }
        // With -e the type has been told already.
        text + &self.network(kind, payload, !self.style.link_level)
    }

    /// The payload of a frame, or of one without its link layer (`-i any`).
    pub fn network(&mut self, kind: u16, payload: &[u8], names_type: bool) -> String {
        let name = |name: &str| if names_type { name.to_owned() } else { String::new() };
        match kind {
            ethernet::ETHERTYPE_IPV4 => name("IP ") + &self.ip(payload),
            ethernet::ETHERTYPE_ARP | 0x8035 => name("ARP, ") + &self.arp(payload),
            ethernet::ETHERTYPE_IPV6 => {
                name("IP6 ") + &summary6::packet(payload, self.style.verbose)
            }
            0..0x600 => self.bridge(payload),
            kind if names_type => {
                format!("ethertype {} (0x{kind:04x}), length {}", type_name(kind), payload.len())
            }
            _ => String::new(),
        }
    }

    /// An address, or its name in `/etc/hosts`.
    fn host(&mut self, address: Ipv4Addr) -> String {
        if self.style.numeric {
            return address.to_string();
        }
        let proc = &self.proc;
        let name = self.names.entry(address).or_insert_with(|| {
            resolver::name_in_hosts(proc, address).unwrap_or_else(|| address.to_string())
        });
        name.clone()
    }

    /// A port, or its name.
    fn port(&self, port: u16, transport: Transport) -> String {
        let name = services::name_of(port, transport).filter(|_| !self.style.numeric);
        name.map_or_else(|| port.to_string(), str::to_owned)
    }
}
