//! [`Context`]: the only way from a kernel to the outside. It knows the time, gives randomness and
//! packet ids, and collects in its [`Outbox`] what the world shall do and what the trace shall keep.

use crate::engine::{Rng, Seed, Span, Time};
use crate::wire::{Frame, PacketId};

use super::event::{Effect, KernelEvent};
use super::id::{LinkId, NamespaceId, Task};
use super::step::{Cause, DropReason, Step};

/// How much a kernel tells of what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Tracing {
    /// Nothing.
    Off,
    /// Every step of every packet.
    #[default]
    Steps,
    /// Also every rule that was tried, and the frame as it was at each device.
    Full,
}

/// One step of one packet, not yet stamped with host and time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note {
    /// Whose step it is.
    pub packet: PacketId,
    /// The namespace in which it happened.
    pub ns: NamespaceId,
    /// The device at which it happened, where there is one.
    pub link: Option<LinkId>,
    /// What happened.
    pub step: Step,
}

/// A frame seen at a device that somebody captures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captured {
    /// The device.
    pub link: LinkId,
    /// Which way it went, as the namespace of the device sees it.
    pub direction: Direction,
    /// The frame.
    pub frame: Frame,
    /// How many notes came before it in the same outbox.
    pub after_notes: usize,
    /// Whether somebody captures the device; else it is here for the trace.
    pub wanted: bool,
}

/// Which way a frame passes a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// Received by the device.
    In,
    /// Sent by the device.
    Out,
}

/// What a kernel wants done and remembered; emptied by the world after each event.
#[derive(Debug, Default)]
pub struct Outbox {
    /// To be done, in order.
    pub effects: Vec<Effect>,
    /// To be remembered, in order.
    pub notes: Vec<Note>,
    /// Frames for the captures of the world.
    pub captured: Vec<Captured>,
}

/// The time, randomness and outbox of one host.
#[derive(Debug)]
pub struct Context {
    /// The current instant.
    pub now: Time,
    /// The stream of this host.
    pub rng: Rng,
    /// What leaves the kernel.
    pub outbox: Outbox,
    /// How much to note.
    pub tracing: Tracing,
    /// Whether a packet only tries its way: nobody is told, and nothing is logged.
    pub(in crate::kernel) is_rehearsal: bool,
    host: u16,
    next_packet: u64,
    cause: Cause,
}

impl Context {
    /// The context of the host with this number and name.
    pub fn new(host: u16, name: &str, seed: Seed) -> Context {
        Context {
            now: Time::ZERO,
            rng: seed.stream(name),
            outbox: Outbox::default(),
            tracing: Tracing::default(),
            is_rehearsal: false,
            host,
            next_packet: 0,
            cause: Cause::Kernel,
        }
    }

    /// A new packet, made because of what is being done (see [`Context::set_cause`]).
    pub fn new_packet(&mut self, ns: NamespaceId) -> PacketId {
        self.next_packet += 1;
        let packet = PacketId::new(self.host, self.next_packet);
        self.note(packet, ns, None, Step::Created { cause: self.cause });
        packet
    }

    /// Sets the cause of what is created next; returns the one before.
    pub fn set_cause(&mut self, cause: Cause) -> Cause {
        std::mem::replace(&mut self.cause, cause)
    }

    /// The cause of what is created next.
    pub fn cause(&self) -> Cause {
        self.cause
    }

    /// Notes a step.
    pub fn note(&mut self, packet: PacketId, ns: NamespaceId, link: Option<LinkId>, step: Step) {
        if self.tracing != Tracing::Off {
            self.outbox.notes.push(Note { packet, ns, link, step });
        }
    }

    /// The only end of a packet that is not delivered: it is gone, for this reason.
    pub fn drop(
        &mut self,
        packet: PacketId,
        ns: NamespaceId,
        link: Option<LinkId>,
        reason: DropReason,
    ) {
        self.note(packet, ns, link, Step::Dropped(reason));
    }

    /// Asks to be told of `event` after `span`.
    pub fn after(&mut self, span: Span, event: KernelEvent) {
        self.outbox.effects.push(Effect::At(self.now + span, event));
    }

    /// Asks to be told of `event` at `time`.
    pub fn at(&mut self, time: Time, event: KernelEvent) {
        self.outbox.effects.push(Effect::At(time, event));
    }

    /// Puts a frame on the cable of a network card.
    pub fn emit(&mut self, link: LinkId, frame: Frame) {
        self.outbox.effects.push(Effect::Emit { link, frame });
    }

    /// Lets a waiting task go on. What it makes then is caused by the packet that is being handled.
    pub fn wake(&mut self, task: Task) {
        let wake = Effect::Wake(task, self.cause);
        if self.outbox.effects.last() != Some(&wake) {
            self.outbox.effects.push(wake);
        }
    }

    /// Hands a frame to the captures of the world.
    pub fn capture(&mut self, link: LinkId, direction: Direction, frame: &Frame, wanted: bool) {
        let after_notes = self.outbox.notes.len();
        let frame = frame.clone();
        self.outbox.captured.push(Captured { link, direction, frame, after_notes, wanted });
    }
}
