//! [`Family`]: what IPv4 and IPv6 do differently with their neighbours.

use std::fmt::Debug;
use std::hash::Hash;
use std::net::IpAddr;

use crate::kernel::context::Context;
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::ip::Packet;
use crate::kernel::step::{DropReason, NeighborAnswer, Step};
use crate::kernel::sysctl::NeighConf;
use crate::kernel::{Kernel, Link, Namespace};
use crate::wire::{Ipv4Addr, Ipv6Addr, MacAddr, ethernet, icmp, icmpv6, ipv6, multicast_mac};

use super::Neighbors;

/// A family of addresses: how it asks for neighbours, and where it keeps what it knows of them.
pub trait Family: Copy + Eq + Hash + Debug + Into<IpAddr> + 'static {
    /// The type of its frames.
    const ETHERTYPE: u16;
    /// Why a packet is lost whose next hop does not answer.
    const FAILED: DropReason;
    /// Why a packet is lost behind too many that wait.
    const QUEUE_FULL: DropReason;

    /// Its table.
    fn table(namespace: &Namespace) -> &Neighbors<Self>;
    /// Its table, for changing.
    fn table_mut(namespace: &mut Namespace) -> &mut Neighbors<Self>;
    /// The timing of a device.
    fn conf(link: &Link) -> &NeighConf;
    /// The answer of the table, for the trace.
    fn step(self, answer: NeighborAnswer) -> Step;
    /// The Ethernet group of a multicast address.
    fn group_mac(self) -> MacAddr;
    /// Asks who has this address: all, or the one known place.
    fn solicit(
        self,
        kernel: &mut Kernel,
        cx: &mut Context,
        ns: NamespaceId,
        link: LinkId,
        to: Option<MacAddr>,
    );
    /// Tells the sender of a packet that its next hop does not answer.
    fn report_failure(kernel: &mut Kernel, cx: &mut Context, ns: NamespaceId, packet: &Packet);
}

impl Family for Ipv4Addr {
    const ETHERTYPE: u16 = ethernet::ETHERTYPE_IPV4;
    const FAILED: DropReason = DropReason::NeighborFailed;
    const QUEUE_FULL: DropReason = DropReason::NeighborQueueFull;

    fn table(namespace: &Namespace) -> &Neighbors<Self> {
        &namespace.neighbors
    }

    fn table_mut(namespace: &mut Namespace) -> &mut Neighbors<Self> {
        &mut namespace.neighbors
    }

    fn conf(link: &Link) -> &NeighConf {
        &link.conf.neigh
    }

    fn step(self, answer: NeighborAnswer) -> Step {
        Step::Neighbor { ip: self, answer }
    }

    fn group_mac(self) -> MacAddr {
        multicast_mac(self)
    }

    fn solicit(
        self,
        kernel: &mut Kernel,
        cx: &mut Context,
        ns: NamespaceId,
        link: LinkId,
        to: Option<MacAddr>,
    ) {
        kernel.arp_solicit(cx, ns, link, self, to);
    }

    fn report_failure(kernel: &mut Kernel, cx: &mut Context, ns: NamespaceId, packet: &Packet) {
        kernel.icmp_error(cx, ns, icmp::Error::HOST_UNREACHABLE, packet);
    }
}

impl Family for Ipv6Addr {
    const ETHERTYPE: u16 = ethernet::ETHERTYPE_IPV6;
    const FAILED: DropReason = DropReason::NeighborSilent;
    const QUEUE_FULL: DropReason = DropReason::SolicitationQueueFull;

    fn table(namespace: &Namespace) -> &Neighbors<Self> {
        &namespace.neighbors6
    }

    fn table_mut(namespace: &mut Namespace) -> &mut Neighbors<Self> {
        &mut namespace.neighbors6
    }

    fn conf(link: &Link) -> &NeighConf {
        &link.conf.neigh6
    }

    fn step(self, answer: NeighborAnswer) -> Step {
        Step::Neighbor6 { ip: self, answer }
    }

    fn group_mac(self) -> MacAddr {
        ipv6::multicast_mac(self)
    }

    fn solicit(
        self,
        kernel: &mut Kernel,
        cx: &mut Context,
        ns: NamespaceId,
        link: LinkId,
        to: Option<MacAddr>,
    ) {
        kernel.ndp_solicit(cx, ns, link, self, to);
    }

    fn report_failure(kernel: &mut Kernel, cx: &mut Context, ns: NamespaceId, packet: &Packet) {
        kernel.icmp6_error(cx, ns, icmpv6::Error::ADDRESS_UNREACHABLE, packet);
    }
}
