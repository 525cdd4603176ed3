//! `ip route`: [`modify`] makes and removes routes, [`show`] lists and flushes them, [`get`] asks which way
//! a packet would go.

pub(super) mod command;
mod get;
mod modify;
pub(crate) mod show;

use super::{Tool, usage};
use crate::shell::args::{Args, Failure, Result, abbreviated};
use command::{COMMANDS, Command};

/// `ip route`.
pub fn run(tool: &Tool, mut args: Args) -> Result<()> {
    let Some(word) = args.next() else { return show::list(tool, args) };
    match abbreviated(word, COMMANDS) {
        Some(Command::Modify(verb)) => modify::run(tool, verb, args),
        Some(Command::Show) => show::list(tool, args),
        Some(Command::Get) => get::run(tool, args),
        Some(Command::Flush) => show::flush(tool, args),
        Some(Command::Help) => Err(Failure::usage(usage::ROUTE)),
        Some(Command::NotSimulated(what)) => Err(Failure::not_simulated(what)),
        None => Err(Failure::unknown_command(word, "ip route help")),
    }
}
