//! A port began or ceased to forward: the root is told, and tells all (802.1D clause 8.6.14).

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::id::LinkId;

impl Kernel {
    pub(super) fn topology_change_detected(&mut self, cx: &mut Context, id: LinkId) {
        let is_root = self.is_root(id);
        let now = cx.now;
        let stp = &mut self.stp_bridge(id).stp;
        if !stp.enabled {
            return;
        }
        if is_root {
            stp.topology_change = true;
            stp.topology_change_until =
                Some(now + stp.own_times.forward_delay + stp.own_times.max_age);
        } else if !stp.topology_change_detected {
            stp.tcn_at = Some(now + stp.own_times.hello);
            self.send_topology_change(cx, id);
        }
        self.stp_bridge(id).stp.topology_change_detected = true;
    }

    pub(super) fn become_root(&mut self, cx: &mut Context, id: LinkId) {
        let now = cx.now;
        let stp = &mut self.stp_bridge(id).stp;
        stp.times = stp.own_times;
        stp.tcn_at = None;
        let (enabled, hello) = (stp.enabled, stp.own_times.hello);
        self.topology_change_detected(cx, id);
        if enabled {
            self.send_configs(cx, id);
            self.stp_bridge(id).stp.hello_at = Some(now + hello);
        }
    }
}
