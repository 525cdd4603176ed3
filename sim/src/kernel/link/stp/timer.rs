//! The times of a bridge and its ports: one event waits for the next of them.

use crate::engine::Time;
use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::event::KernelEvent;
use crate::kernel::id::LinkId;
use crate::kernel::link::Link;

impl Kernel {
    /// Some time of a bridge has come.
    pub(in crate::kernel) fn stp_timer(&mut self, cx: &mut Context, id: LinkId) {
        let Some(bridge) = self.links.get_mut(id).and_then(Link::as_bridge_mut) else {
            return;
        };
        let now = cx.now;
        let due = |at: &Option<Time>| at.is_some_and(|at| at <= now);
        bridge.stp.timer_at = None;
        if due(&bridge.stp.hello_at) {
            bridge.stp.hello_at = Some(now + bridge.stp.times.hello);
            self.send_configs(cx, id);
        }
        let bridge = self.stp_bridge(id);
        if due(&bridge.stp.topology_change_until) {
            bridge.stp.topology_change_until = None;
            bridge.stp.topology_change = false;
            bridge.stp.topology_change_detected = false;
        }
        if due(&bridge.stp.tcn_at) {
            bridge.stp.tcn_at = None;
            if !self.is_root(id) {
                self.send_topology_change(cx, id);
            }
        }
        for port in self.stp_ports(id) {
            if due(&self.stp_port(port).designated.forward_delay_until) {
                self.stp_port_mut(port).designated.forward_delay_until = None;
                self.forward_delay_expired(cx, id, port);
            }
            if due(&self.stp_port(port).designated.message_age_until) {
                let was_root = self.is_root(id);
                self.become_designated(id, port);
                self.reconfigure(cx, id);
                self.select_port_states(cx, id);
                if self.is_root(id) && !was_root {
                    self.become_root(cx, id);
                }
            }
        }
        self.update_bridge_carrier(cx, id);
        self.stp_arm(cx, id);
    }

    pub(super) fn stp_arm(&mut self, cx: &mut Context, id: LinkId) {
        let ports = self.stp_ports(id);
        let port_times = ports.iter().flat_map(|port| {
            let designated = &self.stp_port(*port).designated;
            [designated.message_age_until, designated.forward_delay_until]
        });
        let stp = &self.links[id].as_bridge().expect("the caller saw a bridge").stp;
        let own_times = [stp.hello_at, stp.tcn_at, stp.topology_change_until];
        let next = port_times.chain(own_times).flatten().min();
        let stp = &mut self.stp_bridge(id).stp;
        if let Some(next) = next
            && stp.timer_at.is_none_or(|at| at > next)
        {
            stp.timer_at = Some(next);
            cx.at(next, KernelEvent::BridgeTimer { link: id });
        }
    }
}
