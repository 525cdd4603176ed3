//! Rows of the packets.

use ratatui::crossterm::event::KeyCode;

use super::{at, row};
use crate::ui::action::key::Key;
use crate::ui::action::{Action, Entry, Group, Scope};

/// Them.
pub static ROWS: &[Entry] = &[
    row(
        Group::Packets,
        Action::Bytes,
        "bytes",
        &[at(Scope::Packets, KeyCode::Enter), (Scope::Packets, Key::char('x'))],
        ["bytes", "看字节"],
        ["the bytes of the chosen packet, or its way again", "所选数据包的字节,或回到它的路径"],
    ),
    row(
        Group::Packets,
        Action::EarlierFrame,
        "earlier-frame",
        &[at(Scope::Packets, KeyCode::Left)],
        ["earlier", "前一帧"],
        ["the same packet one place earlier", "同一个包的前一处"],
    ),
    row(
        Group::Packets,
        Action::LaterFrame,
        "later-frame",
        &[at(Scope::Packets, KeyCode::Right)],
        ["later", "后一帧"],
        ["the same packet one place later; » marks what changed", "同一个包的后一处,» 表示变化"],
    ),
];
