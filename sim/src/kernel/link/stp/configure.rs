//! What an administrator changes: the protocol on or off, priorities, times, the address of a bridge
//! (`net/bridge/br_stp_if.c`).

use crate::engine::Span;
use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::id::LinkId;
use crate::wire::MacAddr;

use super::{BridgeId, PortState};

impl Kernel {
    /// Switches the protocol on or off, or restarts it after its parameters changed.
    pub(in crate::kernel) fn stp_restart(&mut self, cx: &mut Context, id: LinkId, enabled: bool) {
        let own = self.bridge_id(id);
        let now = cx.now;
        let bridge = self.stp_bridge(id);
        bridge.stp.enabled = enabled;
        bridge.stp.root = Some(own);
        bridge.stp.root_path_cost = 0;
        bridge.stp.root_port = None;
        if enabled {
            // A delay for which the protocol is not made was possible before.
            let delay = &mut bridge.stp.own_times.forward_delay;
            *delay = (*delay).clamp(Span::secs(2), Span::secs(30));
        }
        bridge.stp.times = bridge.stp.own_times;
        bridge.stp.hello_at = enabled.then(|| now + bridge.stp.times.hello);
        for port in self.stp_ports(id) {
            if self.stp_port(port).state != PortState::Disabled {
                self.stp_port_mut(port).state = PortState::Disabled;
                self.stp_enable_port(cx, id, port);
            }
        }
        self.stp_arm(cx, id);
    }

    /// The priority of a port decides between ports of one bridge.
    pub(in crate::kernel) fn stp_set_port_priority(
        &mut self,
        cx: &mut Context,
        port: LinkId,
        priority: u8,
    ) {
        let id = self.stp_port(port).bridge;
        let was_designated = self.is_designated(id, port);
        let own = self.bridge_id(id);
        let state = self.stp_port_mut(port);
        state.priority = priority;
        let number = state.id();
        if was_designated {
            state.designated.port = number;
        }
        if state.designated.bridge == own && number < state.designated.port {
            self.become_designated(id, port);
            self.select_port_states(cx, id);
        }
    }

    /// A bridge goes by another address than `old` from now on (`br_stp_change_bridge_id`).
    pub(in crate::kernel) fn stp_address_changed(
        &mut self,
        cx: &mut Context,
        id: LinkId,
        old: MacAddr,
    ) {
        let own = self.links[id].mac;
        let rename = |known: &mut BridgeId| {
            if known.mac == old {
                known.mac = own;
            }
        };
        self.stp_bridge(id).stp.root.as_mut().map(rename);
        for port in self.stp_ports(id) {
            let designated = &mut self.stp_port_mut(port).designated;
            rename(&mut designated.root);
            rename(&mut designated.bridge);
        }
        self.reconfigure(cx, id);
        self.select_port_states(cx, id);
    }

    /// The times or the priority of a bridge were changed: a root speaks by its own from now on.
    pub(in crate::kernel) fn stp_times_changed(&mut self, cx: &mut Context, id: LinkId) {
        let own = self.bridge_id(id);
        let is_root = self.stp_bridge(id).stp.root_port.is_none();
        let bridge = self.stp_bridge(id);
        if is_root {
            bridge.stp.times = bridge.stp.own_times;
            bridge.stp.root = Some(own);
        }
        for port in self.stp_ports(id) {
            if self.stp_port(port).state != PortState::Disabled {
                self.become_designated(id, port);
            }
        }
        self.reconfigure(cx, id);
        self.select_port_states(cx, id);
        self.stp_arm(cx, id);
    }
}
