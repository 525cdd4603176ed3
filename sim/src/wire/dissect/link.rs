//! Ethernet, VLAN tags, ARP, IPv4; IPv6 is in [`inet6`].

use super::reader::Reader;
use super::{Gist, Meaning, Name, inet6, transport};
use crate::wire::{arp, ethernet, ipv4};

/// An Ethernet header and what is in the frame.
pub(super) fn ethernet(reader: &mut Reader, at: usize) {
    if !reader.has(at, ethernet::HEADER_LEN) {
        return reader.data(at, reader.frame.len());
    }
    let (to, from) = (reader.mac(at), reader.mac(at + 6));
    reader.push("Ethernet", at, ethernet::HEADER_LEN, Gist::Text(format!("{from} > {to}")));
    let group = if reader.frame[at] & 1 == 0 {
        None
    } else if to == "ff:ff:ff:ff:ff:ff" {
        Some(Meaning::Broadcast)
    } else {
        Some(Meaning::Group)
    };
    reader.meant(Name::Destination, at, 6, to, group);
    reader.field(Name::Source, at + 6, 6, from);
    let kind = reader.number(at + 12, 2) as u16;
    payload(reader, at + 12, kind);
}

/// The type of a payload, as a field of the header that was pushed last, and the payload.
fn payload(reader: &mut Reader, at: usize, kind: u16) {
    let name = match kind {
        ethernet::ETHERTYPE_IPV4 => Some(Meaning::Ipv4),
        ethernet::ETHERTYPE_ARP => Some(Meaning::Arp),
        ethernet::ETHERTYPE_VLAN => Some(Meaning::VlanTag),
        ethernet::ETHERTYPE_IPV6 => Some(Meaning::Ipv6),
        0..=1500 => Some(Meaning::LengthOf8023),
        _ => None,
    };
    reader.meant(Name::Type, at, 2, format!("0x{kind:04x}"), name);
    let next = at + 2;
    match kind {
        ethernet::ETHERTYPE_IPV4 => ip(reader, next),
        ethernet::ETHERTYPE_IPV6 => inet6::ip(reader, next),
        ethernet::ETHERTYPE_ARP => arp(reader, next),
        ethernet::ETHERTYPE_VLAN if reader.has(next, 4) => {
            let id = reader.number(next, 2) & 0x0fff;
            reader.push("VLAN", next, 4, Gist::Vlan(id as u16));
            reader.field(Name::Tag, next, 2, id);
            let kind = reader.number(next + 2, 2) as u16;
            payload(reader, next + 2, kind);
        }
        _ => reader.data(next, reader.frame.len()),
    }
}

fn arp(reader: &mut Reader, at: usize) {
    if !reader.has(at, arp::LEN) {
        return reader.data(at, reader.frame.len());
    }
    let operation = reader.number(at + 6, 2) as u16;
    let (sender, target) = (reader.address(at + 14), reader.address(at + 24));
    let (sender_text, target_text) = (sender.clone(), target.clone());
    let (name, gist) = match operation {
        arp::REQUEST => {
            (Some(Meaning::Question), Gist::WhoHas { target: target_text, sender: sender_text })
        }
        arp::REPLY => {
            (Some(Meaning::Answer), Gist::IsAt { sender: sender_text, mac: reader.mac(at + 8) })
        }
        _ => (None, Gist::Operation(operation)),
    };
    reader.push("ARP", at, arp::LEN, gist);
    reader.meant(Name::HardwareType, at, 2, reader.number(at, 2), Some(Meaning::EthernetIsOne));
    reader.field(Name::ProtocolType, at + 2, 2, format!("0x{:04x}", reader.number(at + 2, 2)));
    reader.field(
        Name::AddressLengths,
        at + 4,
        2,
        format!("{}, {}", reader.frame[at + 4], reader.frame[at + 5]),
    );
    reader.meant(Name::Operation, at + 6, 2, operation, name);
    reader.field(Name::SenderMac, at + 8, 6, reader.mac(at + 8));
    reader.field(Name::SenderIp, at + 14, 4, sender);
    let unknown = if reader.number(at + 18, 6) == 0 { Some(Meaning::NotKnownYet) } else { None };
    reader.meant(Name::TargetMac, at + 18, 6, reader.mac(at + 18), unknown);
    reader.field(Name::TargetIp, at + 24, 4, target);
    reader.data(at + arp::LEN, reader.frame.len());
}

fn ip(reader: &mut Reader, at: usize) {
    let header_len = reader.frame.get(at).map_or(0, |first| usize::from(first & 0x0f) * 4);
    if header_len < ipv4::HEADER_LEN || !reader.has(at, header_len) {
        return reader.data(at, reader.frame.len());
    }
    let (from, to) = (reader.address(at + 12), reader.address(at + 16));
    reader.push("IPv4", at, header_len, Gist::Text(format!("{from} > {to}")));
    reader.meant(Name::VersionLength, at, 1, format!("4, {header_len}"), Some(Meaning::InBytes));
    reader.field(Name::TypeOfService, at + 1, 1, format!("0x{:02x}", reader.frame[at + 1]));
    let total = reader.number(at + 2, 2) as usize;
    reader.field(Name::TotalLength, at + 2, 2, total);
    reader.field(Name::Identification, at + 4, 2, reader.number(at + 4, 2));
    let flags = reader.number(at + 6, 2);
    let offset = (flags & 0x1fff) * 8;
    let meaning = match (flags & 0x4000 != 0, flags & 0x2000 != 0) {
        (true, _) => Some(Meaning::MayNotBeFragmented),
        (_, true) => Some(Meaning::MoreFragments),
        _ if offset > 0 => Some(Meaning::LastFragment),
        _ => None,
    };
    let names = [(0x4000, "DF "), (0x2000, "MF ")];
    let set = names.iter().filter(|(bit, _)| flags & bit != 0).map(|(_, name)| *name);
    let flags = format!("{}offset {offset}", set.collect::<String>());
    reader.meant(Name::FlagsOffset, at + 6, 2, flags, meaning);
    reader.field(Name::TimeToLive, at + 8, 1, reader.frame[at + 8]);
    let protocol = reader.frame[at + 9];
    let name = match protocol {
        ipv4::protocol::ICMP => Some(Meaning::Icmp),
        ipv4::protocol::TCP => Some(Meaning::Tcp),
        ipv4::protocol::UDP => Some(Meaning::Udp),
        ipv4::protocol::IGMP => Some(Meaning::Igmp),
        _ => None,
    };
    reader.meant(Name::Protocol, at + 9, 1, protocol, name);
    reader.field(Name::Checksum, at + 10, 2, format!("0x{:04x}", reader.number(at + 10, 2)));
    reader.field(Name::Source, at + 12, 4, from);
    reader.field(Name::Destination, at + 16, 4, to);
    if header_len > ipv4::HEADER_LEN {
        let len = header_len - ipv4::HEADER_LEN;
        reader.meant(Name::Options, at + ipv4::HEADER_LEN, len, len, Some(Meaning::InBytes));
    }
    let next = at + header_len;
    let end = (at + total.max(header_len)).min(reader.frame.len());
    if offset > 0 {
        reader.data(next, end);
    } else {
        transport::segment(reader, protocol, next, end);
    }
}
