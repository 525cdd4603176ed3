//! What can be done with routes, of either family.

use crate::kernel::sys::route::RouteMode;

#[derive(Debug, Clone, Copy)]
pub enum Command {
    Modify(Verb),
    Show,
    Get,
    Flush,
    Help,
    NotSimulated(&'static str),
}

/// What happens to a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    Make(RouteMode),
    /// Only looks whether it could be made.
    Test,
    Delete,
}

pub const COMMANDS: &[(&str, Command)] = &[
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
