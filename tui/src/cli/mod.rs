//! The command line: one file a subcommand.

mod run;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// See container networking: hosts, bridges, tunnels and Docker, packet by packet.
#[derive(Parser)]
#[command(name = "netsim", version, arg_required_else_help = false)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    Run(run::Run),
}

/// Exit status for input that makes no sense.
const BAD_INPUT: u8 = 2;

/// Parses the command line and does what it says.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.command {
        Some(Command::Run(run)) => run.run(),
        None => ExitCode::SUCCESS,
    }
}

/// Says what is wrong with the input.
fn bad_input(message: &str) -> ExitCode {
    eprintln!("netsim: {message}");
    ExitCode::from(BAD_INPUT)
}
