//! What was learnt about single destinations (the next-hop exceptions of `net/ipv4/route.c`): path
//! MTUs (RFC 1191) and better gateways (ICMP redirects).

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::id::{LinkId, NamespaceId};
use crate::wire::Ipv4Addr;

use super::exceptions::REDIRECT_EXPIRES;
use super::route::FlowQuery;

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
