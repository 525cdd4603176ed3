//! What several daemons share: the key-value store with networks, endpoints and addresses, and the
//! gossip by which they tell each other where members of overlay networks are.
//!
//! [`objects`] are the objects of the store in their written form, [`space`] its address pools,
//! [`discovery`] who else is there, [`gossip`] the talk on port 7946, [`names`] the names of members
//! elsewhere.

mod discovery;
pub(crate) mod gossip;
mod names;
mod objects;
mod space;
mod wire;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use indexmap::IndexMap;
use ipnet::Ipv4Net;

use crate::kernel::NamespaceId;
use crate::process::Proc;
use crate::wire::Ipv4Addr;

use super::config::Config;
use super::daemon::Daemon;
use super::driver::overlay::{Peer, Peers, missed_address};
use super::error::ApiError;
use super::ipam::Bits;
use super::model::{Endpoint, Network};
use super::store::{Store, StoreError, StoreUrl};

use gossip::Gossip;
pub(super) use names::names_of;
pub use objects::SubnetRecord;

/// Where libnetwork's keys begin.
const ROOT: &str = "docker/network/v1.0";
/// The identifiers of VXLAN networks: the first, and how many there are.
const FIRST_VNI: u32 = 256;
const VNI_COUNT: u64 = (1 << 24) - 256;

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> ApiError {
        ApiError::server(error.to_string())
    }
}

type Result<T> = std::result::Result<T, StoreError>;

/// A member of a cluster.
pub struct Cluster {
    proc: Proc,
    store: Store,
    url: StoreUrl,
    /// What `--cluster-advertise` said.
    advertise_port: u16,
    address: Ipv4Addr,
    gossip: RefCell<Option<Rc<Gossip>>>,
    peers: RefCell<Peers>,
    /// Networks whose members are watched.
    watched: RefCell<Vec<String>>,
    /// Names of members elsewhere: network, name, address.
    names: RefCell<IndexMap<String, Vec<(String, Ipv4Addr)>>>,
    left: Cell<bool>,
}

impl Cluster {
    /// The cluster that the configuration names, if it names one.
    pub(super) fn new(
        proc: &Proc,
        config: &Config,
    ) -> std::result::Result<Option<Rc<Cluster>>, String> {
        let Some(text) = &config.cluster_store else { return Ok(None) };
        let url = StoreUrl::parse(text)
            .ok_or_else(|| format!("discovery: failed to parse cluster store {text}"))?;
        let Some(store) = Store::new(proc, &url) else {
            return Err(format!(
                "netsim simulates the cluster stores consul and etcd, and not {}",
                url.scheme
            ));
        };
        let advertise = config.cluster_advertise.as_deref().unwrap_or("");
        let (address, advertise_port) = advertised(proc, advertise)
            .ok_or_else(|| format!("discovery advertise parsing failed ({advertise})"))?;
        Ok(Some(Rc::new(Cluster {
            proc: proc.clone(),
            store,
            url,
            advertise_port,
            address,
            gossip: RefCell::new(None),
            peers: RefCell::default(),
            watched: RefCell::default(),
            names: RefCell::default(),
            left: Cell::new(false),
        })))
    }

    /// The address of this host in the cluster.
    pub fn advertise(&self) -> Ipv4Addr {
        self.address
    }

    /// `address:port`, as it is announced.
    pub fn advertised(&self) -> String {
        format!("{}:{}", self.address, self.advertise_port)
    }

    /// The store.
    pub fn url(&self) -> &StoreUrl {
        &self.url
    }

    /// Joins: registers in the store, listens to the others.
    pub(super) fn start(self: Rc<Cluster>, daemon: &Rc<Daemon>) {
        let gossip = Gossip::start(&self.proc, self.address, &self.proc.hostname());
        match gossip {
            Ok(gossip) => {
                *self.gossip.borrow_mut() = Some(gossip.clone());
                let (cluster, daemon) = (self.clone(), daemon.clone());
                self.proc.thread(async move { cluster.hear(&daemon, &gossip).await });
            }
            Err(errno) => daemon.log("error", &format!("serf: could not bind port 7946: {errno}")),
        }
        let cluster = self.clone();
        self.proc.thread(async move { cluster.register().await });
        let (cluster, daemon) = (self.clone(), daemon.clone());
        self.proc.thread(async move { cluster.discover(&daemon).await });
    }

    /// Says good-bye.
    pub(super) fn leave(&self) {
        self.left.set(true);
        if let Some(gossip) = &*self.gossip.borrow() {
            gossip.leave();
        }
    }

    /// Acts on what the others tell.
    async fn hear(&self, daemon: &Daemon, gossip: &Gossip) {
        loop {
            let news = gossip.next().await;
            match news {
                gossip::News::Event { name, payload } => self.on_event(daemon, &name, &payload),
                gossip::News::Query { payload, answer } => {
                    if let Some(text) = self.look_up(daemon, &payload) {
                        gossip.answer(&answer, &text);
                    }
                }
                gossip::News::Answer { question, answer } => {
                    self.on_answer(daemon, &question, &answer);
                }
            }
        }
    }

    /// `jl HOST NETWORK ENDPOINT`, with `join IP MASK MAC` or `leave …`.
    fn on_event(&self, daemon: &Daemon, name: &str, payload: &str) {
        let words: Vec<&str> = name.split_whitespace().collect();
        let ["jl", host, network, _] = words.as_slice() else { return };
        let Ok(host) = host.parse::<Ipv4Addr>() else { return };
        if host == self.address {
            return;
        }
        let words: Vec<&str> = payload.split_whitespace().collect();
        let [verb, ip, _, mac] = words.as_slice() else { return };
        let (Ok(ip), Ok(mac)) = (ip.parse(), mac.parse()) else { return };
        let peer = Peer { ip, mac, host };
        if *verb == "join" {
            self.peers.borrow_mut().entry((*network).to_owned()).or_default().insert(ip, peer);
            daemon.peer_add(network, peer);
        } else {
            if let Some(peers) = self.peers.borrow_mut().get_mut(*network) {
                peers.shift_remove(&ip);
            }
            daemon.peer_delete(network, peer);
        }
    }

    /// Answers `NETWORK IP` when the member is here: its hardware address, mask, and this host.
    fn look_up(&self, daemon: &Daemon, payload: &str) -> Option<String> {
        let (network, ip) = payload.split_once(' ')?;
        let ip: Ipv4Addr = ip.trim().parse().ok()?;
        let state = daemon.state.borrow();
        let found = state.endpoints.values().find(|endpoint| {
            endpoint.network == network && endpoint.address.is_some_and(|a| a.addr() == ip)
        })?;
        let address = found.address?;
        Some(format!("{} {} {}", found.mac?, address.netmask(), self.address))
    }

    /// Tells the others that a member has joined or left.
    pub(super) fn announce(&self, joins: bool, network: &Network, endpoint: &Endpoint) {
        let (Some(address), Some(mac)) = (endpoint.address, endpoint.mac) else { return };
        let verb = if joins { "join" } else { "leave" };
        let name = format!("jl {} {} {}", self.address, network.id, endpoint.id);
        let payload = format!("{verb} {} {} {mac}", address.addr(), address.netmask());
        if let Some(gossip) = &*self.gossip.borrow() {
            gossip.event(&name, &payload);
        }
    }

    /// Tells the others of all members here: after joining them.
    fn announce_all(&self, daemon: &Daemon) {
        let members: Vec<(Network, Endpoint)> = {
            let state = daemon.state.borrow();
            let joined = state.endpoints.values().filter_map(|endpoint| {
                let overlay = state.overlays.get(&endpoint.network)?;
                Some((overlay.network.clone(), endpoint.clone()))
            });
            joined.collect()
        };
        for (network, endpoint) in members {
            self.announce(true, &network, &endpoint);
        }
    }

    /// The members of a network elsewhere, as far as they are known.
    pub(super) fn peers_of(&self, network: &str) -> Vec<Peer> {
        let peers = self.peers.borrow();
        peers.get(network).map(|peers| peers.values().copied().collect()).unwrap_or_default()
    }

    /// Asks the others for addresses that a tunnel does not know.
    pub(super) fn listen_to_misses(&self, ns: NamespaceId, listener: u32, network: &str) {
        let Some(gossip) = self.gossip.borrow().clone() else { return };
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
                        next.map_or(std::task::Poll::Pending, std::task::Poll::Ready)
                    })
                    .await;
                let Some(change) = change else { return };
                let Some(ip) = missed_address(&change) else { continue };
                gossip.query("peerlookup", &format!("{network} {ip}"));
            }
        });
    }

    /// An answer to such a question: the same entries as for any other member.
    fn on_answer(&self, daemon: &Daemon, question: &str, answer: &str) {
        let Some((network, ip)) = question.split_once(' ') else { return };
        let words: Vec<&str> = answer.split_whitespace().collect();
        let [mac, _, host] = words.as_slice() else { return };
        let (Ok(ip), Ok(mac), Ok(host)) = (ip.parse(), mac.parse(), host.parse()) else { return };
        let peer = Peer { ip, mac, host };
        self.peers.borrow_mut().entry(network.to_owned()).or_default().insert(ip, peer);
        daemon.peer_add(network, peer);
    }

    /// A VXLAN network identifier for a subnet, taken when its first member joins.
    pub(super) async fn vni_of(&self, network: &str, subnet: Ipv4Net) -> Result<u32> {
        loop {
            let (mut record, index) = self.overlay_record(network).await?;
            let name = subnet.to_string();
            let known = record.subnets.iter_mut().find(|known| known.subnet_ip == name);
            let known = known.ok_or(StoreError::NotFound)?;
            if known.vni != 0 {
                return Ok(known.vni);
            }
            let vni = self.take_vni().await?;
            known.vni = vni;
            match self.put_overlay_record(network, &record, index).await {
                Ok(()) => return Ok(vni),
                Err(StoreError::Modified) => self.release_vni(vni).await?,
                Err(error) => return Err(error),
            }
        }
    }

    async fn take_vni(&self) -> Result<u32> {
        let ordinal = self.change_bits("idm/vxlan-id", "vxlan-id", VNI_COUNT, |bits| {
            bits.set_first(0, VNI_COUNT)
        });
        let ordinal = ordinal.await?.ok_or(StoreError::NotFound)?;
        Ok(FIRST_VNI + ordinal as u32)
    }

    /// The row of identifiers is written with the first network, before any of them is taken.
    pub(super) async fn prepare_vnis(&self) -> Result<()> {
        self.change_bits("idm/vxlan-id", "vxlan-id", VNI_COUNT, |_| ()).await
    }

    async fn release_vni(&self, vni: u32) -> Result<()> {
        let ordinal = u64::from(vni.saturating_sub(FIRST_VNI));
        self.change_bits("idm/vxlan-id", "vxlan-id", VNI_COUNT, |bits| bits.clear(ordinal)).await
    }

    /// Changes a row of bits in the store, again and again until nobody else was faster.
    async fn change_bits<R>(
        &self,
        key: &str,
        id: &str,
        len: u64,
        mut change: impl FnMut(&mut Bits) -> R,
    ) -> Result<R> {
        let key = format!("{ROOT}/{key}");
        loop {
            let (mut bits, index) = match self.store.get(&key).await {
                Ok(pair) => {
                    (space::read_bits(&pair.value).unwrap_or_else(|| Bits::new(len)), pair.index)
                }
                Err(StoreError::NotFound) => (Bits::new(len), 0),
                Err(error) => return Err(error),
            };
            let before = bits.clone();
            let result = change(&mut bits);
            if index != 0 && bits == before {
                return Ok(result);
            }
            match self.store.put_if(&key, &space::write_bits(id, &bits), index).await {
                Ok(_) => return Ok(result),
                Err(StoreError::Modified) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// `eth0:2376` or `192.168.56.144:2376`: the first address of the device, and the port.
fn advertised(proc: &Proc, text: &str) -> Option<(Ipv4Addr, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let port = port.parse().ok()?;
    if let Ok(address) = host.parse() {
        return Some((address, port));
    }
    let address = proc.sys(|sys| {
        let link = sys.link_named(host)?;
        sys.link(link)?.addrs.first().map(|address| address.local)
    })?;
    Some((address, port))
}
