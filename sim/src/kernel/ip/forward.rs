//! Routing for others (`net/ipv4/ip_forward.c`).

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::errno::Errno;
use crate::kernel::id::NamespaceId;
use crate::kernel::netfilter::{Hook, HookVerdict};
use crate::kernel::step::{DropReason, Step};
use crate::wire::{icmp, ipv4, rewrite};

use super::Packet;
use super::route::OutputRoute;

impl Kernel {
    /// TTL, size, redirect, FORWARD, and out.
    pub(in crate::kernel) fn ip_forward(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        mut packet: Packet,
        route: OutputRoute,
        redirect: bool,
    ) {
        let input = packet.input;
        let ttl = ipv4::view(&packet.bytes).hop_limit();
        if ttl <= 1 {
            self.icmp_error(cx, ns, icmp::Error::TTL_EXCEEDED, &packet);
            return cx.drop(packet.id, ns, input, DropReason::TtlExceeded);
        }
        let limit = match packet.fragment_size {
            // Reassembled on its way: its largest fragment must fit.
            Some(size) => usize::from(size),
            None => packet.bytes.len(),
        };
        if ipv4::view(&packet.bytes).dont_frag() && limit > route.mtu as usize {
            let mtu = route.mtu.min(65535) as u16;
            self.icmp_error(cx, ns, icmp::Error::FragmentationNeeded { mtu }, &packet);
            return cx.drop(packet.id, ns, input, DropReason::FragmentationNeeded);
        }
        rewrite::decrement_ttl(packet.bytes.make_mut());
        cx.note(packet.id, ns, input, Step::Ttl { from: ttl });
        if redirect {
            let gateway = route.next_hop(ipv4::dst(&packet.bytes));
            self.icmp_redirect(cx, ns, gateway, &packet);
        }
        if self.namespaces[ns].netfilter.is_active(Hook::Forward) {
            let verdict =
                self.run_hook(cx, ns, Hook::Forward, &mut packet, input, Some(route.link));
            if verdict == HookVerdict::Gone {
                return;
            }
        }
        let _ = self.ip_output(cx, ns, packet, route);
    }

    /// No way on: the sender is told why (`ip_error`).
    pub(in crate::kernel) fn ip_refuse(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        packet: &Packet,
        errno: Errno,
    ) {
        let (error, reason) = match errno {
            Errno::EHOSTUNREACH => (Some(icmp::Error::HOST_UNREACHABLE), DropReason::Unreachable),
            Errno::EACCES => (Some(icmp::Error::ADMIN_PROHIBITED), DropReason::Prohibited),
            Errno::EINVAL => (None, DropReason::Blackhole),
            _ => (Some(icmp::Error::NET_UNREACHABLE), DropReason::NoRoute),
        };
        if let Some(error) = error
            && self.namespaces[ns].icmp_limits.allow_route_error(ipv4::src(&packet.bytes), cx.now)
        {
            self.icmp_error(cx, ns, error, packet);
        }
        cx.drop(packet.id, ns, packet.input, reason);
    }
}
