//! netsim: see container networking.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
