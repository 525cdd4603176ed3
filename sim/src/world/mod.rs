//! The world: hosts joined by cables, one event queue, one clock.
//!
//! [`World::step`] takes the next event, gives it to its host, and applies what the host's kernel left
//! in its outbox: timers go into the queue, frames onto cables, notes into the trace.
//!
//! Read this file, then [`cable`], [`topology`] and [`run`].

pub(crate) mod cable;
pub(crate) mod doorway;
pub(crate) mod host;
pub(crate) mod names;
pub mod plan;
mod reboot;
pub mod remedy;
pub(crate) mod run;
pub(crate) mod storm;
pub(crate) mod suggest;
pub mod tables;
pub mod topology;

use std::rc::Rc;

use crate::engine::{Queue, Seed, Time};
use crate::kernel::sys::Sys;
use crate::kernel::{
    Cause, Context, DropReason, Effect, Kernel, KernelEvent, LinkId, NamespaceId, Note, Step, Task,
    Tracing,
};
use crate::process::{Core, Processes, Root, Software, Tree};
use crate::trace::pcap::{self, Captures};
use crate::trace::{HostId, Record, Seen, Trace};
use crate::wire::MacAddr;

pub use cable::{Cable, CableSpec, Carried, End};
pub use host::{Host, Nic, Role};
pub use run::{Limits, Outcome, Stop};
use storm::{StormGuard, Verdict};

/// Something that will happen to one host.
#[derive(Debug)]
pub enum Event {
    /// To its kernel.
    Kernel(HostId, KernelEvent),
    /// One of its tasks goes on, because of this.
    Task(HostId, Task, Cause),
    /// It boots again.
    Reboot(HostId),
}

/// What all hosts have in common: the programs, and the files of a fresh machine.
#[derive(Clone)]
pub struct Platform {
    /// The programs and images that exist.
    pub software: Rc<Software>,
    /// The files of a freshly installed host with this name.
    pub files: fn(&str) -> Tree,
}

/// Hosts, cables, the queue and the trace.
pub struct World {
    queue: Queue<Event>,
    seed: Seed,
    platform: Platform,
    hosts: Vec<Host>,
    cables: Vec<Cable>,
    /// What happened to which packet.
    pub trace: Trace,
    /// Frames that were captured.
    pub captures: Captures,
    storm: StormGuard,
    events: u64,
    tracing: Tracing,
    epoch: u64,
    wakes: Vec<(Time, Task)>,
}

/// The calendar time at which a simulation starts, unless told otherwise: 2024-01-01 00:00 UTC.
pub const EPOCH: u64 = 1_704_067_200;

impl World {
    /// An empty world.
    pub fn new(seed: Seed, platform: Platform) -> World {
        World {
            queue: Queue::new(),
            seed,
            platform,
            hosts: Vec::new(),
            cables: Vec::new(),
            trace: Trace::default(),
            captures: Captures::default(),
            storm: StormGuard::default(),
            events: 0,
            tracing: Tracing::default(),
            epoch: EPOCH,
            wakes: Vec::new(),
        }
    }

    /// The current instant.
    pub fn now(&self) -> Time {
        self.queue.now()
    }

    /// The seed of all randomness.
    pub fn seed(&self) -> Seed {
        self.seed
    }

    /// The calendar time of the start, in seconds since 1970.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// How many events have happened.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// How many packets circled until they were stopped.
    pub fn storms(&self) -> u64 {
        self.storm.stopped
    }

    /// How much the kernels tell of what they do.
    pub fn set_tracing(&mut self, tracing: Tracing) {
        self.tracing = tracing;
        for host in &mut self.hosts {
            host.core_mut().cx.tracing = tracing;
        }
    }

    /// How much the kernels tell of what they do.
    pub fn tracing(&self) -> Tracing {
        self.tracing
    }

    /// Adds a host that has just booted: `lo` up, no other device.
    pub fn add_host(&mut self, name: &str, role: Role) -> HostId {
        let id = HostId(self.hosts.len() as u16);
        let mut cx = Context::new(id.0, name, self.seed);
        cx.now = self.now();
        cx.tracing = self.tracing;
        let mut kernel = Kernel::new(&mut cx);
        let ns = kernel.host_namespace();
        {
            let mut sys = Sys::new(&mut kernel, &mut cx, ns, "boot");
            let lo = sys.link_named("lo").expect("every namespace has a loopback device");
            sys.link_up(lo).expect("a loopback device can always be set up");
        }
        let tree = (self.platform.files)(name);
        let root = Root { tree, hostname: name.to_owned(), has_fixed_switches: false };
        let processes = Processes::new(self.platform.software.clone(), root);
        processes.set_epoch(self.epoch);
        self.hosts.push(Host {
            name: name.to_owned(),
            role,
            core: Some(Core { kernel: Box::new(kernel), cx: Box::new(cx) }),
            processes,
            nics: Vec::new(),
            boot: Vec::new(),
        });
        self.apply(id);
        id
    }

    /// Puts a network card into a host.
    pub fn add_nic(&mut self, host: HostId, name: &str, mac: MacAddr) -> LinkId {
        let host = &mut self.hosts[usize::from(host.0)];
        let link = host.core_mut().kernel.install_nic(name, mac);
        host.nics.push(Nic { link, cable: None, was_up: false });
        link
    }

    /// Joins two network cards with a cable; the number of the cable.
    pub fn add_cable(&mut self, a: End, b: End, spec: CableSpec) -> usize {
        let number = self.cables.len();
        let rng = self.seed.stream(&format!("cable {number}"));
        self.cables.push(Cable::new([a, b], spec, rng));
        for end in [a, b] {
            if let Some(nic) = self.nic_mut(end) {
                nic.cable = Some(number);
            }
        }
        for end in [a, b] {
            self.update_carrier(end);
        }
        number
    }

    /// Plugs a cable in, or pulls it.
    pub fn set_plugged(&mut self, cable: usize, plugged: bool) {
        if let Some(found) = self.cables.get_mut(cable) {
            found.plugged = plugged;
            for end in found.ends {
                self.update_carrier(end);
            }
        }
    }

    /// The cables, by number.
    pub fn cables(&self) -> &[Cable] {
        &self.cables
    }

    /// A cable, for changing what it does.
    pub fn cable_mut(&mut self, cable: usize) -> Option<&mut Cable> {
        self.cables.get_mut(cable)
    }

    fn nic_mut(&mut self, end: End) -> Option<&mut Nic> {
        let host = self.hosts.get_mut(usize::from(end.host.0))?;
        host.nics.iter_mut().find(|nic| nic.link == end.link)
    }

    /// Tells a network card whether somebody is at the other end.
    fn update_carrier(&mut self, end: End) {
        let nic = self.nic_mut(end).map(|nic| nic.cable);
        let Some(Some(cable)) = nic else { return };
        let cable = &self.cables[cable];
        let other = if cable.ends[0] == end { cable.ends[1] } else { cable.ends[0] };
        let is_there = self.hosts[usize::from(other.host.0)].kernel().nic_is_up(other.link);
        let carrier = cable.plugged && is_there;
        let core = self.hosts[usize::from(end.host.0)].core_mut();
        core.kernel.set_nic_carrier(&mut core.cx, end.link, carrier);
        self.apply(end.host);
    }

    /// A program may have set network cards up or down.
    fn check_nics(&mut self, id: HostId) {
        for n in 0..self.hosts[usize::from(id.0)].nics.len() {
            let host = &mut self.hosts[usize::from(id.0)];
            let (link, was_up) = (host.nics[n].link, host.nics[n].was_up);
            let is_up = host.kernel().nic_is_up(link);
            if is_up == was_up {
                continue;
            }
            host.nics[n].was_up = is_up;
            let own = End { host: id, link };
            if let Some(cable) = host.nics[n].cable {
                let ends = self.cables[cable].ends;
                let other = if ends[0] == own { ends[1] } else { ends[0] };
                self.update_carrier(other);
                self.update_carrier(own);
            }
        }
    }

    /// The hosts, by number.
    pub fn hosts(&self) -> impl Iterator<Item = (HostId, &Host)> {
        self.hosts.iter().enumerate().map(|(n, host)| (HostId(n as u16), host))
    }

    /// A host.
    pub fn host(&self, id: HostId) -> &Host {
        &self.hosts[usize::from(id.0)]
    }

    /// The host with this name.
    pub fn host_named(&self, name: &str) -> Option<HostId> {
        self.hosts().find(|(_, host)| host.name == name).map(|(id, _)| id)
    }

    /// Makes system calls in the first namespace of a host.
    pub fn sys<R>(&mut self, host: HostId, call: impl FnOnce(&mut Sys) -> R) -> R {
        let ns = self.host(host).namespace();
        self.sys_in(host, ns, "operator", call)
    }

    /// Makes system calls in a namespace of a host.
    pub fn sys_in<R>(
        &mut self,
        id: HostId,
        ns: NamespaceId,
        origin: &str,
        call: impl FnOnce(&mut Sys) -> R,
    ) -> R {
        let now = self.now();
        let host = &mut self.hosts[usize::from(id.0)];
        host.core_mut().cx.now = now;
        let result = host.sys(ns, origin, call);
        self.apply(id);
        self.check_nics(id);
        result
    }

    /// Takes the next event; false if nothing will happen any more.
    pub fn step(&mut self) -> bool {
        let Some((at, event)) = self.queue.pop() else { return false };
        self.events += 1;
        match event {
            Event::Kernel(id, event) => {
                let verdict = match &event {
                    KernelEvent::Arrival { frame, .. } | KernelEvent::Flood { frame, .. } => {
                        self.storm.judge(frame.packet)
                    }
                    _ => Verdict::Passes,
                };
                if verdict == Verdict::Stops {
                    self.stop_storm(at, id, &event);
                    return true;
                }
                let core = self.hosts[usize::from(id.0)].core_mut();
                core.cx.now = at;
                let tracing = core.cx.tracing;
                if verdict == Verdict::Circles {
                    core.cx.tracing = Tracing::Off;
                }
                core.kernel.on_event(&mut core.cx, event);
                core.cx.tracing = tracing;
                self.apply(id);
            }
            Event::Task(id, task, cause) => {
                let host = &mut self.hosts[usize::from(id.0)];
                host.core_mut().cx.now = at;
                host.processes.poll(&mut host.core, task, cause);
                self.apply(id);
                self.check_nics(id);
            }
            Event::Reboot(id) => {
                self.hosts[usize::from(id.0)].core_mut().cx.now = at;
                self.reboot(id);
            }
        }
        true
    }

    /// A frame has circled long enough.
    fn stop_storm(&mut self, at: Time, id: HostId, event: &KernelEvent) {
        let (link, frame) = match event {
            KernelEvent::Arrival { link, frame } => (Some(*link), frame),
            KernelEvent::Flood { links, frame } => (links.first().copied(), frame),
            _ => return,
        };
        let host = &mut self.hosts[usize::from(id.0)];
        let ns = host.namespace();
        let cx: &mut Context = &mut host.core_mut().cx;
        cx.now = at;
        cx.drop(frame.packet, ns, link, DropReason::Storm);
        self.apply(id);
    }

    /// Does what a host's kernel and processes left to be done.
    fn apply(&mut self, id: HostId) {
        let host = &mut self.hosts[usize::from(id.0)];
        let Some(core) = host.core.as_mut() else { return };
        let now = core.cx.now;
        if !core.cx.outbox.captured.is_empty() {
            take_captured(&mut self.trace, &mut self.captures, now, id, core);
        }
        if !core.cx.outbox.notes.is_empty() {
            self.trace.take_notes(now, id, &mut core.cx.outbox);
        }
        if !core.cx.outbox.effects.is_empty() {
            let mut effects = std::mem::take(&mut core.cx.outbox.effects);
            for effect in effects.drain(..) {
                match effect {
                    Effect::At(at, event) => self.queue.push(at, Event::Kernel(id, event)),
                    Effect::Wake(task, cause) => {
                        self.queue.push(now, Event::Task(id, task, cause));
                    }
                    Effect::Reboot => self.queue.push(now, Event::Reboot(id)),
                    Effect::Emit { link, frame } => self.carry(now, End { host: id, link }, frame),
                }
            }
            // The buffer goes back, so that the next event need not allocate one.
            self.hosts[usize::from(id.0)].core_mut().cx.outbox.effects = effects;
        }
        let host = &self.hosts[usize::from(id.0)];
        host.processes.take_wakes(&mut self.wakes);
        for (at, task) in self.wakes.drain(..) {
            self.queue.push(at, Event::Task(id, task, Cause::Kernel));
        }
    }

    /// Puts a frame on the cable of a network card.
    fn carry(&mut self, now: Time, from: End, frame: crate::wire::Frame) {
        let host = &self.hosts[usize::from(from.host.0)];
        let cable = host.nics.iter().find(|nic| nic.link == from.link).and_then(|nic| nic.cable);
        let reason = match cable.map(|number| &mut self.cables[number]) {
            None => DropReason::NoCarrier,
            Some(cable) => {
                let end = usize::from(cable.ends[1] == from);
                let to = cable.ends[1 - end];
                match cable.carry(now, end, frame.bytes.len()) {
                    Carried::Arrives(at) => {
                        let arrival = KernelEvent::Arrival { link: to.link, frame };
                        return self.queue.push(at, Event::Kernel(to.host, arrival));
                    }
                    Carried::Lost => DropReason::CableLoss,
                    Carried::QueueFull => DropReason::QueueFull,
                    Carried::Unplugged => DropReason::NoCarrier,
                }
            }
        };
        if self.tracing == Tracing::Off {
            return;
        }
        let ns = host.namespace();
        let step = Step::Dropped(reason);
        let note = Note { packet: frame.packet, ns, link: Some(from.link), step };
        self.trace.push(Record { at: now, host: from.host, note });
    }

    /// Captures the frames of a device from now on.
    pub fn capture(&mut self, host: HostId, link: LinkId) {
        let core = self.hosts[usize::from(host.0)].core_mut();
        core.kernel.set_captured(link, true);
        let name = self.device_path(host, link);
        self.captures.add(host, link, name);
    }

    /// How files and screens name a device: `HOST/NAMESPACE/DEVICE`.
    pub fn device_path(&self, host: HostId, link: LinkId) -> String {
        let host = self.host(host);
        let kernel = host.kernel();
        let ns = kernel.link_names().find(|(id, ..)| *id == link).map(|(.., ns)| ns);
        let ns = ns.map_or("?", |ns| kernel.name_of_namespace(ns));
        format!("{}/{ns}/{}", host.name, kernel.name_of_link(link))
    }
}

/// Keeps the frames that a kernel handed out: for the trace, for files, or both.
fn take_captured(
    trace: &mut Trace,
    captures: &mut Captures,
    at: Time,
    host: HostId,
    core: &mut Core,
) {
    let full = core.cx.tracing == Tracing::Full;
    for captured in core.cx.outbox.captured.drain(..) {
        let (link, direction) = (captured.link, captured.direction);
        if captured.wanted
            && let Some(interface) = captures.interface(host, link)
        {
            let frame = captured.frame.clone();
            captures.frames.push(pcap::Captured { interface, at, direction, frame });
        }
        if full {
            let seq = trace.next_seq() + captured.after_notes as u64;
            trace.take_frame(Seen { seq, at, host, link, direction, frame: captured.frame });
        }
    }
}
