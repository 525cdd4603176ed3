//! `netsim bench`: runs a workload and says how long it took.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
// Here the real clock is what is asked for.
#[allow(clippy::disallowed_types)]
use std::time::Instant;

use clap::{Args, ValueEnum};
use netsim_sim::engine::Seed;
use netsim_sim::kernel::context::Tracing;
use netsim_sim::workload::{Outcome, Partition, Workload};
use serde_json::json;
use signal_hook::consts::SIGINT;
use signal_hook::flag;

use super::paint;

/// Measure the engine: how long a known workload takes.
///
/// ping-mesh: containers on one bridge ping each other. bulk-tcp: connections through one bridge.
/// overlay: containers on many hosts ping each other through VXLAN. boot: containers are made, that is
/// all. A hop is one frame handed over one link; container to bridge to container is two.
#[derive(Args)]
pub struct Bench {
    /// What to run.
    workload: Kind,
    /// Containers (of each host, for overlay).
    #[arg(long, short = 'n', value_parser = clap::value_parser!(u32).range(1..=60_000))]
    containers: Option<u32>,
    /// How many others each container pings; all, if nobody says (ping-mesh).
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    targets: Option<u32>,
    /// TCP connections (bulk-tcp).
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=500))]
    flows: u32,
    /// Bytes in total (bulk-tcp).
    #[arg(long, default_value_t = 100_000_000)]
    bytes: u64,
    /// Hosts (overlay).
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=1000))]
    hosts: u32,
    /// Whether every step of every packet is kept.
    #[arg(long, value_enum, default_value_t = Trace::On)]
    tracing: Trace,
    /// How often to run it; each run starts from nothing, with the next seed.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rounds: u32,
    /// The seed of the first round.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many rounds at once. Times are true with one only; more make long series short.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    jobs: u16,
    /// Only this share of the rounds: I/N. Several machines do all together; `cat` joins their JSON.
    #[arg(long, value_name = "I/N", default_value = "1/1")]
    partition: Partition,
    /// Print JSON, one object a round.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    PingMesh,
    BulkTcp,
    Overlay,
    Boot,
}

#[derive(Clone, Copy, ValueEnum)]
enum Trace {
    Off,
    On,
    Full,
}

/// A measured round. Times are in seconds.
struct Round {
    seed: u64,
    setup: f64,
    run: f64,
    outcome: Outcome,
    records: u64,
}

impl Bench {
    /// Does it. The exit status is 1 if something was lost, 130 if Ctrl-C ended it before the last round.
    pub fn run(&self) -> ExitCode {
        let rounds: Vec<u64> = self.partition.of(0..u64::from(self.rounds)).collect();
        let (count, queue) = (rounds.len(), Mutex::new(rounds.into_iter()));
        let (done, stop) = (Mutex::new((0, true)), Arc::new(AtomicBool::new(false)));
        catch_interrupt(&stop);
        let work = || {
            while !stop.load(Ordering::Relaxed) {
                let next = queue.lock().expect("no round panics with the queue").next();
                let Some(number) = next else { break };
                let round = self.round(self.seed + number);
                let mut done = done.lock().expect("no round panics while it prints");
                done.0 += 1;
                done.1 &= round.outcome.answered == round.outcome.asked;
                if count > 1 {
                    progress(done.0, count);
                }
                paint::raw(&if self.json {
                    format!("{}\n", self.json(&round))
                } else {
                    self.text(&round)
                });
            }
        };
        thread::scope(|scope| {
            for _ in 1..self.jobs {
                scope.spawn(work);
            }
            work();
        });
        let (done, complete) = done.into_inner().expect("no round panicked");
        match (done == count, complete) {
            (false, _) => ExitCode::from(INTERRUPTED),
            (true, true) => ExitCode::SUCCESS,
            (true, false) => ExitCode::FAILURE,
        }
    }

    fn workload(&self) -> Workload {
        match self.workload {
            Kind::PingMesh => Workload::PingMesh {
                containers: self.containers.unwrap_or(100),
                targets: self.targets,
            },
            Kind::BulkTcp => Workload::BulkTcp { flows: self.flows, bytes: self.bytes },
            Kind::Overlay => {
                Workload::Overlay { hosts: self.hosts, containers: self.containers.unwrap_or(10) }
            }
            Kind::Boot => Workload::Boot { containers: self.containers.unwrap_or(1000) },
        }
    }

    fn tracing(&self) -> Tracing {
        match self.tracing {
            Trace::Off => Tracing::Off,
            Trace::On => Tracing::Steps,
            Trace::Full => Tracing::Full,
        }
    }

    #[allow(clippy::disallowed_types)]
    fn round(&self, seed: u64) -> Round {
        let start = Instant::now();
        let mut lab = self.workload().build(Seed(seed), self.tracing());
        let setup = start.elapsed().as_secs_f64();
        let start = Instant::now();
        let outcome = lab.run();
        let run = start.elapsed().as_secs_f64();
        Round { seed, setup, run, outcome, records: lab.world.trace.next_seq() }
    }

    fn json(&self, round: &Round) -> serde_json::Value {
        let outcome = &round.outcome;
        let (what, containers, hosts) = match self.workload() {
            Workload::PingMesh { containers, .. } => ("ping-mesh", containers, 1),
            Workload::BulkTcp { flows, .. } => ("bulk-tcp", 2 * flows, 1),
            Workload::Overlay { hosts, containers } => ("overlay", hosts * containers, hosts),
            Workload::Boot { containers } => ("boot", containers, 1),
        };
        let tracing = match self.tracing {
            Trace::Off => "off",
            Trace::On => "on",
            Trace::Full => "full",
        };
        json!({
            "workload": what,
            "hosts": hosts,
            "containers": containers,
            "tracing": tracing,
            "seed": round.seed,
            "setup_s": round.setup,
            "run_s": round.run,
            "asked": outcome.asked,
            "answered": outcome.answered,
            "hops": outcome.hops,
            "hops_per_s": outcome.hops as f64 / round.run,
            "events": outcome.events,
            "trace_records": round.records,
            "simulated_s": outcome.span.as_secs_f64(),
            "peak_rss_bytes": peak_memory(),
        })
    }

    fn text(&self, round: &Round) -> String {
        let Outcome { asked, answered, hops, events, span } = round.outcome;
        let (setup, run) = (round.setup * 1e3, round.run * 1e3);
        let memory = peak_memory().map_or(String::new(), |bytes| {
            format!(", {:.1} MB of memory at most", bytes as f64 / 1e6)
        });
        let work = match self.workload {
            Kind::Boot => String::new(),
            Kind::BulkTcp => {
                let rate = answered as f64 / round.run / 1e6;
                format!("  {answered} of {asked} bytes arrived, {rate:.0} MB/s\n")
            }
            _ => format!("  {answered} of {asked} pings answered\n"),
        };
        let rate = hops as f64 / round.run / 1e6;
        format!(
            "set up in {setup:.1} ms, run in {run:.1} ms{memory}\n{work}  {hops} hops, {rate:.2} million a \
             second; {events} events, {} trace records, {:.3} s of simulated time\n",
            round.records,
            span.as_secs_f64(),
        )
    }
}

/// Exit status after Ctrl-C, as shells have it.
const INTERRUPTED: u8 = 130;

/// The first Ctrl-C lets the rounds that run come to their end, the second does not wait.
fn catch_interrupt(stop: &Arc<AtomicBool>) {
    let second = flag::register_conditional_shutdown(SIGINT, INTERRUPTED.into(), Arc::clone(stop));
    let first = second.and_then(|_| flag::register(SIGINT, Arc::clone(stop)));
    if let Err(error) = first {
        eprintln!("netsim: Ctrl-C loses the rounds that run: {error}");
    }
}

/// How far it is, for whoever looks.
fn progress(done: usize, count: usize) {
    if std::io::stderr().is_terminal() {
        eprintln!("{done} of {count} rounds");
    }
}

/// The most memory that this process has held, where the system says so.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? * 1024)
}
