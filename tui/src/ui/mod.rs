//! The screen: machines, terminals, packets and the lesson, side by side. What it shows comes from
//! read-only views of the engine; what is typed goes to the [`session`].
//!
//! [`desk`] has the list of lessons and the open ones, [`app`] one open lesson. Keys and clicks become an
//! [`action`]; [`draw`] only draws and notes what can be clicked in [`hits`].

mod action;
mod app;
mod chooser;
mod copies;
mod desk;
mod draw;
mod hits;
mod keys;
mod layout;
mod lesson;
mod library;
mod map;
mod mouse;
mod packets;
mod palette;
mod panes;
mod prompt;
mod reach;
mod screen;
mod session;
pub mod stage;
mod terminal;
#[cfg(test)]
mod tests;
mod theme;
mod time;

use std::io::{self, Write};
use std::process::ExitCode;
// Pacing needs the real clock.
#[allow(clippy::disallowed_types)]
use std::time::{Duration, Instant};

use netsim_sim::engine::Seed;
use netsim_sim::lesson::{Lesson, LessonError};
use ratatui::crossterm::event::{self, Event};

use crate::store::Store;
use crate::text::words::Lang;
use desk::Desk;
pub use lesson::record::Record;
pub use lesson::{Next, Progress};
use library::Item;
use screen::{SIGNALLED, Screen};
pub use session::Session;
pub use theme::{Scheme, Theme};

/// Time between two pictures while something moves, and while nothing does.
const FRAME: Duration = Duration::from_millis(33);
const QUIET: Duration = Duration::from_millis(250);

/// How somebody wants it.
#[derive(Debug, Clone, Copy)]
pub struct Wishes {
    /// The seed of all randomness.
    pub seed: u64,
    /// The language.
    pub lang: Lang,
    /// The colours.
    pub theme: Theme,
}

/// All lessons that can be chosen.
pub fn shelf(lang: Lang, seed: u64) -> Result<Vec<Item>, LessonError> {
    library::shelf(None, lang, Seed(seed)).map(|(items, _)| items)
}

/// Shows the list of lessons, or opens one at once, until somebody leaves.
pub fn run(brought: Option<Lesson>, wishes: Wishes) -> Result<ExitCode, LessonError> {
    let (items, at) = library::shelf(brought, wishes.lang, Seed(wishes.seed))?;
    let store = Store::of_environment();
    let mut desk = Desk::new(&items, store, wishes.seed, wishes.lang, wishes.theme);
    if let Some(n) = at {
        desk.open(n, false)?;
    }
    let shown = Screen::open().and_then(|mut screen| show(&mut screen, &mut desk));
    desk.keep(true);
    Ok(match shown {
        Ok(None) => ExitCode::SUCCESS,
        Ok(Some(signal)) => ExitCode::from(SIGNALLED.saturating_add(signal)),
        Err(error) => {
            // The terminal may be gone.
            let _ = writeln!(io::stderr(), "netsim: the terminal: {error}");
            ExitCode::FAILURE
        }
    })
}

/// Draws and listens; the signal that ended it, if one did.
#[allow(clippy::disallowed_types)]
fn show(screen: &mut Screen, desk: &mut Desk) -> io::Result<Option<u8>> {
    let mut last = Instant::now();
    while !desk.over {
        screen.terminal.draw(|frame| desk.draw(frame))?;
        let deadline = last + if desk.is_lively() { FRAME } else { QUIET };
        let mut left = deadline.saturating_duration_since(Instant::now());
        // What a key does is seen at once; of a burst of keys, only what comes of all of them.
        while !desk.over && event::poll(left)? {
            let event = event::read()?;
            desk.take(&event);
            if let Some(text) = desk.take_copy() {
                screen.copy(&text)?;
            }
            screen.set_mouse(desk.mouse)?;
            if matches!(event, Event::Resize(..)) {
                break;
            }
            left = Duration::ZERO;
        }
        if let Some(signal) = screen.signal() {
            return Ok(Some(signal));
        }
        let now = Instant::now();
        desk.advance(now - last);
        last = now;
    }
    Ok(None)
}
