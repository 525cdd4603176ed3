//! `ip link`: [`request`] reads the words in front of the type, [`kinds`] those behind it, [`apply`] makes
//! the system calls; [`mod@print`], [`details`] and [`statistics`] are what `show` prints.

mod apply;
pub(crate) mod details;
pub(crate) mod kinds;
mod name;
pub(crate) mod print;
mod request;
pub(crate) mod statistics;
mod verb;
mod vxlan;

use super::{Tool, listing, usage};
use crate::shell::args::{Args, Failure, Result, abbreviated};
use verb::Verb;

#[derive(Debug, Clone, Copy)]
enum Command {
    Modify(Verb),
    Show,
    Help,
    NotSimulated(&'static str),
}

const COMMANDS: &[(&str, Command)] = &[
    ("add", Command::Modify(Verb::Add)),
    ("set", Command::Modify(Verb::Set)),
    ("change", Command::Modify(Verb::Set)),
    ("replace", Command::Modify(Verb::Replace)),
    ("delete", Command::Modify(Verb::Delete)),
    ("show", Command::Show),
    ("lst", Command::Show),
    ("list", Command::Show),
    ("xstats", Command::NotSimulated("ip link xstats")),
    ("afstats", Command::NotSimulated("ip link afstats")),
    ("property", Command::NotSimulated("ip link property")),
    ("help", Command::Help),
];

/// `ip link`.
pub fn run(tool: &Tool, mut args: Args) -> Result<()> {
    let Some(word) = args.next() else { return listing::list_links(tool, args) };
    match abbreviated(word, COMMANDS) {
        Some(Command::Modify(verb)) => apply::run(tool, verb, args),
        Some(Command::Show) => listing::list_links(tool, args),
        Some(Command::Help) => help(tool, args.next()),
        Some(Command::NotSimulated(what)) => Err(Failure::not_simulated(what)),
        None => Err(Failure::unknown_command(word, "ip link help")),
    }
}

/// `ip link help [TYPE]`: only the help of a type is an answer, anything else a reproach.
fn help(tool: &Tool, kind: Option<&str>) -> Result<()> {
    match kind.and_then(usage::of_type) {
        Some(text) => {
            tool.print(text);
            Ok(())
        }
        None => Err(Failure::usage(usage::LINK)),
    }
}
