//! Rows of time: pace and steps.

use ratatui::crossterm::event::KeyCode;

use super::{always, reading, row};
use crate::ui::action::{Action, Entry, Group};

/// Them.
pub static ROWS: &[Entry] = &[
    row(
        Group::Time,
        Action::Pause,
        "pause",
        &[reading(' '), always(KeyCode::F(5))],
        ["pause", "暂停"],
        ["pause, and go on", "暂停与继续"],
    ),
    row(
        Group::Time,
        Action::Slower,
        "slower",
        &[reading('-'), always(KeyCode::F(6))],
        ["slower", "放慢"],
        ["slower, down to ×0.0001", "放慢,直到 ×0.0001"],
    ),
    row(
        Group::Time,
        Action::Faster,
        "faster",
        &[reading('+'), always(KeyCode::F(7))],
        ["faster", "加快"],
        ["faster, up to as fast as it goes", "加快,直到全速"],
    ),
    row(
        Group::Time,
        Action::Step,
        "step",
        &[reading('.'), always(KeyCode::F(8))],
        ["step", "单步"],
        ["one step of a packet", "数据包走一步"],
    ),
    row(
        Group::Time,
        Action::StepBack,
        "step-back",
        &[reading(','), always(KeyCode::F(9))],
        ["back", "后退"],
        ["one step of a packet back", "数据包退一步"],
    ),
];
