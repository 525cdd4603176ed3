//! The states of ports: from blocking by way of listening and learning to forwarding, and back.

use crate::engine::Span;
use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::id::LinkId;
use crate::kernel::link::fdb::{Origin, Place};

use super::PortState;

impl Kernel {
    /// A port became usable (`br_stp_enable_port`).
    pub(in crate::kernel) fn stp_enable_port(
        &mut self,
        cx: &mut Context,
        id: LinkId,
        port: LinkId,
    ) {
        self.become_designated(id, port);
        let state = self.stp_port_mut(port);
        state.state = PortState::Blocking;
        state.designated.topology_change_ack = false;
        state.designated.forward_delay_until = None;
        self.select_port_states(cx, id);
        self.stp_arm(cx, id);
        self.update_bridge_carrier(cx, id);
    }

    /// A port went away or down (`br_stp_disable_port`).
    pub(in crate::kernel) fn stp_disable_port(
        &mut self,
        cx: &mut Context,
        id: LinkId,
        port: LinkId,
    ) {
        let was_root = self.is_root(id);
        self.become_designated(id, port);
        let state = self.stp_port_mut(port);
        state.state = PortState::Disabled;
        state.designated.topology_change_ack = false;
        state.designated.forward_delay_until = None;
        self.stp_bridge(id).fdb.retain(|_, entry| {
            entry.place != Place::Port(port)
                || !matches!(entry.origin, Origin::Learnt | Origin::Dynamic)
        });
        self.reconfigure(cx, id);
        self.select_port_states(cx, id);
        if self.is_root(id) && !was_root {
            self.become_root(cx, id);
        }
        self.stp_arm(cx, id);
        self.update_bridge_carrier(cx, id);
    }

    pub(super) fn select_port_states(&mut self, cx: &mut Context, id: LinkId) {
        let now = cx.now;
        for port in self.stp_ports(id) {
            if self.stp_port(port).state == PortState::Disabled {
                continue;
            }
            let stp = self.links[id].as_bridge().expect("the caller saw a bridge").stp.clone();
            if !stp.enabled || stp.root_port == Some(port) || self.is_designated(id, port) {
                if stp.root_port == Some(port) {
                    self.stp_port_mut(port).designated.topology_change_ack = false;
                }
                if stp.root_port != Some(port) {
                    self.stp_port_mut(port).designated.message_age_until = None;
                }
                if self.stp_port(port).state != PortState::Blocking {
                    continue;
                }
                let at_once = !stp.enabled || stp.times.forward_delay == Span::ZERO;
                let state = self.stp_port_mut(port);
                state.state = if at_once { PortState::Forwarding } else { PortState::Listening };
                if stp.times.forward_delay != Span::ZERO {
                    state.designated.forward_delay_until = Some(now + stp.times.forward_delay);
                }
                if at_once {
                    self.topology_change_detected(cx, id);
                }
            } else {
                self.block(cx, id, port);
            }
        }
    }

    fn block(&mut self, cx: &mut Context, id: LinkId, port: LinkId) {
        let state = self.stp_port_mut(port);
        state.designated.topology_change_ack = false;
        let was = state.state;
        if matches!(was, PortState::Disabled | PortState::Blocking) {
            return;
        }
        state.state = PortState::Blocking;
        state.designated.forward_delay_until = None;
        if matches!(was, PortState::Forwarding | PortState::Learning) {
            self.topology_change_detected(cx, id);
        }
    }

    pub(super) fn forward_delay_expired(&mut self, cx: &mut Context, id: LinkId, port: LinkId) {
        let delay = self.stp_bridge(id).stp.times.forward_delay;
        let now = cx.now;
        let state = self.stp_port_mut(port);
        match state.state {
            PortState::Listening => {
                state.state = PortState::Learning;
                state.designated.forward_delay_until = Some(now + delay);
            }
            PortState::Learning => {
                state.state = PortState::Forwarding;
                let speaks_somewhere =
                    self.stp_ports(id).into_iter().any(|other| self.is_designated(id, other));
                if speaks_somewhere {
                    self.topology_change_detected(cx, id);
                }
            }
            _ => {}
        }
    }
}
