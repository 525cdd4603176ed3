//! [`Lan`]: a small network on which programs can be tried.
//!
//! ```text
//!   a 10.0.0.1/24 ── 10.0.0.254 r 10.0.2.254 ── 10.0.2.2/24 b
//! ```
//!
//! All three are hosts; `r` forwards. The programs of containers lie in `/busybox`.

use std::rc::Rc;

use netsim_sim::engine::{Seed, Span};
use netsim_sim::kernel::link::IfAddr;
use netsim_sim::kernel::sys::route::{RouteMode, RouteSpec};
use netsim_sim::process::{Node, Pid, Signal, Terminal};
use netsim_sim::shell;
use netsim_sim::trace::HostId;
use netsim_sim::wire::{Ipv4Addr, MacAddr};
use netsim_sim::world::{CableSpec, End, Limits, Role, World};

/// The address of `a`.
pub const A: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
/// The address of `b`.
pub const B: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 2);
const ROUTER_A: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 254);
const ROUTER_B: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 254);

/// Two hosts and a router between them.
pub struct Lan {
    /// The world in which they are.
    pub world: World,
}

/// A command that runs in the background.
pub struct Job {
    host: HostId,
    pid: Pid,
    terminal: Rc<Terminal>,
}

impl Default for Lan {
    fn default() -> Self {
        Lan::new()
    }
}

impl Lan {
    /// A fresh network, with cables of the default speed.
    pub fn new() -> Lan {
        let mut lan = Lan { world: World::new(Seed(1), shell::platform()) };
        let [a, r, b] = ["a", "r", "b"].map(|name| lan.world.add_host(name, Role::Computer));
        let left = [lan.card(a, 0, A), lan.card(r, 0, ROUTER_A)];
        let right = [lan.card(r, 1, ROUTER_B), lan.card(b, 0, B)];
        for [one, other] in [left, right] {
            lan.world.add_cable(one, other, CableSpec::default());
        }
        for (host, gateway) in [(a, ROUTER_A), (b, ROUTER_B)] {
            lan.world.sys(host, |sys| {
                let default = RouteSpec::unicast(
                    "0.0.0.0/0".parse().expect("the LAN is right"),
                    Some(gateway),
                    None,
                );
                sys.route_add(&default, RouteMode::Add).expect("the LAN is right");
            });
        }
        lan.world
            .sys(r, |sys| sys.sysctl_set("net.ipv4.ip_forward", "1"))
            .expect("the LAN is right");
        for host in [a, b] {
            let files = shell::images::image_files("busybox").expect("the LAN is right");
            let processes = &lan.world.host(host).processes;
            processes.files(processes.host_root(), |tree| {
                for name in files.list("/bin").expect("the LAN is right") {
                    if let Ok(program @ Node::Program(_)) = files.get(&format!("/bin/{name}")) {
                        tree.install(&format!("/busybox/{name}"), program.clone());
                    }
                }
            });
        }
        lan
    }

    /// Puts a card with an address into a host and sets it up.
    fn card(&mut self, host: HostId, number: u8, address: Ipv4Addr) -> End {
        let name = format!("eth{number}");
        let last = address.octets()[3];
        let link = self.world.add_nic(host, &name, MacAddr(2, 0, 0, 0, number, last));
        self.world.sys(host, |sys| {
            sys.addr_add(link, IfAddr::new(address, 24, &name)).expect("the LAN is right");
            sys.link_up(link).expect("the LAN is right");
        });
        End { host, link }
    }

    /// The host with this name.
    pub fn host(&self, name: &str) -> HostId {
        self.world.host_named(name).unwrap_or_else(|| panic!("there is no host {name}"))
    }

    /// Runs a command until it ends; its output, with `[exit N]` behind it if it failed.
    pub fn run(&mut self, host: &str, line: &str) -> String {
        let host = self.host(host);
        let outcome = self.world.run_command(host, line);
        with_status(outcome.text(), outcome.status)
    }

    /// Starts a command with nothing on its standard input, and lets it run for a while.
    pub fn start(&mut self, host: &str, line: &str) -> Job {
        let host = self.host(host);
        let terminal = self.world.terminal(host);
        terminal.close_input();
        let pid = self.world.start_shell(host, &terminal, &format!("exec {line}"));
        let _ = self.world.run_for(Span::millis(250));
        Job { host, pid, terminal }
    }

    /// Waits for the end of a command; its output.
    pub fn finish(&mut self, job: Job) -> String {
        let (status, _) = self.world.wait(job.host, job.pid, Limits::default());
        with_status(job.terminal.take_text(), status)
    }

    /// Interrupts a command as Ctrl-C does; its output.
    pub fn interrupt(&mut self, job: Job) -> String {
        self.world.kill(job.host, job.pid, Signal::Int);
        self.finish(job)
    }

    /// Writes a file.
    pub fn write(&mut self, host: &str, path: &str, text: &str) {
        let processes = &self.world.host(self.host(host)).processes;
        processes.files(processes.host_root(), |tree| {
            tree.install(path, Node::File(text.as_bytes().to_vec()));
        });
    }
}

fn with_status(text: String, status: i32) -> String {
    if status == 0 { text } else { format!("{text}[exit {status}]\n") }
}

/// A text with every number that has decimals replaced, as times differ with every change of pace.
pub fn without_times(text: &str) -> String {
    let mut out = String::new();
    let mut digits = String::new();
    for c in text.chars().chain(['\0']) {
        if c.is_ascii_digit() || (c == '.' && !digits.is_empty()) {
            digits.push(c);
            continue;
        }
        let is_time = digits.matches('.').count() == 1 && !digits.ends_with('.');
        out += if is_time { "T" } else { &digits };
        digits.clear();
        if c != '\0' {
            out.push(c);
        }
    }
    out
}
