//! Messages that come in: is what they say better than what is known (802.1D clauses 8.6.2 and 8.7.1)?

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::id::LinkId;

use super::PortState;
use super::bpdu::{Bpdu, Config, parse};

impl Kernel {
    /// A message came in by a port.
    pub(in crate::kernel::link) fn stp_receive(
        &mut self,
        cx: &mut Context,
        port: LinkId,
        frame: &[u8],
    ) {
        let Some(bpdu) = parse(frame) else { return };
        let state = self.stp_port(port);
        let id = state.bridge;
        if state.state == PortState::Disabled || state.flags.guard {
            return;
        }
        match bpdu {
            Bpdu::Config(config) => self.config_received(cx, id, port, &config),
            Bpdu::TopologyChange if self.is_designated(id, port) => {
                self.topology_change_detected(cx, id);
                self.stp_port_mut(port).designated.topology_change_ack = true;
                self.send_config(cx, id, port);
            }
            Bpdu::TopologyChange => {}
        }
        self.stp_arm(cx, id);
    }

    fn config_received(&mut self, cx: &mut Context, id: LinkId, port: LinkId, config: &Config) {
        let was_root = self.is_root(id);
        if self.supersedes(id, port, config) {
            self.record(cx, id, port, config);
            self.reconfigure(cx, id);
            self.select_port_states(cx, id);
            if !self.is_root(id) && was_root {
                let stp = &mut self.stp_bridge(id).stp;
                stp.hello_at = None;
                if stp.topology_change_detected {
                    stp.topology_change_until = None;
                    let hello = stp.own_times.hello;
                    self.send_topology_change(cx, id);
                    self.stp_bridge(id).stp.tcn_at = Some(cx.now + hello);
                }
            }
            if self.stp_bridge(id).stp.root_port == Some(port) {
                let stp = &mut self.stp_bridge(id).stp;
                stp.times = config.times;
                stp.topology_change = config.topology_change;
                if config.topology_change_ack {
                    stp.topology_change_detected = false;
                    stp.tcn_at = None;
                }
                self.send_configs(cx, id);
            }
        } else if self.is_designated(id, port) {
            self.send_config(cx, id, port);
        }
    }

    /// Whether a message says something better than what is known of the segment.
    fn supersedes(&self, id: LinkId, port: LinkId, config: &Config) -> bool {
        let own = self.bridge_id(id);
        let known = &self.stp_port(port).designated;
        let heard = (config.root, config.root_path_cost, config.bridge);
        let have = (known.root, known.cost, known.bridge);
        match heard.cmp(&have) {
            std::cmp::Ordering::Less => true,
            std::cmp::Ordering::Greater => false,
            std::cmp::Ordering::Equal => config.bridge != own || config.port <= known.port,
        }
    }

    fn record(&mut self, cx: &mut Context, id: LinkId, port: LinkId, config: &Config) {
        let max_age = self.stp_bridge(id).stp.times.max_age;
        let left = max_age.saturating_sub(config.message_age);
        let designated = &mut self.stp_port_mut(port).designated;
        designated.root = config.root;
        designated.cost = config.root_path_cost;
        designated.bridge = config.bridge;
        designated.port = config.port;
        designated.message_age_until = Some(cx.now + left);
    }
}
