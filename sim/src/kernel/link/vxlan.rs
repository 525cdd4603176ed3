//! VXLAN devices (RFC 7348, `drivers/net/vxlan`): Ethernet frames inside UDP datagrams.
//!
//! The device lives in one namespace, its datagrams in the one in which it was created: that is how
//! Docker hides an overlay's bridge and tunnel in a namespace of their own. The device's forwarding
//! database maps MAC addresses to hosts; with `proxy` it also answers ARP from its neighbour table.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use crate::engine::{Span, Time};
use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::event::KernelEvent;
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::ip::{Packet, route::FlowQuery};
use crate::kernel::monitor::Monitored;
use crate::kernel::step::{Cause, DropReason, Step};
use crate::wire::arp::Arp;
use crate::wire::{
    Bytes, Frame, Ipv4Addr, MacAddr, ZERO_MAC, arp, checksum, ethernet, icmp, ipv4,
    is_multicast_mac, is_valid_station_mac, udp, vxlan,
};

use super::{HOP, Link, LinkKind};

/// Whether the outer packet may be fragmented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TunnelDf {
    /// It may.
    #[default]
    Unset,
    /// It may not.
    Set,
    /// As the inner packet.
    Inherit,
}

/// A VXLAN device.
#[derive(Debug)]
pub struct Vxlan {
    /// What `ip link add … type vxlan` takes.
    pub config: VxlanConfig,
    /// Which host has which MAC addresses.
    pub fdb: VxlanFdb,
    /// When entries are looked through for old ones next, while the device is up.
    pub next_scan: Option<Time>,
}

/// How long entries are not looked at when none is about to age (`FDB_AGE_INTERVAL`).
const SCAN_INTERVAL: Span = Span::secs(10);

/// The settings of a VXLAN device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, clippy::struct_excessive_bools)]
pub struct VxlanConfig {
    pub vni: u32,
    /// The namespace in which its datagrams travel.
    pub underlay: NamespaceId,
    pub local: Option<Ipv4Addr>,
    /// Default destination: a host, or a multicast group.
    pub remote: Option<Ipv4Addr>,
    /// The device by which its datagrams leave.
    pub device: Option<LinkId>,
    /// Range of source ports; zeros mean that of the namespace.
    pub source_ports: (u16, u16),
    pub port: u16,
    pub tos: u8,
    /// Zero means that of the route (64), one for multicast.
    pub ttl: u8,
    pub df: TunnelDf,
    pub ageing: Span,
    pub learning: bool,
    pub proxy: bool,
    pub l2miss: bool,
    pub l3miss: bool,
    /// Largest number of addresses that it knows; zero for no limit.
    pub max_addresses: u32,
    pub udp_checksum: bool,
}

/// Where a host is that owns some MAC addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remote {
    /// Its address, or a multicast group.
    pub ip: Ipv4Addr,
    /// Its port, if not that of the device.
    pub port: Option<u16>,
    /// The network identifier to use, if not that of the device.
    pub vni: Option<u32>,
    /// The device by which to reach it.
    pub via: Option<LinkId>,
}

/// One entry of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VxlanEntry {
    /// Where frames go; several for the all-zero address (head-end replication).
    pub remotes: Vec<Remote>,
    /// How it came here.
    pub state: VxlanState,
    /// When it was last seen or changed.
    pub updated: Time,
    /// When it was last used for sending.
    pub used: Time,
}

/// How an entry came into the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VxlanState {
    /// Seen as the source of a frame; ages.
    Learnt,
    /// `bridge fdb add`; stays and may not move.
    Permanent,
    /// `bridge fdb add … static`; stays and may not move.
    Static,
}

impl VxlanState {
    fn is_fixed(self) -> bool {
        self != VxlanState::Learnt
    }
}

/// The database, in order of insertion.
pub type VxlanFdb = IndexMap<MacAddr, VxlanEntry, FxBuildHasher>;

impl Vxlan {
    /// Whether no more addresses may be entered (`maxaddress`).
    pub fn is_full(&self) -> bool {
        let limit = self.config.max_addresses as usize;
        limit > 0 && self.fdb.len() >= limit
    }

    /// Drops what had aged by the last scan (`vxlan_cleanup`). An entry that is made after one scan
    /// lives at least until the next, even if it ages faster.
    pub fn age(&mut self, now: Time) {
        let ageing = self.config.ageing;
        while let Some(at) = self.next_scan.filter(|at| *at <= now) {
            let mut next = at + SCAN_INTERVAL;
            self.fdb.retain(|_, entry| {
                let end = entry.updated + ageing;
                let stays = entry.state.is_fixed() || end > at;
                if stays && !entry.state.is_fixed() {
                    next = next.min(end);
                }
                stays
            });
            self.next_scan = Some(next);
        }
    }

    /// The device was set up or down: scans begin, or what was learnt is forgotten.
    fn opened_or_closed(&mut self, up: bool, now: Time) {
        let ages = up && self.config.ageing > Span::ZERO;
        self.next_scan = ages.then(|| now + SCAN_INTERVAL);
        if !up {
            self.fdb.retain(|_, entry| entry.state.is_fixed());
        }
    }

    /// The entry for a destination: its own, else the default one.
    fn lookup(&mut self, mac: MacAddr, now: Time) -> Option<&mut VxlanEntry> {
        self.age(now);
        let key = if self.fdb.contains_key(&mac) { mac } else { ZERO_MAC };
        self.fdb.get_mut(&key)
    }
}

impl Link {
    /// Its state as a VXLAN device.
    pub(in crate::kernel) fn as_vxlan(&self) -> Option<&Vxlan> {
        match &self.kind {
            LinkKind::Vxlan(vxlan) => Some(vxlan),
            _ => None,
        }
    }

    /// Its state as a VXLAN device, for changing.
    pub(in crate::kernel) fn as_vxlan_mut(&mut self) -> Option<&mut Vxlan> {
        match &mut self.kind {
            LinkKind::Vxlan(vxlan) => Some(vxlan),
            _ => None,
        }
    }
}

impl Kernel {
    /// Ageing begins or ends; while a VXLAN device is up, its underlay listens to the group to which it floods.
    pub(super) fn vxlan_opened_or_closed(&mut self, id: LinkId, now: Time) {
        let link = &mut self.links[id];
        let up = link.up;
        let Some(vxlan) = link.as_vxlan_mut() else { return };
        vxlan.opened_or_closed(up, now);
        let config = vxlan.config;
        let group = config.remote.filter(Ipv4Addr::is_multicast);
        let (Some(device), Some(group)) = (config.device, group) else { return };
        if up {
            self.join_group(device, group);
        } else {
            self.leave_group(device, group);
        }
    }

    /// `vxlan_xmit`: answer ARP, or find the host and wrap.
    pub(super) fn vxlan_transmit(&mut self, cx: &mut Context, id: LinkId, frame: Frame) {
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

    /// `arp_reduce`: the answer comes from the neighbour table of the device; a question without an
    /// entry is swallowed.
    fn vxlan_answer_arp(&mut self, cx: &mut Context, id: LinkId, frame: &Frame) {
        let link = &self.links[id];
        let ns = link.ns;
        let swallow = |cx: &mut Context, reason| cx.drop(frame.packet, ns, Some(id), reason);
        let Some(question) = Arp::parse(&frame.bytes) else {
            return swallow(cx, DropReason::ArpMalformed);
        };
        let wrong_kind = question.operation != arp::REQUEST
            || question.target_ip.is_loopback()
            || question.target_ip.is_multicast();
        if wrong_kind {
            return swallow(cx, DropReason::VxlanProxyMiss);
        }
        let l3miss = link.as_vxlan().is_some_and(|vxlan| vxlan.config.l3miss);
        let known = self.namespaces[ns].neighbors.hardware_address(id, question.target_ip);
        let Some(mac) = known else {
            if l3miss && !self.namespaces[ns].neighbors.contains(id, question.target_ip) {
                self.monitor(ns, Monitored::L3Miss { link: id, ip: question.target_ip });
            }
            return swallow(cx, DropReason::VxlanProxyMiss);
        };
        cx.note(frame.packet, ns, Some(id), Step::ProxyAnswered { ip: question.target_ip, mac });
        swallow(cx, DropReason::VxlanProxied);
        let answer = Arp {
            operation: arp::REPLY,
            sender_mac: mac,
            sender_ip: question.target_ip,
            target_mac: question.sender_mac,
            target_ip: question.sender_ip,
        };
        let outer = cx.set_cause(Cause::Packet(frame.packet));
        let packet = cx.new_packet(ns);
        cx.set_cause(outer);
        let bytes = answer.frame(question.sender_mac, mac);
        cx.after(HOP, KernelEvent::Backlog { link: id, frame: Frame { packet, bytes } });
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
        let hash = u64::from(flow_hash(frame, self.hash_seed));
        low + ((hash * u64::from(high - low)) >> 32) as u16
    }

    /// A frame from a bridge port is too big for the underlay and may not be fragmented: its sender
    /// is told, as if by the receiver (`iptunnel_pmtud_check_icmp`). Whether it was.
    fn vxlan_report_too_big(
        &mut self,
        cx: &mut Context,
        id: LinkId,
        frame: &Frame,
        mtu: usize,
    ) -> bool {
        let Some(ip) = inner_ip(&frame.bytes) else { return false };
        let (src, dst) = (ipv4::src(ip), ipv4::dst(ip));
        let view = ipv4::view(ip);
        let is_whole_df = view.dont_frag() && !ipv4::is_fragment(ip);
        let odd = ipv4::is_multicast_or_broadcast(dst)
            || ipv4::is_multicast_or_broadcast(src)
            || ipv4::is_zeronet(src)
            || src.is_loopback();
        let is_error =
            ipv4::protocol_of(ip) == ipv4::protocol::ICMP && icmp::is_error(ipv4::payload(ip));
        if mtu < 576 || !is_whole_df || odd || is_error {
            return false;
        }
        let ns = self.links[id].ns;
        let error = icmp::Error::FragmentationNeeded { mtu: mtu as u16 };
        let mut bytes = icmp::error_message(error, ip);
        let header = ipv4::Header {
            tos: 0,
            ident: self.namespaces[ns].next_ident(cx),
            dont_fragment: true,
            ttl: 64,
            protocol: ipv4::protocol::ICMP,
            src: dst,
            dst: src,
        };
        ipv4::push_header(&mut bytes, &header);
        ethernet::push_header(
            &mut bytes,
            ethernet::src(&frame.bytes),
            ethernet::dst(&frame.bytes),
            ethernet::ETHERTYPE_IPV4,
        );
        cx.note(frame.packet, ns, Some(id), Step::Reported(error));
        let outer = cx.set_cause(Cause::Packet(frame.packet));
        let packet = cx.new_packet(ns);
        cx.set_cause(outer);
        cx.drop(frame.packet, ns, Some(id), DropReason::FragmentationNeeded);
        self.links[id].counters.count_rx(&bytes[ethernet::HEADER_LEN..]);
        cx.after(HOP, KernelEvent::Backlog { link: id, frame: Frame { packet, bytes } });
        true
    }

    /// The VXLAN device for a datagram that came to this port in this namespace: `None` if no device
    /// listens there, `Some(None)` if none has its network identifier.
    pub(in crate::kernel) fn vxlan_for(
        &self,
        underlay: NamespaceId,
        port: u16,
        payload: &[u8],
    ) -> Option<Option<LinkId>> {
        let mut listening = self
            .vxlans
            .iter()
            .filter_map(|id| Some((*id, self.links.get(*id)?)))
            .filter(|(_, link)| {
                let config = link.as_vxlan().map(|vxlan| vxlan.config);
                link.up && config.is_some_and(|c| c.underlay == underlay && c.port == port)
            })
            .peekable();
        listening.peek()?;
        let vni = vxlan::vni(payload);
        Some(
            listening
                .find(|(_, link)| link.as_vxlan().map(|vxlan| vxlan.config.vni) == vni)
                .map(|(id, _)| id),
        )
    }

    /// The UDP ports on which VXLAN devices listen in a namespace.
    pub(in crate::kernel) fn vxlan_ports(&self, underlay: NamespaceId) -> BTreeSet<u16> {
        let links = self.vxlans.iter().filter_map(|id| self.links.get(*id)).filter(|link| link.up);
        let configs = links.filter_map(|link| link.as_vxlan().map(|vxlan| vxlan.config));
        configs.filter(|config| config.underlay == underlay).map(|config| config.port).collect()
    }

    /// `vxlan_rcv`: unwraps a datagram (from its UDP header on) that came from `source`.
    pub(in crate::kernel) fn vxlan_receive(
        &mut self,
        cx: &mut Context,
        id: LinkId,
        source: Ipv4Addr,
        mut frame: Frame,
    ) {
        frame.bytes.pull_front(udp::HEADER_LEN + vxlan::HEADER_LEN);
        let now = cx.now;
        let link = &mut self.links[id];
        let (ns, own) = (link.ns, link.mac);
        if frame.bytes.len() < ethernet::HEADER_LEN {
            link.counters.rx_errors += 1;
            return cx.drop(frame.packet, ns, Some(id), DropReason::Runt);
        }
        let sender = ethernet::src(&frame.bytes);
        if sender == own {
            return cx.drop(frame.packet, ns, Some(id), DropReason::VxlanOwnSource);
        }
        let vxlan = link.as_vxlan_mut().expect("vxlan_for found a VXLAN device");
        let vni = vxlan.config.vni;
        if vxlan.config.learning {
            match vxlan.snoop(sender, source, now) {
                Ok(learnt) => {
                    if learnt {
                        cx.note(frame.packet, ns, Some(id), Step::Learned(sender));
                        let remote = Remote { ip: source, port: None, vni: None, via: None };
                        self.monitor_remote(id, sender, remote, VxlanState::Learnt, false);
                    }
                }
                Err(reason) => return cx.drop(frame.packet, ns, Some(id), reason),
            }
        }
        let link = &mut self.links[id];
        link.counters.count_rx(&frame.bytes[ethernet::HEADER_LEN..]);
        cx.note(frame.packet, ns, Some(id), Step::Decapsulated { vni });
        self.receive_on(cx, id, frame);
    }
}

impl Vxlan {
    /// `vxlan_snoop`: learn that `mac` is behind `source`. Whether that is news, or why the frame is
    /// refused.
    fn snoop(&mut self, mac: MacAddr, source: Ipv4Addr, now: Time) -> Result<bool, DropReason> {
        if !is_valid_station_mac(mac) {
            return Err(DropReason::BadSourceMac);
        }
        let remote = Remote { ip: source, port: None, vni: None, via: None };
        self.age(now);
        let is_full = self.is_full();
        match self.fdb.get_mut(&mac) {
            Some(entry) => {
                entry.updated = now;
                if entry.remotes.first().is_some_and(|known| known.ip == source) {
                    return Ok(false);
                }
                if entry.state.is_fixed() {
                    return Err(DropReason::VxlanStaticSource);
                }
                entry.remotes = vec![remote];
            }
            None if is_full => return Ok(false),
            None => {
                let state = VxlanState::Learnt;
                let entry = VxlanEntry { remotes: vec![remote], state, updated: now, used: now };
                self.fdb.insert(mac, entry);
            }
        }
        Ok(true)
    }
}

/// The IPv4 packet inside a frame.
fn inner_ip(frame: &Bytes) -> Option<&[u8]> {
    let is_ip = ethernet::ethertype(frame) == ethernet::ETHERTYPE_IPV4;
    let ip = frame.get(ethernet::HEADER_LEN..)?;
    (is_ip && ip.len() >= ipv4::HEADER_LEN).then_some(ip)
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

    #[test]
    fn the_outer_tos_takes_its_ecn_bits_from_the_inner_packet() {
        assert_eq!(encapsulated_tos(0x16, None), 0x14);
        assert_eq!(encapsulated_tos(0, Some(&[0x45, 0x01])), 1);
        assert_eq!(encapsulated_tos(1, Some(&[0x45, 0x20])), 0x20);
    }
}
