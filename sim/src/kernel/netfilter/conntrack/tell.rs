//! What `conntrack -E` hears: that connections came, changed and went.

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::event::KernelEvent;
use crate::kernel::id::NamespaceId;
use crate::kernel::monitor::Monitored;

use super::ConnId;
use super::event::{ConntrackEvent, ConntrackEventKind};

impl Kernel {
    /// Tells whoever listens what happened to a connection.
    pub(super) fn conntrack_tell(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        id: ConnId,
        kind: ConntrackEventKind,
    ) {
        let conntrack = &mut self.namespaces[ns].conntrack;
        if conntrack.is_watched {
            let conn = conntrack.entry(id).clone();
            let event = ConntrackEvent { at: cx.now, kind, conn };
            self.monitor(ns, Monitored::Conntrack(Box::new(event)));
            self.conntrack_await_expiry(cx, ns);
        }
    }

    /// Tells whoever listens which connections are gone.
    pub(in crate::kernel) fn conntrack_tell_gone(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        by: Option<u32>,
    ) {
        for conn in std::mem::take(&mut self.namespaces[ns].conntrack.gone) {
            let kind = ConntrackEventKind::Destroy { by };
            let event = ConntrackEvent { at: cx.now, kind, conn };
            self.monitor(ns, Monitored::Conntrack(Box::new(event)));
        }
    }

    /// Somebody listens, so that connections have to expire in time.
    pub(in crate::kernel) fn conntrack_await_expiry(&mut self, cx: &mut Context, ns: NamespaceId) {
        let conntrack = &mut self.namespaces[ns].conntrack;
        if let Some(next) = conntrack.next_expiry()
            && conntrack.tells_at.is_none_or(|at| next < at)
        {
            conntrack.tells_at = Some(next);
            cx.at(next, KernelEvent::ConntrackTimer { ns });
        }
    }

    /// Connections may have expired.
    pub(in crate::kernel) fn conntrack_timer(&mut self, cx: &mut Context, ns: NamespaceId) {
        let Some(namespace) = self.namespaces.get_mut(ns) else { return };
        namespace.conntrack.tells_at = None;
        if namespace.conntrack.is_watched {
            namespace.conntrack.expire(cx.now);
            self.conntrack_tell_gone(cx, ns, None);
            self.conntrack_await_expiry(cx, ns);
        }
    }
}
