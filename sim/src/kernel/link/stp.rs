//! The spanning tree (IEEE 802.1D-1998 clause 8, `net/bridge/br_stp.c`): of a loop of bridges, some
//! ports block, so that exactly one way is left.
//!
//! Times are those of the root bridge; a bridge without the protocol forwards on every port.

use crate::engine::{Span, Time};
use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::event::KernelEvent;
use crate::kernel::id::LinkId;
use crate::wire::{Bytes, Frame, MacAddr, ethernet};

use super::bridge::{Bridge, BridgePort, STP_GROUP};

/// What the spanning tree lets a port do (`BR_STATE_*`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PortState {
    /// The device is down, or has no carrier.
    #[default]
    Disabled,
    /// Waits for the tree to settle.
    Listening,
    /// Learns addresses, does not forward yet.
    Learning,
    /// Works.
    Forwarding,
    /// Would close a loop.
    Blocking,
}

impl PortState {
    /// As `bridge link` prints it.
    pub fn name(self) -> &'static str {
        match self {
            PortState::Disabled => "disabled",
            PortState::Listening => "listening",
            PortState::Learning => "learning",
            PortState::Forwarding => "forwarding",
            PortState::Blocking => "blocking",
        }
    }
}

/// A bridge's name in the tree: the lowest becomes the root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BridgeId {
    /// Priority, a multiple of 4096 by custom.
    pub priority: u16,
    /// MAC address of the bridge.
    pub mac: MacAddr,
}

/// What is known of the segment behind a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Designated {
    /// The root that the segment's bridge believes in.
    pub root: BridgeId,
    /// Its distance from that root.
    pub cost: u32,
    /// The bridge that speaks on the segment.
    pub bridge: BridgeId,
    /// The port by which it speaks.
    pub port: u16,
    /// Until when the other side's word counts; `None` where this bridge itself speaks.
    pub message_age_until: Option<Time>,
    /// When the port goes on to its next state.
    pub forward_delay_until: Option<Time>,
    /// Whether the root shall be told that the topology-change message came.
    pub topology_change_ack: bool,
}

/// The state of a bridge in the tree.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct Stp {
    pub enabled: bool,
    pub priority: u16,
    pub root: Option<BridgeId>,
    pub root_path_cost: u32,
    pub root_port: Option<LinkId>,
    /// As configured here; the root's values are in `times`.
    pub own_times: Times,
    pub times: Times,
    pub topology_change: bool,
    pub topology_change_detected: bool,
    pub hello_at: Option<Time>,
    pub tcn_at: Option<Time>,
    pub topology_change_until: Option<Time>,
    /// The timer event that is under way, so that there is never more than one useful one.
    timer_at: Option<Time>,
}

/// The three times that the root dictates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Times {
    pub max_age: Span,
    pub hello: Span,
    pub forward_delay: Span,
}

impl Default for Times {
    fn default() -> Self {
        Times { max_age: Span::secs(20), hello: Span::secs(2), forward_delay: Span::secs(15) }
    }
}

impl Default for Stp {
    fn default() -> Self {
        Stp {
            enabled: false,
            priority: 0x8000,
            root: None,
            root_path_cost: 0,
            root_port: None,
            own_times: Times::default(),
            times: Times::default(),
            topology_change: false,
            topology_change_detected: false,
            hello_at: None,
            tcn_at: None,
            topology_change_until: None,
            timer_at: None,
        }
    }
}

impl BridgePort {
    /// Priority and number, as the protocol and `ip -d link` have them.
    pub fn id(&self) -> u16 {
        u16::from(self.priority & 0x3f) << 10 | (self.number & 0x3ff)
    }
}

/// A configuration message (802.1D clause 9.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Config {
    topology_change: bool,
    topology_change_ack: bool,
    root: BridgeId,
    root_path_cost: u32,
    bridge: BridgeId,
    port: u16,
    message_age: Span,
    times: Times,
}

enum Bpdu {
    Config(Config),
    TopologyChange,
}

const CONFIG_LEN: usize = 35;
/// Message age grows by this at each bridge (`MESSAGE_AGE_INCR`).
const AGE_STEP: Span = Span::nanos(1_000_000_000 / 256 + 1);

impl Kernel {
    /// The id of a bridge.
    pub(in crate::kernel) fn bridge_id(&self, id: LinkId) -> BridgeId {
        let link = &self.links[id];
        let priority = link.as_bridge().map_or(0x8000, |bridge| bridge.stp.priority);
        BridgeId { priority, mac: link.mac }
    }

    fn stp_bridge(&mut self, id: LinkId) -> &mut Bridge {
        self.links[id].as_bridge_mut().expect("spanning tree functions are called with a bridge")
    }

    fn stp_ports(&self, id: LinkId) -> Vec<LinkId> {
        let mut ports = self.links[id].as_bridge().map(|b| b.ports.clone()).unwrap_or_default();
        ports.reverse();
        ports
    }

    fn stp_port(&self, id: LinkId) -> &BridgePort {
        self.links[id].port().expect("spanning tree functions are called with a port")
    }

    fn stp_port_mut(&mut self, id: LinkId) -> &mut BridgePort {
        self.links[id].port_mut().expect("spanning tree functions are called with a port")
    }

    fn is_root(&self, id: LinkId) -> bool {
        let own = self.bridge_id(id);
        self.links[id].as_bridge().is_some_and(|bridge| bridge.stp.root == Some(own))
    }

    fn is_designated(&self, bridge: LinkId, port: LinkId) -> bool {
        let state = self.stp_port(port);
        state.designated.bridge == self.bridge_id(bridge) && state.designated.port == state.id()
    }

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
            entry.place != super::fdb::Place::Port(port)
                || !matches!(entry.origin, super::fdb::Origin::Learnt | super::fdb::Origin::Dynamic)
        });
        self.reconfigure(cx, id);
        self.select_port_states(cx, id);
        if self.is_root(id) && !was_root {
            self.become_root(cx, id);
        }
        self.stp_arm(cx, id);
        self.update_bridge_carrier(cx, id);
    }

    /// A message came in by a port.
    pub(super) fn stp_receive(&mut self, cx: &mut Context, port: LinkId, frame: &[u8]) {
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

    /// Some time of a bridge has come.
    pub(in crate::kernel) fn stp_timer(&mut self, cx: &mut Context, id: LinkId) {
        let Some(bridge) = self.links.get_mut(id).and_then(super::Link::as_bridge_mut) else {
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

    fn stp_arm(&mut self, cx: &mut Context, id: LinkId) {
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

    fn become_designated(&mut self, id: LinkId, port: LinkId) {
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

    /// Choose the root port, then the ports on which this bridge speaks.
    fn reconfigure(&mut self, _cx: &mut Context, id: LinkId) {
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

    fn select_port_states(&mut self, cx: &mut Context, id: LinkId) {
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

    fn forward_delay_expired(&mut self, cx: &mut Context, id: LinkId, port: LinkId) {
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

    fn topology_change_detected(&mut self, cx: &mut Context, id: LinkId) {
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

    fn become_root(&mut self, cx: &mut Context, id: LinkId) {
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

    fn send_configs(&mut self, cx: &mut Context, id: LinkId) {
        for port in self.stp_ports(id) {
            if self.stp_port(port).state != PortState::Disabled && self.is_designated(id, port) {
                self.send_config(cx, id, port);
            }
        }
    }

    fn send_config(&mut self, cx: &mut Context, id: LinkId, port: LinkId) {
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

    fn send_topology_change(&mut self, cx: &mut Context, id: LinkId) {
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

impl Config {
    fn emit(&self) -> [u8; CONFIG_LEN] {
        let mut out = [0; CONFIG_LEN];
        out[4] = u8::from(self.topology_change) | u8::from(self.topology_change_ack) << 7;
        emit_id(&mut out[5..13], self.root);
        out[13..17].copy_from_slice(&self.root_path_cost.to_be_bytes());
        emit_id(&mut out[17..25], self.bridge);
        out[25..27].copy_from_slice(&self.port.to_be_bytes());
        let times =
            [self.message_age, self.times.max_age, self.times.hello, self.times.forward_delay];
        for (n, span) in times.into_iter().enumerate() {
            let ticks = (u128::from(span.as_nanos()) * 256 / 1_000_000_000) as u16;
            out[27 + 2 * n..29 + 2 * n].copy_from_slice(&ticks.to_be_bytes());
        }
        out
    }
}

fn emit_id(out: &mut [u8], id: BridgeId) {
    out[..2].copy_from_slice(&id.priority.to_be_bytes());
    out[2..8].copy_from_slice(&id.mac.octets());
}

fn parse(frame: &[u8]) -> Option<Bpdu> {
    let bpdu = frame.get(ethernet::HEADER_LEN + 3..)?;
    if frame[ethernet::HEADER_LEN..ethernet::HEADER_LEN + 3] != [0x42, 0x42, 0x03]
        || bpdu.get(..3)? != [0, 0, 0]
    {
        return None;
    }
    match *bpdu.get(3)? {
        0x80 => Some(Bpdu::TopologyChange),
        0 => {
            let bpdu = bpdu.get(..CONFIG_LEN)?;
            let word = |at: usize| u16::from_be_bytes([bpdu[at], bpdu[at + 1]]);
            let id = |at: usize| BridgeId {
                priority: word(at),
                mac: MacAddr(
                    bpdu[at + 2],
                    bpdu[at + 3],
                    bpdu[at + 4],
                    bpdu[at + 5],
                    bpdu[at + 6],
                    bpdu[at + 7],
                ),
            };
            let span = |at: usize| Span::nanos(u64::from(word(at)) * 1_000_000_000 / 256);
            Some(Bpdu::Config(Config {
                topology_change: bpdu[4] & 1 != 0,
                topology_change_ack: bpdu[4] & 0x80 != 0,
                root: id(5),
                root_path_cost: u32::from(word(13)) << 16 | u32::from(word(15)),
                bridge: id(17),
                port: word(25),
                message_age: span(27),
                times: Times { max_age: span(29), hello: span(31), forward_delay: span(33) },
            }))
        }
        _ => None,
    }
}
