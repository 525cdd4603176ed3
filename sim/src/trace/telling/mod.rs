//! Steps in words that a learner can read: a label for the place or table, and a sentence. The
//! sentences about rules and connections are in [`firewall`].

mod firewall;
mod layer;

use super::HostId;
use super::journey::{Journey, Stop};
use crate::kernel::netfilter::RuleId;
use crate::kernel::netfilter::conntrack::{Conn, ConnId};
use crate::kernel::step::{Delivery, Forwarding, Layer, NeighborAnswer, Route, RuleOutcome};
use crate::kernel::{DropReason, LinkId, NamespaceId, RuleText, Step};

use firewall::Facts;

pub use firewall::connection;
pub use layer::layer_of;

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
    /// A tracked connection, if it is still there.
    fn connection(&self, host: HostId, ns: NamespaceId, conn: ConnId) -> Option<&Conn>;
}

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Detail {
    /// Rules that did not match are counted, not named.
    #[default]
    Way,
    /// Every rule that was tried, with the first part of it that did not fit, and who put it there.
    Rules,
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
    /// The number of its record.
    pub seq: u64,
    /// The layer that decided or acted.
    pub layer: Layer,
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

/// A journey in words.
pub fn tell(journey: &Journey, names: &dyn Names, detail: Detail) -> Vec<Told> {
    let mut told = Vec::new();
    let mut missed = 0;
    let mut facts = Facts::of(journey);
    for stop in &journey.stops {
        facts.learn(stop);
        if let Step::Rule { outcome: RuleOutcome::Failed(_), .. } = stop.note.step
            && detail == Detail::Way
        {
            missed += 1;
            continue;
        }
        let teller = Teller { names, stop, missed, detail, facts };
        if let Some((label, text, mood)) = teller.tell(journey) {
            told.push(Told {
                seq: stop.seq,
                layer: layer_of(&stop.note.step),
                host: stop.host,
                ns: stop.note.ns,
                label,
                text,
                mood,
            });
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
    /// Rules that did not match since the last thing that was told.
    missed: usize,
    detail: Detail,
    facts: Facts,
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
                say(&label, self.verdict(verdict), Passing)
            }
            Step::Rule { rule, number, outcome } => {
                let (label, text) = self.rule(rule, number, outcome);
                say(&label, text, Passing)
            }
            Step::Conntrack { state, entry } => {
                say("conntrack", self.conntrack(state, entry), Passing)
            }
            Step::Nat { end, from, to } => {
                let (label, text) = self.translation(end, from, to);
                say(label, text, Changing)
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
