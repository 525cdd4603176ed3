//! The command line: one file a subcommand.

mod bench;
mod completions;
mod explain;
mod lesson;
mod list;
mod load;
mod narrate;
mod paint;
mod plain;
mod reach;
mod reach_table;
mod report;
mod run;
mod scenario;
mod tui;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

const FIRST_STEPS: &str = "\
netsim shows container networking: hosts, bridges, tunnels and Docker, packet by packet.
No root, no Docker, no network is needed; nothing that you type reaches this machine.

Begin here:
  netsim scenario overlay-isolation             play the lesson: two overlay networks on two hosts
  netsim scenario overlay-isolation --explain   the same, with the way of every packet
  netsim tui                                    on the screen: all lessons, terminals, packets, step by step
  netsim list                                   all lessons
  netsim --help                                 everything else
";

/// See container networking: hosts, bridges, tunnels and Docker, packet by packet.
///
/// netsim simulates Linux network namespaces, veth pairs, bridges, VXLAN, iptables and Docker's
/// networks byte by byte. It needs no root, no Docker and no network, and nothing that you type
/// reaches the machine that it runs on.
#[derive(Parser)]
#[command(name = "netsim", version)]
#[command(after_help = "Begin with: netsim scenario overlay-isolation")]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    Scenario(scenario::Scenario),
    Tui(tui::Tui),
    List(list::List),
    Lesson(lesson::Lesson),
    Run(run::Run),
    Reach(reach::Reach),
    Bench(bench::Bench),
    Completions(completions::Completions),
}

/// Exit status for input that makes no sense.
const BAD_INPUT: u8 = 2;

/// Parses the command line and does what it says.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.command {
        Some(Command::Scenario(scenario)) => scenario.run(),
        Some(Command::Tui(tui)) => tui.run(),
        Some(Command::List(list)) => list.run(),
        Some(Command::Lesson(lesson)) => lesson.run(),
        Some(Command::Run(run)) => run.run(),
        Some(Command::Reach(reach)) => reach.run(),
        Some(Command::Bench(bench)) => bench.run(),
        Some(Command::Completions(completions)) => completions.run(),
        None => {
            paint::raw(FIRST_STEPS);
            ExitCode::SUCCESS
        }
    }
}

/// Says what is wrong with the input.
fn bad_input(message: &str) -> ExitCode {
    eprintln!("netsim: {message}");
    ExitCode::from(BAD_INPUT)
}

/// Reads a text file; bytes that are not UTF-8 are replaced.
fn read(path: &Path) -> Result<String, String> {
    let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
