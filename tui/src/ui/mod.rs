//! The screen: machines, terminals, packets and the lesson, side by side. What it shows comes from
//! read-only views of the engine; what is typed goes to the [`Session`].

mod app;
mod draw;
mod inspect;
mod keys;
mod lesson;
mod map;
mod packets;
mod session;
mod terminal;
#[cfg(test)]
mod tests;
mod theme;

use std::io;
use std::process::ExitCode;
// Pacing needs the real clock.
#[allow(clippy::disallowed_types)]
use std::time::{Duration, Instant};

use netsim_sim::lesson::{Lesson, LessonError};
use ratatui::crossterm::event::{self, Event};

use crate::text::words::Lang;
use app::App;
pub use session::Session;

/// Time between two pictures.
const FRAME: Duration = Duration::from_millis(33);

/// Shows a lesson until somebody leaves it.
#[allow(clippy::disallowed_types)]
pub fn run(lesson: &Lesson, seed: u64, lang: Lang) -> Result<ExitCode, LessonError> {
    let session = Session::new(lesson, seed)?;
    let mut app = App::new(session, lang);
    // Also restores the terminal when something panics.
    let mut terminal = ratatui::init();
    let shown = show(&mut terminal, &mut app);
    ratatui::restore();
    Ok(match shown {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("netsim: the terminal: {error}");
            ExitCode::FAILURE
        }
    })
}

#[allow(clippy::disallowed_types)]
fn show(terminal: &mut ratatui::DefaultTerminal, app: &mut App) -> io::Result<()> {
    let mut last = Instant::now();
    while !app.is_over() {
        terminal.draw(|frame| draw::draw(frame, app))?;
        let deadline = last + FRAME;
        while let Some(left) = deadline.checked_duration_since(Instant::now()) {
            if !event::poll(left)? {
                break;
            }
            match event::read()? {
                Event::Key(key) if key.is_press() => keys::press(app, key),
                Event::Paste(text) => app.paste(&text),
                Event::Resize(..) => break,
                _ => {}
            }
            if app.is_over() {
                return Ok(());
            }
        }
        let now = Instant::now();
        app.advance(now - last);
        last = now;
    }
    Ok(())
}
