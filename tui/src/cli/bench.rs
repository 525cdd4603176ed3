//! `netsim bench`: runs a workload and says how long it took.

use std::process::ExitCode;
// Here the real clock is what is asked for.
#[allow(clippy::disallowed_types)]
use std::time::Instant;

use clap::{Args, ValueEnum};
use netsim_sim::engine::Seed;
use netsim_sim::kernel::context::Tracing;
use netsim_sim::workload::{Outcome, Workload};
use serde_json::json;

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
    /// How often to run it; each run starts from nothing.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rounds: u32,
    /// The seed of all randomness.
    #[arg(long, default_value_t = 1)]
    seed: u64,
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
    setup: f64,
    run: f64,
    outcome: Outcome,
    records: u64,
}

impl Bench {
    /// Does it. The exit status is 1 if something was lost.
    pub fn run(&self) -> ExitCode {
        let mut complete = true;
        for _ in 0..self.rounds {
            let round = self.round();
            complete &= round.outcome.answered == round.outcome.asked;
            if self.json {
                paint::raw(&format!("{}\n", self.json(&round)));
            } else {
                paint::raw(&self.text(&round));
            }
        }
        if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE }
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
    fn round(&self) -> Round {
        let start = Instant::now();
        let mut lab = self.workload().build(Seed(self.seed), self.tracing());
        let setup = start.elapsed().as_secs_f64();
        let start = Instant::now();
        let outcome = lab.run();
        let run = start.elapsed().as_secs_f64();
        Round { setup, run, outcome, records: lab.world.trace.next_seq() }
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
            "seed": self.seed,
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

/// The most memory that this process has held, where the system says so.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? * 1024)
}
