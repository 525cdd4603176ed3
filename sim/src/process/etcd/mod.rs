//! etcd: a key-value store with the HTTP interface `/v2` (`--enable-v2`). One server: [`state`] has the
//! tree, [`api`] the HTTP interface, [`message`] what goes over it, [`client`] its clients' way in,
//! [`cli`] the command `etcdctl`.
//!
//! Differs: no Raft among several servers, no `/v3` interface, no users and no TLS.

mod api;
pub(crate) mod cli;
pub(crate) mod client;
mod commands;
mod line;
pub(crate) mod message;
mod options;
mod server;
mod state;

use std::cell::RefCell;
use std::rc::Rc;

use super::http;
use super::proc::Proc;
use super::signal::Signal;
use super::socket::Listener;
use super::sync::Waiters;
use options::{Options, authority};
use server::{Server, VERSION, log, log_path};
use state::{Change, State};

/// `etcd`: the server.
pub async fn run(proc: Proc) -> i32 {
    let options = match Options::parse(&proc.args()) {
        Ok(options) => options,
        Err(options::Stop::Version) => {
            proc.print(&format!("etcd Version: {VERSION}\n"));
            return 0;
        }
        Err(options::Stop::Wrong(words)) => {
            proc.eprint(&format!("{words}\n"));
            return 1;
        }
    };
    for peer in &options.listen_peers {
        log(&proc, 'I', "embed", &format!("listening for peers on {peer}"));
    }
    let mut listeners = Vec::new();
    for url in options.listen_clients.iter().chain(&options.listen_peers) {
        let Some((address, port)) = authority(url) else {
            let words =
                format!("error verifying flags, '{url}' is no URL that netsim can listen on");
            log(&proc, 'E', "etcdmain", &words);
            return 1;
        };
        match Listener::bind(&proc, Some(address).filter(|ip| !ip.is_unspecified()), port) {
            Ok(listener) => listeners.push(listener),
            Err(errno) => {
                let words = errno.text().to_lowercase();
                let words = format!("listen tcp {address}:{port}: bind: {words}");
                log(&proc, 'C', "etcdmain", &words);
                return 1;
            }
        }
    }
    let peers = options.advertise_peers.join(",");
    let server = Rc::new(Server {
        proc: proc.clone(),
        state: RefCell::new(recall(&proc, &options)),
        changed: Waiters::default(),
        member: fnv(&peers),
        cluster: fnv(&format!("{peers} etcd-cluster")),
        options,
    });
    server.announce();
    proc.thread(server.clone().expire());
    let clients = server.options.listen_clients.len();
    for (n, listener) in listeners.into_iter().enumerate() {
        let (server, proc) = (server.clone(), proc.clone());
        let is_for_clients = n < clients;
        server.clone().proc.thread(async move {
            http::serve(&proc, listener, move |request, _| {
                let server = server.clone();
                async move { api::answer(&server, request, is_for_clients).await }
            })
            .await;
        });
    }
    for signal in [Signal::Int, Signal::Term] {
        proc.catch(signal);
    }
    let signal = proc.next_signal().await;
    let name = if signal == Signal::Int { "interrupt" } else { "terminated" };
    server.log("pkg/osutil", &format!("received {name} signal, shutting down..."));
    0
}

impl Server {
    /// What a server says when it starts.
    fn announce(&self) {
        let options = &self.options;
        self.log("etcdmain", &format!("etcd Version: {VERSION}"));
        self.log("etcdserver", &format!("name = {}", options.name));
        self.log("etcdserver", &format!("data dir = {}", options.data_dir));
        let urls = options.advertise_clients.join(",");
        self.log("etcdserver", &format!("advertise client URLs = {urls}"));
        let (member, cluster) = (self.member, self.cluster);
        self.log("etcdserver", &format!("starting member {member:x} in cluster {cluster:x}"));
        self.log("raft", &format!("{member:x} became leader at term 2"));
        self.log("embed", "ready to serve client requests");
        for url in &options.listen_clients {
            let plain = url.trim_start_matches("http://");
            let words = format!(
                "serving insecure client requests on {plain}, this is strongly discouraged!"
            );
            log(&self.proc, 'N', "embed", &words);
        }
    }
}

/// An identifier out of names, the same at each start (FNV-1a).
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// What a server knew when it ended.
fn recall(proc: &Proc, options: &Options) -> State {
    let mut state = State::new();
    let path = log_path(options);
    let path = proc.absolute(&path);
    proc.files(|tree| tree.install(super::files::split(&path).0, super::Node::Dir));
    let log = proc.files(|tree| tree.read(&path)).unwrap_or_default();
    for line in log.split(|byte| *byte == b'\n') {
        if let Ok(change) = serde_json::from_slice::<Change>(line) {
            // It was accepted before, and nothing has changed in between.
            let _ = state.apply(&change);
        }
    }
    state
}
