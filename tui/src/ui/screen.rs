//! The real terminal: taken over, and given back however netsim ends.

use std::io::{self, Write, stdout};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use std::{panic, process, thread};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use ratatui::crossterm::execute;

/// Exit statuses above this one are signals.
pub const SIGNALLED: u8 = 128;

/// The terminal while netsim has it. Dropping it gives it back.
pub struct Screen {
    /// What is drawn on.
    pub terminal: DefaultTerminal,
    mouse: bool,
    /// The signal that asked netsim to end; 0 for none.
    signal: Arc<AtomicUsize>,
}

impl Screen {
    /// Takes the terminal over.
    pub fn open() -> io::Result<Screen> {
        let signal = Arc::new(AtomicUsize::new(0));
        listen(&signal)?;
        // It gives back what it took when something panics; the mouse is ours to give back.
        let terminal = ratatui::try_init()?;
        let next = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let _ = execute!(stdout(), DisableMouseCapture, DisableBracketedPaste);
            next(info);
        }));
        execute!(stdout(), EnableBracketedPaste, EnableMouseCapture)?;
        Ok(Screen { terminal, mouse: true, signal })
    }

    /// The signal that asks netsim to end.
    pub fn signal(&self) -> Option<u8> {
        u8::try_from(self.signal.load(Ordering::Relaxed)).ok().filter(|signal| *signal != 0)
    }

    /// Takes the mouse, or leaves it to the terminal.
    pub fn set_mouse(&mut self, wanted: bool) -> io::Result<()> {
        if wanted == self.mouse {
            return Ok(());
        }
        self.mouse = wanted;
        match wanted {
            true => execute!(stdout(), EnableMouseCapture),
            false => execute!(stdout(), DisableMouseCapture),
        }
    }

    /// Puts text on the clipboard of whoever sits before the terminal, also over ssh (OSC 52).
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        let mut out = stdout();
        write!(out, "\x1b]52;c;{}\x07", STANDARD.encode(text))?;
        out.flush()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// Everything as it was; what cannot be given back is gone.
fn give_back() {
    let _ = execute!(stdout(), DisableMouseCapture, DisableBracketedPaste);
    let _ = ratatui::try_restore();
}

/// How long the end that a signal asks for may take.
#[cfg(unix)]
const GRACE: Duration = Duration::from_secs(1);

/// Signals that end a program become a number that is looked at between two pictures. If nobody looks --
/// crossterm never comes back from a terminal that is gone --, the program ends all the same.
#[cfg(unix)]
// Somebody has to be awake while the other waits for keys. The simulation is on one thread only.
#[allow(clippy::disallowed_methods)]
fn listen(flag: &Arc<AtomicUsize>) -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    use signal_hook::iterator::Signals;
    let mut signals = Signals::new([SIGTERM, SIGHUP, SIGINT, SIGQUIT])?;
    let flag = Arc::clone(flag);
    thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            flag.store(usize::try_from(signal).unwrap_or_default(), Ordering::Relaxed);
            thread::sleep(GRACE);
            give_back();
            process::exit(i32::from(SIGNALLED) + signal);
        }
    });
    Ok(())
}

/// Elsewhere the terminal is given back by the system.
#[cfg(not(unix))]
fn listen(_: &Arc<AtomicUsize>) -> io::Result<()> {
    Ok(())
}
