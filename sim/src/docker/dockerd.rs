//! The program `dockerd`: it starts, makes the default networks, serves, and ends.

use std::rc::Rc;

use super::cluster::Cluster;
use super::config;
use super::daemon::{Daemon, SOCKET, running};
use super::error::ApiError;
use super::model::Network;
use crate::engine::Span;
use crate::process::systemd::Systemd;
use crate::process::{Node, Proc, Signal};

/// What a start of the daemon takes, before it does anything.
const START_TIME: Span = Span::millis(300);

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
            self.join_cluster(cluster);
            // What is left of networks is looked for; without a store there is nothing to find.
            let networks = cluster.networks().await.unwrap_or_default();
            self.clear_members(&networks).await;
        }
        self.save();
        Ok(())
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
}
