//! The program `dockerd`: it starts, makes the default networks, serves, and ends.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;

use indexmap::IndexMap;

use crate::engine::{Rng, Span};
use crate::kernel::sys::Sys;
use crate::process::sync::{Lock, Slot, Waiters};
use crate::process::{Node, Pid, Proc, Processes, Signal};

use super::cluster::Cluster;
use super::config::{self, Config};
use super::driver::overlay::Overlay;
use super::error::ApiError;
use super::events::Events;
use super::image::{IMAGES, Image};
use super::ipam::{Candidates, LocalSpace};
use super::model::{Container, Endpoint, Network, Sandbox};
use super::ports::Ports;
use crate::process::systemd::Systemd;

/// Where clients find the daemon.
pub const SOCKET: &str = "/var/run/docker.sock";
/// Under this name the host keeps what survives the daemon.
const DISK: &str = "/var/lib/docker";
/// What a start of the daemon takes, before it does anything.
const START_TIME: Span = Span::millis(300);

/// What lies in `/var/lib/docker`: it survives the daemon.
#[derive(Debug, Default)]
pub struct Disk {
    networks: RefCell<Vec<Network>>,
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
    disk: Rc<Disk>,
}

/// The daemon of a host, if it runs. One that was killed has left its socket behind.
pub fn running(proc: &Proc) -> Option<Rc<Daemon>> {
    proc.service::<Daemon>(SOCKET).filter(|daemon| proc.is_alive(daemon.pid()))
}

/// `dockerd`.
pub async fn run(proc: Proc) -> i32 {
    if running(&proc).is_none() {
        // What an engine that was killed had open is closed.
        proc.unserve(SOCKET);
    }
    proc.sleep(START_TIME).await;
    let file = proc.read_file(config::FILE).ok();
    let file = file.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let config = match config::read(&proc.args(), file.as_deref()) {
        Ok(config) => config,
        Err(error) => {
            proc.eprint(&format!("{error}\n"));
            return 1;
        }
    };
    if running(&proc).is_some() {
        proc.eprint("failed to start daemon: pid file found, ensure docker is not running or delete /var/run/docker.pid\n");
        return 1;
    }
    let cluster = match Cluster::new(&proc, &config) {
        Ok(cluster) => cluster,
        Err(error) => {
            proc.eprint(&format!("failed to start daemon: {error}\n"));
            return 1;
        }
    };
    let daemon = Rc::new(Daemon::new(&proc, config, cluster));
    if let Err(error) = daemon.start().await {
        proc.eprint(&format!(
            "failed to start daemon: Error initializing network controller: {error}\n"
        ));
        return 1;
    }
    for signal in [Signal::Int, Signal::Term] {
        proc.catch(signal);
    }
    daemon.clone().restart_containers().await;
    proc.serve(SOCKET, daemon.clone());
    proc.files(|tree| tree.install("/run/docker.sock", Node::Socket));
    daemon.log("info", "API listen on /var/run/docker.sock");
    if let Some(systemd) = Systemd::of(&proc) {
        systemd.ready(&proc);
    }
    proc.next_signal().await;
    daemon.log("info", "Processing signal 'terminated'");
    daemon.clone().shut_down().await;
    0
}

impl Daemon {
    fn new(proc: &Proc, config: Config, cluster: Option<Rc<Cluster>>) -> Daemon {
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

    /// Sets up the host's network, and brings back what was there before.
    async fn start(self: &Rc<Self>) -> Result<(), ApiError> {
        let saved: Vec<Network> = self.disk.networks.borrow().clone();
        self.clear_processes();
        self.init_chains()?;
        self.init_host();
        self.init_default_networks(&saved).await?;
        for network in saved.into_iter().filter(|network| !network.is_predefined()) {
            self.restore_network(network)?;
        }
        if let Some(cluster) = &self.cluster {
            cluster.clone().start(self);
            // What is left of networks is looked for; without a store there is nothing to find.
            let networks = cluster.networks().await.unwrap_or_default();
            self.clear_members(&networks).await;
        }
        self.save();
        Ok(())
    }

    /// Remembers what must survive the daemon.
    pub(super) fn save(&self) {
        let state = self.state.borrow();
        *self.disk.networks.borrow_mut() = state.networks.values().cloned().collect();
        *self.disk.containers.borrow_mut() = state.containers.values().cloned().collect();
    }

    /// Ends: containers are stopped, networks stay.
    async fn shut_down(self: Rc<Self>) {
        self.stopping.set(true);
        self.proc.unserve(SOCKET);
        // It is there as long as the daemon runs.
        let _ = self.proc.files(|tree| tree.remove("/run/docker.sock"));
        let running: Vec<String> = {
            let state = self.state.borrow();
            let running = state.containers.values().filter(|container| container.is_running());
            running.map(|container| container.id.clone()).collect()
        };
        for id in running {
            // Whatever does not stop is killed with the daemon.
            let _ = self.clone().container_stop_now(&id, Span::secs(10)).await;
        }
        if let Some(cluster) = &self.cluster {
            cluster.leave();
        }
        self.save();
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
