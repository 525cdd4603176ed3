//! What was learnt about single destinations (the next-hop exceptions of `net/ipv4/route.c`): path
//! MTUs (RFC 1191) and better gateways (ICMP redirects).

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use crate::engine::{Span, Time};
use crate::wire::Ipv4Addr;

/// How long a path MTU counts (`net.ipv4.route.mtu_expires`).
pub const EXPIRES: Span = Span::secs(600);
/// How long a redirect counts (`net.ipv4.route.gc_timeout`).
const REDIRECT_EXPIRES: Span = Span::secs(300);

/// What is known of the paths to some destinations.
#[derive(Debug, Default)]
pub struct Exceptions {
    mtus: IndexMap<Ipv4Addr, (u32, Time), FxBuildHasher>,
    gateways: IndexMap<Ipv4Addr, (Ipv4Addr, Time), FxBuildHasher>,
}

impl Exceptions {
    /// The MTU of the path to `dst` and how long it still counts, if something was learnt.
    pub fn get(&self, dst: Ipv4Addr, now: Time) -> Option<(u32, Span)> {
        if self.mtus.is_empty() {
            return None;
        }
        let (mtu, expires) = *self.mtus.get(&dst)?;
        (expires > now).then(|| (mtu, expires - now))
    }

    /// Learns that packets to `dst` may not be larger than `mtu`.
    pub fn learn(&mut self, dst: Ipv4Addr, mtu: u32, now: Time) {
        self.mtus.retain(|_, (_, expires)| *expires > now);
        self.mtus.insert(dst, (mtu, now + EXPIRES));
    }

    /// The gateway to which packets to `dst` were redirected.
    pub fn gateway(&self, dst: Ipv4Addr, now: Time) -> Option<Ipv4Addr> {
        if self.gateways.is_empty() {
            return None;
        }
        let (gateway, expires) = *self.gateways.get(&dst)?;
        (expires > now).then_some(gateway)
    }

    /// Learns a better gateway.
    pub fn redirect(&mut self, dst: Ipv4Addr, gateway: Ipv4Addr, now: Time) {
        self.gateways.retain(|_, (_, expires)| *expires > now);
        self.gateways.insert(dst, (gateway, now + REDIRECT_EXPIRES));
    }

    /// Forgets everything (`ip route flush cache`, a changed route).
    pub fn clear(&mut self) {
        self.mtus.clear();
        self.gateways.clear();
    }
}
