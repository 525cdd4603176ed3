//! Address translation (`net/netfilter/nf_nat_core.c`): decided once, by the first packet of a
//! connection; after that every packet of it is rewritten, the answers back.

use std::cell::Cell;

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::ip::Packet;
use crate::kernel::link::Scope;
use crate::kernel::step::{CtState, DropReason, Step};
use crate::wire::rewrite::{self, End};
use crate::wire::{FlowKey, Ipv4Addr, flow::Ports, icmp, ipv4};

use super::conntrack::{ConnId, Conntrack, CtRef, Direction, NatStatus};
use super::evaluate::Outcome;
use super::target::{PortChoice, Target};
use super::{Hook, HookVerdict, Passed, TableName, is_icmp_error};

/// Ports tried before a translation is given up.
const MAX_TRIES: u32 = 128;

/// Which end of a packet the nat chain of a hook translates.
fn end_of(hook: Hook) -> End {
    match hook {
        Hook::Prerouting | Hook::Output => End::Dst,
        Hook::Input | Hook::Postrouting | Hook::Forward => End::Src,
    }
}

/// What a translation may become.
#[derive(Debug, Clone, Copy)]
struct Range {
    addresses: Option<(Ipv4Addr, Ipv4Addr)>,
    ports: PortChoice,
    persistent: bool,
}

impl Kernel {
    /// The nat table at a hook: decides for a new connection, rewrites every packet.
    pub(super) fn run_nat(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        hook: Hook,
        packet: &mut Packet,
        input: Option<LinkId>,
        output: Option<LinkId>,
    ) -> HookVerdict {
        let passed = HookVerdict::Passed(Passed(()));
        let Some(ct) = packet.ct.filter(|ct| ct.conn.is_some()) else { return passed };
        let end = end_of(hook);
        let undecided = self.namespaces[ns].conntrack.get(ct).is_some_and(|conn| {
            NatStatus::Undecided == if end == End::Src { conn.src_nat } else { conn.dst_nat }
        });
        if ct.state == CtState::New && undecided {
            let outcome = self.evaluate_table(cx, ns, TableName::Nat, hook, packet, input, output);
            let place = input.or(output);
            let result = match outcome {
                Some(Outcome::Drop | Outcome::PolicyDrop | Outcome::Reject(_)) => {
                    Err(DropReason::DroppedByRule)
                }
                Some(Outcome::Translate(target)) => {
                    self.translate(cx, ns, ct, hook, &target, packet, input, output)
                }
                _ => self.keep_unique(cx, ns, ct, end),
            };
            if let Err(reason) = result {
                self.conntrack_forget_unconfirmed(ns, packet);
                cx.drop(packet.id, ns, place, reason);
                return HookVerdict::Gone;
            }
        }
        if self.is_redirect_of_translated(ns, ct, packet) {
            cx.drop(packet.id, ns, input.or(output), DropReason::RedirectOfTranslated);
            return HookVerdict::Gone;
        }
        self.rewrite_packet(cx, ns, ct, end, packet);
        passed
    }

    /// A redirect about a translated flow never leaves: its receiver would go around the translation. A flow
    /// of which nobody has decided yet may still be translated on its way out.
    fn is_redirect_of_translated(&self, ns: NamespaceId, ct: CtRef, packet: &Packet) -> bool {
        is_icmp_error(&packet.bytes)
            && matches!(
                icmp::parse_error(ipv4::payload(&packet.bytes)),
                Some(icmp::Error::Redirect(_))
            )
            && self.namespaces[ns].conntrack.get(ct).is_some_and(|conn| {
                let is_open = [conn.src_nat, conn.dst_nat].contains(&NatStatus::Undecided);
                is_open || conn.has_src_nat() || conn.has_dst_nat()
            })
    }

    /// Decides one end of a connection by a rule's target.
    #[allow(clippy::too_many_arguments)]
    fn translate(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        ct: CtRef,
        hook: Hook,
        target: &Target,
        packet: &Packet,
        input: Option<LinkId>,
        output: Option<LinkId>,
    ) -> Result<(), DropReason> {
        let end = end_of(hook);
        let one = |address| Some((address, address));
        let range = match target {
            Target::Masquerade(ports) => {
                let link = output.ok_or(DropReason::NatExhausted)?;
                let next_hop = self.next_hop_of(cx, ns, packet);
                let address = self
                    .select_address(ns, link, Some(next_hop), Scope::Universe)
                    .ok_or(DropReason::NatExhausted)?;
                let conn = self.namespaces[ns].conntrack.get_mut(ct).expect("seen by the caller");
                conn.masquerade = Some(link);
                Range { addresses: one(address), ports: *ports, persistent: false }
            }
            Target::Snat(to) | Target::Dnat(to) => {
                Range { addresses: to.addresses, ports: to.ports, persistent: to.persistent }
            }
            Target::Redirect(ports) => {
                let address = match (hook, input) {
                    (Hook::Output, _) => Some(Ipv4Addr::LOCALHOST),
                    (_, Some(input)) => self.select_address(ns, input, None, Scope::Universe),
                    _ => None,
                };
                let address = address.ok_or(DropReason::NatExhausted)?;
                Range { addresses: one(address), ports: *ports, persistent: false }
            }
            Target::Netmap(net) => {
                let old = match end {
                    End::Src => ipv4::src(&packet.bytes),
                    End::Dst => ipv4::dst(&packet.bytes),
                };
                let mask = u32::from(net.netmask());
                let new = u32::from(net.network()) | u32::from(old) & !mask;
                let ports = PortChoice::default();
                Range { addresses: one(new.into()), ports, persistent: false }
            }
            _ => return Ok(()),
        };
        self.setup(cx, ns, ct, end, range)
    }

    fn next_hop_of(&self, cx: &Context, ns: NamespaceId, packet: &Packet) -> Ipv4Addr {
        let dst = ipv4::dst(&packet.bytes);
        let query =
            crate::kernel::ip::route::FlowQuery { dst, any_source: true, ..Default::default() };
        self.route_output(ns, &query, cx.now).map_or(dst, |route| route.next_hop(dst))
    }

    /// No rule translates: the flow stays, unless another one already answers to it.
    fn keep_unique(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        ct: CtRef,
        end: End,
    ) -> Result<(), DropReason> {
        let range = Range { addresses: None, ports: PortChoice::default(), persistent: false };
        self.setup(cx, ns, ct, end, range)
    }

    /// `nf_nat_setup_info`: chooses a unique flow within the range and writes it into the entry.
    fn setup(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        ct: CtRef,
        end: End,
        range: Range,
    ) -> Result<(), DropReason> {
        let conntrack = &mut self.namespaces[ns].conntrack;
        let Some(conn) = conntrack.get(ct) else { return Ok(()) };
        let id = conn.id;
        let clashes = Cell::new(0);
        // What the packets look like after what has been decided so far.
        let current = conn.reply.inverse().unwrap_or(conn.original);
        let chosen = choose(conntrack, id, current, end, range, &clashes, cx);
        conntrack.stats.found += clashes.get();
        if chosen.is_err() {
            // Linux finds out when it enters the connection into the table.
            conntrack.stats.insert_failed += 1;
            conntrack.stats.drop += 1;
        }
        let chosen = chosen?;
        let conn = conntrack.get_mut(ct).expect("seen above");
        let changed = chosen != current;
        if changed {
            conn.reply = chosen.inverse().expect("a tracked flow has an inverse");
        }
        let status = if changed { NatStatus::Translated } else { NatStatus::Unchanged };
        match end {
            End::Src => conn.src_nat = status,
            End::Dst => conn.dst_nat = status,
        }
        Ok(())
    }

    /// Rewrites a packet as its connection says (`nf_nat_packet`, and `nf_nat_icmp_reply_translation`
    /// for the packet that an ICMP error quotes).
    fn rewrite_packet(
        &mut self,
        cx: &mut Context,
        ns: NamespaceId,
        ct: CtRef,
        end: End,
        packet: &mut Packet,
    ) {
        let Some(conn) = self.namespaces[ns].conntrack.get(ct) else { return };
        // Answers are translated back at the other end.
        let translated = match (ct.direction, end) {
            (Direction::Original, End::Src) | (Direction::Reply, End::Dst) => conn.has_src_nat(),
            (Direction::Original, End::Dst) | (Direction::Reply, End::Src) => conn.has_dst_nat(),
        };
        if !translated {
            return;
        }
        let Some(wanted) = conn.flow(ct.direction.opposite()).inverse() else { return };
        if is_icmp_error(&packet.bytes) {
            // The quoted packet went the other way: its ends are swapped.
            let quoted = conn.flow(ct.direction.opposite());
            let other = if end == End::Src { End::Dst } else { End::Src };
            let address = if other == End::Src { quoted.src } else { quoted.dst };
            let port = rewrite::port_of(quoted.ports, other);
            rewrite::set_quoted_end(packet.bytes.make_mut(), other, address, port);
            let outer = if end == End::Src { wanted.src } else { wanted.dst };
            rewrite::set_end(packet.bytes.make_mut(), end, outer, None);
            return;
        }
        let (from, to) = match end {
            End::Src => (ipv4::src(&packet.bytes), wanted.src),
            End::Dst => (ipv4::dst(&packet.bytes), wanted.dst),
        };
        let now = FlowKey::of(&packet.bytes);
        let old_port = now.and_then(|flow| rewrite::port_of(flow.ports, end)).unwrap_or(0);
        let port = rewrite::port_of(wanted.ports, end);
        let new_port = port.unwrap_or(0);
        if (from, old_port) == (to, new_port) {
            return;
        }
        rewrite::set_end(packet.bytes.make_mut(), end, to, port);
        let step = Step::Nat { end, from: (from, old_port), to: (to, new_port) };
        cx.note(packet.id, ns, packet.input, step);
    }
}

/// A flow within the range that no other connection has (`get_unique_tuple`).
fn choose(
    conntrack: &Conntrack,
    id: ConnId,
    current: FlowKey,
    end: End,
    range: Range,
    clashes: &Cell<u64>,
    cx: &mut Context,
) -> Result<FlowKey, DropReason> {
    let now = cx.now;
    let is_free = |flow: FlowKey| {
        let is_free = flow.inverse().is_some_and(|reply| !conntrack.is_taken(reply, id, now));
        clashes.set(clashes.get() + u64::from(!is_free));
        is_free
    };
    let mut flow = current;
    if let Some((low, high)) = range.addresses {
        let (low, high) = (u32::from(low.min(high)), u32::from(high.max(low)));
        let old = if end == End::Src { current.src } else { current.dst };
        let within = (low..=high).contains(&u32::from(old));
        let address = if low == high {
            low
        } else if within && !range.persistent && end == End::Src {
            u32::from(old)
        } else {
            // The same client gets the same address.
            let spread = u32::from(current.src).wrapping_mul(0x9e37_79b9) >> 8;
            low + spread % (high - low + 1)
        };
        match end {
            End::Src => flow.src = address.into(),
            End::Dst => flow.dst = address.into(),
        }
    }
    if let (Some(base), Some((first, _))) = (range.ports.base, range.ports.ports) {
        // Each port of the range stands for one before.
        let port = if end == End::Src { flow.src_port() } else { flow.dst_port() };
        let shifted = first.wrapping_add(port.wrapping_sub(base));
        return Ok(match end {
            End::Src => flow.with_src_port(shifted),
            End::Dst => flow.with_dst_port(shifted),
        });
    }
    let random = range.ports.random || range.ports.random_fully;
    if let Some((low, high)) = range.ports.ports {
        let port = if end == End::Src { flow.src_port() } else { flow.dst_port() };
        if !random && (low..=high).contains(&port) && (low == high || is_free(flow)) {
            return Ok(flow);
        }
    } else if !random && is_free(flow) {
        return Ok(flow);
    }
    if matches!(flow.ports, Ports::None) {
        return if is_free(flow) { Ok(flow) } else { Err(DropReason::NatExhausted) };
    }
    let (low, high) = range.ports.ports.unwrap_or_else(|| port_class(flow, end));
    let size = u32::from(high - low) + 1;
    // Sources begin anywhere, destinations with the first (`nf_nat_l4proto_unique_tuple`).
    let begins_anywhere = random || end == End::Src;
    let start = if begins_anywhere { cx.rng.below(u64::from(size)) as u32 } else { 0 };
    (0..size.min(MAX_TRIES))
        .map(|n| {
            let port = low + ((start + n) % size) as u16;
            match end {
                End::Src => flow.with_src_port(port),
                End::Dst => flow.with_dst_port(port),
            }
        })
        .find(|flow| is_free(*flow))
        // With one port there is no choice: DNAT to it may be shared.
        .or_else(|| (end == End::Dst && size == 1).then(|| flow.with_dst_port(low)))
        .ok_or(DropReason::NatExhausted)
}

/// The ports that may stand in for a source port: privileged ones stay privileged.
fn port_class(flow: FlowKey, end: End) -> (u16, u16) {
    if let Ports::Icmp { .. } = flow.ports {
        return (0, u16::MAX);
    }
    if end == End::Dst {
        return (flow.dst_port(), flow.dst_port());
    }
    match flow.src_port() {
        0..512 => (1, 511),
        512..1024 => (600, 1023),
        _ => (1024, 65535),
    }
}
