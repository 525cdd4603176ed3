//! The packets that the latest command caused, and the way of the chosen one.

use netsim_sim::trace::journey::Journey;
use netsim_sim::trace::telling::{Detail, Mood, tell};

use super::map::letter;
use super::session::Session;
use crate::text::story;

/// Packets that are listed at most.
const LISTED: usize = 500;

/// A packet in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The letter of its protocol.
    pub letter: char,
    /// What it is.
    pub text: String,
    /// Whether it was dropped.
    pub is_gone: bool,
}

/// The list, and what is chosen in it.
#[derive(Default)]
pub struct Packets {
    /// The packets, the oldest first.
    pub entries: Vec<Entry>,
    /// Which one is chosen.
    pub chosen: usize,
    /// Lines that its story is scrolled down.
    pub scroll: usize,
    /// Which of its frames the inspector shows; `None` while it is closed.
    pub frame: Option<usize>,
    /// The number of the record that comes next, as of the last look.
    read: u64,
}

impl Packets {
    /// Lists the packets anew if something happened.
    pub fn update(&mut self, session: &Session) {
        let next = session.world().trace.next_seq();
        if next == self.read {
            return;
        }
        self.read = next;
        let names = session.world().names();
        let journeys = session.journeys();
        self.entries = journeys
            .iter()
            .take(LISTED)
            .map(|journey| {
                let told = tell(journey, &names, Detail::Way);
                let ends = |mood| told.iter().any(|stop| stop.mood == mood);
                Entry {
                    letter: journey.frames.first().map_or('·', |seen| letter(&seen.frame.bytes)),
                    text: story::head(journey, &names),
                    // Of a flooded frame one copy arrives, and strangers drop theirs.
                    is_gone: ends(Mood::Gone) && !ends(Mood::Arrived),
                }
            })
            .collect();
        self.chosen = self.chosen.min(self.entries.len().saturating_sub(1));
    }

    /// A new command: its packets are shown from the first.
    pub fn restart(&mut self) {
        *self = Packets { frame: self.frame.map(|_| 0), ..Packets::default() };
    }

    /// Chooses the next or the one before.
    pub fn choose(&mut self, by: isize) {
        let last = self.entries.len().saturating_sub(1);
        self.chosen = self.chosen.saturating_add_signed(by).min(last);
        self.scroll = 0;
        self.frame = self.frame.map(|_| 0);
    }

    /// The way of the chosen packet.
    pub fn journey<'s>(&self, session: &'s Session) -> Option<Journey<'s>> {
        session.journeys().into_iter().nth(self.chosen)
    }

    /// Goes along the way of the chosen packet in the inspector.
    pub fn move_frame(&mut self, session: &Session, by: isize) {
        let count = self.journey(session).map_or(0, |journey| journey.frames.len());
        self.frame = self.frame.map(|n| n.saturating_add_signed(by).min(count.saturating_sub(1)));
    }
}
