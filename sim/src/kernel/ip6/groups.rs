//! Groups that devices listen to, and what they report of them (`net/ipv6/mcast.c`, RFC 3810): each
//! change twice, and everything twice when the first address of a link is sure.

use crate::engine::Span;
use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::id::LinkId;
use crate::wire::mld::{self, Change};
use crate::wire::{Ipv6Addr, icmpv6, ipv6};

use super::group::{Group, ROBUSTNESS, is_reported};
use super::task::Task;

/// Between two reports at most.
const REPORT_INTERVAL: Span = Span::secs(1);
/// The first report waits this long, for others to join it.
const FIRST_WAIT: Span = Span::millis(4);

impl Kernel {
    /// A device listens to a group (`ipv6_dev_mc_inc`).
    pub(in crate::kernel) fn ipv6_join(&mut self, cx: &mut Context, link: LinkId, group: Ipv6Addr) {
        let is_early = !self.links[link].opened;
        let inet6 = &mut self.links[link].inet6;
        inet6.left.retain(|(left, _)| *left != group);
        match inet6.groups.iter_mut().find(|joined| joined.address == group) {
            Some(joined) => {
                joined.users += 1;
                joined.pending = ROBUSTNESS;
            }
            None => {
                inet6.groups.push(Group {
                    address: group,
                    users: 1,
                    is_early,
                    pending: ROBUSTNESS,
                });
            }
        }
        if is_reported(group) {
            self.groups_changed(cx, link);
        }
    }

    /// A device does not listen any more, unless somebody else wants the group (`ipv6_dev_mc_dec`).
    pub(in crate::kernel) fn ipv6_leave(
        &mut self,
        cx: &mut Context,
        link: LinkId,
        group: Ipv6Addr,
    ) {
        let inet6 = &mut self.links[link].inet6;
        let Some(at) = inet6.groups.iter().position(|joined| joined.address == group) else {
            return;
        };
        inet6.groups[at].users -= 1;
        if inet6.groups[at].users > 0 {
            return;
        }
        inet6.groups.remove(at);
        if is_reported(group) {
            inet6.left.push((group, ROBUSTNESS));
            self.groups_changed(cx, link);
        }
    }

    fn groups_changed(&mut self, cx: &mut Context, link: LinkId) {
        if self.links[link].inet6.ready {
            self.links[link].inet6.reports = ROBUSTNESS;
            self.ipv6_later(cx, link, FIRST_WAIT, Task::ReportChanges);
        }
    }

    /// The device is on a link that may know nothing of its groups.
    pub(super) fn report_groups_anew(&mut self, cx: &mut Context, link: LinkId) {
        let groups = &mut self.links[link].inet6.groups;
        groups.iter_mut().for_each(|group| group.pending = ROBUSTNESS);
        if groups.iter().any(|group| is_reported(group.address)) {
            self.groups_changed(cx, link);
        }
    }

    /// Reports what changed, and once more after a while (`mld_send_cr`).
    pub(super) fn report_changes(&mut self, cx: &mut Context, link: LinkId) {
        let inet6 = &mut self.links[link].inet6;
        let mut records = Vec::new();
        for (group, pending) in &mut inet6.left {
            records.push((Change::ToInclude, *group));
            *pending -= 1;
        }
        inet6.left.retain(|(_, pending)| *pending > 0);
        for group in inet6.groups.iter_mut().rev() {
            if group.pending > 0 && is_reported(group.address) {
                group.pending -= 1;
                records.push((Change::ToExclude, group.address));
            }
        }
        inet6.reports = inet6.reports.saturating_sub(1);
        if inet6.reports > 0 {
            let wait = self.ipv6_rng.span(Span::ZERO, REPORT_INTERVAL);
            self.ipv6_later(cx, link, wait, Task::ReportChanges);
        }
        self.send_report(cx, link, &records);
    }

    /// Reports all groups (`mld_send_initial_cr`).
    pub(super) fn report_all(&mut self, cx: &mut Context, link: LinkId, change: Change) {
        let groups = self.links[link].inet6.groups.iter().rev();
        let records: Vec<(Change, Ipv6Addr)> = groups
            .filter(|group| is_reported(group.address))
            .map(|group| (change, group.address))
            .collect();
        self.send_report(cx, link, &records);
    }

    /// The first address of a link is sure: its groups are reported with it.
    pub(super) fn report_with_address(&mut self, cx: &mut Context, link: LinkId) {
        self.report_all(cx, link, Change::ToExclude);
        let wait = self.ipv6_rng.span(Span::ZERO, REPORT_INTERVAL);
        self.ipv6_later(cx, link, wait, Task::ReportAll);
    }

    fn send_report(&mut self, cx: &mut Context, link: LinkId, records: &[(Change, Ipv6Addr)]) {
        if records.is_empty() {
            return;
        }
        let src = self.link_local_of(link).unwrap_or(Ipv6Addr::UNSPECIFIED);
        let dst = ipv6::ALL_MLD_ROUTERS;
        let mut message = mld::report(records);
        icmpv6::seal(&mut message, src, dst);
        ipv6::push_router_alert(&mut message);
        let next_header = ipv6::next_header::HOP_BY_HOP;
        let header = ipv6::Header { flow: 0, next_header, hop_limit: 1, src, dst };
        self.send_on_link(cx, link, &header, message);
    }
}
