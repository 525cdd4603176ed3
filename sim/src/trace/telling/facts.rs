//! What is known of a packet at a stop.

use super::said::Instead;
use crate::kernel::Step;
use crate::kernel::netfilter::matches::IP_PARTS;
use crate::kernel::step::CtState;
use crate::trace::journey::{Journey, Stop};
use crate::wire::flow::Ports;
use crate::wire::rewrite::End;
use crate::wire::{FlowKey, ethernet, ipv4};

/// What is known of a packet at a stop, to hold it against rules.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Facts {
    flow: Option<FlowKey>,
    state: Option<CtState>,
    /// Whether it came in by a device.
    came_in: bool,
}

impl Facts {
    /// What is known of a packet when it is first seen.
    pub(super) fn of(journey: &Journey) -> Facts {
        let frame = journey.frames.first().map(|seen| &seen.frame.bytes);
        let is_ipv4 = |bytes: &[u8]| ethernet::ethertype(bytes) == ethernet::ETHERTYPE_IPV4;
        let bytes = frame.filter(|bytes| bytes.len() > ethernet::HEADER_LEN && is_ipv4(bytes));
        let flow = bytes.and_then(|bytes| FlowKey::of(&bytes[ethernet::HEADER_LEN..]));
        Facts { flow, ..Facts::default() }
    }

    /// A step may change what is known.
    pub(super) fn learn(&mut self, stop: &Stop) {
        match stop.note.step {
            Step::Received => self.came_in = true,
            Step::Conntrack { state, .. } => self.state = Some(state),
            Step::Nat { end, to, .. } => {
                let Some(flow) = &mut self.flow else { return };
                let (address, port) = to;
                *flow = match end {
                    End::Src => FlowKey { src: address, ..flow.with_src_port(port) },
                    End::Dst => FlowKey { dst: address, ..flow.with_dst_port(port) },
                };
            }
            // Rules of the next namespace see another packet.
            Step::Encapsulated { .. } | Step::Decapsulated { .. } => {
                *self = Facts { came_in: self.came_in, ..Facts::default() };
            }
            _ => {}
        }
    }

    /// What the packet has where a part of a rule wants something else.
    pub(super) fn instead_of(self, part: &str, number: u8, device: &str) -> Option<Instead> {
        let state = || self.state.map(Instead::State);
        if usize::from(number) >= IP_PARTS.len() {
            return match part.split_whitespace().nth(1)? {
                "conntrack" | "state" => state(),
                "tcp" | "udp" | "multiport" => {
                    let Ports::Ports(src, dst) = self.flow?.ports else { return None };
                    Some(Instead::Ports(src, dst))
                }
                _ => None,
            };
        }
        Some(match IP_PARTS[usize::from(number)] {
            "-s" => Instead::Source(self.flow?.src.into()),
            "-d" => Instead::Destination(self.flow?.dst.into()),
            "-i" if !self.came_in => Instead::MadeHere,
            "-i" if !device.is_empty() => Instead::CameBy(device.to_owned()),
            "-p" => Instead::Protocol(ipv4::protocol::name(self.flow?.protocol)?),
            _ => return None,
        })
    }
}
