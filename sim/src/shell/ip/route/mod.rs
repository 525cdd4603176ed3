//! `ip route`: [`modify`] makes and removes routes, [`show`] lists and flushes them, [`get`] asks which way
//! a packet would go.

mod get;
mod modify;
pub(crate) mod show;

use super::{Tool, usage};
use crate::kernel::sys::route::RouteMode;
use crate::shell::args::{Args, Failure, Result, abbreviated};

#[derive(Debug, Clone, Copy)]
pub(super) enum Command {
    Modify(Verb),
    Show,
    Get,
    Flush,
    Help,
    NotSimulated(&'static str),
}

/// What happens to a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Make(RouteMode),
    /// Only looks whether it could be made.
    Test,
    Delete,
}

pub(super) const COMMANDS: &[(&str, Command)] = &[
    ("add", Command::Modify(Verb::Make(RouteMode::Add))),
    ("change", Command::Modify(Verb::Make(RouteMode::Change))),
    ("chg", Command::Modify(Verb::Make(RouteMode::Change))),
    ("replace", Command::Modify(Verb::Make(RouteMode::Replace))),
    ("prepend", Command::Modify(Verb::Make(RouteMode::Prepend))),
    ("append", Command::Modify(Verb::Make(RouteMode::Append))),
    ("test", Command::Modify(Verb::Test)),
    ("delete", Command::Modify(Verb::Delete)),
    ("list", Command::Show),
    ("show", Command::Show),
    ("lst", Command::Show),
    ("get", Command::Get),
    ("flush", Command::Flush),
    ("save", Command::NotSimulated("ip route save")),
    ("restore", Command::NotSimulated("ip route restore")),
    ("showdump", Command::NotSimulated("ip route showdump")),
    ("help", Command::Help),
];

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
