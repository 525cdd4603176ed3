//! `bridge fdb`: where addresses are, by the tables of bridges and of VXLAN devices.

mod entry;
mod get;
mod modify;
mod show;

pub use show::describe;

use super::super::args::{Args, Failure, Result, abbreviated};
use super::super::ip::Tool;
use crate::kernel::sys::fdb::FdbMode;
use entry::USAGE;

#[derive(Debug, Clone, Copy)]
enum Command {
    Add(FdbMode),
    Delete,
    Get,
    Show,
    Help,
}

const COMMANDS: &[(&str, Command)] = &[
    ("add", Command::Add(FdbMode::Add)),
    ("append", Command::Add(FdbMode::Append)),
    ("replace", Command::Add(FdbMode::Replace)),
    ("delete", Command::Delete),
    ("get", Command::Get),
    ("show", Command::Show),
    ("lst", Command::Show),
    ("list", Command::Show),
    ("help", Command::Help),
];

/// `bridge fdb`.
pub fn run(tool: &Tool, mut args: Args) -> Result<()> {
    let Some(word) = args.next() else { return show::run(tool, args) };
    if word == "flush" {
        return modify::flush(tool, args);
    }
    match abbreviated(word, COMMANDS) {
        Some(Command::Add(mode)) => modify::add(tool, mode, args),
        Some(Command::Delete) => modify::delete(tool, args),
        Some(Command::Get) => get::run(tool, args),
        Some(Command::Show) => show::run(tool, args),
        Some(Command::Help) => Err(Failure::usage(USAGE)),
        None => Err(Failure::unknown_command(word, "bridge fdb help")),
    }
}
