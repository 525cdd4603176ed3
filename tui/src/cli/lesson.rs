//! `netsim lesson`: for people who write lessons.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use netsim_sim::engine::Seed;
use netsim_sim::kernel::Tracing;
use netsim_sim::lesson::play::{Settings, play};
use netsim_sim::shell;

use super::input::bad_input;
use super::load::{load, translation};
use super::paint;
use crate::text::words::Lang;

/// Help for authors of lessons.
#[derive(Args)]
pub struct Lesson {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    Lint(Lint),
}

/// Say what an author should mend: mistakes, hints that give the solution away, questions that come too
/// late, expectations that fit anything, what a translation lacks; and play it with several seeds.
///
/// Exit status: 0 if there is nothing to mend, 1 if there is, 2 if the lesson cannot be read.
#[derive(Args)]
#[command(after_help = "Examples:
  netsim lesson lint my-lesson.md
  netsim lesson lint fix-hairpin --seeds 20")]
struct Lint {
    /// A file, or the name of a built-in lesson.
    #[arg(value_name = "FILE|NAME")]
    lesson: String,
    /// How many seeds it is played with.
    #[arg(long, value_name = "N", default_value_t = 5)]
    seeds: u64,
}

impl Lesson {
    /// Does it.
    pub fn run(&self) -> ExitCode {
        match &self.what {
            What::Lint(lint) => match lint.run() {
                Ok(status) => status,
                Err(message) => bad_input(&message),
            },
        }
    }
}

impl Lint {
    fn run(&self) -> Result<ExitCode, String> {
        let own = load(&self.lesson, Lang::En, Seed::default())?;
        let mut found = 0;
        let mut say = |file: &str, line: usize, message: &str| {
            paint::raw(&format!("{file}:{line}: {message}\n"));
            found += 1;
        };
        for remark in own.lint() {
            say(&own.file, remark.line, &remark.message);
        }
        for lang in [Lang::En, Lang::Zh] {
            let Some(other) = translation(&self.lesson, &own, lang)? else { continue };
            for remark in own.lint_translation(&other) {
                say(&own.file, remark.line, &remark.message);
            }
        }
        for seed in 1..=self.seeds {
            let lesson = load(&self.lesson, Lang::En, Seed(seed))?;
            let settings = Settings {
                seed: Seed(seed),
                platform: shell::platform(),
                tracing: Tracing::Off,
                capture: false,
            };
            let (score, _) =
                play(&lesson, &settings, &mut |_, _| {}).map_err(|error| error.to_string())?;
            for failure in score.failures {
                let message = format!(
                    "seed {seed}: {}: expected {}, got {}",
                    failure.what, failure.expected, failure.got
                );
                say(&failure.file, failure.line, &message);
            }
        }
        if found > 0 {
            return Ok(ExitCode::FAILURE);
        }
        paint::raw(&format!("{}: nothing to mend ({} seeds played)\n", own.file, self.seeds));
        Ok(ExitCode::SUCCESS)
    }
}
