//! Consul: the key-value store of a cluster, as far as Docker and its users see it. One server, which is
//! the leader: [`agent`] is the server, [`state`] has the tables, [`api`] the HTTP interface, [`cli`] the command `consul kv`.
//!
//! Differs: no Raft among several servers, no gossip between agents, no DNS interface.

mod agent;
pub(crate) mod api;
pub(crate) mod cli;
pub(crate) mod state;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::engine::Span;
use crate::wire::Ipv4Addr;

use super::http;
use super::proc::Proc;
use super::signal::Signal;
use super::socket::Listener;
use super::sync::Waiters;
use agent::{Agent, recall};

/// How long an election with one voter takes.
const ELECTION: Span = Span::millis(200);

/// Options of `consul agent`.
struct Options {
    client: Option<Ipv4Addr>,
    is_server: bool,
    node: String,
}

fn parse(proc: &Proc, args: &[String]) -> Result<Options, String> {
    let mut options =
        Options { client: Some(Ipv4Addr::LOCALHOST), is_server: false, node: proc.hostname() };
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let (name, value) = match arg.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (arg.as_str(), None),
        };
        let mut value = || value.clone().or_else(|| rest.next().cloned()).unwrap_or_default();
        match name.trim_start_matches('-') {
            "server" | "bootstrap" => options.is_server = true,
            "dev" => options.is_server = true,
            "ui" | "ui-dir" => {}
            "bootstrap-expect" => {
                options.is_server = true;
                if value() != "1" {
                    return Err("netsim's Consul is a cluster of one server".into());
                }
            }
            "client" => {
                let text = value();
                let address: Ipv4Addr =
                    text.parse().map_err(|_| format!("invalid client address: {text}"))?;
                options.client = (!address.is_unspecified()).then_some(address);
            }
            "node" => options.node = value(),
            "data-dir" | "bind" | "advertise" | "config-dir" | "dc" | "datacenter"
            | "log-level" => {
                value();
            }
            "join" | "retry-join" | "atlas" => {
                return Err("joining other Consul agents is not simulated by netsim".into());
            }
            other => return Err(format!("flag provided but not defined: -{other}")),
        }
    }
    Ok(options)
}

/// `consul …`: the agent, or the command line.
pub async fn run(proc: Proc) -> i32 {
    let args = proc.args();
    match args.first().map(String::as_str) {
        Some("agent") => agent(proc, &args[1..]).await,
        // The image's own start script: agent options, and clients from everywhere.
        Some(flag) if flag.starts_with('-') => {
            let all = [vec!["-client=0.0.0.0".to_owned()], args].concat();
            agent(proc, &all).await
        }
        _ => cli::run(proc).await,
    }
}

async fn agent(proc: Proc, args: &[String]) -> i32 {
    let options = match parse(&proc, args) {
        Ok(options) => options,
        Err(error) => {
            proc.eprint(&format!("==> Error: {error}\n"));
            return 1;
        }
    };
    if !options.is_server {
        proc.eprint("==> Error: netsim's Consul only runs as a server (-server -bootstrap)\n");
        return 1;
    }
    let listener = match Listener::bind(&proc, options.client, 8500) {
        Ok(listener) => listener,
        Err(errno) => {
            let address = options.client.unwrap_or(Ipv4Addr::UNSPECIFIED);
            let words = errno.text().to_lowercase();
            proc.eprint(&format!(
                "==> Error starting agent: listen tcp {address}:8500: bind: {words}\n"
            ));
            return 1;
        }
    };
    let address = own_address(&proc);
    let node = options.node;
    proc.print("==> Starting Consul agent...\n==> Consul agent running!\n");
    proc.print(&format!("         Node name: '{node}'\n        Datacenter: 'dc1'\n"));
    proc.print("            Server: true (bootstrap: true)\n");
    let client = options.client.unwrap_or(Ipv4Addr::UNSPECIFIED);
    proc.print(&format!("       Client Addr: {client} (HTTP: 8500)\n"));
    proc.print(&format!("      Cluster Addr: {address}\n\n==> Log data will now stream in:\n\n"));
    let agent = Rc::new(Agent {
        state: RefCell::new(recall(&proc)),
        changed: Waiters::default(),
        node,
        address,
        has_leader: Cell::new(false),
        proc: proc.clone(),
    });
    proc.thread({
        let agent = agent.clone();
        async move {
            agent.proc.sleep(ELECTION).await;
            agent.has_leader.set(true);
            agent.proc.print("    [INFO] raft: Election won. Tally: 1\n");
            agent.proc.print(&format!("    [INFO] consul: New leader elected: {}\n", agent.node));
        }
    });
    proc.thread(agent.clone().reap_sessions());
    proc.thread({
        let (agent, proc) = (agent.clone(), proc.clone());
        async move {
            http::serve(&proc, listener, move |request, _| {
                let agent = agent.clone();
                async move { api::answer(&agent, request).await }
            })
            .await;
        }
    });
    for signal in [Signal::Int, Signal::Term] {
        proc.catch(signal);
    }
    let signal = proc.next_signal().await;
    let name = if signal == Signal::Int { "interrupt" } else { "terminated" };
    proc.print(&format!("==> Caught signal: {name}\n"));
    i32::from(signal == Signal::Term)
}

/// The first address that is not of the loopback device.
fn own_address(proc: &Proc) -> Ipv4Addr {
    let links = proc.sys(|sys| sys.links());
    let mut addresses = links.iter().flat_map(|link| &link.addrs).map(|address| address.local);
    addresses.find(|address| !address.is_loopback()).unwrap_or(Ipv4Addr::LOCALHOST)
}
