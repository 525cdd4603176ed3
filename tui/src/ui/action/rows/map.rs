//! Rows of the map.

use super::row::row;
use crate::ui::action::key::Key;
use crate::ui::action::{Action, Entry, Group, Scope};

/// Them.
pub static ROWS: &[Entry] = &[
    row(
        Group::Map,
        Action::Closer,
        "closer",
        &[(Scope::Map, Key::char('>'))],
        ["closer", "放大"],
        [
            "more of each machine: devices, then addresses and counters",
            "看得更细:设备,再到地址和计数",
        ],
    ),
    row(
        Group::Map,
        Action::Farther,
        "farther",
        &[(Scope::Map, Key::char('<'))],
        ["farther", "缩小"],
        ["less of each machine", "看得更粗"],
    ),
    row(
        Group::Map,
        Action::Loss,
        "loss",
        &[(Scope::Map, Key::char('x'))],
        ["the lost packet", "看丢包"],
        ["open the packet that was lost here (✗)", "打开在这里丢失的数据包(✗)"],
    ),
];
