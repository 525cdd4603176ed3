//! netsim: see container networking.

mod cli;
mod store;
mod text;
mod ui;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
