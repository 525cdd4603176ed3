//! netsim: see container networking.

mod cli;
mod text;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
