//! The command line: one file a subcommand.

mod bench;
mod completions;
mod explain;
mod input;
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

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

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
        Some(Command::Completions(completions)) => completions.run(Arguments::command()),
        None => {
            paint::raw(FIRST_STEPS);
            ExitCode::SUCCESS
        }
    }
}
