//! `netsim tui`: lessons on the screen.

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Args;
use netsim_sim::engine::Seed;
use netsim_sim::lesson::Lesson;

use super::input::bad_input;
use super::load::load;
use super::plain;
use crate::text::words::Lang;
use crate::ui::{self, Scheme, Theme, Wishes};

/// Work on the screen: a lesson, terminals on its machines, every packet and its way.
///
/// Without a name it shows the list of lessons and a free sandbox. Commands are typed on simulated
/// machines; none reaches the real one. How far you come is kept in your data folder, or in
/// `NETSIM_DATA_DIR`.
#[derive(Args)]
pub struct Tui {
    /// The name of a built-in lesson, or a file.
    #[arg(value_name = "NAME|FILE")]
    lesson: Option<String>,
    /// The seed of all randomness.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// The language; from LANG if you do not say.
    #[arg(long, value_enum)]
    lang: Option<Lang>,
    #[command(flatten)]
    look: Appearance,
}

/// How the screen looks.
#[derive(Args)]
pub struct Appearance {
    /// The colours of the screen; `NO_COLOR` in the environment takes all away.
    #[arg(long, value_enum, default_value = "dark")]
    theme: Scheme,
    /// Draw with ASCII only.
    #[arg(long)]
    ascii: bool,
    /// Do not draw: the lesson line by line, for screen readers and pipes.
    #[arg(long)]
    pub plain: bool,
}

impl Tui {
    /// Does it.
    pub fn run(&self) -> ExitCode {
        let lang = self.lang.unwrap_or_else(Lang::of_environment);
        let lesson =
            match self.lesson.as_ref().map(|name| load(name, lang, Seed(self.seed))).transpose() {
                Ok(lesson) => lesson,
                Err(message) => return bad_input(&message),
            };
        self.look.show(lesson, self.seed, lang)
    }
}

impl Appearance {
    /// Whether somebody wants other colours or letters than the usual ones.
    pub fn is_chosen(&self) -> bool {
        self.ascii || self.theme != Scheme::Dark
    }

    /// Shows the list of lessons, or one.
    pub fn show(&self, lesson: Option<Lesson>, seed: u64, lang: Lang) -> ExitCode {
        if self.plain {
            return plain::run(lesson, seed, lang);
        }
        if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
            return bad_input(
                "the screen needs a terminal; with --plain a lesson is read and answered line by line",
            );
        }
        let theme = Theme::of_environment(self.theme, self.ascii);
        match ui::run(lesson, Wishes { seed, lang, theme }) {
            Ok(status) => status,
            Err(error) => bad_input(&error.to_string()),
        }
    }
}
