//! What a lab consists of: LAN segments, machines on them, what runs on the machines.

use super::error::LabError;
use crate::engine::Seed;
use crate::kernel::Tracing;
use crate::shell;
use crate::world::World;
use crate::world::topology::{
    Attachment, DockerSpec, HostSpec, SegmentSpec, Topology, TopologyError,
};

/// The description of a lab. A mistake in it is told by [`LabBuilder::build`].
#[derive(Debug, Clone, Default)]
pub struct LabBuilder {
    topology: Topology,
    seed: Option<u64>,
    tracing: Tracing,
    /// The first mistake.
    mistake: Option<TopologyError>,
}

/// The description of a machine.
///
/// ```
/// use netsim_sim::lab::{Lab, Machine};
///
/// # fn main() -> Result<(), netsim_sim::lab::LabError> {
/// let store = "etcd://10.0.0.9:2379";
/// let lab = Lab::builder()
///     .segment("lan", "10.0.0.0/24")
///     .router(Machine::new("gw").on("lan", "10.0.0.1"))
///     .machine(Machine::new("kv").on("lan", "10.0.0.9").runs("etcd"))
///     .machine(Machine::new("one").on("lan", "10.0.0.11").docker_with_store(store))
///     .machine(Machine::new("two").on("lan", "10.0.0.12").docker_with_store(store))
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Machine {
    name: String,
    spec: HostSpec,
}

impl Machine {
    /// A computer that is on no segment and runs nothing.
    pub fn new(name: &str) -> Machine {
        Machine { name: name.to_owned(), spec: HostSpec::default() }
    }

    /// On a segment, with this IPv4 address; the length of the prefix is the segment's unless it is written
    /// (`10.0.0.1/16`). The first segment is on `eth0`, the next on `eth1`.
    pub fn on(mut self, segment: &str, address: &str) -> Machine {
        let attachment = Attachment::Address(address.to_owned());
        self.spec.attachments.insert(segment.to_owned(), attachment);
        self
    }

    /// With Docker 20.10.
    pub fn docker(mut self) -> Machine {
        self.spec.docker = Some(DockerSpec::Installed(true));
        self
    }

    /// With Docker 20.10 and a key-value store for overlay networks: `consul://10.0.0.9:8500`,
    /// `etcd://10.0.0.9:2379`.
    pub fn docker_with_store(mut self, store: &str) -> Machine {
        let kv = Some(store.to_owned());
        self.spec.docker =
            Some(DockerSpec::Table { kv, advertise: None, images: None, start: None });
        self
    }

    /// Runs this from the start: `consul`, `etcd`, or a command line.
    pub fn runs(mut self, line: &str) -> Machine {
        self.spec.run.push(line.to_owned());
        self
    }

    /// Forwards packets (`net.ipv4.ip_forward = 1`), or does not.
    pub fn forwards(mut self, does: bool) -> Machine {
        self.spec.forward = Some(does);
        self
    }

    /// With this gateway instead of the first router on its first segment; none if the text is empty.
    pub fn gateway(mut self, address: &str) -> Machine {
        self.spec.gateway = Some(address.to_owned());
        self
    }
}

impl LabBuilder {
    /// The lab of a topology in TOML.
    ///
    /// # Errors
    ///
    /// [`LabError::Topology`], with line and column.
    pub fn from_toml(text: &str) -> Result<LabBuilder, LabError> {
        Ok(LabBuilder { topology: Topology::parse(text)?, ..LabBuilder::default() })
    }

    /// The seed of all randomness; 1 unless told otherwise.
    pub fn seed(mut self, seed: u64) -> LabBuilder {
        self.seed = Some(seed);
        self
    }

    /// How much is remembered: steps, unless told otherwise; [`Tracing::Full`] keeps the frames as well.
    pub fn tracing(mut self, tracing: Tracing) -> LabBuilder {
        self.tracing = tracing;
        self
    }

    /// Whether machines have IPv6; they have not unless this says so.
    pub fn ipv6(mut self, on: bool) -> LabBuilder {
        self.topology.ipv6 = on;
        self
    }

    /// A LAN segment (a switch) with the subnet of its addresses: `10.0.0.0/24`.
    pub fn segment(mut self, name: &str, subnet: &str) -> LabBuilder {
        match subnet.parse() {
            Ok(subnet) => {
                let spec = SegmentSpec { subnet: Some(subnet), ..SegmentSpec::default() };
                self.topology.segment.insert(name.to_owned(), spec);
            }
            Err(_) => {
                let message =
                    format!("segment '{name}': '{subnet}' is not a subnet like 10.0.0.0/24");
                self.mistake.get_or_insert(TopologyError::new(message));
            }
        }
        self
    }

    /// A computer.
    pub fn machine(mut self, machine: Machine) -> LabBuilder {
        self.refuse_twins(&machine.name);
        self.topology.host.insert(machine.name, machine.spec);
        self
    }

    /// A router: a machine that forwards, and the gateway of those on its segments.
    pub fn router(mut self, machine: Machine) -> LabBuilder {
        self.refuse_twins(&machine.name);
        self.topology.router.insert(machine.name, machine.spec);
        self
    }

    /// Two machines of one name would silently be one.
    fn refuse_twins(&mut self, name: &str) {
        if self.topology.names().iter().any(|known| known == name) {
            let message = format!("there are two machines called '{name}'");
            self.mistake.get_or_insert(TopologyError::new(message));
        }
    }

    /// The machines, booted.
    pub(super) fn world(&self) -> Result<World, LabError> {
        if let Some(mistake) = &self.mistake {
            return Err(mistake.clone().into());
        }
        self.topology.check("")?;
        let seed = Seed(self.seed.unwrap_or(1));
        let mut world = self.topology.assemble(seed, shell::platform())?;
        world.set_tracing(self.tracing);
        self.topology.boot(&mut world)?;
        Ok(world)
    }

    /// The topology that was described.
    pub fn topology(&self) -> &Topology {
        &self.topology
    }
}
