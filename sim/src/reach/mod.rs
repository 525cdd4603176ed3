//! Who can talk to whom: a matrix of answers, each found by a program that really sends packets, and for
//! each that fails the reason, taken from the journey of what was sent.
//!
//! ```
//! use netsim_sim::reach::{Matrix, Protocol, Question};
//! use netsim_sim::{engine::Seed, shell, world::topology::Topology};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let lab = "segment.lan = { subnet = '10.0.0.0/24' }
//! host.a = { lan = '10.0.0.1' }
//! host.b = { lan = '10.0.0.2' }";
//! let topology = Topology::parse(lab)?;
//! let question = Question { protocols: vec![Protocol::Icmp, Protocol::Tcp(80)], ..Question::default() };
//! let matrix = Matrix::ask(&question, || topology.build(Seed(1), shell::platform()))?;
//! assert!(matrix.reaches("a", "b", Protocol::Icmp));
//! let refused = matrix.cell("a", "b", Protocol::Tcp(80)).and_then(|cell| cell.barrier());
//! assert_eq!(refused.map(|barrier| barrier.code()), Some("no-listener"));
//! # Ok(())
//! # }
//! ```
//!
//! Asking changes nothing: the packets of each row run on machines of their own, which the caller builds
//! anew. Read [`spot`] for who is asked, [`probe`] for what is sent, [`barrier`] for the reasons,
//! [`change`] for what differs between two moments.

pub(crate) mod barrier;
pub(crate) mod change;
pub mod probe;
pub(crate) mod spot;

use crate::engine::Span;
use crate::wire::Ipv4Addr;
use crate::world::World;

pub use barrier::{Barrier, Kind, Obstacle, Way};
pub use change::Change;
pub use probe::{Protocol, Sent};
pub use spot::{Spot, everyone, find};

/// What is asked of everyone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What is sent; one answer for each.
    pub protocols: Vec<Protocol>,
    /// Only these, by name; all if there are none.
    pub only: Vec<String>,
    /// Whether others are sought by their names, as programs do, and not at their addresses.
    pub by_name: bool,
    /// How long an answer may take; whole seconds, rounded up.
    pub within: Span,
}

impl Default for Question {
    /// A ping of everyone, with two seconds for the answer.
    fn default() -> Self {
        Question {
            protocols: vec![Protocol::Icmp],
            only: Vec::new(),
            by_name: false,
            within: Span::secs(2),
        }
    }
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Who sent.
    pub from: String,
    /// To whom.
    pub to: String,
    /// What.
    pub protocol: Protocol,
    /// The address that was tried, if there was one.
    pub address: Option<Ipv4Addr>,
    /// Whether it arrived, and the answer did; what stood in the way.
    pub answer: Result<(), Barrier>,
}

impl Cell {
    /// Whether the one reaches the other.
    pub fn reaches(&self) -> bool {
        self.answer.is_ok()
    }

    /// What stands in the way, if something does.
    pub fn barrier(&self) -> Option<&Barrier> {
        self.answer.as_ref().err()
    }

    /// `yes`, or the code of the reason.
    pub fn code(&self) -> &'static str {
        self.barrier().map_or("yes", Barrier::code)
    }
}

/// All answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    /// Who was asked, in order.
    pub names: Vec<String>,
    /// What was sent.
    pub protocols: Vec<Protocol>,
    /// One for each two different names and each protocol: by sender, receiver, protocol.
    pub cells: Vec<Cell>,
}

impl Matrix {
    /// Asks everyone about everyone else. `build` gives the machines as they are at the moment of the
    /// question; it is called once for each sender, so that no answer depends on what others asked.
    ///
    /// # Errors
    ///
    /// Those of `build`; a name of [`Question::only`] that nobody has is no error here, but has no row:
    /// see [`find`].
    pub fn ask<E>(
        question: &Question,
        mut build: impl FnMut() -> Result<World, E>,
    ) -> Result<Matrix, E> {
        let mut world = build()?;
        let asked = question.who(&world);
        let mut cells = Vec::new();
        for (n, from) in asked.iter().enumerate() {
            if n > 0 {
                world = build()?;
            }
            cells.extend(row(&mut world, question, from, &asked));
        }
        Ok(question.matrix(&asked, cells))
    }

    /// The same with all packets sent on these machines: faster, and they are no longer as they were.
    /// A later answer may profit from what an earlier one taught the tables.
    pub fn ask_here(question: &Question, world: &mut World) -> Matrix {
        let asked = question.who(world);
        let mut cells = Vec::new();
        for from in &asked {
            cells.extend(row(world, question, from, &asked));
        }
        question.matrix(&asked, cells)
    }

    /// One answer.
    pub fn cell(&self, from: &str, to: &str, protocol: Protocol) -> Option<&Cell> {
        self.cells
            .iter()
            .find(|cell| cell.from == from && cell.to == to && cell.protocol == protocol)
    }

    /// Whether the one reaches the other; no, if nobody asked.
    pub fn reaches(&self, from: &str, to: &str, protocol: Protocol) -> bool {
        self.cell(from, to, protocol).is_some_and(Cell::reaches)
    }
}

impl Question {
    /// Who is asked.
    pub fn who(&self, world: &World) -> Vec<Spot> {
        let mut all = everyone(world);
        if !self.only.is_empty() {
            all.retain(|spot| self.only.contains(&spot.name));
        }
        all
    }

    /// What one finds about another, tried on these machines: an answer for each protocol, and what was
    /// sent for it, if there was an address to send it to.
    pub fn find(&self, world: &mut World, from: &Spot, to: &Spot) -> Vec<(Cell, Option<Sent>)> {
        let address = if self.by_name {
            probe::resolve(world, from, to.short_name()).ok_or(Obstacle::NoName)
        } else {
            spot::address_for(world, from, to).ok_or(Obstacle::NoAddress)
        };
        let one = |protocol: &Protocol| {
            let (answer, sent) = match &address {
                Err(obstacle) => (Err(Barrier::at(from, obstacle.clone())), None),
                Ok(address) => {
                    let sent = probe::send(world, from, *address, *protocol, self.within);
                    (judge(world, from, to, &sent), Some(sent))
                }
            };
            let (from, to) = (from.name.clone(), to.name.clone());
            let address = address.as_ref().ok().copied();
            (Cell { from, to, protocol: *protocol, address, answer }, sent)
        };
        self.protocols.iter().map(one).collect()
    }

    fn matrix(&self, asked: &[Spot], cells: Vec<Cell>) -> Matrix {
        let names = asked.iter().map(|spot| spot.name.clone()).collect();
        Matrix { names, protocols: self.protocols.clone(), cells }
    }
}

/// What one sender finds.
fn row(world: &mut World, question: &Question, from: &Spot, asked: &[Spot]) -> Vec<Cell> {
    let others = asked.iter().filter(|to| to.name != from.name);
    let found = others.flat_map(|to| question.find(world, from, to));
    found.map(|(cell, _)| cell).collect()
}

/// Whether one reaches the other at an address, tried on these machines.
pub fn try_pair(
    world: &mut World,
    from: &Spot,
    to: &Spot,
    address: Ipv4Addr,
    protocol: Protocol,
    within: Span,
) -> Result<(), Barrier> {
    let sent = probe::send(world, from, address, protocol, within);
    judge(world, from, to, &sent)
}

/// Whether what was sent has reached the other, or why not.
fn judge(world: &mut World, from: &Spot, to: &Spot, sent: &Sent) -> Result<(), Barrier> {
    match barrier::stranger(world, to, sent) {
        Some(stranger) => Err(stranger),
        None if sent.arrived => Ok(()),
        None => Err(barrier::found(world, from, to, sent)),
    }
}
