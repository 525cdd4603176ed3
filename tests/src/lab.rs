//! [`Lab`]: the machines of a topology, and commands that are typed at them.

use netsim_sim::engine::Seed;
use netsim_sim::shell;
use netsim_sim::trace::HostId;
use netsim_sim::world::World;
use netsim_sim::world::topology::Topology;

/// Machines that run.
pub struct Lab {
    /// Their world.
    pub world: World,
}

impl Lab {
    /// The machines of a topology, booted.
    pub fn new(topology: &str) -> Lab {
        let topology = Topology::parse(topology).expect("a right topology");
        Lab { world: topology.build(Seed(1), shell::platform()).expect("it boots") }
    }

    /// The machine with this name.
    pub fn host(&self, name: &str) -> HostId {
        self.world.host_named(name).expect("the lab has it")
    }

    /// Types a line; its exit status and output.
    pub fn run(&mut self, host: &str, line: &str) -> (i32, String) {
        let host = self.host(host);
        let outcome = self.world.run_command(host, line);
        (outcome.status, outcome.text())
    }

    /// Types a line that must succeed; its output.
    pub fn ok(&mut self, host: &str, line: &str) -> String {
        let (status, text) = self.run(host, line);
        assert_eq!(status, 0, "{host}$ {line}\n{text}");
        text
    }
}
