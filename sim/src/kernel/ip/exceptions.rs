//! What was learnt of the way to single addresses: a smaller MTU, another router.

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use crate::engine::{Span, Time};
use crate::kernel::id::LinkId;
use crate::wire::Ipv4Addr;

/// How long a redirect counts (`net.ipv4.route.gc_timeout`).
pub(super) const REDIRECT_EXPIRES: Span = Span::secs(300);

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
    pub(super) paths: IndexMap<Ipv4Addr, Exception, FxBuildHasher>,
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

    pub(super) fn entry(
        &mut self,
        dst: Ipv4Addr,
        link: LinkId,
        now: Time,
        expires: Time,
    ) -> &mut Exception {
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
