//! Is an address unique on its link? (RFC 4862 section 5.4, `addrconf_dad_*`): until that is known it is
//! tentative. The first address of a link also asks for routers, of which there are none.

use crate::engine::Span;
use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::id::LinkId;
use crate::kernel::link::Scope;
use crate::wire::ndp::{self, Solicitation};
use crate::wire::{Ipv6Addr, MacAddr, icmpv6, ipv6};

use super::ifaddr::{DadState, If6Addr};
use super::task::Task;

/// A question waits a random time up to this (`MAX_RTR_SOLICITATION_DELAY`).
const FIRST_WAIT: Span = Span::secs(1);
/// Between the first two questions for routers.
const ROUTER_INTERVAL: Span = Span::secs(4);
/// Between two questions for routers at most.
const MAX_ROUTER_INTERVAL: Span = Span::secs(3600);

impl Kernel {
    /// Begins to find out whether an address is unique, or takes it to be.
    pub(super) fn dad_start(&mut self, cx: &mut Context, link: LinkId, address: Ipv6Addr) {
        let device = &self.links[link];
        let Some(known) = device.inet6.addrs.iter().find(|known| known.local == address) else {
            return;
        };
        let all = &self.namespaces[device.ns].sysctl.all_link_conf.ipv6;
        let asks = all.accept_dad > 0 || device.conf.ipv6.accept_dad > 0;
        if device.has_no_arp() || !asks || known.nodad || device.conf.ipv6.dad_transmits == 0 {
            return self.dad_succeeded(cx, link, address);
        }
        // An address on a device that does not work stays tentative.
        if device.inet6.ready {
            let wait = self.ipv6_rng.span(Span::ZERO, FIRST_WAIT);
            self.ipv6_later(cx, link, wait, Task::AskForDuplicate(address));
        }
    }

    /// Asks the others (`addrconf_dad_work`).
    pub(super) fn dad_ask(&mut self, cx: &mut Context, link: LinkId, address: Ipv6Addr) {
        let nonce: ndp::Nonce = self.ipv6_rng.bytes();
        let Some(known) = self.address6_mut(link, address).filter(|a| a.dad == DadState::Tentative)
        else {
            return;
        };
        known.nonce = Some(nonce);
        let dst = ipv6::solicited_node(address);
        let question = Solicitation { target: address, mac: None, nonce: Some(nonce) };
        self.send_ndp(cx, link, Ipv6Addr::UNSPECIFIED, dst, question.message());
        let wait = self.links[link].conf.neigh6.retrans_time;
        self.ipv6_later(cx, link, wait, Task::EndOfDad(address));
    }

    /// Nobody else has the address (`addrconf_dad_completed`).
    pub(super) fn dad_succeeded(&mut self, cx: &mut Context, link: LinkId, address: Ipv6Addr) {
        let had_link_local = self.link_local_of(link).is_some();
        let Some(known) = self.address6_mut(link, address).filter(|a| a.dad != DadState::Failed)
        else {
            return;
        };
        known.dad = DadState::Unique;
        let known = known.clone();
        self.address6_is_ours(cx, link, &known);
        let is_first = known.scope == Scope::Link && !had_link_local;
        if !is_first || self.links[link].is_loopback() {
            return;
        }
        self.report_with_address(cx, link);
        if self.asks_for_routers(link) {
            self.links[link].inet6.router_interval = ROUTER_INTERVAL;
            self.ask_for_routers(cx, link);
        }
    }

    /// Somebody else has the address, or wants it as well (`addrconf_dad_failure`).
    pub(super) fn dad_failed(
        &mut self,
        cx: &mut Context,
        link: LinkId,
        address: Ipv6Addr,
        other: MacAddr,
    ) {
        if let Some(known) = self.address6_mut(link, address) {
            known.dad = DadState::Failed;
            let name = self.links[link].name.clone();
            self.log(
                cx,
                format!("IPv6: {name}: IPv6 duplicate address {address} used by {other} detected!"),
            );
        }
    }

    fn asks_for_routers(&self, link: LinkId) -> bool {
        let device = &self.links[link];
        let conf = &device.conf.ipv6;
        let accepts = match conf.accept_ra {
            0 => false,
            1 => conf.forwarding == 0,
            _ => true,
        };
        accepts && conf.router_solicitations != 0 && !device.has_no_arp()
    }

    /// Asks for routers, ever more rarely (RFC 7559).
    pub(super) fn ask_for_routers(&mut self, cx: &mut Context, link: LinkId) {
        let Some(src) = self.link_local_of(link) else { return };
        if !self.asks_for_routers(link) {
            return;
        }
        let mac = self.links[link].mac;
        self.send_ndp(cx, link, src, ipv6::ALL_ROUTERS, ndp::router_solicitation(mac));
        let interval = self.links[link].inet6.router_interval;
        let tenth = Span::nanos(interval.as_nanos() / 10);
        let wait = self.ipv6_rng.span(interval.saturating_sub(tenth), interval + tenth);
        self.links[link].inet6.router_interval = (interval * 2).min(MAX_ROUTER_INTERVAL);
        self.ipv6_later(cx, link, wait, Task::AskForRouters);
    }

    /// Sends a message about neighbours, which no router forwards.
    pub(super) fn send_ndp(
        &mut self,
        cx: &mut Context,
        link: LinkId,
        src: Ipv6Addr,
        dst: Ipv6Addr,
        mut message: crate::wire::Bytes,
    ) {
        icmpv6::seal(&mut message, src, dst);
        let (next_header, hop_limit) = (ipv6::next_header::ICMPV6, ndp::HOP_LIMIT);
        let header = ipv6::Header { flow: 0, next_header, hop_limit, src, dst };
        self.send_on_link(cx, link, &header, message);
    }

    /// One address of a device, for changing.
    pub(super) fn address6_mut(&mut self, link: LinkId, address: Ipv6Addr) -> Option<&mut If6Addr> {
        self.links.get_mut(link)?.inet6.addrs.iter_mut().find(|known| known.local == address)
    }
}
