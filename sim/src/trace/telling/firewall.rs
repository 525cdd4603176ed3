//! What rules, connection tracking and translation did, in words.

use super::{Detail, Teller};
use crate::kernel::netfilter::RuleId;
use crate::kernel::netfilter::conntrack::{Conn, ConnId};
use crate::kernel::netfilter::matches::IP_PARTS;
use crate::kernel::step::{CtState, RuleOutcome, Verdict};
use crate::kernel::{RuleText, Step};
use crate::trace::journey::{Journey, Stop};
use crate::wire::flow::Ports;
use crate::wire::rewrite::End;
use crate::wire::{FlowKey, Ipv4Addr, ethernet, ipv4};

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
    fn instead_of(self, part: &str, number: u8, device: &str) -> Option<String> {
        let state = || self.state.map(|state| format!("it is {}", name_of(state)));
        if usize::from(number) >= IP_PARTS.len() {
            return match part.split_whitespace().nth(1)? {
                "conntrack" | "state" => state(),
                "tcp" | "udp" | "multiport" => {
                    let Ports::Ports(src, dst) = self.flow?.ports else { return None };
                    Some(format!("it goes from port {src} to port {dst}"))
                }
                _ => None,
            };
        }
        Some(match IP_PARTS[usize::from(number)] {
            "-s" => format!("it is from {}", self.flow?.src),
            "-d" => format!("it is for {}", self.flow?.dst),
            "-i" if !self.came_in => "it is made here".to_owned(),
            "-i" if !device.is_empty() => format!("it comes in by {device}"),
            "-p" => format!("it is {}", ipv4::protocol::name(self.flow?.protocol)?),
            _ => return None,
        })
    }
}

impl Teller<'_> {
    fn after_missed(&self) -> String {
        match self.missed {
            0 => String::new(),
            1 => " (1 rule did not match)".to_owned(),
            n => format!(" ({n} rules did not match)"),
        }
    }

    pub(super) fn verdict(&self, verdict: Verdict) -> String {
        let after = self.after_missed();
        match verdict {
            Verdict::Accept => format!("accepted{after}"),
            Verdict::Drop => format!("dropped{after}"),
            Verdict::PolicyAccept => format!("policy ACCEPT{after}"),
            Verdict::PolicyDrop => format!("policy DROP{after}"),
        }
    }

    /// What came of a rule, under its table and chain.
    pub(super) fn rule(&self, id: RuleId, number: u16, outcome: RuleOutcome) -> (String, String) {
        let after = self.after_missed();
        let Some(rule) = self.names.rule(self.stop.host, id) else {
            return ("rule".to_owned(), format!("rule {number} matches{after}"));
        };
        let label = format!("{} {}", rule.table.name(), rule.chain);
        let text = match outcome {
            RuleOutcome::Matched => {
                let who = self.who_put_it_there(rule);
                format!("rule {number} matches: {}{who}{after}", rule.text)
            }
            RuleOutcome::Failed(number_of_part) => {
                let part = rule.parts.get(usize::from(number_of_part)).map_or("", String::as_str);
                let have = self.facts.instead_of(part, number_of_part, &self.here());
                let have = have.map_or_else(String::new, |have| format!(" ({have})"));
                format!("rule {number} does not match: {part}{have}")
            }
        };
        (label, text)
    }

    fn who_put_it_there(&self, rule: &RuleText) -> String {
        if self.detail == Detail::Way {
            return String::new();
        }
        let typed = |line: &str| line.trim_start_matches("sh -c ").to_owned();
        match &rule.behalf {
            // A shell that runs the very command says nothing new.
            Some(behalf) if !behalf.ends_with(&rule.origin) => {
                let program = rule.origin.split(' ').next().unwrap_or_default();
                let program = program.rsplit('/').next().unwrap_or_default();
                format!(" [by {program}, for: {}]", typed(behalf))
            }
            _ => format!(" [by: {}]", typed(&rule.origin)),
        }
    }

    pub(super) fn conntrack(&self, state: CtState, entry: ConnId) -> String {
        let text = match state {
            CtState::New => "NEW: the first packet of a connection",
            CtState::Established => "ESTABLISHED: belongs to a known connection",
            CtState::Related => "RELATED: an error about a known connection",
            CtState::Invalid => "INVALID: fits no connection",
            CtState::Untracked => "UNTRACKED: a rule says so",
        };
        let conn = self.names.connection(self.stop.host, self.stop.note.ns, entry);
        match conn.filter(|_| self.detail == Detail::Rules) {
            Some(conn) => format!("{text}; {}", connection(conn)),
            None => text.to_owned(),
        }
    }

    pub(super) fn translation(
        &self,
        end: End,
        from: (Ipv4Addr, u16),
        to: (Ipv4Addr, u16),
    ) -> (&'static str, String) {
        let label = if end == End::Src { "source" } else { "destination" };
        (label, format!("{} becomes {}", socket(from), socket(to)))
    }
}

fn name_of(state: CtState) -> &'static str {
    match state {
        CtState::New => "NEW",
        CtState::Established => "ESTABLISHED",
        CtState::Related => "RELATED",
        CtState::Invalid => "INVALID",
        CtState::Untracked => "UNTRACKED",
    }
}

/// A connection as it was begun, and how its answers come.
pub fn connection(conn: &Conn) -> String {
    format!("entry {}: {}, answers come {}", conn.id, flow(conn.original), flow(conn.reply))
}

fn flow(flow: FlowKey) -> String {
    match flow.ports {
        Ports::Ports(src, dst) => format!("{}:{src} > {}:{dst}", flow.src, flow.dst),
        Ports::Icmp { .. } | Ports::None => format!("{} > {}", flow.src, flow.dst),
    }
}

fn socket((address, port): (Ipv4Addr, u16)) -> String {
    if port == 0 { address.to_string() } else { format!("{address}:{port}") }
}
