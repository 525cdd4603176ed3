//! [`Inet6`]: what a device has of IPv6, when it begins and ends (`addrconf_notify`), and its timer.
//!
//! A device is configured when it is up, has carrier, and IPv6 is not disabled on it. Losing the carrier
//! changes nothing; going down takes its addresses away.

use crate::engine::Span;
use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::event::KernelEvent;
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::timer::expiry;
use crate::wire::{Ipv6Addr, MacAddr, ipv6, mld};

use super::group::Group;
use super::ifaddr::multicast_route;
use super::inet6::Inet6;
use super::task::Task;

impl Kernel {
    /// Whether a device may have IPv6 addresses.
    pub(in crate::kernel) fn has_ipv6(&self, link: LinkId) -> bool {
        !self.links[link].conf.ipv6.disable
    }

    /// A device came up, or its carrier came or went.
    pub(in crate::kernel) fn ipv6_link_changed(&mut self, cx: &mut Context, link: LinkId) {
        let device = &self.links[link];
        if !self.has_ipv6(link) || !device.up {
            return;
        }
        if device.is_loopback() {
            return self.ipv6_configure_loopback(cx, link);
        }
        if !device.carrier {
            return;
        }
        if std::mem::replace(&mut self.links[link].inet6.ready, true) {
            // It may be on another link now, whose routers know nothing of its groups.
            return self.report_groups_anew(cx, link);
        }
        self.insert_route6(link, multicast_route(link));
        self.ipv6_readmit(cx, link);
        self.report_groups_anew(cx, link);
        self.ipv6_give_link_local(cx, link);
    }

    /// A device comes up: a bridge listens to snoopers from then on, whatever its carrier.
    pub(in crate::kernel) fn ipv6_link_up(&mut self, cx: &mut Context, link: LinkId) {
        if !self.has_ipv6(link) {
            return;
        }
        if self.links[link].as_bridge().is_some_and(|bridge| bridge.mcast_snooping) {
            self.ipv6_join(cx, link, ipv6::ALL_SNOOPERS);
        }
        self.ipv6_link_changed(cx, link);
    }

    /// A device goes down, or IPv6 is disabled on it: addresses, routes and groups go.
    pub(in crate::kernel) fn ipv6_link_down(&mut self, link: LinkId) {
        let ns = self.links[link].ns;
        self.namespaces[ns].fib6.remove_all(|route| route.link == link && route.kind.has_device());
        let routers = self.forwards6(ns, link);
        let inet6 = &mut self.links[link].inet6;
        let was_used = inet6.ready || !inet6.addrs.is_empty() || inet6.reopened;
        *inet6 = Inet6 { reopened: was_used, ..Inet6::default() };
        if routers {
            inet6.groups.push(Group::silent(ipv6::ALL_ROUTERS));
        }
    }

    /// A device comes into a namespace, or is made: with forwarding it is a router's.
    pub(in crate::kernel) fn ipv6_link_arrives(&mut self, link: LinkId) {
        let ns = self.links[link].ns;
        self.links[link].inet6 = Inet6::default();
        if self.has_ipv6(link) && self.forwards6(ns, link) && !self.links[link].is_loopback() {
            self.links[link].inet6.groups.push(Group::silent(ipv6::ALL_ROUTERS));
        }
    }

    /// Whether a device forwards IPv6 packets.
    pub(in crate::kernel) fn forwards6(&self, _ns: NamespaceId, link: LinkId) -> bool {
        self.links[link].conf.ipv6.forwarding != 0
    }

    /// `disable_ipv6` of a device was written.
    pub(in crate::kernel) fn ipv6_switched(&mut self, cx: &mut Context, link: LinkId) {
        if self.has_ipv6(link) {
            if self.links[link].up {
                self.ipv6_link_up(cx, link);
            }
        } else {
            self.ipv6_link_down(link);
        }
    }

    /// `forwarding` of a device was written (`dev_forward_change`).
    pub(in crate::kernel) fn ipv6_forwarding_changed(&mut self, cx: &mut Context, link: LinkId) {
        let interface: Ipv6Addr = Ipv6Addr::new(0xff01, 0, 0, 0, 0, 0, 0, 2);
        let site: Ipv6Addr = Ipv6Addr::new(0xff05, 0, 0, 0, 0, 0, 0, 2);
        let (ns, forwards) = (self.links[link].ns, self.links[link].conf.ipv6.forwarding != 0);
        if !self.links[link].is_loopback() && self.has_ipv6(link) {
            for group in [ipv6::ALL_ROUTERS, interface, site] {
                if forwards {
                    self.ipv6_join(cx, link, group);
                } else {
                    self.ipv6_leave(cx, link, group);
                }
            }
        }
        for address in self.links[link].inet6.addrs.clone() {
            if address.is_usable() {
                self.set_anycast(cx, ns, link, &address, forwards);
            }
        }
    }

    /// The hardware groups of a device for IPv6: those that it had when it came up, and later ones.
    pub(in crate::kernel) fn hardware_groups6(&self, link: LinkId) -> (Vec<MacAddr>, Vec<MacAddr>) {
        let device = &self.links[link];
        let on = self.has_ipv6(link);
        let all_nodes = Group::silent(ipv6::ALL_NODES);
        let groups = [&all_nodes].into_iter().chain(device.inet6.groups.iter().filter(|_| on));
        let reopened = on && device.inet6.reopened;
        let mut lists: (Vec<MacAddr>, Vec<MacAddr>) = (Vec::new(), Vec::new());
        for group in groups.filter(|group| ipv6::multicast_scope(group.address) != Some(1)) {
            let mac = ipv6::multicast_mac(group.address);
            let is_early = group.is_early && !reopened;
            let list = if is_early { &mut lists.0 } else { &mut lists.1 };
            // The snoopers' group stands beside that of IPv4, where the caller puts it.
            let is_snoopers = group.address == ipv6::ALL_SNOOPERS;
            if !list.contains(&mac) && !is_snoopers && (is_early || device.up) {
                list.push(mac);
            }
        }
        lists
    }

    /// Has a device do something later.
    pub(super) fn ipv6_later(&mut self, cx: &mut Context, link: LinkId, wait: Span, task: Task) {
        let at = expiry(cx.now, wait);
        let tasks = &mut self.links[link].inet6.tasks;
        let is_waiting = tasks.iter().any(|(_, known)| *known == task);
        if is_waiting {
            return;
        }
        tasks.insert((at, task));
        cx.at(at, KernelEvent::Ipv6Timer { link });
    }

    /// The time of something that a device wanted to do has come.
    pub(in crate::kernel) fn ipv6_timer(&mut self, cx: &mut Context, link: LinkId) {
        while let Some(device) = self.links.get_mut(link) {
            let Some((_, task)) = device.inet6.tasks.first().copied().filter(|one| one.0 <= cx.now)
            else {
                return;
            };
            device.inet6.tasks.pop_first();
            match task {
                Task::AskForDuplicate(address) => self.dad_ask(cx, link, address),
                Task::EndOfDad(address) => self.dad_succeeded(cx, link, address),
                Task::ReportChanges => self.report_changes(cx, link),
                Task::ReportAll => self.report_all(cx, link, mld::Change::ToExclude),
                Task::AskForRouters => self.ask_for_routers(cx, link),
            }
        }
    }
}
