//! `netsim completions`: tab completion for shells.

use std::process::ExitCode;

use clap::{Args, Command};
use clap_complete::Shell;

use super::paint;

/// Print a script for the tab completion of a shell.
#[derive(Args)]
#[command(after_help = "Examples:
  netsim completions bash > /etc/bash_completion.d/netsim
  netsim completions zsh  > \"${fpath[1]}/_netsim\"
  netsim completions fish > ~/.config/fish/completions/netsim.fish")]
pub struct Completions {
    /// The shell.
    shell: Shell,
}

impl Completions {
    /// Does it for the whole command line.
    pub fn run(&self, mut netsim: Command) -> ExitCode {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut netsim, "netsim", &mut script);
        paint::raw(&String::from_utf8_lossy(&script));
        ExitCode::SUCCESS
    }
}
