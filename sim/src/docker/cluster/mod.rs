//! What several daemons share: the key-value store with networks, endpoints and addresses, and the
//! gossip by which they tell each other where members of overlay networks are.
//!
//! [`objects`] are the objects of the store in their written form, [`space`] its address pools, [`vni`] its
//! VXLAN identifiers, [`discovery`] who else is there, [`gossip`] the talk on port 7946, [`names`] the names
//! of members elsewhere. What the daemon does with what it hears is its own matter.

mod discovery;
pub(crate) mod gossip;
mod names;
mod objects;
mod space;
mod vni;
mod wire;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use indexmap::IndexMap;

use crate::kernel::Errno;
use crate::process::Proc;
use crate::wire::Ipv4Addr;

use super::config::Config;
use super::model::{Endpoint, Network, Peer, Peers};
use super::store::{Store, StoreUrl};

use gossip::Gossip;
pub(super) use names::names_of;
pub use objects::SubnetRecord;

/// Where libnetwork's keys begin.
const ROOT: &str = "docker/network/v1.0";

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
    pub(super) fn new(proc: &Proc, config: &Config) -> Result<Option<Rc<Cluster>>, String> {
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

    /// Binds the port of the gossip.
    pub(super) fn open_gossip(&self) -> Result<Rc<Gossip>, Errno> {
        let gossip = Gossip::start(&self.proc, self.address, &self.proc.hostname())?;
        *self.gossip.borrow_mut() = Some(gossip.clone());
        Ok(gossip)
    }

    /// Whether it talks to others.
    pub(super) fn has_gossip(&self) -> bool {
        self.gossip.borrow().is_some()
    }

    /// Says good-bye.
    pub(super) fn leave(&self) {
        self.left.set(true);
        if let Some(gossip) = &*self.gossip.borrow() {
            gossip.leave();
        }
    }

    /// Asks the others where a member of a network is.
    pub(super) fn ask_for(&self, network: &str, ip: Ipv4Addr) {
        if let Some(gossip) = &*self.gossip.borrow() {
            gossip.query("peerlookup", &format!("{network} {ip}"));
        }
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

    /// A member elsewhere is known from now on.
    pub(super) fn add_peer(&self, network: &str, peer: Peer) {
        self.peers.borrow_mut().entry(network.to_owned()).or_default().insert(peer.ip, peer);
    }

    /// A member elsewhere has left.
    pub(super) fn forget_peer(&self, network: &str, peer: Peer) {
        if let Some(peers) = self.peers.borrow_mut().get_mut(network) {
            peers.shift_remove(&peer.ip);
        }
    }

    /// The members of a network elsewhere, as far as they are known.
    pub(super) fn peers_of(&self, network: &str) -> Vec<Peer> {
        let peers = self.peers.borrow();
        peers.get(network).map(|peers| peers.values().copied().collect()).unwrap_or_default()
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
