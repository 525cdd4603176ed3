//! Rows of time: pace and steps.

use ratatui::crossterm::event::KeyCode;

use super::row::{always, ctrl, reading, row};
use crate::ui::action::{Action, Entry, Group, Scope};

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
        ["one step of a packet: the next thing that is decided", "数据包走一步:下一个决定"],
    ),
    row(
        Group::Time,
        Action::Hop,
        "hop",
        &[reading('i')],
        ["hop", "一跳"],
        ["until a frame has reached the next device", "直到帧到达下一个设备"],
    ),
    row(
        Group::Time,
        Action::Follow,
        "packet",
        &[reading('p')],
        ["packet", "走完"],
        ["one packet: until it has arrived or is lost", "一个包:直到它到达或被丢弃"],
    ),
    row(
        Group::Time,
        Action::StepBack,
        "step-back",
        &[reading(','), always(KeyCode::F(9))],
        ["back", "后退"],
        ["one step of a packet back, over what was recorded", "数据包退一步(回看记录)"],
    ),
    row(
        Group::Time,
        Action::Earlier,
        "earlier",
        &[reading('[')],
        ["earlier", "向前"],
        ["earlier on the strip of time", "在时间条上向前"],
    ),
    row(
        Group::Time,
        Action::Later,
        "later",
        &[reading(']')],
        ["later", "向后"],
        ["later on the strip of time", "在时间条上向后"],
    ),
    row(
        Group::Time,
        Action::Now,
        "now",
        &[reading('0'), ctrl(Scope::Terminal, 'g')],
        ["now", "现在"],
        ["back from the past to now", "从回看返回现在"],
    ),
    row(
        Group::Time,
        Action::Jump,
        "jump",
        &[reading('j')],
        ["jump", "跳转"],
        ["jump to a packet, a time or an event", "跳到某个包、时间或事件"],
    ),
    row(
        Group::Time,
        Action::Break,
        "break",
        &[reading('b')],
        ["breakpoint", "断点"],
        [
            "stand still when: drop, vxlan at docker-2:eth0, tcp syn, any expression of tcpdump",
            "遇到时停住:drop、vxlan at docker-2:eth0、tcp syn、任意 tcpdump 表达式",
        ],
    ),
    row(
        Group::Time,
        Action::Undo,
        "undo",
        &[reading('u')],
        ["undo", "撤销"],
        [
            "take the last typed line back: the machines are as before it",
            "撤销上一条命令:机器回到它之前",
        ],
    ),
    row(
        Group::Time,
        Action::Redo,
        "redo",
        &[reading('U'), ctrl(Scope::Reading, 'r')],
        ["redo", "重做"],
        ["type the line again that was taken back", "重新输入被撤销的命令"],
    ),
];
