//! Walking a table: rules in order, jumps, counters. No allocation on the way.

use crate::kernel::Kernel;
use crate::kernel::context::{Context, Tracing};
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::ip::Packet;
use crate::kernel::step::{RuleOutcome, Step};
use crate::wire::{ipv4, rewrite};

use super::conntrack::CtRef;
use super::id::ChainKey;
use super::matches::Around;
use super::table::{Policy, Rule, Table};
use super::target::{ConnmarkChange, CtOption, Mss, RejectWith, Target, TtlChange};
use super::{Hook, TableName};

/// Jumps deeper than this do not happen: a table has no loops and few chains.
const MAX_DEPTH: usize = 64;

/// The last word of a table.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Outcome {
    Accept,
    PolicyAccept,
    Drop,
    PolicyDrop,
    Reject(RejectWith),
    /// Of the nat table: this target.
    Translate(Target),
}

/// Where a walk goes on.
#[derive(Clone, Copy)]
struct Frame {
    chain: ChainKey,
    next: usize,
    /// Reached by `-g`: its end is the end of its caller, too.
    by_goto: bool,
}

enum Next {
    Continue,
    Return,
    Enter { chain: ChainKey, by_goto: bool },
    Done(Outcome),
}

impl Kernel {
    /// Walks the chain of a hook; `None` if the table has nothing there.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn evaluate_table(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        name: TableName,
        hook: Hook,
        packet: &mut Packet,
        input: Option<LinkId>,
        output: Option<LinkId>,
    ) -> Option<Outcome> {
        let acts = self.namespaces[ns].netfilter.tables.get(name)?.acts_at(hook);
        // A table that exists counts what passes its policy, even without rules.
        let mut table = self.namespaces[ns].netfilter.tables.take(name)?;
        let outcome = if acts {
            self.walk(cx, ns, &mut table, hook, packet, input, output)
        } else {
            count_policy(&mut table, hook, packet)
        };
        self.namespaces[ns].netfilter.tables.put_back(table);
        acts.then_some(outcome)
    }

    #[allow(clippy::too_many_arguments)]
    fn walk(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        table: &mut Table,
        hook: Hook,
        packet: &mut Packet,
        input: Option<LinkId>,
        output: Option<LinkId>,
    ) -> Outcome {
        let Some(start) = table.at(hook) else { return Outcome::PolicyAccept };
        let mut stack = [Frame { chain: start, next: 0, by_goto: false }; MAX_DEPTH];
        let mut depth = 1;
        loop {
            let frame = &mut stack[depth - 1];
            let chain = frame.chain;
            let number = frame.next;
            if number >= table.chain(chain).rules.len() {
                // The end of a chain: back to the caller, or the policy.
                let mut ended = depth;
                loop {
                    let by_goto = stack[ended - 1].by_goto;
                    ended -= 1;
                    if !by_goto || ended == 0 {
                        break;
                    }
                }
                if ended == 0 {
                    return count_policy(table, hook, packet);
                }
                depth = ended;
                continue;
            }
            frame.next += 1;
            let matched = {
                let now = cx.now;
                let around = Around { kernel: self, ns, hook, input, output, now };
                let rule = &mut table.chain_mut(chain).rules[number];
                let failure = first_failure(rule, &around, cx, packet);
                note_rule(cx, ns, packet, input.or(output), rule, number, failure);
                if failure.is_none() {
                    rule.counters.packets += 1;
                    rule.counters.bytes += packet.bytes.len() as u64;
                }
                failure.is_none()
            };
            if !matched {
                continue;
            }
            let rule = &table.chain(chain).rules[number];
            match self.apply(cx, ns, rule, packet, input, output) {
                Next::Continue => {}
                Next::Done(outcome) => return outcome,
                Next::Return if depth == 1 => return count_policy(table, hook, packet),
                Next::Return => {
                    let mut by_goto = stack[depth - 1].by_goto;
                    depth -= 1;
                    while by_goto && depth > 1 {
                        by_goto = stack[depth - 1].by_goto;
                        depth -= 1;
                    }
                    if by_goto {
                        return count_policy(table, hook, packet);
                    }
                }
                Next::Enter { chain, by_goto } if depth < MAX_DEPTH => {
                    stack[depth] = Frame { chain, next: 0, by_goto };
                    depth += 1;
                }
                Next::Enter { .. } => return Outcome::Drop,
            }
        }
    }

    /// Does what a matching rule says.
    fn apply(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        rule: &Rule,
        packet: &mut Packet,
        input: Option<LinkId>,
        output: Option<LinkId>,
    ) -> Next {
        match &rule.target {
            Target::None | Target::Checksum => {}
            Target::Accept => return Next::Done(Outcome::Accept),
            Target::Drop => return Next::Done(Outcome::Drop),
            Target::Return => return Next::Return,
            Target::Jump(chain) => return Next::Enter { chain: *chain, by_goto: false },
            Target::Goto(chain) => return Next::Enter { chain: *chain, by_goto: true },
            Target::Reject(with) => return Next::Done(Outcome::Reject(*with)),
            Target::Masquerade(_)
            | Target::Snat(_)
            | Target::Dnat(_)
            | Target::Redirect(_)
            | Target::Netmap(_) => return Next::Done(Outcome::Translate(rule.target.clone())),
            Target::Mark(change) => packet.mark = change.apply(packet.mark),
            Target::Connmark(change) => self.change_connmark(ns, *change, packet),
            Target::Log(_) if cx.is_rehearsal => {}
            Target::Log(log) => {
                let line = self.log_line(log, packet, input, output);
                self.log(cx, line);
            }
            Target::Trace => {}
            Target::Ct(CtOption::Nothing) => {}
            // Only the first word counts (`skb->_nfct` is set already).
            Target::Ct(_) if packet.ct.is_some() => {}
            Target::Ct(CtOption::Notrack | CtOption::OldNotrack) => {
                packet.ct = Some(CtRef::untracked());
            }
            Target::Tos { value, mask } => {
                let tos = ipv4::tos(&packet.bytes) & !mask ^ value;
                rewrite::set_tos(packet.bytes.make_mut(), tos);
            }
            Target::Dscp(class) => {
                const CONGESTION: u8 = 0x03;
                let tos = ipv4::tos(&packet.bytes) & CONGESTION | class << 2;
                rewrite::set_tos(packet.bytes.make_mut(), tos);
            }
            Target::Ttl(change) => {
                let ttl = ipv4::view(&packet.bytes).hop_limit();
                let ttl = match change {
                    TtlChange::Set(value) => *value,
                    TtlChange::Inc(by) => ttl.saturating_add(*by),
                    TtlChange::Dec(by) => ttl.saturating_sub(*by),
                };
                rewrite::set_ttl(packet.bytes.make_mut(), ttl);
            }
            Target::TcpMss(mss) => {
                let limit = match mss {
                    Mss::Set(value) => *value,
                    Mss::ClampToPmtu => self.mss_of_path(cx, ns, packet, output),
                };
                if let Some(from) = rewrite::clamp_mss(packet.bytes.make_mut(), limit) {
                    cx.note(packet.id, ns, input.or(output), Step::MssClamped { from, to: limit });
                }
            }
            Target::Set(change) => {
                let sets = &mut self.namespaces[ns].netfilter.sets;
                sets.change_by_packet(change, &packet.bytes, cx.now);
            }
        }
        Next::Continue
    }

    fn change_connmark(&mut self, ns: NamespaceId, change: ConnmarkChange, packet: &mut Packet) {
        let conntrack = &mut self.namespaces[ns].conntrack;
        let Some(conn) = packet.ct.and_then(|ct| conntrack.get_mut(ct)) else { return };
        match change {
            ConnmarkChange::Set(change) => conn.mark = change.apply(conn.mark),
            ConnmarkChange::Save { from, to } => {
                conn.mark = conn.mark & !to ^ packet.mark & from;
            }
            ConnmarkChange::Restore { from, to } => {
                packet.mark = packet.mark & !to ^ conn.mark & from;
            }
        }
    }

    /// `--clamp-mss-to-pmtu`: the smaller of both directions, less IP and TCP headers.
    fn mss_of_path(
        &self,
        cx: &Context,
        ns: NamespaceId,
        packet: &Packet,
        output: Option<LinkId>,
    ) -> u16 {
        let mtu_to = |address| {
            let query = crate::kernel::ip::route::FlowQuery {
                dst: address,
                any_source: true,
                ..Default::default()
            };
            self.route_output(ns, &query, cx.now).map(|route| route.mtu).ok()
        };
        let there = mtu_to(ipv4::dst(&packet.bytes))
            .or_else(|| output.and_then(|link| self.links.get(link)).map(|link| link.mtu));
        let back = mtu_to(ipv4::src(&packet.bytes));
        let mtu = there.unwrap_or(1500).min(back.unwrap_or(u32::MAX));
        mtu.saturating_sub(40).min(65535) as u16
    }

    /// The line of a `LOG` rule (`nf_log_ipv4.c`).
    fn log_line(
        &self,
        log: &super::target::Log,
        packet: &Packet,
        input: Option<LinkId>,
        output: Option<LinkId>,
    ) -> String {
        let name = |link: Option<LinkId>| {
            link.and_then(|link| self.links.get(link)).map_or("", |link| link.name.as_str())
        };
        let ip = ipv4::view(&packet.bytes);
        let mut line = format!("{}IN={} OUT={} ", log.prefix, name(input), name(output));
        if input.is_some() {
            line += &format!("MAC={}:{}:08:00 ", packet.destination_mac, packet.source_mac);
        }
        line += &format!(
            "SRC={} DST={} LEN={} TOS=0x{:02X} PREC=0x{:02X} TTL={} ID={} ",
            ip.src_addr(),
            ip.dst_addr(),
            ip.total_len(),
            ipv4::tos(&packet.bytes) & 0x1e,
            ipv4::tos(&packet.bytes) & 0xe0,
            ip.hop_limit(),
            ip.ident(),
        );
        if ip.dont_frag() {
            line += "DF ";
        }
        let payload = ipv4::payload(&packet.bytes);
        let protocol = ipv4::protocol_of(&packet.bytes);
        match (protocol, crate::wire::udp::ports(payload)) {
            (ipv4::protocol::TCP, Some((src, dst))) => {
                line += &format!("PROTO=TCP SPT={src} DPT={dst} ");
                if let Ok(tcp) = smoltcp::wire::TcpPacket::new_checked(payload) {
                    if log.tcp_sequence {
                        line += &format!(
                            "SEQ={} ACK={} ",
                            tcp.seq_number().0 as u32,
                            tcp.ack_number().0 as u32
                        );
                    }
                    line += &format!("WINDOW={} RES=0x00 ", tcp.window_len());
                    let flags = [
                        (tcp.ack(), "ACK "),
                        (tcp.psh(), "PSH "),
                        (tcp.rst(), "RST "),
                        (tcp.syn(), "SYN "),
                        (tcp.fin(), "FIN "),
                    ];
                    line.extend(flags.iter().filter(|(set, _)| *set).map(|(_, name)| *name));
                    line += "URGP=0 ";
                }
            }
            (ipv4::protocol::UDP, Some((src, dst))) => {
                line += &format!("PROTO=UDP SPT={src} DPT={dst} LEN={} ", payload.len());
            }
            (ipv4::protocol::ICMP, _) if payload.len() >= 8 => {
                line += &format!("PROTO=ICMP TYPE={} CODE={} ", payload[0], payload[1]);
                if let Some((id, seq)) = crate::wire::icmp::echo_fields(payload) {
                    line += &format!("ID={id} SEQ={seq} ");
                }
            }
            _ => line += &format!("PROTO={protocol} "),
        }
        if packet.mark != 0 {
            line += &format!("MARK=0x{:x} ", packet.mark);
        }
        line
    }
}

/// The first part of a rule that does not fit, counted as [`RuleOutcome::Failed`] has it.
fn first_failure(
    rule: &mut Rule,
    around: &Around<'_>,
    cx: &mut Context,
    packet: &Packet,
) -> Option<u8> {
    if let Some(part) = rule.ip.failure(around, packet) {
        return Some(part);
    }
    let failed = rule.matches.iter_mut().position(|m| !m.holds(around, cx, packet))?;
    Some((super::matches::IP_PARTS.len() + failed) as u8)
}

fn note_rule(
    cx: &mut Context,
    ns: NamespaceId,
    packet: &Packet,
    link: Option<LinkId>,
    rule: &Rule,
    number: usize,
    failure: Option<u8>,
) {
    let outcome = match failure {
        None => RuleOutcome::Matched,
        // What did not match is only of interest to somebody who asks.
        Some(_) if cx.tracing < Tracing::Full => return,
        Some(part) => RuleOutcome::Failed(part),
    };
    let number = (number + 1).min(usize::from(u16::MAX)) as u16;
    cx.note(packet.id, ns, link, Step::Rule { rule: rule.id, number, outcome });
}

/// The end of a built-in chain.
fn count_policy(table: &mut Table, hook: Hook, packet: &Packet) -> Outcome {
    let Some(key) = table.at(hook) else { return Outcome::PolicyAccept };
    let chain = table.chain_mut(key);
    let Some(base) = chain.base else { return Outcome::PolicyAccept };
    if base.counts {
        chain.counters.packets += 1;
        chain.counters.bytes += packet.bytes.len() as u64;
    }
    match base.policy {
        Policy::Accept => Outcome::PolicyAccept,
        Policy::Drop => Outcome::PolicyDrop,
    }
}
