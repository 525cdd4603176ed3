//! `netsim scenario`: plays a lesson and prints it.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use netsim_sim::engine::Seed;
use netsim_sim::kernel::Tracing;
use netsim_sim::lesson::play::{Settings, play};
use netsim_sim::shell;
use netsim_sim::trace::digest::Digest;

use super::input::bad_input;
use super::load::load;
use super::narrate::Narrator;
use super::paint;
use super::report::Report;
use super::tui::Appearance;
use crate::text::words::Lang;

/// Play a lesson: its machines, its commands, what they print, and why.
///
/// NAME is a built-in lesson (see `netsim list`), FILE a lesson of your own in Markdown. Every command
/// really runs on simulated machines, and what it prints is compared with what the lesson expects.
///
/// Exit status: 0 if all holds, 1 if an expectation fails, 2 if the lesson makes no sense.
#[derive(Args)]
#[command(after_help = "Examples:
  netsim scenario overlay-isolation
  netsim scenario overlay-isolation --explain --lang zh
  netsim scenario overlay-first-ping --pcap ping.pcapng   (open it in Wireshark)
  netsim scenario my-lesson.md --quiet && echo it holds")]
pub struct Scenario {
    /// The name of a built-in lesson, or a file.
    #[arg(value_name = "NAME|FILE")]
    lesson: String,
    /// The seed of all randomness: ids, addresses that are random, losses.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// The language of the prose; from LANG if you do not say.
    #[arg(long, value_enum)]
    lang: Option<Lang>,
    /// Write what passes the network cards of all machines into this file (pcapng).
    #[arg(long, value_name = "FILE")]
    pcap: Option<PathBuf>,
    /// Print one JSON document instead of the transcript.
    #[arg(long, conflicts_with = "quiet")]
    json: bool,
    /// After each command, the journey of each packet that it caused.
    #[arg(long)]
    explain: bool,
    /// Print only what fails, and the summary.
    #[arg(long, short)]
    quiet: bool,
    /// In the end, a number for everything that happened: every step, frame and output. It is the same
    /// for the same lesson and seed, on every machine.
    #[arg(long, conflicts_with = "json")]
    hash: bool,
    /// No colours; `NO_COLOR` in the environment does the same.
    #[arg(long)]
    no_color: bool,
    /// Open it on the screen, as `netsim tui` does.
    #[arg(long, conflicts_with_all = ["pcap", "json", "explain", "quiet"])]
    tui: bool,
    #[command(flatten)]
    look: Appearance,
}

impl Scenario {
    /// Does it.
    pub fn run(&self) -> ExitCode {
        paint::choose_colours(self.no_color);
        let lang = self.lang.unwrap_or_else(Lang::of_environment);
        let lesson = match load(&self.lesson, lang, Seed(self.seed)) {
            Ok(lesson) => lesson,
            Err(message) => return bad_input(&message),
        };
        if let Some(message) = self.contradiction() {
            return bad_input(message);
        }
        if self.tui || self.look.plain {
            return self.look.show(Some(lesson), self.seed, lang);
        }
        let settings = Settings {
            seed: Seed(self.seed),
            platform: shell::platform(),
            tracing: if self.explain || self.hash { Tracing::Full } else { Tracing::Steps },
            capture: self.pcap.is_some(),
        };
        let mut digest = Digest::default();
        let played = if self.json {
            let mut report = Report::new(&lesson, self.seed, self.explain);
            let played = play(&lesson, &settings, &mut |world, scene| report.take(world, scene));
            if played.is_ok() {
                paint::raw(&format!("{report}\n"));
            }
            played
        } else {
            let spoken = if lesson.front.lang == "zh" { Lang::Zh } else { Lang::En };
            let mut narrator = Narrator {
                lesson: &lesson,
                words: spoken.words(),
                columns: paint::columns(),
                seed: self.seed,
                quiet: self.quiet,
                explain: self.explain,
            };
            play(&lesson, &settings, &mut |world, scene| {
                if self.hash {
                    digest.take_scene(world, scene);
                }
                narrator.show(world, scene);
            })
        };
        let (score, world) = match played {
            Ok(played) => played,
            Err(error) => return bad_input(&error.to_string()),
        };
        if let Some(path) = &self.pcap {
            let bytes = world.captures.pcapng(world.epoch());
            if let Err(error) = fs::write(path, bytes) {
                return bad_input(&format!("{}: {error}", path.display()));
            }
        }
        if self.hash {
            paint::raw(&format!("hash {digest}\n"));
        }
        if score.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

impl Scenario {
    /// Options of which one would be ignored.
    fn contradiction(&self) -> Option<&'static str> {
        let prints = self.pcap.is_some() || self.json || self.explain || self.quiet;
        if self.look.plain && prints {
            return Some("--plain asks line by line; it has no --pcap, --json, --explain, --quiet");
        }
        let is_shown = self.tui && !self.look.plain;
        (self.look.is_chosen() && !is_shown).then_some("--theme and --ascii are for --tui")
    }
}
