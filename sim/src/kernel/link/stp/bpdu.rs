//! The messages of the spanning tree and their bytes (802.1D clause 9.3).

use crate::engine::Span;
use crate::wire::{MacAddr, ethernet};

use super::{BridgeId, Times};

/// A configuration message (802.1D clause 9.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Config {
    pub(super) topology_change: bool,
    pub(super) topology_change_ack: bool,
    pub(super) root: BridgeId,
    pub(super) root_path_cost: u32,
    pub(super) bridge: BridgeId,
    pub(super) port: u16,
    pub(super) message_age: Span,
    pub(super) times: Times,
}

/// What a message is.
pub(super) enum Bpdu {
    Config(Config),
    TopologyChange,
}

const CONFIG_LEN: usize = 35;

impl Config {
    /// Its bytes, without the header of the link layer.
    pub(super) fn emit(&self) -> [u8; CONFIG_LEN] {
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

/// The message in a frame, if it is one.
pub(super) fn parse(frame: &[u8]) -> Option<Bpdu> {
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
