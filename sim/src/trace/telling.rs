//! Steps in words that a learner can read: a label for the place or table, and a sentence.

use super::HostId;
use super::journey::{Journey, Stop};
use crate::kernel::netfilter::RuleId;
use crate::kernel::step::{
    CtState, Delivery, Forwarding, NeighborAnswer, Route, RuleOutcome, Verdict,
};
use crate::kernel::{DropReason, LinkId, NamespaceId, RuleText, Step};
use crate::wire::Ipv4Addr;
use crate::wire::rewrite::End;

/// Where names come from.
pub trait Names {
    /// What a host is called.
    fn host(&self, host: HostId) -> &str;
    /// What people call a namespace: the container in it, the network whose bridge is in it.
    fn namespace(&self, host: HostId, ns: NamespaceId) -> String;
    /// What a device is called.
    fn device(&self, host: HostId, link: LinkId) -> &str;
    /// A rule of iptables.
    fn rule(&self, host: HostId, rule: RuleId) -> Option<&RuleText>;
}

/// What a stop means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// It goes on.
    Passing,
    /// Its bytes change.
    Changing,
    /// It has arrived.
    Arrived,
    /// It is gone.
    Gone,
}

/// A stop in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The host.
    pub host: HostId,
    /// The namespace.
    pub ns: NamespaceId,
    /// Device, table or layer.
    pub label: String,
    /// What happened.
    pub text: String,
    /// What it means.
    pub mood: Mood,
}

/// A journey in words. Rules that did not match are counted, not named.
pub fn tell(journey: &Journey, names: &dyn Names) -> Vec<Told> {
    let mut told = Vec::new();
    let mut missed = 0;
    for stop in &journey.stops {
        if let Step::Rule { outcome: RuleOutcome::Failed(_), .. } = stop.note.step {
            missed += 1;
            continue;
        }
        let teller = Teller { names, stop, missed };
        if let Some((label, text, mood)) = teller.tell(journey) {
            told.push(Told { host: stop.host, ns: stop.note.ns, label, text, mood });
        }
        if matches!(stop.note.step, Step::Table { .. } | Step::Rule { .. }) {
            missed = 0;
        }
    }
    told
}

struct Teller<'a> {
    names: &'a dyn Names,
    stop: &'a Stop,
    missed: usize,
}

impl Teller<'_> {
    fn device(&self, link: LinkId) -> String {
        self.names.device(self.stop.host, link).to_owned()
    }

    fn here(&self) -> String {
        self.stop.note.link.map(|link| self.device(link)).unwrap_or_default()
    }

    fn tell(&self, journey: &Journey) -> Option<(String, String, Mood)> {
        use Mood::{Arrived, Changing, Gone, Passing};
        let say = |label: &str, text: String, mood| Some((label.to_owned(), text, mood));
        let here = self.here();
        match self.stop.note.step {
            Step::Created { .. } => None,
            Step::Received => say(&here, format!("receives it{}", self.len(journey)), Passing),
            Step::Transmitted => say(&here, format!("sends it{}", self.len(journey)), Passing),
            Step::Queued => say(&here, "waits in the queue of the device".to_owned(), Passing),
            Step::Bridge(forwarding) => say("bridge", self.bridge(forwarding), Passing),
            Step::Learned(mac) => say("bridge", format!("learns: {mac} is behind {here}"), Passing),
            Step::Encapsulated { vni, remote } => {
                let text = format!("{here} wraps it: VXLAN network {vni}, UDP to {remote}:4789");
                say("vxlan", text, Changing)
            }
            Step::Decapsulated { vni } => {
                say("vxlan", format!("{here} unwraps it: VXLAN network {vni}"), Changing)
            }
            Step::Tagged(id) => say(&here, format!("puts on the tag of VLAN {id}"), Changing),
            Step::Untagged(id) => say(&here, format!("takes off the tag of VLAN {id}"), Changing),
            Step::Sibling(link) => {
                let text = format!("handed straight to its sibling {}", self.device(link));
                say("macvlan", text, Passing)
            }
            Step::ProxyAnswered { ip, mac } => {
                let text = format!("{here} answers for {ip} from its table: {mac}");
                say("arp proxy", text, Arrived)
            }
            Step::Route(route) => say("route", self.route(route), Passing),
            Step::Table { hook, table, verdict } => {
                let label = format!("{} {}", table.name(), hook.name());
                let after = self.after_missed();
                let text = match verdict {
                    Verdict::Accept => format!("accepted{after}"),
                    Verdict::Drop => format!("dropped{after}"),
                    Verdict::PolicyAccept => format!("policy ACCEPT{after}"),
                    Verdict::PolicyDrop => format!("policy DROP{after}"),
                };
                say(&label, text, Passing)
            }
            Step::Rule { rule, number, outcome: RuleOutcome::Matched } => {
                let (label, text) = self.rule(rule, number);
                say(&label, text, Passing)
            }
            Step::Rule { .. } => None,
            Step::Conntrack { state, .. } => say("conntrack", conntrack(state).to_owned(), Passing),
            Step::Nat { end, from, to } => {
                let label = if end == End::Src { "source" } else { "destination" };
                say(label, format!("{} becomes {}", socket(from), socket(to)), Changing)
            }
            Step::Neighbor { ip, answer } => match answer {
                NeighborAnswer::Known(mac) => {
                    say("neighbour", format!("{ip} is at {mac}"), Passing)
                }
                NeighborAnswer::Waiting => {
                    say("neighbour", format!("who has {ip}? It waits while ARP asks"), Passing)
                }
            },
            Step::Ttl { from } => say("ttl", format!("{from} becomes {}", from - 1), Changing),
            Step::Fragmented { count, mtu } => {
                say("ip", format!("cut into {count} fragments for MTU {mtu}"), Changing)
            }
            Step::Reassembled => {
                say("ip", "the fragments are one packet again".to_owned(), Changing)
            }
            Step::MssClamped { from, to } => say("mss", format!("{from} becomes {to}"), Changing),
            Step::Reported(error) => say("icmp", format!("the sender is told: {error}"), Passing),
            Step::Delivered(delivery) => {
                say(delivered_by(delivery), self.delivered(delivery), Arrived)
            }
            // The answer was the step before.
            Step::Dropped(DropReason::VxlanProxied) => None,
            Step::Dropped(reason) => {
                let place = if here.is_empty() { String::new() } else { format!(" at {here}") };
                let text = format!(
                    "dropped{place}: {} [{} {}]",
                    reason.sentence(),
                    reason.layer().name(),
                    reason.code()
                );
                say("✗", text, Gone)
            }
        }
    }

    /// How long the frame is here, if it was seen.
    fn len(&self, journey: &Journey) -> String {
        journey
            .frame_at(self.stop)
            .map(|seen| format!(" ({} bytes)", seen.frame.bytes.len()))
            .unwrap_or_default()
    }

    fn bridge(&self, forwarding: Forwarding) -> String {
        match forwarding {
            Forwarding::To(link) => format!("knows the address: out of {}", self.device(link)),
            Forwarding::Flood { ports: 1 } => "floods it to the other port".to_owned(),
            Forwarding::Flood { ports } => format!("floods it to {ports} other ports"),
            Forwarding::Local => format!("for the host itself, by {}", self.here()),
            Forwarding::LinkLocal => "for the bridge itself (spanning tree)".to_owned(),
        }
    }

    fn route(&self, route: Route) -> String {
        match route {
            Route::Local => "the destination is an address of this namespace".to_owned(),
            Route::Broadcast => "the destination is a broadcast address here".to_owned(),
            Route::Multicast => "the destination is a multicast group".to_owned(),
            Route::Via { link, gateway, prefix } => {
                let route = match prefix {
                    None => String::new(),
                    Some(net) if net.prefix_len() == 0 => "by the default route ".to_owned(),
                    Some(net) => format!("by the route {net} "),
                };
                let device = self.device(link);
                match gateway {
                    None => format!("{route}directly out of {device}"),
                    Some(gateway) => format!("{route}to the gateway {gateway}, out of {device}"),
                }
            }
        }
    }

    fn after_missed(&self) -> String {
        match self.missed {
            0 => String::new(),
            1 => " (1 rule did not match)".to_owned(),
            n => format!(" ({n} rules did not match)"),
        }
    }

    fn rule(&self, rule: RuleId, number: u16) -> (String, String) {
        match self.names.rule(self.stop.host, rule) {
            Some(text) => (
                format!("{} {}", text.table.name(), text.chain),
                format!("rule {number} matches: {}{}", text.text, self.after_missed()),
            ),
            None => ("rule".to_owned(), format!("rule {number} matches{}", self.after_missed())),
        }
    }

    fn delivered(&self, delivery: Delivery) -> String {
        match delivery {
            Delivery::Socket(_) => "a socket gets it".to_owned(),
            Delivery::Endpoint => "the TCP/IP stack itself answers".to_owned(),
            Delivery::Neighbors => "the neighbour table is updated".to_owned(),
            Delivery::IcmpError => "whoever sent the packet that it quotes is told".to_owned(),
            Delivery::Tunnel(link) => format!("for the tunnel {}", self.device(link)),
            Delivery::SpanningTree => "the spanning tree of the bridge gets it".to_owned(),
        }
    }
}

fn delivered_by(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::Socket(_) => "socket",
        Delivery::Endpoint => "stack",
        Delivery::Neighbors => "arp",
        Delivery::IcmpError => "icmp",
        Delivery::Tunnel(_) => "udp 4789",
        Delivery::SpanningTree => "stp",
    }
}

fn conntrack(state: CtState) -> &'static str {
    match state {
        CtState::New => "NEW: the first packet of a connection",
        CtState::Established => "ESTABLISHED: belongs to a known connection",
        CtState::Related => "RELATED: an error about a known connection",
        CtState::Invalid => "INVALID: fits no connection",
        CtState::Untracked => "UNTRACKED: a rule says so",
    }
}

fn socket((address, port): (Ipv4Addr, u16)) -> String {
    if port == 0 { address.to_string() } else { format!("{address}:{port}") }
}
