//! Which port leads to the root, and on which ports a bridge speaks (802.1D clause 8.6.8).

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::id::LinkId;
use crate::kernel::link::bridge::{Bridge, BridgePort};

use super::{BridgeId, PortState};

impl Kernel {
    /// The id of a bridge.
    pub(in crate::kernel) fn bridge_id(&self, id: LinkId) -> BridgeId {
        let link = &self.links[id];
        let priority = link.as_bridge().map_or(0x8000, |bridge| bridge.stp.priority);
        BridgeId { priority, mac: link.mac }
    }

    pub(super) fn stp_bridge(&mut self, id: LinkId) -> &mut Bridge {
        self.links[id].as_bridge_mut().expect("spanning tree functions are called with a bridge")
    }

    pub(super) fn stp_ports(&self, id: LinkId) -> Vec<LinkId> {
        let mut ports = self.links[id].as_bridge().map(|b| b.ports.clone()).unwrap_or_default();
        ports.reverse();
        ports
    }

    pub(super) fn stp_port(&self, id: LinkId) -> &BridgePort {
        self.links[id].port().expect("spanning tree functions are called with a port")
    }

    pub(super) fn stp_port_mut(&mut self, id: LinkId) -> &mut BridgePort {
        self.links[id].port_mut().expect("spanning tree functions are called with a port")
    }

    pub(super) fn is_root(&self, id: LinkId) -> bool {
        let own = self.bridge_id(id);
        self.links[id].as_bridge().is_some_and(|bridge| bridge.stp.root == Some(own))
    }

    pub(super) fn is_designated(&self, bridge: LinkId, port: LinkId) -> bool {
        let state = self.stp_port(port);
        state.designated.bridge == self.bridge_id(bridge) && state.designated.port == state.id()
    }

    pub(super) fn become_designated(&mut self, id: LinkId, port: LinkId) {
        let own = self.bridge_id(id);
        let bridge = self.stp_bridge(id);
        let (root, cost) = (bridge.stp.root.unwrap_or(own), bridge.stp.root_path_cost);
        let state = self.stp_port_mut(port);
        let port_id = state.id();
        let designated = &mut state.designated;
        designated.root = root;
        designated.cost = cost;
        designated.bridge = own;
        designated.port = port_id;
        designated.message_age_until = None;
    }

    /// Choose the root port, then the ports on which this bridge speaks.
    pub(super) fn reconfigure(&mut self, _cx: &mut Context, id: LinkId) {
        let own = self.bridge_id(id);
        let best = self
            .stp_ports(id)
            .into_iter()
            .filter(|port| {
                let state = self.stp_port(*port);
                state.state != PortState::Disabled
                    && !self.is_designated(id, *port)
                    && !state.flags.root_block
                    && state.designated.root < own
            })
            .min_by_key(|port| {
                let state = self.stp_port(*port);
                let known = &state.designated;
                (known.root, known.cost + state.cost, known.bridge, known.port, state.id())
            });
        let (root, cost) = match best {
            None => (own, 0),
            Some(port) => {
                let state = self.stp_port(port);
                (state.designated.root, state.designated.cost + state.cost)
            }
        };
        let stp = &mut self.stp_bridge(id).stp;
        stp.root_port = best;
        stp.root = Some(root);
        stp.root_path_cost = cost;
        for port in self.stp_ports(id) {
            let state = self.stp_port(port);
            if state.state == PortState::Disabled {
                continue;
            }
            let known = state.designated;
            let speaks = self.is_designated(id, port)
                || known.root != root
                || (cost, own, state.id()) < (known.cost, known.bridge, known.port);
            if speaks {
                self.become_designated(id, port);
            }
        }
    }
}
