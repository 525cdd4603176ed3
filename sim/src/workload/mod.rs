//! The workloads by which netsim is measured: pings from everybody to everybody, bulk TCP, an overlay of
//! many hosts, and machines that only boot. Nothing here reads a clock; who measures does.
//!
//! A container is a namespace with one end of a veth pair, the other end is a port of a bridge. A hop is
//! one frame handed over one link, counted where it arrives: container to bridge to container is two.

mod build;
mod load;
pub(crate) mod partition;

use std::cell::Cell;
use std::rc::Rc;

use crate::engine::{Seed, Span, Time};
use crate::kernel::context::Tracing;
use crate::process::{Pid, Terminal};
use crate::trace::HostId;
use crate::world::{Limits, Stop, World};

pub use build::Container;
pub use partition::Partition;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workload {
    /// Each of `containers` on one bridge pings others, its k-th target at k × 10 ms.
    PingMesh {
        /// How many there are.
        containers: u32,
        /// How many others each pings; all if `None`.
        targets: Option<u32>,
    },
    /// So many TCP connections send so many bytes in total, each between two containers of its own.
    BulkTcp {
        /// How many connections.
        flows: u32,
        /// How many bytes in total.
        bytes: u64,
    },
    /// Hosts with containers on one VXLAN network (head-end replication); all ping all.
    Overlay {
        /// How many hosts.
        hosts: u32,
        /// How many containers on each.
        containers: u32,
    },
    /// Containers with addresses, at most 1000 on a bridge, that do nothing.
    Boot {
        /// How many there are.
        containers: u32,
    },
}

/// A workload that is built and can be run.
pub struct Lab {
    /// The machines.
    pub world: World,
    /// The containers.
    pub containers: Vec<Container>,
    asked: u64,
    answered: Rc<Cell<u64>>,
    running: Vec<(HostId, Pid)>,
    terminal: Rc<Terminal>,
    started: Time,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// Pings sent, or bytes that were to arrive.
    pub asked: u64,
    /// Pings answered, or bytes that arrived.
    pub answered: u64,
    /// Frames handed over a link.
    pub hops: u64,
    /// Events of the simulation.
    pub events: u64,
    /// Simulated time.
    pub span: Span,
}

impl Workload {
    /// Builds the machines; the programs of the containers are started and have not run yet.
    pub fn build(self, seed: Seed, tracing: Tracing) -> Lab {
        let (world, containers) = match self {
            Workload::PingMesh { containers, .. } | Workload::Boot { containers } => {
                build::on_bridges(seed, tracing, containers)
            }
            Workload::BulkTcp { flows, .. } => build::on_bridges(seed, tracing, 2 * flows),
            Workload::Overlay { hosts, containers } => {
                build::overlay(seed, tracing, hosts, containers)
            }
        };
        let mut lab = Lab::new(world, containers);
        match self {
            Workload::PingMesh { targets, .. } => lab.ping(targets),
            Workload::Overlay { .. } => lab.ping(None),
            Workload::BulkTcp { flows, bytes } => lab.send(flows, bytes),
            Workload::Boot { .. } => {}
        }
        lab
    }
}

impl Lab {
    fn new(world: World, containers: Vec<Container>) -> Lab {
        let terminal = world.terminal(HostId(0));
        let started = world.now();
        Lab {
            world,
            containers,
            asked: 0,
            answered: Rc::new(Cell::new(0)),
            running: Vec::new(),
            terminal,
            started,
        }
    }

    /// Runs until all programs have ended.
    pub fn run(&mut self) -> Outcome {
        let (before, hops) = (self.world.events(), self.hops());
        let limits = Limits { span: Span::secs(3600), events: u64::MAX };
        for (host, pid) in std::mem::take(&mut self.running) {
            let (_, stop) = self.world.wait(host, pid, limits);
            debug_assert_eq!(stop, Stop::Done, "a workload ends by itself");
        }
        Outcome {
            asked: self.asked,
            answered: self.answered.get(),
            hops: self.hops() - hops,
            events: self.world.events() - before,
            span: self.world.now() - self.started,
        }
    }

    /// Frames that arrived over a veth pair or a cable, so far.
    pub fn hops(&self) -> u64 {
        self.world.hosts().map(|(_, host)| host.kernel().frames_received()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(workload: Workload) -> Outcome {
        workload.build(Seed(1), Tracing::Off).run()
    }

    /// Each ping and each answer take two hops; each pair asks once for an address, which takes one hop
    /// to the bridge, one to each of the others, and two for the answer: the other learns by the request.
    #[test]
    fn a_mesh_takes_the_hops_that_it_must() {
        let outcome = outcome(Workload::PingMesh { containers: 10, targets: None });
        assert_eq!((outcome.asked, outcome.answered), (90, 90));
        assert_eq!(outcome.hops, 4 * 90 + 45 * 12);
    }

    #[test]
    fn bulk_data_arrives() {
        let outcome = outcome(Workload::BulkTcp { flows: 2, bytes: 1_000_000 });
        assert_eq!(outcome.answered, 1_000_000);
    }

    #[test]
    fn an_overlay_of_hosts_pings() {
        let outcome = outcome(Workload::Overlay { hosts: 3, containers: 2 });
        assert_eq!((outcome.asked, outcome.answered), (30, 30));
    }
}
