//! How many ICMP errors may leave.

use std::hash::Hash;

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use crate::engine::{Span, Time};
use crate::wire::Ipv4Addr;

/// How many errors may be sent (`inet_peer` tokens, `icmp_global_allow`).
#[derive(Debug)]
pub struct IcmpLimits<A = Ipv4Addr> {
    pub(super) peers: IndexMap<A, Tokens, FxBuildHasher>,
    pub(super) global: u32,
    pub(super) global_at: Time,
}

impl<A> Default for IcmpLimits<A> {
    fn default() -> Self {
        IcmpLimits { peers: IndexMap::default(), global: u32::MAX, global_at: Time::ZERO }
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Tokens {
    pub(super) have: Span,
    pub(super) at: Option<Time>,
    /// Redirects that it did not heed.
    pub(super) redirects: u32,
}

impl Tokens {
    pub(super) fn fill(&mut self, limit: Span, now: Time) {
        // A new peer has been quiet for long.
        let gained = self.at.map_or(Span::secs(60), |at| now - at);
        self.have = (self.have + gained).min(limit);
        self.at = Some(now);
    }

    pub(super) fn spend(&mut self, cost: Span) -> bool {
        let enough = self.have >= cost;
        if enough {
            self.have = self.have.saturating_sub(cost);
        }
        enough
    }
}

impl<A: Eq + Hash> IcmpLimits<A> {
    pub(super) fn peer(&mut self, address: A) -> &mut Tokens {
        self.peers.entry(address).or_insert(Tokens { have: Span::ZERO, at: None, redirects: 0 })
    }

    /// The limit of errors about refused routes (`ip_error`): five in a row, then one a second.
    pub fn allow_route_error(&mut self, to: A, now: Time) -> bool {
        let tokens = self.peer(to);
        tokens.fill(Span::secs(5), now);
        tokens.spend(Span::secs(1))
    }

    /// The limit of all errors to one address (`icmp_ratelimit`): six in a row. The tokens are those
    /// of [`IcmpLimits::allow_route_error`], as in Linux.
    pub(in crate::kernel) fn allow(&mut self, to: A, interval: Span, now: Time) -> bool {
        if interval == Span::ZERO {
            return true;
        }
        let tokens = self.peer(to);
        tokens.fill(interval * 6, now);
        tokens.spend(interval)
    }

    /// The limit of redirects to one sender (`ip_rt_send_redirect`): 20 ms doubled each time, and after nine
    /// unheeded ones silence for 20 s. They share the clock of the errors, as in Linux: after a redirect
    /// there is no error about a route for a second.
    pub(super) fn allow_redirect(&mut self, to: A, now: Time) -> bool {
        const LOAD: Span = Span::millis(20);
        const NUMBER: u32 = 9;
        let peer = self.peer(to);
        let quiet = peer.at.map_or(Span::secs(60), |at| now - at);
        if quiet > LOAD * (1 << (NUMBER + 1)) {
            peer.have = Span::ZERO;
            peer.redirects = 0;
        }
        if peer.redirects >= NUMBER {
            peer.at = Some(now);
            return false;
        }
        let is_time = peer.redirects == 0 || quiet > LOAD * (1 << peer.redirects);
        if is_time {
            peer.at = Some(now);
            peer.redirects += 1;
        }
        is_time
    }

    /// The limit of all errors together (`icmp_msgs_per_sec`, `icmp_msgs_burst`).
    pub(in crate::kernel) fn allow_global(
        &mut self,
        per_second: u32,
        burst: u32,
        now: Time,
    ) -> bool {
        let waited = u128::from((now - self.global_at).as_nanos());
        let gained = (waited * u128::from(per_second) / 1_000_000_000).min(u128::from(u32::MAX));
        if gained > 0 {
            self.global = self.global.saturating_add(gained as u32).min(burst);
            self.global_at = now;
        }
        let enough = self.global > 0;
        self.global = self.global.saturating_sub(1);
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_limits_share_one_bucket() {
        // Recorded on Linux: ten pings at ten a second to an unreachable route get two errors.
        let mut limits = IcmpLimits::default();
        let peer = Ipv4Addr::new(10, 0, 1, 2);
        let sent = (0..10)
            .filter(|n| {
                let now = Time::ZERO + Span::secs(1) + Span::millis(100 * n);
                limits.allow_route_error(peer, now) && limits.allow(peer, Span::secs(1), now)
            })
            .count();
        assert_eq!(sent, 2);
    }

    #[test]
    fn a_redirect_silences_errors_about_routes_for_a_second() {
        let mut limits = IcmpLimits::default();
        let peer = Ipv4Addr::new(10, 0, 1, 2);
        let at = |millis| Time::ZERO + Span::secs(1) + Span::millis(millis);
        assert!(limits.allow_redirect(peer, at(0)));
        assert!(!limits.allow_route_error(peer, at(500)));
        assert!(limits.allow_route_error(peer, at(1100)));
    }

    #[test]
    fn six_errors_may_follow_each_other() {
        let mut limits = IcmpLimits::default();
        let peer = Ipv4Addr::new(10, 0, 1, 2);
        let sent = (0..10)
            .filter(|n| {
                let now = Time::ZERO + Span::secs(1) + Span::millis(100 * n);
                limits.allow(peer, Span::secs(1), now)
            })
            .count();
        assert_eq!(sent, 6);
    }
}
