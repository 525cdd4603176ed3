//! Frames that leave by a VXLAN device: the host is looked up, the frame is wrapped, the datagram sent.

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::id::LinkId;
use crate::kernel::ip::{Packet, route::FlowQuery};
use crate::kernel::monitor::Monitored;
use crate::kernel::step::{DropReason, Step};
use crate::wire::{Frame, checksum, ethernet, ipv4, is_multicast_mac, udp, vxlan};

use super::entry::Remote;
use super::{TunnelDf, VxlanConfig, inner_ip};

impl Kernel {
    /// `vxlan_xmit`: answer ARP, or find the host and wrap.
    pub(in crate::kernel::link) fn vxlan_transmit(
        &mut self,
        cx: &mut Context,
        id: LinkId,
        frame: Frame,
    ) {
        let now = cx.now;
        let link = &mut self.links[id];
        let ns = link.ns;
        let vxlan = link.as_vxlan_mut().expect("the caller saw a VXLAN device");
        if vxlan.config.proxy && ethernet::ethertype(&frame.bytes) == ethernet::ETHERTYPE_ARP {
            return self.vxlan_answer_arp(cx, id, &frame);
        }
        let dst = ethernet::dst(&frame.bytes);
        let Some(entry) = vxlan.lookup(dst, now) else {
            let miss = vxlan.config.l2miss && !is_multicast_mac(dst);
            link.counters.tx_dropped += 1;
            if miss {
                self.monitor(ns, Monitored::L2Miss { link: id, mac: dst });
            }
            return cx.drop(frame.packet, ns, Some(id), DropReason::VxlanNoRemote);
        };
        entry.used = now;
        let remotes = entry.remotes.clone();
        let Some((first, others)) = remotes.split_first() else { return };
        // The others get copies; the frame itself goes to the first, last.
        for remote in others {
            self.vxlan_send(cx, id, *remote, frame.clone());
        }
        self.vxlan_send(cx, id, *first, frame);
    }

    /// `vxlan_xmit_one`: wraps the frame for one host and sends the datagram in the underlay.
    fn vxlan_send(&mut self, cx: &mut Context, id: LinkId, remote: Remote, frame: Frame) {
        let link = &self.links[id];
        let ns = link.ns;
        let is_port = link.bridge().is_some();
        let vxlan = link.as_vxlan().expect("the caller saw a VXLAN device").config;
        let vni = remote.vni.unwrap_or(vxlan.vni);
        let query = FlowQuery {
            dst: remote.ip,
            src: vxlan.local,
            output: remote.via.or(vxlan.device),
            protocol: ipv4::protocol::UDP,
            tos: vxlan.tos,
            ..FlowQuery::default()
        };
        let route = match self.route_output(vxlan.underlay, &query, cx.now) {
            Ok(route) if route.link == id => Err(DropReason::VxlanLoop),
            Ok(route) => Ok(route),
            Err(_) => Err(DropReason::NoRoute),
        };
        let route = match route {
            Ok(route) => route,
            Err(reason) => {
                let counters = &mut self.links[id].counters;
                counters.tx_errors += 1;
                counters.tx_carrier += u64::from(reason == DropReason::NoRoute);
                return cx.drop(frame.packet, ns, Some(id), reason);
            }
        };
        let inner = inner_ip(&frame.bytes);
        let room = (route.mtu as usize).saturating_sub(vxlan::OVERHEAD);
        let inner_len = frame.bytes.len() - ethernet::HEADER_LEN;
        if inner.is_some() && inner_len > room {
            if is_port {
                if self.vxlan_report_too_big(cx, id, &frame, room) {
                    return;
                }
            } else if let Some(ip) = inner {
                self.learn_path_mtu(cx, ns, ipv4::dst(ip), room as u32);
            }
        }
        let tos = encapsulated_tos(vxlan.tos, inner);
        let ttl = match vxlan.ttl {
            0 if remote.ip.is_multicast() => 1,
            0 => self.namespaces[vxlan.underlay].sysctl.default_ttl,
            ttl => ttl,
        };
        let dont_fragment = match vxlan.df {
            TunnelDf::Unset => false,
            TunnelDf::Set => true,
            TunnelDf::Inherit => inner.is_some_and(|ip| ipv4::view(ip).dont_frag()),
        };
        let source_port = self.vxlan_source_port(&vxlan, &frame.bytes);
        let dst_port = remote.port.unwrap_or(vxlan.port);
        let counters = &mut self.links[id].counters;
        counters.tx_packets += 1;
        counters.tx_bytes += inner_len as u64;
        cx.note(frame.packet, ns, Some(id), Step::Encapsulated { vni, remote: remote.ip });
        let mut bytes = frame.bytes;
        vxlan::emit(bytes.push_front(vxlan::HEADER_LEN), vni);
        udp::push_header(&mut bytes, (route.src, source_port), (remote.ip, dst_port));
        if !vxlan.udp_checksum {
            bytes.make_mut()[6..8].fill(0);
        }
        let header = ipv4::Header {
            tos,
            ident: self.namespaces[vxlan.underlay].next_ident(cx),
            dont_fragment,
            ttl,
            protocol: ipv4::protocol::UDP,
            src: route.src,
            dst: remote.ip,
        };
        ipv4::push_header(&mut bytes, &header);
        let packet = Packet::local(frame.packet, bytes);
        let _ = self.ip_local_out(cx, vxlan.underlay, packet, route);
    }

    /// The port tells flows apart (`udp_flow_src_port`), so that routers can spread them.
    fn vxlan_source_port(&self, vxlan: &VxlanConfig, frame: &[u8]) -> u16 {
        let (low, high) = match vxlan.source_ports {
            (low, high) if low < high => (low, high),
            _ => self.namespaces[vxlan.underlay].sysctl.local_port_range,
        };
        in_range(flow_hash(frame, self.hash_seed), low, high)
    }
}

/// A port of a range, its end left out, for a hash (`udp_flow_src_port`).
fn in_range(hash: u32, low: u16, high: u16) -> u16 {
    low + ((u64::from(hash) * u64::from(high - low)) >> 32) as u16
}

/// The outer type of service (RFC 6040): the configured DSCP with the ECN bits of the inner packet.
/// A configured value of 1 means to inherit all of it.
fn encapsulated_tos(configured: u8, inner: Option<&[u8]>) -> u8 {
    let inner = inner.map_or(0, ipv4::tos);
    let tos = if configured == 1 { inner } else { configured };
    let ecn = match inner & 3 {
        3 => 2,
        ecn => ecn,
    };
    tos & !3 | ecn
}

/// Mixes what tells flows apart: addresses and ports of an IP packet, MAC addresses otherwise.
fn flow_hash(frame: &[u8], seed: u32) -> u32 {
    let ip = frame.get(ethernet::HEADER_LEN..).filter(|ip| {
        ethernet::ethertype(frame) == ethernet::ETHERTYPE_IPV4 && ip.len() >= ipv4::HEADER_LEN
    });
    let mut hash = 0x811c_9dc5 ^ seed;
    let mut mix = |bytes: &[u8]| {
        for byte in bytes {
            hash = (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
        }
    };
    match ip {
        None => mix(&frame[..12]),
        Some(ip) => {
            mix(&ip[12..20]);
            mix(&[ip[9]]);
            let has_ports = matches!(ip[9], ipv4::protocol::TCP | ipv4::protocol::UDP);
            if has_ports && !ipv4::is_fragment(ip) {
                mix(ipv4::payload(ip).get(..4).unwrap_or(&[]));
            }
        }
    }
    // The low bits of FNV are the good ones, the range reduction takes the high ones.
    hash = hash.wrapping_mul(0x9e37_79b9);
    hash ^ u32::from(checksum::sum(&hash.to_be_bytes())) << 8
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame with a UDP datagram from this port.
    fn datagram(port: u16) -> Vec<u8> {
        let mut frame = vec![0; ethernet::HEADER_LEN + ipv4::HEADER_LEN + 8];
        frame[12..14].copy_from_slice(&ethernet::ETHERTYPE_IPV4.to_be_bytes());
        frame[14] = 0x45;
        frame[14 + 9] = ipv4::protocol::UDP;
        frame[34..36].copy_from_slice(&port.to_be_bytes());
        frame
    }

    #[test]
    fn flows_are_spread_over_the_range_of_source_ports() {
        let ports: std::collections::BTreeSet<u16> =
            (0..1000).map(|port| in_range(flow_hash(&datagram(port), 7), 32768, 60999)).collect();
        assert!(ports.iter().all(|port| (32768..60999).contains(port)));
        assert!(ports.len() > 900, "{} of 1000 flows have a port of their own", ports.len());
    }

    #[test]
    fn ports_of_fragments_and_of_other_protocols_do_not_count() {
        let (mut one, mut other) = (datagram(1), datagram(2));
        assert_ne!(flow_hash(&one, 7), flow_hash(&other, 7));
        for frame in [&mut one, &mut other] {
            frame[14 + 7] = 1;
        }
        assert_eq!(flow_hash(&one, 7), flow_hash(&other, 7), "a later fragment has no ports");
        let (mut one, mut other) = (datagram(1), datagram(2));
        for frame in [&mut one, &mut other] {
            frame[14 + 9] = ipv4::protocol::ICMP;
        }
        assert_eq!(flow_hash(&one, 7), flow_hash(&other, 7));
    }

    #[test]
    fn the_outer_tos_takes_its_ecn_bits_from_the_inner_packet() {
        assert_eq!(encapsulated_tos(0x16, None), 0x14);
        assert_eq!(encapsulated_tos(0, Some(&[0x45, 0x01])), 1);
        assert_eq!(encapsulated_tos(1, Some(&[0x45, 0x20])), 0x20);
    }
}
