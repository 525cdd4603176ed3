//! netsim: see container networking.

use std::process::ExitCode;

fn main() -> ExitCode {
    netsim_tui::cli::main()
}
