//! One host's Linux kernel: devices, namespaces, IPv4, IPv6, netfilter, sockets.
//!
//! A kernel knows no other host, no cable and no clock. Something happens to it ([`KernelEvent`]), it
//! changes its own state, and leaves in the [`Outbox`] of its [`Context`] what the world shall do. So
//! it can be tested alone: call, compare effects.
//!
//! Everything above reaches in through [`sys`], the door. The rest is private to this folder: here is what a
//! kernel consists of, and above it one `impl Kernel` spread over files by concern. Read [`link`], then [`ip`], [`ip6`], [`netfilter`], [`socket`].

pub mod context;
pub mod credentials;
pub mod errno;
pub mod event;
mod hardware;
pub mod id;
pub mod ip;
pub mod ip6;
pub mod link;
pub mod monitor;
pub mod namespace;
pub mod netfilter;
mod reboot;
pub mod socket;
pub mod step;
pub mod sys;
pub mod sysctl;
pub mod timer;

use std::collections::VecDeque;

use indexmap::IndexMap;
use slotmap::SlotMap;

use crate::engine::{Rng, Seed, Time};
use crate::wire::{MacAddr, ZERO_MAC};

use hardware::Hardware;
use netfilter::RuleId;

pub use context::{Captured, Context, Direction, Note, Outbox, Tracing};
pub use credentials::{Capabilities, Capability, Credentials};
pub use errno::{Errno, NetlinkError};
pub use event::{Effect, KernelEvent};
pub use id::{LinkId, NamespaceId, SocketId, Task};
pub use link::Link;
pub use namespace::Namespace;
pub use step::{Cause, DropReason, Step};

/// The kernel of one host.
#[derive(Debug)]
pub struct Kernel {
    pub(in crate::kernel) links: SlotMap<LinkId, Link>,
    pub(in crate::kernel) namespaces: SlotMap<NamespaceId, Namespace>,
    /// The namespace in which the host boots.
    pub(in crate::kernel) host_ns: NamespaceId,
    /// VXLAN devices, wherever they are.
    pub(in crate::kernel) vxlans: Vec<LinkId>,
    /// Packet sockets that listen on all devices of their namespace.
    pub(in crate::kernel) taps_on_any: u32,
    /// Tasks to be woken when the current call is over.
    pub(in crate::kernel) woken: Vec<Task>,
    /// Lines of `dmesg`.
    pub(in crate::kernel) log: Vec<(Time, String)>,
    /// What devices were called, for readers of old traces.
    pub(in crate::kernel) names: IndexMap<LinkId, (String, NamespaceId)>,
    /// What namespaces were called.
    pub(in crate::kernel) labels: IndexMap<NamespaceId, String>,
    /// Every rule that ever was, as `iptables -S` printed it, and where it stood.
    pub(in crate::kernel) rule_texts: Vec<RuleText>,
    /// What was changed, as commands.
    pub(in crate::kernel) calls: VecDeque<sys::SysCall>,
    /// Mixed into flow hashes, so that hosts choose different source ports.
    pub(in crate::kernel) hash_seed: u32,
    /// Whether bridges that are made from now on snoop multicast groups.
    pub(in crate::kernel) bridges_snoop: bool,
    /// Random waits of IPv6: a stream of their own, so that they change nothing elsewhere.
    pub(in crate::kernel) ipv6_rng: Rng,
    /// Whether it was booted with IPv6: else that is disabled in every namespace until somebody says so.
    pub(in crate::kernel) boots_with_ipv6: bool,
    /// Modules that it was built without, by name.
    pub(in crate::kernel) missing_modules: Vec<String>,
    /// Queueing disciplines that were named by the kernel.
    pub(in crate::kernel) qdiscs: u16,
    /// Devices that have come into a namespace.
    pub(in crate::kernel) arrivals: u64,
    next_inode: u32,
    /// What survives a reboot.
    hardware: Hardware,
}

/// A rule for readers of the trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleText {
    /// Its table.
    pub table: netfilter::TableName,
    /// Its chain, as it was called when the rule was made.
    pub chain: String,
    /// The rule without its chain: `-s 172.17.0.0/16 ! -o docker0 -j MASQUERADE`.
    pub text: String,
    /// Its conditions one by one, counted as `RuleOutcome::Failed` does.
    pub parts: Vec<String>,
    /// Who put it there: a command line.
    pub origin: String,
    /// For whom, if somebody else asked for it: another command line.
    pub behalf: Option<String>,
}

/// Lines of the log that are kept.
const LOG_LINES: usize = 10_000;

impl Kernel {
    /// A kernel that has just booted: one namespace, with `lo` down.
    pub fn new(cx: &mut Context) -> Kernel {
        let hash_seed = cx.rng.u32();
        let mut kernel = Kernel {
            links: SlotMap::with_key(),
            namespaces: SlotMap::with_key(),
            host_ns: NamespaceId::default(),
            vxlans: Vec::new(),
            taps_on_any: 0,
            woken: Vec::new(),
            log: Vec::new(),
            names: IndexMap::new(),
            labels: IndexMap::new(),
            rule_texts: Vec::new(),
            calls: VecDeque::new(),
            hash_seed,
            ipv6_rng: Seed(u64::from(hash_seed)).stream("ipv6"),
            bridges_snoop: true,
            boots_with_ipv6: false,
            missing_modules: Vec::new(),
            qdiscs: 0,
            arrivals: 0,
            // What `readlink /proc/self/ns/net` shows: the first is fixed in Linux, too.
            next_inode: 4_026_531_840,
            hardware: Hardware::default(),
        };
        kernel.host_ns = kernel.namespace_add("host");
        kernel.namespaces[kernel.host_ns].users = 1;
        kernel
    }

    /// The namespace in which the host boots.
    pub fn host_namespace(&self) -> NamespaceId {
        self.host_ns
    }

    /// Something happens.
    pub fn on_event(&mut self, cx: &mut Context, event: KernelEvent) {
        match event {
            KernelEvent::Arrival { link, frame } => self.receive(cx, link, frame),
            KernelEvent::Flood { links, frame } => {
                for link in links {
                    self.receive(cx, link, frame.clone());
                }
            }
            KernelEvent::Backlog { link, frame } => {
                if self.links.contains_key(link) {
                    self.receive_on(cx, link, frame);
                } else {
                    cx.drop(frame.packet, self.host_ns, None, DropReason::DeviceGone);
                }
            }
            KernelEvent::Dequeue { link, frame } => self.dequeue(cx, link, frame),
            KernelEvent::NeighborTimer { ns } => self.neighbor_timer(cx, ns),
            KernelEvent::SocketTimer { ns, socket } => self.socket_timer(cx, ns, socket),
            KernelEvent::ReassemblyTimer { ns } => self.reassembly_timer(cx, ns),
            KernelEvent::ConntrackTimer { ns } => self.conntrack_timer(cx, ns),
            KernelEvent::BridgeTimer { link } => self.stp_timer(cx, link),
            KernelEvent::Ipv6Timer { link } => self.ipv6_timer(cx, link),
            KernelEvent::ProxyArp { link, frame } => self.proxy_answer_later(cx, link, &frame),
        }
        self.wake_listeners(cx);
    }

    /// Wakes the tasks that listen to changes.
    pub(in crate::kernel) fn wake_listeners(&mut self, cx: &mut Context) {
        for task in self.woken.drain(..) {
            cx.wake(task);
        }
    }

    /// The changes that were asked for at the door, the oldest first, as far as they are remembered.
    pub fn calls(&self) -> impl Iterator<Item = &sys::SysCall> {
        self.calls.iter()
    }

    /// Makes a namespace with its loopback device.
    pub(in crate::kernel) fn namespace_add(&mut self, label: &str) -> NamespaceId {
        let inode = self.next_inode;
        // The first namespace has a number of its own, later ones count from here.
        self.next_inode = if inode == 4_026_531_840 { 4_026_532_000 } else { inode + 97 };
        let ns = self.namespaces.insert(Namespace::new(label, inode, self.boots_with_ipv6));
        self.labels.insert(ns, label.to_owned());
        let lo = self.link_install(ns, "lo", ZERO_MAC, link::LinkKind::Loopback);
        self.links[lo].carrier = true;
        self.namespaces[ns].loopback = lo;
        ns
    }

    /// Removes a namespace that nobody uses any more: its virtual devices go, network cards return to
    /// the host.
    pub(in crate::kernel) fn namespace_del(&mut self, cx: &mut Context, ns: NamespaceId) {
        let links: Vec<LinkId> = self.namespaces[ns].links.values().copied().collect();
        for id in links {
            let Some(link) = self.links.get(id) else { continue };
            match link.kind {
                link::LinkKind::Nic => {
                    let name = link.name.clone();
                    if self.link_set_ns(cx, id, self.host_ns, None).is_err() {
                        let free = self.number_name(self.host_ns, &format!("{name}%d"));
                        let _ = self.link_set_ns(cx, id, self.host_ns, Some(&free));
                    }
                }
                link::LinkKind::Loopback => {}
                _ => self.link_unregister(cx, id),
            }
        }
        // Tunnels whose datagrams travelled here are cut off, wherever they are.
        let orphans: Vec<LinkId> = self
            .vxlans
            .iter()
            .copied()
            .filter(|id| self.links[*id].as_vxlan().is_some_and(|v| v.config.underlay == ns))
            .collect();
        for id in orphans {
            self.link_unregister(cx, id);
        }
        let lo = self.namespaces[ns].loopback;
        self.links.remove(lo);
        self.namespaces.remove(ns);
        for other in self.namespaces.values_mut() {
            other.nsids.iter_mut().filter(|id| **id == Some(ns)).for_each(|id| *id = None);
        }
    }

    /// The device with this name.
    pub(in crate::kernel) fn link_by_name(&self, ns: NamespaceId, name: &str) -> Option<LinkId> {
        let namespace = self.namespaces.get(ns)?;
        namespace.links.values().copied().find(|id| self.links[*id].name == name)
    }

    /// Remembers what a device is called and where it is.
    pub(in crate::kernel) fn link_born(&mut self, id: LinkId) {
        let link = &self.links[id];
        self.names.insert(id, (link.name.clone(), link.ns));
    }

    /// A device is going: whoever reads old traces can still name it.
    pub(in crate::kernel) fn link_died(&mut self, id: LinkId) {
        self.link_born(id);
    }

    /// Writes a line into the kernel's log.
    pub(in crate::kernel) fn log(&mut self, cx: &Context, line: String) {
        if self.log.len() >= LOG_LINES {
            self.log.remove(0);
        }
        self.log.push((cx.now, line));
    }

    /// A network card, for the one who builds the host.
    pub fn install_nic(&mut self, name: &str, mac: MacAddr) -> LinkId {
        self.link_install(self.host_ns, name, mac, link::LinkKind::Nic)
    }

    /// The cable of a network card was plugged or pulled, or its other end came up or went down.
    pub fn set_nic_carrier(&mut self, cx: &mut Context, id: LinkId, carrier: bool) {
        if self.links.contains_key(id) {
            self.set_carrier(cx, id, carrier);
        }
    }

    /// Whether a network card is up: its other end sees that as carrier.
    pub fn nic_is_up(&self, id: LinkId) -> bool {
        self.links.get(id).is_some_and(|link| link.up)
    }

    /// Has the frames of a device captured, or not.
    pub fn set_captured(&mut self, id: LinkId, captured: bool) {
        if let Some(link) = self.links.get_mut(id) {
            link.captured = captured;
        }
    }

    /// The devices that exist: name and namespace.
    pub fn link_names(&self) -> impl Iterator<Item = (LinkId, &str, NamespaceId)> {
        self.links.iter().map(|(id, link)| (id, link.name.as_str(), link.ns))
    }

    /// The namespace in which a device is now.
    pub fn namespace_of_link(&self, id: LinkId) -> Option<NamespaceId> {
        self.links.get(id).map(|link| link.ns)
    }

    /// The namespaces that exist, the host's own first, then by age.
    pub fn namespace_ids(&self) -> Vec<NamespaceId> {
        let mut all: Vec<(u32, NamespaceId)> =
            self.namespaces.iter().map(|(id, namespace)| (namespace.inode, id)).collect();
        all.sort_unstable_by_key(|(inode, id)| (*id != self.host_ns, *inode));
        all.into_iter().map(|(_, id)| id).collect()
    }

    /// How many frames came over the wires of virtual cables and network cards.
    pub fn frames_received(&self) -> u64 {
        let is_wire =
            |link: &&Link| matches!(link.kind, link::LinkKind::Veth { .. } | link::LinkKind::Nic);
        self.links.values().filter(is_wire).map(|link| link.counters.rx_packets).sum()
    }

    /// The first address of a namespace that is not on a loopback device.
    pub fn first_address(&self, ns: NamespaceId) -> Option<crate::wire::Ipv4Addr> {
        let links = self.links.values().filter(|link| link.ns == ns && !link.is_loopback());
        let mut links: Vec<&Link> = links.collect();
        links.sort_by_key(|link| link.ifindex);
        links.iter().find_map(|link| link.addrs.first()).map(|address| address.local)
    }

    /// What a device is or was called.
    pub fn name_of_link(&self, id: LinkId) -> &str {
        match self.links.get(id) {
            Some(link) => &link.name,
            None => self.names.get(&id).map_or("?", |(name, _)| name),
        }
    }

    /// What a namespace is or was called.
    pub fn name_of_namespace(&self, id: NamespaceId) -> &str {
        self.labels.get(&id).map_or("?", String::as_str)
    }

    /// A tracked connection, if it is still there.
    pub fn connection(
        &self,
        ns: NamespaceId,
        id: netfilter::conntrack::ConnId,
    ) -> Option<&netfilter::conntrack::Conn> {
        self.namespaces.get(ns)?.conntrack.by_id(id)
    }

    /// A rule for readers of the trace.
    pub fn rule_text(&self, rule: RuleId) -> Option<&RuleText> {
        self.rule_texts.get(rule.0 as usize)
    }
}
