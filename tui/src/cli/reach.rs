//! `netsim reach`: who can talk to whom at a moment of a lesson.

use std::process::ExitCode;

use clap::Args;
use netsim_sim::engine::Seed;
use netsim_sim::kernel::Tracing;
use netsim_sim::lesson::Lesson;
use netsim_sim::lesson::moment::Moment;
use netsim_sim::lesson::play::{Player, Settings};
use netsim_sim::reach::{Matrix, Protocol, Question, everyone, find};
use netsim_sim::shell;

use super::input::bad_input;
use super::load::load;
use super::paint;
use super::reach_table::{self as table, Title};
use crate::text::words::Lang;

/// Who can talk to whom: machines, containers and named namespaces, with the reason where they cannot.
///
/// Every answer is found by really sending packets (ping, a connection, a datagram) on a copy of the
/// machines, so asking changes nothing; the reason comes from the journey of those packets.
///
/// Exit status: 0 if the question makes sense, whatever the answers are; 2 otherwise.
#[derive(Args)]
#[command(after_help = "Examples:
  netsim reach overlay-isolation
  netsim reach overlay-isolation --at 10 --tcp 80
  netsim reach my-lab.md --diff 3 end --only web,db
  netsim reach my-lab.md --names --csv > reach.csv")]
pub struct Reach {
    /// The name of a built-in lesson, or a file.
    #[arg(value_name = "NAME|FILE")]
    lesson: String,
    /// Also try connections to this TCP port.
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    tcp: Vec<u16>,
    /// Also send datagrams to this UDP port.
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    udp: Vec<u16>,
    /// No pings.
    #[arg(long)]
    no_icmp: bool,
    /// When: after so many commands of the lesson, or after the block with this #id; at the end if you
    /// do not say.
    #[arg(long, value_name = "STEP", conflicts_with = "diff")]
    at: Option<String>,
    /// Only what changes from one moment to another.
    #[arg(long, num_args = 2, value_names = ["STEP1", "STEP2"])]
    diff: Option<Vec<String>>,
    /// Only these machines and containers.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    only: Vec<String>,
    /// Look others up by name, as programs do, instead of sending to their address.
    #[arg(long)]
    names: bool,
    /// Print JSON.
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print comma-separated values, one answer a line.
    #[arg(long)]
    csv: bool,
    /// The seed of all randomness.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// The language; from LANG if you do not say.
    #[arg(long, value_enum)]
    lang: Option<Lang>,
    /// No colours; `NO_COLOR` in the environment does the same.
    #[arg(long)]
    no_color: bool,
}

impl Reach {
    /// Does it.
    pub fn run(&self) -> ExitCode {
        paint::choose_colours(self.no_color);
        let lang = self.lang.unwrap_or_else(Lang::of_environment);
        let answered =
            load(&self.lesson, lang, Seed(self.seed)).and_then(|lesson| match &self.diff {
                Some(moments) => self.compare(&lesson, &moments[0], &moments[1], lang),
                None => self.show(&lesson, self.at.as_deref().unwrap_or("end"), lang),
            });
        match answered {
            Ok(()) => ExitCode::SUCCESS,
            Err(message) => bad_input(&message),
        }
    }

    fn show(&self, lesson: &Lesson, at: &str, lang: Lang) -> Result<(), String> {
        let matrix = self.ask(lesson, at)?;
        let title = Title { lesson: &lesson.front.id, at, by_name: self.names };
        if self.json {
            paint::raw(&format!("{:#}\n", table::json(&title, &matrix)));
        } else if self.csv {
            paint::raw(&table::csv(&matrix));
        } else {
            paint::lines(&table::lines(&title, &matrix, lang, paint::columns()));
        }
        Ok(())
    }

    fn compare(&self, lesson: &Lesson, from: &str, to: &str, lang: Lang) -> Result<(), String> {
        let (before, after) = (self.ask(lesson, from)?, self.ask(lesson, to)?);
        let changes = before.changes(&after);
        let moments = [from, to];
        if self.json {
            paint::raw(&format!(
                "{:#}\n",
                table::changes_json(&lesson.front.id, moments, &changes)
            ));
        } else if self.csv {
            paint::raw(&table::changes_csv(&changes));
        } else {
            paint::lines(&table::changes_lines(moments, &changes, lang));
        }
        Ok(())
    }

    fn ask(&self, lesson: &Lesson, at: &str) -> Result<Matrix, String> {
        let settings = Settings {
            seed: Seed(self.seed),
            platform: shell::platform(),
            tracing: Tracing::Steps,
            capture: false,
        };
        let player = Player::at(lesson, &settings, &Moment::parse(at));
        let player = player.map_err(|error| error.to_string())?;
        let mut question = self.question();
        for name in &mut question.only {
            match find(&player.world, name) {
                Ok(spot) => *name = spot.name,
                // Whoever is not there yet, or no more, may be at the other moment.
                Err(_) if self.diff.is_some() => {}
                Err(message) => return Err(message),
            }
        }
        if everyone(&player.world).is_empty() {
            return Err(format!("the lesson '{}' has no machines", lesson.front.id));
        }
        let build = || player.copy().map(|copy| copy.world).map_err(|error| error.to_string());
        Matrix::ask(&question, build)
    }

    fn question(&self) -> Question {
        let icmp = (!self.no_icmp).then_some(Protocol::Icmp);
        let tcp = self.tcp.iter().map(|port| Protocol::Tcp(*port));
        let udp = self.udp.iter().map(|port| Protocol::Udp(*port));
        Question {
            protocols: icmp.into_iter().chain(tcp).chain(udp).collect(),
            only: self.only.clone(),
            by_name: self.names,
            ..Question::default()
        }
    }
}
