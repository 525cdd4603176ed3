//! The daemon: what it knows, and what all its verbs need. The verbs are in the files named after their
//! objects.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;

use indexmap::IndexMap;

use crate::engine::Rng;
use crate::kernel::sys::Sys;
use crate::process::sync::{Lock, Slot, Waiters};
use crate::process::{Pid, Proc, Processes};

use super::cluster::Cluster;
use super::config::Config;
use super::error::ApiError;
use super::events::Events;
use super::image::{IMAGES, Image};
use super::ipam::{Candidates, LocalSpace};
use super::model::{Container, Endpoint, Network, Overlay, Sandbox};
use super::ports::Ports;

/// Where clients find the daemon.
pub const SOCKET: &str = "/var/run/docker.sock";
/// Under this name the host keeps what survives the daemon.
const DISK: &str = "/var/lib/docker";

/// What lies in `/var/lib/docker`: it survives the daemon.
#[derive(Debug, Default)]
pub struct Disk {
    pub(super) networks: RefCell<Vec<Network>>,
    containers: RefCell<Vec<Container>>,
    /// Names of images that are here; all when nobody said.
    images: RefCell<Option<Vec<String>>>,
}

/// Puts only these images on a host; for whoever builds it.
pub fn preload_images(processes: &Processes, names: &[String]) {
    let disk = Disk { images: RefCell::new(Some(names.to_vec())), ..Disk::default() };
    processes.serve(DISK, Rc::new(disk));
}

/// The disk of a host.
pub fn disk(proc: &Proc) -> Rc<Disk> {
    if let Some(disk) = proc.service::<Disk>(DISK) {
        return disk;
    }
    let disk = Rc::new(Disk::default());
    proc.serve(DISK, disk.clone());
    disk
}

/// What a running daemon knows.
#[derive(Debug)]
pub struct State {
    /// Networks of this host, by id, in order of creation.
    pub networks: IndexMap<String, Network>,
    /// Endpoints of this host.
    pub endpoints: IndexMap<String, Endpoint>,
    /// Sandboxes.
    pub sandboxes: IndexMap<String, Sandbox>,
    /// Containers, in order of creation.
    pub containers: IndexMap<String, Container>,
    /// Addresses of networks of this host.
    pub local: LocalSpace,
    /// Published ports.
    pub ports: Ports,
    /// Overlay networks that have members here.
    pub overlays: IndexMap<String, Overlay>,
}

/// A running daemon.
pub struct Daemon {
    /// Its process.
    pub(super) proc: Proc,
    /// What it was told.
    pub(super) config: Config,
    /// What it knows.
    pub(super) state: RefCell<State>,
    /// Held while something is changed.
    pub(super) lock: Lock,
    /// What it shares with other hosts.
    pub(super) cluster: Option<Rc<Cluster>>,
    /// Whether it is going down.
    pub(super) stopping: Cell<bool>,
    /// Woken when a container ends.
    pub(super) ended: Waiters,
    /// The exit statuses of containers that are gone.
    pub(super) last_status: RefCell<IndexMap<String, i32>>,
    /// What it tells of what happened.
    pub(super) events: Events,
    pub(super) disk: Rc<Disk>,
}

/// The daemon of a host, if it runs. One that was killed has left its socket behind.
pub fn running(proc: &Proc) -> Option<Rc<Daemon>> {
    proc.service::<Daemon>(SOCKET).filter(|daemon| proc.is_alive(daemon.pid()))
}

impl Daemon {
    pub(super) fn new(proc: &Proc, config: Config, cluster: Option<Rc<Cluster>>) -> Daemon {
        let candidates = if config.address_pools.is_empty() {
            Candidates::local()
        } else {
            Candidates::new(config.address_pools.clone())
        };
        let disk = disk(proc);
        let by_id = |container: &Container| (container.id.clone(), container.clone());
        let containers = disk.containers.borrow().iter().map(by_id).collect();
        let state = State {
            networks: IndexMap::new(),
            endpoints: IndexMap::new(),
            sandboxes: IndexMap::new(),
            containers,
            local: LocalSpace::new(candidates),
            ports: Ports::default(),
            overlays: IndexMap::new(),
        };
        Daemon {
            proc: proc.clone(),
            config,
            state: RefCell::new(state),
            lock: Lock::default(),
            cluster,
            stopping: Cell::new(false),
            ended: Waiters::default(),
            last_status: RefCell::default(),
            events: Events::default(),
            disk,
        }
    }

    /// Remembers what must survive the daemon.
    pub(super) fn save(&self) {
        let state = self.state.borrow();
        *self.disk.networks.borrow_mut() = state.networks.values().cloned().collect();
        *self.disk.containers.borrow_mut() = state.containers.values().cloned().collect();
    }

    /// Does something in the daemon's process for a client that waits.
    pub async fn call<R, F>(
        self: &Rc<Self>,
        caller: &Proc,
        work: impl FnOnce(Rc<Daemon>) -> F,
    ) -> Result<R, ApiError>
    where
        R: 'static,
        F: Future<Output = Result<R, ApiError>> + 'static,
    {
        let slot: Rc<Slot<Result<R, ApiError>>> = Rc::default();
        let answer = Answer { slot: slot.clone(), proc: self.proc.clone() };
        let work = work(self.clone());
        caller.thread_in(self.proc.pid(), async move {
            let result = work.await;
            answer.slot.put(&answer.proc, result);
        });
        let gone = || ApiError::unavailable("the daemon has gone away");
        slot.take(caller).await.unwrap_or_else(|| Err(gone()))
    }

    /// The host's stream of randomness.
    pub(super) fn rng<R>(&self, draw: impl FnOnce(&mut Rng) -> R) -> R {
        self.proc.sys(|sys| draw(sys.rng()))
    }

    /// A new random id.
    pub(super) fn new_id(&self) -> String {
        self.rng(super::id::random_id)
    }

    /// Makes system calls in the host's own namespace.
    pub(super) fn sys<R>(&self, call: impl FnOnce(&mut Sys) -> R) -> R {
        self.proc.sys(call)
    }

    /// Writes a line into the daemon's log.
    pub(super) fn log(&self, level: &str, message: &str) {
        let time = crate::process::calendar::Calendar::of(self.proc.calendar()).rfc3339();
        let message = message.replace('"', "\\\"");
        self.proc.eprint(&format!("time=\"{time}\" level={level} msg=\"{message}\"\n"));
    }

    /// The number of its process.
    pub fn pid(&self) -> Pid {
        self.proc.pid()
    }

    /// What it was told.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What it shares with other hosts.
    pub fn cluster(&self) -> Option<&Rc<Cluster>> {
        self.cluster.as_ref()
    }

    /// What it tells of what happened.
    pub fn events(&self) -> &Events {
        &self.events
    }

    /// The calendar time.
    pub fn calendar(&self) -> f64 {
        self.proc.calendar()
    }

    /// The images on this host.
    pub fn images(&self) -> Vec<&'static Image> {
        let names = self.disk.images.borrow();
        let is_here = |image: &&Image| {
            names.as_ref().is_none_or(|names| names.iter().any(|n| n == image.name))
        };
        IMAGES.iter().filter(is_here).collect()
    }

    /// The image with this name, if it is on this host.
    pub fn image(&self, name: &str) -> Option<&'static Image> {
        let image = super::image::find(name)?;
        self.images().into_iter().find(|here| *here == image)
    }
}

/// Closes a slot when the work for it is dropped: a client that waits hears that.
struct Answer<T> {
    slot: Rc<Slot<T>>,
    proc: Proc,
}

impl<T> Drop for Answer<T> {
    fn drop(&mut self) {
        self.slot.close(&self.proc);
    }
}
