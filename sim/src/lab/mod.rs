//! A lab: machines of your own in a few lines of Rust, for tests and programs.
//!
//! ```
//! use netsim_sim::lab::{Lab, Machine};
//! use netsim_sim::reach::Protocol;
//!
//! # fn main() -> Result<(), netsim_sim::lab::LabError> {
//! let mut lab = Lab::builder()
//!     .segment("lan", "192.168.56.0/24")
//!     .machine(Machine::new("docker-1").on("lan", "192.168.56.144").docker())
//!     .machine(Machine::new("client").on("lan", "192.168.56.10"))
//!     .build()?;
//! lab.run("docker-1", "docker run -d --name web -p 8080:80 busybox httpd -f -p 80")?;
//!
//! // Typed at a machine, or in a container.
//! let ping = lab.run("web", "ping -c 1 192.168.56.10")?;
//! assert!(ping.output.contains("1 packets received"));
//!
//! // Who reaches whom, and why not: asked on a copy of the machines.
//! assert!(lab.reach("client", "docker-1", Protocol::Tcp(8080))?.reaches());
//! let direct = lab.reach("client", "web", Protocol::Tcp(80))?;
//! assert_eq!(direct.code(), "no-route");
//!
//! // The way of each packet that the ping caused.
//! let echo = &ping.journeys(&lab)[0];
//! println!("{}", lab.tell(echo));
//! # Ok(())
//! # }
//! ```
//!
//! A lab is deterministic: the same builder, the same seed and the same lines give the same bytes. Read
//! [`builder`] for what can be built, [`ran`] for what a command gives back, [`lesson`] for how a lab
//! becomes a file.

pub(crate) mod builder;
mod error;
pub(crate) mod lesson;
pub(crate) mod ran;
mod way;

use crate::engine::{Span, Time};
use crate::reach::{Cell, Matrix, Protocol, Question, Spot, find};
use crate::trace::HostId;
use crate::trace::digest::Digest;
use crate::world::suggest::suggestion;
use crate::world::{Limits, Stop, World};

pub use builder::{LabBuilder, Machine};
pub use error::LabError;
pub use ran::Ran;

/// Machines, and what was typed at them.
pub struct Lab {
    world: World,
    plan: LabBuilder,
    typed: Vec<Typed>,
}

/// A line that was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Typed {
    at: Time,
    host: HostId,
    /// The machine or container, as the caller named it.
    place: String,
    /// As the caller gave it.
    command: String,
    /// As the shell of the machine got it.
    line: String,
    status: i32,
}

impl Lab {
    /// Describes a lab, machine by machine.
    pub fn builder() -> LabBuilder {
        LabBuilder::default()
    }

    /// A lab from a topology in TOML, as lessons and `netsim run --topology` have it.
    ///
    /// # Errors
    ///
    /// [`LabError::Topology`], with line and column.
    pub fn from_toml(text: &str) -> Result<Lab, LabError> {
        LabBuilder::from_toml(text)?.build()
    }

    /// Types a line at a machine, in a running container or in a namespace of `ip netns`, and waits for its
    /// end. Where two containers have one name, write `HOST/NAME`.
    ///
    /// # Errors
    ///
    /// [`LabError::Failed`] if it ends with another status than 0; see [`Lab::try_run`].
    pub fn run(&mut self, place: &str, command: &str) -> Result<Ran, LabError> {
        let ran = self.try_run(place, command)?;
        match ran.status {
            0 => Ok(ran),
            status => Err(LabError::Failed {
                place: ran.place,
                command: ran.command,
                status,
                output: ran.output,
            }),
        }
    }

    /// The same for commands that may fail: any status is a result.
    ///
    /// # Errors
    ///
    /// [`LabError::NoSuchPlace`] and [`LabError::Endless`].
    pub fn try_run(&mut self, place: &str, command: &str) -> Result<Ran, LabError> {
        let spot = self.find(place)?;
        let (host, line) = (spot.host, line_for(&spot, command));
        let (at, first_record) = (self.world.now(), self.world.trace.next_seq());
        let (status, output, pid, stop) = type_line(&mut self.world, host, &line);
        let (place, command) = (place.to_owned(), command.to_owned());
        self.typed.push(Typed {
            at,
            host,
            place: place.clone(),
            command: command.clone(),
            line,
            status,
        });
        if stop != Stop::Done {
            return Err(LabError::Endless { place, command, output });
        }
        let (origin, took) = ((host, pid), self.world.now() - at);
        Ok(Ran { place, command, status, output, at, took, origin, first_record })
    }

    /// Lets time go on.
    pub fn wait(&mut self, span: Span) {
        // The span bounds it.
        let _ = self.world.run_for(span);
    }

    /// Whether one reaches the other, asked on a copy of the machines.
    ///
    /// # Errors
    ///
    /// [`LabError::NoSuchPlace`].
    pub fn reach(&self, from: &str, to: &str, protocol: Protocol) -> Result<Cell, LabError> {
        let (from, to) = (self.find(from)?.name, self.find(to)?.name);
        let only = vec![from.clone(), to.clone()];
        let question = Question { protocols: vec![protocol], only, ..Question::default() };
        let matrix = self.reachability(&question)?;
        let cell = matrix.cell(&from, &to, protocol).cloned();
        cell.ok_or_else(|| LabError::NoSuchPlace {
            message: format!("'{from}' and '{to}' are one"),
            hint: "name two".to_owned(),
        })
    }

    /// Who reaches whom, asked on copies of the machines: nothing changes here.
    ///
    /// # Errors
    ///
    /// [`LabError::NoSuchPlace`] for a name of [`Question::only`] that nobody has.
    pub fn reachability(&self, question: &Question) -> Result<Matrix, LabError> {
        for name in &question.only {
            self.find(name)?;
        }
        Matrix::ask(question, || self.copy().map(|copy| copy.world))
    }

    /// The same, with the packets sent on these very machines: faster, and it leaves its traces in them.
    pub fn reachability_here(&mut self, question: &Question) -> Matrix {
        Matrix::ask_here(question, &mut self.world)
    }

    /// Another lab in the same state: built anew, with everything typed again at the same times. What was
    /// done by [`Lab::world_mut`] is not repeated.
    ///
    /// # Errors
    ///
    /// None that the first build did not have.
    pub fn copy(&self) -> Result<Lab, LabError> {
        let mut copy = self.plan.clone().build()?;
        for typed in &self.typed {
            let _ = copy.world.run_until(typed.at);
            let _ = type_line(&mut copy.world, typed.host, &typed.line);
        }
        let _ = copy.world.run_until(self.world.now());
        copy.typed.clone_from(&self.typed);
        Ok(copy)
    }

    /// Captures what passes a device of a machine from now on; see [`Lab::pcapng`].
    ///
    /// # Errors
    ///
    /// [`LabError::NoSuchPlace`] if there is no such machine, container or device.
    pub fn capture(&mut self, place: &str, device: &str) -> Result<(), LabError> {
        let spot = self.find(place)?;
        let kernel = self.world.host(spot.host).kernel();
        let devices = kernel.link_names().filter(|(_, _, ns)| *ns == spot.ns);
        let devices: Vec<(_, String)> =
            devices.map(|(link, name, _)| (link, name.to_owned())).collect();
        let Some((link, _)) = devices.iter().find(|(_, name)| name == device) else {
            let known: Vec<&str> = devices.iter().map(|(_, name)| name.as_str()).collect();
            return Err(LabError::NoSuchPlace {
                message: format!("{place} has no device '{device}'"),
                hint: format!("it has {}", known.join(", ")),
            });
        };
        self.world.capture(spot.host, *link);
        Ok(())
    }

    /// What was captured so far, as a file that Wireshark reads (pcapng).
    pub fn pcapng(&self) -> Vec<u8> {
        self.world.captures.pcapng(self.world.epoch())
    }

    /// The digest of everything that happened and that the trace still has: equal for equal runs.
    pub fn digest(&self) -> String {
        let mut digest = Digest::default();
        digest.take_trace(&self.world.trace);
        digest.to_string()
    }

    /// The machines themselves.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The machines themselves, for what a line cannot say: pulling cables, programs of your own.
    /// [`Lab::copy`] and what builds on it do not know of it.
    pub fn world_mut(&mut self) -> &mut World {
        &mut self.world
    }

    fn find(&self, name: &str) -> Result<Spot, LabError> {
        find(&self.world, name).map_err(|message| {
            let all = crate::reach::everyone(&self.world);
            let names = || all.iter().map(|spot| spot.name.as_str());
            let hint = match suggestion(name, names()) {
                Some(meant) if meant != name => format!("did you mean '{meant}'?"),
                _ => format!("there are {}", names().collect::<Vec<_>>().join(", ")),
            };
            LabError::NoSuchPlace { message, hint }
        })
    }
}

impl LabBuilder {
    /// Builds the machines and lets them boot.
    ///
    /// # Errors
    ///
    /// [`LabError::Topology`]: an address that is none, a segment that is not described, two machines of one
    /// name.
    pub fn build(self) -> Result<Lab, LabError> {
        Ok(Lab { world: self.world()?, plan: self, typed: Vec::new() })
    }
}

/// The line for the shell of the machine.
fn line_for(spot: &Spot, command: &str) -> String {
    let quoted = || command.replace('\'', "'\\''");
    let name = spot.short_name();
    match (&spot.container, spot.is_machine) {
        (Some(_), _) => format!("docker exec {name} sh -c '{}'", quoted()),
        (None, true) => command.to_owned(),
        (None, false) => format!("ip netns exec {name} sh -c '{}'", quoted()),
    }
}

fn type_line(
    world: &mut World,
    host: HostId,
    line: &str,
) -> (i32, String, crate::process::Pid, Stop) {
    let terminal = world.terminal(host);
    terminal.close_input();
    let pid = world.start_shell(host, &terminal, line);
    let (status, stop) = world.wait(host, pid, Limits::default());
    (status, terminal.take_text(), pid, stop)
}
