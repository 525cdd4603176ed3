//! `netsim tui`: a lesson on the screen.

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Args;

use super::bad_input;
use super::scenario::load;
use crate::text::words::Lang;
use crate::ui;

/// Work on the screen: a lesson, terminals on its machines, every packet and its way.
///
/// Without a name it opens the main lesson. Commands are typed on simulated machines; none reaches the
/// real one.
#[derive(Args)]
pub struct Tui {
    /// The name of a built-in lesson, or a file.
    #[arg(value_name = "NAME|FILE", default_value = "overlay-isolation")]
    lesson: String,
    /// The seed of all randomness.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// The language; from LANG if you do not say.
    #[arg(long, value_enum)]
    lang: Option<Lang>,
}

impl Tui {
    /// Does it.
    pub fn run(&self) -> ExitCode {
        let lang = self.lang.unwrap_or_else(Lang::of_environment);
        let lesson = match load(&self.lesson, lang) {
            Ok(lesson) => lesson,
            Err(message) => return bad_input(&message),
        };
        if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
            return bad_input("the screen needs a terminal; `netsim scenario` prints the lesson");
        }
        match ui::run(&lesson, self.seed, lang) {
            Ok(status) => status,
            Err(error) => bad_input(&error.to_string()),
        }
    }
}
