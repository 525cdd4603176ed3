//! [`Namespace`]: what one network stack owns.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use crate::kernel::context::Context;
use crate::wire::Ipv6Addr;

use super::id::{LinkId, NamespaceId};
use super::ip::exceptions::Exceptions;
use super::ip::fib::Fib;
use super::ip::fragments::Fragments;
use super::ip::icmp_limit::IcmpLimits;
use super::ip::neighbor::Neighbors;
use super::ip6::fib::Fib6;
use super::ip6::path::Path6;
use super::monitor::Listener;
use super::netfilter::{Conntrack, Netfilter};
use super::socket::Sockets;
use super::sysctl::{LinkConf, Sysctl};

/// A network namespace: devices, addresses, routes, neighbours, rules, connections, sockets.
#[derive(Debug)]
pub struct Namespace {
    /// What people call it: `host`, a name of `ip netns`, a container's name.
    pub(in crate::kernel) label: String,
    /// The number that `/proc/self/ns/net` shows.
    pub(in crate::kernel) inode: u32,
    /// Its devices, by number.
    pub(in crate::kernel) links: BTreeMap<u32, LinkId>,
    /// The next number of a device.
    pub(in crate::kernel) next_ifindex: u32,
    /// Its loopback device.
    pub(in crate::kernel) loopback: LinkId,
    /// How it numbers other namespaces (`link-netnsid`).
    pub(in crate::kernel) nsids: Vec<Option<NamespaceId>>,
    /// Who keeps it alive: names, processes, open files.
    pub(in crate::kernel) users: u32,
    pub(in crate::kernel) fib: Fib,
    pub(in crate::kernel) fib6: Fib6,
    pub(in crate::kernel) neighbors: Neighbors,
    pub(in crate::kernel) neighbors6: Neighbors<Ipv6Addr>,
    pub(in crate::kernel) netfilter: Netfilter,
    pub(in crate::kernel) conntrack: Conntrack,
    pub(in crate::kernel) fragments: Fragments,
    pub(in crate::kernel) pmtu: Exceptions,
    pub(in crate::kernel) pmtu6: IndexMap<Ipv6Addr, Path6, FxBuildHasher>,
    pub(in crate::kernel) icmp_limits: IcmpLimits,
    pub(in crate::kernel) icmp6_limits: IcmpLimits<Ipv6Addr>,
    pub(in crate::kernel) sysctl: Sysctl,
    pub(in crate::kernel) sockets: Sockets,
    pub(in crate::kernel) listeners: Vec<Listener>,
    pub(in crate::kernel) ident: u16,
}

impl Namespace {
    /// An empty namespace; its loopback device is added by the kernel.
    pub(in crate::kernel) fn new(label: &str, inode: u32, with_ipv6: bool) -> Namespace {
        Namespace {
            label: label.to_owned(),
            inode,
            links: BTreeMap::new(),
            next_ifindex: 1,
            loopback: LinkId::default(),
            nsids: Vec::new(),
            users: 0,
            fib: Fib::default(),
            fib6: Fib6::default(),
            neighbors: Neighbors::default(),
            neighbors6: Neighbors::default(),
            netfilter: Netfilter::default(),
            conntrack: Conntrack::default(),
            fragments: Fragments::default(),
            pmtu: Exceptions::default(),
            pmtu6: IndexMap::default(),
            icmp_limits: IcmpLimits::default(),
            icmp6_limits: IcmpLimits::default(),
            sysctl: Sysctl::booted(with_ipv6),
            sockets: Sockets::default(),
            listeners: Vec::new(),
            ident: 0,
        }
    }

    /// The next number of a device.
    pub(in crate::kernel) fn take_ifindex(&mut self) -> u32 {
        while self.links.contains_key(&self.next_ifindex) {
            self.next_ifindex += 1;
        }
        let ifindex = self.next_ifindex;
        self.next_ifindex += 1;
        ifindex
    }

    /// An identification for a packet that may be fragmented; never zero.
    pub(in crate::kernel) fn next_ident(&mut self, cx: &mut Context) -> u16 {
        if self.ident == 0 {
            self.ident = cx.rng.u32() as u16;
        }
        self.ident = self.ident.wrapping_add(1);
        if self.ident == 0 {
            self.ident = 1;
        }
        self.ident
    }

    /// The number that this namespace has for another one (`peernet2id_alloc`).
    pub(in crate::kernel) fn nsid_of(&mut self, other: NamespaceId) -> u32 {
        if let Some(known) = self.nsids.iter().position(|id| *id == Some(other)) {
            return known as u32;
        }
        let free = self.nsids.iter().position(Option::is_none).unwrap_or(self.nsids.len());
        if free == self.nsids.len() {
            self.nsids.push(None);
        }
        self.nsids[free] = Some(other);
        free as u32
    }

    // The combination of `conf.all` and `conf.DEVICE` that each switch has in
    // include/linux/inetdevice.h: the device alone, either, or the larger.

    pub(in crate::kernel) fn forwards(&self, conf: &LinkConf) -> bool {
        conf.ipv4.forwarding != 0
    }

    pub(in crate::kernel) fn rp_filter(&self, conf: &LinkConf) -> u8 {
        self.sysctl.all_link_conf.ipv4.rp_filter.max(conf.ipv4.rp_filter)
    }

    pub(in crate::kernel) fn accepts_local(&self, conf: &LinkConf) -> bool {
        self.sysctl.all_link_conf.ipv4.accept_local || conf.ipv4.accept_local
    }

    pub(in crate::kernel) fn route_localnet(&self, conf: &LinkConf) -> bool {
        self.sysctl.all_link_conf.ipv4.route_localnet || conf.ipv4.route_localnet
    }

    pub(in crate::kernel) fn sends_redirects(&self, conf: &LinkConf) -> bool {
        self.sysctl.all_link_conf.ipv4.send_redirects || conf.ipv4.send_redirects
    }

    pub(in crate::kernel) fn accepts_redirects(&self, conf: &LinkConf) -> bool {
        let all = self.sysctl.all_link_conf.ipv4.accept_redirects;
        if self.forwards(conf) {
            all && conf.ipv4.accept_redirects
        } else {
            all || conf.ipv4.accept_redirects
        }
    }

    pub(in crate::kernel) fn forwards_broadcasts(&self, conf: &LinkConf) -> bool {
        self.sysctl.all_link_conf.ipv4.bc_forwarding && conf.ipv4.bc_forwarding
    }

    pub(in crate::kernel) fn ignores_linkdown(&self, conf: &LinkConf) -> bool {
        self.sysctl.all_link_conf.ipv4.ignore_routes_with_linkdown
            || conf.ipv4.ignore_routes_with_linkdown
    }

    pub(in crate::kernel) fn proxy_arp(&self, conf: &LinkConf) -> bool {
        self.sysctl.all_link_conf.ipv4.proxy_arp || conf.ipv4.proxy_arp
    }

    pub(in crate::kernel) fn arp_ignore(&self, conf: &LinkConf) -> u8 {
        self.sysctl.all_link_conf.ipv4.arp_ignore.max(conf.ipv4.arp_ignore)
    }

    pub(in crate::kernel) fn arp_announce(&self, conf: &LinkConf) -> u8 {
        self.sysctl.all_link_conf.ipv4.arp_announce.max(conf.ipv4.arp_announce)
    }

    pub(in crate::kernel) fn arp_filter(&self, conf: &LinkConf) -> bool {
        self.sysctl.all_link_conf.ipv4.arp_filter || conf.ipv4.arp_filter
    }

    pub(in crate::kernel) fn arp_accept(&self, conf: &LinkConf) -> bool {
        self.sysctl.all_link_conf.ipv4.arp_accept != 0 || conf.ipv4.arp_accept != 0
    }

    pub(in crate::kernel) fn arp_notify(&self, conf: &LinkConf) -> bool {
        self.sysctl.all_link_conf.ipv4.arp_notify || conf.ipv4.arp_notify
    }

    pub(in crate::kernel) fn promotes_secondaries(&self, conf: &LinkConf) -> bool {
        self.sysctl.all_link_conf.ipv4.promote_secondaries || conf.ipv4.promote_secondaries
    }
}
