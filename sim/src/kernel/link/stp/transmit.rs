//! Messages that leave: configuration by designated ports, topology changes by the root port.

use crate::engine::Span;
use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::id::LinkId;
use crate::kernel::link::bridge::STP_GROUP;
use crate::wire::{Bytes, Frame, ethernet};

use super::PortState;
use super::bpdu::Config;

/// Message age grows by this at each bridge (`MESSAGE_AGE_INCR`).
const AGE_STEP: Span = Span::nanos(1_000_000_000 / 256 + 1);

impl Kernel {
    pub(super) fn send_configs(&mut self, cx: &mut Context, id: LinkId) {
        for port in self.stp_ports(id) {
            if self.stp_port(port).state != PortState::Disabled && self.is_designated(id, port) {
                self.send_config(cx, id, port);
            }
        }
    }

    pub(super) fn send_config(&mut self, cx: &mut Context, id: LinkId, port: LinkId) {
        let own = self.bridge_id(id);
        let stp = self.stp_bridge(id).stp.clone();
        if !stp.enabled {
            return;
        }
        let message_age = stp.root_port.map_or(Span::ZERO, |root_port| {
            let until = self.stp_port(root_port).designated.message_age_until;
            let left = until.map_or(Span::ZERO, |until| until - cx.now);
            stp.times.max_age.saturating_sub(left) + AGE_STEP
        });
        if message_age >= stp.times.max_age {
            return;
        }
        let state = self.stp_port_mut(port);
        let config = Config {
            topology_change: stp.topology_change,
            topology_change_ack: state.designated.topology_change_ack,
            root: stp.root.unwrap_or(own),
            root_path_cost: stp.root_path_cost,
            bridge: own,
            port: state.id(),
            message_age,
            times: stp.times,
        };
        state.designated.topology_change_ack = false;
        self.send_bpdu(cx, port, &config.emit());
    }

    pub(super) fn send_topology_change(&mut self, cx: &mut Context, id: LinkId) {
        if let Some(root_port) = self.stp_bridge(id).stp.root_port {
            self.send_bpdu(cx, root_port, &[0, 0, 0, 0x80]);
        }
    }

    fn send_bpdu(&mut self, cx: &mut Context, port: LinkId, bpdu: &[u8]) {
        let link = &self.links[port];
        let (ns, mac) = (link.ns, link.mac);
        // 802.3 with LLC: destination and source SAP 0x42, unnumbered information.
        let mut bytes = Bytes::copy_of(&[&[0x42, 0x42, 0x03], bpdu].concat());
        let length = bytes.len() as u16;
        ethernet::push_header(&mut bytes, STP_GROUP, mac, length);
        let packet = cx.new_packet(ns);
        let _ = self.transmit(cx, port, Frame { packet, bytes });
    }
}
