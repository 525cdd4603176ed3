//! Members of overlay networks on other hosts: what their daemons tell, what they ask, and what they are
//! told of the members here.

use std::rc::Rc;
use std::task::Poll;

use super::cluster::Cluster;
use super::cluster::gossip::{Gossip, News};
use super::daemon::Daemon;
use super::model::{Endpoint, Network, Peer};
use crate::kernel::NamespaceId;
use crate::kernel::sys::Monitored;
use crate::wire::Ipv4Addr;

impl Daemon {
    /// Joins the cluster: registers in the store, listens to the others.
    pub(super) fn join_cluster(self: &Rc<Self>, cluster: &Rc<Cluster>) {
        match cluster.open_gossip() {
            Ok(gossip) => {
                let (daemon, cluster) = (self.clone(), cluster.clone());
                self.proc.thread(async move { daemon.hear(&cluster, &gossip).await });
            }
            Err(errno) => self.log("error", &format!("serf: could not bind port 7946: {errno}")),
        }
        self.proc.thread(cluster.clone().register());
        let daemon = self.clone();
        let greet = {
            let cluster = cluster.clone();
            move || daemon.announce_all(&cluster)
        };
        self.proc.thread(cluster.clone().discover(greet));
    }

    /// Acts on what the others tell.
    async fn hear(&self, cluster: &Cluster, gossip: &Gossip) {
        loop {
            match gossip.next().await {
                News::Event { name, payload } => self.on_event(cluster, &name, &payload),
                News::Query { payload, answer } => {
                    if let Some(text) = self.look_up(cluster, &payload) {
                        gossip.answer(&answer, &text);
                    }
                }
                News::Answer { question, answer } => self.on_answer(cluster, &question, &answer),
            }
        }
    }

    /// `jl HOST NETWORK ENDPOINT`, with `join IP MASK MAC` or `leave …`.
    fn on_event(&self, cluster: &Cluster, name: &str, payload: &str) {
        let words: Vec<&str> = name.split_whitespace().collect();
        let ["jl", host, network, _] = words.as_slice() else { return };
        let Ok(host) = host.parse::<Ipv4Addr>() else { return };
        if host == cluster.advertise() {
            return;
        }
        let words: Vec<&str> = payload.split_whitespace().collect();
        let [verb, ip, _, mac] = words.as_slice() else { return };
        let (Ok(ip), Ok(mac)) = (ip.parse(), mac.parse()) else { return };
        let peer = Peer { ip, mac, host };
        if *verb == "join" {
            cluster.add_peer(network, peer);
            self.peer_add(network, peer);
        } else {
            cluster.forget_peer(network, peer);
            self.peer_delete(network, peer);
        }
    }

    /// Answers `NETWORK IP` when the member is here: its hardware address, mask, and this host.
    fn look_up(&self, cluster: &Cluster, payload: &str) -> Option<String> {
        let (network, ip) = payload.split_once(' ')?;
        let ip: Ipv4Addr = ip.trim().parse().ok()?;
        let state = self.state.borrow();
        let found = state.endpoints.values().find(|endpoint| {
            endpoint.network == network && endpoint.address.is_some_and(|a| a.addr() == ip)
        })?;
        let address = found.address?;
        Some(format!("{} {} {}", found.mac?, address.netmask(), cluster.advertise()))
    }

    /// An answer to a question of this daemon: the same entries as for any other member.
    fn on_answer(&self, cluster: &Cluster, question: &str, answer: &str) {
        let Some((network, ip)) = question.split_once(' ') else { return };
        let words: Vec<&str> = answer.split_whitespace().collect();
        let [mac, _, host] = words.as_slice() else { return };
        let (Ok(ip), Ok(mac), Ok(host)) = (ip.parse(), mac.parse(), host.parse()) else { return };
        let peer = Peer { ip, mac, host };
        cluster.add_peer(network, peer);
        self.peer_add(network, peer);
    }

    /// Tells the others of all members here: after joining them.
    fn announce_all(&self, cluster: &Cluster) {
        let members: Vec<(Network, Endpoint)> = {
            let state = self.state.borrow();
            let joined = state.endpoints.values().filter_map(|endpoint| {
                let overlay = state.overlays.get(&endpoint.network)?;
                Some((overlay.network.clone(), endpoint.clone()))
            });
            joined.collect()
        };
        for (network, endpoint) in members {
            cluster.announce(true, &network, &endpoint);
        }
    }

    /// Asks the others for addresses that the tunnel of a network does not know.
    pub(super) fn listen_to_misses(&self, ns: NamespaceId, listener: u32, network: &str) {
        let Some(cluster) = self.cluster.clone().filter(|cluster| cluster.has_gossip()) else {
            return;
        };
        let (proc, network) = (self.proc.clone(), network.to_owned());
        self.proc.thread(async move {
            loop {
                let change = proc
                    .until(|proc| {
                        let task = proc.task();
                        let next = proc.sys(|sys| {
                            if !sys.netns_exists(ns) {
                                return Some(None);
                            }
                            sys.in_ns(ns).monitor_next(listener, task).map(Some)
                        });
                        next.map_or(Poll::Pending, Poll::Ready)
                    })
                    .await;
                let Some(change) = change else { return };
                if let Monitored::L3Miss { ip, .. } = change {
                    cluster.ask_for(&network, ip);
                }
            }
        });
    }

    /// Keeps the names of the others in a network, as long as it has a member here.
    pub(super) fn watch_network(self: &Rc<Self>, cluster: &Rc<Cluster>, network: &str) {
        let (daemon, id) = (self.clone(), network.to_owned());
        let has_member =
            move || daemon.state.borrow().endpoints.values().any(|endpoint| endpoint.network == id);
        cluster.watch_network(network, has_member);
    }
}
