//! `explain iptables`: what the tables would do with a packet, rule by rule, without sending it.
//! `explain docker` is in [`docker`].

mod docker;
mod options;

use std::collections::BTreeMap;

use crate::kernel::netfilter::RuleId;
use crate::kernel::netfilter::conntrack::{Conn, ConnId};
use crate::kernel::netfilter::rehearsal::Rehearsal;
use crate::kernel::step::RuleOutcome;
use crate::kernel::sys::route::RouteQuery;
use crate::kernel::{Cause, Direction, DropReason, LinkId, NamespaceId, RuleText, Step};
use crate::process::Proc;
use crate::trace::journey::{Journey, Stop};
use crate::trace::telling::{Detail, Names, connection, tell};
use crate::trace::{HostId, Seen};
use crate::wire::summary::summary;
use crate::wire::{Bytes, Frame, ZERO_MAC, ethernet};

/// Only this host is asked.
const HERE: HostId = HostId(0);

/// `explain`.
pub async fn explain(proc: Proc) -> i32 {
    let args = proc.args();
    let words = match args.split_first() {
        Some((what, words)) if what == "iptables" => words,
        Some((what, words)) if what == "docker" => return docker::explain(&proc, words).await,
        _ => {
            proc.eprint(&format!("{}\n{}", options::USAGE, docker::USAGE));
            return 2;
        }
    };
    let done = options::parse(words).and_then(|packet| rehearse(&proc, &packet));
    match done {
        Ok(text) => {
            proc.print(&text);
            0
        }
        Err(why) if why.is_empty() => {
            proc.print(options::USAGE);
            0
        }
        Err(why) => {
            proc.eprint(&format!("explain: {why}\n{}", options::USAGE));
            2
        }
    }
}

/// The device by which a packet comes in, as iptables sees it: a port of a bridge is the bridge.
fn input_device(proc: &Proc, name: &str) -> Result<LinkId, String> {
    let links = proc.sys(|sys| sys.links());
    let link = links.iter().find(|link| link.name == name);
    let link = link.ok_or_else(|| format!("there is no device {name} here"))?;
    let Some(bridge) = link.master else { return Ok(link.id) };
    let bridge_name = proc.sys(|sys| sys.link_name(bridge));
    proc.print(&format!("{name} is a port of {bridge_name}: that is the device iptables sees.\n"));
    Ok(bridge)
}

fn rehearse(proc: &Proc, packet: &options::Description) -> Result<String, String> {
    let input = packet.input.as_deref().map(|name| input_device(proc, name)).transpose()?;
    let src = match packet.src {
        Some(src) => src,
        None => {
            let mut query = RouteQuery::default();
            query.flow.dst = packet.dst;
            let answer = proc.sys(|sys| sys.route_get(&query));
            answer.map_err(|errno| format!("no way to {}: {errno}", packet.dst))?.route.src
        }
    };
    let bytes = packet.packet(src);
    let rehearsal = proc.sys(|sys| sys.packet_rehearse(bytes.clone(), input));
    let names = Here::of(proc, &rehearsal);
    Ok(text(proc, bytes, input, &rehearsal, &names))
}

fn text(
    proc: &Proc,
    mut bytes: Bytes,
    input: Option<LinkId>,
    rehearsal: &Rehearsal,
    names: &Here,
) -> String {
    ethernet::push_header(&mut bytes, ZERO_MAC, ZERO_MAC, ethernet::ETHERTYPE_IPV4);
    let mut text = match input {
        Some(link) => format!("{}, in by {}\n", summary(&bytes), names.device(HERE, link)),
        None => format!("{}, from here\n", summary(&bytes)),
    };
    let at = proc.now();
    let packet = rehearsal.notes.first().map(|note| note.packet).unwrap_or_default();
    let stop = |(seq, note): (usize, &_)| Stop { seq: seq as u64, at, host: HERE, note: *note };
    let seen = Seen {
        seq: 0,
        at,
        host: HERE,
        link: input.unwrap_or_default(),
        direction: Direction::In,
        frame: Frame { packet, bytes },
    };
    let journey = Journey {
        packet,
        cause: Cause::Kernel,
        at,
        stops: rehearsal.notes.iter().enumerate().map(stop).collect(),
        frames: vec![&seen],
    };
    let mut told = tell(&journey, names, Detail::Rules);
    // By which device it comes in was said above, and by which it leaves is said below.
    told.retain(|told| !names.devices.values().any(|device| *device == told.label));
    let width = told.iter().map(|told| told.label.chars().count()).max().unwrap_or(0);
    for told in told {
        text += &format!("  {:<width$}  {}\n", told.label, told.said);
    }
    text += &match rehearsal.notes.last().map(|note| note.step) {
        Some(Step::Dropped(DropReason::Rejected)) => "It is rejected.\n".to_owned(),
        Some(Step::Dropped(_)) => "It is dropped.\n".to_owned(),
        Some(Step::Transmitted) => {
            let link = rehearsal.notes.last().and_then(|note| note.link).unwrap_or_default();
            format!("It leaves by {}.\n", names.device(HERE, link))
        }
        _ => "It is delivered here.\n".to_owned(),
    };
    if let Some(conn) = &rehearsal.conn {
        text += &format!("Its connection would be {}.\n", connection(conn));
    }
    text
}

/// The names of the host on which the command runs.
struct Here {
    host: String,
    devices: BTreeMap<LinkId, String>,
    rules: BTreeMap<RuleId, RuleText>,
    connections: Vec<Conn>,
}

impl Here {
    fn of(proc: &Proc, rehearsal: &Rehearsal) -> Here {
        let rule_of = |step: Step| match step {
            Step::Rule { rule, outcome: RuleOutcome::Matched | RuleOutcome::Failed(_), .. } => {
                Some(rule)
            }
            _ => None,
        };
        let ids: Vec<RuleId> =
            rehearsal.notes.iter().filter_map(|note| rule_of(note.step)).collect();
        proc.sys(|sys| Here {
            host: String::new(),
            devices: sys.links().into_iter().map(|link| (link.id, link.name)).collect(),
            rules: ids
                .into_iter()
                .filter_map(|id| Some((id, sys.rule_text(id)?.clone())))
                .collect(),
            connections: sys.connections(),
        })
    }
}

impl Names for Here {
    fn host(&self, _: HostId) -> &str {
        &self.host
    }

    fn namespace(&self, _: HostId, _: NamespaceId) -> String {
        String::new()
    }

    fn device(&self, _: HostId, link: LinkId) -> &str {
        self.devices.get(&link).map_or("?", String::as_str)
    }

    fn rule(&self, _: HostId, rule: RuleId) -> Option<&RuleText> {
        self.rules.get(&rule)
    }

    fn connection(&self, _: HostId, _: NamespaceId, conn: ConnId) -> Option<&Conn> {
        self.connections.iter().find(|known| known.id == conn)
    }
}
