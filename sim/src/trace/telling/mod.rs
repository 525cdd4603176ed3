//! Steps as a learner can read them: a label for the place or table, and what is [`said`] there. Rules and
//! connections are in [`firewall`], the sentences in [`english`].

mod english;
mod facts;
mod firewall;
mod layer;
pub mod said;
mod teller;

use std::net::IpAddr;

use super::HostId;
use super::journey::Journey;
use crate::kernel::step::{
    Delivery, Forwarding, Layer, NeighborAnswer, Route, Route6, RuleOutcome,
};
use crate::kernel::{DropReason, NamespaceId, Step};
use crate::wire::rewrite::End;

use facts::Facts;
use said::{Arrival, Bridging, Routing, Said};
use teller::Teller;

pub use english::{connection, flow, name_of, socket};
pub use layer::layer_of;
pub use teller::{Detail, Names};

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

/// A stop and what is said of it.
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
    /// What happened; it is written in English.
    pub said: Said,
    /// What it means.
    pub mood: Mood,
}

/// What is said of a journey.
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
        if let Some((label, said, mood)) = teller.tell(journey) {
            told.push(Told {
                seq: stop.seq,
                layer: layer_of(&stop.note.step),
                host: stop.host,
                ns: stop.note.ns,
                label,
                said,
                mood,
            });
        }
        if matches!(stop.note.step, Step::Table { .. } | Step::Rule { .. }) {
            missed = 0;
        }
    }
    told
}

impl Teller<'_> {
    fn tell(&self, journey: &Journey) -> Option<(String, Said, Mood)> {
        use Mood::{Arrived, Changing, Gone, Passing};
        let say = |label: &str, said: Said, mood| Some((label.to_owned(), said, mood));
        let here = self.here();
        let bytes = || journey.frame_at(self.stop).map(|seen| seen.frame.bytes.len());
        match self.stop.note.step {
            Step::Created { .. } => None,
            Step::Received => say(&here, Said::Receives { bytes: bytes() }, Passing),
            Step::Transmitted => say(&here, Said::Sends { bytes: bytes() }, Passing),
            Step::Queued => say(&here, Said::Queued, Passing),
            Step::Bridge(forwarding) => say("bridge", self.bridge(forwarding), Passing),
            Step::Learned(mac) => say("bridge", Said::Learns { mac, device: here }, Passing),
            Step::Encapsulated { vni, remote } => {
                say("vxlan", Said::Wraps { device: here, vni, remote }, Changing)
            }
            Step::Decapsulated { vni } => {
                say("vxlan", Said::Unwraps { device: here, vni }, Changing)
            }
            Step::Tagged(id) => say(&here, Said::Tags(id), Changing),
            Step::Untagged(id) => say(&here, Said::Untags(id), Changing),
            Step::Sibling(link) => {
                say("macvlan", Said::Sibling { device: self.device(link) }, Passing)
            }
            Step::ProxyAnswered { ip, mac } => {
                say("arp proxy", Said::AnswersFor { device: here, ip: ip.into(), mac }, Arrived)
            }
            Step::Route(route) => say("route", self.route(route), Passing),
            Step::Route6(route) => say("route", self.route6(route), Passing),
            Step::Table { hook, table, verdict } => {
                let label = format!("{} {}", table.name(), hook.name());
                say(&label, Said::Judged { verdict, missed: self.missed }, Passing)
            }
            Step::Rule { rule, number, outcome } => {
                let (label, said) = self.rule(rule, number, outcome);
                say(&label, said, Passing)
            }
            Step::Conntrack { state, entry } => {
                say("conntrack", self.conntrack(state, entry), Passing)
            }
            Step::Nat { end, from, to } => {
                let label = if end == End::Src { "source" } else { "destination" };
                say(label, Said::Translated { end, from, to }, Changing)
            }
            Step::Neighbor { ip, answer } => say("neighbour", neighbor(ip, answer), Passing),
            Step::Neighbor6 { ip, answer } => say("neighbour", neighbor(ip, answer), Passing),
            Step::Ttl { from } => say("ttl", Said::Lives { from }, Changing),
            Step::Fragmented { count, mtu } => say("ip", Said::Cut { count, mtu }, Changing),
            Step::Reassembled => say("ip", Said::Joined, Changing),
            Step::MssClamped { from, to } => say("mss", Said::Clamped { from, to }, Changing),
            Step::Reported(error) => say("icmp", Said::Reported(error), Passing),
            Step::Reported6(error) => say("icmp6", Said::Reported6(error), Passing),
            Step::Delivered(delivery) => {
                say(delivered_by(delivery), self.delivered(delivery), Arrived)
            }
            // The answer was the step before.
            Step::Dropped(DropReason::VxlanProxied) => None,
            Step::Dropped(reason) => {
                let device = Some(here).filter(|here| !here.is_empty());
                say("✗", Said::Dropped { device, reason }, Gone)
            }
        }
    }

    fn bridge(&self, forwarding: Forwarding) -> Said {
        Said::Bridged(match forwarding {
            Forwarding::To(link) => Bridging::To(self.device(link)),
            Forwarding::Flood { ports } => Bridging::Flood(ports),
            Forwarding::Local => Bridging::Local(self.here()),
            Forwarding::LinkLocal => Bridging::Itself,
        })
    }

    fn route(&self, route: Route) -> Said {
        Said::Routed(match route {
            Route::Local => Routing::Local,
            Route::Broadcast => Routing::Broadcast,
            Route::Multicast => Routing::Multicast,
            Route::Via { link, gateway, prefix } => Routing::Via {
                prefix: prefix.map(Into::into),
                gateway: gateway.map(Into::into),
                device: self.device(link),
            },
        })
    }

    fn route6(&self, route: Route6) -> Said {
        Said::Routed(match route {
            Route6::Local => Routing::Local,
            Route6::Multicast => Routing::Multicast,
            Route6::Via { link, by_gateway, prefix_len } => {
                Routing::Via6 { prefix_len, by_gateway, device: self.device(link) }
            }
        })
    }

    fn delivered(&self, delivery: Delivery) -> Said {
        Said::Arrived(match delivery {
            Delivery::Socket(_) => Arrival::Socket,
            Delivery::Endpoint => Arrival::Stack,
            Delivery::Neighbors | Delivery::NeighborDiscovery => Arrival::Neighbors,
            Delivery::IcmpError => Arrival::Error,
            Delivery::Tunnel(link) => Arrival::Tunnel(self.device(link)),
            Delivery::SpanningTree => Arrival::SpanningTree,
        })
    }
}

fn neighbor(ip: impl Into<IpAddr>, answer: NeighborAnswer) -> Said {
    let mac = match answer {
        NeighborAnswer::Known(mac) => Some(mac),
        NeighborAnswer::Waiting => None,
    };
    Said::Neighbor { ip: ip.into(), mac }
}

fn delivered_by(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::Socket(_) => "socket",
        Delivery::Endpoint => "stack",
        Delivery::Neighbors => "arp",
        Delivery::NeighborDiscovery => "ndp",
        Delivery::IcmpError => "icmp",
        Delivery::Tunnel(_) => "udp 4789",
        Delivery::SpanningTree => "stp",
    }
}
