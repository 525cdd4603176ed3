//! The timers of connections: smoltcp's, and those of a SYN that is repeated.

use smoltcp::socket::tcp::State;

use super::retry::SynRetry;
use crate::engine::{Span, Time};
use crate::kernel::context::Context;
use crate::kernel::errno::Errno;
use crate::kernel::event::KernelEvent;
use crate::kernel::id::{NamespaceId, SocketId};
use crate::kernel::{Kernel, timer};
use crate::wire::{Bytes, ipv4, tcp};

impl Kernel {
    /// smoltcp would repeat a SYN by its own clock; ours has Linux's schedule.
    pub(super) fn is_early_syn_retry(
        &mut self,
        ns: NamespaceId,
        id: SocketId,
        segment: &Bytes,
        now: Time,
    ) -> bool {
        let flags = tcp::flags(ipv4::payload(segment)).unwrap_or(0);
        if flags & (tcp::flag::SYN | tcp::flag::ACK) != tcp::flag::SYN {
            return false;
        }
        let Ok(tcp) = self.tcp(ns, id) else { return false };
        if tcp.syn.is_some() {
            return true;
        }
        let interval = Span::secs(1);
        tcp.syn = Some(SynRetry {
            segment: segment.clone(),
            sent_at: now,
            next_at: timer::early(now, interval),
            interval,
            retries: 0,
        });
        false
    }

    /// Sets the timer of a connection, unless an earlier one is under way.
    pub(super) fn tcp_arm(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        id: SocketId,
        again: Option<Time>,
    ) {
        let now = cx.now;
        let Ok(tcp) = self.tcp(ns, id) else { return };
        let opening = tcp.state() == State::SynSent;
        let next = match &tcp.syn {
            Some(retry) if opening => Some(retry.next_at),
            _ => again,
        };
        let Some(next) = [next, tcp.resend_at].into_iter().flatten().min() else { return };
        // smoltcp counts microseconds: "now" may lie a fraction of one in the past.
        let next = next.max(now + Span::micros(1));
        if tcp.timer_at.is_none_or(|at| at <= now || at > next) {
            tcp.timer_at = Some(next);
            cx.at(next, KernelEvent::SocketTimer { ns, socket: id });
        }
    }

    /// A connection's timer.
    pub(in crate::kernel) fn socket_timer(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        id: SocketId,
    ) {
        if !self.namespaces.contains_key(ns) {
            return;
        }
        let Ok(tcp) = self.tcp(ns, id) else { return };
        if tcp.timer_at.is_none_or(|at| at > cx.now) {
            return;
        }
        tcp.timer_at = None;
        if tcp.state() == State::SynSent && tcp.syn.is_some() {
            return self.syn_retry(cx, ns, id);
        }
        self.tcp_poll(cx, ns, id, None);
    }

    /// Repeats a SYN, or gives up (`tcp_retransmit_timer`, `tcp_write_timeout`): the first few times
    /// every second (`tcp_syn_linear_timeouts`), then doubling.
    fn syn_retry(&mut self, cx: &mut Context, ns: NamespaceId, id: SocketId) {
        let now = cx.now;
        let sysctl = &self.namespaces[ns].sysctl;
        let limit = u32::from(sysctl.tcp_syn_retries);
        let linear = u32::from(sysctl.tcp_syn_linear_timeouts);
        let Ok(tcp) = self.tcp(ns, id) else { return };
        let Some(retry) = &mut tcp.syn else { return };
        if now < retry.next_at {
            return self.tcp_arm(cx, ns, id, None);
        }
        let patience = Span::secs((2 << limit.min(30)) - 1);
        let waited_too_long = retry.retries > 0 && now - retry.sent_at >= patience;
        if retry.retries >= limit + linear || waited_too_long {
            tcp.syn = None;
            tcp.smol().abort();
            self.namespaces[ns].sockets.table[id].error.get_or_insert(Errno::ETIMEDOUT);
            return self.tcp_poll_quietly(cx, ns, id);
        }
        retry.retries += 1;
        if retry.retries > linear {
            retry.interval = retry.interval * 2;
        }
        retry.next_at = timer::early(now, retry.interval);
        let segment = retry.segment.clone();
        let _ = self.endpoint_output(cx, ns, Some(id), segment, None);
        self.tcp_arm(cx, ns, id, None);
    }
}
