//! The map: machines as boxes on their LAN, in each its namespaces and devices, what joins them, and the
//! packets that move along the lines. [`scene`] puts everything in its place, [`motion`] moves packets,
//! [`tables`] shows what the chosen object knows, [`past`] what it knew.

mod block;
mod canvas;
mod motion;
mod object;
pub mod pane;
mod past;
mod scene;
mod tables;

use std::collections::BTreeMap;

use netsim_sim::kernel::link::Counters;
use netsim_sim::kernel::{LinkId, NamespaceId};
use netsim_sim::trace::HostId;
use netsim_sim::trace::packets::Packets as Index;
use netsim_sim::wire::PacketId;
use netsim_sim::world::plan::{Joint, Plan};
use netsim_sim::world::tables::TableView;

use super::session::{Pace, Session};
use crate::text::{Line, Piece, Style};
use block::Marks;
use motion::Motion;
pub use object::{Object, Zoom};
use past::Past;
use scene::{Key, Scene};

/// Devices that are looked at in one picture.
const DEVICES: usize = 200;

/// Pictures between two looks at the load.
const LOAD: u8 = 15;

/// The map and what is chosen on it.
#[derive(Default)]
pub struct Map {
    plan: Plan,
    joints: BTreeMap<Key, Joint>,
    scene: Scene,
    motion: Motion,
    remarks: Remarks,
    /// How much is shown; what fits if nobody says.
    pub zoom: Option<Zoom>,
    /// How much was shown last.
    shown: Zoom,
    /// Columns and rows that are scrolled away.
    pub scroll: (usize, usize),
    /// What is chosen.
    pub chosen: Option<Object>,
    /// Whether the tables of what is chosen are shown in place of the map.
    pub is_open: bool,
    /// Rows and columns of the tables that are scrolled away.
    pub table_scroll: usize,
    table_shift: usize,
    tables: Vec<TableView>,
    /// How many rows they had, as drawn last.
    table_rows: usize,
    /// Machines and tables of the moment at which one looks back.
    past: Past,
    /// As of which moment machines and tables are: before a record, or now.
    as_of: Option<u64>,
    /// As of which event of the world the plan is, how many pictures ago, and how many it may be old.
    events: Option<u64>,
    age: usize,
    patience: usize,
    /// Whether the scene is to be drawn anew.
    is_stale: bool,
    /// Up to which frame packets were moved, from where one looked then, and the size of the pane.
    read: u64,
    looking: Option<u64>,
    size: (usize, usize),
    follows: bool,
}

/// What is remarkable about devices: how much passes, what was lost.
#[derive(Default)]
struct Remarks {
    /// Frames of each device when the load was looked at last.
    counted: BTreeMap<Key, u64>,
    /// Frames since then.
    load: BTreeMap<Key, u64>,
    left: u8,
    /// Packets that were lost at a device since the last command began: how many, and the first.
    lost: BTreeMap<Key, (usize, PacketId)>,
}

impl Marks for Remarks {
    fn of(&self, host: HostId, link: LinkId) -> Line {
        let mut line = Line::new();
        let load = self.load.get(&(host, link)).copied().unwrap_or(0);
        if load > 0 {
            // A step of the bar is four times as much.
            const BARS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
            let height = (load.ilog2() / 2).min(7) as usize;
            line.push(Piece::new(format!(" {}", BARS[height]), Style::Good));
        }
        if let Some((count, _)) = self.lost.get(&(host, link)) {
            line.push(Piece::new(format!(" ✗{count}"), Style::Bad));
        }
        line
    }
}

impl Map {
    /// Takes what has happened: moves packets, notes losses.
    pub fn update(&mut self, session: &Session, index: &Index) {
        let world = session.world();
        let next = world.trace.next_seq();
        if next < self.read {
            self.motion.clear();
            self.read = next;
        }
        let stands = session.pace == Pace::Paused;
        self.motion.age(stands);
        // A picture may have thousands of frames; only the last ones can be seen.
        const SEEN: u64 = 2000;
        let from = self.read.max(next.saturating_sub(SEEN));
        for seen in world.trace.frames_since(from) {
            self.motion.see(seen, &self.joints);
        }
        if next != self.read || session.looking != self.looking {
            self.note_losses(session, index);
        }
        (self.read, self.looking) = (next, session.looking);
    }

    /// Whether a packet moves.
    pub fn is_moving(&self) -> bool {
        self.motion.is_moving()
    }

    /// Other machines: nothing is known of them yet.
    pub fn begin_anew(&mut self) {
        let (zoom, chosen, is_open) = (self.zoom, self.chosen, self.is_open);
        *self = Map { zoom, chosen, is_open, ..Map::default() };
    }

    /// Shows packets where they were before a record.
    pub fn look_at(&mut self, session: &Session, seq: u64) {
        const BEFORE: u64 = 40;
        self.motion.clear();
        let trace = &session.world().trace;
        let frames = trace.frames_since(seq.saturating_sub(BEFORE));
        for seen in frames.take_while(|seen| seen.seq < seq) {
            self.motion.see(seen, &self.joints);
        }
    }

    fn note_losses(&mut self, session: &Session, index: &Index) {
        let before = std::mem::take(&mut self.remarks.lost);
        let Some(latest) = session.latest else { return };
        let trace = &session.world().trace;
        for view in index.since(latest.since).filter(|view| view.is_lost()) {
            let Some((seq, host, _)) = view.dropped else { continue };
            // What is lost only later is not yet lost where one looks back.
            if session.looking.is_some_and(|before| seq >= before) {
                continue;
            }
            let Some(link) = trace.get(seq).and_then(|record| record.note.link) else { continue };
            let mark = self.remarks.lost.entry((host, link)).or_insert((0, view.packet));
            mark.0 += 1;
        }
        self.is_stale |= self.remarks.lost != before;
    }

    /// The first packet that was lost at what is chosen.
    pub fn lost(&self) -> Option<PacketId> {
        let chosen = self.chosen?;
        let is_there = |(host, link): &Key| match chosen {
            Object::Machine(machine) => *host == machine,
            Object::Space(machine, ns) => {
                *host == machine && self.space_of(*host, *link) == Some(ns)
            }
            Object::Device(machine, _, device) => (*host, *link) == (machine, device),
        };
        self.remarks.lost.iter().find(|(key, _)| is_there(key)).map(|(_, (_, packet))| *packet)
    }

    fn space_of(&self, host: HostId, link: LinkId) -> Option<NamespaceId> {
        let machine = self.plan.machines.iter().find(|machine| machine.host == host)?;
        let has = |space: &&netsim_sim::world::plan::Space| {
            space.devices.iter().any(|device| device.link == link)
        };
        machine.spaces.iter().find(has).map(|space| space.ns)
    }

    /// Looks at the machines anew if something happened since the last picture.
    pub fn prepare(&mut self, session: &mut Session, columns: usize, rows: usize) {
        let events = session.world().events();
        self.remarks.left = self.remarks.left.saturating_sub(1);
        self.age += 1;
        let is_past = session.looking.is_some();
        let has_news = self.past.update();
        let is_other_moment = has_news || self.as_of != session.looking;
        let is_same = !is_other_moment && !self.is_stale && self.size == (columns, rows);
        let is_current = self.events == Some(events) || self.age < self.patience;
        if is_same && is_current && self.remarks.left > 0 {
            return;
        }
        let is_due =
            self.events.is_none() || (self.events != Some(events) && self.age >= self.patience);
        if is_other_moment || self.is_waiting() || (is_due && !is_past) {
            self.look(session);
            self.joints = motion::joints(&self.plan);
            self.events = Some(events);
            self.age = 0;
            // Thousands of devices are looked at some times a second only.
            self.patience = self.joints.len() / DEVICES;
        }
        if self.remarks.left == 0 {
            self.remarks.left = LOAD;
            self.measure();
        }
        self.is_stale = false;
        self.size = (columns, rows);
        // Two machines may stand beside each other: more than twice the rows never fit.
        let is_long = self.joints.len() > rows * 2;
        self.shown = self.zoom.unwrap_or(if is_long { Zoom::Names } else { Zoom::Devices });
        self.scene = Scene::new(&self.plan, self.shown, columns, &self.remarks);
        if self.zoom.is_none() && !is_long && self.scene.canvas.size().1 > rows {
            self.shown = Zoom::Names;
            self.scene = Scene::new(&self.plan, self.shown, columns, &self.remarks);
        }
    }

    /// How many frames passed each device since the last time.
    fn measure(&mut self) {
        let spaces = self.plan.machines.iter().flat_map(|it| {
            it.spaces.iter().flat_map(move |space| space.devices.iter().map(move |d| (it.host, d)))
        });
        let total = |it: &Counters| it.rx_packets + it.tx_packets;
        self.remarks.load.clear();
        for (host, device) in spaces {
            let (key, now) = ((host, device.link), total(&device.counters));
            let before = self.remarks.counted.insert(key, now).unwrap_or(now);
            if now > before {
                self.remarks.load.insert(key, now - before);
            }
        }
    }

    /// Looks at machines and tables as they are, or as they were at the moment at which one looks.
    fn look(&mut self, session: &mut Session) {
        let object = self.chosen.filter(|_| self.is_open);
        if let Some(before) = session.looking {
            if let Some(view) = self.past.at(session, (before, object)) {
                (self.plan, self.tables) = (view.plan.clone(), view.tables.clone());
                self.as_of = Some(before);
            }
            return;
        }
        self.past.forget();
        let world = &mut session.player.world;
        (self.plan, self.tables) = (world.plan(), past::tables_of(world, object));
        self.as_of = None;
    }

    /// Whether the past is being found out.
    pub fn is_waiting(&self) -> bool {
        self.past.is_busy()
    }

    /// Whether machines and tables are as of the moment at which one looks.
    pub fn is_as_of(&self, looking: Option<u64>) -> bool {
        self.as_of == looking && !self.is_waiting()
    }

    /// Shows the tables of what is chosen, or the map again.
    pub fn open(&mut self, is_open: bool) {
        self.is_open = is_open && self.chosen.is_some();
        (self.table_scroll, self.table_shift) = (0, 0);
        self.events = None;
    }

    /// More or less of each machine.
    pub fn change_zoom(&mut self, closer: bool) {
        let zoom = match (self.shown, closer) {
            (Zoom::Names, true) | (Zoom::Details, false) => Zoom::Devices,
            (Zoom::Devices | Zoom::Details, true) => Zoom::Details,
            (Zoom::Devices | Zoom::Names, false) => Zoom::Names,
        };
        self.zoom = Some(zoom);
        self.is_stale = true;
        self.follows = true;
    }

    /// Chooses the next object, or the one before.
    pub fn choose(&mut self, by: isize) {
        let objects = &self.scene.objects;
        let at = objects.iter().position(|(object, _)| Some(*object) == self.chosen);
        let next = match at {
            Some(at) => at.saturating_add_signed(by).min(objects.len().saturating_sub(1)),
            None => 0,
        };
        self.pick(objects.get(next).map(|(object, _)| *object));
    }

    /// Chooses the object that is nearest at the left or the right; tables move.
    pub fn choose_beside(&mut self, right: bool) {
        const COLUMNS: usize = 8;
        if self.is_open {
            self.table_shift = match right {
                true => self.table_shift + COLUMNS,
                false => self.table_shift.saturating_sub(COLUMNS),
            };
            return;
        }
        let objects = &self.scene.objects;
        let here = objects.iter().find(|(object, _)| Some(*object) == self.chosen);
        let Some((_, here)) = here else { return self.choose(0) };
        let is_there = |place: &ratatui::layout::Rect| match right {
            true => place.x > here.x + 4,
            false => place.x + 4 < here.x,
        };
        let there = objects.iter().filter(|(_, place)| is_there(place));
        let nearest = there.min_by_key(|(_, place)| place.y.abs_diff(here.y));
        let object = nearest.map(|(object, _)| *object);
        if object.is_some() {
            self.pick(object);
        }
    }

    /// Chooses what lies at a place of the map.
    pub fn choose_at(&mut self, column: usize, row: usize) -> bool {
        let (x, y) = (column + self.scroll.0, row + self.scroll.1);
        let found = self.scene.objects.iter().find(|(_, place)| {
            usize::from(place.y) == y && usize::from(place.x) <= x && x < usize::from(place.right())
        });
        let object = found.map(|(object, _)| *object);
        if object.is_some() {
            self.pick(object);
        }
        object.is_some()
    }

    fn pick(&mut self, object: Option<Object>) {
        self.chosen = object;
        self.follows = true;
        self.is_stale = true;
    }
}
