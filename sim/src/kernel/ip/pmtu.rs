//! What was learnt about single destinations (the next-hop exceptions of `net/ipv4/route.c`): path
//! MTUs (RFC 1191) and better gateways (ICMP redirects).

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use crate::engine::{Span, Time};
use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::id::{LinkId, NamespaceId};
use crate::wire::Ipv4Addr;

use super::route::FlowQuery;

/// How long a redirect counts (`net.ipv4.route.gc_timeout`).
const REDIRECT_EXPIRES: Span = Span::secs(300);

/// What is known of the path to one destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exception {
    /// The device by which packets leave.
    pub link: LinkId,
    /// The largest packet, if that was learnt.
    pub mtu: Option<u32>,
    /// Whether the path is narrower than is believed: its packets may be fragmented.
    pub locked: bool,
    /// The gateway of a redirect.
    pub gateway: Option<Ipv4Addr>,
    /// Until when it counts.
    pub expires: Time,
}

/// What is known of the paths to some destinations.
#[derive(Debug, Default)]
pub struct Exceptions {
    paths: IndexMap<Ipv4Addr, Exception, FxBuildHasher>,
}

impl Exceptions {
    /// What is known of the path to `dst`.
    pub fn get(&self, dst: Ipv4Addr, now: Time) -> Option<&Exception> {
        if self.paths.is_empty() {
            return None;
        }
        self.paths.get(&dst).filter(|path| path.expires > now)
    }

    /// All that is known, by destination.
    pub fn sorted(&self, now: Time) -> Vec<(Ipv4Addr, Exception)> {
        let known = self.paths.iter().filter(|(_, path)| path.expires > now);
        let mut all: Vec<_> = known.map(|(dst, path)| (*dst, *path)).collect();
        all.sort_by_key(|(dst, _)| *dst);
        all
    }

    fn entry(&mut self, dst: Ipv4Addr, link: LinkId, now: Time, expires: Time) -> &mut Exception {
        self.paths.retain(|_, path| path.expires > now);
        let fresh = Exception { link, mtu: None, locked: false, gateway: None, expires };
        let path = self.paths.entry(dst).or_insert(fresh);
        (path.link, path.expires) = (link, expires);
        path
    }

    /// The MTU of a device changed (`fib_nhc_update_mtu`): paths that were as wide follow it.
    pub fn device_changed(&mut self, link: LinkId, old: u32, new: u32) {
        for path in self.paths.values_mut().filter(|path| path.link == link) {
            let Some(mtu) = &mut path.mtu else { continue };
            if path.locked {
                if new <= *mtu {
                    (*mtu, path.locked) = (new, false);
                }
            } else if new < *mtu || old == *mtu {
                *mtu = new;
            }
        }
    }

    /// Forgets everything (`ip route flush cache`, a changed route).
    pub fn clear(&mut self) {
        self.paths.clear();
    }
}

impl Kernel {
    /// Learns that packets to `dst` may not be larger than `mtu` (`__ip_rt_update_pmtu`). Less than
    /// `min_pmtu` is not believed; the packets may be fragmented instead.
    pub(in crate::kernel) fn learn_path_mtu(
        &mut self,
        cx: &Context,
        ns: NamespaceId,
        dst: Ipv4Addr,
        mtu: u32,
    ) {
        let query = FlowQuery { dst, ..FlowQuery::default() };
        let Ok(route) = self.route_output(ns, &query, cx.now) else { return };
        if route.mtu_locked || route.mtu < mtu {
            return;
        }
        let namespace = &mut self.namespaces[ns];
        let least = namespace.sysctl.min_pmtu;
        let expires = cx.now + namespace.sysctl.mtu_expires;
        let path = namespace.pmtu.entry(dst, route.link, cx.now, expires);
        path.locked = mtu < least;
        path.mtu = Some(if path.locked { least.min(route.mtu) } else { mtu });
    }

    /// Learns a better gateway.
    pub(in crate::kernel) fn learn_gateway(
        &mut self,
        cx: &Context,
        ns: NamespaceId,
        dst: Ipv4Addr,
        link: LinkId,
        gateway: Ipv4Addr,
    ) {
        let pmtu = &mut self.namespaces[ns].pmtu;
        pmtu.entry(dst, link, cx.now, cx.now + REDIRECT_EXPIRES).gateway = Some(gateway);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_as_wide_as_their_device_follow_it() {
        let (dst, link) = (Ipv4Addr::new(10, 0, 0, 1), LinkId::default());
        let mut known = Exceptions::default();
        let later = Time::ZERO + Span::secs(600);
        known.entry(dst, link, Time::ZERO, later).mtu = Some(1200);
        let mut mtu_after = |old, new| {
            known.device_changed(link, old, new);
            known.get(dst, Time::ZERO).and_then(|path| path.mtu)
        };
        assert_eq!(mtu_after(1500, 1400), Some(1200));
        assert_eq!(mtu_after(1400, 1100), Some(1100));
        assert_eq!(mtu_after(1100, 1500), Some(1500));
    }
}
