//! The packets: which are listed, which one is chosen, what is shown of it. [`way`] is what is known of the
//! chosen one, [`ladder`] its way from layer to layer, [`headers`] its headers below each other,
//! [`inspector`] the bytes of a frame; [`guest`] packets that were sent elsewhere.

pub mod guest;
pub mod headers;
pub mod inspector;
pub mod ladder;
pub mod list;
pub mod pane;
pub mod way;

use netsim_sim::trace::packets::Packets as Index;
use netsim_sim::wire::PacketId;

use super::session::Session;
use crate::text::Line;
use crate::text::words::Lang;
use guest::Guest;
use inspector::Inspector;
use ladder::Ladder;
use list::{Entry, List};
use way::Way;

/// What is shown of the chosen packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Show {
    /// Its way from layer to layer.
    #[default]
    Way,
    /// Its headers at each device.
    Headers,
    /// The bytes of a frame.
    Bytes,
}

impl Show {
    /// All, in the order of their tabs.
    pub const ALL: [Show; 3] = [Show::Way, Show::Headers, Show::Bytes];
}

/// The packets and what is chosen.
#[derive(Default)]
pub struct Packets {
    /// All packets of the trace.
    pub index: Index,
    /// Those that are listed.
    pub list: List,
    /// Those of a copy, which are listed in their place.
    pub guest: Option<Guest>,
    /// What is shown of the chosen one.
    pub show: Show,
    /// Whether the arrows go along the chosen packet, not along the list.
    pub is_inside: bool,
    /// Its way.
    pub ladder: Ladder,
    /// Its bytes.
    pub inspector: Inspector,
    /// What is known of it.
    way: Option<Way>,
}

impl Packets {
    /// Takes what has happened.
    pub fn update(&mut self, session: &Session) {
        let trace = &session.world().trace;
        self.index.update(trace);
        self.list.update(&self.index, trace, session.latest);
        self.refresh(session);
    }

    /// Reads the way of the chosen packet anew, if it is another one or went on.
    fn refresh(&mut self, session: &Session) {
        if let Some(guest) = &self.guest {
            let wanted = guest.way(self.ladder.detail);
            let key = |way: &Way| (way.packet, way.detail());
            if self.way.as_ref().map(key) != wanted.map(key) {
                let is_other =
                    self.way.as_ref().map(|way| way.packet) != wanted.map(|way| way.packet);
                self.way = wanted.cloned();
                self.begin(is_other);
            }
            return;
        }
        let view = self.list.chosen().and_then(|packet| self.index.get(packet));
        let Some(view) = view else {
            self.way = None;
            return;
        };
        let detail = self.ladder.detail;
        if self.way.as_ref().is_some_and(|way| way.is_of(view, detail)) {
            return;
        }
        let is_other = self.way.as_ref().is_none_or(|way| way.packet != view.packet);
        self.way = Way::read(view, session.world(), &session.lines, detail);
        self.begin(is_other);
    }

    /// If it is another packet, its beginning is shown.
    fn begin(&mut self, is_other: bool) {
        if let Some(way) = self.way.as_ref().filter(|_| is_other) {
            self.ladder.begin(way);
            self.inspector.begin(way);
        }
    }

    /// What is known of the chosen packet.
    pub fn way(&self) -> Option<&Way> {
        self.way.as_ref()
    }

    /// How many are listed.
    pub fn count(&self) -> usize {
        let own = self.list.packets().len();
        self.guest.as_ref().map_or(own, |guest| guest.sights.len())
    }

    /// The place of the chosen one.
    pub fn place(&self) -> usize {
        self.guest.as_ref().map_or(self.list.place(), |guest| guest.chosen)
    }

    /// What stands at a place of the list.
    pub fn entry(&self, n: usize, session: &Session) -> Option<Entry> {
        if let Some(guest) = &self.guest {
            return guest.sights.get(n).map(|sight| sight.entry.clone());
        }
        let view = self.index.get(*self.list.packets().get(n)?)?;
        Some(Entry::of(view, session.world(), session.looking))
    }

    /// Shows packets of a copy.
    pub fn welcome(&mut self, guest: Guest, session: &Session) {
        self.guest = Some(guest);
        (self.way, self.show, self.is_inside) = (None, Show::Way, true);
        self.refresh(session);
    }

    /// Shows the student's own again; false if they are shown.
    pub fn dismiss(&mut self) -> bool {
        let was_there = self.guest.take().is_some();
        if was_there {
            self.way = None;
        }
        was_there
    }

    /// Other machines: nothing is known of their packets yet.
    pub fn begin_anew(&mut self) {
        self.index = Index::default();
        self.restart();
    }

    /// A new command: its packets are shown from the first.
    pub fn restart(&mut self) {
        self.list.restart();
        (self.guest, self.way) = (None, None);
    }

    /// Chooses the next or the one before.
    pub fn choose(&mut self, by: isize, session: &Session) {
        self.choose_row(self.place().saturating_add_signed(by), session);
    }

    /// Chooses a packet, whether it is listed now or not.
    pub fn open(&mut self, packet: PacketId, session: &Session) {
        self.dismiss();
        if !self.list.open(packet) {
            self.list.show_all();
            self.list.update(&self.index, &session.world().trace, session.latest);
            self.list.open(packet);
        }
        self.show = Show::Way;
        self.refresh(session);
    }

    /// Chooses the place in the list.
    pub fn choose_row(&mut self, n: usize, session: &Session) {
        match &mut self.guest {
            Some(guest) => guest.chosen = n.min(guest.sights.len().saturating_sub(1)),
            None => self.list.choose_row(n),
        }
        self.refresh(session);
    }

    /// Finds out what can be done at the chosen stop.
    pub fn prepare(&mut self, session: &mut Session) {
        if let Some(way) = &self.way {
            self.ladder.prepare(way, session);
        }
    }

    /// The lines of the way that are seen in so many columns and rows.
    pub fn ladder(
        &mut self,
        names: &dyn Fn(u16) -> String,
        seen: Option<u64>,
        lang: Lang,
        (columns, rows): (usize, usize),
    ) -> Vec<(Line, Option<usize>)> {
        let way = self.way.as_ref();
        let lines = |way| self.ladder.lines(way, names, seen, lang, columns, rows);
        way.map_or_else(Vec::new, lines)
    }

    /// The inspector, and what it inspects.
    pub fn inspected(&mut self) -> Option<(&mut Inspector, &Way)> {
        self.way.as_ref().map(|way| (&mut self.inspector, way))
    }

    /// Up or down, where one is: along the list, the way or the fields.
    pub fn go(&mut self, by: isize, session: &Session) {
        let Some(way) = self.way.as_ref().filter(|_| self.is_inside) else {
            return self.choose(by, session);
        };
        match self.show {
            Show::Way => self.ladder.choose(by, way),
            Show::Headers => self.inspector.move_frame(by, way),
            Show::Bytes => self.inspector.move_field(by, way),
        }
    }

    /// Chooses a stop of the way; the chosen one is opened.
    pub fn choose_stop(&mut self, n: usize) {
        let was = self.ladder.chosen;
        self.is_inside = true;
        let Some(way) = &self.way else { return };
        self.ladder.choose(n as isize - was as isize, way);
        if was == n {
            self.enter();
        }
    }

    /// Scrolls what is below the list.
    pub fn scroll(&mut self, by: isize) {
        let scroll = match self.show {
            Show::Way => &mut self.ladder.scroll,
            Show::Headers | Show::Bytes => &mut self.inspector.scroll,
        };
        *scroll = scroll.saturating_add_signed(by);
    }

    /// Along the frames of the way.
    pub fn move_frame(&mut self, by: isize) {
        if let Some(way) = &self.way {
            self.inspector.move_frame(by, way);
        }
    }

    /// Along the bytes of the frame.
    pub fn move_byte(&mut self, by: isize) {
        if let Some(way) = &self.way {
            self.inspector.move_byte(by, way);
        }
    }

    /// Shows something else of the chosen packet.
    pub fn turn_to(&mut self, show: Show) {
        self.show = show;
        self.is_inside = true;
    }

    /// Deeper: from the list to the way, from the way to the bytes as they were there.
    pub fn enter(&mut self) {
        let Some(way) = &self.way else { return };
        if !self.is_inside {
            self.is_inside = true;
        } else if self.show != Show::Bytes {
            let told = way.told.get(self.ladder.chosen).filter(|_| self.show == Show::Way);
            let frame = told.and_then(|told| way.frames.iter().rposition(|it| it.seq <= told.seq));
            if let Some(frame) = frame {
                self.inspector.show_frame(frame);
            }
            self.show = Show::Bytes;
        }
    }

    /// Back from the bytes to the way, from the way to the list. False if one was there already.
    pub fn leave(&mut self) -> bool {
        match (self.is_inside, self.show) {
            (false, Show::Way) => return false,
            (_, Show::Bytes | Show::Headers) => self.show = Show::Way,
            (true, Show::Way) => self.is_inside = false,
        }
        true
    }

    /// With every rule that was tried, or without.
    pub fn toggle_rules(&mut self, session: &Session) {
        self.ladder.toggle_rules();
        self.refresh(session);
    }
}
