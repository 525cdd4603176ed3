//! Rows of the packets.

use ratatui::crossterm::event::KeyCode;

use super::row::{at, row};
use crate::ui::action::key::Key;
use crate::ui::action::{Action, Entry, Group, Scope};

/// Them.
pub static ROWS: &[Entry] = &[
    row(
        Group::Packets,
        Action::Open,
        "open",
        &[
            at(Scope::Packets, KeyCode::Enter),
            at(Scope::Map, KeyCode::Enter),
            at(Scope::Reach, KeyCode::Enter),
        ],
        ["open", "打开"],
        [
            "deeper: from the list to the way, then the bytes; on the map: tables; an answer: its packets",
            "深入:从列表到路径,再到字节;地图上:查看表;结果:查看数据包",
        ],
    ),
    row(
        Group::Packets,
        Action::Way,
        "way",
        &[(Scope::Packets, Key::char('w'))],
        ["way", "路径"],
        ["the way of the chosen packet, layer by layer", "所选数据包逐层走过的路"],
    ),
    row(
        Group::Packets,
        Action::Headers,
        "headers",
        &[(Scope::Packets, Key::char('e'))],
        ["headers", "头部"],
        ["its headers at each device, below each other", "它在每个设备处的头部,上下对齐"],
    ),
    row(
        Group::Packets,
        Action::Bytes,
        "bytes",
        &[(Scope::Packets, Key::char('x'))],
        ["bytes", "字节"],
        [
            "its bytes and fields; ← → along its way, » marks what changed",
            "字节与字段;← → 沿途移动,» 表示变化",
        ],
    ),
    row(
        Group::Packets,
        Action::EarlierByte,
        "earlier-byte",
        &[(Scope::Packets, Key::char('h'))],
        ["byte before", "前一字节"],
        ["the byte before", "前一个字节"],
    ),
    row(
        Group::Packets,
        Action::LaterByte,
        "later-byte",
        &[(Scope::Packets, Key::char('l'))],
        ["next byte", "后一字节"],
        ["the next byte", "后一个字节"],
    ),
    row(
        Group::Packets,
        Action::Beside,
        "compare",
        &[(Scope::Packets, Key::char('d'))],
        ["compare", "对比"],
        [
            "compare with the frame that is shown now, wherever you go; again: with the one before",
            "以当前帧为基准对比;再按则与前一帧对比",
        ],
    ),
    row(
        Group::Packets,
        Action::Rules,
        "rules",
        &[(Scope::Packets, Key::char('r'))],
        ["rules", "规则"],
        ["also the rules that did not match, and why", "也显示没有匹配的规则及原因"],
    ),
    row(
        Group::Packets,
        Action::AllPackets,
        "all-packets",
        &[(Scope::Packets, Key::char('a'))],
        ["all", "全部"],
        ["the packets of all, or only those of the last command", "所有数据包,或只看上一条命令的"],
    ),
    row(
        Group::Packets,
        Action::Filter,
        "filter",
        &[(Scope::Packets, Key::char('/'))],
        ["filter", "过滤"],
        ["only some packets: an expression of tcpdump", "用 tcpdump 表达式过滤数据包"],
    ),
    row(
        Group::Packets,
        Action::GoThere,
        "go-there",
        &[(Scope::Packets, Key::char('g'))],
        ["go there", "到那时"],
        ["look at the moment of the chosen stop", "回看所选一步发生的时刻"],
    ),
    row(
        Group::Packets,
        Action::Cure,
        "cure",
        &[(Scope::Packets, Key::char('c'))],
        ["type the cure", "填入修复命令"],
        [
            "type the command that would cure the loss into its terminal; you run it",
            "把修复命令填入终端,由你确认执行",
        ],
    ),
];
